"""Queries as qbXML, letter by letter; the vendor's schema has its say in ``conformance``."""

import pytest
from lxml import etree

from qbwc_bridge.qbxml import Query, render
from qbwc_bridge.records import RequestKind

FRAME = """<?xml version="1.0" encoding="utf-8"?>
<?qbxml version="13.0"?>
<QBXML>
<QBXMLMsgsRq onError="continueOnError">
{}
</QBXMLMsgsRq>
</QBXML>"""

COMPANY = """<CompanyQueryRq requestID="1.1">
  <IncludeRetElement>CompanyName</IncludeRetElement>
  <IncludeRetElement>DataExtRet</IncludeRetElement>
  <OwnerID>{6B063959-81B0-4622-85D6-F548C8CCB517}</OwnerID>
</CompanyQueryRq>"""

CUSTOMERS = """<CustomerQueryRq requestID="2.1" iterator="Start">
  <MaxReturned>500</MaxReturned>
  <ActiveStatus>All</ActiveStatus>
  <IncludeRetElement>ListID</IncludeRetElement>
  <IncludeRetElement>TimeModified</IncludeRetElement>
  <IncludeRetElement>Name</IncludeRetElement>
  <IncludeRetElement>FullName</IncludeRetElement>
  <IncludeRetElement>IsActive</IncludeRetElement>
  <IncludeRetElement>ParentRef</IncludeRetElement>
  <IncludeRetElement>CurrencyRef</IncludeRetElement>
</CustomerQueryRq>"""

ACTIVITY = """<CompanyActivityQueryRq requestID="5.1"/>"""

INVOICE_FIELDS = """  <IncludeRetElement>TxnID</IncludeRetElement>
  <IncludeRetElement>TimeModified</IncludeRetElement>
  <IncludeRetElement>EditSequence</IncludeRetElement>
  <IncludeRetElement>CustomerRef</IncludeRetElement>
  <IncludeRetElement>RefNumber</IncludeRetElement>
"""

INVOICES = f"""<InvoiceQueryRq requestID="3.1">
  <TxnID>4EB8-1</TxnID>
  <TxnID>4EB8-2</TxnID>
{INVOICE_FIELDS}</InvoiceQueryRq>"""

MODIFIED = """  <ModifiedDateRangeFilter>
    <FromModifiedDate>2026-02-28T10:05:00</FromModifiedDate>
  </ModifiedDateRangeFilter>
"""

CHANGED_INVOICES = f"""<InvoiceQueryRq requestID="6.1" iterator="Start">
  <MaxReturned>250</MaxReturned>
{MODIFIED}{INVOICE_FIELDS}</InvoiceQueryRq>"""

DELETED = """  <DeletedDateRangeFilter>
    <FromDeletedDate>2026-02-28T10:05:00</FromDeletedDate>
  </DeletedDateRangeFilter>
"""

DELETED_PAYMENTS = f"""<TxnDeletedQueryRq requestID="7.1">
  <TxnDelType>ReceivePayment</TxnDelType>
{DELETED}</TxnDeletedQueryRq>"""

DELETED_CUSTOMERS = f"""<ListDeletedQueryRq requestID="8.1">
  <ListDelType>Customer</ListDelType>
{DELETED}</ListDeletedQueryRq>"""

COUNT = """<ReceivePaymentQueryRq requestID="9.1" metaData="MetaDataOnly">
  <EntityFilter>
    <ListID>80000002-1</ListID>
    <ListID>80000001-1</ListID>
  </EntityFilter>
</ReceivePaymentQueryRq>"""

PAYMENT_FIELDS = """  <IncludeLineItems>true</IncludeLineItems>
  <IncludeRetElement>TxnID</IncludeRetElement>
  <IncludeRetElement>TimeModified</IncludeRetElement>
  <IncludeRetElement>EditSequence</IncludeRetElement>
  <IncludeRetElement>CustomerRef</IncludeRetElement>
  <IncludeRetElement>TxnDate</IncludeRetElement>
  <IncludeRetElement>RefNumber</IncludeRetElement>
  <IncludeRetElement>TotalAmount</IncludeRetElement>
  <IncludeRetElement>CurrencyRef</IncludeRetElement>
  <IncludeRetElement>PaymentMethodRef</IncludeRetElement>
  <IncludeRetElement>Memo</IncludeRetElement>
  <IncludeRetElement>UnusedPayment</IncludeRetElement>
  <IncludeRetElement>AppliedToTxnRet</IncludeRetElement>
"""

PAYMENTS = f"""<ReceivePaymentQueryRq requestID="4.1" iterator="Start">
  <MaxReturned>250</MaxReturned>
  <EntityFilter>
    <ListID>80000002-1</ListID>
    <ListID>80000001-1</ListID>
  </EntityFilter>
{PAYMENT_FIELDS}</ReceivePaymentQueryRq>"""

CHANGED_PAYMENTS = f"""<ReceivePaymentQueryRq requestID="10.1" iterator="Start">
  <MaxReturned>250</MaxReturned>
{MODIFIED}{PAYMENT_FIELDS}</ReceivePaymentQueryRq>"""

PAYMENTS_BY_ID = f"""<ReceivePaymentQueryRq requestID="11.1">
  <TxnID>4ECE-1</TxnID>
  <TxnID>4ECE-2</TxnID>
{PAYMENT_FIELDS}</ReceivePaymentQueryRq>"""

SINCE = "2026-02-28T10:05:00"
CHANGED = Query("10.1", RequestKind.CHANGED_PAYMENTS, since=SINCE, page_size=250)
TWO_JOBS = "<ListID>80000002-1</ListID>\n    <ListID>80000001-1</ListID>"
PULL = Query("4.1", RequestKind.PAYMENTS, ids=("80000002-1", "80000001-1"), page_size=250)
GOLDEN = {
    "company": (Query("1.1", RequestKind.COMPANY, owner_id="{6B063959-81B0-4622-85D6-F548C8CCB517}"), COMPANY),
    "customers": (Query("2.1", RequestKind.CUSTOMERS), CUSTOMERS),
    "more customers": (
        Query("2.1", RequestKind.CUSTOMERS, iterator_id="{eb05}"),
        CUSTOMERS.replace('"Start"', '"Continue" iteratorID="{eb05}"'),
    ),
    "customers changed since": (
        Query("2.1", RequestKind.CUSTOMERS, since=SINCE),
        CUSTOMERS.replace(
            "  <IncludeRetElement>ListID",
            f"  <FromModifiedDate>{SINCE}</FromModifiedDate>\n  <IncludeRetElement>ListID",
        ),
    ),
    "deleted customers": (Query("8.1", RequestKind.DELETED_CUSTOMERS, since=SINCE), DELETED_CUSTOMERS),
    "customers deleted as far as the log goes": (
        Query("8.1", RequestKind.DELETED_CUSTOMERS),
        DELETED_CUSTOMERS.replace(DELETED, ""),
    ),
    "activity": (Query("5.1", RequestKind.ACTIVITY), ACTIVITY),
    "changed invoices": (Query("6.1", RequestKind.CHANGED_INVOICES, since=SINCE, page_size=250), CHANGED_INVOICES),
    "more changed invoices": (
        Query("6.1", RequestKind.CHANGED_INVOICES, since=SINCE, iterator_id="{eb05}", page_size=250),
        CHANGED_INVOICES.replace('"Start"', '"Continue" iteratorID="{eb05}"'),
    ),
    "deleted invoices": (
        Query("7.1", RequestKind.DELETED_INVOICES, since=SINCE),
        DELETED_PAYMENTS.replace("ReceivePayment", "Invoice"),
    ),
    "deleted payments": (Query("7.1", RequestKind.DELETED_PAYMENTS, since=SINCE), DELETED_PAYMENTS),
    "payments deleted as far as the log goes": (
        Query("7.1", RequestKind.DELETED_PAYMENTS),
        DELETED_PAYMENTS.replace(DELETED, ""),
    ),
    "changed payments": (CHANGED, CHANGED_PAYMENTS),
    "more changed payments": (
        Query("10.1", RequestKind.CHANGED_PAYMENTS, since=SINCE, iterator_id="{eb05}", page_size=250),
        CHANGED_PAYMENTS.replace('"Start"', '"Continue" iteratorID="{eb05}"'),
    ),
    "all payments of the company": (
        Query("10.1", RequestKind.CHANGED_PAYMENTS, page_size=250),
        CHANGED_PAYMENTS.replace(MODIFIED, ""),
    ),
    "payments by id": (Query("11.1", RequestKind.PAYMENTS_BY_ID, ids=("4ECE-1", "4ECE-2")), PAYMENTS_BY_ID),
    "count": (Query("9.1", RequestKind.COUNT, ids=("80000002-1", "80000001-1")), COUNT),
    "invoices": (Query("3.1", RequestKind.INVOICES, ids=("4EB8-1", "4EB8-2")), INVOICES),
    "payments": (PULL, PAYMENTS),
    "payments of a whole subtree": (
        Query("4.1", RequestKind.PAYMENTS, ids=("80000001-1",), with_jobs=True, page_size=250),
        PAYMENTS.replace(TWO_JOBS, "<ListIDWithChildren>80000001-1</ListIDWithChildren>"),
    ),
    "more payments": (
        Query("4.1", RequestKind.PAYMENTS, PULL.ids, iterator_id="{eb05}", page_size=250),
        PAYMENTS.replace('"Start"', '"Continue" iteratorID="{eb05}"'),
    ),
}


@pytest.mark.parametrize("name", GOLDEN)
def test_a_query_is_rendered_letter_by_letter(name: str) -> None:
    query, wanted = GOLDEN[name]
    assert render([query], "13.0") == FRAME.format(wanted)


def test_several_queries_travel_in_one_message_in_their_order() -> None:
    text = render([GOLDEN["customers"][0], GOLDEN["invoices"][0], PULL], "13.0")
    assert text == FRAME.format("\n".join([CUSTOMERS, INVOICES, PAYMENTS]))


def test_every_kind_of_query_has_its_letters() -> None:
    assert {query.kind for query, _ in GOLDEN.values()} == set(RequestKind)


@pytest.mark.parametrize("kind", [RequestKind.CHANGED_PAYMENTS, RequestKind.CHANGED_INVOICES])
def test_what_changed_is_asked_of_the_whole_company(kind: RequestKind) -> None:
    assert "EntityFilter" not in render([Query("1.1", kind, since=SINCE)], "13.0")


NASTY = ["&", "<", ">", '"', "'", "]]>", "<!--", "&amp;", "caf\u00e9", "\u20ac", "\U0001f600", "{{ 1 }}", "{% x %}"]


@pytest.mark.parametrize("text", NASTY)
def test_any_text_arrives_as_it_was_in_an_element(text: str) -> None:
    document = etree.fromstring(render([Query("1", RequestKind.PAYMENTS, ids=(text,))], "13.0").encode())
    assert document.findtext(".//EntityFilter/ListID") == text


@pytest.mark.parametrize("text", NASTY)
def test_any_text_arrives_as_it_was_in_an_attribute(text: str) -> None:
    document = etree.fromstring(render([Query("1", RequestKind.CUSTOMERS, iterator_id=text)], "13.0").encode())
    assert document.find(".//CustomerQueryRq").get("iteratorID") == text  # type: ignore[union-attr]


def test_other_letters_leave_as_numeric_references() -> None:
    text = render([Query("1", RequestKind.INVOICES, ids=("caf\u00e9 \U0001f600",))], "13.0")
    assert "<TxnID>caf&#233; &#128512;</TxnID>" in text
    assert text.isascii()


def test_the_version_is_declared_where_quickbooks_looks_for_it() -> None:
    document = etree.fromstring(render([PULL], "CA5.0").encode())
    assert [one.text for one in document.xpath("/processing-instruction('qbxml')")] == ['version="CA5.0"']


@pytest.mark.parametrize("word", ["EIN", "SSN", "CreditCard", "Balance", "Address", "Phone", "Email"])
def test_personal_data_is_never_asked_for(word: str) -> None:
    assert word not in render([query for query, _ in GOLDEN.values()], "13.0")
