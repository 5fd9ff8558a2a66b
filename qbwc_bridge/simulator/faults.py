"""What goes wrong in an office, as data: the request processor and the Web Connector look here before they act.

In: a scenario or a test fills it. Out: nothing by itself. It will never know who suffers.
"""

from __future__ import annotations

from dataclasses import dataclass, field

Hresult = tuple[str, str]  # the number as the Web Connector writes it, and QuickBooks' sentence

PARSE_ERROR: Hresult = ("0x80040400", "QuickBooks found an error when parsing the provided XML text stream.")
CANNOT_START: Hresult = ("0x80040408", "Could not start QuickBooks.")
OTHER_FILE: Hresult = (
    "0x8004040A",
    "A QuickBooks company data file is already open and it is different from the one requested.",
)
INVALID_TICKET: Hresult = ("0x8004040D", "The ticket parameter is invalid.")
MODAL_DIALOG: Hresult = (
    "0x80040414",
    "A modal dialog box is showing in the QuickBooks user interface. Your application cannot access QuickBooks until "
    "the user dismisses the dialog box.",
)
BAD_VERSION: Hresult = ("0x80040423", "The version of qbXML that was requested is not supported or is unknown.")


class RequestRefused(Exception):
    """QuickBooks refuses a session or a whole message: an HRESULT and the sentence that goes with it."""

    def __init__(self, hresult: str, message: str, detail: str = "") -> None:
        """``detail`` is for whoever debugs a test; QuickBooks itself never says where the error was."""
        super().__init__(f"{hresult} {message} {detail}".rstrip())
        self.hresult = hresult
        self.message = message


@dataclass
class Faults:
    """Every field is empty in good times. Messages of a session are counted from 1."""

    opening: list[Hresult] = field(default_factory=list)
    """One per attempt to open a session, used up; when none is left, QuickBooks opens."""
    refused: dict[int, Hresult] = field(default_factory=dict)
    """Messages QuickBooks refuses as a whole."""
    silent: set[int] = field(default_factory=set)
    """Messages answered with no text and no HRESULT."""
    garbled: set[int] = field(default_factory=set)
    """Messages whose answer breaks off in the middle."""
    no_match: set[str] = field(default_factory=set)
    """Queries (``ReceivePaymentQuery``) that find nothing, whatever the file holds."""
    status: dict[str, tuple[int, str]] = field(default_factory=dict)
    """Queries that fail: statusCode and statusMessage, such as ``3250`` for a feature this edition lacks."""
    stop_after: tuple[str, int] | None = None
    """The computer goes to sleep after the n-th call of this name."""
    delay: float = 0.0
    """Seconds QuickBooks takes for each message."""
