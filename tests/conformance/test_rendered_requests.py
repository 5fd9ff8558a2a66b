"""Every kind of request the bridge renders is valid by the vendor's schema, and declares its version, which no schema sees."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from lxml import etree
from office import Office, started

from qbwc_bridge.config import Sync
from qbwc_bridge.connector import requests as queue
from qbwc_bridge.qbxml import Query, render
from qbwc_bridge.records import RequestKind, Trigger
from qbwc_bridge.simulator.ledger import Invoice

SCHEMAS = Path(os.environ.get("QBXML_XSD_DIR", Path(__file__).parents[3] / "shared" / "qbxml-xsd"))
OWNER = "{6B063959-81B0-4622-85D6-F548C8CCB517}"
JOBS = ("80000002-1331869840", "80000001-1331869801")
ITERATOR = "{eb05f701-e727-472f-8ade-6753c4f67a46}"
MANY = tuple(f"4EB8-17400{number:05}" for number in range(200))
SINCE = "2026-02-28T10:05:00"
COMPANY, CUSTOMERS = RequestKind.COMPANY, RequestKind.CUSTOMERS
PAYMENTS, INVOICES = RequestKind.PAYMENTS, RequestKind.INVOICES
QUERIES = {
    "company": Query("1.1", COMPANY, owner_id=OWNER),
    "customers, first page": Query("2.1", CUSTOMERS),
    "customers, next page": Query("2.2", CUSTOMERS, iterator_id=ITERATOR),
    "payments, first page": Query("3.1", PAYMENTS, JOBS),
    "payments, next page": Query("3.2", PAYMENTS, JOBS, iterator_id=ITERATOR),
    "payments with jobs, first page": Query("4.1", PAYMENTS, JOBS[:1], with_jobs=True),
    "payments with jobs, next page": Query("4.2", PAYMENTS, JOBS[:1], with_jobs=True, iterator_id=ITERATOR),
    "payments of 200 jobs": Query("5.1", PAYMENTS, MANY),
    "the smallest page": Query("6.1", PAYMENTS, JOBS, page_size=10),
    "the largest page": Query("7.1", PAYMENTS, JOBS, page_size=5000),
    "one invoice": Query("8.1", INVOICES, MANY[:1]),
    "200 invoices": Query("9.1", INVOICES, MANY),
    "activity": Query("11.1", RequestKind.ACTIVITY),
    "customers changed since": Query("12.1", CUSTOMERS, since=SINCE),
    "customers changed since, next page": Query("12.2", CUSTOMERS, since=SINCE, iterator_id=ITERATOR),
    "deleted customers": Query("13.1", RequestKind.DELETED_CUSTOMERS),
    "customers deleted since": Query("13.2", RequestKind.DELETED_CUSTOMERS, since=SINCE),
    "changed payments": Query("14.1", RequestKind.CHANGED_PAYMENTS),
    "payments changed since": Query("14.2", RequestKind.CHANGED_PAYMENTS, since=SINCE),
    "payments changed since, next page": Query("14.3", RequestKind.CHANGED_PAYMENTS, since=SINCE, iterator_id=ITERATOR),
    "changed invoices": Query("15.1", RequestKind.CHANGED_INVOICES),
    "invoices changed since": Query("15.2", RequestKind.CHANGED_INVOICES, since=SINCE),
    "invoices changed since, next page": Query("15.3", RequestKind.CHANGED_INVOICES, since=SINCE, iterator_id=ITERATOR),
    "deleted payments": Query("16.1", RequestKind.DELETED_PAYMENTS),
    "payments deleted since": Query("16.2", RequestKind.DELETED_PAYMENTS, since=SINCE),
    "deleted invoices": Query("17.1", RequestKind.DELETED_INVOICES),
    "invoices deleted since": Query("17.2", RequestKind.DELETED_INVOICES, since=SINCE),
    "one payment": Query("18.1", RequestKind.PAYMENTS_BY_ID, MANY[:1]),
    "200 payments": Query("18.2", RequestKind.PAYMENTS_BY_ID, MANY),
    "the count of one job": Query("19.1", RequestKind.COUNT, JOBS[:1]),
    "the count of 200 jobs": Query("19.2", RequestKind.COUNT, MANY),
    "a name that needs escaping": Query("10.1", PAYMENTS, ("O'Brien & \u00c9ric <1>",)),
}
Check = Callable[[str], "etree._Element"]


@pytest.fixture(scope="module")
def valid() -> Check:
    path = SCHEMAS / "qbxmlops130.xsd"
    if not path.exists():
        pytest.skip(f"the vendor's schemas are not in {SCHEMAS} (QBXML_XSD_DIR)")
    schema = etree.XMLSchema(etree.parse(path))

    def check(text: str) -> "etree._Element":
        document = etree.fromstring(text.encode("ascii"))
        schema.assertValid(document)
        assert [one.text for one in document.xpath("/processing-instruction('qbxml')")] == ['version="13.0"']
        return document

    return check


@pytest.mark.parametrize("name", QUERIES)
def test_a_request_is_valid(valid: Check, name: str) -> None:
    assert len(valid(render([QUERIES[name]], "13.0"))[0]) == 1


def test_a_message_of_every_kind_is_valid(valid: Check) -> None:
    assert {query.kind for query in QUERIES.values()} == set(RequestKind)
    assert len(valid(render(list(QUERIES.values()), "13.0"))[0]) == len(QUERIES)


def test_the_check_itself_notices_a_wrong_order(valid: Check) -> None:
    text = render([QUERIES["customers, first page"]], "13.0")
    page = "<MaxReturned>500</MaxReturned>"
    status = "<ActiveStatus>All</ActiveStatus>"
    wrong = text.replace(status, "").replace(page, status + page)
    with pytest.raises(etree.DocumentInvalid):
        valid(wrong)


def test_every_message_of_a_real_update_is_valid(valid: Check, make_office: Callable[..., Office]) -> None:
    office = make_office(settings=Sync(page_size=10))
    started(office, "Smith:Kitchen", "Northfield Apartments", include_jobs=True)
    building = office.books.subtree(office.list_id("Northfield Apartments"))
    paid = [one for one in office.books.of(Invoice) if one.customer in building and office.books.links_to(one.txn_id)]
    office.books.now += timedelta(minutes=1)
    office.books.void_invoice(paid[0].txn_id)
    office.sync_now()
    sent = [call.result for call in office.poll() if call.name == "sendRequestXML"]
    assert len(sent) == 2  # what changed; then by TxnID the payments of the voided invoice
    with office.database.begin() as c:
        queue.request_sync(c, office.company.id, None, trigger=Trigger.PERSON, now=office.clock(), full=True)
    sent += [call.result for call in office.poll() if call.name == "sendRequestXML"]
    assert len(sent) > 4
    for text in sent:
        valid(text)
