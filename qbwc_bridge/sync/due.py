"""Whether a poll has something to do. Nobody schedules: QuickBooks cannot be called, so "daily" is a question asked when
the Web Connector calls."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from qbwc_bridge.records import Company, Conversation
from qbwc_bridge.summary import busy, latest_slot, next_slot, quiet_until

COMPLETE_EVERY = timedelta(days=7)


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
    waiting = busy(lately, now, pressed_at)
    return waiting.sentence(company.timezone) if waiting else ""


def nothing_due(company: Company, now: datetime) -> str:
    """Why a poll has nothing to do, in words."""
    slot = next_slot(now, company.daily_at, company.timezone)
    return f"Nothing due; next daily sync {slot:%H:%M}."
