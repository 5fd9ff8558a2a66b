"""What the steps of working one answer in have in common: the transaction, the conversation, and what went wrong so far."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from qbwc_bridge.connector import outcomes
from qbwc_bridge.connector import requests as queue
from qbwc_bridge.records import ZERO, Conversation, CustomerJob, Failure, Project, Request, RequestState, Tally
from qbwc_bridge.store import payments
from qbwc_bridge.store import requests as rows
from qbwc_bridge.store.database import Connection
from qbwc_bridge.sync.plan import Plan

WORST_FIRST = ("failed", "held", "repaired", "")


@dataclass
class Work:
    """One answer, being worked in. ``conversation`` collects the counts; ``failures`` and ``held`` what went
    wrong, ``repairs`` what did not add up and is read again."""

    c: Connection
    conversation: Conversation
    page_size: int
    now: datetime
    failures: list[Failure] = field(default_factory=list)
    repairs: list[Failure] = field(default_factory=list)
    held: bool = False

    @property
    def company_id(self) -> int:
        """Whose books."""
        return self.conversation.company_id

    def open_rows(self) -> list[Request]:
        """The queue as it stands."""
        return rows.open_rows(self.c, self.company_id)

    def fail(self, row: Request, failure: Failure, *, for_good: bool = False) -> None:
        """One more failed attempt, or the last; the others go on."""
        self.failures.append(failure)
        queue.fail(self.c, self.company_id, row, failure, self.now, for_good=for_good)

    def done(self, *finished: Request) -> None:
        """These rows have brought what they were asked for."""
        rows.end(self.c, self.company_id, [row.id for row in finished], RequestState.DONE, self.now)

    def is_gone(self, row: Request, project: Project, known: Mapping[str, CustomerJob]) -> bool:
        """Was the linked customer:job deleted or merged away? Then its earlier data stays and asking again is no use."""
        job = known.get(project.list_id)
        if job and not job.deleted:
            return False
        self.fail(row, outcomes.customer_gone(job.full_name if job else ""), for_good=True)
        return True

    def apply(self, todo: Plan, because: str) -> None:
        """Carry a plan out and count it."""
        payments.apply(
            self.c,
            self.company_id,
            written=todo.written,
            removed=todo.removed,
            changes=todo.changes,
            because=because,
            now=self.now,
            conversation_id=self.conversation.id,
        )
        run = self.conversation
        self.conversation = replace(
            run,
            added=run.added + todo.added_count,
            changed=run.changed + todo.changed_count,
            removed=run.removed + len(todo.removed),
        )

    def compared(self, theirs: Tally, ours: Tally) -> None:
        """Keep both sides' count and total for the sync log."""
        run = self.conversation
        self.conversation = replace(run, quickbooks=_sum(run.quickbooks, theirs), ours=_sum(run.ours, ours))

    @property
    def first_problem(self) -> Failure | None:
        """The first thing that went wrong in this conversation, or did not add up."""
        return next(iter([*filter(None, [self.conversation.failure]), *self.failures, *self.repairs]), None)

    @property
    def result(self) -> str:
        """The worst of this answer and those before it."""
        results = ["failed"] * bool(self.failures) + ["held"] * self.held + ["repaired"] * bool(self.repairs)
        return min([*results, self.conversation.result], key=WORST_FIRST.index)

    def progress(self) -> int:
        """Per cent of this conversation's requests, never 100 and never less than before."""
        asked = rows.in_conversation(self.c, self.company_id, self.conversation.id)
        fresh = [row for row in self.open_rows() if row.conversation_id != self.conversation.id]
        done = sum(_share_done(row) for row in asked)
        return max(self.conversation.progress, min(99, int(100 * done / max(len(asked) + len(fresh), 1))))


def _share_done(row: Request) -> float:
    if row.state in {RequestState.DONE, RequestState.FAILED, RequestState.CANCELLED}:
        return 1.0
    return row.received / (row.received + row.remaining + 1) if row.remaining is not None else 0.0


def _sum(before: Tally | None, more: Tally) -> Tally:
    before = before or Tally(0, ZERO)
    return Tally(before.count + more.count, before.total + more.total)
