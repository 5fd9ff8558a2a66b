"""What the bookkeeper does in QuickBooks."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

from connector.histories.setting import AMOUNTS, INDEX, Setting
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from qbwc_bridge.simulator.ledger import Invoice, Payment

NAMES = st.sampled_from(["Kitchen", "Bath & Spa", "Dach"])


class Bookkeeper(Setting):
    """Customers and jobs, invoices, payments, refunds, and the company file itself."""

    # Invoices and payments ----------------------------------------------------------------------------------------

    @rule(customer=INDEX, amount=AMOUNTS)
    def bill(self, customer: int, amount: Decimal) -> None:
        self._later()
        self.books.add_invoice(self._customer(customer), amount)

    @rule(customer=INDEX, amount=AMOUNTS, first=INDEX, count=st.integers(0, 3))
    def pay(self, customer: int, amount: Decimal, first: int, count: int) -> None:
        self._later()
        payer = self._customer(customer)
        due: dict[str, Decimal] = {}
        for invoice in self.books.of(Invoice)[-(first % 5) - count :][:count]:
            left = min(self.books.balance(invoice.txn_id), amount - sum(due.values()))
            if left > 0 and invoice.customer in self.books.subtree(payer):
                due[invoice.txn_id] = left
        self._try(self.books.receive_payment, payer, amount, due)

    @rule(payment=INDEX)
    def void(self, payment: int) -> None:
        self._try(self.books.void_payment, self._payment(payment))

    @rule(payment=INDEX)
    def delete(self, payment: int) -> None:
        self._try(self.books.delete_payment, self._payment(payment))

    @rule(payment=INDEX, customer=INDEX)
    def move(self, payment: int, customer: int) -> None:
        self._try(self.books.move_payment, self._payment(payment), self._customer(customer), {})

    @rule(payment=INDEX, amount=AMOUNTS)
    def edit(self, payment: int, amount: Decimal) -> None:
        self._try(self.books.edit_payment, self._payment(payment), amount=amount, memo="edited & changed \u00e9")

    @rule(payment=INDEX, invoice=INDEX, amount=AMOUNTS)
    def reapply(self, payment: int, invoice: int, amount: Decimal) -> None:
        self._try(self.books.reapply, self._payment(payment), {self._invoice(invoice): amount})

    @rule(payment=INDEX, how=st.sampled_from(["refund_by_card", "refund_by_check"]))
    def refund(self, payment: int, how: str) -> None:
        self._try(getattr(self.books, how), self._payment(payment), Decimal("0.05"))
        self.refunded = True

    @rule(invoice=INDEX, customer=INDEX)
    def move_invoice(self, invoice: int, customer: int) -> None:
        self._try(self.books.move_invoice, self._invoice(invoice), self._customer(customer))

    @rule(invoice=INDEX, how=st.sampled_from(["void_invoice", "delete_invoice"]))
    def undo_invoice(self, invoice: int, how: str) -> None:
        self._try(getattr(self.books, how), self._invoice(invoice))

    # Customers and jobs -------------------------------------------------------------------------------------------

    @rule(name=NAMES, parent=st.none() | INDEX)
    def add_customer(self, name: str, parent: int | None) -> None:
        self._try(self.books.add_customer, name, "" if parent is None else self._customer(parent))

    @rule(customer=INDEX, name=NAMES)
    def rename(self, customer: int, name: str) -> None:
        self._try(self.books.rename_customer, self._customer(customer), name)

    @rule(customer=INDEX, parent=INDEX)
    def reparent(self, customer: int, parent: int) -> None:
        self._try(self.books.reparent, self._customer(customer), self._customer(parent))

    @rule(customer=INDEX, active=st.booleans())
    def set_active(self, customer: int, active: bool) -> None:
        self._try(self.books.set_active, self._customer(customer), active)

    @rule(pair=INDEX)
    def merge(self, pair: int) -> None:
        """One entry of the list into another of its level; QuickBooks keeps no time of what that moved."""
        childless = [one for one in self.books.customers.values() if self.books.subtree(one.list_id) == [one.list_id]]
        pairs = [(one.list_id, survivor) for one in childless for survivor in self._siblings(one)]
        if pairs:
            self._try(self.books.merge_customer, *pairs[pair % len(pairs)])

    @precondition(lambda self: len(self.books.customers) > 3)
    @rule(customer=INDEX, emptied=st.booleans())
    def delete_customer(self, customer: int, emptied: bool) -> None:
        """QuickBooks allows it when nothing is left under the name."""
        list_id = self._customer(customer)
        if emptied and self.books.subtree(list_id) == [list_id]:
            self._delete_all(self.books.of(Payment), self.books.delete_payment, list_id)
            self._delete_all(self.books.of(Invoice), self.books.delete_invoice, list_id)
        self._try(self.books.delete_customer, list_id)

    def _delete_all(self, found: list[Any], delete: Any, list_id: str) -> None:
        for one in [one for one in found if one.customer == list_id]:
            self._try(delete, one.txn_id)

    # The company file ---------------------------------------------------------------------------------------------

    @rule()
    def make_a_backup(self) -> None:
        self.backup = self.books.backup()

    @precondition(lambda self: self.backup is not None)
    @rule()
    def restore_the_backup(self) -> None:
        self._later()
        path = self.books.path
        self.books.restore(self.backup)
        self.books.path = path
        self.restored = True

    @rule(older_than_days=st.integers(0, 3))
    def condense(self, older_than_days: int) -> None:
        """Old transactions that are settled among themselves go without a line in the log."""
        self._later()
        self.books.condense(self.books.now.date() - timedelta(days=older_than_days))
