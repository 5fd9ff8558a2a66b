"""What goes into the queue and why, and which rows travel in the next message.

What flows in: a wish (a person's, a new link's, the day's) and the rows that wait. What flows out: rows, and one message's
worth of them. This module knows no XML.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from qbwc_bridge.errors import Refused
from qbwc_bridge.records import Conversation, CustomerJob, Failure, Project, Request, RequestKind, RequestState, Trigger
from qbwc_bridge.store import companies, customers, payments, projects
from qbwc_bridge.store import requests as rows
from qbwc_bridge.store.database import Connection
from qbwc_bridge.summary import covered_by
from qbwc_bridge.sync.attribution import applied_invoices
from qbwc_bridge.sync.plan import plan
from qbwc_bridge.sync.scope import Scope, scope_of

MESSAGE_BUDGET = 50
"""Rows in one message. Round trips are dear, but QuickBooks answers nothing else while it works on one message."""

INVOICES_PER_REQUEST = 200
"""TxnIDs in one InvoiceQuery (reference: EntityFilter; QuickBooks' own limit is not documented)."""

ATTEMPTS = 3
"""A request that failed this often retires; it never stops the others."""


def request_sync(
    c: Connection, company_id: int, project_id: int | None, *, trigger: Trigger, by: str, now: datetime
) -> int:
    """Queue a complete pull of one project, or of every synced project of the company; returns how many were queued.

    A pull that waits already is left as it is; one that failed gets all its attempts back. With no project to pull, the
    customer list alone is asked for. Raises Refused when the project is not synced.
    """
    waiting = rows.open_rows(c, company_id)
    why = {"trigger": trigger, "requested_by": by, "requested_at": now}
    chosen = {project.id for project in _chosen(c, company_id, project_id)}
    failed = [row.id for row in waiting if row.project_id in chosen and row.error_code]
    if failed:
        rows.restart(c, company_id, failed, attempts=0, **why)
    fresh = chosen - {row.project_id for row in waiting}
    for chosen_id in sorted(fresh):  # its ListIDs are filled in when it is sent, from the customer list of that moment
        rows.queue(c, company_id, RequestKind.PAYMENTS, project_id=chosen_id, trigger=trigger, by=by, now=now)
    if chosen or any(row.kind is RequestKind.CUSTOMERS for row in waiting):
        return len(fresh) + len(failed)
    rows.queue(c, company_id, RequestKind.CUSTOMERS, trigger=trigger, by=by, now=now)
    return 1


def _chosen(c: Connection, company_id: int, project_id: int | None) -> list[Project]:
    if project_id is None:
        return [project for project in projects.listing(c, company_id) if project.client_payments and project.list_id]
    project = projects.by_id(c, company_id, project_id)
    if not project.client_payments:
        raise Refused(
            f"{project.name} is not synced with QuickBooks.", "Switch Client Payments on in Project Setup first."
        )
    if not project.list_id:
        raise Refused(f"{project.name} is not linked yet.", "Choose the QuickBooks customer or job in Project Setup.")
    return [project]


def cancel(c: Connection, company_id: int, project_id: int, now: datetime) -> None:
    """Take a project's waiting requests back. A row that is out already is answered to nobody."""
    mine = [row.id for row in rows.open_rows(c, company_id) if row.project_id == project_id]
    rows.end(c, company_id, mine, RequestState.CANCELLED, now)


def accept_empty(c: Connection, company_id: int, project_id: int, by: str, now: datetime) -> None:
    """The admin agrees that QuickBooks has no payments for this project any more: now they are removed."""
    project = projects.by_id(c, company_id, project_id)
    if project.held_at is None:
        return
    swept = current_scope(c, project, customers.everything(c, company_id)).swept
    stored = {one.payment.txn_id: one for one in payments.received_from(c, company_id, swept)}
    gone = plan(stored, {}, {}, swept)
    because = f"empty answer accepted by {by}"
    payments.apply(c, company_id, removed=gone.removed, changes=gone.changes, because=because, now=now)
    projects.synced(c, company_id, project_id, project.held_at)


def use_this_file(c: Connection, company_id: int, by: str, now: datetime) -> None:
    """The admin's deliberate step after another company file was refused: it is the right one from now on, and all of it
    is read again."""
    companies.use_other_file(c, company_id)
    request_sync(c, company_id, None, trigger=Trigger.PERSON, by=by, now=now)


def keep_data(c: Connection, company_id: int, project_id: int, now: datetime) -> None:
    """The admin does not believe the empty answer: earlier data stays, and so does its earlier date."""
    projects.held(c, company_id, project_id, None)


def queue_invoices(c: Connection, company_id: int, txn_ids: Iterable[str], trigger: str, now: datetime) -> None:
    """Ask whose invoices these are."""
    wanted = sorted(txn_ids)
    for start in range(0, len(wanted), INVOICES_PER_REQUEST):
        some = wanted[start : start + INVOICES_PER_REQUEST]
        rows.queue(c, company_id, RequestKind.INVOICES, ids=some, trigger=trigger, now=now)


def queue_known_invoices(c: Connection, company_id: int, trigger: str, now: datetime) -> None:
    """Ask again about the invoices that the projects in the queue are known to have paid, in the same message as their
    payments: an invoice may have moved to another job, and a second round trip is dear."""
    waiting = rows.open_rows(c, company_id)
    asked = {txn_id for row in waiting if row.kind is RequestKind.INVOICES for txn_id in row.ids}
    known = customers.everything(c, company_id)
    swept: set[str] = set()
    for project_id in {row.project_id for row in waiting if row.project_id is not None}:
        swept |= current_scope(c, projects.by_id(c, company_id, project_id), known).swept
    paid = applied_invoices(one.payment for one in payments.received_from(c, company_id, swept))
    queue_invoices(c, company_id, paid - asked, trigger, now)


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
    project says why."""
    if row.project_id is not None:
        projects.failed(c, company_id, row.project_id, failure, now)
    attempts = row.attempts + 1
    rows.restart(c, company_id, [row.id], attempts=attempts, error_code=failure.code)
    if for_good or attempts >= ATTEMPTS:
        rows.end(c, company_id, [row.id], RequestState.FAILED, now, failure.code)


def sendable(row: Request, conversation: Conversation) -> bool:
    """May this row go out now? One that failed in this conversation waits for the next."""
    failed_here = row.error_code and row.conversation_id == conversation.id
    return row.state is RequestState.QUEUED and not failed_here


def next_message(c: Connection, conversation: Conversation) -> list[Request]:
    """The rows that travel in the next message, each with what it asks for, its send counted.

    Customers first, then invoices, then payments, as QuickBooks answers in that order. A row that failed before travels
    alone, so that it cannot take others down with it again.
    """
    waiting = [row for row in rows.open_rows(c, conversation.company_id) if sendable(row, conversation)]
    healthy = [row for row in waiting if not row.attempts]
    chosen = sorted(healthy, key=travel_order)[:MESSAGE_BUDGET] or waiting[:1]
    return _with_filters(c, conversation.company_id, chosen)


def current_scope(c: Connection, project: Project, known: Mapping[str, CustomerJob]) -> Scope:
    """What a complete pull of this project has to ask for, as far as is known now."""
    covered = covered_by(project.list_id, project.include_jobs, known)
    payers = payments.payers_of(c, project.company_id, covered)
    return scope_of(project.list_id, project.include_jobs, known, payers)


def travel_order(row: Request) -> tuple[int, int]:
    """Customers, then invoices, then payments; within each kind the oldest first."""
    order = (RequestKind.COMPANY, RequestKind.CUSTOMERS, RequestKind.INVOICES, RequestKind.PAYMENTS)
    return order.index(row.kind), row.id


def _with_filters(c: Connection, company_id: int, chosen: Sequence[Request]) -> list[Request]:
    known = customers.everything(c, company_id) if any(row.project_id for row in chosen) else {}
    return [replace(_with_filter(c, company_id, row, known), sends=row.sends + 1) for row in chosen]


def _with_filter(c: Connection, company_id: int, row: Request, known: Mapping[str, CustomerJob]) -> Request:
    if row.kind is not RequestKind.PAYMENTS or row.project_id is None or row.iterator_id:
        return row  # a page to continue must repeat its first filters (reference: iterators)
    scope = current_scope(c, projects.by_id(c, company_id, row.project_id), known)
    return replace(row, ids=scope.ids, with_jobs=scope.with_jobs)
