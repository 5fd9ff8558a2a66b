"""All companies in numbers, for whoever watches the service: a handful of statements whatever their number.

In: a moment. Out: counts, ages and durations. Everything comes from the database, so any process says the same, and what lies
behind a window of time is told as a window: rows that were forgotten never make a number wrong. No names, no money.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, extract, false, func, or_, select

from qbwc_bridge.records import Failure, RequestKind, State
from qbwc_bridge.store.database import Connection
from qbwc_bridge.store.models import companies, conversations, projects, requests
from qbwc_bridge.store.requests import OPEN
from qbwc_bridge.store.summaries import ACTIVE_FOR
from qbwc_bridge.summary import STALE_AFTER, Clock, SyncFacts, sync_status

WINDOW = timedelta(hours=24)
SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class Measured:
    """One company. ``waiting_since`` is None while nothing waits."""

    id: int
    last_contact_at: datetime | None
    last_success_at: datetime | None
    waiting: int = 0
    waiting_since: datetime | None = None


@dataclass(frozen=True, slots=True)
class Syncs:
    """Those of a company that ended alike in the last 24 hours. ``seconds`` and ``rounds`` are sums; ``longest`` is in
    seconds. ``error`` is "" where there was none."""

    company_id: int
    result: str
    error: str
    count: int
    rounds: int
    seconds: float
    longest: float


def of_companies(c: Connection) -> list[Measured]:
    """Every company and its queue."""
    queue = select(requests.c.company_id, func.count(), func.min(requests.c.requested_at))
    queue = queue.where(requests.c.state.in_(OPEN)).group_by(requests.c.company_id)
    waiting = {company: (count, since) for company, count, since in c.execute(queue)}
    columns = (companies.c.id, companies.c.last_contact_at, companies.c.last_success_at)
    found = [Measured(*row) for row in c.execute(select(*columns).order_by(companies.c.id))]
    return [
        replace(one, waiting=waiting[one.id][0], waiting_since=waiting[one.id][1]) if one.id in waiting else one
        for one in found
    ]


def of_syncs(c: Connection, now: datetime) -> list[Syncs]:
    """The syncs that ended in the last 24 hours."""
    alike = (conversations.c.company_id, conversations.c.result, conversations.c.error_code)
    took = extract("epoch", conversations.c.ended) - extract("epoch", conversations.c.started)
    summed = select(*alike, func.count(), func.sum(conversations.c.rounds), func.sum(took), func.max(took))
    lately = summed.where(conversations.c.ended > now - WINDOW).group_by(*alike).order_by(*alike)
    return [
        Syncs(company, result, error, count, rounds, float(seconds), float(longest))
        for company, result, error, count, rounds, seconds, longest in c.execute(lately)
    ]


def states(c: Connection, now: datetime) -> Counter[tuple[int, State]]:
    """How many projects of each company are in each state; archived ones are left out. Projects that are alike in all a state
    depends on are counted by the database, and the state itself is computed where all others are."""
    syncing = _syncing(c, now)
    counted: Counter[tuple[int, State]] = Counter()
    for row in c.execute(_alike(now)):
        counted[row.company_id, _state(row, row.company_id in syncing, now)] += row.n
    return counted


def _syncing(c: Connection, now: datetime) -> set[int]:
    lately = (conversations.c.ended.is_(None), conversations.c.last_call_at > now - ACTIVE_FOR)
    return set(c.execute(select(conversations.c.company_id).where(*lately)).scalars())


def _alike(now: datetime) -> Select[Any]:
    own, changes = _own_requests(), _changes()
    facts = [fact.label(name) for name, fact in _facts(own.c, changes.c, now)]
    each = (
        select(projects.c.company_id, *facts)
        .join(companies, companies.c.id == projects.c.company_id)
        .outerjoin(own, and_(own.c.company_id == projects.c.company_id, own.c.project_id == projects.c.id))
        .outerjoin(changes, changes.c.company_id == projects.c.company_id)
        .where(projects.c.archived_at.is_(None))
        .subquery()
    )
    return select(*each.c, func.count().label("n")).group_by(*each.c)


def _own_requests() -> Any:
    """Since when each project's own rows wait."""
    mine = (requests.c.company_id, requests.c.project_id)
    waiting = (requests.c.state.in_(OPEN), requests.c.kind != RequestKind.CHANGED_PAYMENTS)
    since = select(*mine, func.min(requests.c.requested_at).label("since"))
    return since.where(*waiting, requests.c.project_id.is_not(None)).group_by(*mine).subquery()


def _changes() -> Any:
    """Since when the changes of each company wait."""
    waiting = (requests.c.state.in_(OPEN), requests.c.kind == RequestKind.CHANGED_PAYMENTS)
    since = select(requests.c.company_id, func.min(requests.c.requested_at).label("since"))
    return since.where(*waiting).group_by(requests.c.company_id).subquery()


def _facts(own: Any, changes: Any, now: datetime) -> Iterator[tuple[str, ColumnElement[bool]]]:
    """What a state depends on, as yes or no; the same facts as those of ``summaries``."""
    company_failed, failed = companies.c.error_code != "", projects.c.error_code != ""
    failed_at = case((company_failed, companies.c.failed_at), else_=projects.c.failed_at)
    sound = and_(projects.c.synced_at.is_not(None), projects.c.held_at.is_(None), ~failed, projects.c.frozen.is_(None))
    yield "client_payments", projects.c.client_payments
    yield "linked", projects.c.list_id != ""
    yield "connected", companies.c.last_contact_at.is_not(None)
    yield "asked", or_(own.since.is_not(None), and_(sound, changes.since.is_not(None)))
    yield "overtaken", func.coalesce(or_(failed_at > own.since, and_(sound, failed_at > changes.since)), false())
    yield "failed", or_(company_failed, failed)
    yield "held", projects.c.held_at.is_not(None)
    yield "fresh", func.coalesce(and_(projects.c.synced_at >= now - STALE_AFTER, projects.c.frozen.is_(None)), false())


def _state(row: Row[Any], syncing: bool, now: datetime) -> State:
    """The state of projects for which these facts are true."""
    facts = SyncFacts(
        client_payments=bool(row.client_payments),
        linked=bool(row.linked),
        last_contact_at=now if row.connected else None,
        requested_at=now if row.asked else None,
        progress=0 if syncing and row.asked else None,
        synced_at=now if row.fresh else None,
        held_at=now if row.held else None,
        failure=Failure("failed", "") if row.failed else None,
        failed_at=now + SECOND if row.overtaken else None,
    )
    return sync_status(facts, Clock(now, "UTC")).state
