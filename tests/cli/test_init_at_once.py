"""``init`` from several machines at the same moment: all end well, and one of them does the work."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import postgres
import psycopg
import pytest
from processes import wait_until

from qbwc_bridge.store.database import Database
from qbwc_bridge.store.migrate import take_turn

ADMIN = ("--admin-email", "dana@example.com")
Inits = Sequence["subprocess.Popen[str]"]


def begun(url: str, count: int = 3) -> Inits:
    command = [sys.executable, "-W", "error", "-m", "qbwc_bridge", "init", *ADMIN]
    given = {**os.environ, "QBWC_BRIDGE_DATABASE_URL": url, "QBWC_BRIDGE_WEB_SECRET_KEY_FILE": "key"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return [subprocess.Popen(command, env=given, text=True, **pipes) for _ in range(count)]  # type: ignore[call-overload]


def ended_well(inits: Inits, url: str) -> None:
    said = [init.communicate(timeout=60) for init in inits]
    assert [(init.returncode, wrong) for init, (_, wrong) in zip(inits, said, strict=True)] == [(0, "")] * len(inits)
    whole = "".join(words for words, _ in said)
    assert whole.count("A secret key was written") == 1
    assert whole.count("is the admin of this installation") == 1
    database = Database(url)
    assert database.is_current()
    database.close()


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_on_one_sqlite_file(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'bridge.db'}"
    ended_well(begun(url), url)


@pytest.mark.postgres
def test_on_one_postgresql_while_somebody_else_migrates_it(postgresql: postgres.Server) -> None:
    with postgresql.database("template0") as bare:
        url = bare.url.render_as_string(hide_password=False)
        with bare.begin() as c:
            take_turn(c)
            inits = begun(url)
            with psycopg.connect(f"host={postgresql.socket} user=postgres dbname=postgres", autocommit=True) as waiting:
                assert wait_until(lambda: _count(waiting) == len(inits), 60), "they wait for their turn"
        ended_well(inits, url)


def _count(connection: "psycopg.Connection[tuple[int]]") -> int:
    asked = "select count(*) from pg_locks where locktype = 'advisory' and not granted"
    return connection.execute(asked).fetchall()[0][0]
