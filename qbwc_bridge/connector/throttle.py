"""How long a sign-in has to wait after wrong passwords.

In: an account with an address, and the moment. Out: seconds to wait. It slows guessing down without ever locking the right
person out: the longest wait is a minute, and it ends by itself. Where the counts are kept it does not know: in the memory of
this process, or in a Redis that all processes share.
"""

from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock
from typing import Protocol

FREE, LONGEST, FORGET, ROOM = 5, 60, timedelta(minutes=30), 10_000

Who = tuple[str, str]
"""An account and an address."""


class Counts(Protocol):
    """How often somebody failed, and when last."""

    def known(self, who: Who, now: datetime) -> tuple[int, datetime]:
        """0 and this moment when nothing is known."""

    def add(self, who: Who, now: datetime) -> None:
        """One more; it is forgotten after FORGET."""

    def drop(self, who: Who, now: datetime) -> None:
        """Forget it at once."""


class Throttle:
    """Counts failures by account and address, in this process unless told otherwise."""

    def __init__(self, counts: Counts | None = None) -> None:
        self._counts = counts or InMemory()

    def wait(self, account: str, address: str, now: datetime) -> int:
        """Seconds until the next try is looked at; 0 when it may be now."""
        count, last = self._counts.known((account.casefold(), address), now)
        if count < FREE or now - last > FORGET:
            return 0
        delay = min(1 << (count - FREE + 1), LONGEST)
        return max(0, delay - int((now - last).total_seconds()))

    def failed(self, account: str, address: str, now: datetime) -> None:
        """A wrong password."""
        self._counts.add((account.casefold(), address), now)

    def succeeded(self, account: str, address: str, now: datetime) -> None:
        """The right password: the count starts again."""
        self._counts.drop((account.casefold(), address), now)


class InMemory:
    """Of this process alone; the oldest goes when there are too many."""

    def __init__(self) -> None:
        self._failures: OrderedDict[Who, tuple[int, datetime]] = OrderedDict()
        self._lock = Lock()

    def known(self, who: Who, now: datetime) -> tuple[int, datetime]:
        """As it is."""
        with self._lock:
            return self._failures.get(who, (0, now))

    def add(self, who: Who, now: datetime) -> None:
        """One more."""
        with self._lock:
            count, last = self._failures.pop(who, (0, now))
            self._failures[who] = (1 if now - last > FORGET else count + 1, now)
            if len(self._failures) > ROOM:
                self._failures.popitem(last=False)

    def drop(self, who: Who, now: datetime) -> None:
        """None any more."""
        with self._lock:
            self._failures.pop(who, None)


def throttle(redis_url: str, purpose: str) -> Throttle:
    """What ``[server] redis_url`` asks for; "" keeps the counts in this process. Each ``purpose`` has counts of its own."""
    if not redis_url:
        return Throttle()
    from qbwc_bridge.connector.shared_counts import OrElse, shared  # redis is an optional library

    return Throttle(OrElse(shared(redis_url, purpose), InMemory()))
