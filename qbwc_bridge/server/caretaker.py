"""What happens although nobody asks: every minute somebody looks whether people have to be told something.

In: the database, the configuration, the clock. Out: notices on their way, and nothing kept longer than it should be. Every
process has one; which of them does a thing is settled in the database. It holds no request up, and a company it cannot look
at never stops the others.
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial

from qbwc_bridge.config import Config
from qbwc_bridge.config.logs import described
from qbwc_bridge.notices.sending import send_due
from qbwc_bridge.notices.watching import look
from qbwc_bridge.notices.words import Habits
from qbwc_bridge.records import Company, NoticeSettings
from qbwc_bridge.store import forgetting, notices
from qbwc_bridge.store.database import Database
from qbwc_bridge.store.forgetting import Kind
from qbwc_bridge.summary import Clock
from qbwc_bridge.web.formats import formats

EVERY = 60.0
LOOKING, SENDING, FORGETTING = 20.0, 40.0, 20.0
"""Seconds a round may take for each; what it did not reach comes first in the next one."""

FORGETTING_EVERY = timedelta(hours=1)
JOIN_SECONDS = 15.0
log = logging.getLogger("qbwc_bridge.caretaker")


class Caretaker:
    """``start`` returns at once; ``stop`` lets the message end that is being sent."""

    def __init__(self, database: Database, config: Config, clock: Callable[[], datetime]) -> None:
        self.database, self.config, self.clock = database, config, clock
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="caretaker", daemon=True)
        self._after = 0  # the company that was looked at last
        self._forgot_at: datetime | None = None

    def start(self) -> None:
        """Begin to look, the first time after a minute."""
        self._thread.start()

    def stop(self) -> None:
        """No more rounds."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(JOIN_SECONDS)

    def tick(self) -> None:
        """One round. Nothing that goes wrong in one part of it keeps the others from being done."""
        self._in_peace("looking", self._look_at_all)
        self._in_peace("sending", self._send)
        self._in_peace("forgetting", self._forget)

    def _run(self) -> None:
        while not self._stop.wait(EVERY):
            self.tick()

    def _look_at_all(self) -> None:
        with self.database.read() as c:
            watched = notices.watched(c)
        end = time.monotonic() + LOOKING
        for settings in sorted(watched, key=lambda one: (one.company_id <= self._after, one.company_id)):
            if self._stop.is_set() or time.monotonic() > end:
                return
            self._after = settings.company_id
            self._in_peace(f"looking at company {settings.company_id}", partial(self._look_at, settings))

    def _look_at(self, settings: NoticeSettings) -> None:
        look(self.database, settings, self.clock(), self.config.server.public_url, self._habits)

    def _send(self) -> None:
        end = time.monotonic() + SENDING
        send_due(self.database, self.config, self.clock, lambda: self._stop.is_set() or time.monotonic() > end)

    def _habits(self, company: Company, currency: str) -> Habits:
        return formats(company.country, currency, Clock(self.clock(), company.timezone), company.locale)

    def _forget(self) -> None:
        """Every hour, and sooner when there was no time for all of it."""
        now, end = self.clock(), time.monotonic() + FORGETTING
        if self._forgot_at and now - self._forgot_at < FORGETTING_EVERY:
            return
        self._forgot_at = now
        for kind, days in self._kept_for():
            if not self._forget_all(kind, now - timedelta(days=days), end):
                self._forgot_at = None

    def _kept_for(self) -> Iterator[tuple[Kind, int]]:
        """How many days of each kind are kept; what is kept for ever is left out."""
        config = self.config
        yield Kind.MESSAGES, config.sync.keep_messages_days
        yield Kind.NOTICES, config.notices.keep_days
        if log_days := config.sync.keep_log_days:
            yield from ((Kind.REQUESTS, log_days), (Kind.SYNCS, log_days))
        if config.web.keep_audit_days:
            yield Kind.AUDIT, config.web.keep_audit_days

    def _forget_all(self, kind: Kind, until: datetime, end: float) -> bool:
        """A little at a time, so that nobody waits for it. False when time is up."""
        with self.database.read() as c:
            companies = forgetting.grown_old(c, kind, until)
        for company_id in companies:
            more = True
            while more:
                if self._stop.is_set() or time.monotonic() > end:
                    return False
                with self.database.begin() as c:
                    more = forgetting.forget(c, company_id, kind, until)
        return True

    def _in_peace(self, what: str, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception as error:  # the next round tries again; its text may hold an address or a secret
            log.error("The caretaker could not go on with %s: %s", what, described(error))
