"""The messages on their way: one row for each notice and address, from the moment it is decided until it is sent or given up.

In: a notice and where it goes, later what came of a try. Out: the rows that are due. A restart changes nothing, and of two
processes that want to send the same row only one may: whoever takes it has it until a moment in the near future, and only
then counts as lost.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select, update

from qbwc_bridge.records import Channel, Delivery, Notice
from qbwc_bridge.store.database import Connection
from qbwc_bridge.store.models import deliveries


def add(
    c: Connection,
    company_id: int,
    kind: Notice,
    channel: Channel,
    target: str,
    document: str,
    *,
    now: datetime,
) -> None:
    """To be sent as soon as somebody looks."""
    _insert(c, company_id, kind, channel, target, document, made_at=now, next_at=now)


def record(
    c: Connection,
    company_id: int,
    kind: Notice,
    channel: Channel,
    target: str,
    document: str,
    error: str,
    now: datetime,
) -> None:
    """Sent, or tried, already; it will not be tried again. ``error`` is "" when it was sent."""
    outcome = {"error": error} if error else {"sent_at": now}
    _insert(c, company_id, kind, channel, target, document, made_at=now, attempts=1, **outcome)


def due(c: Connection, now: datetime, limit: int) -> list[Delivery]:
    """What is to be sent now, of all companies, longest waiting first."""
    waiting = select(deliveries).where(deliveries.c.next_at <= now).order_by(deliveries.c.next_at, deliveries.c.id)
    return [_record(row) for row in c.execute(waiting.limit(limit))]


def claim(c: Connection, company_id: int, delivery: Delivery, now: datetime, until: datetime) -> bool:
    """Take one that is due; it counts as one more try. False when somebody else has it."""
    free = (deliveries.c.attempts == delivery.attempts, deliveries.c.next_at <= now)
    return _set(c, company_id, delivery.id, *free, attempts=delivery.attempts + 1, next_at=until) == 1


def sent(c: Connection, company_id: int, delivery_id: int, now: datetime) -> None:
    """It was taken by the other side."""
    _set(c, company_id, delivery_id, sent_at=now, next_at=None, error="")


def failed(
    c: Connection, company_id: int, delivery_id: int, attempt: int, error: str, next_at: datetime | None
) -> None:
    """This try did not succeed; the next is at ``next_at``, or there is none. Nothing when another try runs already, or
    nobody wants it sent any more."""
    mine = (deliveries.c.attempts == attempt, deliveries.c.next_at.is_not(None))
    _set(c, company_id, delivery_id, *mine, error=error, next_at=next_at)


def withdraw(
    c: Connection, company_id: int, because: str, *, kinds: Collection[Notice] = (), but: Collection[str] | None = None
) -> None:
    """Send no more of these kinds, or to no other addresses than ``but``: what still waits is given up."""
    waiting = [deliveries.c.company_id == company_id, deliveries.c.next_at.is_not(None)]
    waiting += [deliveries.c.kind.in_(kinds)] if kinds else []
    waiting += [deliveries.c.target.not_in(but)] if but is not None else []
    c.execute(update(deliveries).where(*waiting).values(next_at=None, error=because))


def lately(c: Connection, company_id: int, limit: int = 20) -> list[Delivery]:
    """The last ones of a company, newest first."""
    mine = select(deliveries).where(deliveries.c.company_id == company_id)
    return [_record(row) for row in c.execute(mine.order_by(deliveries.c.id.desc()).limit(limit))]


def _insert(
    c: Connection, company_id: int, kind: Notice, channel: Channel, target: str, document: str, **values: Any
) -> None:
    whole = {"company_id": company_id, "kind": kind, "channel": channel, "target": target, "document": document}
    c.execute(insert(deliveries).values(**whole, **values))


def _set(c: Connection, company_id: int, delivery_id: int, *conditions: Any, **values: Any) -> int:
    mine = update(deliveries).where(deliveries.c.company_id == company_id, deliveries.c.id == delivery_id, *conditions)
    return c.execute(mine.values(values)).rowcount


def _record(row: Row[Any]) -> Delivery:
    return Delivery(
        id=row.id,
        company_id=row.company_id,
        kind=Notice(row.kind),
        channel=Channel(row.channel),
        target=row.target,
        document=row.document,
        made_at=row.made_at,
        attempts=row.attempts,
        next_at=row.next_at,
        sent_at=row.sent_at,
        error=row.error,
    )
