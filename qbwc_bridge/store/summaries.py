"""Everything a payment summary or a state is computed from, read in one go and handed to ``summary``."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from qbwc_bridge.records import (
    ZERO,
    Company,
    Conversation,
    CustomerJob,
    Failure,
    Project,
    Request,
    RequestKind,
    State,
    Summary,
    Tally,
)
from qbwc_bridge.store import companies, conversations, customers, manual, payments, projects, requests
from qbwc_bridge.store.database import Connection
from qbwc_bridge.summary import (
    LATELY,
    Busy,
    Clock,
    SyncFacts,
    SyncStatus,
    busy,
    children_of,
    covered_by,
    needs_pull,
    parents_of,
    pressed_at,
    quiet_until,
    summarise,
    sync_status,
)

WISHES = {RequestKind.PAYMENTS, RequestKind.CHANGED_PAYMENTS, RequestKind.CUSTOMERS}
"""What people and the day ask for; all other requests follow from these."""

ACTIVE_FOR = timedelta(minutes=10)
"""QuickBooks may take minutes over a large answer and no call arrives meanwhile; after this long a sync is not "running"."""


@dataclass(frozen=True, slots=True)
class ProjectStatus:
    """One line of the projects list. ``count`` is None when nobody asked for it."""

    project: Project
    customer: CustomerJob | None
    status: SyncStatus
    paid_to_date: Decimal
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Overview:
    """A whole company at one moment. ``waiting`` counts the requests not yet done, ``archived`` the projects
    that are not among ``projects``."""

    company: Company
    status: SyncStatus
    waiting: int
    projects: list[ProjectStatus]
    archived: int = 0

    @property
    def failure(self) -> Failure | None:
        """What is wrong now: with the whole company, or else with a project of it."""
        return next(filter(None, [self.company.failure, *(line.project.failure for line in self.projects)]), None)


@dataclass(frozen=True, slots=True)
class _Moment:
    """What all states of one company share."""

    company: Company
    clock: Clock
    poll_minutes: int
    open_requests: list[Request]
    running: Conversation | None
    wished: Mapping[int | None, datetime]
    busy: Busy | None


def load(c: Connection, company_id: int, project_id: int, now: datetime, poll_minutes: int = 15) -> Summary:
    """The payment summary of one project. Raises NotFound."""
    return with_status(c, company_id, project_id, now, poll_minutes)[0]


def with_status(
    c: Connection, company_id: int, project_id: int, now: datetime, poll_minutes: int = 15
) -> tuple[Summary, SyncStatus]:
    """The payment summary of one project and its state. Raises NotFound."""
    moment = _moment(c, company_id, now, poll_minutes)
    project = projects.by_id(c, company_id, project_id)
    status = _project_status(moment, project)
    known = customers.around(c, company_id, project.list_id) if project.list_id else {}
    covered = covered_by(project.list_id, project.include_jobs, known) if project.list_id else ()
    booked = payments.of_jobs(c, company_id, covered)
    on_parent = payments.unused(c, company_id, parents_of(project.list_id, known))
    known.update(customers.some(c, company_id, {one.payment.list_id for one in booked} - known.keys()))
    typed = manual.listing(c, company_id, project_id)
    return summarise(moment.company.name, project, status.state, known, booked, typed, on_parent), status


def status(c: Connection, company_id: int, project_id: int, now: datetime, poll_minutes: int = 15) -> SyncStatus:
    """The state of one project. Raises NotFound."""
    moment = _moment(c, company_id, now, poll_minutes)
    project = projects.by_id(c, company_id, project_id)
    return _project_status(moment, project)


def overview(
    c: Connection, company_id: int, now: datetime, poll_minutes: int = 15, *, counting: bool = True
) -> Overview:
    """The company and its projects, in a handful of queries whatever their number. Without ``counting`` no payments are
    counted, which saves as much time as all the rest takes."""
    moment = _moment(c, company_id, now, poll_minutes)
    lines = _lines(c, moment, projects.listing(c, company_id), counting)
    state = _company_status(moment, [line.status for line in lines])
    archived = projects.count_archived(c, company_id)
    return Overview(moment.company, state, len(moment.open_requests), lines, archived)


def archived(
    c: Connection, company_id: int, now: datetime, poll_minutes: int = 15, *, counting: bool = True
) -> list[ProjectStatus]:
    """The archived projects, each with what it showed last."""
    return _lines(c, _moment(c, company_id, now, poll_minutes), projects.archived(c, company_id), counting)


def _lines(c: Connection, moment: _Moment, chosen: Iterable[Project], counting: bool) -> list[ProjectStatus]:
    known = customers.everything(c, moment.company.id)
    paid = _Paid(c, moment.company.id, known, counting)
    return [
        ProjectStatus(project, known.get(project.list_id), _project_status(moment, project), *paid.to(project))
        for project in chosen
    ]


class _Paid:
    """Paid to date of every project and, if wanted, its number of payments, from a few queries for all of them."""

    def __init__(self, c: Connection, company_id: int, known: Mapping[str, CustomerJob], counting: bool) -> None:
        self.known, self.children = known, children_of(known)
        self.by_hand = manual.totals(c, company_id)
        self.sums = payments.sums(c, company_id)
        self.posted = payments.posted(c, company_id) if counting else None

    def to(self, project: Project) -> tuple[Decimal, int | None]:
        if project.frozen is not None:
            shown = [line.amount for line in project.frozen if line.status == "posted"]
            return sum(shown, ZERO), len(shown)
        if not (project.client_payments and project.synced_at):
            typed = self.by_hand.get(project.id, Tally(0, ZERO))
            return typed.total, typed.count
        covered = covered_by(project.list_id, project.include_jobs, self.known, self.children)
        return sum((self.sums.get(one, ZERO) for one in covered), ZERO), self._count(covered)

    def _count(self, covered: set[str]) -> int | None:
        """A payment that pays invoices of two covered jobs is one payment."""
        if self.posted is None:
            return None
        return len(set().union(*(self.posted.get(one, ()) for one in covered)))


def _moment(c: Connection, company_id: int, now: datetime, poll_minutes: int) -> _Moment:
    company = companies.by_id(c, company_id)
    running = conversations.running(c, company_id, now - ACTIVE_FOR)
    waiting = requests.open_rows(c, company_id)
    lately = conversations.log(c, company_id, LATELY) if waiting or company.failure else []
    too_busy = busy(lately, now, pressed_at(waiting))
    clock = Clock(now, company.timezone)
    return _Moment(company, clock, poll_minutes, waiting, running, _wished(waiting), too_busy)


def _wished(waiting: Iterable[Request]) -> Mapping[int | None, datetime]:
    """Since when each project's own rows wait; under None the company's changes."""
    since: dict[int | None, datetime] = {}
    for row in waiting:
        changes = row.kind is RequestKind.CHANGED_PAYMENTS
        if row.requested_at and (changes or row.project_id is not None):
            key = None if changes else row.project_id
            since[key] = min(row.requested_at, since.get(key, row.requested_at))
    return since


def _requested_at(moment: _Moment, project: Project) -> datetime | None:
    """Since when rows wait that concern it: its own, or the company's changes when those are enough for it."""
    both = [moment.wished.get(project.id), None if needs_pull(project) else moment.wished.get(None)]
    return min(filter(None, both), default=None)


def _project_status(moment: _Moment, project: Project) -> SyncStatus:
    requested_at = _requested_at(moment, project)
    failure, failed_at = project.failure, project.failed_at
    if moment.company.failure and project.client_payments:
        failure, failed_at = moment.company.failure, moment.company.failed_at
    facts = SyncFacts(
        client_payments=project.client_payments,
        linked=bool(project.list_id),
        archived=project.archived_at is not None,
        frozen=project.frozen is not None,
        last_contact_at=moment.company.last_contact_at,
        requested_at=requested_at,
        progress=moment.running.progress if moment.running and requested_at else None,
        synced_at=project.synced_at,
        held_at=project.held_at,
        failure=failure,
        failed_at=failed_at,
        poll_minutes=moment.poll_minutes,
        paused=moment.company.paused,
        quiet_until=quiet_until(moment.company, moment.clock.now),
        busy=moment.busy,
    )
    return sync_status(facts, moment.clock)


def _company_status(moment: _Moment, states: list[SyncStatus]) -> SyncStatus:
    company = moment.company
    asked = [row for row in moment.open_requests if row.kind in WISHES]
    facts = SyncFacts(
        last_contact_at=company.last_contact_at,
        requested_at=_oldest(asked),
        progress=moment.running.progress if moment.running else None,
        synced_at=company.last_success_at,
        failure=company.failure,
        failed_at=company.failed_at,
        poll_minutes=moment.poll_minutes,
        paused=company.paused,
        quiet_until=quiet_until(company, moment.clock.now),
        busy=moment.busy,
    )
    own = sync_status(facts, moment.clock)
    if own.state is not State.CURRENT:
        return own
    worse = [one for state in (State.FAILED, State.HELD) for one in states if one.state is state]
    return replace(worse[0], facts=replace(worse[0].facts, synced_at=company.last_success_at)) if worse else own


def _oldest(rows: list[Request]) -> datetime | None:
    return min((row.requested_at for row in rows if row.requested_at), default=None)
