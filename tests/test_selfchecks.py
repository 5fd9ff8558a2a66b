"""The self-checks against real servers: what passes, what fails and what to do about it, and that they end in time."""

import socket
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cheroot.wsgi import Server as HttpServer
from listeners import free_port
from sqlalchemy import text

from qbwc_bridge import selfchecks, server
from qbwc_bridge.config import Config, Server, Web
from qbwc_bridge.config import Database as Place
from qbwc_bridge.errors import SchemaDiffers
from qbwc_bridge.selfchecks import Check, OneAtATime
from qbwc_bridge.store.database import Database

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
Answer = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


@pytest.fixture
def bridge(database: Database, tmp_path: Path) -> Iterator[Config]:
    """The whole service, as serve builds it."""
    port = free_port()
    key = tmp_path / "key"
    key.write_text("k" * 64)
    config = Config(
        Server(port=port, public_url=f"http://localhost:{port}"), Place(str(database.url)), web=Web(secret_key_file=key)
    )
    service = server.build(config, lambda: NOW)
    service.start()
    yield config
    service.stop()


@pytest.fixture
def serving() -> Iterator[Callable[[Answer], str]]:
    """Something else that answers; its address."""
    running = []

    def start(app: Answer) -> str:
        other = HttpServer(("127.0.0.1", 0), app, numthreads=2)
        other.prepare()
        thread = threading.Thread(target=other.serve)
        thread.start()
        running.append((other, thread))
        return f"http://localhost:{other.bind_addr[1]}"

    yield start
    for other, thread in running:
        other.stop()
        thread.join()


def says(status: str, *headers: tuple[str, str]) -> Answer:
    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response(status, [("Content-Length", "2"), *headers])
        return [b"hi"]

    return app


def test_all_is_well(bridge: Config) -> None:
    found = list(selfchecks.of_address(bridge.server.public_url, NOW))
    assert [check for check in found if not check.passed or check.hint] == []
    assert [check.sentence.partition(" http")[0] for check in found] == [
        "The Web Connector accepts the address", "GET", "GET", "GET", "HEAD", "The service description names",
    ]  # fmt: skip


def test_another_name_for_the_same_service_is_noticed(bridge: Config) -> None:
    found = list(selfchecks.of_address(bridge.server.public_url.replace("localhost", "127.0.0.1"), NOW))
    assert [check.passed for check in found] == [False, False, True, True, True, True, False]
    assert "IP address" in found[0].sentence
    assert "instead of" in found[-1].sentence


@pytest.mark.parametrize(
    ("status", "headers", "hint"),
    [
        ("404 Not Found", [], "Something else answers"),
        ("302 Found", [("Location", "https://elsewhere.example/")], "follows no redirect"),
        ("401 Unauthorized", [], "a sign-in in front"),
    ],
)
def test_something_else_answers(
    serving: Callable[[Answer], str], status: str, headers: list[tuple[str, str]], hint: str
) -> None:
    found = list(selfchecks.of_address(serving(says(status, *headers)), NOW, 2))
    assert [check.passed for check in found] == [True, False, False, False, False, False]
    for check in found[1:5]:
        assert f"status {status[:3]}" in check.sentence
        assert hint in check.hint


def test_where_nobody_listens_it_asks_once() -> None:
    found = list(selfchecks.of_address(f"http://localhost:{free_port()}", NOW))
    assert [check.passed for check in found] == [True, False]
    assert "nobody listens there" in found[1].sentence
    assert "serve running" in found[1].hint


def test_who_listens_and_says_nothing_is_not_waited_for() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        found = list(selfchecks.of_address(f"http://127.0.0.1:{silent.getsockname()[1]}", NOW, 0.3))
    assert found[-1].sentence.endswith("no answer within 0 seconds.")
    assert not found[-1].passed


def test_the_database_and_its_schema(database: Database, tmp_path: Path) -> None:
    assert [check.passed for check in selfchecks.of_database(database, NOW)] == [True, True, True]
    bare = Database(f"sqlite:///{tmp_path / 'bare.db'}")
    (check,) = selfchecks.of_database(bare, NOW)
    bare.close()
    assert (check.passed, check.hint) == (False, "Run qbwc-bridge init; it keeps all data.")


def test_a_database_of_a_newer_version_is_left_alone(database: Database) -> None:
    with database.begin() as c:
        c.execute(text("update alembic_version set version_num = '9999'"))
    (check,) = selfchecks.of_database(database, NOW)
    assert not check.passed
    assert "newer version" in check.sentence
    with pytest.raises(SchemaDiffers):
        database.migrate(NOW)


def test_a_database_that_takes_nothing_is_said(database: Database) -> None:
    with database.read() as c:  # its one connection, kept in the pool, refuses to write from now on
        c.exec_driver_sql("PRAGMA query_only = ON")
    found = list(selfchecks.of_database(database, NOW))
    assert [check.passed for check in found] == [True, False]
    assert "could not be reached or written" in found[1].sentence


def test_a_full_disk_is_said(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selfchecks, "LEAST_FREE", 1 << 60)
    check = list(selfchecks.of_database(database, NOW))[2]
    assert (check.passed, "Make room" in check.hint) == (False, True)


def test_the_clock_of_the_service_is_compared(bridge: Config) -> None:
    url, now = bridge.server.public_url, datetime.now(UTC)
    late = now - timedelta(minutes=5)
    found = [check.passed for moment in (now, late) for check in selfchecks.of_clock(url, moment)]
    assert found == [True, False]
    assert list(selfchecks.of_clock(f"http://localhost:{free_port()}", now)) == []


@pytest.mark.parametrize(("off", "passed"), [(0, True), (-59, True), (60, False), (-3600, False)])
def test_a_clock_that_is_wrong_is_said(
    database: Database, monkeypatch: pytest.MonkeyPatch, off: int, passed: bool
) -> None:
    monkeypatch.setattr(database, "moment", lambda: NOW + timedelta(seconds=off))
    clock = list(selfchecks.of_database(database, NOW))[-1]
    assert clock.passed is passed
    assert bool(clock.hint) is not passed


@pytest.mark.parametrize("there", [True, False])
def test_the_secret_key(tmp_path: Path, there: bool) -> None:
    if there:
        (tmp_path / "key").write_text("k" * 64)
    (check,) = selfchecks.of_secret_key(tmp_path / "key")
    assert check.passed is there


# In a bounded time ----------------------------------------------------------------------------------------------------

FINE = Check(True, "Fine.")


def test_what_takes_too_long_is_left_and_said() -> None:
    go = threading.Event()

    def slow() -> Iterator[Check]:
        yield FINE
        go.wait(10)
        yield FINE

    one = OneAtATime()
    began = time.monotonic()
    found = one.run(slow(), 0.2)
    assert time.monotonic() - began < 5
    assert found
    assert [check.passed for check in found] == [True, False]
    assert "stopped after" in found[1].sentence
    assert one.run([FINE], 5) is None  # that round still runs, and no second one joins it
    go.set()
    for _ in range(200):
        if (again := one.run([FINE], 5)) is not None:
            break
        time.sleep(0.01)
    assert again == [FINE]


def test_checks_that_break_off_have_not_passed(caplog: pytest.LogCaptureFixture) -> None:
    def broken() -> Iterator[Check]:
        yield FINE
        raise RuntimeError("a fault of ours")

    one = OneAtATime()
    found = one.run(broken(), 5)
    assert found
    assert [check.passed for check in found] == [True, False]
    assert "a fault of ours" in caplog.text
    assert one.run([replace(FINE)], 5) == [FINE]
