"""Whether a poll has something to do. Nobody schedules: QuickBooks cannot be called, so "daily" is a question asked when
the Web Connector calls."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from itertools import takewhile
from zoneinfo import ZoneInfo

from qbwc_bridge.records import Company, Conversation
from qbwc_bridge.summary import latest_slot, next_slot

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


def kept_waiting(company: Company, now: datetime, lately: Sequence[Conversation]) -> str:
    """Why QuickBooks is left alone although there may be work, or "": a pause, quiet hours, or because it was busy again and
    again. ``lately`` are the last conversations, newest first."""
    if company.paused:
        return "Paused by an admin; nothing is read until somebody ends the pause."
    if company.quiet_hours and _is_quiet(now, company):
        return f"Quiet hours: QuickBooks is left alone until {company.quiet_hours[1]:%H:%M}."
    again = _next_try(lately)
    if again and now < again:
        local = again.astimezone(ZoneInfo(company.timezone))
        return f"QuickBooks was busy {_busy_in_a_row(lately)} times in a row; the next try is at {local:%H:%M}."
    return ""


def _is_quiet(now: datetime, company: Company) -> bool:
    start, end = company.quiet_hours or (time(), time())
    clock = now.astimezone(ZoneInfo(company.timezone)).time()
    return start <= clock < end if start <= end else clock >= start or clock < end


def _busy_in_a_row(lately: Sequence[Conversation]) -> int:
    busy = takewhile(lambda one: one.failure is not None and one.failure.code.upper() in BUSY, lately)
    return sum(1 for _ in busy)


def _next_try(lately: Sequence[Conversation]) -> datetime | None:
    count = _busy_in_a_row(lately)
    if count < PATIENCE or lately[0].ended is None:
        return None
    wait = min(FIRST_WAIT * (1 << (count - PATIENCE)), LONGEST_WAIT)
    return lately[0].ended + wait


def nothing_due(company: Company, now: datetime) -> str:
    """Why a poll has nothing to do, in words."""
    slot = next_slot(now, company.daily_at, company.timezone)
    return f"Nothing due; next daily sync {slot:%H:%M}."
