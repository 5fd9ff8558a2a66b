"""The shape of a row of the tables, and the advice many rows share."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

NEXT_UPDATE = "Nobody needs to do anything now: the next update tries again. If it keeps failing, look at the sync log."
REPORT = "This is a fault of qbwc-bridge. Report it together with the sync log of this update; earlier data stays."
NOT_USED = "qbwc-bridge only reads, so this is not expected. Report it together with the sync log of this update."
OPEN_QUICKBOOKS = (
    "At the QuickBooks computer, open QuickBooks and the company file as the same Windows user as the Web Connector, "
    "close every dialog, and press Update Selected."
)
QUICKBOOKS_ADMIN = (
    "The QuickBooks Admin opens the company file and allows this application under Edit > Preferences > "
    "Integrated Applications > Company Preferences."
)
REPAIR = "At the QuickBooks computer, restart QuickBooks and the Web Connector; if that does not help, repair both."
READ_QWCLOG = "At the QuickBooks computer, look into QWCLog.txt for the reason and press Update Selected again."


@dataclass(frozen=True, slots=True)
class Outcome:
    """One code: what happened, why, and who does what."""

    code: str
    sentence: str
    cause: str
    who: str


Rows = Iterable[tuple[str, str, str, str]]


def outcomes(rows: Rows) -> Iterator[Outcome]:
    """One Outcome a code; a row may begin with several codes that mean the same."""
    for codes, sentence, cause, who in rows:
        yield from (Outcome(code, sentence, cause, who) for code in codes.split())
