"""Moments in words, as people at the office say them. Flows in: an instant; flows out: "today 3:04 pm"."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Clock:
    """``now`` is an aware instant, ``timezone`` an IANA name such as ``America/Chicago``."""

    now: datetime
    timezone: str = "UTC"

    def local(self, instant: datetime) -> datetime:
        """The instant on the office's wall."""
        return instant.astimezone(ZoneInfo(self.timezone))

    def say(self, instant: datetime) -> str:
        """ "2:14 pm" today, "yesterday 2:14 pm", else "18 Nov 2026, 2:14 pm"."""
        local, today = self.local(instant), self.local(self.now).date()
        clock = f"{local.hour % 12 or 12}:{local:%M} {'am' if local.hour < 12 else 'pm'}"
        if local.date() == today:
            return f"today {clock}"
        if local.date() == today - timedelta(days=1):
            return f"yesterday {clock}"
        return f"{local.day} {local:%b %Y}, {clock}"

    def start_of(self, day: date) -> datetime:
        """The instant at which this day begins at the office."""
        return datetime.combine(day, time.min, ZoneInfo(self.timezone)).astimezone(UTC)

    def ago(self, instant: datetime) -> str:
        """How long ago, in the largest unit that fits: "4 days ago"."""
        seconds = max((self.now - instant).total_seconds(), 0)
        for unit, size in (("day", 86400), ("hour", 3600), ("minute", 60)):
            count = int(seconds // size)
            if count:
                return f"{count} {unit}{'' if count == 1 else 's'} ago"
        return "just now"
