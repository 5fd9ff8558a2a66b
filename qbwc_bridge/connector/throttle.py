"""How long a sign-in has to wait after wrong passwords.

In: an account with an address, and the moment. Out: seconds to wait. It slows guessing down without ever locking the right
person out: the longest wait is a minute, and it ends by itself. Where the counts are kept it does not know: in the memory of
this process, or in a Redis that all processes share.
"""

from datetime import datetime

from qbwc_bridge.connector.counts import FORGET, Counts, InMemory

FREE, LONGEST = 5, 60


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


def throttle(redis_url: str, purpose: str) -> Throttle:
    """What ``[server] redis_url`` asks for; "" keeps the counts in this process. Each ``purpose`` has counts of its own."""
    if not redis_url:
        return Throttle()
    from qbwc_bridge.connector.shared_counts import OrElse, shared  # redis is an optional library

    return Throttle(OrElse(shared(redis_url, purpose), InMemory()))
