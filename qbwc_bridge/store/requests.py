"""The queue: one row per qbXML request, and the payments staged under it until its pull is complete.

The queue is rows, not memory: a restart, a second process or a lost connection changes nothing.
"""

import json
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, delete, func, insert, select, update

from qbwc_bridge.records import Application, Payment, Request, RequestKind, RequestState
from qbwc_bridge.store.database import Connection
from qbwc_bridge.store.models import projects, requests, staged_payments
from qbwc_bridge.store.rows import batches, upsert

OPEN = (RequestState.QUEUED, RequestState.SENT, RequestState.DRAINED)


def queue(
    c: Connection,
    company_id: int,
    kind: RequestKind,
    *,
    trigger: str,
    now: datetime,
    project_id: int | None = None,
    ids: Sequence[str] = (),
    by: str = "",
) -> None:
    """A new row at the end of the queue."""
    queue_all(c, company_id, kind, [project_id], ids=ids, trigger=trigger, by=by, now=now)


def queue_all(
    c: Connection,
    company_id: int,
    kind: RequestKind,
    project_ids: Iterable[int | None],
    *,
    trigger: str,
    now: datetime,
    ids: Sequence[str] = (),
    by: str = "",
) -> None:
    """The same row for several projects."""
    row = {
        "company_id": company_id, "kind": kind, "state": RequestState.QUEUED,
        "ids": list(ids), "trigger": trigger, "requested_by": by, "requested_at": now,
    }  # fmt: skip
    if rows := [{**row, "project_id": project_id} for project_id in project_ids]:
        c.execute(insert(requests), rows)


def open_rows(c: Connection, company_id: int) -> list[Request]:
    """The rows not done yet, oldest first."""
    waiting = select(requests).where(requests.c.company_id == company_id, requests.c.state.in_(OPEN))
    return [_record(row) for row in c.execute(waiting.order_by(requests.c.id))]


def in_conversation(c: Connection, company_id: int, conversation_id: int) -> list[Request]:
    """All rows that went out in a conversation, whatever came of them."""
    mine = select(requests).where(requests.c.company_id == company_id, requests.c.conversation_id == conversation_id)
    return [_record(row) for row in c.execute(mine.order_by(requests.c.id))]


def waiting(c: Connection) -> dict[int, int]:
    """How many rows are not done yet, by company."""
    counted = select(requests.c.company_id, func.count().label("n")).where(requests.c.state.in_(OPEN))
    return {row.company_id: row.n for row in c.execute(counted.group_by(requests.c.company_id))}


def first_pulls(c: Connection, company_id: int) -> dict[int, datetime]:
    """For each project when its first complete pull was done, counted from its present link."""
    linked = (projects.c.company_id == requests.c.company_id) & (projects.c.id == requests.c.project_id)
    done = select(requests.c.project_id, func.min(requests.c.ended_at).label("at")).join(projects, linked)
    done = done.where(requests.c.company_id == company_id, requests.c.kind == RequestKind.PAYMENTS)
    done = done.where(requests.c.state == RequestState.DONE, requests.c.ended_at >= projects.c.linked_at)
    return {row.project_id: row.at for row in c.execute(done.group_by(requests.c.project_id))}


def change(c: Connection, company_id: int, request_ids: Collection[int], **values: Any) -> None:
    """Set columns of some rows."""
    mine = update(requests).where(requests.c.company_id == company_id, requests.c.id.in_(request_ids))
    c.execute(mine.values(values))


def send(c: Connection, company_id: int, request: Request, conversation_id: int) -> None:
    """The row goes out with what it asks for; a late answer to an earlier send will not match, and an earlier failure says
    nothing about this one."""
    change(
        c,
        company_id,
        [request.id],
        state=RequestState.SENT,
        sends=request.sends,
        ids=list(request.ids),
        with_jobs=request.with_jobs,
        since=request.since,
        conversation_id=conversation_id,
        error_code="",
    )


def restart(c: Connection, company_id: int, request_ids: Collection[int], **values: Any) -> None:
    """Back to the queue from the first page: an iterator and what it brought die with their conversation."""
    if request_ids:
        unstage(c, company_id, request_ids)
        fresh = {
            "state": RequestState.QUEUED,
            "iterator_id": "",
            "received": 0,
            "remaining": None,
            "newest": "",
            "error_code": "",
        }
        change(c, company_id, request_ids, **{**fresh, **values})


def end(
    c: Connection, company_id: int, request_ids: Collection[int], state: RequestState, now: datetime, code: str = ""
) -> None:
    """The rows are done, failed or cancelled; nothing stays staged under them."""
    if request_ids:
        unstage(c, company_id, request_ids)
        change(c, company_id, request_ids, state=state, ended_at=now, error_code=code)


def stage(c: Connection, company_id: int, request_id: int, payments: Iterable[Payment]) -> None:
    """Keep a page of payments until the pull is complete. The same payment twice counts once, the later one wins."""
    latest = {payment.txn_id: payment for payment in payments}
    common = {"request_id": request_id, "company_id": company_id}
    for some in batches(latest.values()):
        upsert(c, staged_payments, [{**common, "txn_id": one.txn_id, "document": _document(one)} for one in some])


def staged(c: Connection, company_id: int, request_ids: Collection[int]) -> dict[int, list[Payment]]:
    """The payments staged under each of these rows."""
    found: dict[int, list[Payment]] = {request_id: [] for request_id in request_ids}
    mine = select(staged_payments).where(staged_payments.c.company_id == company_id)
    for row in c.execute(mine.where(staged_payments.c.request_id.in_(request_ids))):
        found[row.request_id].append(_payment(row.document))
    return found


def unstage(c: Connection, company_id: int, request_ids: Collection[int]) -> None:
    """Drop what is staged under these rows."""
    mine = delete(staged_payments).where(staged_payments.c.company_id == company_id)
    c.execute(mine.where(staged_payments.c.request_id.in_(request_ids)))


def _document(payment: Payment) -> str:
    values = payment._asdict()
    values["applications"] = [
        [paid.txn_id, paid.txn_type, str(paid.amount), paid.ref_number] for paid in payment.applications
    ]
    return json.dumps(values, default=str)


def _payment(document: str) -> Payment:
    values = json.loads(document)
    values["date"] = date.fromisoformat(values["date"])
    values["total"], values["unused"] = Decimal(values["total"]), Decimal(values["unused"])
    values["applications"] = tuple(Application(i, t, Decimal(a), r) for i, t, a, r in values["applications"])
    return Payment(**values)


def _record(row: Row[Any]) -> Request:
    return Request(
        id=row.id,
        kind=RequestKind(row.kind),
        state=RequestState(row.state),
        project_id=row.project_id,
        ids=tuple(row.ids),
        with_jobs=row.with_jobs,
        since=row.since,
        newest=row.newest,
        sends=row.sends,
        attempts=row.attempts,
        iterator_id=row.iterator_id,
        received=row.received,
        remaining=row.remaining,
        trigger=row.trigger,
        requested_by=row.requested_by,
        requested_at=row.requested_at,
        conversation_id=row.conversation_id,
        error_code=row.error_code,
    )
