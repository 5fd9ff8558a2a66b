"""The sample company file: its size, its variety, and that it is the same wherever it is made."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal

import pytest

from qbwc_bridge.simulator import SAMPLE_PROJECTS, paid_by, payments_of, sample_books, unapplied
from qbwc_bridge.simulator.ledger import CardRefund, CreditMemo, Invoice, Payment, RefundCheck

TODAY = date(2026, 11, 23)


@pytest.fixture(scope="module")
def books():
    return sample_books(TODAY)


def projects():
    return pytest.mark.parametrize("project", SAMPLE_PROJECTS, ids=lambda project: project.name)


def test_its_size(books):
    customers = [entry for entry in books.customers.values() if not entry.parent]
    assert 11 <= len(customers) <= 14
    assert 28 <= len(books.customers) - len(customers) <= 32
    assert 380 <= len(books.of(Payment)) <= 430


def test_it_spans_three_years_and_ends_yesterday(books):
    dates = [payment.txn_date for payment in books.of(Payment)]
    assert TODAY - timedelta(days=1096) < min(dates) < TODAY - timedelta(days=1000)
    assert TODAY - timedelta(days=10) < max(dates) < TODAY
    assert max(txn.modified for txn in books.txns.values()) < books.now
    assert books.now.date() == TODAY


def test_another_process_makes_the_same_file(books):
    code = (
        "from datetime import date; from qbwc_bridge.simulator import sample_books;"
        "print(*(f'{t.txn_id}={t.amount}' for t in sample_books(date(2026, 11, 23)).txns.values()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [f"{txn.txn_id}={txn.amount}" for txn in books.txns.values()]


@pytest.mark.parametrize("today", [date(2024, 2, 29), date(2026, 1, 1), date(2027, 3, 15)])
def test_any_day_will_do(today):
    books = sample_books(today)
    assert paid_by(books, books.customer("Smith:Kitchen").list_id) == Decimal("182400.00")


def _spread(books, payment):
    return {books.txns[link.txn_id].customer for link in payment.applications}


KINDS = {
    "void": lambda b, p: p.voided,
    "split over invoices": lambda b, p: len(p.applications) > 1 and len(_spread(b, p)) == 1,
    "parent over jobs": lambda b, p: len(_spread(b, p)) > 1 and p.customer not in _spread(b, p),
    "unapplied on a job": lambda b, p: p.unused > 0 and b.customers[p.customer].parent,
    "unapplied on a parent": lambda b, p: p.unused > 0 and not b.customers[p.customer].parent,
    "discount": lambda b, p: any(link.discount for link in p.applications),
    "nothing but money": lambda b, p: not (p.method or p.ref_number or p.memo),
    "refunded": lambda b, p: any(b.txns[link.txn_id].kind == "Check" for link in p.applications),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_payment_is_there(books, kind):
    assert any(KINDS[kind](books, payment) for payment in books.of(Payment))


def test_the_rest_is_there(books):
    names = {books.full_name(key) for key in books.customers}
    assert all(any(mark in name for name in names) for mark in "&'éü")
    assert max(name.count(":") for name in names) == 2
    assert sum(not entry.active for entry in books.customers.values()) == 1
    assert books.of(CreditMemo)
    assert books.of(CardRefund)
    assert books.of(RefundCheck)
    assert any(invoice.voided for invoice in books.of(Invoice))
    assert Counter(line.kind for line in books.deletions) == {"ReceivePayment": 3, "Customer": 1}
    assert len({payment.method for payment in books.of(Payment)}) > 4


@projects()
def test_projects_agree_with_an_independent_sum(books, project):
    """Invoice by invoice what was paid on it, plus what the payers of the project have not spent on invoices."""
    list_id = books.customer(project.customer).list_id
    scope = books.subtree(list_id) if project.include_jobs else [list_id]
    on_invoices = sum(
        link.amount
        for invoice in books.of(Invoice)
        if invoice.customer in scope
        for payer, link in books.links_to(invoice.txn_id)
        if isinstance(payer, Payment)
    )
    not_on_invoices = sum(
        payment.amount
        - sum(link.amount for link in payment.applications if isinstance(books.txns[link.txn_id], Invoice))
        for payment in books.of(Payment)
        if payment.customer in scope
    )
    assert paid_by(books, list_id, project.include_jobs) == on_invoices + not_on_invoices > 0


@projects()
def test_projects_show_something(books, project):
    assert len(payments_of(books, books.customer(project.customer).list_id, project.include_jobs)) >= 3


def test_the_projects_are_of_many_sorts(books):
    paid = {p.name: paid_by(books, books.customer(p.customer).list_id, p.include_jobs) for p in SAMPLE_PROJECTS}
    over = [p.name for p in SAMPLE_PROJECTS if p.contract_price and paid[p.name] > p.contract_price]
    assert over == ["Riverside oven room"]
    assert sum(p.include_jobs for p in SAMPLE_PROJECTS) == 1
    assert sum(p.contract_price is None for p in SAMPLE_PROJECTS) == 1
    fit_out = books.customer("O'Brien & Sons:Office Fit-Out").list_id
    assert any(row.amount != row.total_amount for row in payments_of(books, fit_out))


def test_smith_kitchen_is_the_example(books):
    rows = payments_of(books, books.customer("Smith:Kitchen").list_id)
    assert Counter(row.status for row in rows) == {"posted": 9, "voided": 1}
    assert unapplied(books, books.customer("Smith:Kitchen").list_id) == 0
