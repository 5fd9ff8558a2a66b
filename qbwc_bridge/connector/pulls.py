"""Complete pulls: all payments that can concern one link, compared with what is stored once everything is there.

A pull is complete when its last page is here, the customer list is, and the customer:job of every invoice its payments pay
is known. Then, and only then, stored and incoming are compared and the difference is applied, all in the caller's one
transaction: what QuickBooks did not send any more is removed, manual payments go to the archive.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from qbwc_bridge.connector import outcomes
from qbwc_bridge.connector import requests as queue
from qbwc_bridge.connector.scopes import Scopes, scopes
from qbwc_bridge.connector.work import Work
from qbwc_bridge.errors import TotalsDiffer
from qbwc_bridge.records import CustomerJob, Payment, Project, Request, RequestKind, RequestState
from qbwc_bridge.store import manual, marks, payments, projects
from qbwc_bridge.store import requests as rows
from qbwc_bridge.sync.attribution import applied_invoices
from qbwc_bridge.sync.plan import plan, tally
from qbwc_bridge.sync.scope import Scope
from qbwc_bridge.sync.window import at_least

FOLLOWED = (
    RequestKind.CHANGED_PAYMENTS,
    RequestKind.CHANGED_INVOICES,
    RequestKind.DELETED_PAYMENTS,
    RequestKind.DELETED_INVOICES,
)


@dataclass(frozen=True, slots=True)
class _Pull:
    """A drained row with its project, what it covers, and the payments it brought."""

    row: Request
    project: Project
    scope: Scope
    incoming: tuple[Payment, ...] = ()


def settle(work: Work, known: Mapping[str, CustomerJob]) -> None:
    """Reconcile every pull that is complete; ask for the invoices whose customer:job is not known yet."""
    mine = [row for row in work.open_rows() if row.kind is RequestKind.PAYMENTS]
    projects_of = {row.id: projects.by_id(work.c, work.company_id, row.project_id or 0) for row in mine}
    alive = [row for row in mine if not work.is_gone(row, projects_of[row.id], known)]
    drained = [row for row in alive if row.state is RequestState.DRAINED]
    here = scopes(work.c, work.company_id)
    pulls = [pull for row in drained if (pull := _pull(work, row, projects_of[row.id], here))]
    staged = rows.staged(work.c, work.company_id, [pull.row.id for pull in pulls])
    pulls = [replace(pull, incoming=tuple(staged[pull.row.id])) for pull in pulls]
    paid = applied_invoices(payment for pull in pulls for payment in pull.incoming)
    unknown = paid - payments.invoice_owners(work.c, work.company_id, paid, work.conversation.id).keys()
    queue.queue_by_id(work.c, work.company_id, RequestKind.INVOICES, unknown, work.conversation.trigger, work.now)
    _reconcile(work, [pull for pull in pulls if not applied_invoices(pull.incoming) & unknown])


def _pull(work: Work, row: Request, project: Project, here: Scopes) -> _Pull | None:
    """The pull of a drained row, unless what it had to ask for has changed meanwhile."""
    scope = here.of(project)
    if (row.ids, row.with_jobs) == (scope.ids, scope.with_jobs):
        return _Pull(row, project, scope)
    rows.restart(work.c, work.company_id, [row.id])
    return None


def _reconcile(work: Work, pulls: Iterable[_Pull]) -> None:
    kept = [pull for pull in pulls if not _hold(work, pull)]
    if not kept:
        return
    incoming = {payment.txn_id: payment for pull in kept for payment in pull.incoming}
    swept = {list_id for pull in kept for list_id in pull.scope.swept}
    stored = {one.payment.txn_id: one for one in payments.received_from(work.c, work.company_id, swept)}
    elsewhere = [txn_id for txn_id in incoming if txn_id not in stored]
    stored.update({one.payment.txn_id: one for one in payments.with_ids(work.c, work.company_id, elsewhere)})
    owners = payments.invoice_owners(work.c, work.company_id, applied_invoices(incoming.values()))
    work.apply(plan(stored, incoming, owners, swept), "not in QuickBooks any more")
    _compare(work, incoming.values(), swept)
    _done(work, kept)


def _hold(work: Work, pull: _Pull) -> bool:
    """QuickBooks answered "nothing" where there was something: believe it only when an admin does."""
    if pull.incoming or not payments.tally(work.c, work.company_id, pull.scope.swept).count:
        return False
    projects.held(work.c, work.company_id, pull.project.id, work.now)
    work.done(pull.row)
    work.held = True
    return True


def _compare(work: Work, incoming: Iterable[Payment], swept: set[str]) -> None:
    """Count and total of both sides; a difference rolls everything back."""
    theirs, ours = tally(incoming, swept), payments.tally(work.c, work.company_id, swept)
    if theirs != ours:
        said = outcomes.totals_differ(theirs, ours)
        raise TotalsDiffer(said.sentence, said.hint)
    work.compared(theirs, ours)


def _done(work: Work, pulls: list[_Pull]) -> None:
    first = [pull.project.id for pull in pulls if pull.project.synced_at is None]
    manual.put_away(work.c, work.company_id, first, work.now, work.conversation.id)
    for pull in pulls:
        projects.synced(work.c, work.company_id, pull.project.id, work.now)
        projects.pulled(work.c, work.company_id, pull.project.id, pull.scope.swept)
    work.done(*(pull.row for pull in pulls))
    _follow_from_here(work, [pull.row.newest for pull in pulls])


def _follow_from_here(work: Work, newest: Iterable[str]) -> None:
    """From the first complete pull on, changes are followed company-wide: they start before it began, also by the clock of
    a QuickBooks computer that is behind."""
    known = marks.all_of(work.c, work.company_id)
    latest = max([*newest, known.get(RequestKind.CUSTOMERS, "")])
    start = at_least([latest], work.conversation.started)
    marks.put(work.c, work.company_id, {kind: start for kind in FOLLOWED if kind not in known})
