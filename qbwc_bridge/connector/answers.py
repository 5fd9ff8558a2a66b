"""Each ``…Rs`` of an answer to the row of the queue that asked: its page is stored or staged, its failure counted.

What flows in: parsed answers. What flows out: rows that are drained, to be continued, or failed once more. Nothing is
compared or removed here; that is for ``pulls`` and ``changes`` once everything is there.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from qbwc_bridge.connector import gone, outcomes
from qbwc_bridge.connector import requests as queue
from qbwc_bridge.connector.scopes import scopes
from qbwc_bridge.connector.work import Work
from qbwc_bridge.records import Answer, Deletion, Invoice, Request, RequestKind, RequestState
from qbwc_bridge.store import companies, customers, payments, projects
from qbwc_bridge.store import requests as rows
from qbwc_bridge.sync.attribution import applied_invoices
from qbwc_bridge.sync.plan import rebooked

NOT_FOUND = {500, 3120, 3130, 3140}
ITERATOR_INVALID = 3391
READABLE = {0, 1}
"""A warning comes with partial data: what it leaves out must not be taken for gone (reference: status codes, full pull)."""

BY_ID = {RequestKind.INVOICES, RequestKind.PAYMENTS_BY_ID}
OPTIONAL = {RequestKind.ACTIVITY, RequestKind.DELETED_CUSTOMERS, RequestKind.COUNT}
"""An edition that refuses these is followed all the same; the weekly re-reading finds what they would have told."""

PAGED = {RequestKind.CUSTOMERS, RequestKind.PAYMENTS, RequestKind.CHANGED_PAYMENTS, RequestKind.CHANGED_INVOICES}
BY_ENTITY = {RequestKind.PAYMENTS, RequestKind.COUNT}


def take(work: Work, answers: Iterable[Answer]) -> None:
    """Give each answer to the row that asked; a row without an answer has failed once more."""
    by_id = {answer.request_id: answer for answer in answers}
    sent = [row for row in work.open_rows() if row.state is RequestState.SENT]
    asked = [by_id.get(row.wire_id) for row in sent if row.kind is RequestKind.DELETED_CUSTOMERS]
    gone.freeze(work, {one.key for answer in asked if answer for one in answer.rows})
    for row in sorted(sent, key=queue.travel_order):  # customers first: the others are judged by them
        _take_one(work, row, by_id.get(row.wire_id))


def _take_one(work: Work, row: Request, answer: Answer | None) -> None:
    if answer is None:
        work.fail(row, outcomes.answer_unreadable("one request was not answered"))
    elif answer.status_code == ITERATOR_INVALID and row.attempts + 1 < queue.ATTEMPTS:
        rows.restart(work.c, work.company_id, [row.id], attempts=row.attempts + 1)
    elif answer.status_code in NOT_FOUND and row.kind in BY_ENTITY:
        _entity_not_found(work, row, answer)
    elif answer.status_code in NOT_FOUND and row.kind in BY_ID and not answer.rows and len(row.ids) > 1:
        _halve(work, row)
    elif answer.status_code not in READABLE and row.kind in OPTIONAL:
        rows.end(work.c, work.company_id, [row.id], RequestState.FAILED, work.now, str(answer.status_code))
    elif answer.status_code not in READABLE and not (answer.status_code in NOT_FOUND and row.kind in BY_ID):
        work.fail(row, outcomes.failure(str(answer.status_code), answer.message))
    elif answer.remaining is None and len(answer.rows) >= work.page_size and row.kind in PAGED:
        # A full page without a remaining count may be cut off silently (reference: iterators).
        work.fail(row, outcomes.answer_unreadable("a full page came without the number of rows that remain"))
    elif row.iterator_id and row.remaining and not answer.rows:
        work.fail(row, outcomes.answer_unreadable("pages that were announced did not come"))
    else:
        _page(work, row, answer)


def _entity_not_found(work: Work, row: Request, answer: Answer) -> None:
    """QuickBooks does not know a ListID we asked for: the job is gone, or the list of its parents is out of date."""
    failure = outcomes.failure(str(answer.status_code), answer.message)
    if row.project_id is None:
        rows.end(work.c, work.company_id, [row.id], RequestState.FAILED, work.now, failure.code)
        queue.reread(work.c, work.company_id, row.ids, work.now)
        return
    here = scopes(work.c, work.company_id)
    project = projects.by_id(work.c, work.company_id, row.project_id)
    if work.is_gone(row, project, here.known):
        return
    scope = here.of(project)
    if row.attempts or (row.ids, row.with_jobs) == (scope.ids, scope.with_jobs):
        work.fail(row, failure)
    else:
        rows.restart(work.c, work.company_id, [row.id], attempts=row.attempts + 1)


def _halve(work: Work, row: Request) -> None:
    """One unknown TxnID may fail the whole query (reference: EntityFilter, status 3120): ask for each half."""
    middle = len(row.ids) // 2
    for ids in (row.ids[:middle], row.ids[middle:]):
        rows.queue(work.c, work.company_id, row.kind, ids=ids, trigger=row.trigger, now=work.now)
    work.done(row)


def _page(work: Work, row: Request, answer: Answer) -> None:
    """Keep what came; a row is drained with its last page."""
    more = bool(answer.remaining)
    values: dict[str, Any] = {
        "state": RequestState.QUEUED if more else RequestState.DRAINED,
        "received": row.received + (len(answer.rows) if answer.count is None else answer.count),
        "remaining": answer.remaining or 0,
        "iterator_id": answer.iterator_id if more else "",
        "newest": max([row.newest, *(getattr(one, "time_modified", "") for one in answer.rows)]),
    }
    rows.change(work.c, work.company_id, [row.id], **values, **_keep(work, row, answer.rows))
    if row.kind is RequestKind.CUSTOMERS and not more and not row.since:
        _whole_list(work, received=values["received"])
    if row.kind is RequestKind.INVOICES:
        work.done(row)


def _keep(work: Work, row: Request, found: Sequence[Any]) -> dict[str, Any]:
    """Store or stage a page; returns what the row itself has to remember of it."""
    match row.kind:
        case RequestKind.CUSTOMERS:
            customers.receive(work.c, work.company_id, found, work.conversation.id)
        case RequestKind.INVOICES:
            _invoices(work, row, found)
        case RequestKind.CHANGED_INVOICES:
            return {"ids": [*row.ids, *_changed_invoices(work, found)]}
        case RequestKind.PAYMENTS | RequestKind.CHANGED_PAYMENTS | RequestKind.PAYMENTS_BY_ID:
            rows.stage(work.c, work.company_id, row.id, found)
        case RequestKind.DELETED_PAYMENTS | RequestKind.DELETED_INVOICES | RequestKind.DELETED_CUSTOMERS:
            return {"ids": [one.key for one in found if isinstance(one, Deletion)]}
        case RequestKind.ACTIVITY:
            return {"ids": [text for one in found for text in (one.restored_at, one.condensed_at)]}
    return {}


def _whole_list(work: Work, received: int) -> None:
    if received:  # an empty list says more about the reading than about the company: nobody is marked deleted
        gone.forget(work, customers.unseen(work.c, work.company_id, work.conversation.id))
    companies.customers_received(work.c, work.company_id, work.now)


def _invoices(work: Work, row: Request, received: Iterable[Invoice]) -> None:
    """Store them; an invoice QuickBooks did not return keeps its last known customer:job, or has none."""
    known = payments.invoice_owners(work.c, work.company_id, row.ids)
    found = {invoice.txn_id: invoice for invoice in received}
    missing = [Invoice(txn_id, known.get(txn_id, "")) for txn_id in row.ids if txn_id not in found]
    _store_invoices(work, [*found.values(), *missing])


def _changed_invoices(work: Work, received: Sequence[Invoice]) -> list[str]:
    """Store them and name those that were really saved since we knew them: the overlap brings many again."""
    editions = _store_invoices(work, received)
    return [one.txn_id for one in received if editions.get(one.txn_id) not in {None, one.edit_sequence}]


def _store_invoices(work: Work, received: Sequence[Invoice]) -> Mapping[str, str]:
    """Store whose they are; a moved one takes its parts of payments along. Returns the editions known before."""
    ids = [one.txn_id for one in received]
    owners = payments.invoice_owners(work.c, work.company_id, ids)
    editions = payments.invoice_editions(work.c, work.company_id, ids)
    payments.receive_invoices(work.c, work.company_id, received, work.conversation.id, editions)
    moved = [one.txn_id for one in received if owners.get(one.txn_id, one.list_id) != one.list_id]
    if moved:
        stored = payments.applied_to(work.c, work.company_id, moved)
        paid = applied_invoices(one.payment for one in stored)
        work.apply(rebooked(stored, payments.invoice_owners(work.c, work.company_id, paid)), "invoice moved")
    return editions
