"""From an older version's database to this one's and back: what an office has is still there, and works."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from office import Office
from web.cast import PASSWORD, Visitor

from qbwc_bridge.config import Config, Web
from qbwc_bridge.connector import links
from qbwc_bridge.connector.credentials import token_hash
from qbwc_bridge.records import Role
from qbwc_bridge.store import migrate, schema, shares, users
from qbwc_bridge.store.database import Database
from qbwc_bridge.web import passwords
from qbwc_bridge.web.app import create_app

Run = Callable[..., Result]
Rows = dict[str, list[tuple[Any, ...]]]
OLD, EMAIL = "0001", "dana@example.com"
SHOWN = ("payments", "Acme", "Smith kitchen", "--format", "json")


@pytest.fixture
def old(synced: Office, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A database as the first version left it: an office with synced payments, an admin, and a client's link."""
    _people(synced)
    before = Database(f"sqlite:///{(tmp_path / 'old.db').as_posix()}")
    migrate.upgrade(before.engine, OLD)
    _copy(Path(str(synced.database.url.database)), tmp_path / "old.db")
    monkeypatch.setenv("QBWC_BRIDGE_DATABASE_URL", before.url.render_as_string())
    return before


def _people(office: Office) -> None:
    now, acme = office.clock(), office.company
    with office.database.begin() as c:
        user = users.add(c, EMAIL, "Dana", passwords.hashed(PASSWORD), False, now)
        users.set_role(c, user.id, acme.id, Role.ADMIN)
        users.accept(c, user.id, acme.id, now)
        deck = links.save(c, acme, None, links.ProjectForm("Deck", "Kim"), now, "Dana")
        shares.add(c, acme.id, deck.id, token_hash("a-token"), by="Dana", now=now)


def _copy(newer: Path, older: Path) -> None:
    """What the older tables have room for."""
    with closing(sqlite3.connect(newer)) as source, closing(sqlite3.connect(older)) as target:
        for table, columns in _shape(target).items():
            rows = source.execute(f"select {columns} from {table}").fetchall()
            target.execute(f"delete from {table}")
            marks = ",".join("?" * len(columns.split(",")))
            target.executemany(f"insert into {table} ({columns}) values ({marks})", rows)
        target.commit()


def _shape(c: sqlite3.Connection) -> dict[str, str]:
    """The columns of each table but Alembic's own."""
    tables = c.execute("select name from sqlite_master where type = 'table' and name not in ('alembic_version')")
    names = [name for (name,) in tables.fetchall() if not name.startswith("sqlite_")]
    return {name: ",".join(row[1] for row in c.execute(f"pragma table_info({name})")) for name in names}


def kept(database: Database, shape: dict[str, str]) -> Rows:
    with closing(sqlite3.connect(str(database.url.database))) as c:
        return {
            table: sorted(c.execute(f"select {columns} from {table}"), key=repr) for table, columns in shape.items()
        }


def shape_of(database: Database) -> dict[str, str]:
    with closing(sqlite3.connect(str(database.url.database))) as c:
        return _shape(c)


def test_an_old_database_goes_forward_and_back_with_all_that_is_in_it(
    old: Database, synced: Office, run: Run, tmp_path: Path
) -> None:
    shape = shape_of(old)
    before = kept(old, shape)
    assert len(before["payments"]) > 1
    assert "qbwc-bridge init" in run(*SHOWN, status=1).stderr
    for _ in ("upgraded", "upgraded again after going back"):
        assert schema.current() in run("init").stdout
        assert kept(old, shape) == before
        assert_all_works(old, synced, run, tmp_path)
        assert OLD in run("init", "--schema", OLD).stdout
        assert (kept(old, shape), shape_of(old)) == (before, shape)
        assert "qbwc-bridge init" in run(*SHOWN, status=1).stderr


def assert_all_works(old: Database, synced: Office, run: Run, tmp_path: Path) -> None:
    """The figures are those of the company file, the admin signs in, and the client's link opens."""
    shown = json.loads(run(*SHOWN).stdout)
    (kitchen,) = (each for each in synced.overview().projects if each.project.name == "Smith kitchen")
    assert (shown["paid_to_date"], shown["count"]) == (f"{kitchen.paid_to_date:.2f}", kitchen.count)
    config = replace(Config(), web=Web(secret_key_file=tmp_path / "key"))
    dana = Visitor(create_app(old, config, synced.clock))
    assert dana.get("/shared/a-token").status_code == 200
    dana.sign_in(EMAIL)
    assert "Smith kitchen" in dana.get("/").text


def test_only_an_older_schema_can_be_gone_back_to(synced: Office, run: Run) -> None:
    for revision in ("0009", schema.current(), ""):
        assert f"only {OLD}" in run("init", "--schema", revision, status=1).stderr
    run("init", "--schema", OLD, "--admin-email", EMAIL, status=2)
    assert synced.database.is_current()


def test_a_newer_database_is_not_touched(synced: Office, run: Run) -> None:
    run("init")
    with synced.database.begin() as c:
        c.exec_driver_sql("update alembic_version set version_num = '9999'")
    for words in (("init",), ("init", "--schema", OLD), ("sync", "status", "Acme"), ("serve",)):
        assert "newer version" in run(*words, status=1).stderr
