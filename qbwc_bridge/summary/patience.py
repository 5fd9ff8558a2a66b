"""When QuickBooks was busy again and again, it is left alone for a while, longer each time.

In: the last conversations. Out: how often it was busy in a row, and when the next try is; and the sentence for both, which
the Web Connector's window, the pages, the command line and JSON share.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from qbwc_bridge.records import Conversation, Request

CODES = {"0X80040410", "0X80040414", "0X8004041B", "0X8004041C", "0X80040422", "0X80040424"}
"""A dialog is open, the file is in another mode, something is locked, QuickBooks is starting (reference: HRESULTs)."""

LATELY = 12
"""So many conversations are looked at."""

TIMES = 3
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=20), timedelta(hours=2)
"""From the third time in a row on, the wait doubles."""


@dataclass(frozen=True, slots=True)
class Busy:
    """QuickBooks was busy so many times in a row; until then nothing is asked of it."""

    times: int
    until: datetime

    def sentence(self, timezone: str) -> str:
        """By the office's own clock."""
        local = self.until.astimezone(ZoneInfo(timezone))
        return f"QuickBooks was busy {self.times} times in a row; the next try is at {local:%H:%M}."


def busy(lately: Sequence[Conversation], now: datetime, pressed_at: datetime | None = None) -> Busy | None:
    """``lately`` are the last conversations, newest first. Whoever pressed Sync Data Now after them is not kept waiting."""
    row = list(takewhile(_was_busy, lately))
    if len(row) < TIMES or row[0].ended is None or (pressed_at and pressed_at > row[0].ended):
        return None
    doublings = min(len(row) - TIMES, 8)
    until = row[0].ended + min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)
    return Busy(len(row), until) if now < until else None


def pressed_at(waiting: Iterable[Request]) -> datetime | None:
    """When somebody pressed Sync Data Now last, of those who still wait for it."""
    return max((row.requested_at for row in waiting if row.requested_at and row.requested_by), default=None)


def _was_busy(conversation: Conversation) -> bool:
    return conversation.failure is not None and conversation.failure.code.upper() in CODES
