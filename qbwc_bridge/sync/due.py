"""Whether a poll has something to do. Nobody schedules: QuickBooks cannot be called, so "daily" is a question asked when
the Web Connector calls."""

from datetime import datetime, timedelta

from qbwc_bridge.records import Company
from qbwc_bridge.summary import latest_slot, next_slot

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


def nothing_due(company: Company, now: datetime) -> str:
    """Why a poll has nothing to do, in words."""
    slot = next_slot(now, company.daily_at, company.timezone)
    return f"Nothing due; next daily sync {slot:%H:%M}."
