"""QuickBooks' answering machine reads strictly: what it refuses as a whole, and with which status a single request fails."""

from __future__ import annotations

import pytest
from simulator.queries import GOOD, MODIFIED, customers, payments, ref_numbers

from qbwc_bridge.simulator import RequestProcessor, RequestRefused
from qbwc_bridge.simulator.ledger import Payment

PARSE_ERRORS = {
    "unknown element": payments("<Nonsense/>"),
    "unknown query": "<SalesReceiptQueryRq/>",
    "unknown attribute": "<ReceivePaymentQueryRq requestId='1'/>",
    "wrong order": payments("<IncludeLineItems>true</IncludeLineItems><MaxReturned>5</MaxReturned>"),
    "filter before MaxReturned": payments(MODIFIED.format("2026-01-01") + "<MaxReturned>5</MaxReturned>"),
    "TxnID and MaxReturned": payments("<TxnID>1-1</TxnID><MaxReturned>5</MaxReturned>"),
    "TxnID and a filter": payments("<TxnID>1-1</TxnID>" + MODIFIED.format("2026-01-01")),
    "both date filters": payments(MODIFIED.format("2026-01-01") + "<TxnDateRangeFilter/>"),
    "two WithChildren": payments(
        "<EntityFilter><ListIDWithChildren>1-1</ListIDWithChildren><ListIDWithChildren>2-1</ListIDWithChildren></EntityFilter>"
    ),
    "ListID beside WithChildren": payments(
        "<EntityFilter><ListID>1-1</ListID><ListIDWithChildren>2-1</ListIDWithChildren></EntityFilter>"
    ),
    "FromModifiedDate without its wrapper": payments("<FromModifiedDate>2026-01-01</FromModifiedDate>"),
    "a wrapper in a list query": customers(MODIFIED.format("2026-01-01")),
    "IncludeLinkedTxns of a payment": payments("<IncludeLinkedTxns>true</IncludeLinkedTxns>"),
    "PaidStatus of a payment": payments("<PaidStatus>All</PaidStatus>"),
    "MaxReturned 0": payments("<MaxReturned>0</MaxReturned>"),
    "MaxReturned in words": payments("<MaxReturned>ten</MaxReturned>"),
    "Z": payments(MODIFIED.format("2026-01-01T00:00:00Z")),
    "fraction of a second": payments(MODIFIED.format("2026-01-01T00:00:00.5")),
    "a blank for the T": payments(MODIFIED.format("2026-01-01 00:00:00")),
    "time in TxnDate": payments(
        "<TxnDateRangeFilter><FromTxnDate>2026-01-01T00:00:00</FromTxnDate></TxnDateRangeFilter>"
    ),
    "boolean": payments("<IncludeLineItems>yes</IncludeLineItems>"),
    "ActiveStatus": customers("<ActiveStatus>Everybody</ActiveStatus>"),
    "OwnerID without braces": "<CompanyQueryRq><OwnerID>6B063959-81B0-4622-85D6-F548C8CCB517</OwnerID></CompanyQueryRq>",
    "iterator word": payments("<MaxReturned>5</MaxReturned>", "iterator='Begin'"),
    "Continue without iteratorID": payments("<MaxReturned>5</MaxReturned>", "iterator='Continue'"),
    "iteratorID without iterator": payments("<MaxReturned>5</MaxReturned>", "iteratorID='{1}'"),
    "iterator over TxnIDs": payments("<TxnID>1-1</TxnID>", "iterator='Start'"),
    "iterator of deletions": "<TxnDeletedQueryRq iterator='Start'><TxnDelType>Check</TxnDelType></TxnDeletedQueryRq>",
    "MaxReturned of deletions": "<TxnDeletedQueryRq><TxnDelType>Check</TxnDelType><MaxReturned>1</MaxReturned>"
    "</TxnDeletedQueryRq>",
    "deletions of nothing": "<TxnDeletedQueryRq/>",
    "TxnDelType": "<TxnDeletedQueryRq><TxnDelType>Payment</TxnDelType></TxnDeletedQueryRq>",
    "white space in an empty request": "<HostQueryRq> </HostQueryRq>",
    "text between elements": "<HostQueryRq/>and<CompanyQueryRq/>",
    "no request": "",
}


@pytest.mark.parametrize("reason", PARSE_ERRORS)
def test_the_whole_message_is_refused(ask, reason):
    with pytest.raises(RequestRefused) as refusal:
        ask("<CompanyActivityQueryRq/>" * (reason != "no request") + PARSE_ERRORS[reason])
    assert refusal.value.hresult == "0x80040400"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('<?qbxml version="13.0"?>', ""),
        ('<?xml version="1.0"?>', ""),
        ('<?xml version="1.0"?>', '\n<?xml version="1.0"?>'),
        (' onError="stopOnError"', ""),
        ("stopOnError", "carryOn"),
        ("</QBXML>", ""),
        ("<QBXML>", "<!DOCTYPE QBXML><QBXML>"),
        ("<QBXML>", '<!DOCTYPE QBXML [<!ENTITY a "b">]><QBXML>'),
        ("<HostQueryRq/>", "<HostQueryRq>&a;</HostQueryRq>"),
        ("<HostQueryRq/>", "<HostQueryRq requestID='\x01'/>"),
        ("QBXMLMsgsRq", "QBXMLSubscriptionMsgsRq"),
    ],
)
def test_the_envelope_is_read_strictly(books, old, new):
    assert "HostRet" in RequestProcessor(books).process(GOOD)
    with pytest.raises(RequestRefused) as refusal:
        RequestProcessor(books).process(GOOD.replace(old, new))
    assert refusal.value.hresult == "0x80040400"


def test_versions(ask):
    with pytest.raises(RequestRefused) as refusal:
        ask("<HostQueryRq/>", version="99.0")
    assert refusal.value.hresult == "0x80040423"
    with pytest.raises(RequestRefused) as refusal:
        ask(payments("<MaxReturned>5</MaxReturned>", "iterator='Start'"), version="4.0")
    assert refusal.value.hresult == "0x80040400"
    assert ask(payments("<MaxReturned>5</MaxReturned>"), version="4.0")[0].get("statusCode") == "0"


STATUS = {
    "nothing found": (payments(MODIFIED.format("2030-01-01")), "1", "Info"),
    "long requestID": (f"<HostQueryRq requestID='{'x' * 51}'/>", "1060", "Error"),
    "malformed ID": (payments("<TxnID>what</TxnID>"), "3000", "Error"),
    "impossible date": (payments(MODIFIED.format("2026-02-30")), "3020", "Error"),
    "empty date": (payments(MODIFIED.format("")), "3020", "Error"),
    "date before 1970": (payments(MODIFIED.format("1969-12-31")), "3020", "Error"),
    "date after 2038": (payments(MODIFIED.format("2039-01-01")), "3020", "Error"),
    "from after to": (
        customers("<FromModifiedDate>2026-02-01</FromModifiedDate><ToModifiedDate>2026-01-01</ToModifiedDate>"),
        "3030",
        "Error",
    ),
    "unknown ListID in a filter": (
        payments("<EntityFilter><ListID>80000099-1</ListID></EntityFilter>"),
        "3120",
        "Error",
    ),
    "unknown name in a filter": (payments("<EntityFilter><FullName>No</FullName></EntityFilter>"), "3120", "Error"),
    "unknown ListID": (customers("<ListID>80000099-1</ListID>"), "500", "Warn"),
    "unknown name": (customers("<FullName>No</FullName><FullName>Smith</FullName>"), "500", "Warn"),
    "unknown RefNumber": (payments("<RefNumber>P1</RefNumber><RefNumber>P9</RefNumber>"), "500", "Warn"),
    "iterator without MaxReturned": (payments("", "iterator='Start'"), "3150", "Error"),
    "unknown iterator": (payments("", "iterator='Continue' iteratorID='{1}'"), "3391", "Error"),
}


@pytest.mark.parametrize("reason", STATUS)
def test_one_request_fails_or_warns(ask, reason):
    request, code, severity = STATUS[reason]
    answer, other = ask(request + "<HostQueryRq requestID='h'/>")
    assert (answer.get("statusCode"), answer.get("statusSeverity")) == (code, severity)
    assert (other.get("statusCode"), other.get("requestID")) == ("0", "h")


def test_stop_on_error_answers_the_rest_with_3231(ask):
    codes = [
        answer.get("statusCode")
        for answer in ask(
            payments(MODIFIED.format("2030-01-01"))
            + customers("<ListID>80000099-1</ListID>")
            + payments(MODIFIED.format(""))
            + "<HostQueryRq/>",
            on_error="stopOnError",
        )
    ]
    assert codes == ["1", "500", "3020", "3231"]


def test_missing_ids_come_with_the_rest(ask, books):
    known = books.of(Payment)[0].txn_id
    (answer,) = ask(payments(f"<TxnID>{known}</TxnID><TxnID>FFFF-1</TxnID>"))
    assert (answer.get("statusCode"), ref_numbers(answer)) == ("500", ["P1"])
    assert "FFFF-1" in answer.get("statusMessage")
