"""Whether a poll has something to do. Nobody schedules: QuickBooks cannot be called, so "daily" is a question asked when
the Web Connector calls."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from qbwc_bridge.records import Company, Conversation
from qbwc_bridge.summary import latest_slot, next_slot, quiet_until

COMPLETE_EVERY = timedelta(days=7)

BUSY = {"0X80040410", "0X80040414", "0X8004041B", "0X8004041C", "0X80040422", "0X80040424"}
"""A dialog is open, the file is in another mode, something is locked, QuickBooks is starting (reference: HRESULTs)."""

PATIENCE = 3
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=20), timedelta(hours=2)
"""From the third time in a row on, the wait doubles."""


def daily_is_due(company: Company, now: datetime) -> bool:
    """Has today's slot passed without its sync having been queued?"""
    slot = latest_slot(now, company.daily_at, company.timezone)
    since = company.daily_queued_at or company.created_at
    return since < slot


def complete_is_due(company: Company, now: datetime) -> bool:
    """Is it time to read everything again? Weekly, and so also after any long silence: the deletion log only remembers
    90 days (reference: reconciliation)."""
    return now - (company.complete_at or company.created_at) >= COMPLETE_EVERY


def kept_waiting(
    company: Company, now: datetime, lately: Sequence[Conversation], pressed_at: datetime | None = None
) -> str:
    """Why QuickBooks is left alone although there may be work, or "": a pause, quiet hours, or because it was busy again and
    again. ``lately`` are the last conversations, newest first; whoever pressed Sync Data Now after them is not kept waiting
    for the last of these reasons."""
    if company.paused:
        return "Paused by an admin; nothing is read until somebody ends the pause."
    if until := quiet_until(company, now):
        return f"Quiet hours: QuickBooks is left alone until {until:%H:%M}."
    busy = list(takewhile(_was_busy, lately))
    again = _next_try(busy)
    if again is None or now >= again or (pressed_at and busy[0].ended and pressed_at > busy[0].ended):
        return ""
    local = again.astimezone(ZoneInfo(company.timezone))
    return f"QuickBooks was busy {len(busy)} times in a row; the next try is at {local:%H:%M}."


def _was_busy(conversation: Conversation) -> bool:
    return conversation.failure is not None and conversation.failure.code.upper() in BUSY


def _next_try(busy: Sequence[Conversation]) -> datetime | None:
    if len(busy) < PATIENCE or busy[0].ended is None:
        return None
    doublings = min(len(busy) - PATIENCE, 8)
    return busy[0].ended + min(FIRST_WAIT * (1 << doublings), LONGEST_WAIT)


def nothing_due(company: Company, now: datetime) -> str:
    """Why a poll has nothing to do, in words."""
    slot = next_slot(now, company.daily_at, company.timezone)
    return f"Nothing due; next daily sync {slot:%H:%M}."
