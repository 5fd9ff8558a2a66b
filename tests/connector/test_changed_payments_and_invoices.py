"""Whatever happens to a payment, or to an invoice that it pays, arrives with the next sync, in a round or two, and is counted
once."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from connector.followed import (
    GARAGE,
    KITCHEN,
    LONG_AGO,
    OF_PAYMENTS,
    ROOF,
    SMITHS,
    assert_good,
    first_bill,
    first_payment,
    followed,
    later,
    named,
    office_of_four_jobs,
    pay,
    sync,
)
from office import Office

office = office_of_four_jobs


# Payments -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", OF_PAYMENTS, ids=named)
def test_a_change_of_a_payment_arrives_in_one_round(office: Office, change: Callable[[Office], None]) -> None:
    followed(office, *SMITHS)
    change(office)
    run = sync(office)
    assert (run.result, run.rounds) == ("ok", 1)
    assert_good(office)


def test_a_payment_moved_from_an_unlinked_job_brings_its_old_bill_along_in_a_second_round(office: Office) -> None:
    followed(office, *SMITHS)
    bill = first_bill(office, KITCHEN)
    paid = {bill: office.books.balance(bill)}
    office.books.move_payment(first_payment(office, ROOF), office.list_id(KITCHEN), paid)
    run = sync(office)
    assert run.result == "ok"
    assert run.rounds <= 2
    assert_good(office)


@pytest.mark.parametrize("there", [GARAGE, ROOF, "Smith", "Whitfield"])
def test_a_payment_that_went_away_and_came_back_is_counted_once(office: Office, there: str) -> None:
    (kitchen, _) = followed(office, *SMITHS)
    before = office.summary(kitchen).paid_to_date
    txn_id = first_payment(office, KITCHEN)
    for home in (there, KITCHEN):
        office.books.move_payment(txn_id, office.list_id(home))
        assert sync(office).result == "ok"
        assert_good(office)
    assert office.summary(kitchen).paid_to_date == before


def test_what_is_repeated_by_the_overlap_changes_nothing(office: Office) -> None:
    followed(office, *SMITHS)
    pay(office, KITCHEN)
    assert sync(office).added == 1
    run = sync(office)
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
    paid = pay(office, KITCHEN, "800.00", payer="Smith")
    office.books.now += LONG_AGO
    followed(office, *SMITHS)
    return paid.applications[0].txn_id


@pytest.mark.parametrize("change", OF_INVOICES, ids=named)
def test_a_changed_invoice_brings_its_payments_again(office: Office, change: ChangeBill) -> None:
    bill = _paid_by_the_parent(office)
    change(office, bill)
    run = sync(office)
    assert (run.result, run.rounds) == ("ok", 2)
    assert_good(office)
    assert office.summary(office.projects()[0]).on_parent == Decimal("800.00")


@pytest.mark.parametrize("calls", range(2, 5))
@pytest.mark.parametrize("change", OF_INVOICES, ids=named)
def test_a_changed_invoice_is_not_forgotten_when_the_connector_dies(
    office: Office, change: ChangeBill, calls: int
) -> None:
    bill = _paid_by_the_parent(office)
    change(office, bill)
    office.sync_now()
    dying = office.calls()
    for _ in range(calls):
        next(dying)
    later(office, minutes=15)
    office.poll()
    sync(office)
    assert_good(office)
    assert office.summary(office.projects()[0]).on_parent == Decimal("800.00")


def test_an_invoice_that_the_first_pull_of_another_job_asks_for_is_a_changed_one_all_the_same(office: Office) -> None:
    """Paid by the kitchen and by Smith; it moves to the roof, and both let go of it. The first pull of the garage asks for
    what Smith is known to have paid, before the changes of the day are read."""
    bill = office.books.add_invoice(office.list_id(KITCHEN), Decimal("900.00")).txn_id
    for payer, amount in ((KITCHEN, "500.00"), ("Smith", "400.00")):
        office.books.receive_payment(office.list_id(payer), Decimal(amount), {bill: Decimal(amount)})
    followed(office, KITCHEN)
    later(office, days=4)
    pay(office, "Whitfield")
    sync(office)
    office.books.move_invoice(bill, office.list_id(ROOF))
    office.link(GARAGE)
    office.poll()
    sync(office)
    assert_good(office)


def test_money_on_the_parent_that_pays_nothing_is_a_hint_and_not_counted(office: Office) -> None:
    (kitchen,) = followed(office, KITCHEN)
    before = office.summary(kitchen).paid_to_date
    office.books.receive_payment(office.list_id("Smith"), Decimal("640.00"))
    assert sync(office).result == "ok"
    summary = office.summary(kitchen)
    assert (summary.paid_to_date, summary.on_parent, summary.parent_name) == (before, Decimal("640.00"), "Smith")
