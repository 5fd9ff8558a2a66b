"""Whose money a payment is.

The part applied to an invoice belongs to that invoice's customer:job. The rest, unapplied or applied to something that is
not an invoice, belongs to the payment's own CustomerRef. The parts always add up to the payment's total.
"""

from collections.abc import Iterable, Mapping

from qbwc_bridge.records import INVOICE, ZERO, Application, BookedPayment, Part, Payment


def book(payment: Payment, owners: Mapping[str, str]) -> BookedPayment:
    """The payment with its parts. ``owners`` maps an invoice's TxnID to its customer:job's ListID; "" or no entry means
    that QuickBooks does not have the invoice any more, and its part stays with the payment's CustomerRef."""
    if payment.voided:
        return BookedPayment(payment, ())
    shares = [_share(payment, applied, owners) for applied in payment.applications]
    rest = payment.total - sum((share.amount for share in shares), ZERO)
    if rest:
        shares.append(Part(payment.list_id, rest))
    return BookedPayment(payment, tuple(shares))


def applied_invoices(payments: Iterable[Payment]) -> set[str]:
    """The TxnIDs of all invoices these payments pay."""
    return {applied.txn_id for payment in payments for applied in payment.applications if applied.txn_type == INVOICE}


def _share(payment: Payment, applied: Application, owners: Mapping[str, str]) -> Part:
    owner = owners.get(applied.txn_id, "") if applied.txn_type == INVOICE else ""
    return Part(owner or payment.list_id, applied.amount, applied)
