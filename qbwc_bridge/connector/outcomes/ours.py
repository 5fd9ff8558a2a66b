"""Our own codes: what goes wrong between the two, where neither QuickBooks nor the Web Connector has a number for it.

The sentences with names in them are functions; the table has the same codes in general words, for the documentation.
"""

from qbwc_bridge.connector.outcomes.rows import NEXT_UPDATE, QUICKBOOKS_ADMIN, REPORT
from qbwc_bridge.records import CompanyFile, Failure, Tally

KEPT = "Nothing was read and nothing was changed."
RIGHT_FILE = (
    "At the QuickBooks computer, open the right company file and press Update Selected; "
    "if the file was replaced on purpose, an admin chooses 'use this file instead' in Accounting Settings."
)
ADD_QWC = "At the QuickBooks computer, open the company file and add this company's .qwc file in the Web Connector."
NEWER = "Use QuickBooks Desktop 2007 or newer at the QuickBooks computer."
LINK_AGAIN = "An admin links the project to the customer or job that has the payments now; earlier data stays."

# fmt: off
OURS = (
    ("wrong-company-file", f"Another company file than the expected one is open in QuickBooks. {KEPT}",
     "the open file does not carry this company's FileID", RIGHT_FILE),
    ("copied-company-file", f"The open company file looks like a copy of the expected one. {KEPT}",
     "the FileID is right, but the name or the place of the file is not", RIGHT_FILE),
    ("company-file-unknown", f"QuickBooks did not say which company file is open. {KEPT}",
     "the open file has no FileID of ours, or the Web Connector did not tell", ADD_QWC),
    ("qbxml-too-old", "This QuickBooks is too old for qbwc-bridge.",
     "paging through answers needs qbXML 5.0", NEWER),
    ("customer-gone", "QuickBooks no longer has the linked customer or job. Earlier data stays.",
     "it was deleted, or merged into another one", LINK_AGAIN),
    ("answer-unreadable", "QuickBooks' answer could not be read. Nothing of it was kept.",
     "the answer is cut off or is not the qbXML we asked for", REPORT),
    ("totals-differ", "What was stored did not add up to what QuickBooks sent. Nothing of it was kept.",
     "count or total differ", REPORT),
    ("counts-differ", "QuickBooks had another number of payments than we did. The projects concerned were read again.",
     "a change in QuickBooks left no trace that could be followed", "Nobody has to do anything; the totals are right again."),
    ("abandoned", "The Web Connector stopped in the middle of an update. Earlier data stays.",
     "the computer slept, the Web Connector was closed, or the connection broke", NEXT_UPDATE),
    ("no-permission", "QuickBooks does not let this application read what it needs.",
     "a right is missing in QuickBooks", QUICKBOOKS_ADMIN),
    ("session-expired", "Session expired; the next update will resume.",
     "the ticket of the Web Connector is unknown or no longer valid", NEXT_UPDATE),
    ("held", "QuickBooks returned no payments where there were some; nothing was removed.",
     "the payments were moved or deleted in QuickBooks, or the answer is a mistake",
     "An admin looks into QuickBooks, and accepts the empty answer or keeps the data."),
    ("database-away", "The database could not be reached or written. Nothing was half stored.",
     "the database is locked, full or not running", "Whoever runs qbwc-bridge checks the database and its disk."),
    ("internal", "qbwc-bridge had an unexpected error. Nothing was half stored.", "only its log says more", REPORT),
)
# fmt: on

_HINTS = {codes: who for codes, _, _, who in OURS}


def wrong_company_file(expected: CompanyFile | None, found: CompanyFile) -> Failure:
    """The open file does not carry our FileID. ``expected`` is None before any file was seen."""
    if expected is None:
        sentence = f"QuickBooks has {_named(found)} open, and this company's .qwc file was not added to it. {KEPT}"
        return Failure("wrong-company-file", sentence, ADD_QWC)
    return _ours("wrong-company-file", f"{_expected(expected, found)}. {KEPT}")


def copied_company_file(expected: CompanyFile, found: CompanyFile) -> Failure:
    """The FileID is right and name or path is not: a copy, a restored backup, or the file was moved."""
    return _ours("copied-company-file", f"{_expected(expected, found)}, which looks like a copy of it. {KEPT}")


def company_file_unknown() -> Failure:
    """Neither a FileID of ours nor the Web Connector's word about the company file."""
    return _ours("company-file-unknown")


def qbxml_too_old(version: str, needed: str) -> Failure:
    """``version`` is the newest qbXML this QuickBooks speaks, ``needed`` the oldest we can work with."""
    spoken = f"qbXML {version}" if version else "an unknown version of qbXML"
    sentence = f"This QuickBooks speaks {spoken}; qbwc-bridge needs {needed} or newer. {KEPT}"
    return _ours("qbxml-too-old", sentence)


def customer_gone(full_name: str) -> Failure:
    """The linked customer:job was deleted or merged away."""
    named = f'"{full_name}"' if full_name else "the linked customer or job"
    return _ours("customer-gone", f"QuickBooks no longer has {named}. The payments shown are those of before.")


def answer_unreadable(detail: str = "") -> Failure:
    """``detail`` says where reading stopped; it carries no data of the company."""
    said = f" Reading stopped here: {detail.rstrip('.')}." if detail else ""
    return _ours("answer-unreadable", f"QuickBooks' answer could not be read, and nothing of it was kept.{said}")


def totals_differ(quickbooks: Tally, ours: Tally) -> Failure:
    """Count or total after storing are not what QuickBooks sent; the transaction was rolled back."""
    sentence = f"QuickBooks sent {_counted(quickbooks)}, but {_counted(ours)} were stored, so nothing of it was kept."
    return _ours("totals-differ", sentence)


def counts_differ(quickbooks: int, ours: int) -> Failure:
    """After the changes both sides should have the same number of payments; the projects concerned are pulled again."""
    sentence = f"QuickBooks had {quickbooks} payments where we had {ours}. The projects concerned were read again."
    return _ours("counts-differ", sentence)


def abandoned() -> Failure:
    """The connector stopped calling in the middle of a conversation."""
    return _ours("abandoned")


def no_permission(what: str) -> Failure:
    """``what`` QuickBooks does not let us read, for instance "customers"."""
    return _ours("no-permission", f"QuickBooks does not let this application read {what}. Earlier data stays.")


def _ours(code: str, sentence: str = "") -> Failure:
    general = next(row[1] for row in OURS if row[0] == code)
    return Failure(code, sentence or general, _HINTS[code])


def _expected(expected: CompanyFile, found: CompanyFile) -> str:
    return f"The company file {_named(expected)} was expected, but QuickBooks has {_named(found)} open"


def _named(file: CompanyFile) -> str:
    name = f'"{file.name}"' if file.name else "one without a name"
    return f"{name} ({file.path})" if file.path else name


def _counted(tally: Tally) -> str:
    return f"{tally.count} payments of {tally.total:,.2f}"
