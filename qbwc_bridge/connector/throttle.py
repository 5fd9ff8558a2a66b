"""How long a sign-in has to wait after wrong passwords.

In: an account with an address, and the moment. Out: seconds to wait. It is kept in memory and slows guessing down without ever
locking the right person out: the longest wait is a minute, and it ends by itself.
"""

from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock

FREE, LONGEST, FORGET, ROOM = 5, 60, timedelta(minutes=30), 10_000


class Throttle:
    """Counts failures by account and address."""

    def __init__(self) -> None:
        self._failures: OrderedDict[tuple[str, str], tuple[int, datetime]] = OrderedDict()
        self._lock = Lock()

    def wait(self, account: str, address: str, now: datetime) -> int:
        """Seconds until the next try is looked at; 0 when it may be now."""
        with self._lock:
            count, last = self._failures.get((account.casefold(), address), (0, now))
        if count < FREE or now - last > FORGET:
            return 0
        delay = min(1 << (count - FREE + 1), LONGEST)
        return max(0, delay - int((now - last).total_seconds()))

    def failed(self, account: str, address: str, now: datetime) -> None:
        """A wrong password."""
        key = (account.casefold(), address)
        with self._lock:
            count, last = self._failures.pop(key, (0, now))
            self._failures[key] = (1 if now - last > FORGET else count + 1, now)
            if len(self._failures) > ROOM:
                self._failures.popitem(last=False)

    def succeeded(self, account: str, address: str) -> None:
        """The right password: the count starts again."""
        with self._lock:
            self._failures.pop((account.casefold(), address), None)
