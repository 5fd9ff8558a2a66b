"""The state of a project or of a whole company, computed from timestamps when somebody looks, and its honest words.

QuickBooks cannot be called: a request waits until the Web Connector's next poll, and the words say so. "As of" is always
the last success; a present problem has its own sentence.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from qbwc_bridge.records import Company, Failure, State
from qbwc_bridge.summary.clock import Clock
from qbwc_bridge.summary.patience import Busy

STALE_AFTER = timedelta(hours=26)
"""A day and a bit: the daily sync may be late by an hour or two without anybody being alarmed."""

BADGES = {
    State.OFF: "Off",
    State.UNLINKED: "Not linked",
    State.NO_CONNECTOR: "Waiting for set-up",
    State.QUEUED: "Sync requested",
    State.SYNCING: "Syncing now",
    State.CURRENT: "Up to date",
    State.STALE: "Out of date",
    State.FAILED: "Problem",
    State.HELD: "Please check",
}

ARCHIVED = "Archived"

ACTIONS = {
    State.OFF: "turn on",
    State.UNLINKED: "link",
    State.NO_CONNECTOR: "setup",
    State.QUEUED: "cancel",
    State.SYNCING: "",
    State.CURRENT: "sync",
    State.STALE: "checklist",
    State.FAILED: "retry",
    State.HELD: "accept",
}


@dataclass(frozen=True, slots=True)
class SyncFacts:
    """What a state is computed from. Instants are None when the thing has not happened."""

    client_payments: bool = True
    linked: bool = True
    archived: bool = False
    frozen: bool = False  # what is shown is a picture of an earlier day
    last_contact_at: datetime | None = None
    requested_at: datetime | None = None
    progress: int | None = None  # of an open conversation with recent activity
    synced_at: datetime | None = None
    held_at: datetime | None = None
    failure: Failure | None = None
    failed_at: datetime | None = None
    poll_minutes: int = 15
    paused: bool = False
    quiet_until: time | None = None  # while QuickBooks is left alone
    busy: Busy | None = None  # while it is left alone because it was busy again and again


@dataclass(frozen=True, slots=True)
class SyncStatus:
    """A state with its words: ``badge`` is short, ``sentence`` says the rest, ``action`` names what a person can do. Words are
    made when somebody reads them: of thousands of projects a page shows a hundred."""

    state: State
    facts: SyncFacts
    clock: Clock

    @property
    def badge(self) -> str:
        """One or two words."""
        return ARCHIVED if self.facts.archived else BADGES[self.state]

    @property
    def sentence(self) -> str:
        """What is the case, and since when."""
        return _sentence(self.state, self.facts, self.clock)

    @property
    def action(self) -> str:
        """What a person can do about it, as a key for the page; "" is nothing."""
        return "restore" if self.facts.archived else ACTIONS[self.state]

    @property
    def progress(self) -> int | None:
        """Per cent, while a sync runs."""
        return self.facts.progress if self.state is State.SYNCING else None

    @property
    def as_of(self) -> str:
        """The last success; "" before the first."""
        return self.clock.say(self.facts.synced_at) if self.facts.synced_at else ""

    @property
    def can_request(self) -> bool:
        """May "Sync Data Now" be pressed? Not while a request waits, runs, or would reach nobody."""
        return self.state in {State.CURRENT, State.STALE, State.FAILED, State.HELD}


def sync_status(facts: SyncFacts, clock: Clock) -> SyncStatus:
    """The state of a project at ``clock.now``, in words of the company's time zone."""
    return SyncStatus(_state(facts, clock.now), facts, clock)


def _state(facts: SyncFacts, now: datetime) -> State:
    if facts.archived or not facts.client_payments:
        return State.OFF
    if not facts.linked:
        return State.UNLINKED
    if facts.last_contact_at is None:
        return State.NO_CONNECTOR
    if facts.progress is not None:
        return State.SYNCING
    if facts.requested_at and not (facts.failed_at and facts.failed_at > facts.requested_at):
        return State.QUEUED
    if facts.failure:
        return State.FAILED
    if facts.held_at:
        return State.HELD
    if facts.synced_at and not facts.frozen and now - facts.synced_at <= STALE_AFTER:
        return State.CURRENT
    return State.STALE


def _sentence(state: State, facts: SyncFacts, clock: Clock) -> str:
    match state:
        case State.OFF:
            return _off(facts)
        case State.UNLINKED:
            return "Choose the QuickBooks customer or job."
        case State.NO_CONNECTOR:
            return "Waiting for the Web Connector to be set up."
        case State.QUEUED:
            return _queued(facts, clock)
        case State.SYNCING:
            return f"Syncing now, {facts.progress} %."
        case State.CURRENT:
            return f"Up to date, synced {_said(facts.synced_at, clock)}. {_last_seen(facts, clock)}"
        case State.STALE:
            return _stale(facts, clock)
        case State.HELD:
            return "QuickBooks returned no payments; nothing was removed."
        case _:
            return " ".join(filter(None, [_problem(facts.failure), _next_try(facts, clock)]))


def _off(facts: SyncFacts) -> str:
    if not facts.archived:
        return "Not synced with QuickBooks."
    synced = " and no longer synced with QuickBooks" if facts.client_payments else ""
    return f"This project is archived{synced}. Nothing in it changes until it is restored."


def _stale(facts: SyncFacts, clock: Clock) -> str:
    if not facts.synced_at:
        return f"Not synced yet. {_why_so_old(facts)}"
    if facts.frozen:
        return f"Last synced {clock.ago(facts.synced_at)}, and not read again since it was restored."
    return f"Last synced {clock.ago(facts.synced_at)}. {_why_so_old(facts)}"


def _queued(facts: SyncFacts, clock: Clock) -> str:
    hurry = (
        _left_alone(facts) or _next_try(facts, clock) or "In a hurry: press Update Selected on the QuickBooks computer."
    )
    return f"Sync requested {_said(facts.requested_at, clock)}. {_last_seen(facts, clock)} {hurry}"


def _left_alone(facts: SyncFacts) -> str:
    """Why nobody can hurry: a call of the Web Connector brings nothing at present."""
    if facts.paused:
        return "Syncing is paused."
    return f"QuickBooks is left alone until {facts.quiet_until:%H:%M}." if facts.quiet_until else ""


def _next_try(facts: SyncFacts, clock: Clock) -> str:
    """Until when the Web Connector's calls bring nothing because QuickBooks was busy. Sync Data Now does not wait for that."""
    return facts.busy.sentence(clock.timezone) if facts.busy and not _left_alone(facts) else ""


def _why_so_old(facts: SyncFacts) -> str:
    return "Syncing is paused." if facts.paused else "Is the QuickBooks computer on?"


def _last_seen(facts: SyncFacts, clock: Clock) -> str:
    every = "every minute" if facts.poll_minutes == 1 else f"every {facts.poll_minutes} minutes"
    return f"The Web Connector checks {every} and was last seen {_said(facts.last_contact_at, clock)}."


def _problem(failure: Failure | None) -> str:
    return " ".join(text for text in (failure.sentence, failure.hint) if text) if failure else ""


def _said(instant: datetime | None, clock: Clock) -> str:
    return clock.say(instant) if instant else "never"


def quiet_until(company: Company, now: datetime) -> time | None:
    """When the quiet hours that are now end, by the company's own clock; None outside of them."""
    if company.quiet_hours is None:
        return None
    start, end = company.quiet_hours
    clock = now.astimezone(ZoneInfo(company.timezone)).time()
    inside = start <= clock < end if start <= end else clock >= start or clock < end
    return end if inside else None


def latest_slot(now: datetime, daily_at: time, timezone: str) -> datetime:
    """The last moment, not after ``now``, at which the company's daily sync was to run."""
    zone = ZoneInfo(timezone)
    today = now.astimezone(zone).date()
    slot = _slot(today, daily_at, zone)
    return slot if slot <= now else _slot(today - timedelta(days=1), daily_at, zone)


def next_slot(now: datetime, daily_at: time, timezone: str) -> datetime:
    """The next moment after ``now`` at which the company's daily sync is due."""
    zone = ZoneInfo(timezone)
    today = now.astimezone(zone).date()
    slot = _slot(today, daily_at, zone)
    return slot if slot > now else _slot(today + timedelta(days=1), daily_at, zone)


def _slot(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, zone)
