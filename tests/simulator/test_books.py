"""The company file keeps QuickBooks' rules, and the truth is computed by the contract's attribution."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qbwc_bridge.simulator import Books, BooksRefused, paid_by, payments_of, unapplied
from qbwc_bridge.simulator.ledger import Invoice, Payment

D = Decimal


@pytest.fixture
def books() -> Books:
    """Smith with the jobs Kitchen and Deck, Tran, and an invoice of 1000.00 on each job."""
    books = Books()
    smith = books.add_customer("Smith").list_id
    for job in ("Kitchen", "Deck"):
        books.add_customer(job, smith)
        books.add_invoice(f"Smith:{job}", D(1000), ref_number=job)
    books.add_customer("Tran")
    books.now += timedelta(days=1)
    return books


def key(books: Books, full_name: str) -> str:
    return books.customer(full_name).list_id


def bill(books: Books, job: str) -> str:
    return next(invoice.txn_id for invoice in books.of(Invoice) if invoice.ref_number == job)


def pay(books: Books, payer: str, amount: int, **applied: int) -> Payment:
    return books.receive_payment(payer, D(amount), {bill(books, job): D(part) for job, part in applied.items()})


def paid(books: Books, full_name: str, include_jobs: bool = False) -> Decimal:
    return paid_by(books, key(books, full_name), include_jobs)


def test_ids_look_like_quickbooks(books):
    payment = pay(books, "Smith", 10)
    number, epoch = payment.txn_id.split("-")
    assert int(number, 16) > 0x4E00
    assert int(epoch) == int(books.now.timestamp())
    assert key(books, "smith:KITCHEN").startswith("8000000")


def test_a_payment_of_the_parent_divides_between_jobs(books):
    payment = pay(books, "Smith", 1500, Kitchen=600, Deck=700)
    assert [paid(books, name) for name in ("Smith", "Smith:Kitchen", "Smith:Deck")] == [200, 600, 700]
    assert paid(books, "Smith", include_jobs=True) == 1500
    (row,) = payments_of(books, key(books, "Smith:Deck"))
    assert (row.txn_id, row.amount, row.total_amount, row.status) == (payment.txn_id, 700, 1500, "posted")
    assert unapplied(books, key(books, "Smith")) == 200
    assert unapplied(books, key(books, "Smith:Deck")) == 0


def test_own_payments_are_listed_even_when_they_count_nothing(books):
    pay(books, "Smith", 500, Kitchen=500)
    assert [row.amount for row in payments_of(books, key(books, "Smith"))] == [0]


def test_void_keeps_the_txn_id_and_nothing_else(books):
    payment = pay(books, "Smith:Kitchen", 1000, Kitchen=1000)
    created, sequence = payment.created, payment.edit_sequence
    books.now += timedelta(hours=1)
    books.edit_payment(payment.txn_id, memo="twice")
    books.void_payment(payment.txn_id)
    assert (payment.amount, payment.memo, payment.applications) == (0, "VOID: twice", ())
    assert payment.created == created < payment.modified
    assert payment.edit_sequence > sequence
    assert books.balance(bill(books, "Kitchen")) == 1000
    assert [row.status for row in payments_of(books, key(books, "Smith:Kitchen"))] == ["voided"]
    assert not books.deletions


def test_delete_leaves_a_line_in_the_log(books):
    payment = books.receive_payment("Tran", D(5), ref_number="77")
    books.delete_payment(payment.txn_id)
    (line,) = books.deletions
    assert (line.kind, line.key, line.label) == ("ReceivePayment", payment.txn_id, "77")
    assert payments_of(books, key(books, "Tran")) == []


def test_move_lets_go_of_the_invoices(books):
    payment = pay(books, "Smith:Kitchen", 300, Kitchen=300)
    books.move_payment(payment.txn_id, "Tran")
    assert (paid(books, "Smith:Kitchen"), paid(books, "Tran"), payment.unused) == (0, 300, 300)
    books.move_payment(payment.txn_id, "Smith", {bill(books, "Deck"): D(100)})
    assert (paid(books, "Smith"), paid(books, "Smith:Deck")) == (200, 100)


def test_reapply_moves_the_time_and_the_money(books):
    payment = pay(books, "Smith", 300, Kitchen=300)
    books.now += timedelta(days=1)
    books.reapply(payment.txn_id, {bill(books, "Deck"): D(250)})
    assert (paid(books, "Smith:Kitchen"), paid(books, "Smith:Deck"), paid(books, "Smith")) == (0, 250, 50)
    assert payment.modified == books.now


@pytest.mark.parametrize("edit", ["void_invoice", "delete_invoice", "move_invoice"])
def test_an_edit_of_the_invoice_frees_the_money_without_touching_the_payment(books, edit):
    payment = pay(books, "Smith", 300, Kitchen=300)
    before = payment.modified, payment.edit_sequence
    books.now += timedelta(days=1)
    arguments = ("Tran",) if edit == "move_invoice" else ()
    getattr(books, edit)(bill(books, "Kitchen"), *arguments)
    assert (payment.unused, paid(books, "Smith"), paid(books, "Smith:Kitchen")) == (300, 300, 0)
    assert (payment.modified, payment.edit_sequence) == before


def test_discounts_and_credits_are_not_money(books):
    kitchen = bill(books, "Kitchen")
    books.add_credit_memo("Smith:Kitchen", D(100), {kitchen: D(100)})
    books.receive_payment("Smith:Kitchen", D(880), {kitchen: D(880)}, discounts={kitchen: D(20)})
    assert (books.balance(kitchen), paid(books, "Smith:Kitchen")) == (0, 880)


def test_a_refund_uses_up_money_that_still_counts(books):
    payment = pay(books, "Smith:Kitchen", 1200, Kitchen=1000)
    books.refund_by_check(payment.txn_id, D(200))
    assert (payment.unused, paid(books, "Smith:Kitchen"), unapplied(books, key(books, "Smith:Kitchen"))) == (0, 1200, 0)


def test_a_merge_repoints_without_moving_times(books):
    payment = pay(books, "Smith:Kitchen", 300, Kitchen=300)
    loser, before = key(books, "Smith:Kitchen"), payment.modified
    books.now += timedelta(days=1)
    books.merge_customer(loser, key(books, "Smith:Deck"))
    assert (paid(books, "Smith:Deck"), payment.modified) == (300, before)
    assert [line.key for line in books.deletions] == [loser]


def test_names_follow_rename_and_reparent(books):
    list_id = key(books, "Tran")
    books.rename_customer(list_id, "Tran & Co")
    books.reparent(list_id, key(books, "Smith"))
    assert books.full_name(list_id) == "Smith:Tran & Co"
    assert list_id in books.subtree(key(books, "Smith"))


def test_restore_brings_back_and_forgets(books):
    backup = books.backup()
    payment = pay(books, "Tran", 10)
    books.restore(backup)
    assert payment.txn_id not in books.txns
    assert books.restored_at == books.now
    assert pay(books, "Tran", 10).txn_id == payment.txn_id


@pytest.mark.parametrize(
    "edit",
    [
        lambda b: pay(b, "Smith", 500, Kitchen=600),
        lambda b: pay(b, "Smith", 5000, Kitchen=1001),
        lambda b: pay(b, "Smith:Deck", 500, Kitchen=500),
        lambda b: pay(b, "Tran", 500, Kitchen=500),
        lambda b: pay(b, "Tran", -1),
        lambda b: b.receive_payment("Nobody", D(1)),
        lambda b: b.receive_payment("Tran", D("0.001")),
        lambda b: b.edit_payment(pay(b, "Smith", 500, Kitchen=500).txn_id, amount=D(499)),
        lambda b: b.void_payment(bill(b, "Kitchen")),
        lambda b: b.refund_by_check(pay(b, "Smith", 500, Kitchen=500).txn_id, D(1)),
        lambda b: b.add_customer("kitchen", key(b, "Smith")),
        lambda b: b.add_customer("a:b"),
        lambda b: b.delete_customer(key(b, "Smith")),
        lambda b: b.delete_customer(key(b, "Smith:Deck")),
        lambda b: b.merge_customer(key(b, "Smith"), key(b, "Tran")),
        lambda b: b.merge_customer(key(b, "Smith:Deck"), key(b, "Tran")),
        lambda b: b.reparent(key(b, "Smith"), key(b, "Smith:Deck")),
        lambda b: (pay(b, "Smith", 5, Deck=5), b.reparent(key(b, "Smith:Deck"), key(b, "Tran"))),
    ],
)
def test_refusals(books, edit):
    with pytest.raises(BooksRefused):
        edit(books)


def test_five_levels_at_most(books):
    parent = ""
    for level in range(5):
        parent = books.add_customer(f"L{level}", parent).list_id
    with pytest.raises(BooksRefused):
        books.add_customer("L5", parent)
    with pytest.raises(BooksRefused):
        books.reparent(key(books, "L0:L1"), books.add_customer("M", books.add_customer("N").list_id).list_id)


def test_rows_are_oldest_first(books):
    books.receive_payment("Tran", D(1), txn_date=date(2026, 5, 1))
    books.receive_payment("Tran", D(2), txn_date=date(2026, 4, 1))
    assert [row.amount for row in payments_of(books, key(books, "Tran"))] == [2, 1]


EDITS = st.tuples(
    st.sampled_from(["pay", "void", "delete", "move", "reapply", "bill", "void bill", "move bill", "reparent"]),
    st.integers(0, 9),
    st.integers(0, 9),
    st.integers(1, 900),
)


def edit_at_random(books: Books, what: str, one: int, other: int, amount: int) -> None:
    who = list(books.customers)[one % len(books.customers)]
    bills = [invoice.txn_id for invoice in books.of(Invoice)]
    due = {bills[other % len(bills)]: D(amount)} if bills else {}
    if what == "pay":
        books.receive_payment(who, D(amount + one), due)
    elif what == "bill":
        books.add_invoice(who, D(amount))
    elif what == "reparent":
        books.reparent(who, list(books.customers)[other % len(books.customers)])
    elif what.endswith("bill") and bills:
        books.void_invoice(bills[one % len(bills)]) if what == "void bill" else books.move_invoice(bills[-1], who)
    elif payments := books.of(Payment):
        txn_id = payments[other % len(payments)].txn_id
        {
            "void": lambda: books.void_payment(txn_id),
            "delete": lambda: books.delete_payment(txn_id),
            "move": lambda: books.move_payment(txn_id, who, due),
            "reapply": lambda: books.reapply(txn_id, due),
        }.get(what, lambda: None)()


@settings(max_examples=40, deadline=None)
@given(st.lists(EDITS, max_size=25))
def test_whatever_happens_the_books_balance(edits):
    books = Books()
    smith = books.add_customer("Smith").list_id
    for name, parent in (("Kitchen", smith), ("Deck", smith), ("Tran", "")):
        books.add_invoice(books.add_customer(name, parent).list_id, D(1000))
    for edit in edits:
        books.now += timedelta(minutes=1)
        with suppress(BooksRefused):
            edit_at_random(books, *edit)
    received = sum(payment.amount for payment in books.of(Payment))
    assert sum(paid_by(books, list_id) for list_id in books.customers) == received
    tops = [entry.list_id for entry in books.customers.values() if not entry.parent]
    assert sum(paid_by(books, list_id, include_jobs=True) for list_id in tops) == received
    assert all(books.balance(invoice.txn_id) >= 0 for invoice in books.of(Invoice))
    assert all(payment.unused >= 0 for payment in books.of(Payment))
