"""Moments in words, by the office's own clock."""

from datetime import UTC, datetime, timedelta

import pytest

from qbwc_bridge.summary import Clock

NOW = datetime(2026, 3, 2, 20, 14, tzinfo=UTC)  # 2:14 pm in Chicago

SAID = [
    ("2026-03-02T20:14", "today 2:14 pm"),
    ("2026-03-02T06:00", "today 12:00 am"),
    ("2026-03-02T18:00", "today 12:00 pm"),
    ("2026-03-02T05:59", "yesterday 11:59 pm"),
    ("2026-03-01T06:05", "yesterday 12:05 am"),
    ("2026-03-01T05:59", "28 Feb 2026, 11:59 pm"),
    ("2025-11-18T20:14", "18 Nov 2025, 2:14 pm"),
    ("2026-03-03T06:00", "3 Mar 2026, 12:00 am"),
]


@pytest.mark.parametrize(("instant", "words"), SAID)
def test_a_moment_is_said_by_the_offices_wall(instant: str, words: str) -> None:
    assert Clock(NOW, "America/Chicago").say(datetime.fromisoformat(instant).replace(tzinfo=UTC)) == words


def test_the_same_moment_is_another_day_elsewhere() -> None:
    assert Clock(NOW, "Australia/Sydney").say(NOW - timedelta(hours=8)) == "yesterday 11:14 pm"


AGO = [
    (0, "just now"),
    (59, "just now"),
    (60, "1 minute ago"),
    (3599, "59 minutes ago"),
    (3600, "1 hour ago"),
    (86399, "23 hours ago"),
    (86400, "1 day ago"),
    (4 * 86400 + 5, "4 days ago"),
    (-60, "just now"),
]


@pytest.mark.parametrize(("seconds", "words"), AGO)
def test_a_span_is_said_in_its_largest_unit(seconds: int, words: str) -> None:
    assert Clock(NOW).ago(NOW - timedelta(seconds=seconds)) == words
