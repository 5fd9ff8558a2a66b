"""One state per project, computed when somebody looks: each row of the product's table, and which one wins."""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from itertools import combinations
from typing import Any

import pytest

from qbwc_bridge.records import Failure, State
from qbwc_bridge.summary import Busy, Clock, SyncFacts, sync_status
from qbwc_bridge.summary.state import ACTIONS, BADGES

NOW = datetime(2026, 3, 2, 20, 14, tzinfo=UTC)
CLOCK = Clock(NOW, "America/Chicago")
GOOD = SyncFacts(last_contact_at=NOW - timedelta(minutes=4), synced_at=NOW - timedelta(hours=1))
BROKEN = Failure("0x80040408", "QuickBooks could not be started.", "Open it.")

SIGNS = {  # what makes each state, beside a good sync an hour ago; the first that applies wins
    State.OFF: {"client_payments": False},
    State.UNLINKED: {"linked": False},
    State.NO_CONNECTOR: {"last_contact_at": None},
    State.SYNCING: {"progress": 40},
    State.QUEUED: {"requested_at": NOW - timedelta(minutes=1)},
    State.FAILED: {"failure": BROKEN, "failed_at": NOW - timedelta(minutes=2)},
    State.HELD: {"held_at": NOW - timedelta(minutes=5)},
    State.STALE: {"synced_at": NOW - timedelta(days=4)},
}
SENTENCES = {
    State.OFF: "Not synced with QuickBooks.",
    State.UNLINKED: "Choose the QuickBooks customer or job.",
    State.NO_CONNECTOR: "Waiting for the Web Connector to be set up.",
    State.SYNCING: "Syncing now, 40 %.",
    State.QUEUED: "Sync requested today 2:13 pm. The Web Connector checks every 15 minutes and was last seen today "
    "2:10 pm. In a hurry: press Update Selected on the QuickBooks computer.",
    State.FAILED: "QuickBooks could not be started. Open it.",
    State.HELD: "QuickBooks returned no payments; nothing was removed.",
    State.STALE: "Last synced 4 days ago. Is the QuickBooks computer on?",
    State.CURRENT: "Up to date, synced today 1:14 pm. The Web Connector checks every 15 minutes and was last seen "
    "today 2:10 pm.",
}


@pytest.mark.parametrize("state", State)
def test_each_state_has_its_words(state: State) -> None:
    status = sync_status(replace(GOOD, **SIGNS.get(state, {})), CLOCK)
    assert (status.state, status.sentence) == (state, SENTENCES[state])
    assert (status.badge, status.action) == (BADGES[state], ACTIONS[state])


@pytest.mark.parametrize(("first", "second"), list(combinations(SIGNS, 2)), ids=lambda state: state.value)
def test_of_two_states_the_earlier_in_the_list_wins(first: State, second: State) -> None:
    facts = replace(GOOD, **{**SIGNS[second], **SIGNS[first]})
    assert sync_status(facts, CLOCK).state is first


AGES = [
    (timedelta(hours=26), State.CURRENT),
    (timedelta(hours=26, seconds=1), State.STALE),
    (timedelta(0), State.CURRENT),
]


@pytest.mark.parametrize(("age", "state"), AGES)
def test_a_day_and_a_bit_is_current(age: timedelta, state: State) -> None:
    assert sync_status(replace(GOOD, synced_at=NOW - age), CLOCK).state is state


def test_a_project_that_was_never_synced_is_not_current() -> None:
    status = sync_status(replace(GOOD, synced_at=None), CLOCK)
    assert (status.state, status.sentence) == (State.STALE, "Not synced yet. Is the QuickBooks computer on?")


def test_a_request_that_failed_since_is_failed_and_not_queued() -> None:
    facts = replace(GOOD, requested_at=NOW - timedelta(hours=1), failure=BROKEN, failed_at=NOW)
    assert sync_status(facts, CLOCK).state is State.FAILED


def test_a_request_after_the_failure_is_queued() -> None:
    facts = replace(GOOD, requested_at=NOW, failure=BROKEN, failed_at=NOW - timedelta(hours=1))
    assert sync_status(facts, CLOCK).state is State.QUEUED


@pytest.mark.parametrize("state", State)
def test_as_of_is_always_the_last_success(state: State) -> None:
    facts = replace(GOOD, **SIGNS.get(state, {}))
    assert sync_status(facts, CLOCK).as_of == CLOCK.say(facts.synced_at or NOW)


def test_before_the_first_success_there_is_no_as_of() -> None:
    assert sync_status(replace(GOOD, synced_at=None), CLOCK).as_of == ""


@pytest.mark.parametrize("state", State)
def test_sync_data_now_can_be_pressed_only_when_it_would_help(state: State) -> None:
    pressable = {State.CURRENT, State.STALE, State.FAILED, State.HELD}
    assert sync_status(replace(GOOD, **SIGNS.get(state, {})), CLOCK).can_request == (state in pressable)


@pytest.mark.parametrize("state", State)
def test_only_a_running_sync_shows_progress(state: State) -> None:
    facts = replace(GOOD, **{"progress": 40, **SIGNS.get(state, {"progress": None})})
    status = sync_status(facts, CLOCK)
    assert status.progress == (40 if status.state is State.SYNCING else None)


def test_a_sync_at_nought_per_cent_is_syncing() -> None:
    assert sync_status(replace(GOOD, progress=0), CLOCK).sentence == "Syncing now, 0 %."


def test_a_poll_every_minute_is_said_in_good_english() -> None:
    assert "checks every minute and" in sync_status(replace(GOOD, poll_minutes=1), CLOCK).sentence


REQUESTED = replace(GOOD, requested_at=NOW - timedelta(minutes=1))
OLD = replace(GOOD, synced_at=NOW - timedelta(days=4))
LEFT_ALONE = [
    ({"paused": True}, "Syncing is paused."),
    ({"quiet_until": time(17)}, "QuickBooks is left alone until 17:00."),
    ({"quiet_until": time(0)}, "QuickBooks is left alone until 00:00."),
    ({"paused": True, "quiet_until": time(17)}, "Syncing is paused."),
]


@pytest.mark.parametrize(("facts", "sentence"), LEFT_ALONE)
def test_a_request_that_waits_says_why_nobody_can_hurry(facts: dict[str, Any], sentence: str) -> None:
    status = sync_status(replace(REQUESTED, **facts), CLOCK)
    assert status.state is State.QUEUED
    assert status.sentence.endswith(f"last seen today 2:10 pm. {sentence}")


@pytest.mark.parametrize("synced_at", [OLD.synced_at, None])
def test_a_pause_is_no_reason_to_look_after_the_computer(synced_at: datetime | None) -> None:
    old = replace(OLD, synced_at=synced_at)
    said = "Last synced 4 days ago." if synced_at else "Not synced yet."
    assert sync_status(replace(old, paused=True), CLOCK).sentence == f"{said} Syncing is paused."
    assert sync_status(replace(old, quiet_until=time(17)), CLOCK).sentence == sync_status(old, CLOCK).sentence


@pytest.mark.parametrize("state", [one for one in State if one not in {State.QUEUED, State.STALE}])
def test_otherwise_being_left_alone_changes_no_words(state: State) -> None:
    facts = replace(GOOD, **SIGNS.get(state, {}))
    left, not_left = sync_status(replace(facts, paused=True, quiet_until=time(17)), CLOCK), sync_status(facts, CLOCK)
    assert (left.state, left.sentence, left.action) == (not_left.state, not_left.sentence, not_left.action)


@pytest.mark.parametrize("state", State)
def test_an_archived_project_is_off_whatever_else_is_the_case(state: State) -> None:
    status = sync_status(replace(GOOD, **SIGNS.get(state, {}), archived=True), CLOCK)
    assert (status.state, status.badge, status.action) == (State.OFF, "Archived", "restore")
    assert status.sentence.startswith("This project is archived")
    assert ("no longer synced" in status.sentence) is (state is not State.OFF)
    assert not status.can_request


def test_a_picture_of_an_earlier_day_is_never_current() -> None:
    status = sync_status(replace(GOOD, frozen=True), CLOCK)
    assert (status.state, status.can_request) == (State.STALE, True)
    assert status.sentence == "Last synced 1 hour ago, and not read again since it was restored."
    assert status.as_of == "today 1:14 pm"


BUSY = Busy(3, NOW + timedelta(minutes=20))
NEXT_TRY = "QuickBooks was busy 3 times in a row; the next try is at"


def test_a_request_that_waits_for_a_busy_quickbooks_says_until_when() -> None:
    status = sync_status(replace(REQUESTED, busy=BUSY), CLOCK)
    assert status.state is State.QUEUED
    assert status.sentence.endswith(f"last seen today 2:10 pm. {NEXT_TRY} 14:34.")


def test_what_failed_because_quickbooks_was_busy_says_when_it_goes_on() -> None:
    facts = replace(GOOD, failure=BROKEN, failed_at=NOW, busy=BUSY)
    assert sync_status(facts, CLOCK).sentence == f"{SENTENCES[State.FAILED]} {NEXT_TRY} 14:34."


@pytest.mark.parametrize(("facts", "sentence"), LEFT_ALONE)
def test_a_pause_and_quiet_hours_are_said_before_it(facts: dict[str, Any], sentence: str) -> None:
    status = sync_status(replace(REQUESTED, busy=BUSY, **facts), CLOCK)
    assert status.sentence.endswith(sentence)
    failed = sync_status(replace(GOOD, failure=BROKEN, failed_at=NOW, busy=BUSY, **facts), CLOCK)
    assert failed.sentence == SENTENCES[State.FAILED]


@pytest.mark.parametrize("state", [one for one in State if one not in {State.QUEUED, State.FAILED}])
def test_otherwise_a_busy_quickbooks_changes_no_words(state: State) -> None:
    facts = replace(GOOD, **SIGNS.get(state, {}))
    told, not_told = sync_status(replace(facts, busy=BUSY), CLOCK), sync_status(facts, CLOCK)
    assert (told.state, told.sentence, told.action) == (not_told.state, not_told.sentence, not_told.action)
