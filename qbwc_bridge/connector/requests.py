"""What goes into the queue and why, and which rows travel in the next message.

People and the day wish for two things: a complete pull of one link (a PAYMENTS row), and what changed in the whole company
(a CHANGED_PAYMENTS row). All other rows are derived from those when a conversation begins, or from its answers.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from qbwc_bridge.connector.scopes import scopes
from qbwc_bridge.errors import ProjectArchived, Refused
from qbwc_bridge.records import (
    Company,
    Conversation,
    Failure,
    Project,
    Request,
    RequestKind,
    RequestState,
    Trigger,
)
from qbwc_bridge.store import companies, marks, payments, projects
from qbwc_bridge.store import requests as rows
from qbwc_bridge.store.database import Connection
from qbwc_bridge.summary import needs_pull
from qbwc_bridge.sync.attribution import applied_invoices
from qbwc_bridge.sync.due import complete_is_due, daily_is_due
from qbwc_bridge.sync.window import DELETED_OVERLAP, OVERLAP, since

MESSAGE_BUDGET = 50
"""Rows in one message. Round trips are dear, but QuickBooks answers nothing else while it works on one message."""

IDS_PER_REQUEST = 200
"""TxnIDs or ListIDs in one query (reference: EntityFilter; QuickBooks' own limit is not documented)."""

ATTEMPTS = 3
"""A request that failed this often retires; it never stops the others."""

CHANGES = (
    RequestKind.CHANGED_INVOICES,
    RequestKind.CHANGED_PAYMENTS,
    RequestKind.DELETED_INVOICES,
    RequestKind.DELETED_PAYMENTS,
    RequestKind.COUNT,
)

TRAVEL_ORDER = (
    RequestKind.COMPANY,
    RequestKind.ACTIVITY,
    RequestKind.CUSTOMERS,
    RequestKind.DELETED_CUSTOMERS,
    RequestKind.CHANGED_INVOICES,
    RequestKind.INVOICES,
    RequestKind.CHANGED_PAYMENTS,
    RequestKind.PAYMENTS_BY_ID,
    RequestKind.DELETED_INVOICES,
    RequestKind.DELETED_PAYMENTS,
    RequestKind.COUNT,
    RequestKind.PAYMENTS,
)
"""Deletions after what they delete, counts after what they count; complete pulls, which may be long, at the end."""

WISHES = {RequestKind.PAYMENTS, RequestKind.CHANGED_PAYMENTS}
DELETIONS = {RequestKind.DELETED_CUSTOMERS, RequestKind.DELETED_INVOICES, RequestKind.DELETED_PAYMENTS}
SINCE = {RequestKind.CUSTOMERS, RequestKind.CHANGED_INVOICES, RequestKind.CHANGED_PAYMENTS, *DELETIONS}

WHOLE = {Trigger.WEEKLY, Trigger.AGAIN, Trigger.REPAIR}
"""Reasons to read the customer list whole as well, not only what changed in it."""


# What people and the day wish for ------------------------------------------------------------------------------------


def request_sync(
    c: Connection,
    company_id: int,
    project_id: int | None,
    *,
    trigger: Trigger,
    by: str = "",
    now: datetime,
    full: bool = False,
) -> int:
    """Queue what brings one project, or every synced project of the company, up to date; returns how many were queued.

    For a project that was pulled completely before, the company's changes are enough; ``full`` reads it again whatever is
    known. What waits already is left as it is; what was tried in vain since gets all its attempts back. With no project to
    sync, the customer list alone is asked for. Raises Refused when the project is not synced.
    """
    companies.lock(c, company_id)
    chosen = _chosen(c, company_id, project_id)
    pulled = {project.id for project in chosen if full or needs_pull(project)}
    wishes: list[tuple[RequestKind, int | None]] = [(RequestKind.PAYMENTS, one) for one in sorted(pulled)]
    if len(pulled) < len(chosen):
        wishes.append((RequestKind.CHANGED_PAYMENTS, None))
    if not chosen:
        wishes.append((RequestKind.CUSTOMERS, None))
    waiting = {(row.kind, row.project_id): row for row in rows.open_rows(c, company_id)}
    return sum(_wish(c, company_id, wish, waiting.get(wish), trigger, by, now) for wish in wishes)


def _wish(
    c: Connection,
    company_id: int,
    wish: tuple[RequestKind, int | None],
    waiting: Request | None,
    trigger: Trigger,
    by: str,
    now: datetime,
) -> bool:
    kind, project_id = wish
    if waiting is None:
        rows.queue(c, company_id, kind, project_id=project_id, trigger=trigger, by=by, now=now)
        return True
    failed_at = companies.by_id(c, company_id).failed_at
    tried = waiting.error_code or (failed_at and waiting.requested_at and waiting.requested_at < failed_at)
    if tried and waiting.state is RequestState.QUEUED:
        fresh = {"trigger": trigger, "requested_by": by, "requested_at": now}
        rows.restart(c, company_id, [waiting.id], attempts=0, **fresh)
    return bool(tried)


def _chosen(c: Connection, company_id: int, project_id: int | None) -> list[Project]:
    if project_id is None:
        return [project for project in projects.listing(c, company_id) if project.client_payments and project.list_id]
    project = projects.by_id(c, company_id, project_id)
    if project.archived_at:
        raise ProjectArchived(project.name)
    if not project.client_payments:
        raise Refused(
            f"{project.name} is not synced with QuickBooks.", "Switch Client Payments on in Project Setup first."
        )
    if not project.list_id:
        raise Refused(f"{project.name} is not linked yet.", "Choose the QuickBooks customer or job in Project Setup.")
    return [project]


def request_daily(c: Connection, company: Company, now: datetime) -> None:
    """Queue the day's sync when its slot has passed; once a week it reads everything again."""
    if not daily_is_due(company, now):
        return
    companies.daily_queued(c, company.id, now)
    if complete_is_due(company, now):
        reread_everything(c, company.id, now, Trigger.WEEKLY)
    else:
        request_sync(c, company.id, None, trigger=Trigger.DAILY, now=now)


def reread(c: Connection, company_id: int, list_ids: Collection[str], now: datetime) -> set[int]:
    """Something does not add up for these customer:jobs: pull the projects concerned completely. Returns their ids."""
    here = scopes(c, company_id)
    linked = [one for one in projects.listing(c, company_id) if one.client_payments and one.list_id]
    concerned = {one.id for one in linked if here.of(one).swept.intersection(list_ids)}
    for project_id in sorted(concerned):
        repull(c, company_id, project_id, now)
    return concerned


def repull(c: Connection, company_id: int, project_id: int, now: datetime) -> None:
    """Pull one project completely."""
    request_sync(c, company_id, project_id, trigger=Trigger.REPAIR, now=now, full=True)


def reread_everything(
    c: Connection, company_id: int, now: datetime, trigger: Trigger = Trigger.REPAIR, by: str = ""
) -> int:
    """Pull every linked project completely; returns how many were queued, as ``request_sync`` does."""
    queued = request_sync(c, company_id, None, trigger=trigger, by=by, now=now, full=True)
    companies.complete(c, company_id, now)
    return queued


def cancel(c: Connection, company_id: int, project_id: int, now: datetime) -> None:
    """Take back what waits for a project. A row that is out already is answered to nobody."""
    companies.lock(c, company_id)
    if cancel_pull(c, company_id, project_id, now) or needs_pull(projects.by_id(c, company_id, project_id)):
        return
    changes = [row.id for row in rows.open_rows(c, company_id) if row.kind is RequestKind.CHANGED_PAYMENTS]
    rows.end(c, company_id, changes, RequestState.CANCELLED, now)


def cancel_pull(c: Connection, company_id: int, project_id: int, now: datetime) -> bool:
    """Take back a project's own complete pull; what the company asks for stays. Returns whether there was one."""
    mine = [row.id for row in rows.open_rows(c, company_id) if row.project_id == project_id]
    rows.end(c, company_id, mine, RequestState.CANCELLED, now)
    return bool(mine)


def withdraw(c: Connection, company_id: int, project_id: int, now: datetime) -> None:
    """Ask nothing more for a project that has just been archived, and nothing for the company when that was its last one."""
    cancel_pull(c, company_id, project_id, now)
    if not _chosen(c, company_id, None):
        for_nobody = [row.id for row in rows.open_rows(c, company_id) if row.kind is RequestKind.CHANGED_PAYMENTS]
        rows.end(c, company_id, for_nobody, RequestState.CANCELLED, now)


# What a conversation asks --------------------------------------------------------------------------------------------


def prepare(c: Connection, company: Company, trigger: str, now: datetime) -> None:
    """A conversation begins: derive from the wishes what else has to be asked. What an earlier one derived is dropped."""
    waiting = rows.open_rows(c, company.id)
    derived = [row.id for row in waiting if row.kind not in WISHES]
    rows.end(c, company.id, derived, RequestState.CANCELLED, now)
    wished = {row.kind for row in waiting}
    kinds = [RequestKind.CUSTOMERS, RequestKind.DELETED_CUSTOMERS, RequestKind.ACTIVITY]
    if company.customers_received_at is None:
        kinds = [RequestKind.CUSTOMERS, RequestKind.ACTIVITY]
    if RequestKind.CHANGED_PAYMENTS in wished:
        kinds += [RequestKind.CHANGED_INVOICES, RequestKind.DELETED_INVOICES, RequestKind.DELETED_PAYMENTS]
    for kind in kinds:
        rows.queue(c, company.id, kind, trigger=trigger, now=now)
    if RequestKind.CHANGED_PAYMENTS in wished:
        _queue_counts(c, company.id, trigger, now)
    _queue_known_invoices(c, company.id, [row.project_id for row in waiting if row.project_id], trigger, now)


def _queue_counts(c: Connection, company_id: int, trigger: str, now: datetime) -> None:
    """Ask how many payments QuickBooks has for the customer:jobs that changes are followed for."""
    followed = [project for project in projects.listing(c, company_id) if not needs_pull(project)]
    queue_by_id(c, company_id, RequestKind.COUNT, scopes(c, company_id).swept(followed), trigger, now)


def _queue_known_invoices(
    c: Connection, company_id: int, project_ids: Iterable[int], trigger: str, now: datetime
) -> None:
    """Ask again about the invoices that the projects to be pulled are known to have paid, in the same message as their
    payments: an invoice may have moved to another job, and a second round trip is dear."""
    here = scopes(c, company_id)
    swept = here.swept(projects.by_id(c, company_id, project_id) for project_id in set(project_ids))
    paid = applied_invoices(one.payment for one in payments.received_from(c, company_id, swept))
    queue_by_id(c, company_id, RequestKind.INVOICES, paid, trigger, now)


def queue_by_id(
    c: Connection, company_id: int, kind: RequestKind, ids: Iterable[str], trigger: str, now: datetime
) -> None:
    """Ask for these TxnIDs or ListIDs, unless they are being asked for."""
    asked = {one for row in rows.open_rows(c, company_id) if row.kind is kind for one in row.ids}
    wanted = sorted(set(ids) - asked)
    for start in range(0, len(wanted), IDS_PER_REQUEST):
        rows.queue(c, company_id, kind, ids=wanted[start : start + IDS_PER_REQUEST], trigger=trigger, now=now)


def recover(c: Connection, company_id: int) -> None:
    """What an ended conversation left half done goes back to the queue from its first page."""
    half_done = [
        row.id for row in rows.open_rows(c, company_id) if row.state is not RequestState.QUEUED or row.iterator_id
    ]
    rows.restart(c, company_id, half_done)


def fail(
    c: Connection, company_id: int, row: Request, failure: Failure, now: datetime, *, for_good: bool = False
) -> None:
    """One more failed attempt of a row; it waits for the next conversation. A row that failed too often retires, and its
    project, or for changes the company, says why. When changes retire, everything is read completely instead."""
    if row.project_id is not None:
        projects.failed(c, company_id, row.project_id, failure, now)
    if row.kind is RequestKind.CHANGED_PAYMENTS:
        companies.failed(c, company_id, failure, now)
    attempts = row.attempts + 1
    rows.restart(c, company_id, [row.id], attempts=attempts, error_code=failure.code)
    if for_good or attempts >= ATTEMPTS:
        rows.end(c, company_id, [row.id], RequestState.FAILED, now, failure.code)
        if row.kind is RequestKind.CHANGED_PAYMENTS:
            reread_everything(c, company_id, now)


def fail_changes(c: Connection, company_id: int, failure: Failure, now: datetime) -> None:
    """The company's changes could not be settled because something they need failed: that was an attempt too."""
    for row in rows.open_rows(c, company_id):
        if row.kind is RequestKind.CHANGED_PAYMENTS and not row.error_code:
            fail(c, company_id, row, failure, now)


def sendable(row: Request, conversation: Conversation) -> bool:
    """May this row go out now? One that failed in this conversation waits for the next."""
    failed_here = row.error_code and row.conversation_id == conversation.id
    return row.state is RequestState.QUEUED and not failed_here


def next_message(c: Connection, conversation: Conversation) -> list[Request]:
    """The rows that travel in the next message, each with what it asks for, its send counted.

    A row that failed before travels alone, so that it cannot take others down with it again.
    """
    waiting = [row for row in rows.open_rows(c, conversation.company_id) if sendable(row, conversation)]
    healthy = [row for row in waiting if not row.attempts]
    chosen = sorted(healthy, key=travel_order)[:MESSAGE_BUDGET] or waiting[:1]
    return [replace(row, sends=row.sends + 1) for row in _with_filters(c, conversation.company_id, chosen)]


def travel_order(row: Request) -> tuple[int, int]:
    """The order of rows within a message, in which QuickBooks answers; within each kind the oldest first."""
    return TRAVEL_ORDER.index(row.kind), row.id


def _with_filters(c: Connection, company_id: int, chosen: Sequence[Request]) -> list[Request]:
    here, known = scopes(c, company_id), marks.all_of(c, company_id)
    whole = any(row.trigger in WHOLE for row in chosen)

    def with_filter(row: Request) -> Request:
        if row.iterator_id:
            return row  # a page to continue must repeat its first filters (reference: iterators)
        if row.kind is RequestKind.PAYMENTS and row.project_id is not None:
            scope = here.of(projects.by_id(c, company_id, row.project_id))
            return replace(row, ids=scope.ids, with_jobs=scope.with_jobs)
        if row.kind in SINCE and not (whole and row.kind is RequestKind.CUSTOMERS):
            overlap = DELETED_OVERLAP if row.kind in DELETIONS else OVERLAP
            return replace(row, since=since(known.get(row.kind, ""), overlap), ids=())
        return row

    return [with_filter(row) for row in chosen]
