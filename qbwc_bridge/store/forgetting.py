"""What may be forgotten after a while, and what of it has to stay: old messages, syncs, requests, notices, lines of the audit.

In: a kind and a moment. Out: fewer rows, a bounded number at a time; whoever else forgets at the same time is not in the way.
Payments, their history and what people typed are never forgotten.
"""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Table, delete, func, select

from qbwc_bridge.records import RequestKind, RequestState
from qbwc_bridge.store.conversations import GOOD
from qbwc_bridge.store.database import Connection
from qbwc_bridge.store.models import audit, conversations, deliveries, messages, requests
from qbwc_bridge.store.requests import OPEN
from qbwc_bridge.store.rows import BATCH
from qbwc_bridge.summary import LATELY


class Kind(StrEnum):
    """What can be forgotten."""

    MESSAGES = "messages"
    REQUESTS = "requests"
    SYNCS = "conversations"
    NOTICES = "deliveries"
    AUDIT = "audit"


def grown_old(c: Connection, kind: Kind, until: datetime) -> list[int]:
    """The companies that have such rows of ``until`` or before."""
    table, old = _old(kind, until)
    found = select(table.c.company_id).distinct().where(*old).order_by(table.c.company_id)
    return list(c.execute(found).scalars())


def forget(c: Connection, company_id: int, kind: Kind, until: datetime) -> bool:
    """Drop the oldest of a company's rows of ``until`` or before. True when there may be more of them."""
    table, old = _old(kind, until)
    mine = select(table.c.id).where(table.c.company_id == company_id, *old).order_by(table.c.id).limit(BATCH)
    dropped = c.execute(delete(table).where(table.c.id.in_(mine.with_for_update(skip_locked=True))))
    return bool(dropped.rowcount == BATCH)


def _old(kind: Kind, until: datetime) -> tuple[Table, list[ColumnElement[bool]]]:
    match kind:
        case Kind.MESSAGES:
            return messages, [messages.c.at <= until]
        case Kind.REQUESTS:
            return requests, [requests.c.ended_at <= until, requests.c.state.not_in(OPEN), _is_no_last_pull()]
        case Kind.SYNCS:
            return conversations, [conversations.c.ended <= until, *_is_none_of_the_last()]
        case Kind.NOTICES:
            return deliveries, [deliveries.c.made_at <= until, deliveries.c.next_at.is_(None)]
        case Kind.AUDIT:
            return audit, [audit.c.at <= until]


def _is_no_last_pull() -> ColumnElement[bool]:
    """Whether a project was ever read completely decides which of its payments are news."""
    other = requests.alias()
    done = (other.c.kind == RequestKind.PAYMENTS, other.c.state == RequestState.DONE)
    same = (other.c.company_id == requests.c.company_id, other.c.project_id == requests.c.project_id)
    last = select(func.max(other.c.id)).where(*same, *done).correlate(requests).scalar_subquery()
    return requests.c.id.is_distinct_from(last)


def _is_none_of_the_last() -> list[ColumnElement[bool]]:
    """The last syncs decide when a busy QuickBooks is asked again, the last good one what is new since."""
    other = conversations.alias()
    mine = select(other.c.id).where(other.c.company_id == conversations.c.company_id).correlate(conversations)
    lately = mine.order_by(other.c.id.desc()).limit(1).offset(LATELY - 1)
    good = mine.where(other.c.result.in_(GOOD)).order_by(other.c.id.desc()).limit(1)
    return [
        conversations.c.id < lately.scalar_subquery(),
        conversations.c.id.is_distinct_from(good.scalar_subquery()),
    ]
