"""The lines of a payment summary, their running total, and the figures above them."""

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbwc_bridge.records import (
    Application,
    BookedPayment,
    CustomerJob,
    ManualPayment,
    Part,
    Payment,
    Project,
    State,
    Summary,
)
from qbwc_bridge.summary import summarise

SMITH, KITCHEN, ISLAND, GARAGE = "smith", "kitchen", "island", "garage"
CUSTOMERS = {
    SMITH: CustomerJob(SMITH, "Smith", "Smith"),
    KITCHEN: CustomerJob(KITCHEN, "Kitchen", "Smith:Kitchen", SMITH, currency="CAD"),
    ISLAND: CustomerJob(ISLAND, "Island", "Smith:Kitchen:Island", KITCHEN),
    GARAGE: CustomerJob(GARAGE, "Garage", "Smith:Garage", SMITH),
}
THEN = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
PROJECT = Project(1, 1, "Smith kitchen", client_payments=True, list_id=KITCHEN, synced_at=THEN)
TYPED = [ManualPayment(7, date(2026, 1, 5), Decimal("18000.00")), ManualPayment(8, date(2026, 1, 4), Decimal("0.50"))]


def paid(txn_id: str, amount: str, of: str = KITCHEN, day: int = 1, **more: Any) -> BookedPayment:
    """A payment that is all its payer's own."""
    total = Decimal(amount)
    return BookedPayment(Payment(txn_id, of, "old name", date(2026, 3, day), total, **more), (Part(of, total),))


def shared(*parts: tuple[str, str], of: str = SMITH, unused: str = "0.00") -> BookedPayment:
    """A payment over the invoices of several jobs."""
    shares = []
    for number, (list_id, amount) in enumerate(parts):
        bill = Application(f"B{number}", "Invoice", Decimal(amount), str(70 + number))
        shares.append(Part(list_id, bill.amount, bill))
    if Decimal(unused):
        shares.append(Part(of, Decimal(unused)))
    total = sum((share.amount for share in shares), Decimal(0))
    applied = tuple(share.application for share in shares if share.application)
    payment = Payment("1", of, "Smith", date(2026, 3, 1), total, Decimal(unused), applications=applied)
    return BookedPayment(payment, tuple(shares))


def void(booked: BookedPayment) -> BookedPayment:
    return BookedPayment(booked.payment._replace(total=Decimal("0.00"), voided=True), ())


def of(
    *payments: BookedPayment, project: Project = PROJECT, manual: Any = (), on_parent: Decimal = Decimal("0.00")
) -> Summary:
    return summarise("Acme", project, State.CURRENT, CUSTOMERS, payments, manual, on_parent)


def test_the_running_total_goes_by_date_oldest_first() -> None:
    summary = of(paid("1", "0.10", day=3), paid("2", "0.20", day=1), paid("3", "-0.05", day=2))
    assert [str(line.running_total) for line in summary.lines] == ["0.20", "0.15", "0.25"]


def test_paid_to_date_is_the_last_running_total() -> None:
    assert of(paid("1", "12000.00"), paid("2", "400.00")).paid_to_date == Decimal("12400.00")


def test_payments_of_one_day_keep_one_order() -> None:
    one, other = paid("1", "1.00"), paid("2", "2.00")
    assert of(one, other) == of(other, one)


def test_no_payment_is_nothing_paid() -> None:
    summary = of()
    assert (summary.lines, str(summary.paid_to_date), summary.count) == ((), "0.00", 0)


def test_a_voided_payment_is_listed_and_counts_nothing() -> None:
    summary = of(paid("1", "100.00"), void(paid("2", "50.00", day=2)))
    assert [(line.status, str(line.amount)) for line in summary.lines] == [("posted", "100.00"), ("voided", "0.00")]
    assert (summary.paid_to_date, summary.count) == (Decimal("100.00"), 1)


def test_only_the_part_of_the_project_counts_beside_the_whole() -> None:
    (line,) = of(shared((KITCHEN, "600.00"), (GARAGE, "400.00"))).lines
    assert (line.amount, line.total_amount) == (Decimal("600.00"), Decimal("1000.00"))


def test_only_the_projects_own_invoices_are_named() -> None:
    (line,) = of(shared((KITCHEN, "600.00"), (GARAGE, "400.00"))).lines
    assert [(one.ref_number, one.amount) for one in line.applied_to] == [("70", Decimal("600.00"))]


def test_what_is_applied_to_something_else_than_an_invoice_is_money_but_not_named() -> None:
    entry = Application("J1", "JournalEntry", Decimal("30.00"))
    booked = BookedPayment(paid("1", "30.00").payment, (Part(KITCHEN, entry.amount, entry),))
    (line,) = of(booked).lines
    assert (line.amount, line.applied_to) == (Decimal("30.00"), ())


def test_an_own_payment_spent_on_another_job_is_listed_with_nothing() -> None:
    (line,) = of(shared((GARAGE, "400.00"), of=KITCHEN)).lines
    assert (str(line.amount), line.status) == ("0.00", "posted")


def test_a_payment_that_does_not_concern_the_project_is_passed_over() -> None:
    assert of(paid("1", "100.00", of=GARAGE), paid("2", "100.00", of=SMITH)).lines == ()


def test_unused_money_of_the_projects_own_payments_is_unapplied() -> None:
    summary = of(paid("1", "250.10", unused=Decimal("250.10")), paid("2", "5.00", unused=Decimal("1.00")))
    assert summary.unapplied == Decimal("251.10")


def test_unused_money_on_the_parent_is_a_hint_and_never_counted() -> None:
    summary = of(shared((KITCHEN, "600.00"), unused="500.00"), on_parent=Decimal("500.00"))
    assert (summary.paid_to_date, summary.unapplied) == (Decimal("600.00"), Decimal("0.00"))
    assert (summary.on_parent, summary.parent_name) == (Decimal("500.00"), "Smith")


def test_a_customer_has_no_parent_to_hint_at() -> None:
    summary = of(paid("1", "1.00", of=SMITH, unused=Decimal("1.00")), project=replace(PROJECT, list_id=SMITH))
    assert (summary.on_parent, summary.parent_name, summary.unapplied) == (0, "", 1)


@pytest.mark.parametrize(("include_jobs", "total"), [(False, "100.00"), (True, "130.00")])
def test_payments_of_jobs_below_count_when_they_are_included(include_jobs: bool, total: str) -> None:
    project = replace(PROJECT, include_jobs=include_jobs)
    summary = of(paid("1", "100.00"), paid("2", "30.00", of=ISLAND), paid("3", "7.00", of=GARAGE), project=project)
    assert summary.paid_to_date == Decimal(total)


def test_a_payment_over_two_included_jobs_is_one_line_with_both_parts() -> None:
    summary = of(
        shared((KITCHEN, "600.00"), (ISLAND, "30.00"), (GARAGE, "1.00")), project=replace(PROJECT, include_jobs=True)
    )
    assert [(line.amount, len(line.applied_to)) for line in summary.lines] == [(Decimal("630.00"), 2)]
    assert summary.count == 1


def test_a_payer_has_todays_name() -> None:
    assert of(paid("1", "1.00")).lines[0].received_from == "Smith:Kitchen"


def test_more_paid_than_the_contract_price_is_shown_in_full() -> None:
    summary = of(paid("1", "1500.00"), project=replace(PROJECT, contract_price=Decimal("1000.00")))
    assert (summary.paid_to_date, summary.contract_price) == (Decimal("1500.00"), Decimal("1000.00"))


def test_no_contract_price_is_not_zero() -> None:
    assert of(paid("1", "1.00")).contract_price is None


def test_the_currency_is_the_customers() -> None:
    assert of().currency == "CAD"


MODES = [
    (replace(PROJECT, client_payments=False), {"manual"}),
    (replace(PROJECT, synced_at=None), {"manual"}),
    (PROJECT, {"quickbooks"}),
]


@pytest.mark.parametrize(("project", "sources"), MODES, ids=["off", "before the first answer", "synced"])
def test_typed_and_quickbooks_payments_are_never_mixed(project: Project, sources: set[str]) -> None:
    summary = of(paid("1", "100.00"), project=project, manual=TYPED)
    assert {line.source for line in summary.lines} == sources


def test_typed_payments_are_listed_in_date_order() -> None:
    summary = of(project=replace(PROJECT, client_payments=False), manual=TYPED)
    assert [(line.manual_id, str(line.running_total)) for line in summary.lines] == [(8, "0.50"), (7, "18000.50")]


def test_before_the_first_answer_nothing_is_said_of_the_parent() -> None:
    assert of(project=replace(PROJECT, synced_at=None), on_parent=Decimal("1.00")).on_parent == 0


CENTS = st.integers(-(10**11), 10**11).map(lambda cents: Decimal(cents).scaleb(-2))
PARTS = st.lists(st.tuples(st.sampled_from([SMITH, KITCHEN, ISLAND, GARAGE]), CENTS), max_size=4)


@given(booked=st.lists(PARTS, max_size=6))
def test_the_parts_of_all_customers_add_up_to_what_was_received(booked: list[list[tuple[str, Decimal]]]) -> None:
    payments = []
    for number, parts in enumerate(booked):
        total = sum((amount for _, amount in parts), Decimal("0.00"))
        payment = Payment(str(number), SMITH, "Smith", date(2026, 3, 1), total)
        payments.append(BookedPayment(payment, tuple(Part(list_id, amount) for list_id, amount in parts)))
    shown = [of(*payments, project=replace(PROJECT, list_id=list_id)).paid_to_date for list_id in CUSTOMERS]
    assert sum(shown, Decimal(0)) == sum((one.payment.total for one in payments), Decimal(0))
