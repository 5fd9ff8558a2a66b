"""Everything a payment summary or a state is computed from, read in one go and handed to ``summary``."""

from collections.abc import Mapping
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
    """One line of the projects list."""

    project: Project
    customer: CustomerJob | None
    status: SyncStatus
    paid_to_date: Decimal
    count: int


@dataclass(frozen=True, slots=True)
class Overview:
    """A whole company at one moment. ``waiting`` counts the requests not yet done."""

    company: Company
    status: SyncStatus
    waiting: int
    projects: list[ProjectStatus]

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
    busy: Busy | None


def load(c: Connection, company_id: int, project_id: int, now: datetime, poll_minutes: int = 15) -> Summary:
    """The payment summary of one project. Raises NotFound."""
    moment = _moment(c, company_id, now, poll_minutes)
    project = projects.by_id(c, company_id, project_id)
    known = customers.everything(c, company_id)
    state = _project_status(moment, project, known).state
    covered = covered_by(project.list_id, project.include_jobs, known) if project.list_id else set()
    concerned = covered.union(parents_of(project.list_id, known))
    booked = payments.concerning(c, company_id, concerned) if concerned else []
    return summarise(moment.company.name, project, state, known, booked, manual.listing(c, company_id, project_id))


def status(c: Connection, company_id: int, project_id: int, now: datetime, poll_minutes: int = 15) -> SyncStatus:
    """The state of one project. Raises NotFound."""
    moment = _moment(c, company_id, now, poll_minutes)
    project = projects.by_id(c, company_id, project_id)
    return _project_status(moment, project, customers.everything(c, company_id))


def overview(c: Connection, company_id: int, now: datetime, poll_minutes: int = 15) -> Overview:
    """The company and all its projects, in a handful of queries whatever their number."""
    moment = _moment(c, company_id, now, poll_minutes)
    known = customers.everything(c, company_id)
    paid = _Paid(c, company_id, known)
    lines = [
        ProjectStatus(
            project, known.get(project.list_id), _project_status(moment, project, known), tally.total, tally.count
        )
        for project in projects.listing(c, company_id)
        for tally in [paid.to(project)]
    ]
    state = _company_status(moment, [line.status for line in lines])
    return Overview(moment.company, state, len(moment.open_requests), lines)


class _Paid:
    """Paid to date of every project, from sums the database makes once."""

    def __init__(self, c: Connection, company_id: int, known: Mapping[str, CustomerJob]) -> None:
        self.c, self.company_id, self.known = c, company_id, known
        self.by_hand = manual.totals(c, company_id)
        self.by_customer = payments.per_customer(c, company_id)

    def to(self, project: Project) -> Tally:
        nothing = Tally(0, ZERO)
        if project.frozen is not None:
            posted = [line.amount for line in project.frozen if line.status == "posted"]
            return Tally(len(posted), sum(posted, ZERO))
        if not (project.client_payments and project.synced_at):
            return self.by_hand.get(project.id, nothing)
        covered = covered_by(project.list_id, project.include_jobs, self.known)
        if len(covered) == 1:
            return self.by_customer.get(project.list_id, nothing)
        return self._over_several(covered)

    def _over_several(self, covered: set[str]) -> Tally:
        """A payment that pays invoices of two covered jobs is one payment: sums add up, counts do not."""
        total = sum((self.by_customer[one].total for one in covered if one in self.by_customer), ZERO)
        posted = [one for one in payments.concerning(self.c, self.company_id, covered) if not one.payment.voided]
        return Tally(len(posted), total)


def _moment(c: Connection, company_id: int, now: datetime, poll_minutes: int) -> _Moment:
    company = companies.by_id(c, company_id)
    running = conversations.running(c, company_id, now - ACTIVE_FOR)
    waiting = requests.open_rows(c, company_id)
    lately = conversations.log(c, company_id, LATELY) if waiting or company.failure else []
    too_busy = busy(lately, now, pressed_at(waiting))
    return _Moment(company, Clock(now, company.timezone), poll_minutes, waiting, running, too_busy)


def _project_status(moment: _Moment, project: Project, known: Mapping[str, CustomerJob]) -> SyncStatus:
    mine = [row for row in moment.open_requests if _concerns(row, project)]
    failure, failed_at = project.failure, project.failed_at
    if moment.company.failure and project.client_payments:
        failure, failed_at = moment.company.failure, moment.company.failed_at
    facts = SyncFacts(
        client_payments=project.client_payments,
        linked=bool(project.list_id),
        last_contact_at=moment.company.last_contact_at,
        requested_at=_oldest(mine),
        progress=moment.running.progress if moment.running and mine else None,
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
    return replace(worse[0], as_of=own.as_of) if worse else own


def _concerns(row: Request, project: Project) -> bool:
    """A row of its own, or the company's changes when those are enough for it."""
    return row.project_id == project.id or (row.kind is RequestKind.CHANGED_PAYMENTS and not needs_pull(project))


def _oldest(rows: list[Request]) -> datetime | None:
    return min((row.requested_at for row in rows if row.requested_at), default=None)
