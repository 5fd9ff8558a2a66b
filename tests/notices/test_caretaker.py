"""The caretaker of a running server: an office whose syncs fail over real SOAP, and a mailbox. And that it holds nothing up."""

import logging
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from listeners import Hook, Mailbox
from office import Clock, Make, Office, messages_of, web_connector

from qbwc_bridge import server
from qbwc_bridge.config import Config, Database, Server, Sync, Web
from qbwc_bridge.notices import dialling
from qbwc_bridge.notices.settings import Choice, save
from qbwc_bridge.server import caretaker
from qbwc_bridge.server.caretaker import Caretaker
from qbwc_bridge.simulator import Faults, WebConnector
from qbwc_bridge.simulator.faults import MODAL_DIALOG
from qbwc_bridge.store import companies, deliveries, notices
from qbwc_bridge.store.conversations import Message

DANA = "dana@acme.example"


@pytest.fixture
def settings(config: Config, office: Office, tmp_path: Path) -> Config:
    """The configuration of a server on the office's database."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (tmp_path / "key").write_text("k" * 64)
    return replace(
        config,
        server=Server(port=port, public_url=f"http://localhost:{port}"),
        database=Database(str(office.database.url)),
        web=Web(secret_key_file=tmp_path / "key"),
    )


@dataclass
class Running:
    """A server and the Web Connector that calls it."""

    office: Office
    connector: WebConnector
    faults: Faults

    def update(self) -> str:
        self.office.clock.pass_(minutes=20)
        self.office.sync_now()
        return self.connector.update().outcome

    def failed_update(self) -> None:
        self.faults.opening = [MODAL_DIALOG] * 9
        assert self.update() == "error"
        self.faults.opening = []


@pytest.fixture
def running(settings: Config, office: Office, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    monkeypatch.setattr(caretaker, "EVERY", 0.05)
    service = server.build(settings, office.clock)
    service.start()
    faults = Faults()
    connector = web_connector(office, settings.server.public_url, faults)
    yield Running(office, connector, faults)
    service.stop()


def listen(office: Office, **choice: object) -> str:
    with office.database.begin() as c:
        return save(c, office.company.id, Choice(**{"emails": [DANA], **choice}), "Dana", office.clock())  # type: ignore[arg-type]


def wait_until(true: Callable[[], bool], seconds: float = 10) -> bool:
    end = time.monotonic() + seconds
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return true()


def test_three_failed_syncs_are_one_mail_and_the_next_good_one_another(running: Running, mailbox: Mailbox) -> None:
    assert running.update() == "done"
    listen(running.office)
    for _ in range(2):
        running.failed_update()
    assert not wait_until(lambda: bool(mailbox.mails), seconds=0.5)
    running.failed_update()
    assert wait_until(lambda: len(mailbox.mails) == 1)
    for _ in range(2):
        running.failed_update()
    assert not wait_until(lambda: len(mailbox.mails) > 1, seconds=0.5)
    assert running.update() == "done"
    assert wait_until(lambda: len(mailbox.mails) == 2)
    assert mailbox.subjects == [
        "Acme: the last 3 QuickBooks syncs have failed",
        "Acme: the QuickBooks sync works again",
    ]
    assert "close the dialog and press Update Selected" in mailbox.text(0)
    assert not wait_until(lambda: len(mailbox.mails) > 2, seconds=0.3)


def test_a_missed_day_is_told_although_nobody_calls(running: Running, mailbox: Mailbox) -> None:
    assert running.update() == "done"
    listen(running.office)
    running.office.clock.pass_(hours=27)
    assert wait_until(lambda: mailbox.subjects == ["Acme: no QuickBooks sync for more than a day"])


def test_a_new_payment_is_told(running: Running, mailbox: Mailbox) -> None:
    office = running.office
    assert running.update() == "done"
    office.link("Smith:Kitchen", project="Smith kitchen")
    assert running.update() == "done"
    listen(office, new_payments=True)
    office.books.now = office.clock.now.astimezone(office.books.now.tzinfo)
    office.books.receive_payment(office.list_id("Smith:Kitchen"), Decimal("9600.00"))
    assert running.update() == "done"
    assert wait_until(lambda: len(mailbox.mails) == 1)
    assert mailbox.subjects == ["Acme: 1 new payment, $9,600.00, for Smith kitchen"]


# Without a server -----------------------------------------------------------------------------------------------------


@pytest.fixture
def keeper(office: Office, config: Config) -> Caretaker:
    return Caretaker(office.database, config, office.clock)


def test_of_two_caretakers_one_tells(office: Office, config: Config, mailbox: Mailbox) -> None:
    listen(office)
    with office.database.begin() as c:
        companies.succeeded(c, office.company.id, office.clock.now - timedelta(days=2))
    start = threading.Barrier(3)

    def round_() -> None:
        mine = Caretaker(office.database, config, office.clock)
        start.wait()
        mine.tick()
        mine.tick()

    threads = [threading.Thread(target=round_) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert mailbox.subjects == ["Acme: no QuickBooks sync for more than a day"]


def test_a_company_that_cannot_be_looked_at_stops_no_other(
    office: Office, keeper: Caretaker, mailbox: Mailbox, caplog: pytest.LogCaptureFixture, make_office: Make
) -> None:
    other = make_office(name="Other", clock=office.clock)
    for one in (office, other):
        listen(one)
        with office.database.begin() as c:
            companies.succeeded(c, one.company.id, office.clock.now - timedelta(days=2))
    with office.database.begin() as c:
        companies._set(c, office.company.id, timezone="Nowhere/Secret")
    with caplog.at_level(logging.ERROR):
        keeper.tick()
    assert mailbox.subjects == ["Other: no QuickBooks sync for more than a day"]
    assert "looking at company 1" in caplog.text
    assert "Secret" not in caplog.text


def test_what_is_not_reached_in_time_comes_first_in_the_next_round(
    office: Office, keeper: Caretaker, make_office: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    offices = [office, *(make_office(name=name, clock=office.clock) for name in ("B", "C"))]
    for one in offices:
        listen(one)
    looked: list[int] = []

    def slow(_: object, settings: notices.NoticeSettings, *__: object) -> None:
        looked.append(settings.company_id)
        time.sleep(0.06)

    monkeypatch.setattr(caretaker, "look", slow)
    monkeypatch.setattr(caretaker, "LOOKING", 0.05)
    for _ in range(4):
        keeper.tick()
    assert looked == [1, 2, 3, 1]


def test_nobody_to_tell_is_one_query(office: Office, keeper: Caretaker, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(caretaker, "look", lambda *_: pytest.fail("looked at a company nobody listens to"))
    keeper.tick()


def test_it_forgets_what_has_grown_old_and_the_sync_log_of_a_quiet_company_stays(
    office: Office, config: Config, mailbox: Mailbox
) -> None:
    office.poll()
    keeper = Caretaker(
        office.database, replace(config, sync=Sync(keep_messages_days=30, keep_log_days=60)), office.clock
    )

    def kept() -> list[Message]:
        with office.database.read() as c:
            return messages_of(c, office.company.id, office.log()[0].id)

    keeper.tick()
    assert kept()
    office.clock.pass_(days=31)
    keeper.tick()
    assert kept() == []
    office.clock.pass_(days=60)
    keeper.tick()
    assert len(office.log()) == 1


def test_what_it_had_no_time_to_forget_is_forgotten_a_minute_later(
    office: Office, keeper: Caretaker, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.poll()
    office.clock.pass_(days=31)
    with monkeypatch.context() as busy:
        busy.setattr(caretaker, "FORGETTING", -1.0)
        keeper.tick()
    with office.database.read() as c:
        assert messages_of(c, office.company.id, office.log()[0].id)
    keeper.tick()
    with office.database.read() as c:
        assert messages_of(c, office.company.id, office.log()[0].id) == []


def test_a_broken_database_ends_no_caretaker(
    office: Office, keeper: Caretaker, mailbox: Mailbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_: object) -> datetime:
        raise OSError("the disk, and its secret path")

    with monkeypatch.context() as broken:
        broken.setattr(type(office.database), "read", away)
        keeper.tick()
    listen(office)
    with office.database.begin() as c:
        companies.succeeded(c, office.company.id, office.clock.now - timedelta(days=2))
    keeper.tick()
    assert len(mailbox.mails) == 1


def test_it_stops_at_once(office: Office, config: Config) -> None:
    keeper = Caretaker(office.database, config, Clock())
    keeper.start()
    began = time.monotonic()
    keeper.stop()
    keeper.stop()
    assert time.monotonic() - began < 2
    assert not any(thread.name == "caretaker" for thread in threading.enumerate())


def test_a_webhook_that_never_ends_delays_no_request(
    running: Running, hook: Hook, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one answers byte by byte the Web Connector is served as ever."""
    monkeypatch.setattr(dialling.Deadline.__init__, "__defaults__", (300.0,))
    office = running.office
    assert running.update() == "done"
    hook.slow = True
    listen(office, emails=[], webhook_url=hook.url, after_failures=1)
    running.failed_update()
    assert wait_until(lambda: bool(hook.bodies))
    assert running.update() == "done"
    with office.database.read() as c:
        (one,) = deliveries.lately(c, office.company.id)
    assert (one.attempts, one.sent_at, one.error) == (1, None, "")  # it is still being sent
    hook.closing.set()
