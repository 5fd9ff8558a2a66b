"""Working one answer into the store: each ``…Rs`` to its row of the queue, then every pull that is complete.

A pull is complete when its last page is here, the customer list of this conversation is, and the customer:job of every
invoice its payments pay is known. Then, and only then, stored and incoming are compared and the difference is applied, all
in the caller's one transaction.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from qbwc_bridge.connector import outcomes
from qbwc_bridge.connector import requests as queue
from qbwc_bridge.errors import TotalsDiffer
from qbwc_bridge.records import (
    ZERO,
    Answer,
    Conversation,
    CustomerJob,
    Failure,
    Invoice,
    Payment,
    Project,
    Request,
    RequestKind,
    RequestState,
    Tally,
)
from qbwc_bridge.store import companies, customers, manual, payments, projects
from qbwc_bridge.store import requests as rows
from qbwc_bridge.store.database import Connection
from qbwc_bridge.sync.attribution import applied_invoices
from qbwc_bridge.sync.plan import Plan, plan, rebooked, tally
from qbwc_bridge.sync.scope import Scope

NOT_FOUND = {500, 3120, 3130, 3140}
ITERATOR_INVALID = 3391
READABLE = {0, 1, *range(500, 1000)}


@dataclass
class AnswerWork:
    """One answer, being worked in. ``conversation`` collects the counts; ``failures`` and ``held`` what went wrong."""

    c: Connection
    conversation: Conversation
    page_size: int
    now: datetime
    failures: list[Failure] = field(default_factory=list)
    held: bool = False

    @property
    def company_id(self) -> int:
        """Whose books."""
        return self.conversation.company_id

    def take(self, answers: Iterable[Answer]) -> None:
        """Give each answer to the row that asked; a row without an answer has failed once more."""
        by_id = {answer.request_id: answer for answer in answers}
        sent = [row for row in rows.open_rows(self.c, self.company_id) if row.state is RequestState.SENT]
        for row in sorted(sent, key=queue.travel_order):  # customers first: the others are judged by them
            self._take_one(row, by_id.get(row.wire_id))

    def _take_one(self, row: Request, answer: Answer | None) -> None:
        if answer is None:
            self.fail(row, outcomes.answer_unreadable("one request was not answered"))
        elif answer.status_code == ITERATOR_INVALID and row.attempts + 1 < queue.ATTEMPTS:
            rows.restart(self.c, self.company_id, [row.id], attempts=row.attempts + 1)
        elif row.kind is RequestKind.INVOICES:
            self._invoices(row, answer)
        elif row.kind is RequestKind.PAYMENTS and answer.status_code in NOT_FOUND:
            self._not_found(row, outcomes.failure(str(answer.status_code), answer.message))
        elif answer.status_code not in READABLE:
            self.fail(row, outcomes.failure(str(answer.status_code), answer.message))
        else:
            self._page(row, answer)

    def fail(self, row: Request, failure: Failure, *, for_good: bool = False) -> None:
        """One more failed attempt, or the last; the others go on."""
        self.failures.append(failure)
        queue.fail(self.c, self.company_id, row, failure, self.now, for_good=for_good)

    def _not_found(self, row: Request, failure: Failure) -> None:
        """QuickBooks does not know a ListID we asked for: the job is gone, or the list of its parents is out of date."""
        known = customers.everything(self.c, self.company_id)
        project = projects.by_id(self.c, self.company_id, row.project_id or 0)
        if self._is_gone(row, project, known):
            return
        scope = queue.current_scope(self.c, project, known)
        if row.attempts or (row.ids, row.with_jobs) == (scope.ids, scope.with_jobs):
            self.fail(row, failure)
        else:
            rows.restart(self.c, self.company_id, [row.id], attempts=row.attempts + 1)

    def _is_gone(self, row: Request, project: Project, known: Mapping[str, CustomerJob]) -> bool:
        """Was the linked customer:job deleted or merged away? Then its earlier data stays and asking again is no use."""
        job = known.get(project.list_id)
        if job and not job.deleted:
            return False
        self.fail(row, outcomes.customer_gone(job.full_name if job else ""), for_good=True)
        return True

    def _page(self, row: Request, answer: Answer) -> None:
        if answer.remaining is None and len(answer.rows) >= self.page_size:
            # A full page without a remaining count may be cut off silently (reference: iterators).
            self.fail(row, outcomes.answer_unreadable("a full page came without the number of rows that remain"))
            return
        if row.kind is RequestKind.CUSTOMERS:
            customers.receive(self.c, self.company_id, answer.rows, self.conversation.id)
        else:
            rows.stage(self.c, self.company_id, row.id, answer.rows)
        received = row.received + len(answer.rows)
        if answer.remaining:
            self._change(row, RequestState.QUEUED, received, answer.remaining, answer.iterator_id)
        elif row.kind is RequestKind.CUSTOMERS:
            self._customers_complete(row, received)
        else:
            self._change(row, RequestState.DRAINED, received, 0, "")

    def _change(self, row: Request, state: RequestState, received: int, remaining: int, iterator_id: str) -> None:
        values = {"state": state, "received": received, "remaining": remaining, "iterator_id": iterator_id}
        rows.change(self.c, self.company_id, [row.id], **values)

    def _customers_complete(self, row: Request, received: int) -> None:
        if received:  # an empty list says more about the reading than about the company: nobody is marked deleted
            customers.mark_deleted(self.c, self.company_id, self.conversation.id, self.now)
        companies.customers_received(self.c, self.company_id, self.now)
        rows.end(self.c, self.company_id, [row.id], RequestState.DONE, self.now)

    def _invoices(self, row: Request, answer: Answer) -> None:
        if answer.status_code in NOT_FOUND and not answer.rows and len(row.ids) > 1:
            self._halve(row)  # one unknown TxnID may fail the whole query (reference: EntityFilter, status 3120)
            return
        if answer.status_code not in READABLE | NOT_FOUND:
            self.fail(row, outcomes.failure(str(answer.status_code), answer.message))
            return
        self._receive_invoices(row, answer.rows)
        rows.end(self.c, self.company_id, [row.id], RequestState.DONE, self.now)

    def _halve(self, row: Request) -> None:
        middle = len(row.ids) // 2
        for ids in (row.ids[:middle], row.ids[middle:]):
            rows.queue(self.c, self.company_id, RequestKind.INVOICES, ids=ids, trigger=row.trigger, now=self.now)
        rows.end(self.c, self.company_id, [row.id], RequestState.DONE, self.now)

    def _receive_invoices(self, row: Request, received: Iterable[Invoice]) -> None:
        """Store them; an invoice QuickBooks did not return keeps its last known customer:job, or has none."""
        before = payments.invoice_owners(self.c, self.company_id, row.ids)
        found = {invoice.txn_id: invoice for invoice in received}
        missing = [Invoice(txn_id, before.get(txn_id, "")) for txn_id in row.ids if txn_id not in found]
        payments.receive_invoices(self.c, self.company_id, [*found.values(), *missing], self.conversation.id)
        moved = {
            one.txn_id: one.list_id for one in found.values() if before.get(one.txn_id, one.list_id) != one.list_id
        }
        if moved:
            self._rebook(moved)

    def _rebook(self, moved: Mapping[str, str]) -> None:
        stored = payments.applied_to(self.c, self.company_id, moved)
        paid = applied_invoices(one.payment for one in stored)
        self._apply(rebooked(stored, payments.invoice_owners(self.c, self.company_id, paid)), "invoice moved")

    def settle(self) -> None:
        """Reconcile every pull that is complete; ask for the invoices whose customer:job is not known yet."""
        waiting = rows.open_rows(self.c, self.company_id)
        if any(row.kind is RequestKind.CUSTOMERS for row in waiting):
            return
        known = customers.everything(self.c, self.company_id)
        drained = [row for row in waiting if row.state is RequestState.DRAINED]
        pulls = [pull for row in drained if (pull := self._pull(row, known))]
        staged = rows.staged(self.c, self.company_id, [pull.row.id for pull in pulls])
        pulls = [replace(pull, incoming=tuple(staged[pull.row.id])) for pull in pulls]
        unknown = self._unknown_invoices(pulls)
        self._ask_for(unknown, waiting)
        self._reconcile([pull for pull in pulls if not applied_invoices(pull.incoming) & unknown])

    def _pull(self, row: Request, known: Mapping[str, CustomerJob]) -> "_Pull | None":
        """The pull of a drained row, unless its customer:job is gone or what it had to ask for has changed meanwhile."""
        project = projects.by_id(self.c, self.company_id, row.project_id or 0)
        if self._is_gone(row, project, known):
            return None
        scope = queue.current_scope(self.c, project, known)
        if (row.ids, row.with_jobs) == (scope.ids, scope.with_jobs):
            return _Pull(row, project, scope)
        rows.restart(self.c, self.company_id, [row.id])
        return None

    def _unknown_invoices(self, pulls: Iterable["_Pull"]) -> set[str]:
        """The invoices these pulls pay whose customer:job this conversation has not asked about yet."""
        paid = applied_invoices(payment for pull in pulls for payment in pull.incoming)
        return paid - payments.invoice_owners(self.c, self.company_id, paid, self.conversation.id).keys()

    def _ask_for(self, invoice_ids: set[str], waiting: Iterable[Request]) -> None:
        asked = {txn_id for row in waiting if row.kind is RequestKind.INVOICES for txn_id in row.ids}
        queue.queue_invoices(self.c, self.company_id, invoice_ids - asked, self.conversation.trigger, self.now)

    def _reconcile(self, pulls: list["_Pull"]) -> None:
        kept = [pull for pull in pulls if not self._hold(pull)]
        if not kept:
            return
        incoming = {payment.txn_id: payment for pull in kept for payment in pull.incoming}
        swept = {list_id for pull in kept for list_id in pull.scope.swept}
        stored = {one.payment.txn_id: one for one in payments.received_from(self.c, self.company_id, swept)}
        elsewhere = [txn_id for txn_id in incoming if txn_id not in stored]
        stored.update({one.payment.txn_id: one for one in payments.with_ids(self.c, self.company_id, elsewhere)})
        owners = payments.invoice_owners(self.c, self.company_id, applied_invoices(incoming.values()))
        self._apply(plan(stored, incoming, owners, swept), "not in QuickBooks any more")
        self._compare(tally(incoming.values(), swept), payments.tally(self.c, self.company_id, swept))
        self._done(kept)

    def _hold(self, pull: "_Pull") -> bool:
        """QuickBooks answered "nothing" where there was something: believe it only when an admin does."""
        if pull.incoming or not payments.tally(self.c, self.company_id, pull.scope.swept).count:
            return False
        projects.held(self.c, self.company_id, pull.project.id, self.now)
        rows.end(self.c, self.company_id, [pull.row.id], RequestState.DONE, self.now)
        self.held = True
        return True

    def _apply(self, todo: Plan, because: str) -> None:
        payments.apply(
            self.c,
            self.company_id,
            written=todo.written,
            removed=todo.removed,
            changes=todo.changes,
            because=because,
            now=self.now,
        )
        run = self.conversation
        self.conversation = replace(
            run,
            added=run.added + todo.added_count,
            changed=run.changed + todo.changed_count,
            removed=run.removed + len(todo.removed),
        )

    def _compare(self, theirs: Tally, ours: Tally) -> None:
        if theirs != ours:
            said = outcomes.totals_differ(theirs, ours)
            raise TotalsDiffer(said.sentence, said.hint)
        run = self.conversation
        self.conversation = replace(run, quickbooks=_sum(run.quickbooks, theirs), ours=_sum(run.ours, ours))

    def _done(self, pulls: list["_Pull"]) -> None:
        first = [pull.project.id for pull in pulls if pull.project.synced_at is None]
        manual.put_away(self.c, self.company_id, first, self.now)
        for pull in pulls:
            projects.synced(self.c, self.company_id, pull.project.id, self.now)
        rows.end(self.c, self.company_id, [pull.row.id for pull in pulls], RequestState.DONE, self.now)

    def progress(self) -> int:
        """Per cent of this conversation's requests, never 100 and never less than before."""
        asked = rows.in_conversation(self.c, self.company_id, self.conversation.id)
        fresh = [row for row in rows.open_rows(self.c, self.company_id) if row.conversation_id != self.conversation.id]
        done = sum(_share_done(row) for row in asked)
        return max(self.conversation.progress, min(99, int(100 * done / max(len(asked) + len(fresh), 1))))


@dataclass(frozen=True, slots=True)
class _Pull:
    """A drained row with its project, what it covers, and the payments it brought."""

    row: Request
    project: Project
    scope: Scope
    incoming: tuple[Payment, ...] = ()


def _share_done(row: Request) -> float:
    if row.state in {RequestState.DONE, RequestState.FAILED, RequestState.CANCELLED}:
        return 1.0
    return row.received / (row.received + row.remaining + 1) if row.remaining is not None else 0.0


def _sum(before: Tally | None, more: Tally) -> Tally:
    before = before or Tally(0, ZERO)
    return Tally(before.count + more.count, before.total + more.total)
