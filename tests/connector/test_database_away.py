"""While somebody else holds the database every call still gets an answer the Web Connector understands, nothing is half
written, and afterwards the conversation goes on as if nothing had been. SQLite alone: PostgreSQL locks rows and waits."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from office import Office, messages_of, started

from qbwc_bridge import __version__
from qbwc_bridge.qbxml import read_answers
from qbwc_bridge.records import State
from qbwc_bridge.store import database as engine
from qbwc_bridge.store.database import Database

AWAY = "The database could not be reached or written. Nothing was half stored."
ANSWERS: dict[str, Any] = {  # decided in conversation.py; the first two need no database
    "server_version": f"qbwc-bridge {__version__}",
    "client_version": "",
    "authenticate": ["", "busy"],
    "send_request_xml": "",
    "receive_response_xml": -1,
    "connection_error": "done",
    "get_last_error": AWAY,
    "close_connection": AWAY,
}


@pytest.fixture
def office(empty_sqlite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """An office whose database waits for nobody, with one project synced and a request that waits."""
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.05)
    shutil.copy(empty_sqlite, tmp_path / "bridge.db")
    database = Database(f"sqlite:///{tmp_path / 'bridge.db'}")
    office = Office(database)
    started(office, "Smith:Kitchen")
    office.link("Smith:Deck")
    office.clock.pass_(minutes=15)
    yield office
    database.close()


def _opened(office: Office) -> "closing[sqlite3.Connection]":
    return closing(sqlite3.connect(str(office.database.url.database), isolation_level=None))


@contextmanager
def locked(office: Office) -> Iterator[None]:
    """Somebody else writes, for as long as the ``with`` lasts."""
    with _opened(office) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


def everything(office: Office) -> list[str]:
    """All that is stored."""
    with _opened(office) as other:
        return list(other.iterdump())


def asked(office: Office) -> tuple[str, str]:
    """A ticket, and its first request."""
    office.quickbooks.begin_session()
    ticket, _ = office.authenticate()
    return ticket, office.send(ticket)


def go_on(office: Office, ticket: str, request: str) -> None:
    """The rest of a conversation."""
    while (percent := office.answer(ticket, request)) < 100:
        assert percent >= 0
        request = office.send(ticket, "")
    assert office.service.close_connection(ticket).startswith("Sync complete")


def assert_all_is_well(office: Office) -> None:
    office.assert_true()
    assert [office.status(one).state for one in office.projects()] == [State.CURRENT] * 2
    assert all(office.true_total(one) > 0 for one in office.projects())
    assert office.poll()[0].result == "none"


def in_the_middle(office: Office, ticket: str, request: str) -> dict[str, Callable[[], Any]]:
    """Every call there is, made while an answer is awaited."""
    service = office.service
    return {
        "server_version": service.server_version,
        "client_version": lambda: service.client_version("2.3", office.address),
        "authenticate": office.authenticate,
        "send_request_xml": lambda: office.send(ticket, ""),
        "receive_response_xml": lambda: service.receive_response_xml(ticket, "<QBXML/>", "", ""),
        "connection_error": lambda: service.connection_error(ticket, "0x80040408", "closed"),
        "get_last_error": lambda: service.get_last_error(ticket),
        "close_connection": lambda: service.close_connection(ticket),
    }


@pytest.mark.parametrize("name", ANSWERS)
def test_a_call_is_answered_nothing_is_written_and_the_conversation_goes_on(office: Office, name: str) -> None:
    ticket, request = asked(office)
    before = everything(office)
    with locked(office):
        assert in_the_middle(office, ticket, request)[name]() == ANSWERS[name]
    assert everything(office) == before
    go_on(office, ticket, request)
    assert_all_is_well(office)


class Tried:
    """The service, each of whose calls comes at first while the database is locked, and then again."""

    def __init__(self, office: Office) -> None:
        self.office, self.service, self.tried = office, office.service, list[str]()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def twice(*arguments: Any) -> Any:
            before = everything(self.office)
            with locked(self.office):
                assert getattr(self.service, name)(*arguments) == ANSWERS[name]
            assert everything(self.office) == before
            self.tried.append(name)
            return getattr(self.service, name)(*arguments)

        return twice


def test_a_conversation_whose_every_call_comes_twice_ends_right(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = Tried(office)
    monkeypatch.setattr(office, "service", tried)
    calls = office.poll()
    assert set(tried.tried) == {"authenticate", "send_request_xml", "receive_response_xml", "close_connection"}
    assert calls[-1].result.startswith("Sync complete")
    monkeypatch.undo()
    assert_all_is_well(office)


@pytest.mark.parametrize("name", ["send_request_xml", "receive_response_xml"])
def test_the_web_connector_gives_up_and_the_next_update_does_it_all(
    office: Office, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(office.service, name, lambda *_: _while_locked(office, name, *_))
    assert any(call.name == "getLastError" and "interrupted" in call.result for call in office.poll())
    monkeypatch.undo()
    office.clock.pass_(minutes=15)
    assert office.poll()[0].result == ""
    assert_all_is_well(office)


def _while_locked(office: Office, name: str, *arguments: Any) -> Any:
    with locked(office):
        return getattr(type(office.service), name)(office.service, *arguments)


@pytest.fixture
def lost_after_storing(office: Office, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """The raw answer is stored, and then somebody else takes the database: the ticket and its request."""
    ticket, request = asked(office)
    with _opened(office) as other, monkeypatch.context() as patched:

        def read(response: str) -> Any:
            other.execute("BEGIN IMMEDIATE")
            return read_answers(response)

        patched.setattr("qbwc_bridge.connector.conversation.read_answers", read)
        before = [office.summary(one) for one in office.projects()]
        assert office.answer(ticket, request) == -1
        assert office.service.get_last_error(ticket) == AWAY
        assert [office.summary(one) for one in office.projects()] == before
    with office.database.read() as c:
        kept = messages_of(c, office.company.id, office.log()[0].id)
    assert [message.direction for message in kept] == ["request", "response"]
    return ticket, request


def test_an_answer_that_was_stored_and_not_worked_in_is_taken_when_it_comes_again(
    office: Office, lost_after_storing: tuple[str, str]
) -> None:
    go_on(office, *lost_after_storing)
    assert_all_is_well(office)


def test_an_answer_that_was_stored_and_not_worked_in_is_asked_for_again(
    office: Office, lost_after_storing: tuple[str, str]
) -> None:
    ticket, _ = lost_after_storing
    go_on(office, ticket, office.send(ticket, ""))
    assert_all_is_well(office)


def test_an_answer_that_was_stored_and_not_worked_in_comes_with_the_next_update(
    office: Office, lost_after_storing: tuple[str, str]
) -> None:
    ticket, _ = lost_after_storing
    assert office.service.close_connection(ticket).startswith("The Web Connector stopped")
    office.clock.pass_(minutes=15)
    office.poll()
    assert_all_is_well(office)


def test_a_full_disk_stores_nothing_by_halves_and_the_next_update_makes_it_good(office: Office) -> None:
    before = everything(office)
    office.sync_now()
    for number in range(60):
        office.books.receive_payment("Smith:Kitchen", Decimal("10.00"), {}, memo=f"{number} " * 400)
    with office.database.engine.connect() as connection:
        full = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {full + 10}")
    ticket, work, *_ = office.authenticate()
    assert work == ""
    assert office.answer(ticket, office.send(ticket)) == -1
    assert office.service.get_last_error(ticket)
    with office.database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    assert len(everything(office)) >= len(before)
    office.clock.pass_(minutes=15)
    office.sync_now()
    office.poll()
    office.assert_true()
