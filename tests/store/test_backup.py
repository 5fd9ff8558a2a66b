"""A backup of an installation at work, and what comes of it in another database: of either kind, from either kind."""

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from office import Office, started
from sqlalchemy import select, text

from qbwc_bridge.errors import BridgeError, NotFound, Refused
from qbwc_bridge.records import Company
from qbwc_bridge.store import backup, manual, migrate, projects, users
from qbwc_bridge.store.database import Database
from qbwc_bridge.store.models import metadata

Rows = dict[str, list[tuple[Any, ...]]]
TARGETS = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


@pytest.fixture(params=TARGETS)
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """The database a backup is restored into; it has not a single table yet."""
    if request.param == "postgresql":
        with request.getfixturevalue("postgresql").database("template0") as database:
            yield database
        return
    with closing(Database(f"sqlite:///{tmp_path / 'other.db'}")) as database:
        yield database


def silent(done: int, total: int) -> None:
    """Nobody looks."""


def rows_of(database: Database) -> Rows:
    with database.read() as c:
        return {
            table.name: sorted((tuple(row) for row in c.execute(select(table))), key=repr)
            for table in metadata.sorted_tables
        }


def opened(office: Office, database: Database) -> Office:
    """The same office on another database: the same books, the same day."""
    moved = object.__new__(Office)
    moved.__dict__.update(office.__dict__, database=database)
    moved.service = type(office.service)(database, office.settings, office.clock)
    return moved


def looked_at(file: Path, question: str) -> list[tuple[Any, ...]]:
    with closing(sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)) as connection:
        return connection.execute(question).fetchall()


def test_everything_comes_back_and_the_next_sync_changes_nothing(
    office: Office, empty: Database, tmp_path: Path
) -> None:
    started(office, "Smith:Kitchen", price="240000.00", include_jobs=True)
    with office.database.begin() as c:
        users.add(c, "dana@acme.example", "Zoë", None, True, office.clock())
        projects.add(c, office.company.id, "not linked", office.clock())
    file, steps = tmp_path / "acme.backup", list[tuple[int, int]]()
    rows = backup.save(office.database, file, lambda done, total: steps.append((done, total)))
    assert (steps[0], steps[-1]) == ((0, rows), (rows, rows))
    assert oct(file.stat().st_mode)[-3:] == "600"
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith((".", "acme"))] == ["acme.backup"]
    assert looked_at(file, "PRAGMA journal_mode") == [("delete",)]
    before = file.read_bytes()

    assert backup.restore(empty, file, silent) == rows
    assert rows_of(empty) == rows_of(office.database)
    assert migrate.drift(empty.engine) == []
    assert file.read_bytes() == before

    moved = opened(office, empty)
    office.clock.pass_(days=1)
    moved.poll()
    last = moved.log()[0]
    assert (last.result, last.added, last.changed, last.removed) == ("ok", 0, 0, 0)
    moved.assert_true()
    again = tmp_path / "again.backup"
    backup.save(empty, again, silent)
    assert len(looked_at(again, "SELECT id FROM conversations")) == len(moved.log())


def test_what_is_null_stays_null(
    database: Database, acme: Company, now: datetime, empty: Database, tmp_path: Path
) -> None:
    with database.begin() as c:
        projects.add(c, acme.id, "Kitchen", now)
    backup.save(database, tmp_path / "file", silent)
    backup.restore(empty, tmp_path / "file", silent)
    with empty.read() as c:
        assert c.execute(text("SELECT pulled IS NULL, contract_price IS NULL FROM projects")).one() == (True, True)


# While others write ---------------------------------------------------------------------------------------------------


def test_a_backup_is_one_moment_although_others_write(
    database: Database, acme: Company, now: datetime, tmp_path: Path
) -> None:
    """Somebody moves money from one project to another, all the time; no backup may see it twice, or nowhere."""
    with database.begin() as c:
        two = [projects.add(c, acme.id, name, now) for name in ("Kitchen", "Bath")]
        for project in two:
            for _ in range(600):
                manual.add(c, acme.id, project, date=date(2026, 1, 1), amount=Decimal(1), now=now)
    moves, stop = [0], threading.Event()

    def move() -> None:
        while not stop.is_set():
            with database.begin() as c:
                c.execute(text("UPDATE manual_payments SET project_id = :a + :b - project_id WHERE id % 2 = :odd"),
                          {"a": two[0], "b": two[1], "odd": moves[0] % 2})  # fmt: skip
                c.execute(text("UPDATE companies SET last_reason = (SELECT sum(project_id) FROM manual_payments)"))
            moves[0] += 1

    def let_them_write(done: int, total: int) -> None:
        until = moves[0] + 2
        while moves[0] < until and writing.is_alive():
            time.sleep(0.005)

    writing = threading.Thread(target=move)
    writing.start()
    try:
        backup.save(database, tmp_path / "file", let_them_write)
    finally:
        stop.set()
        writing.join()
    assert moves[0] > 4
    assert looked_at(tmp_path / "file", "PRAGMA integrity_check") == [("ok",)]
    assert looked_at(tmp_path / "file", "PRAGMA foreign_key_check") == []
    ((said, found),) = looked_at(
        tmp_path / "file", "SELECT last_reason, (SELECT sum(project_id) FROM manual_payments) FROM companies"
    )
    assert int(said) == found


def test_a_backup_in_the_middle_of_a_sync_can_be_gone_on_with(office: Office, empty: Database, tmp_path: Path) -> None:
    office.poll()
    office.link("Smith:Kitchen")
    for call in office.calls():
        if call.name == "sendRequestXML":
            break
    backup.save(office.database, tmp_path / "file", silent)
    backup.restore(empty, tmp_path / "file", silent)
    moved = opened(office, empty)
    office.clock.pass_(hours=1)
    moved.poll()
    moved.assert_true()


# What is no backup, and where none may go -----------------------------------------------------------------------------


KILLED = """
import sys, time
from pathlib import Path
from qbwc_bridge.store import backup
from qbwc_bridge.store.database import Database
def told(done, total):
    if done > total / 2:
        print("half", flush=True)
        time.sleep(60)
backup.save(Database(sys.argv[1]), Path(sys.argv[2]), told)
"""


def test_a_backup_that_is_killed_leaves_no_file_of_that_name(office: Office, tmp_path: Path) -> None:
    started(office, "Smith:Kitchen")
    file = tmp_path / "file"
    url = office.database.url.render_as_string(hide_password=False)
    command = [sys.executable, "-c", KILLED, url, str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "half\n"
        os.kill(process.pid, signal.SIGKILL)
    assert not file.exists()
    (left,) = tmp_path.glob(".file.*.part")
    with (
        closing(Database(f"sqlite:///{tmp_path / 'other.db'}")) as other,
        pytest.raises(BridgeError, match="no backup"),
    ):
        backup.restore(other, left, silent)
    backup.save(office.database, file, silent)


def test_a_file_that_is_there_stays_unless_somebody_says_so(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("precious")
    with pytest.raises(Refused, match="exists already"):
        backup.save(office.database, file, silent)
    assert file.read_text() == "precious"
    backup.save(office.database, file, silent, overwrite=True)
    assert file.read_bytes().startswith(b"SQLite format 3")
    assert oct(file.stat().st_mode)[-3:] == "600"


def test_a_file_that_appears_meanwhile_stays_too(office: Office, tmp_path: Path) -> None:
    file = tmp_path / "file"
    with pytest.raises(Refused, match="exists already"):
        backup.save(office.database, file, lambda done, total: file.write_text("precious"))
    assert file.read_text() == "precious"
    assert not list(tmp_path.glob(".file*"))


def test_the_database_is_never_overwritten_with_its_own_backup(office: Office) -> None:
    if office.database.file is None:
        pytest.skip("only SQLite has a file")
    with pytest.raises(Refused, match="the database itself"):
        backup.save(office.database, office.database.file, silent, overwrite=True)
    office.poll()


def test_a_database_in_use_is_left_alone(office: Office, empty: Database, tmp_path: Path) -> None:
    backup.save(office.database, tmp_path / "file", silent)
    empty.migrate(office.clock())
    with empty.begin() as c:
        users.add(c, "zoe@zenith.example", "", None, True, office.clock())
    before = rows_of(empty)
    with pytest.raises(Refused, match="has companies or people already"):
        backup.restore(empty, tmp_path / "file", silent)
    assert rows_of(empty) == before


def test_a_database_that_init_made_takes_over_the_identity_of_the_backup(
    office: Office, empty: Database, tmp_path: Path
) -> None:
    backup.save(office.database, tmp_path / "file", silent)
    empty.migrate(office.clock())
    backup.restore(empty, tmp_path / "file", silent)
    assert rows_of(empty)["installation"] == rows_of(office.database)["installation"]


def damaged(file: Path, part: int = 2) -> None:
    whole = file.read_bytes()
    at = len(whole) // part
    file.write_bytes(whole[:at] + b"\xff" * 5000 + whole[at + 5000 :])


def orphaned(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("DELETE FROM companies")


def newer(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")


def unmarked(file: Path) -> None:
    with closing(sqlite3.connect(file)) as connection, connection:
        connection.execute("PRAGMA application_id = 0")


UNUSABLE: dict[str, tuple[Callable[[Path], object], str]] = {
    "text": (lambda file: file.write_text("hello " * 999), "no backup"),
    "nothing": (lambda file: file.write_bytes(b""), "no backup"),
    "unmarked": (unmarked, "no backup"),
    "newer": (newer, "newer version"),
    "damaged": (damaged, "damaged"),
    "damaged early": (lambda file: damaged(file, 8), "damaged"),
    "orphaned": (orphaned, "damaged"),
}


@pytest.mark.parametrize("what", UNUSABLE)
def test_a_file_that_is_no_whole_backup_is_refused(office: Office, tmp_path: Path, what: str) -> None:
    started(office, "Smith:Kitchen")
    file, (spoil, words) = tmp_path / "file", UNUSABLE[what]
    backup.save(office.database, file, silent)
    spoil(file)
    with closing(Database(f"sqlite:///{tmp_path / 'other.db'}")) as other:
        with pytest.raises(BridgeError, match=words):
            backup.restore(other, file, silent)
        with other.read() as c:
            assert c.execute(text("SELECT name FROM sqlite_master")).all() == []


def test_there_has_to_be_a_file(office: Office, empty: Database, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="no file"):
        backup.restore(empty, tmp_path / "file", silent)


def test_an_older_backup_is_brought_forward_and_stays_as_it_is(office: Office, empty: Database, tmp_path: Path) -> None:
    file = tmp_path / "file"
    backup.save(office.database, file, silent)
    with closing(Database(f"sqlite:///{file}")) as older:
        migrate.downgrade(older.engine, "0001")
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    before = file.read_bytes()
    backup.restore(empty, file, silent)
    assert file.read_bytes() == before
    opened(office, empty).poll()
    assert migrate.drift(empty.engine) == []


def test_a_row_the_other_database_cannot_have_leaves_it_empty(
    database: Database, acme: Company, now: datetime, tmp_path: Path, postgresql: Any
) -> None:
    if database.file is None:
        pytest.skip("PostgreSQL refuses it at once")
    with database.begin() as c:
        projects.add(c, acme.id, "a\0b", now)
    backup.save(database, tmp_path / "file", silent)
    with postgresql.database("template0") as target:
        with pytest.raises(BridgeError, match="could not be restored"):
            backup.restore(target, tmp_path / "file", silent)
        assert not any(rows_of(target).values())
