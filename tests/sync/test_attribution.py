"""Which customer:job a payment belongs to, rule by rule (contract: "Which project a payment belongs to")."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbwc_bridge.records import Application, Part, Payment
from qbwc_bridge.sync.attribution import applied_invoices, book

SMITH, KITCHEN, GARAGE = "smith", "kitchen", "garage"
OWNERS = {"K1": KITCHEN, "K2": KITCHEN, "G1": GARAGE, "deleted": ""}


def paid(txn_id: str, amount: str, txn_type: str = "Invoice") -> Application:
    return Application(txn_id, txn_type, Decimal(amount))


def payment(total: str, *applied: Application, of: str = SMITH, voided: bool = False) -> Payment:
    return Payment("1", of, "Smith", date(2026, 3, 3), Decimal(total), applications=applied, voided=voided)


K1, G1 = paid("K1", "600.00"), paid("G1", "400.00")
RULES = {
    "the part applied to an invoice belongs to that invoice's job": (payment("600.00", K1), [(KITCHEN, "600.00", K1)]),
    "a payment over two jobs is split": (
        payment("1000.00", K1, G1),
        [(KITCHEN, "600.00", K1), (GARAGE, "400.00", G1)],
    ),
    "two invoices of one job stay two parts": (
        payment("650.00", K1, paid("K2", "50.00")),
        [(KITCHEN, "600.00", K1), (KITCHEN, "50.00", paid("K2", "50.00"))],
    ),
    "what is unapplied belongs to the payer": (payment("250.10"), [(SMITH, "250.10", None)]),
    "the rest beside an invoice belongs to the payer": (
        payment("700.00", K1),
        [(KITCHEN, "600.00", K1), (SMITH, "100.00", None)],
    ),
    "what is applied to something else belongs to the payer": (
        payment("30.00", paid("K1", "30.00", "JournalEntry")),
        [(SMITH, "30.00", paid("K1", "30.00", "JournalEntry"))],
    ),
    "the part of an invoice that is gone belongs to the payer": (
        payment("30.00", paid("deleted", "30.00")),
        [(SMITH, "30.00", paid("deleted", "30.00"))],
    ),
    "the part of an invoice nobody knows belongs to the payer": (
        payment("30.00", paid("X", "30.00")),
        [(SMITH, "30.00", paid("X", "30.00"))],
    ),
    "a job's payment of its parent's other job leaves it": (
        payment("400.00", G1, of=KITCHEN),
        [(GARAGE, "400.00", G1)],
    ),
    "more applied than received is taken off the payer": (
        payment("590.00", K1),
        [(KITCHEN, "600.00", K1), (SMITH, "-10.00", None)],
    ),
    "a voided payment belongs to nobody": (payment("0.00", voided=True), []),
}


@pytest.mark.parametrize("rule", RULES)
def test_a_payment_belongs_where_the_contract_says(rule: str) -> None:
    given_payment, parts = RULES[rule]
    wanted = tuple(Part(list_id, Decimal(amount), applied) for list_id, amount, applied in parts)
    assert book(given_payment, OWNERS).parts == wanted


CENTS = st.integers(-(10**12), 10**12).map(lambda cents: Decimal(cents).scaleb(-2))
APPLIED = st.builds(
    Application, st.sampled_from([*OWNERS, "unknown"]), st.sampled_from(["Invoice", "JournalEntry", "Charge"]), CENTS
)


@given(total=CENTS, applied=st.lists(APPLIED, max_size=8), payer=st.sampled_from([SMITH, KITCHEN]))
def test_the_parts_add_up_to_the_total(total: Decimal, applied: list[Application], payer: str) -> None:
    booked = book(payment(str(total), *applied, of=payer), OWNERS)
    assert sum((part.amount for part in booked.parts), Decimal("0.00")) == total


@given(total=CENTS, applied=st.lists(APPLIED, max_size=8))
def test_every_application_stays_a_part(total: Decimal, applied: list[Application]) -> None:
    booked = book(payment(str(total), *applied), OWNERS)
    assert [part.application for part in booked.parts if part.application] == applied


def test_only_invoices_are_asked_about() -> None:
    payments = [payment("1.00", K1, paid("J1", "1.00", "JournalEntry")), payment("1.00", G1, K1)]
    assert applied_invoices(payments) == {"K1", "G1"}
