"""QuickBooks' own answering machine: one session with a company file, messages in, answers out.

In: qbXML messages. Out: qbXML answers, or :class:`RequestRefused` with an HRESULT when the whole message (or the
session) is refused. It keeps what a session keeps: open iterators, which die with it. It will never know SOAP, nor
change the file it reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from lxml import etree

from . import answers, selection
from .answers import ASKED_FOR, Fields
from .faults import OTHER_FILE, PARSE_ERROR, Faults, RequestRefused
from .grammar import Message, read
from .ledger import CardRefund, CreditMemo, Invoice, Ledger, Payment, RefundCheck, Txn
from .selection import QueryFailed, Selected, text, texts

NO_MATCH = "A query request did not find a matching object in QuickBooks"
UNFINISHED = (
    "The query request has not been fully completed. There was a required element "
    '("{}") that could not be found in QuickBooks.'
)
REQUEST_ID_LIMIT = 50
# query → (kind of transaction, element of its rows, how a row is worded)
TRANSACTIONS: dict[str, tuple[type[Txn], str, Callable[[Ledger, Any], Fields]]] = {
    "ReceivePaymentQuery": (Payment, "ReceivePaymentRet", answers.payment),
    "InvoiceQuery": (Invoice, "InvoiceRet", answers.invoice),
    "CreditMemoQuery": (CreditMemo, "CreditMemoRet", answers.credit_memo),
    "ARRefundCreditCardQuery": (CardRefund, "ARRefundCreditCardRet", answers.card_refund),
    "CheckQuery": (RefundCheck, "CheckRet", answers.refund_check),
}


@dataclass
class Iterator:
    """An answer being paged through: the keys that matched at Start and have not been sent."""

    query: str
    filters: bytes
    rest: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """The rows of one ``…Rs`` and what its attributes say. None leaves an attribute out."""

    ret: str = ""
    rows: tuple[Fields, ...] = ()
    code: int = 0
    message: str = "Status OK"
    count: int | None = None
    remaining: int | None = None
    iterator_id: str | None = None

    @property
    def severity(self) -> str:
        return "Info" if self.code < 500 else "Warn" if self.code < 1000 else "Error"

    def attributes(self, request_id: str | None) -> dict[str, str]:
        said = {
            "requestID": request_id,
            "statusCode": self.code,
            "statusSeverity": self.severity,
            "statusMessage": self.message,
            "retCount": self.count,
            "iteratorRemainingCount": self.remaining,
            "iteratorID": self.iterator_id,
        }
        return {name: str(value) for name, value in said.items() if value is not None}


class RequestProcessor:
    """A QuickBooks with one company file open. ``one_iterator``: a new Start ends the iterator before it."""

    def __init__(self, books: Ledger, faults: Faults | None = None, *, one_iterator: bool = False) -> None:
        self.books = books
        self.faults = faults or Faults()
        self.one_iterator = one_iterator
        self.sessions = 0
        self.messages = 0
        self._iterators: dict[str, Iterator] = {}
        self._started = 0

    # The session ------------------------------------------------------------------------------------------------

    def begin_session(self, path: str = "") -> None:
        """``path``: the company file wanted; "" is the one that is open."""
        if self.faults.opening:
            raise RequestRefused(*self.faults.opening.pop(0))
        if path and path.lower() != self.books.path.lower():
            raise RequestRefused(*OTHER_FILE)
        self.end_session()
        self.sessions += 1

    def end_session(self) -> None:
        self._iterators.clear()
        self.messages = 0

    def hcp(self, owner_id: str) -> str:
        """What the Web Connector asks after BeginSession: the Host, Company and Preferences answers in one document."""
        lock = "LOCKED:OFFICE-PC:638000000000000000"
        rows = [
            ("HostQueryRs", Answer("HostRet", (answers.host(self.books),))),
            ("CompanyQueryRs", Answer("CompanyRet", (answers.company(self.books, [owner_id], lock),))),
            ("PreferencesQueryRs", Answer("PreferencesRet", (answers.preferences(self.books),))),
        ]
        return _document((name, str(number), answer) for number, (name, answer) in enumerate(rows))

    def process(self, qbxml: str) -> str:
        """One message. Raises :class:`RequestRefused` when nothing in it is answered."""
        self.messages += 1
        if self.messages in self.faults.refused:
            raise RequestRefused(*self.faults.refused[self.messages])
        if self.messages in self.faults.silent:
            return ""
        message = read(qbxml, self.books.versions)
        if not message.requests:
            raise RequestRefused(*PARSE_ERROR, "a message without requests")
        document = _document(self._answers(message))
        return document[: len(document) // 2] if self.messages in self.faults.garbled else document

    def _answers(self, message: Message) -> Iterable[tuple[str, str | None, Answer]]:
        failed = False
        for request in message.requests:
            skipped = failed and message.on_error == "stopOnError"
            answer = (
                Answer(code=3231, message="The request has not been processed.") if skipped else self._answer(request)
            )
            failed = failed or answer.code >= 1000
            yield str(request.tag)[:-1] + "s", request.get("requestID"), answer

    def _answer(self, request: etree._Element) -> Answer:
        query = str(request.tag).removesuffix("Rq")
        try:
            if len(request.get("requestID", "")) > REQUEST_ID_LIMIT:
                raise QueryFailed(1060, "The request ID is too long.")
            if query in self.faults.status:
                raise QueryFailed(*self.faults.status[query])
            return self._narrowed(request, self._found(query, request))
        except QueryFailed as failure:
            return Answer(code=failure.code, message=failure.message)

    def _narrowed(self, request: etree._Element, answer: Answer) -> Answer:
        """IncludeRetElement keeps top-level elements by name; some elements come only when asked for."""
        named = set(texts(request, "IncludeRetElement"))
        unasked = {name for name, switch in ASKED_FOR.items() if text(request, switch) not in ("true", "1")}
        rows = tuple([(k, v) for k, v in row if k not in unasked and (not named or k in named)] for row in answer.rows)
        return replace(answer, rows=rows)

    # What each query finds --------------------------------------------------------------------------------------

    def _found(self, query: str, request: etree._Element) -> Answer:
        if query in TRANSACTIONS or query == "CustomerQuery":
            return self._listing(query, request)
        if query.endswith("DeletedQuery"):
            return self._log(query, request)
        words: dict[str, Callable[[], Fields]] = {
            "HostQuery": lambda: answers.host(self.books),
            "CompanyQuery": lambda: answers.company(self.books, texts(request, "OwnerID")),
            "CompanyActivityQuery": lambda: answers.company_activity(self.books),
            "PreferencesQuery": lambda: answers.preferences(self.books),
        }
        return Answer(query.replace("Query", "Ret"), (words[query](),))

    def _log(self, query: str, request: etree._Element) -> Answer:
        transactions = query == "TxnDeletedQuery"
        kinds = texts(request, "TxnDelType" if transactions else "ListDelType")
        entries = [] if query in self.faults.no_match else selection.deletions(self.books, request, kinds)
        word = answers.txn_deleted if transactions else answers.list_deleted
        rows = tuple(word(entry) for entry in entries)
        return _counted(request, Answer(query.replace("Query", "Ret"), rows), len(rows))

    def _listing(self, query: str, request: etree._Element) -> Answer:
        if request.get("iterator") in ("Continue", "Stop"):
            return self._continued(query, request)
        selected = self._selected(query, request)
        page = int(text(request, "MaxReturned") or len(selected.keys))
        if request.get("iterator") == "Start" and request.get("metaData") != "MetaDataOnly":
            return self._started_iterator(query, request, selected.keys)
        answer = self._rows(query, selected.keys[:page])
        if selected.missing:
            answer = replace(answer, code=500, message=UNFINISHED.format(selected.missing[0]))
        return _counted(request, answer, len(selected.keys))

    def _selected(self, query: str, request: etree._Element) -> Selected:
        if query in self.faults.no_match:
            return Selected(())
        if query == "CustomerQuery":
            return selection.customers(self.books, request)
        return selection.transactions(self.books, TRANSACTIONS[query][0], request)

    def _rows(self, query: str, keys: tuple[str, ...]) -> Answer:
        """The rows as they are now; what was deleted since the iterator began is left out."""
        books = self.books
        if query == "CustomerQuery":
            entries = [books.customers[key] for key in keys if key in books.customers]
            return Answer("CustomerRet", tuple(answers.customer(books, entry) for entry in entries))
        _, ret, word = TRANSACTIONS[query]
        return Answer(ret, tuple(word(books, books.txns[key]) for key in keys if key in books.txns))

    # Iterators --------------------------------------------------------------------------------------------------

    def _started_iterator(self, query: str, request: etree._Element, keys: tuple[str, ...]) -> Answer:
        if not text(request, "MaxReturned"):
            raise QueryFailed(3150, 'There is a missing element: "MaxReturned".')
        if self.one_iterator:
            self._iterators.clear()
        self._started += 1
        iterator_id = f"{{{self._started:08x}-0000-4000-8000-{self.sessions:012x}}}"
        self._iterators[iterator_id] = Iterator(query, _filters(request), keys)
        answer = self._next_page(request, iterator_id)
        return _counted(request, answer, len(keys))

    def _continued(self, query: str, request: etree._Element) -> Answer:
        iterator_id = request.get("iteratorID", "")
        iterator = self._iterators.get(iterator_id)
        if iterator is None or iterator.query != query or iterator.filters != _filters(request):
            raise QueryFailed(3391, f'The iteratorID "{iterator_id}" is not valid.')
        if request.get("iterator") == "Stop":
            del self._iterators[iterator_id]
            return Answer(iterator_id=iterator_id)
        count = len(iterator.rest)
        return _counted(request, self._next_page(request, iterator_id), count)

    def _next_page(self, request: etree._Element, iterator_id: str) -> Answer:
        iterator = self._iterators[iterator_id]
        page = int(text(request, "MaxReturned") or len(iterator.rest))
        now, iterator.rest = iterator.rest[:page], iterator.rest[page:]
        if not iterator.rest:
            del self._iterators[iterator_id]
        found = self._rows(iterator.query, now)
        if not now:
            return found
        return replace(found, remaining=len(iterator.rest), iterator_id=iterator_id)


def _filters(request: etree._Element) -> bytes:
    """What must be the same in every Continue: all children but MaxReturned."""
    return b"".join(etree.tostring(child).strip() for child in request.iterchildren("*") if child.tag != "MaxReturned")


def _counted(request: etree._Element, answer: Answer, count: int) -> Answer:
    """Adds the count that was asked for, and says so when nothing matched."""
    meta = request.get("metaData", "NoMetaData")
    code, message = (1, NO_MATCH) if count == 0 and answer.code == 0 else (answer.code, answer.message)
    if meta == "MetaDataOnly":
        return Answer(code=code, message=message, count=count)
    told = count if meta == "MetaDataAndResponseData" else None
    return replace(answer, code=code, message=message, count=told)


def _document(rows: Iterable[tuple[str, str | None, Answer]]) -> str:
    root = etree.Element("QBXML")
    messages = etree.SubElement(root, "QBXMLMsgsRs")
    for name, request_id, answer in rows:
        element = etree.SubElement(messages, name, answer.attributes(request_id))
        for row in answer.rows:
            answers.append(element, answer.ret, row)
    body = etree.tostring(root, encoding="us-ascii", pretty_print=True).decode("ascii")
    return f'<?xml version="1.0" ?>\n{body}'
