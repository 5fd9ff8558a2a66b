"""Safe XML from QuickBooks: no DTD, no entities, no network, no illegal characters (reference: text and encoding)."""

import re
from collections.abc import Iterator
from typing import Any

from qbwc_bridge.errors import AnswerUnreadable

Element = Any  # lxml's element; its type stubs know less than it does

ILLEGAL = re.compile(
    r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]|&#(?:0*(?:[0-8]|1[124-9]|2\d|3[01])|x0*(?:[0-8bBcCeEfF]|1[0-9a-fA-F]));"
)
IMPERSONAL = (
    "TxnID|ListID|ListIDWithChildren|TxnNumber|TxnType|TxnDelType|ListDelType|TxnDate|EditSequence|TimeCreated|TimeModified|"
    "TimeDeleted|TotalAmount|Amount|UnusedPayment|UnusedCredits|BalanceRemaining|ExchangeRate|IsActive|MaxReturned|"
    "ActiveStatus|IncludeRetElement|IncludeLineItems|OwnerID|DataExtName|FromModifiedDate|ToModifiedDate|FromDeletedDate|"
    "ToDeletedDate|LastRestoreTime|LastCondenseTime|ProductName|MajorVersion|MinorVersion|Country|SupportedQBXMLVersion|"
    "QBFileMode|IsMultiCurrencyOn"
)
"""The elements whose text is kept for the record. Whatever else QuickBooks may send is left out."""

PERSONAL = re.compile(
    rf"(<(?!(?:{IMPERSONAL})[\s>])(?:[^<>\"']*>|(?:[^<>\"']*(?:\"[^\"<]*\"|'[^'<]*'))+[^<>\"']*>|[^<>]*>)\s*)[^<\s][^<]*"
)
UNREAD = re.compile(r"<!\[CDATA\[.*?(?:\]\]>|\Z)|<!--.*?(?:-->|\Z)", re.DOTALL)
PREAMBLE = re.compile(r"\ufeff?(?:\s*<\?xml[^>]*\?>)?")
CHUNK = 1 << 16


def cleaned(text: str) -> str:
    """The text without the characters XML 1.0 forbids, raw or as references; QuickBooks may copy them from memos."""
    return ILLEGAL.sub("", text)


def impersonal(text: str) -> str:
    """The text for the record: identifiers, dates, amounts and statuses. All other text, such as names, memos, references
    and notes, becomes "…", also in a damaged document. Once is enough: doing it again changes nothing."""
    return "".join(impersonal_pieces(text))


def impersonal_pieces(text: str) -> Iterator[str]:
    """The same a piece at a time: a large answer with a million replacements takes much memory otherwise."""
    if "<!" in text:  # QuickBooks sends neither CDATA nor comments, so nothing is lost
        text = UNREAD.sub(lambda found: "…" if found[0].startswith("<![") else "", text)
    start = 0
    while start < len(text):
        end = text.find("<", start + CHUNK)  # what is replaced ends before the next "<"
        end = len(text) if end < 0 else end
        yield PERSONAL.sub(r"\1…", text[start:end])
        start = end


def without_declaration(text: str) -> str:
    """The text without its XML declaration: it is decoded already, and an encoding in it would be wrong."""
    return text[_after_preamble(text) :]


def _after_preamble(text: str) -> int:
    found = PREAMBLE.match(text)
    return found.end() if found else 0


def chunks(text: str) -> Iterator[bytes]:
    """The text as UTF-8 without its XML declaration, a piece at a time, so that a large answer is never there twice."""
    for start in range(_after_preamble(text), len(text), CHUNK):
        yield text[start : start + CHUNK].encode("utf-8", "surrogatepass")


def refuse_doctype(text: str) -> None:
    """QuickBooks never sends a DOCTYPE; whoever does is not QuickBooks, and no parser gets to see it, for it could declare
    entities. Raises AnswerUnreadable."""
    if "<!DOCTYPE" in text:
        raise AnswerUnreadable("The answer carries a DOCTYPE, which QuickBooks never sends. Nothing was changed.")
