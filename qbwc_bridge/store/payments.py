"""Payments of QuickBooks with their parts, and the invoices they pay.

A removed payment keeps its row with a date and a reason (a tombstone); ``present`` below means not removed. Removed and voided
payments have no parts.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from operator import itemgetter
from types import MappingProxyType
from typing import Any

from sqlalchemy import Column, Select, delete, func, select, union, update

from qbwc_bridge.records import ZERO, Application, BookedPayment, Change, Invoice, Part, Payment, Tally
from qbwc_bridge.store import history
from qbwc_bridge.store.database import Connection
from qbwc_bridge.store.models import invoices, parts, payments
from qbwc_bridge.store.rows import add, batches, upsert

NAMES = tuple(name for name in Payment._fields if name != "applications")
"""In the order of the record, whose last field is not a column."""
PAYMENT_COLUMNS = tuple(payments.c[name] for name in NAMES)
WIDTH = len(NAMES)
PART_COLUMNS = (
    parts.c.list_id,
    parts.c.amount,
    parts.c.applied_txn_id,
    parts.c.applied_txn_type,
    parts.c.applied_ref_number,
)


def of_jobs(c: Connection, company_id: int, list_ids: Collection[str]) -> list[BookedPayment]:
    """Present payments received from these customer:jobs or with a part for one of them, in no order, each with the parts that
    are theirs and nothing else it pays. Plain statements, since a join takes the database twice as long: ``c`` must see one
    moment or hold the lock of the company, so that payments and parts agree."""
    shares = _shares(c, company_id, list_ids)
    found = [Payment(*row) for row in _rows(c, _present(company_id), payments.c.list_id, list_ids)]
    others = shares.keys() - {one.txn_id for one in found}
    found += [Payment(*row) for row in _rows(c, _present(company_id), payments.c.txn_id, others)]
    return [BookedPayment(one, shares.get(one.txn_id, ())) for one in found]


def received_from(c: Connection, company_id: int, list_ids: Collection[str]) -> list[BookedPayment]:
    """Present payments whose CustomerRef is one of these."""
    return _booked(c, company_id, payments.c.list_id, list_ids)


def payers(c: Connection, company_id: int) -> dict[str, set[str]]:
    """For each customer:job the other ListIDs from which present payments with a part for it were received."""
    same = (parts.c.company_id == payments.c.company_id) & (parts.c.txn_id == payments.c.txn_id)
    pairs = select(parts.c.list_id, payments.c.list_id.label("payer")).distinct().join(payments, same)
    others = pairs.where(parts.c.company_id == company_id, parts.c.list_id != payments.c.list_id)
    found: dict[str, set[str]] = {}
    for row in c.execute(others.where(payments.c.removed_at.is_(None))):
        found.setdefault(row.list_id, set()).add(row.payer)
    return found


def with_ids(c: Connection, company_id: int, txn_ids: Iterable[str]) -> list[BookedPayment]:
    """Present payments with these TxnIDs."""
    return _booked(c, company_id, payments.c.txn_id, txn_ids)


def known(c: Connection, company_id: int, txn_ids: Iterable[str]) -> dict[str, Payment]:
    """Payments as they were seen last, without what they pay, also those that are removed: for naming them."""
    mine = select(*PAYMENT_COLUMNS).where(payments.c.company_id == company_id)
    return {row[0]: Payment(*row) for row in _rows(c, mine, payments.c.txn_id, txn_ids)}


def applied_to(c: Connection, company_id: int, invoice_ids: Collection[str]) -> list[BookedPayment]:
    """Present payments that pay one of these invoices."""
    paying = select(parts.c.txn_id).distinct().where(parts.c.company_id == company_id)
    return with_ids(c, company_id, {row[0] for row in _rows(c, paying, parts.c.applied_txn_id, invoice_ids)})


def unused(c: Connection, company_id: int, list_ids: Collection[str]) -> Decimal:
    """What payments received from these customer:jobs brought that is not applied to anything."""
    total = select(func.sum(payments.c.unused).label("total")).where(payments.c.company_id == company_id)
    posted = total.where(payments.c.removed_at.is_(None), payments.c.voided.is_(False))
    sums = [c.execute(posted.where(payments.c.list_id.in_(some))).scalar_one() for some in batches(list_ids)]
    return sum(filter(None, sums), ZERO)


def tally(c: Connection, company_id: int, list_ids: Collection[str]) -> Tally:
    """Count and total of the present payments received from these customer:jobs, counted by the database itself."""
    counted = select(func.count().label("n"), func.sum(payments.c.total).label("total"))
    mine = counted.where(payments.c.company_id == company_id, payments.c.removed_at.is_(None))
    rows = [c.execute(mine.where(payments.c.list_id.in_(some))).one() for some in batches(list_ids)]
    return Tally(sum(row.n for row in rows), sum((row.total or ZERO for row in rows), ZERO))


def sums(c: Connection, company_id: int) -> dict[str, Decimal]:
    """What posted payments brought each customer:job, without those below it: the sum of its parts, which only present
    payments that are not voided have."""
    total = func.sum(parts.c.amount).label("total")
    summed = select(parts.c.list_id, total).where(parts.c.company_id == company_id)
    return {row.list_id: row.total for row in c.execute(summed.group_by(parts.c.list_id)).all()}


def posted(c: Connection, company_id: int) -> dict[str, set[str]]:
    """The TxnIDs of the posted payments that concern each customer:job: received from it, or with a part that is its."""
    mine = (payments.c.company_id == company_id, payments.c.removed_at.is_(None), payments.c.voided.is_(False))
    same = (parts.c.company_id == payments.c.company_id) & (parts.c.txn_id == payments.c.txn_id)
    own = select(payments.c.list_id, payments.c.txn_id).where(*mine)
    shared = select(parts.c.list_id, parts.c.txn_id).join(payments, same).where(*mine)
    found: dict[str, set[str]] = {}
    for list_id, txn_id in c.execute(union(own, shared)).all():
        found.setdefault(list_id, set()).add(txn_id)
    return found


def apply(
    c: Connection,
    company_id: int,
    *,
    written: Sequence[BookedPayment] = (),
    removed: Sequence[str] = (),
    changes: Sequence[Change] = (),
    because: str,
    now: datetime,
    conversation_id: int | None = None,
) -> None:
    """Carry a plan out: write payments with their parts, leave tombstones, remember the changes and the sync that brought
    them."""
    _write(c, company_id, written)
    _remove(c, company_id, removed, because, now)
    history.remember(c, company_id, changes, because=because, now=now, conversation_id=conversation_id)


def invoice_owners(
    c: Connection, company_id: int, txn_ids: Iterable[str], seen_in: int | None = None
) -> dict[str, str]:
    """ListID of the customer:job of each known invoice, or only of those a certain conversation brought; "" for one that
    QuickBooks does not have any more."""
    mine = select(invoices.c.txn_id, invoices.c.list_id).where(invoices.c.company_id == company_id)
    if seen_in is not None:
        mine = mine.where(invoices.c.seen_in == seen_in)
    return dict(_rows(c, mine, invoices.c.txn_id, txn_ids))


def billed(c: Connection, company_id: int, list_ids: Iterable[str]) -> set[str]:
    """Those of these customer:jobs that a known invoice belongs to."""
    owners = select(invoices.c.list_id).distinct().where(invoices.c.company_id == company_id)
    return {row[0] for row in _rows(c, owners, invoices.c.list_id, list_ids)}


def invoice_editions(c: Connection, company_id: int, txn_ids: Iterable[str]) -> dict[str, str]:
    """The EditSequence of each known invoice; it changes with every saved edit."""
    mine = select(invoices.c.txn_id, invoices.c.edit_sequence).where(invoices.c.company_id == company_id)
    return dict(_rows(c, mine, invoices.c.txn_id, txn_ids))


def receive_invoices(
    c: Connection,
    company_id: int,
    received: Iterable[Invoice],
    conversation_id: int,
    applied: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Store whose these invoices are. ``applied`` are the editions known before: a newer one counts as such until
    ``apply_editions``, so that a changed invoice is not forgotten when a conversation dies."""
    rows = [
        {
            "company_id": company_id, "txn_id": one.txn_id, "list_id": one.list_id, "ref_number": one.ref_number,
            "edit_sequence": applied.get(one.txn_id, one.edit_sequence), "newest_edition": one.edit_sequence,
            "seen_in": conversation_id,
        }
        for one in received
    ]  # fmt: skip
    upsert(c, invoices, rows)


def apply_editions(c: Connection, company_id: int, txn_ids: Iterable[str]) -> None:
    """What followed from the changes of these invoices is stored now."""
    mine = update(invoices).where(invoices.c.company_id == company_id)
    for some in batches(txn_ids):
        c.execute(mine.where(invoices.c.txn_id.in_(some)).values(edit_sequence=invoices.c.newest_edition))


def _present(company_id: int) -> Select[Any]:
    return select(*PAYMENT_COLUMNS).where(payments.c.company_id == company_id, payments.c.removed_at.is_(None))


def _shares(c: Connection, company_id: int, list_ids: Collection[str]) -> dict[str, tuple[Part, ...]]:
    """The parts of these customer:jobs by payment, in the order they have there."""
    mine = select(parts.c.txn_id, *PART_COLUMNS).where(parts.c.company_id == company_id).order_by(parts.c.position)
    found: dict[str, tuple[Part, ...]] = {}
    for txn_id, *part in _rows(c, mine, parts.c.list_id, list_ids):
        found[txn_id] = (*found.get(txn_id, ()), _part(*part))
    return found


def _rows(c: Connection, query: Select[Any], column: Column[str], keys: Iterable[str]) -> Iterator[Any]:
    """Those with one of the keys, some hundreds at a time: one by one takes half as long again, and all at once much memory."""
    for some in batches(keys):
        for rows in c.execute(query.where(column.in_(some))).partitions(500):
            yield from rows


def _write(c: Connection, company_id: int, booked: Sequence[BookedPayment]) -> None:
    upsert(c, payments, [_payment_row(company_id, one.payment) for one in booked])
    _forget_parts(c, company_id, [one.payment.txn_id for one in booked])
    counted = [one for one in booked if not one.payment.voided]
    rows = [_part_row(company_id, one.payment.txn_id, n, part) for one in counted for n, part in enumerate(one.parts)]
    add(c, parts, rows)


def _remove(c: Connection, company_id: int, txn_ids: Sequence[str], because: str, now: datetime) -> None:
    mine = update(payments).where(payments.c.company_id == company_id)
    for some in batches(txn_ids):
        c.execute(mine.where(payments.c.txn_id.in_(some)).values(removed_at=now, removed_because=because))
    _forget_parts(c, company_id, txn_ids)


def _forget_parts(c: Connection, company_id: int, txn_ids: Iterable[str]) -> None:
    for some in batches(txn_ids):
        c.execute(delete(parts).where(parts.c.company_id == company_id, parts.c.txn_id.in_(some)))


def _booked(c: Connection, company_id: int, column: Column[str], keys: Iterable[str]) -> list[BookedPayment]:
    """With their parts, in one statement: thousands of rows by position, since by name they take three times as long."""
    same = (parts.c.company_id == payments.c.company_id) & (parts.c.txn_id == payments.c.txn_id)
    wanted = _present(company_id).add_columns(*PART_COLUMNS).outerjoin(parts, same)
    rows = _rows(c, wanted.order_by(payments.c.txn_id, parts.c.position), column, keys)
    return [_record(list(own)) for _, own in groupby(rows, itemgetter(0))]


def _record(rows: Sequence[Any]) -> BookedPayment:
    """A payment from its rows, one for each part, or one without."""
    shares = tuple([_part(*row[WIDTH:]) for row in rows if row[WIDTH] is not None])
    paid = tuple([part.application for part in shares if part.application])
    values: Any = (*rows[0][:WIDTH], paid)
    return BookedPayment(Payment(*values), shares)


def _part(list_id: str, amount: Decimal, paid: str, txn_type: str, ref_number: str) -> Part:
    return Part(list_id, amount, Application(paid, txn_type, amount, ref_number) if paid else None)


def _payment_row(company_id: int, payment: Payment) -> dict[str, Any]:
    values = dict(zip(NAMES, payment, strict=False))  # all but the applications, which come last
    return {"company_id": company_id, **values, "removed_at": None, "removed_because": ""}


def _part_row(company_id: int, txn_id: str, position: int, part: Part) -> dict[str, Any]:
    paid = part.application
    return {
        "company_id": company_id,
        "txn_id": txn_id,
        "position": position,
        "list_id": part.list_id,
        "amount": part.amount,
        "applied_txn_id": paid.txn_id if paid else "",
        "applied_txn_type": paid.txn_type if paid else "",
        "applied_ref_number": paid.ref_number if paid else "",
    }
