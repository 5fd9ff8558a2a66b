"""How what is stored differs from what has arrived, as actions and lines of history.

``store`` carries the plan out in one transaction; nothing is decided there.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal

from qbwc_bridge.records import ZERO, BookedPayment, Change, Payment, Tally
from qbwc_bridge.sync.attribution import book


@dataclass(frozen=True, slots=True)
class Plan:
    """What to write, what to remove, and what to remember. ``written`` may hold rows without a visible change."""

    written: tuple[BookedPayment, ...] = ()
    removed: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()
    added_count: int = 0
    changed_count: int = 0


def plan(
    stored: Mapping[str, BookedPayment],
    incoming: Mapping[str, Payment],
    owners: Mapping[str, str],
    swept: Collection[str] = (),
    deleted: Collection[str] = (),
) -> Plan:
    """Compare by TxnID.

    ``stored`` are present payments: those with an incoming TxnID and those received from a ``swept`` customer:job.
    ``swept`` are the ListIDs whose payments have arrived completely: a stored payment of theirs that did not arrive is gone.
    ``deleted`` are TxnIDs of the deletion log; a deletion wins over a row of the same TxnID that arrived with it.
    """
    booked = {txn_id: book(payment, owners) for txn_id, payment in incoming.items() if txn_id not in deleted}
    fresh = [one for txn_id, one in booked.items() if stored.get(txn_id) != one]
    missing = [one for txn_id, one in stored.items() if txn_id not in booked]
    gone = [one for one in missing if one.payment.list_id in swept or one.payment.txn_id in deleted]
    visible = [change for one in fresh for change in _changes(stored.get(one.payment.txn_id), one)]
    changed = {change.txn_id for change in visible if change.txn_id in stored}
    return Plan(
        written=tuple(fresh),
        removed=tuple(one.payment.txn_id for one in gone),
        changes=(*visible, *(change for one in gone for change in _changes(one, None))),
        added_count=sum(one.payment.txn_id not in stored for one in fresh),
        changed_count=len(changed),
    )


def rebooked(stored: Iterable[BookedPayment], owners: Mapping[str, str]) -> Plan:
    """Stored payments whose invoices turned out to belong to another customer:job."""
    known = {one.payment.txn_id: one for one in stored}
    return plan(known, {txn_id: one.payment for txn_id, one in known.items()}, owners)


def tally(payments: Iterable[Payment], list_ids: Collection[str]) -> Tally:
    """Count and total of the payments received from these customer:jobs."""
    totals = [payment.total for payment in payments if payment.list_id in list_ids]
    return Tally(len(totals), sum(totals, ZERO))


def _changes(before: BookedPayment | None, after: BookedPayment | None) -> Iterator[Change]:
    """One line for each customer:job that sees a difference."""
    old, new = _amounts(before), _amounts(after)
    details = _details(before.payment, after.payment) if before and after else {}
    what = _what(before, after)
    one = after or before
    for list_id in sorted({**old, **new}):
        amounts = old.get(list_id), new.get(list_id)
        if one and (amounts[0] != amounts[1] or details):
            yield Change(one.payment.txn_id, list_id, what, *amounts, details)


def _what(before: BookedPayment | None, after: BookedPayment | None) -> str:
    if before is None:
        return "added"
    if after is None:
        return "removed"
    return "voided" if after.payment.voided and not before.payment.voided else "changed"


def _amounts(booked: BookedPayment | None) -> dict[str, Decimal]:
    if booked is None:
        return {}
    amounts = {booked.payment.list_id: ZERO}
    for part in booked.parts:
        amounts[part.list_id] = amounts.get(part.list_id, ZERO) + part.amount
    return amounts


def _details(before: Payment, after: Payment) -> dict[str, tuple[str, str]]:
    """What else a person would call a change: customer, date, method, reference, memo, total."""
    names = ("list_id", "date", "method", "ref_number", "memo", "total")
    pairs = {name: (str(getattr(before, name)), str(getattr(after, name))) for name in names}
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
