"""A whole installation as one SQLite file, and back.

In: a database of either kind, at work or not; or a file that ``save`` made. Out: the file, or a database with the same rows.
Both ways are the same copy of every table, read in one transaction that sees one moment, a few rows in memory at a time. So a
backup also moves an installation from SQLite to PostgreSQL or back. It never knows the secret key of the sessions, which is
in no database.
"""

import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import LargeBinary, NullPool, Table, create_engine, delete, event, func, inspect, select
from sqlalchemy.exc import DBAPIError

from qbwc_bridge.errors import BridgeError, NotFound, Refused
from qbwc_bridge.store import schema
from qbwc_bridge.store.database import Connection, Database
from qbwc_bridge.store.models import companies, installation, metadata, users
from qbwc_bridge.store.rows import add

MARK = 0x51425743  # "QBWC": SQLite's application_id of a backup that was written to its end
ROWS, LARGE_ROWS = 1000, 20
"""So many are in memory at a time; raw messages may be megabytes each."""

Told = Callable[[int, int], object]
"""Is told how many rows are copied, and of how many."""


def save(database: Database, file: Path, told: Told, *, overwrite: bool = False) -> int:
    """Write the backup, readable by its owner alone; returns its number of rows. Nobody who works has to wait. Until it is
    complete it has another name, so what broke off never looks like a backup. Raises Refused for a file that is there."""
    _must_be_free(database, file, overwrite)
    handle, name = tempfile.mkstemp(".part", f".{file.name}.", file.absolute().parent)
    os.close(handle)
    part = Path(name)
    try:
        rows = _write(database, part, file, told)
        _must_be_free(database, file, overwrite)
        _publish(part, file)
    finally:
        part.unlink(missing_ok=True)
    return rows


def restore(database: Database, file: Path, told: Told) -> int:
    """Fill an empty database from a backup, all of it or nothing; returns its number of rows. The file stays as it is. Raises
    Refused for a database that somebody uses, and BridgeError for a file that is no whole backup."""
    from qbwc_bridge.store.migrate import upgrade  # Alembic costs 0.2 s

    _must_be_empty(database)
    with _current(file) as backup:
        upgrade(database.engine)
        with database.begin() as target, _in_words(f"{file} could not be restored"):
            _must_be_unused(target)
            target.execute(delete(installation))
            rows = _copied(backup, target, told)
            _count_on(target)
    return rows


# What may be written, what may be read ---------------------------------------------------------------------------------


def _must_be_free(database: Database, file: Path, overwrite: bool) -> None:
    if not file.exists():
        return
    if database.file and database.file.exists() and file.samefile(database.file):
        raise Refused(f"{file} is the database itself. Nothing was written.", "Name another file for the backup.")
    if not overwrite:
        raise Refused(f"{file} exists already and stays as it is.", "Name another file, or say --overwrite.")


def _must_be_empty(database: Database) -> None:
    """Asked before anything is touched; a database without tables is as empty as can be."""
    with database.read() as target:
        if inspect(target).has_table(companies.name):
            _must_be_unused(target)


def _must_be_unused(target: Connection) -> None:
    if any(target.execute(select(table.c.id).limit(1)).first() for table in (companies, users)):
        raise Refused(
            "This database has companies or people already. Nothing was changed.",
            "A backup is restored into an empty database: name a new one in [database] url.",
        )


@contextmanager
def _current(file: Path) -> Iterator[Connection]:
    """A backup at the newest schema: the file itself, or a copy that was brought there."""
    from qbwc_bridge.store.migrate import upgrade

    if not file.is_file():
        raise NotFound(f"There is no file {file}.")
    with _opened(file) as backup:
        if not _is_marked(backup):
            raise _no_backup(file, "it is something else, or was broken off")
        _must_be_sound(backup, file)
        revision = schema.revision(backup)
        if revision not in schema.revisions():
            raise _no_backup(file, "it was made by a newer version")
        if revision == schema.current():
            yield backup
            return
    with tempfile.TemporaryDirectory() as folder:
        older = Database(f"sqlite:///{shutil.copyfile(file, Path(folder) / 'older.db')}")
        with closing(older):
            upgrade(older.engine)
            with older.read() as backup:
                yield backup


def _is_marked(backup: Connection) -> bool:
    try:
        return bool(backup.exec_driver_sql("PRAGMA application_id").scalar() == MARK)
    except DBAPIError:  # not even SQLite
        return False


def _no_backup(file: Path, why: str) -> BridgeError:
    return BridgeError(
        f"{file} is no backup that can be restored: {why}.",
        "Nothing was changed. Use a file that this version of qbwc-bridge backup has written, or an older one.",
    )


def _must_be_sound(backup: Connection, file: Path) -> None:
    try:
        whole = backup.exec_driver_sql("PRAGMA integrity_check(1)").scalar() == "ok"
        whole = whole and not backup.exec_driver_sql("PRAGMA foreign_key_check").first()
    except DBAPIError:  # so damaged that it cannot even be checked
        whole = False
    if not whole:
        raise BridgeError(f"{file} is damaged. Nothing was changed.", "Use another backup.")


# The file --------------------------------------------------------------------------------------------------------------


def _write(database: Database, part: Path, file: Path, told: Told) -> int:
    from qbwc_bridge.store.migrate import upgrade_on

    with database.read() as source, _in_words(f"{file} could not be written"), _opened(part, "rw") as target:
        upgrade_on(target)
        rows = _copied(source, target, told)
        _must_be_sound(target, file)
        target.exec_driver_sql(f"PRAGMA application_id = {MARK}")
    return rows


def _publish(part: Path, file: Path) -> None:
    """Under its own name, once the disk has all of it."""
    with part.open("rb+") as written:
        os.fsync(written.fileno())
    part.replace(file)


@contextmanager
def _opened(file: Path, mode: str = "ro&immutable=1") -> Iterator[Connection]:
    """The file in one transaction. Nothing appears beside it, neither journal nor WAL: what breaks off is thrown away."""

    def connected() -> sqlite3.Connection:
        connection = sqlite3.connect(f"{file.absolute().as_uri()}?mode={mode}", uri=True, isolation_level=None)
        for pragma in ("journal_mode=OFF", "synchronous=OFF") if mode == "rw" else ():
            connection.execute(f"PRAGMA {pragma}")
        return connection

    engine = create_engine("sqlite://", creator=connected, poolclass=NullPool)
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
    with engine.begin() as connection:
        yield connection


# The copy --------------------------------------------------------------------------------------------------------------


@contextmanager
def _in_words(what: str) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        why = str(error.orig).partition("\n")[0]
        raise BridgeError(f"{what}: {why}. Nothing was kept.", "Is there room on the disk? Then try again.") from error


def _copied(source: Connection, target: Connection, told: Told) -> int:
    """Every row of every table; tables that others point at come first."""
    expected = {table: _count(source, table) for table in metadata.sorted_tables}
    total, done = sum(expected.values()), 0
    told(0, total)
    for table in expected:
        for some in _rows(source, table):
            add(target, table, some)
            done += len(some)
            told(done, total)
    if expected != {table: _count(target, table) for table in expected}:
        raise BridgeError("The copy has other rows than what was copied. Nothing was kept.", "Try again.")
    return total


def _rows(source: Connection, table: Table) -> Iterator[list[dict[str, Any]]]:
    size = LARGE_ROWS if any(isinstance(column.type, LargeBinary) for column in table.c) else ROWS
    found = source.execute(select(table), execution_options={"yield_per": size})
    for some in found.mappings().partitions():
        yield [dict(row) for row in some]


def _count(c: Connection, table: Table) -> int:
    return int(c.execute(select(func.count()).select_from(table)).scalar_one())


def _count_on(target: Connection) -> None:
    """The next rows get numbers after those that came. SQLite does that by itself."""
    if target.dialect.name == "sqlite":
        return
    for table in metadata.sorted_tables:
        if "id" in table.c:
            sequence = func.pg_get_serial_sequence(table.name, "id")
            highest = func.max(table.c.id)
            target.execute(select(func.setval(sequence, func.coalesce(highest, 1), highest.is_not(None))))
