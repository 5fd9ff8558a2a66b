"""A qbXML answer to records, streamed through lxml with bounded memory.

Elements are read by name and everything may be missing: real answers stray from the schema (reference: validating with the
XSDs). Money is Decimal with two places, times keep QuickBooks' wall clock without offset.
"""

import re
from collections.abc import Callable
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

BODY = "QBXMLMsgsRs"


def read_answers(text: str) -> list[Answer]:
    """Every ``…Rs`` of an answer with its rows. Raises AnswerUnreadable when it is no qbXML answer at all."""
    xml.refuse_doctype(text)
    try:
        return _read(text)
    except etree.XMLSyntaxError:
        pass
    try:
        return _read(xml.cleaned(text))
    except etree.XMLSyntaxError as error:
        raise AnswerUnreadable(f"QuickBooks' answer is not readable XML ({error.msg}). Nothing was changed.") from error


def _read(text: str) -> list[Answer]:
    parser = etree.XMLPullParser(
        events=("end",),
        tag=READERS.keys(),
        encoding="utf-8",
        huge_tree=True,
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_blank_text=True,
        remove_comments=True,
        remove_pis=True,
    )
    rows: dict[Element, list[Any]] = {}
    for chunk in xml.chunks(text):
        parser.feed(chunk)
        for _, element in parser.read_events():
            _take(element, rows)
    root = parser.close()
    if root.tag != "QBXML" or root.find(BODY) is None:
        raise AnswerUnreadable("The text is not an answer of QuickBooks. Nothing was changed.")
    return [_answer(element, tuple(rows.get(element, ()))) for element in root.iterfind(f"{BODY}/*")]


def _take(element: Element, rows: dict[Element, list[Any]]) -> None:
    """One ``…Ret`` to a record, kept for the answer around it; the element is forgotten at once."""
    answer = element.getparent()
    body = None if answer is None else answer.getparent()
    if body is not None and body.tag == BODY:
        rows.setdefault(answer, []).append(READERS[element.tag](_Ret(element)))
        answer.remove(element)


class _Ret:
    """The elements right below a ``…Ret`` by name; of two with one name the first counts."""

    def __init__(self, element: Element) -> None:
        self.tag = element.tag
        self.element = element
        self._first = {child.tag: child for child in element.iterchildren(reversed=True)}

    def text(self, name: str, below: str = "") -> str:
        """The text of an element, or of one below it; "" when there is none."""
        child = self._first.get(name)
        if child is None:
            return ""
        if below:
            child = next(child.iterchildren(below), None)
        return "" if child is None else (child.text or "").strip()

    def key(self, name: str, below: str = "") -> str:
        """A text that must be there. Raises AnswerUnreadable."""
        text = self.text(name, below)
        if not text:
            path = f"{name}/{below}" if below else name
            raise AnswerUnreadable(f"A {self.tag} in QuickBooks' answer has no {path}. Nothing was changed.")
        return text

    def moment(self, name: str) -> str:
        """A time as QuickBooks' wall clock shows it; the offset behind it is wrong in summer on older builds."""
        return self.text(name)[:19]

    def money(self, name: str, required: bool = False) -> Decimal:
        """An amount. Raises AnswerUnreadable for anything else; an element in it would cut it."""
        text = self.key(name) if required else self.text(name)
        child = self._first.get(name)
        if not AMOUNT.fullmatch(text or "0") or (child is not None and len(child)):
            raise AnswerUnreadable(f"A {self.tag} in QuickBooks' answer has the {name} {text!r}. Nothing was changed.")
        return Decimal(text or "0").quantize(CENT)

    def date(self, name: str) -> date:
        """A day. Raises AnswerUnreadable."""
        text = self.key(name)
        try:
            return date.fromisoformat(text[:10])
        except ValueError as error:
            raise AnswerUnreadable(f"A {self.tag} in QuickBooks' answer has the {name} {text!r}.") from error


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


def _customer(ret: _Ret) -> CustomerJob:
    return CustomerJob(
        list_id=ret.key("ListID"),
        name=ret.text("Name"),
        full_name=ret.text("FullName") or ret.text("Name"),
        parent_list_id=ret.text("ParentRef", "ListID"),
        active=ret.text("IsActive") not in {"false", "0"},
        currency=ret.text("CurrencyRef", "FullName"),
        time_modified=ret.moment("TimeModified"),
    )


def _invoice(ret: _Ret) -> Invoice:
    return Invoice(
        txn_id=ret.key("TxnID"),
        list_id=ret.key("CustomerRef", "ListID"),
        ref_number=ret.text("RefNumber"),
        time_modified=ret.moment("TimeModified"),
        edit_sequence=ret.text("EditSequence"),
    )


def _deleted_txn(ret: _Ret) -> Deletion:
    return Deletion(ret.key("TxnID"), ret.moment("TimeDeleted"))


def _deleted_customer(ret: _Ret) -> Deletion:
    return Deletion(ret.key("ListID"), ret.moment("TimeDeleted"))


def _activity(ret: _Ret) -> Activity:
    return Activity(ret.moment("LastRestoreTime"), ret.moment("LastCondenseTime"))


def _payment(ret: _Ret) -> Payment:
    total, memo = ret.money("TotalAmount", required=True), ret.text("Memo")
    voided = total == 0 and memo[:5].upper() == "VOID:"  # reference: applying results, void rule
    applied = () if voided else tuple(_application(_Ret(paid)) for paid in ret.element.iterchildren("AppliedToTxnRet"))
    return Payment(
        txn_id=ret.key("TxnID"),
        list_id=ret.key("CustomerRef", "ListID"),
        received_from=ret.text("CustomerRef", "FullName"),
        date=ret.date("TxnDate"),
        total=total,
        unused=ZERO if voided else ret.money("UnusedPayment"),
        method=ret.text("PaymentMethodRef", "FullName"),
        ref_number=ret.text("RefNumber"),
        memo=memo,
        currency=ret.text("CurrencyRef", "FullName"),
        voided=voided,
        time_modified=ret.moment("TimeModified"),
        edit_sequence=ret.text("EditSequence"),
        applications=applied,
    )


def _application(paid: _Ret) -> Application:
    # LinkedTxn below it are other people's links and never money of this payment (reference: AppliedToTxnRet).
    return Application(paid.key("TxnID"), paid.text("TxnType"), paid.money("Amount"), paid.text("RefNumber"))


READERS: dict[str, Callable[[_Ret], Any]] = {
    "CompanyActivityRet": _activity,
    "CustomerRet": _customer,
    "InvoiceRet": _invoice,
    "ListDeletedRet": _deleted_customer,
    "ReceivePaymentRet": _payment,
    "TxnDeletedRet": _deleted_txn,
}


def _number(element: Element, name: str) -> int:
    text = element.get(name, "").strip()
    if not (text.isascii() and text.isdigit()):
        raise AnswerUnreadable(f"A {element.tag} in QuickBooks' answer has the {name} {text!r}. Nothing was changed.")
    return int(text)
