"""QuickBooks' answering machine: how strictly it reads, what each filter finds, and how it pages."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from lxml import etree

from qbwc_bridge.simulator import Books, Faults, RequestProcessor, RequestRefused, sample_books
from qbwc_bridge.simulator.ledger import Payment

D = Decimal
OWNER = "{6B063959-81B0-4622-85D6-F548C8CCB517}"


@pytest.fixture
def books() -> Books:
    """Smith, Smith:Kitchen, Café & Co (inactive); P1…P5 of one job on five days, one payment of the parent."""
    books = Books()
    smith = books.add_customer("Smith").list_id
    books.add_customer("Kitchen", smith)
    books.add_customer("Café & Co", active=False)
    invoice = books.add_invoice("Smith:Kitchen", D(100), ref_number="71")
    for number in range(1, 6):
        books.now += timedelta(days=1)
        books.receive_payment("Smith:Kitchen", D(number), ref_number=f"P{number}", method="Check")
    books.receive_payment("Smith", D(60), {invoice.txn_id: D(40)}, memo="half & half")
    books.register(OWNER, "{F11E}")
    return books


@pytest.fixture
def ask(books, message):
    """Sends the requests in one message; the answer's ``…Rs`` elements."""
    processor = RequestProcessor(books)

    def ask(requests: str, **envelope: str) -> list[etree._Element]:
        text = processor.process(message(requests, **envelope))
        assert text.startswith('<?xml version="1.0" ?>')
        return list(etree.fromstring(text)[0])

    ask.processor = processor
    return ask


def ref_numbers(answer: etree._Element) -> list[str]:
    return [element.text or "" for element in answer.iterfind("ReceivePaymentRet/RefNumber")]


def payments(body: str, attributes: str = "") -> str:
    return f"<ReceivePaymentQueryRq {attributes}>{body}</ReceivePaymentQueryRq>"


def customers(body: str) -> str:
    return f"<CustomerQueryRq>{body}</CustomerQueryRq>"


MODIFIED = "<ModifiedDateRangeFilter><FromModifiedDate>{}</FromModifiedDate></ModifiedDateRangeFilter>"
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


GOOD = (
    '<?xml version="1.0"?><?qbxml version="13.0"?>'
    '<QBXML><QBXMLMsgsRq onError="stopOnError"><HostQueryRq/></QBXMLMsgsRq></QBXML>'
)


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
    invoice = books.add_invoice("Smith", D(10))
    books.receive_payment("Smith", D(10), {invoice.txn_id: D(10)})
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
    books.receive_payment("Smith", D(5), {kitchen: D(5)})
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


# Paging ---------------------------------------------------------------------------------------------------------


def page(size: int, iterator_id: str = "", body: str = "") -> str:
    attributes = f"iterator='Continue' iteratorID='{iterator_id}'" if iterator_id else "iterator='Start'"
    return payments(f"<MaxReturned>{size}</MaxReturned>{body}", attributes)


def test_pages_to_the_end(ask):
    (answer,) = ask(page(4))
    iterator_id = answer.get("iteratorID")
    assert (len(answer), answer.get("iteratorRemainingCount")) == (4, "2")
    (answer,) = ask(page(4, iterator_id))
    assert (len(answer), answer.get("iteratorRemainingCount"), answer.get("statusCode")) == (2, "0", "0")
    assert ask(page(4, iterator_id))[0].get("statusCode") == "3391"


def test_an_empty_iterator_has_no_id(ask):
    (answer,) = ask(page(4, body=MODIFIED.format("2030-01-01")))
    assert (answer.get("statusCode"), answer.get("iteratorID")) == ("1", None)


def test_an_iterator_dies_with_the_session(ask):
    (answer,) = ask(page(4))
    ask.processor.begin_session()
    assert ask(page(4, answer.get("iteratorID")))[0].get("statusCode") == "3391"


def test_continue_needs_the_same_filters(ask):
    iterator_id = ask(page(2))[0].get("iteratorID")
    assert ask(page(2, iterator_id, MODIFIED.format("2026-01-01")))[0].get("statusCode") == "3391"
    assert ask(page(1, iterator_id))[0].get("statusCode") == "0"


def test_stop_abandons(ask):
    iterator_id = ask(page(2))[0].get("iteratorID")
    assert ask(payments("", f"iterator='Stop' iteratorID='{iterator_id}'"))[0].get("statusCode") == "0"
    assert ask(page(2, iterator_id))[0].get("statusCode") == "3391"


def test_several_iterators_at_once(ask):
    first, second = ask(page(4) + page(5))
    answers = ask(page(4, first.get("iteratorID")) + page(5, second.get("iteratorID")))
    assert [len(answer) for answer in answers] == [2, 1]


def test_only_one_iterator_where_that_is_so(ask):
    ask.processor.one_iterator = True
    first, second = ask(page(4) + page(5))
    answers = ask(page(4, first.get("iteratorID")) + page(5, second.get("iteratorID")))
    assert [answer.get("statusCode") for answer in answers] == ["3391", "0"]


def test_a_row_deleted_between_two_pages_is_left_out(ask, books):
    iterator_id = ask(page(4))[0].get("iteratorID")
    books.delete_payment(books.of(Payment)[-1].txn_id)
    (answer,) = ask(page(4, iterator_id))
    assert (len(answer), answer.get("statusCode"), answer.get("iteratorRemainingCount")) == (1, "0", "0")


# Faults ---------------------------------------------------------------------------------------------------------


def test_faults(books):
    faults = Faults(
        refused={1: ("0x80040414", "A dialog")},
        silent={2},
        garbled={3},
        no_match={"ReceivePaymentQuery"},
        status={"CustomerQuery": (3250, "This feature is not enabled")},
    )
    processor = RequestProcessor(books, faults)
    request = GOOD.replace("<HostQueryRq/>", payments("") + customers(""))
    with pytest.raises(RequestRefused):
        processor.process(request)
    assert processor.process(request) == ""
    assert not processor.process(request).endswith("</QBXML>\n")
    answers = etree.fromstring(processor.process(request))[0]
    assert [answer.get("statusCode") for answer in answers] == ["1", "3250"]


def test_the_whole_sample_pages_through(message):
    processor = RequestProcessor(sample_books(date(2026, 11, 23)))
    answer = etree.fromstring(processor.process(message(page(100))))[0][0]
    seen = [row.findtext("TxnID") for row in answer]
    while answer.get("iteratorRemainingCount") != "0":
        answer = etree.fromstring(processor.process(message(page(100, answer.get("iteratorID")))))[0][0]
        seen += [row.findtext("TxnID") for row in answer]
    assert seen == [payment.txn_id for payment in processor.books.of(Payment)]
