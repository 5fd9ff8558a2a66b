"""Every kind of request the bridge renders is valid by the vendor's schema, and declares its version, which no schema sees."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree
from office import Office, started

from qbwc_bridge.config import Sync
from qbwc_bridge.qbxml import Query, render
from qbwc_bridge.records import RequestKind

SCHEMAS = Path(os.environ.get("QBXML_XSD_DIR", Path(__file__).parents[3] / "shared" / "qbxml-xsd"))
OWNER = "{6B063959-81B0-4622-85D6-F548C8CCB517}"
JOBS = ("80000002-1331869840", "80000001-1331869801")
ITERATOR = "{eb05f701-e727-472f-8ade-6753c4f67a46}"
MANY = tuple(f"4EB8-17400{number:05}" for number in range(200))
COMPANY, CUSTOMERS, PAYMENTS, INVOICES = RequestKind
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
    office.sync_now()
    sent = [call.result for call in office.poll() if call.name == "sendRequestXML"]
    assert len(sent) > 2
    for text in sent:
        valid(text)
