"""When people are told of trouble, and when of its end. Pure: facts flow in, a verdict flows out.

An episode is one trouble from its beginning to the first good sync after it. It is told once when it begins and once when it
is over, whatever it turns into meanwhile. This module never knows who is told, or how.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from qbwc_bridge.records import Company, Notice
from qbwc_bridge.summary.state import STALE_AFTER, quiet_until

A_BIT = timedelta(hours=2)
"""After quiet hours the Web Connector gets so long for what had to wait."""

A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class EpisodeFacts:
    """``failures`` are the syncs in a row that failed since the last good one, ``failing_since`` is when the first of them
    began. ``told`` is the trouble that was told and is not over, ``since`` when that began; "" and None when all was well.
    ``left_alone_at`` is when syncing was last seen paused; ``quiet``: quiet hours are, or ended just now."""

    now: datetime
    last_success_at: datetime | None = None
    failures: int = 0
    failing_since: datetime | None = None
    after_failures: int = 3
    told: str = ""
    since: datetime | None = None
    paused: bool = False
    left_alone_at: datetime | None = None
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is to be told, and since when it is so."""

    kind: Notice
    since: datetime


def verdict(facts: EpisodeFacts) -> Verdict | None:
    """What has to be told now, or None. A pause begins nothing and ends nothing; only a good sync ends an episode."""
    if facts.told:
        return _recovery(facts)
    if facts.paused:
        return None
    if facts.failing_since and facts.failures >= facts.after_failures:
        return Verdict(Notice.FAILED, facts.failing_since)
    return _missed(facts)


def _recovery(facts: EpisodeFacts) -> Verdict | None:
    good = facts.last_success_at
    over = good is not None and (facts.since is None or good > facts.since)
    return Verdict(Notice.RECOVERED, good) if good and over else None


def _missed(facts: EpisodeFacts) -> Verdict | None:
    """A day and a bit without a good sync, as in the state "stale"; a company that never synced misses nothing, and quiet
    hours may put it off for a day at most."""
    if facts.last_success_at is None:
        return None
    waited = facts.now - max(filter(None, (facts.last_success_at, facts.left_alone_at)))
    allowed = STALE_AFTER + (A_DAY if facts.quiet else timedelta(0))
    return Verdict(Notice.MISSED, facts.last_success_at) if waited > allowed else None


def was_quiet(company: Company, now: datetime) -> bool:
    """Are quiet hours, or did they end so lately that what had to wait may not have been read yet?"""
    if company.quiet_hours is None:
        return False
    clock = now.astimezone(ZoneInfo(company.timezone))
    end = company.quiet_hours[1]
    since = timedelta(hours=clock.hour - end.hour, minutes=clock.minute - end.minute) % A_DAY
    return quiet_until(company, now) is not None or since < A_BIT
