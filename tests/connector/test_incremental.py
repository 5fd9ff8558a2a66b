"""After the first pull only what changed is asked for: every change arrives, a mark never runs ahead, and what left no trace
is noticed by counting."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from office import Call, Clock, Make, Office, started
from sqlalchemy import update

from qbwc_bridge.config import Sync
from qbwc_bridge.connector import links
from qbwc_bridge.connector import requests as queue
from qbwc_bridge.records import Conversation, Project, RequestKind, State, Trigger
from qbwc_bridge.simulator import Books
from qbwc_bridge.simulator.ledger import Invoice, Payment
from qbwc_bridge.store import marks, projects
from qbwc_bridge.store.models import payments as payments_table

KITCHEN, GARAGE, ROOF = "Smith:Kitchen", "Smith:Garage", "Jones:Roof"
CHICAGO = ZoneInfo("America/Chicago")
LONG_AGO = timedelta(days=40)
CHANGES = {
    RequestKind.CHANGED_PAYMENTS,
    RequestKind.CHANGED_INVOICES,
    RequestKind.DELETED_PAYMENTS,
    RequestKind.DELETED_INVOICES,
}


PULL = re.compile(r'<ReceivePaymentQueryRq [^>]*iterator="Start">\s*<MaxReturned>\d+</MaxReturned>\s*<EntityFilter>')


def _books(zone: Any = CHICAGO, now: datetime = Clock.now, skew: timedelta = timedelta(0)) -> Books:
    """Four jobs, billed and paid long ago. ``skew`` is how wrong the clock of the QuickBooks computer is."""
    books = Books(now=now.astimezone(zone) - LONG_AGO + skew)
    for customer, jobs in {"Smith": ["Kitchen", "Garage"], "Jones": ["Roof", "Shed"], "Whitfield": []}.items():
        parent = books.add_customer(customer).list_id
        for job in jobs:
            list_id = books.add_customer(job, parent).list_id
            for amount in ("1000.00", "250.50", "77.07"):
                _pay_a_bill(books, list_id, amount)
    books.now += LONG_AGO
    return books


def _pay_a_bill(books: Books, list_id: str, amount: str, payer: str = "") -> Payment:
    bill = books.add_invoice(list_id, Decimal(amount) * 2)
    return books.receive_payment(payer or list_id, Decimal(amount), {bill.txn_id: Decimal(amount)})


@pytest.fixture
def office(make_office: Make) -> Office:
    return make_office(books=_books())


def _later(office: Office, **span: float) -> None:
    office.clock.pass_(**span)
    office.books.now += timedelta(**span)


def _pay(office: Office, full_name: str, amount: str = "500.00", payer: str = "") -> Payment:
    _later(office, minutes=1)
    return _pay_a_bill(office.books, office.list_id(full_name), amount, payer and office.list_id(payer))


def _payments(office: Office, full_name: str) -> list[Payment]:
    return [one for one in office.books.of(Payment) if one.customer == office.list_id(full_name)]


def _first(office: Office, full_name: str) -> str:
    return _payments(office, full_name)[0].txn_id


def _first_bill(office: Office, full_name: str) -> str:
    mine = [one for one in office.books.of(Invoice) if one.customer == office.list_id(full_name)]
    return mine[0].txn_id


def _update(office: Office) -> tuple[Conversation, list[Call]]:
    """An update of the Web Connector that had something to do, with its line in the sync log."""
    calls = office.poll()
    assert calls[0].result == "", "nothing was due"
    return office.log()[0], calls


def _sync(office: Office) -> Conversation:
    _later(office, minutes=1)
    office.sync_now()
    return _update(office)[0]


def _followed(office: Office, *names: str, **options: Any) -> list[Project]:
    """These are linked and pulled, and another customer's payment has taken the marks to today."""
    linked = started(office, *names, **options)
    _later(office, days=1)
    _pay(office, "Whitfield")
    assert _sync(office).result == "ok"
    _later(office, hours=3)
    return linked


def _marks(office: Office) -> dict[RequestKind, str]:
    with office.database.read() as c:
        return marks.all_of(c, office.company.id)


def _pulls(calls: list[Call]) -> int:
    """How many complete pulls these calls began."""
    return sum(len(PULL.findall(call.result)) for call in calls if call.name == "sendRequestXML")


def _assert_good(office: Office) -> None:
    office.assert_true()
    assert {office.status(project).state for project in office.projects()} == {State.CURRENT}


# A quiet day ----------------------------------------------------------------------------------------------------------


def test_a_quiet_day_is_one_round_for_a_thousand_projects(backend: str, make_office: Make) -> None:
    if backend != "sqlite":
        pytest.skip("the number of rounds has nothing to do with the database")
    books = Books(now=Clock.now.astimezone(CHICAGO) - LONG_AGO)
    customers = [books.add_customer(f"Customer {number}").list_id for number in range(50)]
    jobs = [books.add_customer(f"Job {number}", one).list_id for one in customers for number in range(20)]
    for job in jobs[::7]:
        _pay_a_bill(books, job, "100.00")
    books.now += LONG_AGO
    books.add_customer("Today's")
    assert len(jobs) == 1000
    office = make_office(books=books)
    office.poll()
    _link_all(office, jobs)
    office.poll()
    _later(office, days=1)
    run, calls = _update(office)
    assert (run.trigger, run.rounds, run.result, _pulls(calls)) == ("daily", 1, "ok", 0)
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
    _followed(office, KITCHEN)
    newest = _payments(office, "Whitfield")[-1].modified.replace(tzinfo=None).isoformat()
    assert _marks(office)[RequestKind.CHANGED_PAYMENTS] == newest


def test_what_lies_before_the_marks_is_not_sent_again(office: Office) -> None:
    _followed(office, KITCHEN, GARAGE)
    office.sync_now()
    sent = [office.quickbooks.process(call.result) for call in office.poll() if call.name == "sendRequestXML"]
    assert len(sent) == 1
    assert sent[0].count("<ReceivePaymentRet>") == 1  # the one that is within the overlap


# Payments -------------------------------------------------------------------------------------------------------------


def _a_new_payment(office: Office) -> None:
    _pay(office, KITCHEN)


def _a_payment_that_is_edited(office: Office) -> None:
    txn_id = _payments(office, KITCHEN)[1].txn_id
    office.books.edit_payment(txn_id, amount=Decimal("300.50"), memo="edited", txn_date=date(2026, 1, 15))


def _a_back_dated_payment(office: Office) -> None:
    office.books.receive_payment(office.list_id(KITCHEN), Decimal("31.00"), txn_date=date(2019, 12, 31))


def _a_voided_payment(office: Office) -> None:
    office.books.void_payment(_first(office, KITCHEN))


def _a_deleted_payment(office: Office) -> None:
    office.books.delete_payment(_first(office, KITCHEN))


def _a_payment_entered_and_deleted(office: Office) -> None:
    office.books.delete_payment(_pay(office, KITCHEN).txn_id)


def _a_payment_moved_to_a_linked_job(office: Office) -> None:
    office.books.move_payment(_first(office, KITCHEN), office.list_id(GARAGE))


def _a_payment_moved_to_an_unlinked_job(office: Office) -> None:
    office.books.move_payment(_first(office, KITCHEN), office.list_id(ROOF))


def _a_payment_moved_from_an_unlinked_job(office: Office) -> None:
    office.books.move_payment(_first(office, ROOF), office.list_id(KITCHEN))


def _a_payment_moved_to_the_parent(office: Office) -> None:
    office.books.move_payment(_first(office, KITCHEN), office.list_id("Smith"))


def _a_payment_of_the_parent_over_two_jobs(office: Office) -> None:
    bills = {office.books.add_invoice(office.list_id(one), Decimal("60.00")).txn_id: Decimal("60.00") for one in SMITHS}
    office.books.receive_payment(office.list_id("Smith"), Decimal("150.00"), bills)


def _a_payment_that_pays_something_else_now(office: Office) -> None:
    paid = _pay(office, KITCHEN, payer="Smith")
    bill = office.books.add_invoice(office.list_id(GARAGE), Decimal("500.00"))
    office.books.reapply(paid.txn_id, {bill.txn_id: Decimal("120.00")})


SMITHS = (KITCHEN, GARAGE)
OF_PAYMENTS = [
    _a_new_payment,
    _a_payment_that_is_edited,
    _a_back_dated_payment,
    _a_voided_payment,
    _a_deleted_payment,
    _a_payment_entered_and_deleted,
    _a_payment_moved_to_a_linked_job,
    _a_payment_moved_to_an_unlinked_job,
    _a_payment_moved_to_the_parent,
    _a_payment_of_the_parent_over_two_jobs,
    _a_payment_that_pays_something_else_now,
]


def _named(value: Any) -> str:
    return value.__name__.strip("_").replace("_", " ") if callable(value) else str(value)


@pytest.mark.parametrize("change", OF_PAYMENTS, ids=_named)
def test_a_change_of_a_payment_arrives_in_one_round(office: Office, change: Callable[[Office], None]) -> None:
    _followed(office, *SMITHS)
    change(office)
    run = _sync(office)
    assert (run.result, run.rounds) == ("ok", 1)
    _assert_good(office)


def test_a_payment_moved_from_an_unlinked_job_brings_its_old_bill_along_in_a_second_round(office: Office) -> None:
    _followed(office, *SMITHS)
    bill = _first_bill(office, KITCHEN)
    paid = {bill: office.books.balance(bill)}
    office.books.move_payment(_first(office, ROOF), office.list_id(KITCHEN), paid)
    run = _sync(office)
    assert run.result == "ok"
    assert run.rounds <= 2
    _assert_good(office)


@pytest.mark.parametrize("there", [GARAGE, ROOF, "Smith", "Whitfield"])
def test_a_payment_that_went_away_and_came_back_is_counted_once(office: Office, there: str) -> None:
    (kitchen, _) = _followed(office, *SMITHS)
    before = office.summary(kitchen).paid_to_date
    txn_id = _first(office, KITCHEN)
    for home in (there, KITCHEN):
        office.books.move_payment(txn_id, office.list_id(home))
        assert _sync(office).result == "ok"
        _assert_good(office)
    assert office.summary(kitchen).paid_to_date == before


def test_what_is_repeated_by_the_overlap_changes_nothing(office: Office) -> None:
    _followed(office, *SMITHS)
    _pay(office, KITCHEN)
    assert _sync(office).added == 1
    run = _sync(office)
    assert (run.result, run.added, run.changed, run.removed) == ("ok", 0, 0, 0)


# Invoices; the payments that pay them are not saved again -------------------------------------------------------------


def _voided(office: Office, bill: str) -> None:
    office.books.void_invoice(bill)


def _deleted(office: Office, bill: str) -> None:
    office.books.delete_invoice(bill)


def _moved_to_a_linked_job(office: Office, bill: str) -> None:
    office.books.move_invoice(bill, office.list_id(GARAGE))


def _moved_to_an_unlinked_job(office: Office, bill: str) -> None:
    office.books.move_invoice(bill, office.list_id(ROOF))


OF_INVOICES = [_voided, _deleted, _moved_to_a_linked_job, _moved_to_an_unlinked_job]
ChangeBill = Callable[[Office, str], None]


def _paid_by_the_parent(office: Office) -> str:
    """A bill of the kitchen that Smith has paid, followed, and long out of the overlap."""
    office.books.now -= LONG_AGO
    paid = _pay(office, KITCHEN, "800.00", payer="Smith")
    office.books.now += LONG_AGO
    _followed(office, *SMITHS)
    return paid.applications[0].txn_id


@pytest.mark.parametrize("change", OF_INVOICES, ids=_named)
def test_a_changed_invoice_brings_its_payments_again(office: Office, change: ChangeBill) -> None:
    bill = _paid_by_the_parent(office)
    change(office, bill)
    run = _sync(office)
    assert (run.result, run.rounds) == ("ok", 2)
    _assert_good(office)
    assert office.summary(office.projects()[0]).on_parent == Decimal("800.00")


@pytest.mark.parametrize("calls", range(2, 5))
@pytest.mark.parametrize("change", OF_INVOICES, ids=_named)
def test_a_changed_invoice_is_not_forgotten_when_the_connector_dies(
    office: Office, change: ChangeBill, calls: int
) -> None:
    bill = _paid_by_the_parent(office)
    change(office, bill)
    office.sync_now()
    dying = office.calls()
    for _ in range(calls):
        next(dying)
    _later(office, minutes=15)
    office.poll()
    _sync(office)
    _assert_good(office)
    assert office.summary(office.projects()[0]).on_parent == Decimal("800.00")


def test_an_invoice_that_the_first_pull_of_another_job_asks_for_is_a_changed_one_all_the_same(office: Office) -> None:
    """Paid by the kitchen and by Smith; it moves to the roof, and both let go of it. The first pull of the garage asks for
    what Smith is known to have paid, before the changes of the day are read."""
    bill = office.books.add_invoice(office.list_id(KITCHEN), Decimal("900.00")).txn_id
    for payer, amount in ((KITCHEN, "500.00"), ("Smith", "400.00")):
        office.books.receive_payment(office.list_id(payer), Decimal(amount), {bill: Decimal(amount)})
    _followed(office, KITCHEN)
    _later(office, days=4)
    _pay(office, "Whitfield")
    _sync(office)
    office.books.move_invoice(bill, office.list_id(ROOF))
    office.link(GARAGE)
    office.poll()
    _sync(office)
    _assert_good(office)


def test_money_on_the_parent_that_pays_nothing_is_a_hint_and_not_counted(office: Office) -> None:
    (kitchen,) = _followed(office, KITCHEN)
    before = office.summary(kitchen).paid_to_date
    office.books.receive_payment(office.list_id("Smith"), Decimal("640.00"))
    assert _sync(office).result == "ok"
    summary = office.summary(kitchen)
    assert (summary.paid_to_date, summary.on_parent, summary.parent_name) == (before, Decimal("640.00"), "Smith")


# The customer list ----------------------------------------------------------------------------------------------------


def test_a_renamed_job_has_its_new_name_after_one_round(office: Office) -> None:
    (kitchen,) = _followed(office, KITCHEN)
    office.books.rename_customer(office.list_id(KITCHEN), "K\u00fcche & Bad")
    run = _sync(office)
    summary = office.summary(kitchen)
    assert (run.result, run.rounds) == ("ok", 1)
    assert summary.customer is not None
    assert {summary.customer.full_name, *(line.received_from for line in summary.lines)} == {"Smith:K\u00fcche & Bad"}
    _assert_good(office)


def test_a_renamed_customer_renames_its_jobs(office: Office) -> None:
    (kitchen,) = _followed(office, KITCHEN)
    office.books.rename_customer(office.list_id("Smith"), "Schmidt")
    _sync(office)
    customer = office.summary(kitchen).customer
    assert customer is not None
    assert customer.full_name == "Schmidt:Kitchen"


def test_an_inactive_job_is_followed_like_any_other(office: Office) -> None:
    (kitchen,) = _followed(office, KITCHEN)
    office.books.set_active(office.list_id(KITCHEN), False)
    _pay(office, KITCHEN)
    assert _sync(office).result == "ok"
    _assert_good(office)
    customer = office.summary(kitchen).customer
    assert customer is not None
    assert not customer.active


def test_a_job_under_another_customer_keeps_its_payments(office: Office) -> None:
    _followed(office, *SMITHS)
    office.books.reparent(office.list_id(GARAGE), office.list_id("Jones"))
    assert _sync(office).result == "ok"
    _assert_good(office)


def test_the_new_parent_pays_for_the_job_it_got(office: Office) -> None:
    _followed(office, *SMITHS)
    office.books.reparent(office.list_id(GARAGE), office.list_id("Jones"))
    _sync(office)
    _pay(office, "Jones:Garage", payer="Jones")
    assert _sync(office).result == "ok"
    _assert_good(office)


def test_a_new_parent_with_payments_of_its_own_is_no_difference_in_the_count(office: Office) -> None:
    office.books.now -= LONG_AGO
    office.books.receive_payment(office.list_id("Jones"), Decimal("5.00"))
    office.books.now += LONG_AGO
    _followed(office, *SMITHS)
    office.books.reparent(office.list_id(GARAGE), office.list_id("Jones"))
    assert [_sync(office).result for _ in range(3)] == ["ok", "ok", "ok"]
    _assert_good(office)


def test_a_job_with_payments_that_comes_under_a_customer_with_jobs_counts_at_once(office: Office) -> None:
    _followed(office, "Smith", include_jobs=True)
    office.books.reparent(office.list_id(ROOF), office.list_id("Smith"))
    _sync(office)
    _assert_good(office)


def test_a_job_that_leaves_a_customer_with_jobs_counts_no_more(office: Office) -> None:
    _followed(office, "Smith", include_jobs=True)
    office.books.reparent(office.list_id(GARAGE), office.list_id("Jones"))
    assert _sync(office).result == "ok"
    _assert_good(office)


def test_a_new_job_of_a_customer_with_jobs_counts_at_once(office: Office) -> None:
    _followed(office, "Smith", include_jobs=True)
    office.books.add_customer("Bath", office.list_id("Smith"))
    _pay(office, "Smith:Bath")
    assert _sync(office).result == "ok"
    _assert_good(office)


def _merged(office: Office) -> None:
    office.books.merge_customer(office.list_id(KITCHEN), office.list_id(GARAGE))


def _deleted_with_all_it_had(office: Office) -> None:
    for payment in _payments(office, KITCHEN):
        office.books.delete_payment(payment.txn_id)
    for invoice in [one for one in office.books.of(Invoice) if one.customer == office.list_id(KITCHEN)]:
        office.books.delete_invoice(invoice.txn_id)
    office.books.delete_customer(office.list_id(KITCHEN))


@pytest.mark.parametrize("goes", [_merged, _deleted_with_all_it_had], ids=_named)
def test_a_job_that_is_gone_keeps_what_it_showed_and_is_never_current_again(
    office: Office, goes: Callable[[Office], None]
) -> None:
    (kitchen, garage) = _followed(office, *SMITHS)
    before = office.summary(kitchen)
    goes(office)
    for _ in range(9):  # a weekly re-reading is among them
        _sync(office)
        shown = office.summary(kitchen)
        assert (shown.lines, shown.paid_to_date, shown.synced_at) == (
            before.lines,
            before.paid_to_date,
            before.synced_at,
        )
        assert office.status(kitchen).state is State.FAILED
        assert "Smith:Kitchen" in office.status(kitchen).sentence
        assert office.summary(garage).paid_to_date == office.true_total(garage)
        assert office.status(garage).state is State.CURRENT
        _later(office, days=1)


def test_the_survivor_of_a_merger_gets_the_payments_of_an_unlinked_job(office: Office) -> None:
    (kitchen,) = _followed(office, KITCHEN)
    before = office.summary(kitchen).paid_to_date
    office.books.merge_customer(office.list_id(GARAGE), office.list_id(KITCHEN))
    _sync(office)
    _assert_good(office)
    assert office.summary(kitchen).paid_to_date > before


def test_a_job_merged_within_a_customer_with_jobs_changes_no_total(office: Office) -> None:
    (smith,) = _followed(office, "Smith", include_jobs=True)
    before = office.summary(smith).paid_to_date
    _merged(office)
    _sync(office)
    _assert_good(office)
    assert office.summary(smith).paid_to_date == before


# Links ----------------------------------------------------------------------------------------------------------------


def _relink(office: Office, project: Project, full_name: str, *, include_jobs: bool = False) -> None:
    list_id = office.list_id(full_name) if full_name else ""
    with office.database.begin() as c:
        form = links.ProjectForm(project.name, "", None, list_id, include_jobs, bool(full_name))
        links.save(c, office.company, project.id, form, office.clock(), "dana")


def _of(office: Office, project: Project) -> Project:
    return next(one for one in office.projects() if one.id == project.id)


def test_a_project_linked_to_another_job_shows_that_job(office: Office) -> None:
    (kitchen, _) = _followed(office, *SMITHS)
    _relink(office, kitchen, ROOF)
    assert _update(office)[0].result == "ok"
    assert _of(office, kitchen).list_id == office.list_id(ROOF)
    _assert_good(office)


def test_a_project_linked_again_has_what_happened_meanwhile(office: Office) -> None:
    (kitchen, garage) = _followed(office, *SMITHS)
    _relink(office, kitchen, "")
    _pay(office, KITCHEN)
    office.books.delete_payment(_first(office, KITCHEN))
    _sync(office)
    assert office.status(kitchen).state is State.OFF
    assert office.summary(kitchen).paid_to_date == 0
    assert office.status(garage).state is State.CURRENT
    _relink(office, kitchen, KITCHEN)
    _update(office)
    _assert_good(office)


def test_a_project_that_starts_to_include_its_jobs_is_pulled_again(office: Office) -> None:
    (smith,) = _followed(office, "Smith")
    _relink(office, smith, "Smith", include_jobs=True)
    _update(office)
    _assert_good(office)
    assert office.summary(smith).paid_to_date > 0


def test_linking_one_project_elsewhere_does_not_take_back_what_was_asked_for_another(office: Office) -> None:
    (kitchen, garage) = _followed(office, *SMITHS)
    _pay(office, GARAGE)
    office.sync_now(garage)
    _relink(office, kitchen, ROOF)
    assert office.status(garage).state is State.QUEUED
    _update(office)
    _assert_good(office)


def test_two_projects_on_one_job_show_the_same(office: Office) -> None:
    started(office, KITCHEN)
    other = office.link(KITCHEN, project="The same kitchen")
    office.poll()
    _pay(office, KITCHEN)
    assert _sync(office).result == "ok"
    _assert_good(office)
    assert office.summary(other).lines == office.summary(office.projects()[0]).lines


def test_a_job_may_be_linked_by_itself_and_within_its_customer(office: Office) -> None:
    _followed(office, GARAGE)
    office.link("Smith", include_jobs=True)
    office.poll()
    for change in OF_PAYMENTS[:9]:
        change(office)
        _later(office, minutes=1)
    assert _sync(office).result == "ok"
    _assert_good(office)


# The company file -----------------------------------------------------------------------------------------------------


def test_a_restored_file_is_read_again_completely(office: Office) -> None:
    _followed(office, *SMITHS)
    backup = office.books.backup()
    _pay(office, KITCHEN)
    office.books.void_payment(_first(office, GARAGE))
    _sync(office)
    _later(office, hours=5)
    office.books.restore(backup)
    _pay(office, GARAGE)  # with a TxnID that has been given out before
    office.sync_now()
    run, calls = _update(office)
    assert (run.result, _pulls(calls)) == ("ok", 2)
    _assert_good(office)


def test_a_restored_file_is_read_again_once(office: Office) -> None:
    _followed(office, *SMITHS)
    office.books.restore(office.books.backup())
    _sync(office)
    office.sync_now()
    assert _pulls(_update(office)[1]) == 0


def test_a_name_that_a_restored_file_took_back_is_todays_name(office: Office) -> None:
    (kitchen,) = _followed(office, KITCHEN)
    backup = office.books.backup()
    _later(office, days=4)
    office.books.rename_customer(office.list_id(KITCHEN), "Bath")
    _sync(office)
    office.books.restore(backup)
    _sync(office)
    customer = office.summary(kitchen).customer
    assert customer is not None
    assert customer.full_name == KITCHEN


def test_a_job_that_a_restored_file_has_again_is_followed_again(office: Office) -> None:
    (kitchen, _) = _followed(office, *SMITHS)
    backup = office.books.backup()
    _later(office, days=4)
    _merged(office)
    _sync(office)
    assert office.status(kitchen).state is State.FAILED
    office.books.restore(backup)
    for _ in range(2):
        _sync(office)
    _assert_good(office)


def test_a_condensed_file_is_read_again_completely(office: Office) -> None:
    _followed(office, *SMITHS)
    office.books.condense()
    office.sync_now()
    assert _pulls(_update(office)[1]) == 2
    _assert_good(office)


def test_an_edition_that_does_not_tell_of_restores_is_followed_all_the_same(office: Office) -> None:
    office.quickbooks.faults.status["CompanyActivityQuery"] = (1030, "unsupported")
    _followed(office, *SMITHS)
    _pay(office, KITCHEN)
    assert _sync(office).result == "ok"
    _assert_good(office)


# Time -----------------------------------------------------------------------------------------------------------------


def test_after_a_hundred_days_of_silence_everything_is_read_again(office: Office) -> None:
    _followed(office, *SMITHS)
    _later(office, days=2)
    office.books.delete_payment(_first(office, KITCHEN))  # QuickBooks remembers it for 90 days
    _later(office, days=98)
    assert {office.status(project).state for project in office.projects()} == {State.STALE}
    _pay(office, GARAGE)
    run, calls = _update(office)
    assert (run.trigger, run.result, _pulls(calls)) == ("weekly re-reading", "ok", 2)
    _assert_good(office)


def test_an_admin_has_everything_read_again(office: Office) -> None:
    """Also the whole customer list; the log says who wanted it."""
    _followed(office, *SMITHS)
    with office.database.begin() as c:
        assert queue.reread_everything(c, office.company.id, office.clock(), Trigger.AGAIN, "Ann") == 2
        assert queue.reread_everything(c, office.company.id, office.clock(), Trigger.AGAIN, "Ann") == 0
    run, calls = _update(office)
    assert (run.trigger, run.asked_by, run.result, _pulls(calls)) == ("read again completely", ("Ann",), "ok", 2)
    asked = [call.result for call in calls if call.name == "sendRequestXML"]
    assert any("<CustomerQueryRq" in text for text in asked)
    assert not any("<ActiveStatus>All</ActiveStatus>\n  <FromModifiedDate>" in text for text in asked)
    _assert_good(office)


def test_everything_is_read_again_once_a_week(office: Office) -> None:
    _followed(office, *SMITHS)
    began = len(office.log())
    for _ in range(22):
        _later(office, days=1)
        office.poll()
    triggers = [run.trigger for run in office.log()][:-began]
    assert sorted(set(triggers)) == ["daily", "weekly re-reading"]
    weekly = [day for day, trigger in enumerate(reversed(triggers)) if trigger == "weekly re-reading"]
    assert len(weekly) == 3
    assert {later - sooner for sooner, later in pairwise(weekly)} == {7}
    _assert_good(office)


@pytest.mark.parametrize("hours", [24, 1, -1, -48])
def test_a_quickbooks_computer_with_a_wrong_clock_is_followed(make_office: Make, hours: int) -> None:
    office = make_office(books=_books(skew=timedelta(hours=hours)))
    _followed(office, *SMITHS)
    for change in OF_PAYMENTS[:9]:
        change(office)
        assert _sync(office).result == "ok"
        _assert_good(office)
        _later(office, hours=5)


@pytest.mark.parametrize("hours", [24, -47])
def test_a_wrong_clock_that_is_put_right_hides_nothing(make_office: Make, hours: int) -> None:
    office = make_office(books=_books(skew=timedelta(hours=hours)))
    _followed(office, *SMITHS)
    office.books.now -= timedelta(hours=hours)
    _pay(office, KITCHEN)
    office.books.delete_payment(_first(office, GARAGE))
    assert _sync(office).result == "ok"
    _assert_good(office)


def test_a_payment_dated_years_ahead_by_a_wrong_clock_does_not_hide_the_next_ones(office: Office) -> None:
    _followed(office, *SMITHS)
    office.books.now += timedelta(days=1000)
    _pay(office, GARAGE)
    office.books.now -= timedelta(days=1000)
    _sync(office)
    for _ in range(3):
        _later(office, days=1)
        _pay(office, KITCHEN)
        assert _sync(office).result == "ok"
        _assert_good(office)


def test_an_old_build_with_the_winters_offset_in_summer_is_followed(make_office: Make) -> None:
    july = datetime(2026, 7, 2, 15, 0, tzinfo=UTC)
    winter = timezone(timedelta(hours=-6))
    books = _books(winter, july, skew=timedelta(hours=1))  # the wall clock shows summer time, the offset does not
    office = make_office(books=books, clock=Clock(july))
    _followed(office, *SMITHS)
    for change in OF_PAYMENTS[:9]:
        change(office)
        assert _sync(office).result == "ok"
        _assert_good(office)


# Counting -------------------------------------------------------------------------------------------------------------


def _without_a_trace(office: Office) -> None:
    """Entered with a clock a month behind: no filter by time finds it."""
    office.books.now -= timedelta(days=30)
    _pay_a_bill(office.books, office.list_id(KITCHEN), "123.45")
    office.books.now += timedelta(days=30)


def _out_of_the_log(office: Office) -> None:
    office.books.delete_payment(_first(office, KITCHEN))
    office.books.deletions.clear()


@pytest.mark.parametrize("change", [_without_a_trace, _out_of_the_log], ids=_named)
def test_a_count_that_differs_is_recorded_and_repaired(office: Office, change: Callable[[Office], None]) -> None:
    _followed(office, *SMITHS)
    change(office)
    run = _sync(office)
    assert run.failure is not None
    assert (run.result, run.failure.code) == ("repaired", "counts-differ")
    assert office.overview().failure is None
    _assert_good(office)
    assert _sync(office).result == "ok"


def test_a_repair_does_not_pull_projects_that_are_not_concerned(office: Office) -> None:
    _followed(office, *SMITHS, ROOF)
    with office.database.begin() as c:
        assert queue.reread(c, office.company.id, [office.list_id(ROOF)], office.clock()) == {
            one.id for one in office.projects() if one.name == ROOF
        }
    assert _pulls(_update(office)[1]) == 1


def test_an_edition_that_does_not_count_is_followed_all_the_same(office: Office) -> None:
    _followed(office, *SMITHS)
    process = office.quickbooks.process
    not_counted = re.compile(r'(<ReceivePaymentQueryRs requestID="[^"]*") statusCode="0"[^>]*retCount="\d+"')
    refused = r'\1 statusCode="3250" statusSeverity="Error" statusMessage="not enabled"'
    office.quickbooks.process = lambda text: not_counted.sub(refused, process(text))  # type: ignore[method-assign]
    _pay(office, KITCHEN)
    assert _sync(office).result == "ok"
    _assert_good(office)


def test_a_full_sync_reads_again_whatever_is_known(office: Office) -> None:
    (kitchen, _) = _followed(office, *SMITHS)
    with office.database.begin() as c:
        mine = update(payments_table).where(payments_table.c.txn_id == _first(office, KITCHEN))
        c.execute(mine.values(memo="made up"))
    assert _sync(office).changed == 0
    with office.database.begin() as c:
        queue.request_sync(c, office.company.id, None, trigger=Trigger.PERSON, now=office.clock(), full=True)
    run, calls = _update(office)
    assert (run.result, run.changed, _pulls(calls)) == ("ok", 1, 2)
    assert "made up" not in {line.memo for line in office.summary(kitchen).lines}
    _assert_good(office)


# Marks ----------------------------------------------------------------------------------------------------------------

QUERIES = ["CustomerQuery", "InvoiceQuery", "ReceivePaymentQuery", "TxnDeletedQuery"]


def _busy_day(office: Office) -> None:
    """Something of every kind, well after the marks."""
    _later(office, days=3)
    _pay(office, KITCHEN)
    office.books.delete_payment(_first(office, KITCHEN))
    office.books.delete_invoice(_first_bill(office, ROOF))
    office.books.rename_customer(office.list_id(ROOF), "Dach")


@pytest.mark.parametrize("query", QUERIES)
def test_a_query_that_fails_advances_no_mark_of_the_changes(office: Office, query: str) -> None:
    _followed(office, *SMITHS)
    before = _marks(office)
    _busy_day(office)
    office.quickbooks.faults.status[query] = (1000, "internal error")
    run = _sync(office)
    assert run.result == "failed"
    assert {kind: mark for kind, mark in _marks(office).items() if kind in CHANGES} == {
        kind: mark for kind, mark in before.items() if kind in CHANGES
    }
    office.quickbooks.faults.status.clear()
    assert _sync(office).result == "ok"
    _assert_good(office)
    after = _marks(office)
    assert all(after[kind] > before[kind] for kind in CHANGES)


def test_a_customer_list_that_fails_advances_no_mark_at_all(office: Office) -> None:
    _followed(office, *SMITHS)
    before = _marks(office)
    _busy_day(office)
    office.quickbooks.faults.status["CustomerQuery"] = (1000, "internal error")
    _sync(office)
    assert _marks(office) == before


def test_a_log_of_deleted_customers_that_fails_stops_nothing_and_keeps_its_mark(office: Office) -> None:
    _followed(office, *SMITHS)
    before = _marks(office)[RequestKind.DELETED_CUSTOMERS]
    _later(office, days=3)
    office.books.merge_customer(office.list_id("Jones:Shed"), office.list_id(ROOF))
    _pay(office, KITCHEN)
    office.quickbooks.faults.status["ListDeletedQuery"] = (1000, "internal error")
    assert _sync(office).result == "ok"
    _assert_good(office)
    assert _marks(office)[RequestKind.DELETED_CUSTOMERS] == before
    office.quickbooks.faults.status.clear()
    _sync(office)
    assert _marks(office)[RequestKind.DELETED_CUSTOMERS] > before


KINDS = {
    "CustomerQuery": {RequestKind.CUSTOMERS},
    "InvoiceQuery": {RequestKind.CHANGED_INVOICES},
    "ReceivePaymentQuery": {RequestKind.CHANGED_PAYMENTS},
    "TxnDeletedQuery": {RequestKind.DELETED_INVOICES, RequestKind.DELETED_PAYMENTS},
}


@pytest.mark.parametrize("query", KINDS)
def test_a_query_that_finds_nothing_keeps_its_mark(office: Office, query: str) -> None:
    _followed(office, *SMITHS)
    before = _marks(office)
    _busy_day(office)
    office.quickbooks.faults.no_match.add(query)
    _sync(office)
    after = _marks(office)
    assert {kind for kind in after if after[kind] == before[kind]} >= KINDS[query]
    office.quickbooks.faults.no_match.clear()
    _sync(office)
    _sync(office)
    _assert_good(office)


@pytest.mark.parametrize("calls", range(1, 6))
def test_pages_that_are_not_the_last_advance_no_mark(make_office: Make, calls: int) -> None:
    office = make_office(books=_books(), settings=Sync(page_size=10))
    _followed(office, *SMITHS)
    before = _marks(office)
    _later(office, days=3)
    for _ in range(24):
        _pay(office, KITCHEN, "10.00")
    office.sync_now()
    dying = office.calls()
    for _ in range(calls):
        next(dying)
    after = _marks(office)
    assert {kind: after[kind] for kind in CHANGES} == {kind: before[kind] for kind in CHANGES}
    _later(office, minutes=15)
    assert _sync(office).rounds >= 3
    _assert_good(office)
    assert _marks(office)[RequestKind.CHANGED_PAYMENTS] > before[RequestKind.CHANGED_PAYMENTS]


def test_changes_of_several_pages_arrive_whole(make_office: Make) -> None:
    office = make_office(books=_books(), settings=Sync(page_size=10))
    _followed(office, *SMITHS)
    for _ in range(24):
        _pay(office, KITCHEN, "10.00")
    run = _sync(office)
    assert (run.result, run.added, run.rounds) == ("ok", 24, 3)
    _assert_good(office)


def test_more_deletions_than_a_page_has_rows_arrive_whole(make_office: Make) -> None:
    """QuickBooks sends its deletion log in one piece, whatever the page size (reference 5.6)."""
    office = make_office(books=_books(), settings=Sync(page_size=10))
    _followed(office, *SMITHS)
    for _ in range(12):
        office.books.delete_payment(_pay(office, KITCHEN, "10.00").txn_id)
    assert _sync(office).result == "ok"
    _assert_good(office)
