"""From which moment changes are asked for, and how far they have been read.

Everything here is QuickBooks' own wall clock without offset: older builds append a wrong offset in summer, and a filter
without offset is read as local time (reference: dates, times, zones). Text of the form ``YYYY-MM-DDTHH:MM:SS`` compares
like the moments it stands for.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

OVERLAP = timedelta(hours=48)
"""Covers the summer-time error, a moved time zone, clocks that differ, and edits made while paging."""

DELETED_OVERLAP = timedelta(days=7)

EAST, WEST = timedelta(hours=14), timedelta(hours=12)
"""No wall clock on earth is further ahead of UTC, or further behind it."""


def since(mark: str, overlap: timedelta = OVERLAP) -> str:
    """The filter that goes with a mark; "" stays "": ask without a filter."""
    return _text(datetime.fromisoformat(mark) - overlap) if mark else ""


def advanced(mark: str, newest: str, now: datetime) -> str:
    """The mark after a query was drained. A workstation whose clock is far ahead must not blind the sync."""
    return max(mark, min(newest, _text(_utc(now) + EAST)))


def at_least(newest: Iterable[str], started: datetime) -> str:
    """The first mark after everything has been read: nothing that was saved since ``started`` is older."""
    return min([*filter(None, newest), _text(_utc(started) - WEST)])


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)


def _text(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")
