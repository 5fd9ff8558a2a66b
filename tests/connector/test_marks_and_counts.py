"""Only what changed since the marks is asked for; a mark never runs ahead of what has arrived, and what left no trace is
noticed by counting."""

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from connector.followed import (
    CHICAGO,
    GARAGE,
    KITCHEN,
    LONG_AGO,
    ROOF,
    SMITHS,
    assert_good,
    first_bill,
    first_payment,
    followed,
    four_jobs,
    later,
    named,
    next_update,
    office_of_four_jobs,
    pay,
    pay_a_bill,
    payments_of,
    pulls,
    sync,
)
from office import Clock, Make, Office
from sqlalchemy import update

from qbwc_bridge.config import Sync
from qbwc_bridge.connector import requests as queue
from qbwc_bridge.records import RequestKind, State, Trigger
from qbwc_bridge.simulator import Books
from qbwc_bridge.store import customers as customer_list
from qbwc_bridge.store import marks, projects
from qbwc_bridge.store.models import payments as payments_table

office = office_of_four_jobs
CHANGES = {
    RequestKind.CHANGED_PAYMENTS,
    RequestKind.CHANGED_INVOICES,
    RequestKind.DELETED_PAYMENTS,
    RequestKind.DELETED_INVOICES,
}


def _marks(office: Office) -> dict[RequestKind, str]:
    with office.database.read() as c:
        return marks.all_of(c, office.company.id)


# A quiet day ----------------------------------------------------------------------------------------------------------


def test_a_quiet_day_is_one_round_for_a_thousand_projects(backend: str, make_office: Make) -> None:
    if backend != "sqlite":
        pytest.skip("the number of rounds has nothing to do with the database")
    books = Books(now=Clock.now.astimezone(CHICAGO) - LONG_AGO)
    customers = [books.add_customer(f"Customer {number}").list_id for number in range(50)]
    jobs = [books.add_customer(f"Job {number}", one).list_id for one in customers for number in range(20)]
    for job in jobs[::7]:
        pay_a_bill(books, job, "100.00")
    books.now += LONG_AGO
    books.add_customer("Today's")
    assert len(jobs) == 1000
    office = make_office(books=books)
    office.poll()
    _link_all(office, jobs)
    office.poll()
    later(office, days=1)
    run, calls = next_update(office)
    assert (run.trigger, run.rounds, run.result, pulls(calls)) == ("daily", 1, "ok", 0)
    lines = office.overview().projects
    assert {line.status.state for line in lines} == {State.CURRENT}
    assert sum(line.paid_to_date for line in lines) == Decimal("100.00") * len(jobs[::7])


def _link_all(office: Office, jobs: list[str]) -> None:
    with office.database.begin() as c:
        for number, job in enumerate(jobs):
            project = projects.add(c, office.company.id, f"Project {number}", office.clock.now)
            link = {"list_id": job, "include_jobs": False, "client_payments": True}
            projects.link(c, office.company.id, project, **link, now=office.clock.now)
    office.sync_now()


def test_the_marks_go_to_the_newest_row_of_the_whole_company(office: Office) -> None:
    followed(office, KITCHEN)
    newest = payments_of(office, "Whitfield")[-1].modified.replace(tzinfo=None).isoformat()
    assert _marks(office)[RequestKind.CHANGED_PAYMENTS] == newest


def test_what_lies_before_the_marks_is_not_sent_again(office: Office) -> None:
    followed(office, KITCHEN, GARAGE)
    office.sync_now()
    sent = [office.quickbooks.process(call.result) for call in office.poll() if call.name == "sendRequestXML"]
    assert len(sent) == 1
    assert sent[0].count("<ReceivePaymentRet>") == 1  # the one that is within the overlap


def test_a_list_nobody_touched_since_it_was_imported_does_not_come_every_day(office: Office) -> None:
    """All its entries have one old time; that they arrived, and newer payments too, says how far the list is read."""
    followed(office, KITCHEN)
    sync(office)
    office.sync_now()
    sent = [office.quickbooks.process(call.result) for call in office.poll() if call.name == "sendRequestXML"]
    assert [answer.count("<CustomerRet>") for answer in sent] == [0]
    later(office, minutes=5)
    office.books.rename_customer(office.list_id("Smith"), "Schmidt")
    sync(office)
    with office.database.read() as c:
        names = {one.full_name for one in customer_list.listing(c, office.company.id)}
    assert {"Schmidt", "Schmidt:Kitchen", "Schmidt:Garage", "Jones:Roof"} <= names


# Counting -------------------------------------------------------------------------------------------------------------


def _without_a_trace(office: Office) -> None:
    """Entered with a clock a month behind: no filter by time finds it."""
    office.books.now -= timedelta(days=30)
    pay_a_bill(office.books, office.list_id(KITCHEN), "123.45")
    office.books.now += timedelta(days=30)


def _out_of_the_log(office: Office) -> None:
    office.books.delete_payment(first_payment(office, KITCHEN))
    office.books.deletions.clear()


@pytest.mark.parametrize("change", [_without_a_trace, _out_of_the_log], ids=named)
def test_a_count_that_differs_is_recorded_and_repaired(office: Office, change: Callable[[Office], None]) -> None:
    followed(office, *SMITHS)
    change(office)
    run = sync(office)
    assert run.failure is not None
    assert (run.result, run.failure.code) == ("repaired", "counts-differ")
    assert office.overview().failure is None
    assert_good(office)
    assert sync(office).result == "ok"


def test_a_repair_does_not_pull_projects_that_are_not_concerned(office: Office) -> None:
    followed(office, *SMITHS, ROOF)
    with office.database.begin() as c:
        assert queue.reread(c, office.company.id, [office.list_id(ROOF)], office.clock()) == {
            one.id for one in office.projects() if one.name == ROOF
        }
    assert pulls(next_update(office)[1]) == 1


def test_an_edition_that_does_not_count_is_followed_all_the_same(office: Office) -> None:
    followed(office, *SMITHS)
    process = office.quickbooks.process
    not_counted = re.compile(r'(<ReceivePaymentQueryRs requestID="[^"]*") statusCode="0"[^>]*retCount="\d+"')
    refused = r'\1 statusCode="3250" statusSeverity="Error" statusMessage="not enabled"'
    office.quickbooks.process = lambda text: not_counted.sub(refused, process(text))  # type: ignore[method-assign]
    pay(office, KITCHEN)
    assert sync(office).result == "ok"
    assert_good(office)


def test_a_full_sync_reads_again_whatever_is_known(office: Office) -> None:
    (kitchen, _) = followed(office, *SMITHS)
    with office.database.begin() as c:
        mine = update(payments_table).where(payments_table.c.txn_id == first_payment(office, KITCHEN))
        c.execute(mine.values(memo="made up"))
    assert sync(office).changed == 0
    with office.database.begin() as c:
        queue.request_sync(c, office.company.id, None, trigger=Trigger.PERSON, now=office.clock(), full=True)
    run, calls = next_update(office)
    assert (run.result, run.changed, pulls(calls)) == ("ok", 1, 2)
    assert "made up" not in {line.memo for line in office.summary(kitchen).lines}
    assert_good(office)


# Marks ----------------------------------------------------------------------------------------------------------------

QUERIES = ["CustomerQuery", "InvoiceQuery", "ReceivePaymentQuery", "TxnDeletedQuery"]


def _busy_day(office: Office) -> None:
    """Something of every kind, well after the marks."""
    later(office, days=3)
    pay(office, KITCHEN)
    office.books.delete_payment(first_payment(office, KITCHEN))
    office.books.delete_invoice(first_bill(office, ROOF))
    office.books.rename_customer(office.list_id(ROOF), "Dach")


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_that_fails_advances_no_mark_of_the_changes(office: Office, query: str) -> None:
    followed(office, *SMITHS)
    before = _marks(office)
    _busy_day(office)
    office.quickbooks.faults.status[query] = (1000, "internal error")
    run = sync(office)
    assert run.result == "failed"
    assert {kind: mark for kind, mark in _marks(office).items() if kind in CHANGES} == {
        kind: mark for kind, mark in before.items() if kind in CHANGES
    }
    office.quickbooks.faults.status.clear()
    assert sync(office).result == "ok"
    assert_good(office)
    after = _marks(office)
    assert all(after[kind] > before[kind] for kind in CHANGES)


def test_a_customer_list_that_fails_advances_no_mark_at_all(office: Office) -> None:
    followed(office, *SMITHS)
    before = _marks(office)
    _busy_day(office)
    office.quickbooks.faults.status["CustomerQuery"] = (1000, "internal error")
    sync(office)
    assert _marks(office) == before


def test_a_log_of_deleted_customers_that_fails_stops_nothing_and_keeps_its_mark(office: Office) -> None:
    followed(office, *SMITHS)
    before = _marks(office)[RequestKind.DELETED_CUSTOMERS]
    later(office, days=3)
    office.books.merge_customer(office.list_id("Jones:Shed"), office.list_id(ROOF))
    pay(office, KITCHEN)
    office.quickbooks.faults.status["ListDeletedQuery"] = (1000, "internal error")
    assert sync(office).result == "ok"
    assert_good(office)
    assert _marks(office)[RequestKind.DELETED_CUSTOMERS] == before
    office.quickbooks.faults.status.clear()
    sync(office)
    assert _marks(office)[RequestKind.DELETED_CUSTOMERS] > before


KINDS = {
    "CustomerQuery": {RequestKind.CUSTOMERS},
    "InvoiceQuery": {RequestKind.CHANGED_INVOICES},
    "ReceivePaymentQuery": {RequestKind.CHANGED_PAYMENTS},
    "TxnDeletedQuery": {RequestKind.DELETED_INVOICES, RequestKind.DELETED_PAYMENTS},
}


@pytest.mark.parametrize("query", KINDS)
def test_a_query_that_finds_nothing_keeps_its_mark(office: Office, query: str) -> None:
    followed(office, *SMITHS)
    before = _marks(office)
    _busy_day(office)
    office.quickbooks.faults.no_match.add(query)
    sync(office)
    after = _marks(office)
    assert {kind for kind in after if after[kind] == before[kind]} >= KINDS[query]
    office.quickbooks.faults.no_match.clear()
    sync(office)
    sync(office)
    assert_good(office)


@pytest.mark.parametrize("calls", range(1, 6))
def test_pages_that_are_not_the_last_advance_no_mark(make_office: Make, calls: int) -> None:
    office = make_office(books=four_jobs(), settings=Sync(page_size=10))
    followed(office, *SMITHS)
    before = _marks(office)
    later(office, days=3)
    for _ in range(24):
        pay(office, KITCHEN, "10.00")
    office.sync_now()
    dying = office.calls()
    for _ in range(calls):
        next(dying)
    after = _marks(office)
    assert {kind: after[kind] for kind in CHANGES} == {kind: before[kind] for kind in CHANGES}
    later(office, minutes=15)
    assert sync(office).rounds >= 3
    assert_good(office)
    assert _marks(office)[RequestKind.CHANGED_PAYMENTS] > before[RequestKind.CHANGED_PAYMENTS]


def test_changes_of_several_pages_arrive_whole(make_office: Make) -> None:
    office = make_office(books=four_jobs(), settings=Sync(page_size=10))
    followed(office, *SMITHS)
    for _ in range(24):
        pay(office, KITCHEN, "10.00")
    run = sync(office)
    assert (run.result, run.added, run.rounds) == ("ok", 24, 3)
    assert_good(office)


def test_changes_of_several_pages_arrive_whole_after_a_refused_message(make_office: Make) -> None:
    """What failed in an earlier update is read to its last page in this one."""
    office = make_office(books=four_jobs(), settings=Sync(page_size=10))
    followed(office, *SMITHS)
    office.sync_now()
    office.quickbooks.faults.refused[1] = ("0x80040422", "refused")
    office.poll()
    office.quickbooks.faults.refused.clear()
    for _ in range(24):
        pay(office, KITCHEN, "10.00")
    later(office, minutes=30)
    office.poll()
    run = office.log()[0]
    assert (run.result, run.added) == ("ok", 24)
    assert_good(office)


def test_more_deletions_than_a_page_has_rows_arrive_whole(make_office: Make) -> None:
    """QuickBooks sends its deletion log in one piece, whatever the page size (reference 5.6)."""
    office = make_office(books=four_jobs(), settings=Sync(page_size=10))
    followed(office, *SMITHS)
    for _ in range(12):
        office.books.delete_payment(pay(office, KITCHEN, "10.00").txn_id)
    assert sync(office).result == "ok"
    assert_good(office)
