"""QuickBooks is left alone: while paused, in quiet hours, and after being busy again and again. Who guesses passwords waits."""

from datetime import datetime, time

import pytest
from office import Office, started

from qbwc_bridge.connector.throttle import FREE
from qbwc_bridge.records import State
from qbwc_bridge.store import companies

DIALOG, CLOSED = "0x80040414", "0x80040408"
PAUSED = "Paused by an admin; nothing is read until somebody ends the pause."
NOTHING_DUE = "Nothing due; next daily sync 02:00."


def pause(office: Office, paused: bool = True) -> None:
    with office.database.begin() as c:
        companies.pause(c, office.company.id, paused)


def be_quiet(office: Office, start: str, end: str, timezone: str = "UTC") -> None:
    with office.database.begin() as c:
        companies.be_quiet(c, office.company.id, (time.fromisoformat(start), time.fromisoformat(end)))
        companies.configure(c, office.company.id, timezone=timezone)


def refused(office: Office, code: str = DIALOG) -> None:
    """An update in which QuickBooks cannot be reached."""
    ticket, work = office.authenticate()
    assert work == ""
    assert office.service.connection_error(ticket, code, "") == "done"
    office.service.close_connection(ticket)


def told(office: Office) -> str:
    """The reason a poll gets that has nothing to do; "" when it has work and does it."""
    calls = office.poll()
    return str(calls[-1].result) if calls[0].result == "none" else ""


def wait_until(office: Office, clock: str) -> None:
    office.clock.now = datetime.fromisoformat(f"{office.clock.now:%Y-%m-%d}T{clock}+00:00")


# Paused ---------------------------------------------------------------------------------------------------------------


def test_a_paused_company_is_not_read_and_the_poll_says_why(office: Office) -> None:
    started(office, "Smith:Kitchen")
    pause(office)
    office.clock.pass_(days=2)  # the daily sync is due
    ticket, *said = office.authenticate()
    assert said == ["none", "", "60"]
    assert office.send(ticket) == ""
    assert office.service.get_last_error(ticket) == office.service.close_connection(ticket) == PAUSED
    assert office.overview().waiting == 0
    pause(office, False)
    assert told(office) == ""
    office.assert_true()


def test_even_the_first_poll_waits_for_the_end_of_a_pause(office: Office) -> None:
    pause(office)
    assert told(office) == PAUSED
    assert office.overview().company.customers_received_at is None
    assert office.overview().company.last_reason == PAUSED
    assert office.log() == []
    pause(office, False)
    assert told(office) == ""
    assert office.overview().company.customers_received_at is not None


def test_sync_data_now_does_not_disturb_while_paused_and_is_not_lost(office: Office) -> None:
    (kitchen,) = started(office, "Smith:Kitchen")
    pause(office)
    assert office.sync_now(kitchen) == 1
    for _ in range(3):
        office.clock.pass_(minutes=15)
        assert told(office) == PAUSED
    assert office.status(kitchen).state is State.QUEUED
    assert office.status(kitchen).sentence.endswith("Syncing is paused.")
    pause(office, False)
    assert told(office) == ""
    assert office.log()[0].trigger == "Sync Data Now"
    assert office.status(kitchen).state is State.CURRENT


def test_an_update_that_runs_when_the_pause_begins_is_finished(office: Office) -> None:
    office.poll()
    office.link("Smith:Kitchen")
    calls = office.calls()
    next(calls)
    pause(office)
    assert [call.result for call in calls if call.name == "receiveResponseXML"][-1] == 100
    office.assert_true()


def test_a_pause_is_of_one_company(office: Office) -> None:
    other = Office(office.database, name="Other", clock=office.clock)
    pause(office)
    assert told(office) == PAUSED
    assert told(other) == ""


# Quiet hours ----------------------------------------------------------------------------------------------------------

HOURS = [  # zone, from, until, when they have not begun, when they last, when they are over (UTC)
    ("UTC", "16:00", "17:00", "15:58", "16:00", "17:00"),
    ("UTC", "23:00", "01:00", "22:58", "23:59", None),
    ("UTC", "23:00", "16:00", None, "15:58", "16:00"),
    ("America/Chicago", "10:00", "17:00", "15:58", "16:00", "23:00"),
    ("Europe/Berlin", "23:00", "00:30", "21:58", "22:10", "23:30"),
]


@pytest.mark.parametrize(("zone", "start", "end", "before", "within", "after"), HOURS)
def test_in_quiet_hours_nothing_is_read(
    office: Office, zone: str, start: str, end: str, before: str | None, within: str, after: str | None
) -> None:
    (kitchen,) = started(office, "Smith:Kitchen")
    be_quiet(office, start, end, zone)
    for moment, quiet in ((before, False), (within, True), (after, False)):
        if moment:
            wait_until(office, moment)
            office.sync_now()
            assert told(office) == (f"Quiet hours: QuickBooks is left alone until {end}." if quiet else "")
            assert (f"QuickBooks is left alone until {end}." in office.status(kitchen).sentence) is quiet


def test_even_the_first_poll_waits_for_the_end_of_quiet_hours(office: Office) -> None:
    be_quiet(office, "14:00", "16:00")
    assert told(office) == "Quiet hours: QuickBooks is left alone until 16:00."
    wait_until(office, "16:00")
    assert told(office) == ""


def test_a_daily_sync_that_falls_into_quiet_hours_comes_after_them(office: Office) -> None:
    started(office, "Smith:Kitchen")
    be_quiet(office, "01:00", "05:00")
    office.clock.pass_(hours=11, minutes=30)  # 02:30
    assert told(office) == "Quiet hours: QuickBooks is left alone until 05:00."
    wait_until(office, "05:00")
    assert told(office) == ""
    assert office.log()[0].trigger == "daily"
    assert told(office) == NOTHING_DUE


# Busy again and again -------------------------------------------------------------------------------------------------


def busy(office: Office, times: int) -> None:
    """So many updates in a row, each as early as may be, all refused because a dialog is open."""
    for count in range(1, times + 1):
        office.sync_now()
        if count > 3:
            office.clock.pass_(minutes=min(20 * 2 ** (count - 4), 120))
        refused(office)


def test_twice_busy_is_no_reason_to_wait(office: Office) -> None:
    started(office, "Smith:Kitchen")
    busy(office, 2)
    assert told(office) == ""


@pytest.mark.parametrize(("times", "minutes"), [(3, 20), (4, 40), (5, 80), (6, 120), (7, 120)])
def test_from_the_third_time_on_the_wait_doubles(office: Office, times: int, minutes: int) -> None:
    started(office, "Smith:Kitchen")
    busy(office, times)
    ended = office.log()[0].ended
    assert ended is not None
    office.clock.now = ended
    office.clock.pass_(minutes=minutes - 1)
    assert told(office).startswith(f"QuickBooks was busy {times} times in a row; the next try is at ")
    office.clock.pass_(minutes=1)
    assert told(office) == ""
    office.assert_true()


def test_whoever_presses_sync_data_now_is_not_kept_waiting(office: Office) -> None:
    started(office, "Smith:Kitchen")
    busy(office, 4)
    assert told(office) != ""
    assert office.sync_now() == 1
    assert told(office) == ""
    office.assert_true()


def test_the_poll_names_the_next_try_by_the_offices_clock(office: Office) -> None:
    started(office, "Smith:Kitchen")
    with office.database.begin() as c:
        companies.configure(c, office.company.id, timezone="America/Chicago")
    wait_until(office, "16:00")
    busy(office, 3)
    assert told(office) == "QuickBooks was busy 3 times in a row; the next try is at 10:20."


def test_a_success_starts_the_count_again(office: Office) -> None:
    started(office, "Smith:Kitchen")
    busy(office, 3)
    office.clock.pass_(minutes=20)
    assert told(office) == ""
    busy(office, 2)
    assert told(office) == ""
    office.assert_true()


def test_another_failure_in_between_starts_the_count_again(office: Office) -> None:
    started(office, "Smith:Kitchen")
    busy(office, 2)
    refused(office, CLOSED)
    busy(office, 2)
    assert told(office) == ""


def test_a_closed_quickbooks_is_tried_at_every_poll(office: Office) -> None:
    started(office, "Smith:Kitchen")
    for _ in range(6):
        office.sync_now()
        refused(office, CLOSED)
    assert told(office) == ""


# Nothing due ----------------------------------------------------------------------------------------------------------


def test_when_nothing_is_due_the_web_connector_is_asked_to_wait_a_minute(office: Office) -> None:
    office.poll()
    ticket, *said = office.authenticate()
    assert said == ["none", "", "60"]
    assert office.service.close_connection(ticket) == NOTHING_DUE
    office.sync_now()
    assert office.authenticate()[1:] == [""]


# Guessing -------------------------------------------------------------------------------------------------------------


@pytest.fixture
def moment(office: Office) -> Office:
    """All within the same moment: the clock stands still until a test moves it."""
    office.service.now = lambda: office.clock.now
    return office


def guess(office: Office, times: int) -> list[str]:
    answers = [office.authenticate(f"wrong {number}") for number in range(times)]
    assert all(ticket == "" for ticket, _ in answers)
    return [said for _, said in answers]


def test_who_guesses_is_told_to_wait_and_the_right_password_still_gets_in(moment: Office) -> None:
    assert guess(moment, FREE + 3) == ["nvu"] * FREE + ["busy"] * 3
    assert told(moment) == ""
    assert moment.overview().company.customers_received_at is not None


def test_guessing_at_one_address_does_not_slow_another(moment: Office) -> None:
    guess(moment, FREE + 1)
    here, moment.address = moment.address, "198.51.100.9"
    assert guess(moment, 1) == ["nvu"]
    moment.address = here
    assert guess(moment, 1) == ["busy"]


def test_the_longest_wait_of_a_guesser_is_a_minute(moment: Office) -> None:
    for _ in range(FREE + 20):
        moment.clock.pass_(minutes=1)
        assert guess(moment, 1) == ["nvu"]
    moment.clock.pass_(seconds=59)
    assert guess(moment, 1) == ["busy"]


def test_an_unknown_user_is_answered_like_a_wrong_password(moment: Office) -> None:
    said = [moment.service.authenticate("nobody", "x", moment.address)[1] for _ in range(FREE + 1)]
    assert said == ["nvu"] * FREE + ["busy"]
