"""The edits of a company file: what a bookkeeper does to customers:jobs, invoices, payments, credits and refunds.

In: edits, each at the wall clock somebody set (:attr:`Books.now`). Out: the records of :mod:`.ledger`, with QuickBooks'
rules kept: what is applied never exceeds an invoice's balance or the payment, a payer pays only invoices of its own
tree, a void keeps the TxnID, a deletion leaves one line in a log. It will never know qbXML, the Web Connector, or what
the product makes of the answers.

``TimeModified`` moves when a record is saved, never when something linked to it changes (reference 6.1, 6.6): voiding
an invoice returns its money to the payments without touching their times.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TypeVar

from .ledger import (
    LEVELS,
    ZERO,
    Application,
    BooksRefused,
    CardRefund,
    CreditMemo,
    Customer,
    Deletion,
    Invoice,
    Ledger,
    Payment,
    RefundCheck,
    Txn,
)

Amounts = Mapping[str, Decimal]
AnyTxn = TypeVar("AnyTxn", bound=Txn)


class Books(Ledger):
    """One company file. Set :attr:`now` (an aware wall clock of the QuickBooks computer) before an edit."""

    # The customer list ------------------------------------------------------------------------------------------

    def add_customer(self, name: str, parent: str = "", *, active: bool = True, currency: str = "") -> Customer:
        self.check_name(name, parent)
        customer = Customer(*self.fresh(), self.next_list_id(), name, parent, active, currency)
        self.customers[customer.list_id] = customer
        return customer

    def rename_customer(self, list_id: str, name: str) -> Customer:
        customer = self.customer(list_id)
        self.check_name(name, customer.parent, besides=customer.list_id)
        customer.name = name
        return self.save(customer)

    def reparent(self, list_id: str, parent: str) -> Customer:
        """Refused when a payer outside the moved branch has paid its invoices: payers stay within their own tree."""
        customer = self.customer(list_id)
        branch = self.subtree(customer.list_id)
        if parent in branch:
            raise BooksRefused("a customer cannot be its own job")
        if any(txn.customer not in branch and self.pays_into(txn, branch) for txn in self.txns.values()):
            raise BooksRefused("payments of the parent are applied to this job's invoices")
        if self.depth(parent) + max(map(self.depth, branch)) - self.depth(customer.parent) > LEVELS:
            raise BooksRefused(f"the customer list has {LEVELS} levels")
        self.check_name(customer.name, parent, besides=customer.list_id)
        customer.parent = parent
        return self.save(customer)

    def set_active(self, list_id: str, active: bool) -> Customer:
        customer = self.customer(list_id)
        customer.active = active
        return self.save(customer)

    def delete_customer(self, list_id: str) -> None:
        if any(txn.customer == list_id for txn in self.txns.values()) or self.subtree(list_id) != [list_id]:
            raise BooksRefused("it has transactions or jobs; QuickBooks only lets it be made inactive")
        self._forget_customer(list_id)

    def merge_customer(self, list_id: str, survivor: str) -> None:
        """Transactions pass to the survivor without their times moving; the losing ListID is gone for good."""
        loser, winner = self.customer(list_id), self.customer(survivor)
        if loser is winner or loser.parent != winner.parent or self.subtree(list_id) != [list_id]:
            raise BooksRefused("only two entries of the same level, the losing one without jobs, can be merged")
        for txn in self.txns.values():
            if txn.customer == list_id:
                txn.customer = survivor
        self._forget_customer(list_id)
        self.save(winner)

    def _forget_customer(self, list_id: str) -> None:
        label = self.full_name(list_id)
        created = self.customers.pop(list_id).created
        self.deletions.append(Deletion("Customer", list_id, created, self.instant(), label))

    # Invoices ---------------------------------------------------------------------------------------------------

    def add_invoice(
        self, customer: str, amount: Decimal, *, txn_date: date | None = None, ref_number: str = "", memo: str = ""
    ) -> Invoice:
        invoice = Invoice(*self.entered(customer, amount, txn_date), ref_number, memo)
        return self._record(invoice)

    def void_invoice(self, txn_id: str) -> Invoice:
        return self._void(self.find(Invoice, txn_id))

    def delete_invoice(self, txn_id: str) -> None:
        self._delete(self.find(Invoice, txn_id))

    def move_invoice(self, txn_id: str, customer: str) -> Invoice:
        """To another customer:job; its payments let go of it and keep the money unused."""
        invoice = self.find(Invoice, txn_id)
        invoice.customer = self.customer(customer).list_id
        self.let_go(txn_id)
        return self.save(invoice)

    # Payments ---------------------------------------------------------------------------------------------------

    def receive_payment(
        self,
        customer: str,
        amount: Decimal,
        applied: Amounts | None = None,
        *,
        discounts: Amounts | None = None,
        txn_date: date | None = None,
        method: str = "",
        ref_number: str = "",
        memo: str = "",
    ) -> Payment:
        """``applied`` and ``discounts`` say how much of which invoice (TxnID) is paid or forgiven."""
        links = self.checked(self.customer(customer).list_id, amount, applied or {}, discounts or {})
        payment = Payment(*self.entered(customer, amount, txn_date), ref_number, memo, method)
        return self.link(self._record(payment), links)

    def edit_payment(
        self,
        txn_id: str,
        *,
        amount: Decimal | None = None,
        txn_date: date | None = None,
        method: str | None = None,
        ref_number: str | None = None,
        memo: str | None = None,
    ) -> Payment:
        """None leaves a field as it is. The amount cannot go below what is applied."""
        payment = self.find(Payment, txn_id)
        if amount is not None:
            self.check_amount(amount - payment.amount + payment.unused)
        changes = {"amount": amount, "txn_date": txn_date, "method": method, "ref_number": ref_number, "memo": memo}
        for name, value in changes.items():
            if value is not None:
                setattr(payment, name, value)
        return self.save(payment)

    def reapply(self, txn_id: str, applied: Amounts, discounts: Amounts | None = None) -> Payment:
        """Replaces what a payment pays; refunds taken from it stay."""
        payment = self.find(Payment, txn_id)
        kept = tuple(link for link in payment.applications if self.txns[link.txn_id].kind != "Invoice")
        left = payment.amount - sum((link.amount for link in kept), ZERO)
        links = self.checked(payment.customer, left, applied, discounts or {}, besides=txn_id)
        return self.save(self.link(payment, kept + links))

    def move_payment(self, txn_id: str, customer: str, applied: Amounts | None = None) -> Payment:
        """To another customer:job; it lets go of all it paid, then pays ``applied``."""
        payment = self.find(Payment, txn_id)
        target = self.customer(customer).list_id
        links = self.checked(target, payment.amount, applied or {}, {}, besides=txn_id)
        payment.customer = target
        return self.save(self.link(payment, links))

    def void_payment(self, txn_id: str) -> Payment:
        return self._void(self.find(Payment, txn_id))

    def delete_payment(self, txn_id: str) -> None:
        self._delete(self.find(Payment, txn_id))

    # What is not money received ---------------------------------------------------------------------------------

    def add_credit_memo(
        self,
        customer: str,
        amount: Decimal,
        applied: Amounts | None = None,
        *,
        txn_date: date | None = None,
        ref_number: str = "",
        memo: str = "",
    ) -> CreditMemo:
        """A credit given; ``applied`` sets it against invoices."""
        links = self.checked(self.customer(customer).list_id, amount, applied or {}, {})
        credit = CreditMemo(*self.entered(customer, amount, txn_date), ref_number, memo)
        return self.link(self._record(credit), links)

    def refund_by_card(self, source: str, amount: Decimal, *, method: str = "Visa", memo: str = "") -> CardRefund:
        """Returns unused money of a payment or credit memo (TxnID ``source``) to a card."""
        credit = self._refundable(source, amount)
        refund = self._record(CardRefund(*self.entered(credit.customer, amount, None), "", memo, method))
        self.link(credit, (*credit.applications, Application(refund.txn_id, amount)))
        return refund

    def refund_by_check(self, source: str, amount: Decimal, *, ref_number: str = "", memo: str = "") -> RefundCheck:
        """The same by check: QuickBooks records a Check whose expense line is Accounts Receivable."""
        credit = self._refundable(source, amount)
        refund = self._record(RefundCheck(*self.entered(credit.customer, amount, None), ref_number, memo))
        self.link(credit, (*credit.applications, Application(refund.txn_id, amount)))
        return refund

    def _refundable(self, source: str, amount: Decimal) -> Txn:
        credit = self.txns.get(source)
        if not isinstance(credit, Payment | CreditMemo) or amount > credit.unused:
            raise BooksRefused(f"{source!r} has no unused {amount}")
        return credit

    # The file itself --------------------------------------------------------------------------------------------

    def register(self, owner_id: str, file_id: str) -> None:
        """What the Web Connector writes when a .qwc is added: its FileID, under its OwnerID."""
        self.file_ids[owner_id.upper()] = file_id

    def backup(self) -> Books:
        return copy.deepcopy(self)

    def restore(self, backup: Books) -> None:
        """Back to a copy made earlier: later entries vanish without a deletion, numbers are given out again."""
        now = self.now
        vars(self).update(vars(copy.deepcopy(backup)))
        self.now = self.restored_at = now

    def condense(self, before: date | None = None) -> None:
        """Marks the file as condensed. Older transactions that are settled among themselves go, without a line in the log."""
        self.condensed_at = self.now
        if before is None:
            return
        for group in self._linked_groups():
            if all(txn.txn_date < before and self._is_settled(txn) for txn in group):
                for txn in group:
                    self.link(txn, ())
                for txn in group:
                    del self.txns[txn.txn_id]

    def _linked_groups(self) -> list[list[Txn]]:
        """All transactions, those that pay or are paid by each other together."""
        group_of = {key: {key} for key in self.txns}
        for txn in self.txns.values():
            for link in txn.applications:
                ours, theirs = group_of[txn.txn_id], group_of[link.txn_id]
                if ours is not theirs:
                    ours |= theirs
                    group_of.update(dict.fromkeys(theirs, ours))
        return [[self.txns[key] for key in group] for group in {id(one): one for one in group_of.values()}.values()]

    def _is_settled(self, txn: Txn) -> bool:
        open_amount = self.balance(txn.txn_id) if isinstance(txn, Invoice) else txn.unused
        return open_amount == 0 or isinstance(txn, CardRefund | RefundCheck)

    # Every kind of transaction ----------------------------------------------------------------------------------

    def _record(self, txn: AnyTxn) -> AnyTxn:
        self.txns[txn.txn_id] = txn
        return txn

    def _void(self, txn: AnyTxn) -> AnyTxn:
        """The same TxnID with nothing in it, and nothing paid by it or to it."""
        self.link(txn, ())
        self.let_go(txn.txn_id)
        txn.amount = ZERO
        if not txn.memo.upper().startswith("VOID:"):
            txn.memo = f"VOID: {txn.memo}".rstrip()
        return self.save(txn)

    def _delete(self, txn: Txn) -> None:
        self.link(txn, ())
        self.let_go(txn.txn_id)
        del self.txns[txn.txn_id]
        self.deletions.append(Deletion(txn.kind, txn.txn_id, txn.created, self.instant(), txn.ref_number))
