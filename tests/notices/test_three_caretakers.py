"""Three caretakers, each with a database connection of its own, on one PostgreSQL: everything is told exactly once."""

import logging
import threading
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import postgres
import pytest
from listeners import Hook, Mailbox
from notices.watched import DANA, choose, sync
from office import Clock, Office

from qbwc_bridge.config import Config, Sync
from qbwc_bridge.server.caretaker import Caretaker
from qbwc_bridge.store import forgetting
from qbwc_bridge.store.database import Database
from qbwc_bridge.store.forgetting import Kind

COMPANIES, CARETAKERS, ROUNDS = 12, 3, 3
pytestmark = pytest.mark.postgres


@pytest.fixture
def shared(postgresql: postgres.Server) -> Iterator[Database]:
    """One database for all of them."""
    with postgresql.database() as database:
        yield database


def tick_together(shared: Database, config: Config, clock: Clock) -> None:
    """Each round begins for all at the same moment."""
    start = threading.Barrier(CARETAKERS, timeout=60)

    def rounds() -> None:
        with closing(Database(shared.url.render_as_string(hide_password=False))) as mine:
            caretaker = Caretaker(mine, config, lambda: clock.now)
            for _ in range(ROUNDS):
                start.wait()
                caretaker.tick()

    threads = [threading.Thread(target=rounds) for _ in range(CARETAKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)


def test_each_notice_arrives_once(
    shared: Database, config: Config, mailbox: Mailbox, hook: Hook, caplog: pytest.LogCaptureFixture
) -> None:
    clock = Clock()
    offices = [Office(shared, name=f"Company {number}", clock=clock) for number in range(COMPANIES)]
    for office in offices:
        sync(office)
        choose(office, emails=[DANA], webhook_url=hook.url)
    clock.pass_(days=2)
    config = replace(config, sync=Sync(keep_messages_days=1))
    with caplog.at_level(logging.WARNING):
        tick_together(shared, config, clock)
        for office in offices:
            sync(office)
        clock.pass_(minutes=5)
        tick_together(shared, config, clock)
    told = [f"{office.name}: no QuickBooks sync for more than a day" for office in offices]
    told += [f"{office.name}: the QuickBooks sync works again" for office in offices]
    assert sorted(mailbox.subjects) == sorted(told)
    assert len({document["id"] for document in hook.documents}) == len(hook.documents) == len(told)
    with shared.read() as c:
        assert forgetting.grown_old(c, Kind.MESSAGES, clock.now - timedelta(days=1)) == []
    assert caplog.text == ""
