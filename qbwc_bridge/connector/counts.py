"""How often somebody gave a wrong password, as far as this process knows.

In: who failed, and when. Out: how often so far. What follows from a count, ``throttle`` decides; counts that all processes share
are in ``shared_counts``.
"""

from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock
from typing import Protocol

FORGET, ROOM = timedelta(minutes=30), 10_000

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
