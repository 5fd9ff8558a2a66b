"""A qbXML answer to records, streamed through lxml with bounded memory.

Elements are read by name and everything may be missing: real answers stray from the schema (reference: validating with the
XSDs). Money is Decimal with two places, times keep QuickBooks' wall clock without offset.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from lxml import etree

from qbwc_bridge.errors import AnswerUnreadable
from qbwc_bridge.qbxml import xml
from qbwc_bridge.qbxml.xml import Element
from qbwc_bridge.records import ZERO, Activity, Answer, Application, CustomerJob, Deletion, Invoice, Payment

CENT = Decimal("0.01")
AMOUNT = re.compile(r"[+-]?[0-9]{1,13}(\.[0-9]{2})?")
"""AMTTYPE (reference: scalar types)."""


def read_answers(text: str) -> list[Answer]:
    """Every ``…Rs`` of an answer with its rows. Raises AnswerUnreadable when it is no qbXML answer at all."""
    text = xml.without_declaration(text)
    try:
        return list(_stream(text))
    except etree.XMLSyntaxError:
        pass
    try:
        return list(_stream(xml.cleaned(text)))
    except etree.XMLSyntaxError as error:
        raise AnswerUnreadable(f"QuickBooks' answer is not readable XML ({error.msg}). Nothing was changed.") from error


def _stream(text: str) -> Iterator[Answer]:
    parser = etree.XMLPullParser(
        events=("start", "end"),
        encoding="utf-8",
        huge_tree=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )
    reader = _Reader()
    for chunk in xml.chunks(text):
        parser.feed(chunk)
        yield from reader.read(parser.read_events())
    parser.close()
    if not reader.is_answer:
        raise AnswerUnreadable("The text is not an answer of QuickBooks. Nothing was changed.")


class _Reader:
    """Turns parser events into answers; forgets each element as soon as it is a record."""

    def __init__(self) -> None:
        self.is_answer = False
        self.depth = 0
        self.rows: list[Any] = []

    def read(self, events: Any) -> Iterator[Answer]:
        for event, element in events:
            if event == "start":
                self._started(element)
                continue
            if self.depth == 3:
                yield self._answer(element)
            elif self.depth == 4:
                self._row(element)
            self.depth -= 1

    def _started(self, element: Element) -> None:
        self.depth += 1
        if self.depth == 1:
            xml.refuse_doctype(element)
        if self.depth == 2 and element.tag == "QBXMLMsgsRs" and element.getparent().tag == "QBXML":
            self.is_answer = True

    def _row(self, element: Element) -> None:
        read = READERS.get(element.tag)
        if read:
            self.rows.append(read(element))
        element.getparent().remove(element)

    def _answer(self, element: Element) -> Answer:
        answer = _answer(element, tuple(self.rows))
        self.rows = []
        element.getparent().remove(element)
        return answer


def _answer(element: Element, rows: tuple[Any, ...]) -> Answer:
    return Answer(
        request_id=element.get("requestID", ""),
        status_code=_number(element, "statusCode"),
        severity=element.get("statusSeverity", ""),
        message=element.get("statusMessage", ""),
        rows=rows,
        iterator_id=element.get("iteratorID", ""),
        remaining=_number(element, "iteratorRemainingCount") if "iteratorRemainingCount" in element.attrib else None,
        count=_number(element, "retCount") if "retCount" in element.attrib else None,
    )


def _customer(ret: Element) -> CustomerJob:
    return CustomerJob(
        list_id=_key(ret, "ListID"),
        name=_text(ret, "Name"),
        full_name=_text(ret, "FullName") or _text(ret, "Name"),
        parent_list_id=_text(ret, "ParentRef/ListID"),
        active=_text(ret, "IsActive") not in {"false", "0"},
        currency=_text(ret, "CurrencyRef/FullName"),
        time_modified=_moment(ret, "TimeModified"),
    )


def _invoice(ret: Element) -> Invoice:
    return Invoice(
        txn_id=_key(ret, "TxnID"),
        list_id=_key(ret, "CustomerRef/ListID"),
        ref_number=_text(ret, "RefNumber"),
        time_modified=_moment(ret, "TimeModified"),
        edit_sequence=_text(ret, "EditSequence"),
    )


def _deleted_txn(ret: Element) -> Deletion:
    return Deletion(_key(ret, "TxnID"), _moment(ret, "TimeDeleted"))


def _deleted_customer(ret: Element) -> Deletion:
    return Deletion(_key(ret, "ListID"), _moment(ret, "TimeDeleted"))


def _activity(ret: Element) -> Activity:
    return Activity(_moment(ret, "LastRestoreTime"), _moment(ret, "LastCondenseTime"))


def _payment(ret: Element) -> Payment:
    total, memo = _money(ret, "TotalAmount", required=True), _text(ret, "Memo")
    voided = total == 0 and memo[:5].upper() == "VOID:"  # reference: applying results, void rule
    applied = () if voided else tuple(_application(paid) for paid in ret.iterfind("AppliedToTxnRet"))
    return Payment(
        txn_id=_key(ret, "TxnID"),
        list_id=_key(ret, "CustomerRef/ListID"),
        received_from=_text(ret, "CustomerRef/FullName"),
        date=_date(ret, "TxnDate"),
        total=total,
        unused=ZERO if voided else _money(ret, "UnusedPayment"),
        method=_text(ret, "PaymentMethodRef/FullName"),
        ref_number=_text(ret, "RefNumber"),
        memo=memo,
        currency=_text(ret, "CurrencyRef/FullName"),
        voided=voided,
        time_modified=_moment(ret, "TimeModified"),
        edit_sequence=_text(ret, "EditSequence"),
        applications=applied,
    )


def _application(paid: Element) -> Application:
    # LinkedTxn below it are other people's links and never money of this payment (reference: AppliedToTxnRet).
    return Application(_key(paid, "TxnID"), _text(paid, "TxnType"), _money(paid, "Amount"), _text(paid, "RefNumber"))


READERS: dict[str, Callable[[Element], Any]] = {
    "CompanyActivityRet": _activity,
    "CustomerRet": _customer,
    "InvoiceRet": _invoice,
    "ListDeletedRet": _deleted_customer,
    "ReceivePaymentRet": _payment,
    "TxnDeletedRet": _deleted_txn,
}


def _text(element: Element, path: str) -> str:
    return (element.findtext(path) or "").strip()


def _moment(element: Element, path: str) -> str:
    """A time as QuickBooks' wall clock shows it; the offset behind it is wrong in summer on older builds."""
    return _text(element, path)[:19]


def _key(element: Element, path: str) -> str:
    text = _text(element, path)
    if not text:
        raise AnswerUnreadable(f"A {element.tag} in QuickBooks' answer has no {path}. Nothing was changed.")
    return text


def _money(element: Element, path: str, required: bool = False) -> Decimal:
    text = _key(element, path) if required else _text(element, path)
    if not AMOUNT.fullmatch(text or "0") or element.find(f"{path}/*") is not None:  # an element would cut the amount
        raise AnswerUnreadable(f"A {element.tag} in QuickBooks' answer has the {path} {text!r}. Nothing was changed.")
    return Decimal(text or "0").quantize(CENT)


def _date(element: Element, path: str) -> date:
    text = _key(element, path)
    try:
        return date.fromisoformat(text[:10])
    except ValueError as error:
        raise AnswerUnreadable(f"A {element.tag} in QuickBooks' answer has the {path} {text!r}.") from error


def _number(element: Element, name: str) -> int:
    text = element.get(name, "").strip()
    if not (text.isascii() and text.isdigit()):
        raise AnswerUnreadable(f"A {element.tag} in QuickBooks' answer has the {name} {text!r}. Nothing was changed.")
    return int(text)
