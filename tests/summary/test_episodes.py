"""Once when trouble begins, once when it is over: by examples, and by every history a machine can think of."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbwc_bridge.records import Company, Notice
from qbwc_bridge.summary.episodes import EpisodeFacts, Verdict, verdict, was_quiet

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
WELL = EpisodeFacts(NOW, last_success_at=NOW - HOUR)
FAILING = replace(WELL, last_success_at=NOW - 5 * HOUR, failures=3, failing_since=NOW - HOUR)
ACME = Company(1, "Acme", "acme", "{1}", "{2}", False, time(2), "UTC", NOW)


def at(hours: float) -> datetime:
    return NOW + hours * HOUR


CASES: dict[str, tuple[EpisodeFacts, Verdict | None]] = {
    "all is well": (WELL, None),
    "two failures of three": (replace(FAILING, failures=2), None),
    "three of three": (FAILING, Verdict(Notice.FAILED, at(-1))),
    "one of one": (replace(FAILING, failures=1, after_failures=1), Verdict(Notice.FAILED, at(-1))),
    "three failures before the first success": (
        replace(FAILING, last_success_at=None),
        Verdict(Notice.FAILED, at(-1)),
    ),
    "told already": (replace(FAILING, failures=9, told="failed", since=at(-1)), None),
    "a day and a bit": (replace(WELL, last_success_at=at(-26)), None),
    "a day and more than a bit": (replace(WELL, last_success_at=at(-26.1)), Verdict(Notice.MISSED, at(-26.1))),
    "never synced": (replace(WELL, last_success_at=None), None),
    "missed, and failed before too": (
        replace(FAILING, last_success_at=at(-30), failures=2),
        Verdict(Notice.MISSED, at(-30)),
    ),
    "failed, and now a day is missed too": (
        replace(FAILING, last_success_at=at(-30), told="failed", since=at(-20)),
        None,
    ),
    "missed, and now failing too": (replace(FAILING, last_success_at=at(-30), told="missed", since=at(-30)), None),
    "paused while failing": (replace(FAILING, paused=True), None),
    "paused for days": (replace(WELL, last_success_at=at(-90), paused=True), None),
    "paused until just now": (replace(WELL, last_success_at=at(-90), left_alone_at=at(-0.2)), None),
    "paused until the day before yesterday": (
        replace(WELL, last_success_at=at(-90), left_alone_at=at(-48)),
        Verdict(Notice.MISSED, at(-90)),
    ),
    "late because of quiet hours": (replace(WELL, last_success_at=at(-30), quiet=True), None),
    "too late even for quiet hours": (
        replace(WELL, last_success_at=at(-51), quiet=True),
        Verdict(Notice.MISSED, at(-51)),
    ),
    "works again": (
        replace(WELL, told="failed", since=at(-5)),
        Verdict(Notice.RECOVERED, at(-1)),
    ),
    "works again after the first sync ever": (
        replace(WELL, told="failed", since=at(-2)),
        Verdict(Notice.RECOVERED, at(-1)),
    ),
    "works again, and fails again already": (
        replace(FAILING, last_success_at=at(-2), told="missed", since=at(-40)),
        Verdict(Notice.RECOVERED, at(-2)),
    ),
    "works again just before a pause": (
        replace(WELL, told="failed", since=at(-5), paused=True),
        Verdict(Notice.RECOVERED, at(-1)),
    ),
    "paused in the middle of trouble": (replace(FAILING, told="failed", since=at(-1), paused=True), None),
    "not over": (replace(WELL, last_success_at=at(-30), told="missed", since=at(-30)), None),
    "the clock was set back": (replace(WELL, last_success_at=at(+30)), None),
}


@pytest.mark.parametrize("name", CASES)
def test_what_is_told(name: str) -> None:
    facts, expected = CASES[name]
    assert verdict(facts) == expected


@pytest.mark.parametrize(
    ("hours", "clock", "quiet"),
    [
        ("08:00-17:00", "07:59", False), ("08:00-17:00", "08:00", True), ("08:00-17:00", "17:00", True),
        ("08:00-17:00", "18:59", True), ("08:00-17:00", "19:00", False),
        ("22:00-23:30", "00:15", True), ("22:00-06:00", "03:00", True), ("22:00-06:00", "09:00", False),
    ],
)  # fmt: skip
def test_quiet_hours_and_a_bit(hours: str, clock: str, quiet: bool) -> None:
    start, end = map(time.fromisoformat, hours.split("-"))
    company = replace(ACME, quiet_hours=(start, end))
    assert was_quiet(company, datetime.fromisoformat(f"2026-03-02T{clock}+00:00")) is quiet


def test_without_quiet_hours_it_is_never_quiet() -> None:
    assert not was_quiet(ACME, NOW)


@dataclass
class Life:
    """A company that syncs, fails, is paused and looked at, and what it was told."""

    after_failures: int
    now: datetime = NOW
    last_success_at: datetime | None = None
    failures: int = 0
    failing_since: datetime | None = None
    paused: bool = False
    left_alone_at: datetime | None = None
    quiet: bool = False
    told: str = ""
    since: datetime | None = None
    said: list[Notice] = field(default_factory=list)

    def sync(self) -> None:
        self.now += timedelta(minutes=1)
        self.last_success_at, self.failures, self.failing_since = self.now, 0, None

    def fail(self) -> None:
        self.now += timedelta(minutes=1)
        self.failing_since = self.failing_since or self.now
        self.failures += 1

    def look(self) -> None:
        self.now += timedelta(seconds=20)
        if self.paused:
            self.left_alone_at = self.now
        found = verdict(self.facts())
        if found is None:
            return
        self._must_be_true(found)
        over = found.kind is Notice.RECOVERED
        self.told, self.since = ("", None) if over else (found.kind.value, found.since)
        self.said.append(found.kind)

    def facts(self) -> EpisodeFacts:
        names = EpisodeFacts.__dataclass_fields__
        return EpisodeFacts(**{name: getattr(self, name) for name in names})

    def _must_be_true(self, found: Verdict) -> None:
        if found.kind is Notice.RECOVERED:
            assert self.told
            assert self.last_success_at == found.since
            return
        assert not self.told
        assert not self.paused
        if found.kind is Notice.FAILED:
            assert self.failures >= self.after_failures
        else:
            assert self.last_success_at
            assert self.now - self.last_success_at > timedelta(hours=26)


STEPS = st.sampled_from(["sync", "fail", "fail", "look", "look", "an hour", "a day", "pause", "quiet"])


@given(steps=st.lists(STEPS, max_size=60), after=st.integers(1, 5))
def test_trouble_and_recovery_alternate_whatever_happens(steps: list[str], after: int) -> None:
    life = Life(after)
    for step in steps:
        match step:
            case "sync" | "fail" | "look":
                getattr(life, step)()
            case "an hour" | "a day":
                life.now += HOUR if step == "an hour" else 24 * HOUR
            case "pause":
                life.paused = not life.paused
            case "quiet":
                life.quiet = not life.quiet
    expected = [Notice.RECOVERED if number % 2 else ... for number in range(len(life.said))]
    assert [kind is Notice.RECOVERED for kind in life.said] == [kind is Notice.RECOVERED for kind in expected]


@given(steps=st.lists(STEPS, max_size=40), after=st.integers(1, 5))
def test_nothing_is_kept_from_anybody(steps: list[str], after: int) -> None:
    """Whatever came before: once syncs fail, it is told at the next look; once one succeeds, that is told too."""
    life = Life(after)
    for step in steps:
        if step in ("sync", "fail", "look"):
            getattr(life, step)()
    life.sync()
    life.look()
    assert life.told == ""
    for _ in range(after):
        life.fail()
    life.look()
    assert (life.told, life.said[-1]) == ("failed", Notice.FAILED)
    life.look()
    life.sync()
    life.look()
    assert (life.told, life.said[-2:]) == ("", [Notice.FAILED, Notice.RECOVERED])
