"""From which moment changes are asked for, and how far a mark goes: all on QuickBooks' own wall clock."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbwc_bridge.sync.window import DELETED_OVERLAP, EAST, OVERLAP, WEST, advanced, at_least, since

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
MARK = "2026-03-02T10:05:00"
WALL = st.datetimes(datetime(2000, 1, 1), datetime(2037, 12, 31))  # noqa: DTZ001 - a wall clock has no zone
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2037, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
OFFSETS = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timedelta(minutes=minutes))


def text(moment: datetime) -> str:
    return moment.replace(tzinfo=None).isoformat(timespec="seconds")


def test_without_a_mark_there_is_no_filter() -> None:
    assert since("") == ""


def test_changes_are_asked_for_from_two_days_before_the_mark() -> None:
    assert since(MARK) == "2026-02-28T10:05:00"


def test_deletions_are_asked_for_from_a_week_before_the_mark() -> None:
    assert since(MARK, DELETED_OVERLAP) == "2026-02-23T10:05:00"


@pytest.mark.parametrize("mark", ["2026-03-08T02:30:00", "2026-11-01T01:30:00"])
def test_an_hour_that_the_summer_time_skips_or_repeats_is_a_wall_clock_like_any_other(mark: str) -> None:
    assert datetime.fromisoformat(mark) - datetime.fromisoformat(since(mark)) == OVERLAP


@given(WALL)
def test_a_filter_never_carries_an_offset_and_is_never_later_than_its_mark(moment: datetime) -> None:
    asked = since(text(moment))
    assert len(asked) == len("2026-03-02T10:05:00")
    assert asked < text(moment)


def test_a_mark_goes_to_the_newest_row() -> None:
    assert advanced(MARK, "2026-03-02T10:06:00", NOW) == "2026-03-02T10:06:00"


def test_a_mark_never_goes_back() -> None:
    assert advanced(MARK, "2026-03-01T00:00:00", NOW) == MARK


def test_a_clock_far_ahead_does_not_carry_the_mark_away() -> None:
    assert advanced(MARK, "2031-01-01T00:00:00", NOW) == "2026-03-03T05:00:00"


def test_the_furthest_clock_on_earth_is_still_believed() -> None:
    kiritimati = text(NOW.astimezone(timezone(EAST)))
    assert advanced(MARK, kiritimati, NOW) == kiritimati


@given(mark=WALL, newest=WALL, now=MOMENTS)
def test_a_mark_never_passes_the_furthest_clock_on_earth(mark: datetime, newest: datetime, now: datetime) -> None:
    limit = text(now + EAST)
    assert advanced(text(mark), text(newest), now) <= max(text(mark), limit)


@given(now=MOMENTS, offset=OFFSETS, behind=st.timedeltas(timedelta(0), OVERLAP))
def test_what_is_saved_after_a_row_was_read_is_within_the_next_filter(
    now: datetime, offset: timedelta, behind: timedelta
) -> None:
    """On any wall clock of the earth, even of a second computer whose clock is up to two days behind the first."""
    mark = advanced("", text(now + offset), now)
    assert since(mark) <= text(now + offset - behind)


@pytest.mark.parametrize(
    ("said", "meant"),
    [("2026-07-02T11:06:40-05:00", "-04:00"), ("2026-07-02T11:06:40-08:00", "-07:00")],
    ids=["New York", "Los Angeles"],
)
def test_an_old_builds_winter_offset_in_summer_loses_nothing(said: str, meant: str) -> None:
    """The wall clock is right and the offset is not: read by its offset, the row would be an hour in the future."""
    wall = said[:19]
    true = datetime.fromisoformat(wall + meant)
    assert advanced("", wall, true) == wall
    assert since(wall) < text(true.astimezone(timezone(timedelta(hours=-8))))


def test_the_first_mark_is_the_newest_row_when_that_is_old() -> None:
    assert at_least(["2020-01-01T00:00:00", "", "2025-03-03T11:06:40"], NOW) == "2020-01-01T00:00:00"


def test_the_first_mark_is_never_later_than_any_clock_when_the_reading_began() -> None:
    assert at_least(["2026-03-02T23:00:00"], NOW) == "2026-03-02T03:00:00"


def test_the_first_mark_of_empty_books_is_the_earliest_clock_when_the_reading_began() -> None:
    assert at_least([], NOW) == at_least(["", ""], NOW) == "2026-03-02T03:00:00"


@given(started=MOMENTS, offset=OFFSETS)
def test_nothing_saved_after_a_reading_began_is_older_than_the_first_mark(started: datetime, offset: timedelta) -> None:
    assert at_least([], started) <= text(started + offset)


def test_the_moment_of_the_service_may_have_any_zone() -> None:
    chicago = NOW.astimezone(timezone(timedelta(hours=-6)))
    assert at_least([], chicago) == at_least([], NOW)
    assert advanced("", "2031-01-01T00:00:00", chicago) == advanced("", "2031-01-01T00:00:00", NOW)


def test_no_clock_on_earth_is_further_from_utc() -> None:
    assert timedelta(hours=14) == EAST
    assert timedelta(hours=12) == WEST
