"""What has been paid, computed from a company file alone: the answer a payment summary is compared with.

In: :class:`~.books.Books` and a ListID. Out: the payments that count for it, by the attribution rule of the contract:
the part applied to an invoice belongs to that invoice's customer:job, the rest to the payment's own CustomerRef. It
shares no code with the product, which must come to the same figures by asking.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from .ledger import ZERO, Invoice, Ledger, Payment


@dataclass(frozen=True)
class TruePayment:
    """``amount`` counts for the customer:job asked for, ``total_amount`` is the whole transaction."""

    txn_id: str
    date: date
    amount: Decimal
    total_amount: Decimal
    status: str


def paid_by(books: Ledger, list_id: str, include_jobs: bool = False) -> Decimal:
    """What has been paid for a customer:job, and for its jobs when included."""
    return sum((payment.amount for payment in payments_of(books, list_id, include_jobs)), ZERO)


def payments_of(books: Ledger, list_id: str, include_jobs: bool = False) -> list[TruePayment]:
    """Oldest first; of one day, in the order they were entered."""
    scope = _scope(books, list_id, include_jobs)
    rows = [(payment, _parts(books, payment)) for payment in books.of(Payment)]
    listed = [(payment, parts) for payment, parts in rows if payment.customer in scope or any(map(parts.get, scope))]
    listed.sort(key=lambda row: (row[0].txn_date, row[0].txn_number))
    return [_true(payment, sum((parts.get(key, ZERO) for key in scope), ZERO)) for payment, parts in listed]


def unapplied(books: Ledger, list_id: str, include_jobs: bool = False) -> Decimal:
    """The unused money of payments received from the customer:job itself (and its jobs, when included)."""
    scope = _scope(books, list_id, include_jobs)
    return sum((payment.unused for payment in books.of(Payment) if payment.customer in scope), ZERO)


def _scope(books: Ledger, list_id: str, include_jobs: bool) -> list[str]:
    return books.subtree(list_id) if include_jobs else [list_id]


def _parts(books: Ledger, payment: Payment) -> dict[str, Decimal]:
    """How one payment divides between customers:jobs; the parts add up to its total."""
    parts = {payment.customer: payment.amount}
    for link in payment.applications:
        target = books.txns[link.txn_id]
        if isinstance(target, Invoice):
            parts[payment.customer] -= link.amount
            parts[target.customer] = parts.get(target.customer, ZERO) + link.amount
    return parts


def _true(payment: Payment, amount: Decimal) -> TruePayment:
    status = "voided" if payment.voided else "posted"
    return TruePayment(payment.txn_id, payment.txn_date, amount, payment.amount, status)
