"""What may be asked of QuickBooks, and how strictly it reads: the requests' grammar as one table.

In: a qbXML document. Out: its parsed requests, or a refusal of the whole message (HRESULT 0x80040400) for what
QuickBooks' parser refuses: order, unknown elements, filters that exclude each other, malformed values. The table is a
DTD, because a DTD is a table of elements in order; it is written from the reference (sections 1 and 3), since the
vendor's schema cannot be shipped. It will never know any data.

Left out on purpose, so a request using them is refused here though QuickBooks would take it: AccountFilter,
CurrencyFilter, ClassFilter, TotalBalanceFilter, name and number ranges, DateMacro, and every query not listed.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass
from typing import NoReturn

from lxml import etree

from .faults import BAD_VERSION, PARSE_ERROR, RequestRefused

_TXN_FILTERS = """(TxnID+ | RefNumber+ | RefNumberCaseSensitive+ | (MaxReturned?,
    (ModifiedDateRangeFilter | TxnDateRangeFilter)?, EntityFilter?, RefNumberFilter? {more}))?, IncludeLineItems?"""
_PLAIN = "requestID CDATA #IMPLIED"
_COUNTED = f"{_PLAIN} metaData (NoMetaData | MetaDataOnly | MetaDataAndResponseData) #IMPLIED"
_PAGED = f"{_COUNTED} iterator (Start | Continue | Stop) #IMPLIED iteratorID CDATA #IMPLIED"

# query → (content, attributes). The order of the elements is the order QuickBooks insists on.
QUERIES = {
    "HostQuery": ("IncludeRetElement*", _PLAIN),
    "CompanyQuery": ("IncludeRetElement*, OwnerID*", _PLAIN),
    "CompanyActivityQuery": ("IncludeRetElement*", _PLAIN),
    "PreferencesQuery": ("IncludeRetElement*", _PLAIN),
    "CustomerQuery": (
        """(ListID+ | FullName+ | (MaxReturned?, ActiveStatus?, FromModifiedDate?, ToModifiedDate?, NameFilter?))?,
        IncludeRetElement*, OwnerID*""",
        _PAGED,
    ),
    "ReceivePaymentQuery": (_TXN_FILTERS.format(more="") + ", IncludeRetElement*, OwnerID*", _PAGED),
    "InvoiceQuery": (
        _TXN_FILTERS.format(more=", PaidStatus?") + ", IncludeLinkedTxns?, IncludeRetElement*, OwnerID*",
        _PAGED,
    ),
    "CreditMemoQuery": (_TXN_FILTERS.format(more="") + ", IncludeLinkedTxns?, IncludeRetElement*, OwnerID*", _PAGED),
    "ARRefundCreditCardQuery": (_TXN_FILTERS.format(more="") + ", IncludeRetElement*, OwnerID*", _PAGED),
    "CheckQuery": (_TXN_FILTERS.format(more="") + ", IncludeLinkedTxns?, IncludeRetElement*, OwnerID*", _PAGED),
    "TxnDeletedQuery": ("TxnDelType+, DeletedDateRangeFilter?, IncludeRetElement*", _COUNTED),
    "ListDeletedQuery": ("ListDelType+, DeletedDateRangeFilter?, IncludeRetElement*", _COUNTED),
}
_GROUPS = {
    "ModifiedDateRangeFilter": "FromModifiedDate?, ToModifiedDate?",
    "TxnDateRangeFilter": "FromTxnDate?, ToTxnDate?",
    "DeletedDateRangeFilter": "FromDeletedDate?, ToDeletedDate?",
    "EntityFilter": "ListID+ | FullName+ | ListIDWithChildren | FullNameWithChildren",
    "RefNumberFilter": "MatchCriterion, RefNumber",
    "NameFilter": "MatchCriterion, Name",
}
_ID = r".{0,36}"
_DATE = r"(\d{4}-\d\d-\d\d)?"
_DATETIME = r"(\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d([+-]\d\d:\d\d)?)?)?)?"  # no Z, no fraction of a second
_BOOLEAN = "(true|false|0|1)?"
_TXN_TYPES = """ARRefundCreditCard Bill BillPaymentCheck BillPaymentCreditCard BuildAssembly Charge Check
    CreditCardCharge CreditCardCredit CreditMemo Deposit Estimate InventoryAdjustment Invoice ItemReceipt JournalEntry
    PurchaseOrder ReceivePayment SalesOrder SalesReceipt SalesTaxPaymentCheck TimeTracking TransferInventory
    VehicleMileage VendorCredit"""
VALUES = {
    "TxnID": _ID,
    "ListID": _ID,
    "ListIDWithChildren": _ID,
    "FullName": r".{0,209}",
    "FullNameWithChildren": r".{0,209}",
    "Name": r".{0,209}",
    "RefNumber": r".{0,20}",
    "RefNumberCaseSensitive": r".{0,20}",
    "MaxReturned": r"0*[1-9]\d{0,8}",
    "ActiveStatus": "ActiveOnly|InactiveOnly|All",
    "PaidStatus": "All|PaidOnly|NotPaidOnly",
    "MatchCriterion": "StartsWith|Contains|EndsWith",
    "FromModifiedDate": _DATETIME,
    "ToModifiedDate": _DATETIME,
    "FromDeletedDate": _DATETIME,
    "ToDeletedDate": _DATETIME,
    "FromTxnDate": _DATE,
    "ToTxnDate": _DATE,
    "IncludeLineItems": _BOOLEAN,
    "IncludeLinkedTxns": _BOOLEAN,
    "IncludeRetElement": r".{1,50}",
    "OwnerID": r"0|\{[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}\}",
    "TxnDelType": "|".join(_TXN_TYPES.split()),
    "ListDelType": "Account|Class|Customer|Employee|PaymentMethod|Vendor",
}
# The version of qbXML that brought an element or attribute (reference 1.3).
SINCE = {
    "metaData": 4.0,
    "iterator": 5.0,
    "IncludeRetElement": 4.0,
    "RefNumberCaseSensitive": 4.0,
    "TxnDeletedQueryRq": 2.0,
    "ListDeletedQueryRq": 2.0,
    "CompanyActivityQueryRq": 2.0,
    "ARRefundCreditCardQueryRq": 5.0,
    "ListIDWithChildren": 2.0,
    "OwnerID": 2.0,
}


@dataclass(frozen=True)
class Message:
    """A message QuickBooks would read: its requests in order, and what to do after one that fails."""

    requests: tuple[etree._Element, ...]
    on_error: str


def _dtd() -> etree.DTD:
    contents = {f"{name}Rq": content for name, (content, _) in QUERIES.items()} | _GROUPS
    rows = [f"<!ELEMENT {name} ({content})>" for name, content in contents.items()]
    rows += [f"<!ATTLIST {name}Rq {attributes}>" for name, (_, attributes) in QUERIES.items()]
    rows += [f"<!ELEMENT {name} (#PCDATA)>" for name in VALUES]
    rows.append("<!ELEMENT QBXML (QBXMLMsgsRq)>")
    rows.append(f"<!ELEMENT QBXMLMsgsRq ({' | '.join(f'{name}Rq' for name in QUERIES)})*>")
    rows.append("""<!ATTLIST QBXMLMsgsRq onError (stopOnError | continueOnError | rollbackOnError) #REQUIRED
        newMessageSetID CDATA #IMPLIED oldMessageSetID CDATA #IMPLIED>""")
    return etree.DTD(io.StringIO("\n".join(rows)))


DTD = _dtd()


def read(qbxml: str, versions: tuple[str, ...]) -> Message:
    """The requests of a message. Raises :class:`RequestRefused` for anything QuickBooks' parser would not take."""
    version = _version(qbxml.partition("<QBXML")[0], versions)
    root = _parse(qbxml)
    if not DTD.validate(root):
        _refuse(str(DTD.error_log))
    for element in root.iter("*"):
        _check_value(element)
        _check_version(element, version)
    requests = tuple(root[0].iterchildren("*"))
    for request in requests:
        _check_request(request)
    return Message(requests, root[0].get("onError", ""))


def _refuse(detail: str) -> NoReturn:
    raise RequestRefused(*PARSE_ERROR, detail)


def _version(prolog: str, versions: tuple[str, ...]) -> float:
    """The version named by the ``<?qbxml version="…"?>`` before the document element."""
    if not prolog.startswith("<?xml") or "<!DOCTYPE" in prolog:
        _refuse("an XML declaration comes first, and no DOCTYPE")
    found = re.findall(r"""<\?qbxml\s+version=["']([^"']*)["']\s*\?>""", prolog)
    if len(found) != 1:
        _refuse("exactly one qbxml processing instruction is needed")
    if found[0] not in versions:
        raise RequestRefused(*BAD_VERSION, found[0])
    return float(found[0])


def _parse(qbxml: str) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=True)
    try:
        return etree.fromstring(qbxml.encode("utf-8"), parser)
    except etree.XMLSyntaxError as error:
        raise RequestRefused(*PARSE_ERROR, str(error)) from error


def _check_value(element: etree._Element) -> None:
    pattern = VALUES.get(str(element.tag))
    if pattern and not re.fullmatch(pattern, element.text or "", re.DOTALL):
        _refuse(f"{element.tag}: {element.text!r}")


def _check_version(element: etree._Element, version: float) -> None:
    for name in (str(element.tag), *map(str, element.attrib)):
        if SINCE.get(name, 0.0) > version:
            _refuse(f"{name} is not in qbXML {version}")


def _check_request(request: etree._Element) -> None:
    """What a table of elements cannot say."""
    if len(request) == 0 and request.text:
        _refuse(f"{request.tag}: white space in an empty request")
    if request.get("iterator") in ("Continue", "Stop") and not request.get("iteratorID"):
        _refuse(f"{request.tag}: iterator without iteratorID")
    if request.get("iteratorID") and request.get("iterator") not in ("Continue", "Stop"):
        _refuse(f"{request.tag}: iteratorID without iterator")
    if request.get("iterator") and any(child.tag in ("TxnID", "ListID", "FullName", "RefNumber") for child in request):
        _refuse(f"{request.tag}: an iterator over single objects")
