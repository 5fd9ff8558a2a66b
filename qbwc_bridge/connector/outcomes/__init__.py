"""What every code means, in words a person can use: what happened, why, and who does what about it.

In: a code from QuickBooks (an HRESULT or a qbXML status), from the Web Connector (QBWC1013) or of our own. Out: a
:class:`~qbwc_bridge.records.Failure` with a plain sentence and a hint; the same words go into ``getLastError``, the sync
log, the page, the command line and JSON. It decides nothing, except whether a refused connection is worth one more try.

Protocol reference 6.5 and 6.7; qbXML reference 4.
"""

import re

from qbwc_bridge.connector.outcomes.hresults import HRESULTS
from qbwc_bridge.connector.outcomes.ours import (
    OURS,
    abandoned,
    answer_unreadable,
    company_file_unknown,
    copied_company_file,
    counts_differ,
    customer_gone,
    no_permission,
    qbxml_too_old,
    totals_differ,
    wrong_company_file,
)
from qbwc_bridge.connector.outcomes.rows import NEXT_UPDATE, Outcome, outcomes
from qbwc_bridge.connector.outcomes.statuses import STATUSES
from qbwc_bridge.connector.outcomes.webconnector import WEB_CONNECTOR
from qbwc_bridge.records import Failure

__all__ = [
    "Outcome",
    "abandoned",
    "answer_unreadable",
    "company_file_unknown",
    "copied_company_file",
    "counts_differ",
    "customer_gone",
    "failure",
    "no_permission",
    "outcome",
    "plain_code",
    "qbxml_too_old",
    "retry_connection",
    "table",
    "totals_differ",
    "wrong_company_file",
]

_TABLE = {each.code.lower(): each for group in (HRESULTS, STATUSES, WEB_CONNECTOR, OURS) for each in outcomes(group)}

_NUMBERED = re.compile("(0x[0-9a-f]{1,8}|[0-9]{1,9}|qbwc[0-9]{1,9})", re.IGNORECASE)

# Asked once for a certain file that is not there, QuickBooks may still have the right one open (reference 6.7); its
# FileID is verified afterwards in any case.
_WORTH_THE_OPEN_FILE = {"0x80040403", "0x80040406", "0x8004040a"}


def failure(code: str, detail: str = "") -> Failure:
    """The words for a code. ``detail`` is what QuickBooks or the Web Connector itself said, added in quotation marks.

    An unknown code gets a true general sentence that names it.
    """
    known = outcome(code)
    said = " ".join(detail.split())
    return Failure(known.code, f'{known.sentence} The message was: "{said}"' if said else known.sentence, known.who)


def outcome(code: str) -> Outcome:
    """The row of the table, or a general one; upper and lower case are the same."""
    code = code.strip()
    return _TABLE.get(code.lower()) or _unknown(code)


def plain_code(code: str) -> str:
    """A code for logs and metrics: where a code should be, another program may have put any text, names included."""
    known = not code or code.lower() in _TABLE or _NUMBERED.fullmatch(code)
    return code if known else "other"


def retry_connection(hresult: str) -> bool:
    """Is one more try with the company file that is open now worth it? (The answer "" to ``connectionError``.)"""
    return hresult.strip().lower() in _WORTH_THE_OPEN_FILE


def table() -> list[Outcome]:
    """Every code there is a sentence for: HRESULTs, qbXML statuses, Web Connector codes, our own."""
    return list(_TABLE.values())


def _unknown(code: str) -> Outcome:
    if code.lower().startswith("0x"):
        return Outcome(code, f"QuickBooks reported error {code}, which is not in our list.", "not known", NEXT_UPDATE)
    if code.isdigit():
        sentence = f"QuickBooks answered a request with status {code}, which is not in our list."
        return Outcome(code, sentence, "not known", NEXT_UPDATE)
    if code.upper().startswith("QBWC"):
        sentence = f"The Web Connector reported {code}, which is not in our list."
        return Outcome(code, sentence, "not known", "Look up the code in the Web Connector's own log, QWCLog.txt.")
    shown = code or "no code"
    return Outcome(code, f"The update did not succeed ({shown}).", "not known", NEXT_UPDATE)
