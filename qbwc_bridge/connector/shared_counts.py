"""Counts of failures in a Redis, for many processes and machines. The only module that knows Redis.

In: who failed, and when. Out: how often so far. An account or an address never leaves this process: keys are fingerprints. A
Redis that is away breaks no sign-in: this process counts by itself until it is back.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TypeVar

from redis import Redis, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from qbwc_bridge.connector.counts import FORGET, Counts, Who

PATIENCE = 0.5
"""Seconds for a connection or an answer: somebody waits to be signed in."""

AGAIN_AFTER = timedelta(seconds=5)
WARN_EVERY = timedelta(minutes=1)
LONG_AGO = datetime.min.replace(tzinfo=UTC)
Found = TypeVar("Found")
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class InRedis:
    """Raises RedisError when it is away."""

    redis: "Redis"
    purpose: str

    def known(self, who: Who, now: datetime) -> tuple[int, datetime]:
        """What all processes counted."""
        count, last = self.redis.hmget(self._key(who), "count", "last")
        return (int(count), datetime.fromtimestamp(float(last), UTC)) if count and last else (0, now)

    def add(self, who: Who, now: datetime) -> None:
        """One more, in one step, so that no two processes count the same."""
        key = self._key(who)
        with self.redis.pipeline(transaction=True) as step:
            step.hincrby(key, "count", 1)
            step.hset(key, "last", str(now.timestamp()))
            step.expire(key, FORGET)
            step.execute()

    def drop(self, who: Who, now: datetime) -> None:
        """None any more."""
        self.redis.delete(self._key(who))

    def _key(self, who: Who) -> str:
        return f"qbwc-bridge:failures:{self.purpose}:{sha256(chr(0).join(who).encode()).hexdigest()}"


def shared(url: str, purpose: str) -> InRedis:
    """It connects when it is asked for the first time. A connection that has died meanwhile gets a second one at once."""
    retry = Retry(NoBackoff(), 1)
    redis = Redis.from_url(url, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE, retry=retry)
    return InRedis(redis, purpose)


class OrElse:
    """``first``, and for a while ``second`` each time that ``first`` is away."""

    def __init__(self, first: Counts, second: Counts) -> None:
        self._first, self._second = first, second
        self._away_until = self._warned_at = LONG_AGO

    def known(self, who: Who, now: datetime) -> tuple[int, datetime]:
        """What the one that is there counted."""
        return self._asked(lambda counts: counts.known(who, now), now)

    def add(self, who: Who, now: datetime) -> None:
        """One more."""
        self._asked(lambda counts: counts.add(who, now), now)

    def drop(self, who: Who, now: datetime) -> None:
        """None any more."""
        self._asked(lambda counts: counts.drop(who, now), now)

    def _asked(self, ask: Callable[[Counts], Found], now: datetime) -> Found:
        if now >= self._away_until:
            try:
                return ask(self._first)
            except RedisError as error:
                self._is_away(error, now)
        return ask(self._second)

    def _is_away(self, error: RedisError, now: datetime) -> None:
        self._away_until = now + AGAIN_AFTER
        if now - self._warned_at >= WARN_EVERY:
            self._warned_at = now
            log.warning(
                "Redis is away (%s): each process counts wrong passwords by itself until it is back.",
                type(error).__name__,
            )
