"""An archived project is not read and shows what it showed; restored, it is up to date only after a complete pull."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from office import Clock, Make, Office, started

from qbwc_bridge.connector import decisions, links
from qbwc_bridge.connector import requests as queue
from qbwc_bridge.errors import ProjectArchived
from qbwc_bridge.records import Failure, Project, RequestKind, State, Trigger
from qbwc_bridge.simulator import Books
from qbwc_bridge.simulator.ledger import Invoice, Payment
from qbwc_bridge.store import manual, projects, requests

KITCHEN, GARAGE = "Smith:Kitchen", "Smith:Garage"


def _books() -> Books:
    """Two jobs and somebody else, billed and paid a month ago."""
    books = Books(now=Clock.now.astimezone(ZoneInfo("America/Chicago")) - timedelta(days=30))
    smith = books.add_customer("Smith").list_id
    for list_id in (books.add_customer("Kitchen", smith).list_id, books.add_customer("Garage", smith).list_id):
        for amount in (Decimal("1000.00"), Decimal("77.07")):
            bill = books.add_invoice(list_id, amount)
            books.receive_payment(list_id, amount, {bill.txn_id: amount})
    books.add_customer("Whitfield")
    books.now += timedelta(days=30)
    return books


@pytest.fixture
def office(make_office: Make) -> Office:
    return make_office(books=_books())


@pytest.fixture
def kitchen(office: Office) -> Project:
    """Kitchen and garage are linked and synced, Whitfield is somebody else."""
    return started(office, KITCHEN, GARAGE)[0]


def _later(office: Office, **span: float) -> None:
    office.clock.pass_(**span)
    office.books.now += timedelta(**span)


def _pay(office: Office, full_name: str = KITCHEN, amount: str = "321.09") -> Payment:
    _later(office, minutes=1)
    bill = office.books.add_invoice(office.list_id(full_name), Decimal(amount))
    return office.books.receive_payment(office.list_id(full_name), Decimal(amount), {bill.txn_id: Decimal(amount)})


def _archive(office: Office, project: Project) -> None:
    with office.database.begin() as c:
        links.archive(c, office.company.id, project.id, office.clock(), "dana")


def _restore(office: Office, project: Project) -> None:
    with office.database.begin() as c:
        links.restore(c, office.company.id, project.id, office.clock(), "dana")


def _open(office: Office) -> list[tuple[RequestKind, int | None]]:
    with office.database.read() as c:
        return [(row.kind, row.project_id) for row in requests.open_rows(c, office.company.id)]


def _kept(office: Office, project: Project) -> Project:
    with office.database.read() as c:
        return projects.by_id(c, office.company.id, project.id)


def _good(office: Office, project: Project) -> None:
    assert office.status(project).state is State.CURRENT
    assert office.summary(project).paid_to_date == office.true_total(project)
    line = next(one for one in office.overview().projects if one.project.id == project.id)
    assert line.paid_to_date == office.true_total(project)
    assert line.count == office.summary(project).count


# While it is archived -------------------------------------------------------------------------------------------------


def test_an_archived_project_is_not_read_and_stays_as_it_was(office: Office, kitchen: Project) -> None:
    before = office.summary(kitchen)
    _archive(office, kitchen)
    for days in (1, 8):  # a day's changes, and a week's complete reading
        _pay(office)
        office.books.void_payment(next(one.txn_id for one in office.books.of(Payment) if one.amount))
        _later(office, days=days)
        office.poll()
        assert office.log()[0].result in {"ok", "repaired"}
    after, status = office.summary(kitchen), office.status(kitchen)
    assert (after.lines, after.paid_to_date, after.synced_at) == (before.lines, before.paid_to_date, before.synced_at)
    assert after.paid_to_date != office.true_total(kitchen)
    assert (status.state, status.badge) == (State.OFF, "Archived")
    assert [line.project.name for line in office.overview().projects] == [GARAGE]
    assert (office.overview().archived, office.overview().status.state) == (1, State.CURRENT)


def test_nothing_waits_for_the_last_project_that_is_archived(office: Office) -> None:
    (kitchen,) = started(office, KITCHEN)
    office.sync_now()
    assert _open(office) == [(RequestKind.CHANGED_PAYMENTS, None)]
    _archive(office, kitchen)
    assert _open(office) == []
    assert office.authenticate()[1] == "none"
    _later(office, days=1)
    office.poll()
    assert (office.log()[0].trigger, office.log()[0].result) == ("daily", "ok")
    assert not any("ReceivePaymentQuery" in str(call.result) for call in office.poll())


def test_its_own_pull_is_taken_back_and_what_others_wait_for_is_not(office: Office, kitchen: Project) -> None:
    with office.database.begin() as c:
        queue.repull(c, office.company.id, kitchen.id, office.clock())
    garage = next(one for one in office.projects() if one.name == GARAGE)
    office.sync_now(garage)
    _archive(office, kitchen)
    assert _open(office) == [(RequestKind.CHANGED_PAYMENTS, None)]
    assert office.status(garage).state is State.QUEUED


def test_it_can_not_be_synced_nor_changed_nor_paid_by_hand(office: Office, kitchen: Project) -> None:
    _archive(office, kitchen)
    with pytest.raises(ProjectArchived):
        office.sync_now(kitchen)
    with office.database.begin() as c, pytest.raises(ProjectArchived):
        links.save(c, office.company, kitchen.id, links.ProjectForm("Another name"), office.clock(), "dana")
    with office.database.begin() as c, pytest.raises(ProjectArchived):
        manual.add(
            c, office.company.id, kitchen.id, date=office.clock.now.date(), amount=Decimal(1), now=office.clock.now
        )
    assert _kept(office, kitchen).name == KITCHEN
    assert _open(office) == []


def test_it_is_archived_while_its_answer_is_on_the_way(office: Office, kitchen: Project) -> None:
    before = office.summary(kitchen)
    _pay(office)
    _pay(office, GARAGE)
    with office.database.begin() as c:
        queue.reread_everything(c, office.company.id, office.clock())
    calls = office.calls()
    while next(calls).name != "sendRequestXML":
        pass
    _archive(office, kitchen)
    list(calls)
    assert office.summary(kitchen).lines == before.lines
    garage = next(one for one in office.projects() if one.name == GARAGE)
    _good(office, garage)
    assert _open(office) == []


def test_it_overlaps_with_nothing(office: Office, kitchen: Project) -> None:
    same = office.link(KITCHEN, project="The same kitchen")
    _archive(office, kitchen)
    with office.database.read() as c:
        assert links.overlapping(c, office.company.id, same) == []
        assert links.overlapping(c, office.company.id, _kept(office, kitchen)) == []


# Restored -------------------------------------------------------------------------------------------------------------


def _a_new_payment(office: Office) -> None:
    _pay(office)


def _an_edited_payment(office: Office) -> None:
    office.books.edit_payment(_of_kitchen(office), amount=Decimal("1300.50"))


def _a_voided_payment(office: Office) -> None:
    office.books.void_payment(_of_kitchen(office))


def _a_deleted_payment(office: Office) -> None:
    office.books.delete_payment(_of_kitchen(office))


def _a_payment_that_moved_away(office: Office) -> None:
    office.books.move_payment(_of_kitchen(office), office.list_id("Whitfield"), {})


def _an_invoice_that_moved_away(office: Office) -> None:
    mine = [one for one in office.books.of(Invoice) if one.customer == office.list_id(KITCHEN)]
    office.books.move_invoice(mine[0].txn_id, office.list_id(GARAGE))


def _of_kitchen(office: Office) -> str:
    mine = [one for one in office.books.of(Payment) if one.customer == office.list_id(KITCHEN)]
    return mine[0].txn_id


MEANWHILE = [
    _a_new_payment,
    _an_edited_payment,
    _a_voided_payment,
    _a_deleted_payment,
    _a_payment_that_moved_away,
    _an_invoice_that_moved_away,
]


@pytest.mark.parametrize("days", [0.01, 100], ids=["at once", "after a hundred days"])
@pytest.mark.parametrize("change", MEANWHILE)
def test_what_happened_meanwhile_is_there_after_one_pull_and_not_before(
    office: Office, kitchen: Project, change: Callable[[Office], None], days: float
) -> None:
    before = office.summary(kitchen)
    _archive(office, kitchen)
    _later(office, minutes=5)
    change(office)
    office.sync_now()
    office.poll()
    _later(office, days=days)
    _restore(office, kitchen)
    assert office.summary(kitchen).lines == before.lines
    assert office.summary(kitchen).synced_at == before.synced_at
    assert office.status(kitchen).state is State.QUEUED
    assert (RequestKind.PAYMENTS, kitchen.id) in _open(office)
    calls = office.calls()
    assert next(calls).result == ""  # there is work at the very next poll
    for _ in calls:
        if office.status(kitchen).state is State.CURRENT:
            assert office.summary(kitchen).paid_to_date == office.true_total(kitchen)
        else:
            assert office.summary(kitchen).lines == before.lines
    assert "restored" in office.log()[0].trigger
    assert office.log()[0].result == "ok"
    _good(office, kitchen)


def test_changes_alone_never_make_it_current(office: Office, kitchen: Project) -> None:
    _archive(office, kitchen)
    _pay(office)
    _restore(office, kitchen)
    with office.database.begin() as c:
        queue.cancel(c, office.company.id, kitchen.id, office.clock())
    status = office.status(kitchen)
    assert (status.state, status.can_request) == (State.STALE, True)
    assert "not read again since it was restored" in status.sentence
    garage = next(one for one in office.projects() if one.name == GARAGE)
    office.sync_now(garage)
    office.poll()
    _good(office, garage)
    assert office.status(kitchen).state is State.STALE
    office.sync_now(kitchen)
    office.poll()
    _good(office, kitchen)


def test_a_connector_that_dies_in_the_pull_leaves_it_as_it_was(office: Office, kitchen: Project) -> None:
    before = office.summary(kitchen)
    _archive(office, kitchen)
    _pay(office)
    _restore(office, kitchen)
    dying = office.calls()
    while next(dying).name != "sendRequestXML":
        pass
    _later(office, minutes=20)
    assert office.status(kitchen).state is State.QUEUED
    assert office.summary(kitchen).lines == before.lines
    office.poll()
    _good(office, kitchen)


def test_an_empty_answer_is_held_as_for_any_project(office: Office, kitchen: Project) -> None:
    before = office.summary(kitchen)
    _archive(office, kitchen)
    for one in [*office.books.of(Payment)]:
        office.books.delete_payment(one.txn_id)
    _restore(office, kitchen)
    office.poll()
    assert office.status(kitchen).state is State.HELD
    assert office.summary(kitchen).lines == before.lines
    with office.database.begin() as c:
        decisions.keep_data(c, office.company.id, kitchen.id, "dana", office.clock())
    assert office.status(kitchen).state is State.STALE
    office.sync_now(kitchen)
    office.poll()
    with office.database.begin() as c:
        decisions.accept_empty(c, office.company.id, kitchen.id, "dana", office.clock())
    _good(office, kitchen)


def test_an_old_failure_is_not_told_again(office: Office, kitchen: Project) -> None:
    with office.database.begin() as c:
        projects.failed(c, office.company.id, kitchen.id, Failure("3120", "Gone.", ""), office.clock())
    assert office.overview().status.state is State.FAILED
    _archive(office, kitchen)
    assert office.overview().status.state is State.CURRENT
    assert office.overview().failure is None
    _restore(office, kitchen)
    assert office.status(kitchen).state is State.QUEUED
    office.poll()
    _good(office, kitchen)


def test_a_job_that_went_away_meanwhile_is_a_problem_and_the_payments_stay(office: Office, kitchen: Project) -> None:
    before = office.summary(kitchen)
    _archive(office, kitchen)
    office.books.merge_customer(office.list_id(KITCHEN), office.list_id(GARAGE))
    office.sync_now()
    office.poll()
    _restore(office, kitchen)
    office.poll()
    assert office.status(kitchen).state is State.FAILED
    assert office.summary(kitchen).lines == before.lines


def test_typed_payments_wait_for_the_first_answer_as_before(office: Office) -> None:
    office.poll()
    with office.database.begin() as c:
        made = links.save(c, office.company, None, links.ProjectForm("Kitchen"), office.clock(), "dana")
        day = office.clock.now.date()
        manual.add(c, office.company.id, made.id, date=day, amount=Decimal("12.00"), now=office.clock.now)
        form = links.ProjectForm("Kitchen", "", None, office.list_id(KITCHEN), False, True)
        links.save(c, office.company, made.id, form, office.clock(), "dana")
    _archive(office, made)
    assert _open(office) == []
    assert office.summary(made).paid_to_date == Decimal("12.00")
    _restore(office, made)
    assert office.summary(made).paid_to_date == Decimal("12.00")
    office.poll()
    _good(office, _kept(office, made))
    with office.database.read() as c:
        assert [one.amount for one in manual.archive(c, office.company.id, made.id)] == [Decimal("12.00")]


def test_a_project_that_is_not_synced_comes_back_as_it_was(office: Office) -> None:
    office.poll()
    with office.database.begin() as c:
        made = links.save(c, office.company, None, links.ProjectForm("Deck", "Jo"), office.clock(), "dana")
        links.archive(c, office.company.id, made.id, office.clock(), "dana")
        links.archive(c, office.company.id, made.id, office.clock(), "dana")  # twice is once
    _restore(office, made)
    _restore(office, made)
    assert _kept(office, made) == made
    assert _open(office) == []


def test_linked_elsewhere_right_after_it_was_restored(office: Office, kitchen: Project) -> None:
    _archive(office, kitchen)
    _restore(office, kitchen)
    with office.database.begin() as c:
        form = links.ProjectForm(KITCHEN, "", None, office.list_id("Whitfield"), False, True)
        links.save(c, office.company, kitchen.id, form, office.clock(), "dana")
    assert office.summary(kitchen).paid_to_date == 0
    office.poll()
    _good(office, _kept(office, kitchen))


def test_the_request_says_who_restored_it(office: Office, kitchen: Project) -> None:
    _archive(office, kitchen)
    _restore(office, kitchen)
    with office.database.read() as c:
        (row,) = requests.open_rows(c, office.company.id)
    assert (row.trigger, row.requested_by) == (Trigger.RESTORED, "dana")
