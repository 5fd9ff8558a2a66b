"""What each filter of QuickBooks' answering machine finds, and what its answers hold."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from lxml import etree
from simulator.queries import GOOD, MODIFIED, OWNER, customers, payments, ref_numbers

from qbwc_bridge.simulator.ledger import Payment

# Filters --------------------------------------------------------------------------------------------------------

ENTITY = "<EntityFilter><{0}>{1}</{0}></EntityFilter>"


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("", ["P1", "P2", "P3", "P4", "P5"]),
        ("<RefNumber>p2</RefNumber>", ["P2"]),
        ("<RefNumberCaseSensitive>P2</RefNumberCaseSensitive>", ["P2"]),
        ("<MaxReturned>2</MaxReturned>", ["P1", "P2"]),
        (MODIFIED.format("2026-01-09"), ["P4", "P5"]),
        (MODIFIED.format("2026-01-09T12:00:00"), ["P4", "P5"]),
        (MODIFIED.format("2026-01-09T12:00:01"), ["P5"]),
        (MODIFIED.format("2026-01-09T17:00:00+00:00"), ["P4", "P5"]),
        (MODIFIED.format("2026-01-09T17:00:01+00:00"), ["P5"]),
        (
            "<ModifiedDateRangeFilter><ToModifiedDate>2026-01-07</ToModifiedDate></ModifiedDateRangeFilter>",
            ["P1", "P2"],
        ),
        (
            "<TxnDateRangeFilter><FromTxnDate>2026-01-07</FromTxnDate><ToTxnDate>2026-01-08</ToTxnDate></TxnDateRangeFilter>",
            ["P2", "P3"],
        ),
        (ENTITY.format("FullName", "smith"), []),
        (
            ENTITY.format("FullName", "SMITH:kitchen") + "<IncludeLineItems>true</IncludeLineItems>",
            ["P1", "P2", "P3", "P4", "P5"],
        ),
        (ENTITY.format("FullNameWithChildren", "Smith"), ["P1", "P2", "P3", "P4", "P5"]),
        (
            "<RefNumberFilter><MatchCriterion>EndsWith</MatchCriterion><RefNumber>3</RefNumber></RefNumberFilter>",
            ["P3"],
        ),
        (MODIFIED.format("2026-01-08") + ENTITY.format("FullName", "Smith:Kitchen"), ["P3", "P4", "P5"]),
    ],
)
def test_what_a_payment_filter_finds(ask, body, found):
    assert ref_numbers(ask(payments(body))[0]) == found


def test_a_parents_list_id_leaves_out_its_jobs(ask, books):
    smith = books.customer("Smith").list_id
    alone, below = ask(payments(ENTITY.format("ListID", smith)) + payments(ENTITY.format("ListIDWithChildren", smith)))
    assert (len(alone), len(below)) == (1, 6)


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("", ["Smith", "Smith:Kitchen"]),
        ("<ActiveStatus>All</ActiveStatus>", ["Smith", "Smith:Kitchen", "Café & Co"]),
        ("<ActiveStatus>InactiveOnly</ActiveStatus>", ["Café & Co"]),
        ("<FullName>café &amp; co</FullName>", ["Café & Co"]),
        ("<NameFilter><MatchCriterion>Contains</MatchCriterion><Name>KIT</Name></NameFilter>", ["Smith:Kitchen"]),
        ("<FromModifiedDate>2026-01-06</FromModifiedDate>", []),
    ],
)
def test_what_a_customer_filter_finds(ask, body, names):
    assert [element.text for element in ask(customers(body))[0].iterfind("CustomerRet/FullName")] == names


def test_paid_status(ask, books):
    invoice = books.add_invoice("Smith", Decimal(10))
    books.receive_payment("Smith", Decimal(10), {invoice.txn_id: Decimal(10)})
    found = [
        [
            element.findtext("TxnID")
            for element in ask(f"<InvoiceQueryRq><PaidStatus>{status}</PaidStatus></InvoiceQueryRq>")[0]
        ]
        for status in ("PaidOnly", "NotPaidOnly", "All")
    ]
    assert (found[0], len(found[1]), len(found[2])) == ([invoice.txn_id], 1, 2)


# What an answer holds -------------------------------------------------------------------------------------------


def test_a_payment_in_full(ask, books):
    (answer,) = ask(payments("<IncludeLineItems>true</IncludeLineItems>", "requestID='7'"))
    row = answer[-1]
    assert answer.get("requestID") == "7"
    assert row.findtext("CustomerRef/FullName") == "Smith"
    assert row.findtext("TimeModified") == "2026-01-10T12:00:00-05:00"
    assert [row.findtext(name) for name in ("TotalAmount", "UnusedPayment", "Memo")] == [
        "60.00",
        "20.00",
        "half & half",
    ]
    assert [
        row.findtext(f"AppliedToTxnRet/{name}") for name in ("TxnType", "RefNumber", "BalanceRemaining", "Amount")
    ] == [
        "Invoice",
        "71",
        "60.00",
        "40.00",
    ]
    assert row.find("PaymentMethodRef") is None
    assert row.find("RefNumber") is None


def test_applications_come_only_with_line_items(ask):
    assert ask(payments(""))[0].find(".//AppliedToTxnRet") is None


def test_include_ret_element_keeps_only_what_is_named(ask):
    (answer,) = ask(
        payments("<IncludeRetElement>TxnID</IncludeRetElement><IncludeRetElement>Txnid</IncludeRetElement>")
    )
    assert {element.tag for row in answer for element in row} == {"TxnID"}


def test_other_peoples_money_is_only_linked(ask, books):
    kitchen = next(iter(books.of(Payment)[-1].applications)).txn_id
    books.receive_payment("Smith", Decimal(5), {kitchen: Decimal(5)})
    (answer,) = ask(payments("<IncludeLineItems>true</IncludeLineItems>"))
    links = [row.findtext("AppliedToTxnRet/LinkedTxn/Amount") for row in answer]
    assert links[-2:] == ["-5.00", "-40.00"]


def test_names_are_escaped_and_of_today(ask, books):
    books.rename_customer(books.customer("Smith").list_id, "Smíth & Sön's <b>")
    text = ask.processor.process(GOOD.replace("<HostQueryRq/>", customers("")))
    assert "Sm&#237;th &amp; S&#246;n's &lt;b&gt;:Kitchen" in text


def test_host_company_and_preferences(ask, books):
    hcp = etree.fromstring(ask.processor.hcp(OWNER.lower()))[0]
    assert [element.tag for element in hcp] == ["HostQueryRs", "CompanyQueryRs", "PreferencesQueryRs"]
    assert [element.text for element in hcp.iterfind(".//DataExtName")] == ["AppLock", "FileID"]
    assert "13.0" in [element.text for element in hcp.iterfind(".//SupportedQBXMLVersion")]
    (company,) = ask(f"<CompanyQueryRq><OwnerID>{OWNER}</OwnerID></CompanyQueryRq>")
    assert company.findtext("CompanyRet/DataExtRet/DataExtValue") == "{F11E}"
    (without,) = ask("<CompanyQueryRq/>")
    assert without.find("CompanyRet/DataExtRet") is None


def test_company_activity_tells_of_a_restore(ask, books):
    assert len(ask("<CompanyActivityQueryRq/>")[0][0]) == 0
    books.restore(books.backup())
    assert ask("<CompanyActivityQueryRq/>")[0].findtext(".//LastRestoreTime") == "2026-01-10T12:00:00-05:00"


def test_the_log_of_deletions(ask, books):
    for payment in books.of(Payment)[:2]:
        books.delete_payment(payment.txn_id)
    books.now += timedelta(days=60)
    books.delete_payment(books.of(Payment)[0].txn_id)
    query = "<TxnDeletedQueryRq><TxnDelType>Invoice</TxnDelType><TxnDelType>ReceivePayment</TxnDelType>{}</TxnDeletedQueryRq>"
    since = "<DeletedDateRangeFilter><FromDeletedDate>2026-02-01</FromDeletedDate></DeletedDateRangeFilter>"
    rows = [[row.findtext("RefNumber") for row in ask(query.format(dates))[0]] for dates in ("", since)]
    assert rows == [["P1", "P2", "P3"], ["P3"]]
    books.now += timedelta(days=31)
    assert [row.findtext("RefNumber") for row in ask(query.format(""))[0]] == ["P3"]


def test_deleted_customers(ask, books):
    gone = books.customer("Café & Co").list_id
    books.delete_customer(gone)
    (answer,) = ask("<ListDeletedQueryRq><ListDelType>Customer</ListDelType></ListDeletedQueryRq>")
    assert [answer.findtext(f"ListDeletedRet/{name}") for name in ("ListID", "FullName")] == [gone, "Café & Co"]


def test_meta_data(ask):
    only, both, paged = ask(
        payments("", "metaData='MetaDataOnly'")
        + payments("<MaxReturned>2</MaxReturned>", "metaData='MetaDataAndResponseData'")
        + payments("<MaxReturned>2</MaxReturned>", "metaData='MetaDataAndResponseData' iterator='Start'")
    )
    assert (only.get("retCount"), len(only)) == ("6", 0)
    assert (both.get("retCount"), len(both)) == ("6", 2)
    assert (paged.get("retCount"), paged.get("iteratorRemainingCount")) == ("6", "4")
