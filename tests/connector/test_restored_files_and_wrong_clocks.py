"""A company file that is restored or condensed, a long silence and a wrong clock hide nothing: whatever the marks cannot be
trusted to find is read again, and all of it once a week."""

from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise

import pytest
from connector.followed import (
    GARAGE,
    KITCHEN,
    OF_PAYMENTS,
    SMITHS,
    assert_good,
    first_payment,
    followed,
    four_jobs,
    later,
    merged,
    next_update,
    office_of_four_jobs,
    pay,
    pulls,
    sync,
)
from office import Clock, Make, Office

from qbwc_bridge.connector import requests as queue
from qbwc_bridge.records import State, Trigger

office = office_of_four_jobs


# The company file -----------------------------------------------------------------------------------------------------


def test_a_restored_file_is_read_again_completely(office: Office) -> None:
    followed(office, *SMITHS)
    backup = office.books.backup()
    pay(office, KITCHEN)
    office.books.void_payment(first_payment(office, GARAGE))
    sync(office)
    later(office, hours=5)
    office.books.restore(backup)
    pay(office, GARAGE)  # with a TxnID that has been given out before
    office.sync_now()
    run, calls = next_update(office)
    assert (run.result, pulls(calls)) == ("ok", 2)
    assert_good(office)


def test_a_restored_file_is_read_again_once(office: Office) -> None:
    followed(office, *SMITHS)
    office.books.restore(office.books.backup())
    sync(office)
    office.sync_now()
    assert pulls(next_update(office)[1]) == 0


def test_a_name_that_a_restored_file_took_back_is_todays_name(office: Office) -> None:
    (kitchen,) = followed(office, KITCHEN)
    backup = office.books.backup()
    later(office, days=4)
    office.books.rename_customer(office.list_id(KITCHEN), "Bath")
    sync(office)
    office.books.restore(backup)
    sync(office)
    customer = office.summary(kitchen).customer
    assert customer is not None
    assert customer.full_name == KITCHEN


def test_a_job_that_a_restored_file_has_again_is_followed_again(office: Office) -> None:
    (kitchen, _) = followed(office, *SMITHS)
    backup = office.books.backup()
    later(office, days=4)
    merged(office)
    sync(office)
    assert office.status(kitchen).state is State.FAILED
    office.books.restore(backup)
    for _ in range(2):
        sync(office)
    assert_good(office)


def test_a_condensed_file_is_read_again_completely(office: Office) -> None:
    followed(office, *SMITHS)
    office.books.condense()
    office.sync_now()
    assert pulls(next_update(office)[1]) == 2
    assert_good(office)


def test_an_edition_that_does_not_tell_of_restores_is_followed_all_the_same(office: Office) -> None:
    office.quickbooks.faults.status["CompanyActivityQuery"] = (1030, "unsupported")
    followed(office, *SMITHS)
    pay(office, KITCHEN)
    assert sync(office).result == "ok"
    assert_good(office)


# Time -----------------------------------------------------------------------------------------------------------------


def test_after_a_hundred_days_of_silence_everything_is_read_again(office: Office) -> None:
    followed(office, *SMITHS)
    later(office, days=2)
    office.books.delete_payment(first_payment(office, KITCHEN))  # QuickBooks remembers it for 90 days
    later(office, days=98)
    assert {office.status(project).state for project in office.projects()} == {State.STALE}
    pay(office, GARAGE)
    run, calls = next_update(office)
    assert (run.trigger, run.result, pulls(calls)) == ("weekly re-reading", "ok", 2)
    assert_good(office)


def test_an_admin_has_everything_read_again(office: Office) -> None:
    """Also the whole customer list; the log says who wanted it."""
    followed(office, *SMITHS)
    with office.database.begin() as c:
        assert queue.reread_everything(c, office.company.id, office.clock(), Trigger.AGAIN, "Ann") == 2
        assert queue.reread_everything(c, office.company.id, office.clock(), Trigger.AGAIN, "Ann") == 0
    run, calls = next_update(office)
    assert (run.trigger, run.asked_by, run.result, pulls(calls)) == ("read again completely", ("Ann",), "ok", 2)
    asked = [call.result for call in calls if call.name == "sendRequestXML"]
    assert any("<CustomerQueryRq" in text for text in asked)
    assert not any("<ActiveStatus>All</ActiveStatus>\n  <FromModifiedDate>" in text for text in asked)
    assert_good(office)


def test_everything_is_read_again_once_a_week(office: Office) -> None:
    followed(office, *SMITHS)
    began = len(office.log())
    for _ in range(22):
        later(office, days=1)
        office.poll()
    triggers = [run.trigger for run in office.log()][:-began]
    assert sorted(set(triggers)) == ["daily", "weekly re-reading"]
    weekly = [day for day, trigger in enumerate(reversed(triggers)) if trigger == "weekly re-reading"]
    assert len(weekly) == 3
    assert {later - sooner for sooner, later in pairwise(weekly)} == {7}
    assert_good(office)


@pytest.mark.parametrize("hours", [24, 1, -1, -48])
def test_a_quickbooks_computer_with_a_wrong_clock_is_followed(make_office: Make, hours: int) -> None:
    office = make_office(books=four_jobs(skew=timedelta(hours=hours)))
    followed(office, *SMITHS)
    for change in OF_PAYMENTS[:9]:
        change(office)
        assert sync(office).result == "ok"
        assert_good(office)
        later(office, hours=5)


@pytest.mark.parametrize("hours", [24, -47])
def test_a_wrong_clock_that_is_put_right_hides_nothing(make_office: Make, hours: int) -> None:
    office = make_office(books=four_jobs(skew=timedelta(hours=hours)))
    followed(office, *SMITHS)
    office.books.now -= timedelta(hours=hours)
    pay(office, KITCHEN)
    office.books.delete_payment(first_payment(office, GARAGE))
    assert sync(office).result == "ok"
    assert_good(office)


def test_a_payment_dated_years_ahead_by_a_wrong_clock_does_not_hide_the_next_ones(office: Office) -> None:
    followed(office, *SMITHS)
    office.books.now += timedelta(days=1000)
    pay(office, GARAGE)
    office.books.now -= timedelta(days=1000)
    sync(office)
    for _ in range(3):
        later(office, days=1)
        pay(office, KITCHEN)
        assert sync(office).result == "ok"
        assert_good(office)


def test_an_old_build_with_the_winters_offset_in_summer_is_followed(make_office: Make) -> None:
    july = datetime(2026, 7, 2, 15, 0, tzinfo=UTC)
    winter = timezone(timedelta(hours=-6))
    books = four_jobs(winter, july, skew=timedelta(hours=1))  # the wall clock shows summer time, the offset does not
    office = make_office(books=books, clock=Clock(july))
    followed(office, *SMITHS)
    for change in OF_PAYMENTS[:9]:
        change(office)
        assert sync(office).result == "ok"
        assert_good(office)
