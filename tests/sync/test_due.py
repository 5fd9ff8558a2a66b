"""Is anything due? "Daily" is a question asked when the Web Connector calls, in the company's own time zone."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbwc_bridge.records import Company, Conversation, Failure
from qbwc_bridge.summary import latest_slot, next_slot
from qbwc_bridge.summary.patience import CODES
from qbwc_bridge.summary.state import quiet_until
from qbwc_bridge.sync.due import daily_is_due, kept_waiting, nothing_due

BORN = datetime(2026, 1, 1, tzinfo=UTC)
OFFICE = Company(1, "Acme", "acme-bridge", "{1}", "{2}", False, time(2, 0), "UTC", BORN)
CHICAGO, BERLIN, SYDNEY = "America/Chicago", "Europe/Berlin", "Australia/Sydney"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def company(timezone: str, daily_at: str = "02:00", queued: str = "2026-01-01T00:00") -> Company:
    return replace(OFFICE, timezone=timezone, daily_at=time.fromisoformat(daily_at), daily_queued_at=at(queued))


SLOTS = [  # zone, at, now, the latest slot not after it, the next one
    ("UTC", "02:00", "2026-03-02T01:59:59", "2026-03-01T02:00", "2026-03-02T02:00"),
    ("UTC", "02:00", "2026-03-02T02:00:00", "2026-03-02T02:00", "2026-03-03T02:00"),
    (CHICAGO, "02:00", "2026-02-02T07:59:00", "2026-02-01T08:00", "2026-02-02T08:00"),
    (CHICAGO, "23:30", "2026-02-02T05:29:00", "2026-02-01T05:30", "2026-02-02T05:30"),
    (SYDNEY, "06:00", "2026-01-31T19:00:00", "2026-01-31T19:00", "2026-02-01T19:00"),
    # Clocks go forward: 2026-03-08 has no 02:30 in Chicago, so that day's slot is 03:30 by the new clock.
    (CHICAGO, "02:30", "2026-03-08T08:29:00", "2026-03-07T08:30", "2026-03-08T08:30"),
    (CHICAGO, "02:30", "2026-03-08T08:30:00", "2026-03-08T08:30", "2026-03-09T07:30"),
    (BERLIN, "02:00", "2026-03-29T00:59:00", "2026-03-28T01:00", "2026-03-29T01:00"),
    # Clocks go back: 2026-11-01 has 01:30 twice in Chicago; the first counts, the second is no second slot.
    (CHICAGO, "01:30", "2026-11-01T06:30:00", "2026-11-01T06:30", "2026-11-02T07:30"),
    (CHICAGO, "01:30", "2026-11-01T07:30:00", "2026-11-01T06:30", "2026-11-02T07:30"),
    (BERLIN, "02:30", "2026-10-25T01:29:00", "2026-10-25T00:30", "2026-10-26T01:30"),
]


@pytest.mark.parametrize(("zone", "daily", "now", "latest", "following"), SLOTS)
def test_the_slots_around_a_moment(zone: str, daily: str, now: str, latest: str, following: str) -> None:
    slots = [slot(at(now), time.fromisoformat(daily), zone).astimezone(UTC) for slot in (latest_slot, next_slot)]
    assert slots == [at(latest), at(following)]


@given(
    now=st.datetimes(datetime(2025, 1, 1), datetime(2028, 1, 1)),  # noqa: DTZ001 - hypothesis wants naive bounds
    daily=st.times().map(lambda one: one.replace(second=0, microsecond=0)),
    zone=st.sampled_from(["UTC", CHICAGO, BERLIN, SYDNEY, "Australia/Lord_Howe", "America/Havana", "Asia/Kathmandu"]),
)
def test_every_moment_lies_between_two_slots_a_day_apart(now: datetime, daily: time, zone: str) -> None:
    now = now.replace(tzinfo=UTC)
    latest, following = (slot(now, daily, zone).astimezone(UTC) for slot in (latest_slot, next_slot))
    assert latest <= now < following
    assert timedelta(hours=23) <= following - latest <= timedelta(hours=25)


def test_a_new_company_waits_for_its_first_slot() -> None:
    born = replace(OFFICE, created_at=at("2026-03-02T03:00"))
    assert not daily_is_due(born, at("2026-03-03T01:59"))
    assert daily_is_due(born, at("2026-03-03T02:01"))


def test_a_slot_is_due_once() -> None:
    assert daily_is_due(company("UTC", queued="2026-03-01T02:05"), at("2026-03-02T02:05"))
    assert not daily_is_due(company("UTC", queued="2026-03-02T02:05"), at("2026-03-02T23:59"))


def test_days_of_silence_make_one_sync_due_not_many() -> None:
    office = company("UTC", queued="2026-03-01T02:05")
    assert daily_is_due(office, at("2026-03-09T12:00"))
    assert not daily_is_due(replace(office, daily_queued_at=at("2026-03-09T12:00")), at("2026-03-09T12:15"))


@pytest.mark.parametrize(
    ("day", "daily"), [("2026-03-08", "02:30"), ("2026-11-01", "01:30")], ids=["clocks forward", "clocks back"]
)
def test_a_day_on_which_clocks_change_has_exactly_one_sync(day: str, daily: str) -> None:
    office, now, syncs = company(CHICAGO, daily, queued="2026-01-01T00:00"), at(f"{day}T06:00"), 0
    office = replace(office, daily_queued_at=now - timedelta(hours=1))
    while now < at(f"{day}T06:00") + timedelta(hours=23):
        if daily_is_due(office, now):
            office, syncs = replace(office, daily_queued_at=now), syncs + 1
        now += timedelta(minutes=15)
    assert syncs == 1


def test_a_poll_with_nothing_to_do_names_the_next_slot_by_the_office_clock() -> None:
    assert nothing_due(company(CHICAGO, "14:05"), at("2026-03-02T15:00")) == "Nothing due; next daily sync 14:05."


# Left alone -----------------------------------------------------------------------------------------------------------

QUIET = [  # zone, from, until, now, quiet?
    ("UTC", "08:00", "17:00", "2026-03-02T07:59:59", False),
    ("UTC", "08:00", "17:00", "2026-03-02T08:00:00", True),
    ("UTC", "08:00", "17:00", "2026-03-02T16:59:59", True),
    ("UTC", "08:00", "17:00", "2026-03-02T17:00:00", False),
    ("UTC", "22:00", "06:00", "2026-03-02T21:59:59", False),
    ("UTC", "22:00", "06:00", "2026-03-02T22:00:00", True),
    ("UTC", "22:00", "06:00", "2026-03-03T00:00:00", True),
    ("UTC", "22:00", "06:00", "2026-03-03T05:59:59", True),
    ("UTC", "22:00", "06:00", "2026-03-03T06:00:00", False),
    ("UTC", "22:00", "00:00", "2026-03-02T23:59:59", True),
    ("UTC", "22:00", "00:00", "2026-03-03T00:00:00", False),
    (CHICAGO, "08:00", "17:00", "2026-03-02T13:59:00", False),  # winter: six hours behind UTC
    (CHICAGO, "08:00", "17:00", "2026-03-02T14:00:00", True),
    (CHICAGO, "08:00", "17:00", "2026-07-01T13:00:00", True),  # summer: five
    (CHICAGO, "08:00", "17:00", "2026-07-01T22:00:00", False),
    (SYDNEY, "22:00", "06:00", "2026-03-02T11:00:00", True),
    (SYDNEY, "22:00", "06:00", "2026-03-02T19:00:00", False),
]


def quiet(zone: str, start: str, end: str) -> Company:
    return replace(company(zone), quiet_hours=(time.fromisoformat(start), time.fromisoformat(end)))


def failed(code: str, ended: datetime) -> Conversation:
    return Conversation(1, 1, ended, ended, ended=ended, result="failed", failure=Failure(code, "It failed."))


@pytest.mark.parametrize(("zone", "start", "end", "now", "left_alone"), QUIET)
def test_quiet_hours_are_those_of_the_offices_clock(
    zone: str, start: str, end: str, now: str, left_alone: bool
) -> None:
    office = quiet(zone, start, end)
    words = f"Quiet hours: QuickBooks is left alone until {end}." if left_alone else ""
    assert kept_waiting(office, at(now), []) == words
    assert quiet_until(office, at(now)) == (time.fromisoformat(end) if left_alone else None)


@given(
    now=st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)),  # noqa: DTZ001 - hypothesis wants naive bounds
    hours=st.tuples(st.times(), st.times()),
    zone=st.sampled_from(["UTC", CHICAGO, BERLIN, SYDNEY]),
)
def test_the_page_and_the_poll_agree_on_quiet_hours(now: datetime, hours: tuple[time, time], zone: str) -> None:
    office, now = replace(company(zone), quiet_hours=hours), now.replace(tzinfo=UTC)
    assert bool(kept_waiting(office, now, [])) == (quiet_until(office, now) is not None)


def test_without_pause_and_quiet_hours_nothing_is_kept_waiting() -> None:
    assert kept_waiting(OFFICE, at("2026-03-02T12:00"), []) == ""
    assert quiet_until(OFFICE, at("2026-03-02T12:00")) is None


WAITS = [(0, 0), (1, 0), (2, 0), (3, 20), (4, 40), (5, 80), (6, 120), (7, 120), (20, 120)]


@pytest.mark.parametrize(("count", "minutes"), WAITS)
def test_from_the_third_busy_update_on_the_wait_doubles_up_to_two_hours(count: int, minutes: int) -> None:
    ended = at("2026-03-02T12:00")
    lately = [failed("0x80040414", ended - timedelta(hours=before)) for before in range(count)]
    assert bool(kept_waiting(OFFICE, ended + timedelta(minutes=minutes, seconds=-1), lately)) == (minutes > 0)
    assert kept_waiting(OFFICE, ended + timedelta(minutes=minutes), lately) == ""


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_busy_code_counts_however_it_is_written(code: str) -> None:
    ended = at("2026-03-02T12:00")
    lately = [failed(code, ended), failed(code.lower(), ended), failed("0x80040414", ended)]
    assert "3 times in a row" in kept_waiting(OFFICE, ended, lately)


@pytest.mark.parametrize("place", range(3))
def test_another_failure_is_not_busy(place: int) -> None:
    ended = at("2026-03-02T12:00")
    lately = [failed("0x80040414", ended)] * 3
    lately[place] = failed("0x80040408", ended)
    assert kept_waiting(OFFICE, ended, lately) == ""


def test_the_next_try_is_told_by_the_offices_clock() -> None:
    ended = at("2026-03-02T15:00")
    said = kept_waiting(company(CHICAGO), ended, [failed("0x80040414", ended)] * 3)
    assert said == "QuickBooks was busy 3 times in a row; the next try is at 09:20."


def test_a_pause_is_said_before_quiet_hours_and_those_before_busy() -> None:
    now = at("2026-03-02T12:00")
    office, busy = quiet("UTC", "08:00", "17:00"), [failed("0x80040414", now)] * 3
    assert kept_waiting(replace(office, paused=True), now, busy).startswith("Paused by an admin")
    assert kept_waiting(office, now, busy).startswith("Quiet hours")
