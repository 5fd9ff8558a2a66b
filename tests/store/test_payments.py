"""Payments with their parts, tombstones, history; manual payments and their archive."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from qbwc_bridge.errors import NotFound, PaymentsAreSynced
from qbwc_bridge.records import Application, BookedPayment, Change, Company, Invoice, Part, Payment, Tally
from qbwc_bridge.store import history, manual, payments, projects
from qbwc_bridge.store.database import Connection, Database
from qbwc_bridge.store.models import manual_payments
from qbwc_bridge.store.models import payments as table

DAY = date(2026, 3, 3)
KITCHEN, GARAGE, SMITH = "80000002-1", "80000003-1", "80000001-1"


def _booked(txn_id: str = "4ECE-1", *, total: str = "1500.00", memo: str = "") -> BookedPayment:
    """Taken on Smith: 600 for the kitchen's invoice, 400 for the garage's, the rest unused."""
    kitchen = Application("B1", "Invoice", Decimal("600.00"), "77")
    garage = Application("B2", "Invoice", Decimal("400.00"), "78")
    rest = Decimal(total) - 1000
    payment = Payment(
        txn_id, SMITH, "Smith", DAY, Decimal(total), rest, "Check", "1043", memo, "", False,
        "2026-03-03T11:06:40", "1741018000", (kitchen, garage),
    )  # fmt: skip
    parts = (Part(KITCHEN, kitchen.amount, kitchen), Part(GARAGE, garage.amount, garage), Part(SMITH, rest))
    return BookedPayment(payment, parts)


def _write(c: Connection, company: Company, now: datetime, *booked: BookedPayment) -> None:
    payments.apply(c, company.id, written=booked, because="test", now=now)


def test_a_payment_comes_back_as_it_was_written(database: Database, acme: Company, now: datetime) -> None:
    with database.begin() as c:
        _write(c, acme, now, _booked())
        assert payments.with_ids(c, acme.id, ["4ECE-1"]) == [_booked()]


def test_writing_a_payment_again_replaces_it_and_its_parts(database: Database, acme: Company, now: datetime) -> None:
    after = BookedPayment(
        Payment("4ECE-1", KITCHEN, "Smith:Kitchen", DAY, Decimal("5.00")), (Part(KITCHEN, Decimal(5)),)
    )
    with database.begin() as c:
        _write(c, acme, now, _booked())
        _write(c, acme, now, after)
        assert payments.with_ids(c, acme.id, ["4ECE-1"]) == [after]


@pytest.mark.parametrize("list_id", [KITCHEN, GARAGE, SMITH])
def test_a_payment_concerns_its_payer_and_every_job_it_pays(
    database: Database, acme: Company, now: datetime, list_id: str
) -> None:
    with database.begin() as c:
        _write(c, acme, now, _booked())
        (found,) = payments.of_jobs(c, acme.id, [list_id])
    assert found.payment == _booked().payment._replace(applications=())
    assert found.parts == tuple(part for part in _booked().parts if part.list_id == list_id)


def test_the_parts_of_several_jobs_come_in_the_order_of_the_payment(
    database: Database, acme: Company, now: datetime
) -> None:
    with database.begin() as c:
        _write(c, acme, now, _booked("2"), _booked("1"))
        found = payments.of_jobs(c, acme.id, [SMITH, GARAGE, KITCHEN])
    assert {one.payment.txn_id: one.parts for one in found} == {"1": _booked().parts, "2": _booked().parts}


def test_a_payment_does_not_concern_another_job(database: Database, acme: Company, now: datetime) -> None:
    with database.begin() as c:
        _write(c, acme, now, _booked())
        assert payments.of_jobs(c, acme.id, ["80000009-1"]) == []


def test_the_payers_of_a_job_are_found_through_its_invoices(database: Database, acme: Company, now: datetime) -> None:
    with database.begin() as c:
        _write(c, acme, now, _booked())
        assert payments.payers(c, acme.id) == {KITCHEN: {SMITH}, GARAGE: {SMITH}}


def test_who_pays_for_itself_is_not_named_among_the_payers(database: Database, acme: Company, now: datetime) -> None:
    own = BookedPayment(Payment("1", KITCHEN, "Smith:Kitchen", DAY, Decimal("5.00")), (Part(KITCHEN, Decimal("5.00")),))
    with database.begin() as c:
        _write(c, acme, now, own)
        assert payments.payers(c, acme.id) == {}


def test_the_payers_of_a_removed_payment_are_forgotten(database: Database, acme: Company, now: datetime) -> None:
    with database.begin() as c:
        _write(c, acme, now, _booked())
        payments.apply(c, acme.id, removed=["4ECE-1"], because="gone", now=now)
        assert payments.payers(c, acme.id) == {}


def test_the_edition_of_an_invoice_is_that_of_its_last_arrival(database: Database, acme: Company) -> None:
    with database.begin() as c:
        payments.receive_invoices(c, acme.id, [Invoice("B1", KITCHEN, edit_sequence="1"), Invoice("B2", GARAGE)], 1)
        payments.receive_invoices(c, acme.id, [Invoice("B1", KITCHEN, edit_sequence="2")], 2)
        assert payments.invoice_editions(c, acme.id, ["B1", "B2", "unknown"]) == {"B1": "2", "B2": ""}


def test_an_invoice_of_an_earlier_conversation_is_not_of_this_one(database: Database, acme: Company) -> None:
    with database.begin() as c:
        payments.receive_invoices(c, acme.id, [Invoice("B1", KITCHEN), Invoice("B2", GARAGE)], 1)
        payments.receive_invoices(c, acme.id, [Invoice("B1", KITCHEN)], 2)
        assert payments.invoice_owners(c, acme.id, ["B1", "B2"], 2) == {"B1": KITCHEN}
        assert payments.invoice_owners(c, acme.id, ["B1", "B2"]) == {"B1": KITCHEN, "B2": GARAGE}


def test_sums_per_customer_split_a_payment_as_its_parts_do(database: Database, acme: Company, now: datetime) -> None:
    with database.begin() as c:
        _write(c, acme, now, _booked("1"), _booked("2", total="1000.10"))
        assert payments.sums(c, acme.id) == {
            KITCHEN: Decimal("1200.00"),
            GARAGE: Decimal("800.00"),
            SMITH: Decimal("500.10"),
        }
        assert payments.posted(c, acme.id) == {KITCHEN: {"1", "2"}, GARAGE: {"1", "2"}, SMITH: {"1", "2"}}


def test_a_voided_payment_is_in_no_sum(database: Database, acme: Company, now: datetime) -> None:
    part = Part(KITCHEN, Decimal("5.00"))  # whatever a void payment is said to pay
    void = BookedPayment(Payment("1", KITCHEN, "Smith:Kitchen", DAY, Decimal("0.00"), voided=True), (part,))
    with database.begin() as c:
        _write(c, acme, now, void)
        assert payments.sums(c, acme.id) == {}
        assert payments.posted(c, acme.id) == {}


def test_the_tally_counts_whole_payments_of_their_payer(database: Database, acme: Company, now: datetime) -> None:
    with database.begin() as c:
        _write(c, acme, now, _booked("1"), _booked("2", total="1000.10"))
        assert payments.tally(c, acme.id, [SMITH, KITCHEN]) == Tally(2, Decimal("2500.10"))


def test_what_is_unused_of_a_customer_is_that_of_its_posted_payments(
    database: Database, acme: Company, now: datetime
) -> None:
    void = BookedPayment(_booked("3").payment._replace(voided=True), ())  # whatever a void payment is said to leave
    with database.begin() as c:
        _write(c, acme, now, _booked("1"), _booked("2", total="1000.10"), void, _booked("4"))
        payments.apply(c, acme.id, removed=["4"], because="gone", now=now)
        assert payments.unused(c, acme.id, [SMITH, KITCHEN]) == Decimal("500.10")
        assert payments.unused(c, acme.id, [KITCHEN]) == payments.unused(c, acme.id, []) == Decimal("0.00")


def test_the_tally_of_nothing_is_zero(database: Database, acme: Company) -> None:
    with database.read() as c:
        assert payments.tally(c, acme.id, [SMITH]) == Tally(0, Decimal("0.00"))


def test_a_removed_payment_leaves_a_tombstone_with_date_and_reason(
    database: Database, acme: Company, now: datetime
) -> None:
    with database.begin() as c:
        _write(c, acme, now, _booked())
        payments.apply(c, acme.id, removed=["4ECE-1"], because="not in QuickBooks any more", now=now)
        row = c.execute(select(table.c.removed_at, table.c.removed_because, table.c.total)).one()
    assert tuple(row) == (now, "not in QuickBooks any more", Decimal("1500.00"))


@pytest.mark.parametrize("read", [payments.of_jobs, payments.received_from])
def test_a_removed_payment_is_read_no_more(database: Database, acme: Company, now: datetime, read: Any) -> None:
    with database.begin() as c:
        _write(c, acme, now, _booked())
        payments.apply(c, acme.id, removed=["4ECE-1"], because="gone", now=now)
        assert not read(c, acme.id, [SMITH, KITCHEN, GARAGE])


def test_a_payment_that_comes_back_loses_its_tombstone(database: Database, acme: Company, now: datetime) -> None:
    with database.begin() as c:
        _write(c, acme, now, _booked())
        payments.apply(c, acme.id, removed=["4ECE-1"], because="gone", now=now)
        _write(c, acme, now, _booked())
        assert payments.received_from(c, acme.id, [SMITH]) == [_booked()]


def test_history_is_read_newest_first(database: Database, acme: Company, now: datetime) -> None:
    added = Change("1", KITCHEN, "added", None, Decimal("12000.00"))
    changed = Change(
        "1", KITCHEN, "changed", Decimal("12000.00"), Decimal("10000.00"), {"memo": ("", "caf\u00e9 & co")}
    )
    later = now + timedelta(days=1)
    with database.begin() as c:
        payments.apply(c, acme.id, changes=[added], because="", now=now)
        payments.apply(c, acme.id, changes=[changed], because="", now=later)
        newest, oldest = history.of_project(c, acme.id, 1, [KITCHEN])
    assert (newest.at, newest.before, newest.after, newest.details) == (
        later, changed.before, changed.after, changed.details
    )  # fmt: skip
    assert (oldest.at, oldest.before, oldest.after, oldest.what) == (now, None, added.after, "added")


# Manual payments ------------------------------------------------------------------------------------------------------


@pytest.fixture
def project(database: Database, acme: Company, now: datetime) -> int:
    with database.begin() as c:
        return projects.add(c, acme.id, "Kitchen", now)


def _type(c: Connection, company: Company, project: int, now: datetime, amount: str = "18000.00") -> int:
    return manual.add(c, company.id, project, date=DAY, amount=Decimal(amount), method="Check", memo="m", now=now)


def _synced(c: Connection, company: Company, project: int, now: datetime) -> None:
    projects.link(c, company.id, project, list_id=KITCHEN, include_jobs=False, client_payments=True, now=now)


def test_putting_away_moves_typed_payments_into_the_archive(
    database: Database, acme: Company, project: int, now: datetime
) -> None:
    with database.begin() as c:
        typed = _type(c, acme, project, now)
        manual.put_away(c, acme.id, [project], now)
        assert manual.listing(c, acme.id, project) == []
        assert [(one.id, one.archived_at) for one in manual.archive(c, acme.id, project)] == [(typed, now)]


def test_the_archive_comes_back_whole(database: Database, acme: Company, project: int, now: datetime) -> None:
    with database.begin() as c:
        _type(c, acme, project, now)
        before = manual.listing(c, acme.id, project)
        manual.put_away(c, acme.id, [project], now)
        manual.bring_back(c, acme.id, project, now)
        assert manual.listing(c, acme.id, project) == before


def test_a_second_putting_away_keeps_the_first_date(
    database: Database, acme: Company, project: int, now: datetime
) -> None:
    with database.begin() as c:
        _type(c, acme, project, now)
        manual.put_away(c, acme.id, [project], now)
        manual.put_away(c, acme.id, [project], now + timedelta(days=1))
        assert manual.archive(c, acme.id, project)[0].archived_at == now


def test_a_deleted_typed_payment_keeps_its_row(database: Database, acme: Company, project: int, now: datetime) -> None:
    with database.begin() as c:
        typed = _type(c, acme, project, now)
        manual.delete(c, acme.id, project, typed, now)
        assert manual.listing(c, acme.id, project) == []
        assert c.execute(select(manual_payments.c.deleted_at)).scalar_one() == now


def test_a_deleted_typed_payment_never_comes_back_from_the_archive(
    database: Database, acme: Company, project: int, now: datetime
) -> None:
    with database.begin() as c:
        manual.delete(c, acme.id, project, _type(c, acme, project, now), now)
        manual.put_away(c, acme.id, [project], now)
        manual.bring_back(c, acme.id, project, now)
        assert manual.tally(c, acme.id, project) == Tally(0, Decimal("0.00"))


def test_the_tally_says_how_much_a_first_sync_replaces(
    database: Database, acme: Company, project: int, now: datetime
) -> None:
    with database.begin() as c:
        for amount in ("4500.50", "13500.00"):
            _type(c, acme, project, now, amount)
        assert manual.tally(c, acme.id, project) == Tally(2, Decimal("18000.50"))


def test_a_changed_typed_payment_shows_its_new_values(
    database: Database, acme: Company, project: int, now: datetime
) -> None:
    with database.begin() as c:
        typed = _type(c, acme, project, now)
        manual.change(c, acme.id, project, typed, date=DAY, amount=Decimal("1.25"), memo="new", now=now)
        found = manual.get(c, acme.id, project, typed)
    assert (found.amount, found.memo, found.method) == (Decimal("1.25"), "new", "")


@pytest.mark.parametrize("what", ["add", "change", "delete"])
def test_typed_payments_are_refused_while_client_payments_is_on(
    database: Database, acme: Company, project: int, now: datetime, what: str
) -> None:
    values: dict[str, Any] = {"date": DAY, "amount": Decimal(1), "now": now}
    with database.begin() as c:
        typed = _type(c, acme, project, now)
        before = manual.listing(c, acme.id, project)
        _synced(c, acme, project, now)
        with pytest.raises(PaymentsAreSynced):
            {
                "add": lambda: manual.add(c, acme.id, project, **values),
                "change": lambda: manual.change(c, acme.id, project, typed, **values),
                "delete": lambda: manual.delete(c, acme.id, project, typed, now),
            }[what]()
        assert manual.listing(c, acme.id, project) == before


def test_a_typed_payment_of_another_project_is_not_found(
    database: Database, acme: Company, project: int, now: datetime
) -> None:
    with database.begin() as c:
        other = projects.add(c, acme.id, "Garage", now)
        typed = _type(c, acme, other, now)
        with pytest.raises(NotFound):
            manual.delete(c, acme.id, project, typed, now)
