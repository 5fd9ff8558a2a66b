"""Is there something to tell? One company at a time, in reads; what is told becomes rows of the outbox.

In: the database, a company's settings, the moment. Out: rows, made in the same transaction that remembers that this was told,
so that it is told once whatever number of processes look. It never sends anything.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

from qbwc_bridge.notices import words
from qbwc_bridge.notices.news import News, news_since
from qbwc_bridge.records import Channel, Company, Notice, NoticeSettings, Series
from qbwc_bridge.store import companies, conversations, deliveries, notices
from qbwc_bridge.store.database import Connection, Database
from qbwc_bridge.store.summaries import ACTIVE_FOR
from qbwc_bridge.summary.episodes import EpisodeFacts, Verdict, verdict, was_quiet

PAUSE_NOTED_EVERY = timedelta(minutes=10)
OVER = "Not sent: the trouble was over before it could be."

HabitsOf = Callable[[Company, str], words.Habits]
"""How a company writes money in a currency of QuickBooks."""


@dataclass(frozen=True, slots=True)
class _Seen:
    """A company at one moment. ``news`` is None while an update runs, or when nobody wants to hear of new payments."""

    company: Company
    series: Series
    verdict: Verdict | None
    news: tuple[list[News], int] | None


def look(database: Database, settings: NoticeSettings, now: datetime, public_url: str, habits: HabitsOf) -> None:
    """Look at one company and put what it has to be told into the outbox."""
    with database.read() as c:
        seen = _see(c, settings, now)
    if seen.company.paused and _stale(settings.left_alone_at, now):
        with database.begin() as c:
            notices.left_alone(c, settings.company_id, now)
    if seen.verdict:
        with database.begin() as c:
            _tell_episode(c, settings, seen, seen.verdict, now, public_url)
    if seen.news and seen.news[1] != settings.told_history:
        with database.begin() as c:
            _tell_news(c, settings, seen.company, seen.news, now, public_url, habits)


def _see(c: Connection, settings: NoticeSettings, now: datetime) -> _Seen:
    company = companies.by_id(c, settings.company_id)
    series = conversations.failed_since(c, company.id, company.last_success_at)
    running = settings.new_payments and conversations.running(c, company.id, now - ACTIVE_FOR)
    wanted = settings.new_payments and not running
    news = news_since(c, company, settings.told_history) if wanted else None
    return _Seen(company, series, verdict(_facts(company, series, settings, now)), news)


def _facts(company: Company, series: Series, settings: NoticeSettings, now: datetime) -> EpisodeFacts:
    return EpisodeFacts(
        now=now,
        last_success_at=company.last_success_at,
        failures=series.count,
        failing_since=series.since,
        after_failures=settings.after_failures,
        told=settings.episode,
        since=settings.episode_since,
        paused=company.paused,
        left_alone_at=settings.left_alone_at,
        quiet=was_quiet(company, now),
    )


def _stale(noted: datetime | None, now: datetime) -> bool:
    return noted is None or now - noted >= PAUSE_NOTED_EVERY


def _tell_episode(
    c: Connection, settings: NoticeSettings, seen: _Seen, found: Verdict, now: datetime, public_url: str
) -> None:
    if found.kind is Notice.RECOVERED:
        if notices.end_episode(c, settings.company_id):
            deliveries.withdraw(c, settings.company_id, OVER, kinds=(Notice.FAILED, Notice.MISSED))
            _post(c, settings.company_id, words.recovery(seen.company, found, settings.episode_since, public_url), now)
    elif notices.begin_episode(c, settings.company_id, found.kind, found.since):
        _post(c, settings.company_id, words.trouble(seen.company, found, seen.series, public_url), now)


def _tell_news(
    c: Connection,
    settings: NoticeSettings,
    company: Company,
    found: tuple[list[News], int],
    now: datetime,
    public_url: str,
    habits: HabitsOf,
) -> None:
    news, line = found
    if notices.told_history(c, company.id, settings.told_history, line) and news:
        how = [habits(company, one.currency) for one in news]
        _post(c, company.id, words.new_payments(company, news, how, public_url), now)


def _post(c: Connection, company_id: int, message: words.Message, now: datetime) -> None:
    """Into the outbox, once for each address there is now."""
    for channel, target in notices.get(c, company_id).targets:
        deliveries.add(c, company_id, message.kind, channel, target, document_of(message, channel, now), now=now)


def document_of(message: words.Message, channel: Channel, now: datetime) -> str:
    """The message as this channel carries it, with an identifier of its own."""
    name = str(uuid4())
    return words.as_mail(message, name) if channel is Channel.EMAIL else words.as_webhook(message, name, now)
