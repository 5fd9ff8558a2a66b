"""Every kind of answer the simulated QuickBooks gives, and what it is asked here, is valid by the vendor's schema."""

from __future__ import annotations

import os
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from qbwc_bridge.simulator import Books, RequestProcessor, sample_books

OWNER = "{6B063959-81B0-4622-85D6-F548C8CCB517}"
SCHEMAS = Path(os.environ.get("QBXML_XSD_DIR", Path(__file__).parents[3] / "shared" / "qbxml-xsd"))
SWITCHES = "<IncludeLineItems>true</IncludeLineItems><IncludeLinkedTxns>true</IncludeLinkedTxns>"
RANGES = (
    "<ModifiedDateRangeFilter><FromModifiedDate>2024-01-01T00:00:00</FromModifiedDate>"
    "<ToModifiedDate>2037-01-01T00:00:00-05:00</ToModifiedDate></ModifiedDateRangeFilter>"
)
REQUESTS = {
    "host": "<HostQueryRq requestID='1'/>",
    "company": f"<CompanyQueryRq><OwnerID>{OWNER}</OwnerID></CompanyQueryRq>",
    "activity": "<CompanyActivityQueryRq/>",
    "preferences": "<PreferencesQueryRq><IncludeRetElement>AccountingPreferences</IncludeRetElement></PreferencesQueryRq>",
    "all preferences": "<PreferencesQueryRq/>",
    "customers": "<CustomerQueryRq iterator='Start'><MaxReturned>90</MaxReturned><ActiveStatus>All</ActiveStatus>"
    "</CustomerQueryRq>",
    "payments": f"<ReceivePaymentQueryRq iterator='Start'><MaxReturned>999</MaxReturned>{RANGES}"
    "<IncludeLineItems>true</IncludeLineItems></ReceivePaymentQueryRq>",
    "payments of a job": "<ReceivePaymentQueryRq><EntityFilter><FullNameWithChildren>O'Brien &amp; Sons</FullNameWithChildren>"
    "</EntityFilter><IncludeLineItems>true</IncludeLineItems></ReceivePaymentQueryRq>",
    "payments by date": "<ReceivePaymentQueryRq><TxnDateRangeFilter><FromTxnDate>2026-01-01</FromTxnDate></TxnDateRangeFilter>"
    "<RefNumberFilter><MatchCriterion>Contains</MatchCriterion><RefNumber>1</RefNumber></RefNumberFilter></ReceivePaymentQueryRq>",
    "count": "<ReceivePaymentQueryRq metaData='MetaDataOnly'/>",
    "rows and count": "<ReceivePaymentQueryRq metaData='MetaDataAndResponseData'/>",
    "no such ids": "<ReceivePaymentQueryRq><TxnID>FFFF-1</TxnID></ReceivePaymentQueryRq>",
    "no match": "<ReceivePaymentQueryRq><RefNumber>nobody</RefNumber></ReceivePaymentQueryRq>",
    "dead iterator": "<ReceivePaymentQueryRq iterator='Continue' iteratorID='{1}'/>",
    "bad filter": "<ReceivePaymentQueryRq><EntityFilter><ListID>FFFF-1</ListID></EntityFilter></ReceivePaymentQueryRq>",
    "invoices": f"<InvoiceQueryRq><PaidStatus>All</PaidStatus>{SWITCHES}</InvoiceQueryRq>",
    "credit memos": f"<CreditMemoQueryRq>{SWITCHES}</CreditMemoQueryRq>",
    "card refunds": "<ARRefundCreditCardQueryRq><IncludeLineItems>true</IncludeLineItems></ARRefundCreditCardQueryRq>",
    "checks": f"<CheckQueryRq>{SWITCHES}</CheckQueryRq>",
    "deletions": "<TxnDeletedQueryRq metaData='MetaDataAndResponseData'><TxnDelType>ReceivePayment</TxnDelType>"
    "<DeletedDateRangeFilter><FromDeletedDate>2026-01-01</FromDeletedDate></DeletedDateRangeFilter></TxnDeletedQueryRq>",
    "list deletions": "<ListDeletedQueryRq><ListDelType>Customer</ListDelType></ListDeletedQueryRq>",
}
WITH_ROWS = set(REQUESTS) - {"count", "no such ids", "no match", "dead iterator", "bad filter"}


@pytest.fixture(scope="module")
def valid():
    path = SCHEMAS / "qbxmlops130.xsd"
    if not path.exists():
        pytest.skip(f"the vendor's schemas are not in {SCHEMAS} (QBXML_XSD_DIR)")
    schema = etree.XMLSchema(etree.parse(path))

    def check(text: str) -> etree._Element:
        document = etree.fromstring(text.encode())
        schema.assertValid(document)
        return document

    return check


def _books() -> Books:
    """The sample, with foreign money, a restore and every refund of a payment besides."""
    books = sample_books(date(2026, 11, 23))
    abroad = books.add_customer("Montréal Annex", currency="Canadian Dollar").list_id
    payment = books.receive_payment(abroad, Decimal(100), method="Visa")
    books.refund_by_card(payment.txn_id, Decimal(30))
    books.refund_by_check(payment.txn_id, Decimal(20))
    books.register(OWNER, "{57F3B9B6-86F1-4FCC-B1FF-966DE1813D20}")
    books.restore(books.backup())
    books.condense()
    return books


@pytest.fixture(scope="module")
def processor():
    return RequestProcessor(_books())


@pytest.mark.parametrize("name", REQUESTS)
def test_request_and_answer(valid, processor, name):
    request = (
        '<?xml version="1.0" encoding="utf-8"?><?qbxml version="13.0"?>'
        f'<QBXML><QBXMLMsgsRq onError="continueOnError">{REQUESTS[name]}</QBXMLMsgsRq></QBXML>'
    )
    valid(request)
    (answer,) = valid(processor.process(request))[0]
    assert (len(answer) > 0) == (name in WITH_ROWS)


def test_the_answers_before_the_first_request(valid, processor):
    assert len(valid(processor.hcp(OWNER))[0]) == 3
