"""Who is told when something is wrong, and the messages on their way."""

from dataclasses import dataclass, field
from datetime import datetime

from qbwc_bridge.records.money import Failure
from qbwc_bridge.records.words import Channel, Notice


@dataclass(frozen=True, slots=True)
class NoticeSettings:
    """What a company wants to be told, and what it was told. ``episode`` is "" or the trouble that was told and is not over.
    ``told_history`` is the last line of the payments' history that was looked at; ``left_alone_at`` is when syncing was last
    seen paused."""

    company_id: int
    emails: tuple[str, ...] = ()
    webhook_url: str = ""
    webhook_secret: str = field(default="", repr=False)
    after_failures: int = 3
    new_payments: bool = False
    episode: str = ""
    episode_since: datetime | None = None
    left_alone_at: datetime | None = None
    told_history: int = 0

    @property
    def targets(self) -> tuple[tuple[Channel, str], ...]:
        """Every address a notice goes to, with the way it takes."""
        webhook = ((Channel.WEBHOOK, self.webhook_url),) if self.webhook_url else ()
        return (*((Channel.EMAIL, address) for address in self.emails), *webhook)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One notice to one address. ``next_at`` is None once it is sent or given up; while somebody is sending it, it is the
    moment at which that somebody counts as lost."""

    id: int
    company_id: int
    kind: Notice
    channel: Channel
    target: str
    document: str
    made_at: datetime
    attempts: int = 0
    next_at: datetime | None = None
    sent_at: datetime | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """Syncs that failed one after the other: how many, since when, and what the last of them said."""

    count: int = 0
    since: datetime | None = None
    failure: Failure | None = None
