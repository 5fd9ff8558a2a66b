"""Two at the same time: nothing is lost, nothing is half seen, and a database that is away says so in words."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from office import Office
from sqlalchemy import text

from qbwc_bridge.connector import links, pulls
from qbwc_bridge.connector import requests as queue
from qbwc_bridge.errors import DatabaseAway, NameTaken
from qbwc_bridge.records import Company
from qbwc_bridge.store import companies, conversations, manual, projects
from qbwc_bridge.store import database as engine
from qbwc_bridge.store.database import Database


def _together(*works: Callable[[], Any]) -> list[Any]:
    with ThreadPoolExecutor(len(works)) as pool:
        return [done.result(timeout=30) for done in [pool.submit(work) for work in works]]


def test_two_writers_of_one_conversation_lose_no_update(database: Database, acme: Company, now: datetime) -> None:
    with database.begin() as c:
        conversations.begin(c, acme.id, "hash", trigger="", address="", now=now)

    def count() -> None:
        for _ in range(20):
            with database.begin() as c:
                companies.lock(c, acme.id)
                mine = conversations.by_ticket(c, "hash")
                assert mine is not None
                conversations.change(c, acme.id, mine.id, rounds=mine.rounds + 1)

    _together(count, count)
    with database.read() as c:
        assert conversations.log(c, acme.id)[0].rounds == 40


def test_of_two_projects_with_one_name_one_is_refused(database: Database, acme: Company, now: datetime) -> None:
    start = threading.Barrier(2, timeout=10)

    def add() -> str:
        start.wait()
        try:
            with database.begin() as c:
                projects.add(c, acme.id, "Kitchen", now)
        except NameTaken:
            return "taken"
        return "added"

    assert sorted(_together(add, add)) == ["added", "taken"]


def test_a_reader_sees_one_moment_while_somebody_writes(database: Database, acme: Company, now: datetime) -> None:
    with database.read() as reader:
        before = projects.listing(reader, acme.id)
        with database.begin() as writer:
            projects.add(writer, acme.id, "Kitchen", now)
        assert projects.listing(reader, acme.id) == before
    with database.read() as reader:
        assert len(projects.listing(reader, acme.id)) == len(before) + 1


def test_a_transaction_that_fails_leaves_nothing(database: Database, acme: Company, now: datetime) -> None:
    def half() -> None:
        with database.begin() as c:
            projects.add(c, acme.id, "Kitchen", now)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        half()
    with database.read() as c:
        assert projects.listing(c, acme.id) == []


def test_a_locked_sqlite_is_away_in_words(
    backend: str, database: Database, acme: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    if backend != "sqlite":
        pytest.skip("PostgreSQL locks rows, not the file")
    monkeypatch.setattr(engine, "BUSY_SECONDS", 0.05)
    impatient = Database(str(database.url))
    with database.begin() as c:
        c.execute(text("UPDATE companies SET product = 'busy'"))
        with pytest.raises(DatabaseAway, match="Nothing was changed"), impatient.begin():
            pass
    impatient.close()


def test_a_database_nobody_runs_is_away_in_words(backend: str, tmp_path: Path) -> None:
    nowhere = {
        "sqlite": f"sqlite:///{tmp_path}",  # a folder is no database
        "postgresql": f"postgresql+psycopg://postgres@/none?host={tmp_path}",
    }
    away = Database(nowhere[backend])
    with pytest.raises(DatabaseAway):
        away.ping()
    away.close()


def test_of_two_connectors_at_the_same_moment_one_is_busy(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    both_inside = threading.Barrier(2)

    def slowly(*arguments: Any) -> None:
        with suppress(threading.BrokenBarrierError):
            both_inside.wait(0.5)  # whoever is alone in here goes on after a while
        prepare(*arguments)

    prepare = queue.prepare
    monkeypatch.setattr(queue, "prepare", slowly)
    password = "open-sesame"
    calls = [
        lambda address=address: office.service.authenticate(office.company.connector_user, password, address)[1]
        for address in ("192.0.2.7", "198.51.100.9")
    ]
    assert sorted(_together(*calls)) == ["", "busy"]


def test_switching_off_while_the_first_answer_is_stored_keeps_typed_payments_in_sight(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    office.poll()
    typed, form = Decimal("18000.00"), links.ProjectForm("Kitchen", list_id=office.list_id("Smith:Kitchen"))
    with office.database.begin() as c:
        project = links.save(c, office.company, None, form, office.clock(), "dana")
        manual.add(c, office.company.id, project.id, date=date(2026, 1, 5), amount=typed, now=office.clock())
        links.save(c, office.company, project.id, replace(form, client_payments=True), office.clock(), "dana")
    update = office.calls()
    for _ in ("authenticate", "sendRequestXML", "receiveResponseXML"):
        next(update)  # the payments are here; the jobs of their invoices are not

    def switch_off() -> None:
        with office.database.begin() as c:
            links.save(c, office.company, project.id, form, office.clock(), "dana")

    person = threading.Thread(target=switch_off)

    def compare(*arguments: Any) -> None:
        person.start()
        person.join(0.5)  # where writers take turns, the person waits until the answer is stored
        real_compare(*arguments)

    real_compare = pulls._compare
    monkeypatch.setattr(pulls, "_compare", compare)
    list(update)
    person.join()
    assert office.summary(project).paid_to_date == typed


def test_a_company_is_unchanged_by_a_refused_twin(database: Database, acme: Company, now: datetime) -> None:
    with database.begin() as c:
        with pytest.raises(NameTaken):
            companies.add(c, "Acme", "other", "1" * 64, "{9}", now)
        assert companies.listing(c) == [acme]


def test_only_what_may_be_forgotten_does_not_wait_for_the_disk(database: Database) -> None:
    """What a person typed is on the disk when they are told so, also on the connection that has just served a poll."""
    if database.engine.dialect.name != "sqlite":
        pytest.skip("PostgreSQL decides this by its own synchronous_commit")
    for durable, level in ((True, 2), (False, 1), (True, 2)):
        with database.begin(durable=durable) as c:
            assert c.execute(text("PRAGMA synchronous")).scalar() == level
