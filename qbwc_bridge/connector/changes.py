"""What changed in the whole company since the last time, in one message on a quiet day whatever the number of projects.

Payments by modification time without an entity filter (so that a payment which left a linked job is seen), changed invoices,
the deletion log, and a count of what QuickBooks has for the linked customer:jobs. Everything is applied at once when all of
it is here, and only then do the marks advance (reference: incremental run, applying results).
"""

from collections.abc import Iterable, Mapping

from qbwc_bridge.connector import gone, outcomes
from qbwc_bridge.connector import requests as queue
from qbwc_bridge.connector.scopes import scopes
from qbwc_bridge.connector.work import Work
from qbwc_bridge.records import (
    ZERO,
    Activity,
    CustomerJob,
    Payment,
    Project,
    Request,
    RequestKind,
    RequestState,
    Tally,
    Trigger,
)
from qbwc_bridge.store import companies, customers, marks, payments, projects
from qbwc_bridge.store import requests as rows
from qbwc_bridge.summary import needs_pull
from qbwc_bridge.sync.attribution import applied_invoices
from qbwc_bridge.sync.names import outdated
from qbwc_bridge.sync.plan import plan
from qbwc_bridge.sync.window import advanced, at_least

NEEDED = set(queue.CHANGES) - {RequestKind.COUNT}
"""Without any of these nothing is applied: half of the changes would be a wrong total."""

MARKED = {
    RequestKind.CUSTOMERS,
    RequestKind.DELETED_CUSTOMERS,
    RequestKind.CHANGED_PAYMENTS,
    RequestKind.CHANGED_INVOICES,
    RequestKind.DELETED_PAYMENTS,
    RequestKind.DELETED_INVOICES,
}


def settle_customers(work: Work) -> Mapping[str, CustomerJob] | None:
    """The customer list as it is now, or None while it is still on its way."""
    mine = _of(work, RequestKind.CUSTOMERS, RequestKind.DELETED_CUSTOMERS)
    if any(row.state is not RequestState.DRAINED for row in mine):
        return None
    gone.forget(work, _ids(mine, RequestKind.DELETED_CUSTOMERS))
    _advance(work, mine)
    work.done(*mine)
    known = customers.everything(work.c, work.company_id)
    if mine and (renamed := outdated(known)):
        customers.rename(work.c, work.company_id, renamed)
        known = customers.everything(work.c, work.company_id)
    gone.freeze(work, {list_id for list_id, job in known.items() if job.deleted})
    return known


def settle_activity(work: Work) -> None:
    """A file that was restored from a backup or condensed has to be read again completely."""
    for row in _of(work, RequestKind.ACTIVITY):
        if row.state is RequestState.DRAINED:
            found = Activity(*(row.ids or ("", "")))
            before = companies.by_id(work.c, work.company_id).activity
            if before is not None and found != before:
                queue.reread_everything(work.c, work.company_id, work.now)
                rows.queue(work.c, work.company_id, RequestKind.CUSTOMERS, trigger=Trigger.REPAIR, now=work.now)
            companies.active(work.c, work.company_id, found)
            work.done(row)


def settle(work: Work) -> None:
    """Apply the changes when all of them are here."""
    mine = _of(work, *queue.CHANGES, RequestKind.PAYMENTS_BY_ID)
    complete = all(row.state is RequestState.DRAINED for row in mine)
    if not complete or not {row.kind for row in mine} >= NEEDED:
        return
    _pull_what_came_in(work)
    followed = _followed(work)
    fetched = _fetched(work, mine, followed)
    if _ask_again(work, mine, fetched) or _ask_for_invoices(work, fetched.values()):
        return
    _apply(work, mine, fetched)
    differing = _count(work, mine)
    for project in followed:
        if project.id not in differing:
            projects.synced(work.c, work.company_id, project.id, work.now)
    payments.apply_editions(work.c, work.company_id, _ids(mine, RequestKind.CHANGED_INVOICES))
    _advance(work, mine)
    work.done(*mine)


def _pull_what_came_in(work: Work) -> None:
    """A customer:job that came into a project's scope since its last complete pull, with all it was paid before: changes
    do not bring that."""
    here = scopes(work.c, work.company_id)
    for project in _followed(work):
        if not here.of(project).swept <= project.pulled:
            queue.repull(work.c, work.company_id, project.id, work.now)


def _of(work: Work, *kinds: RequestKind) -> list[Request]:
    return [row for row in work.open_rows() if row.kind in kinds]


def _ids(mine: Iterable[Request], *kinds: RequestKind) -> set[str]:
    return {one for row in mine if row.kind in kinds for one in row.ids}


def _followed(work: Work) -> list[Project]:
    """The projects for which changes are enough: pulled completely before, and sound."""
    pulling = {row.project_id for row in work.open_rows()}
    everyone = projects.listing(work.c, work.company_id)
    return [project for project in everyone if not needs_pull(project) and project.id not in pulling]


def _fetched(work: Work, mine: list[Request], followed: Iterable[Project]) -> dict[str, Payment]:
    """The payments that arrived and concern somebody here: known before, or received from a customer:job we follow."""
    staged = rows.staged(work.c, work.company_id, [row.id for row in mine])
    fetched = {payment.txn_id: payment for row in mine for payment in staged[row.id]}
    known = {one.payment.txn_id for one in payments.with_ids(work.c, work.company_id, fetched)}
    ours = scopes(work.c, work.company_id).swept(followed)
    return {txn_id: one for txn_id, one in fetched.items() if txn_id in known or one.list_id in ours}


def _ask_again(work: Work, mine: Iterable[Request], fetched: Mapping[str, Payment]) -> bool:
    """Payments whose invoice was changed, voided or deleted are asked for again: their own TimeModified need not move."""
    touched = _ids(mine, RequestKind.CHANGED_INVOICES, RequestKind.DELETED_INVOICES)
    here = fetched.keys() | _ids(mine, RequestKind.PAYMENTS_BY_ID)
    stale = {one.payment.txn_id for one in payments.applied_to(work.c, work.company_id, touched)} - here
    queue.queue_by_id(work.c, work.company_id, RequestKind.PAYMENTS_BY_ID, stale, work.conversation.trigger, work.now)
    return bool(stale)


def _ask_for_invoices(work: Work, fetched: Iterable[Payment]) -> bool:
    paid = applied_invoices(fetched)
    unknown = paid - payments.invoice_owners(work.c, work.company_id, paid).keys()
    queue.queue_by_id(work.c, work.company_id, RequestKind.INVOICES, unknown, work.conversation.trigger, work.now)
    return bool(unknown)


def _apply(work: Work, mine: Iterable[Request], fetched: Mapping[str, Payment]) -> None:
    """Deletions come last and win."""
    deleted = _ids(mine, RequestKind.DELETED_PAYMENTS)
    missing = _ids(mine, RequestKind.PAYMENTS_BY_ID) - fetched.keys()
    concerned = payments.with_ids(work.c, work.company_id, {*fetched, *deleted, *missing})
    stored = {one.payment.txn_id: one for one in concerned}
    owners = payments.invoice_owners(work.c, work.company_id, applied_invoices(fetched.values()))
    work.apply(plan(stored, fetched, owners, deleted=deleted), "deleted in QuickBooks")
    if doubtful := (missing - deleted) & stored.keys():  # not returned and not in the log: no proof of a deletion
        queue.reread(work.c, work.company_id, {stored[txn_id].payment.list_id for txn_id in doubtful}, work.now)


def _count(work: Work, mine: Iterable[Request]) -> set[int]:
    """Compare how many payments both sides have; where they differ the projects are read again completely.
    Returns their ids."""
    differing: set[int] = set()
    for row in mine:
        if row.kind is RequestKind.COUNT:
            ours = payments.tally(work.c, work.company_id, row.ids)
            work.compared(Tally(row.received, ours.total if row.received == ours.count else ZERO), ours)
            if row.received != ours.count:
                work.repairs.append(outcomes.counts_differ(row.received, ours.count))
                differing |= queue.reread(work.c, work.company_id, row.ids, work.now)
    return differing


def _advance(work: Work, mine: Iterable[Request]) -> None:
    """All kinds are saved by the same clocks: the newest time seen in any of them says how far those that brought something
    are read. Otherwise a list nobody touched since the day it was imported would come again whole every day."""
    known = marks.all_of(work.c, work.company_id)
    newest = max([*known.values(), *(row.newest for row in (*mine, *work.open_rows()))], default="")
    fresh = {row.kind: _mark(work, row, newest, known.get(row.kind, "")) for row in mine if row.kind in MARKED}
    marks.put(work.c, work.company_id, {kind: mark for kind, mark in fresh.items() if mark})


def _mark(work: Work, row: Request, newest: str, before: str) -> str:
    if not before:
        return at_least([newest], work.conversation.started)
    return advanced(before, newest, work.now) if row.newest else before
