"""The engine and its two kinds of transaction.

What flows in: a database URL. What flows out: connections inside a transaction that commits whole or not at all. It never
knows what is read or written in them.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry

from qbwc_bridge.errors import DatabaseAway, SchemaDiffers
from qbwc_bridge.store import schema

__all__ = ["Connection", "Database"]

BUSY_SECONDS = 10


class Database:
    """SQLite in WAL mode or PostgreSQL behind one interface. ``url`` is an SQLAlchemy URL."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.engine: Engine = _sqlite(url) if self.url.get_backend_name() == "sqlite" else _postgresql(url)

    @contextmanager
    def begin(self, *, durable: bool = True) -> Iterator[Connection]:
        """A write transaction: all of it or nothing. One that is not ``durable`` may be forgotten when the power fails, whole,
        and costs no wait for the disk. Raises DatabaseAway when the database is locked, full or gone."""
        options = {"writes": True, "synchronous": "FULL" if durable else "NORMAL"}
        with _in_words(), self.engine.connect().execution_options(**options) as connection, connection.begin():
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A read transaction that sees one moment, so that figures of one page cannot disagree."""
        with _in_words(), self._reader() as connection, connection.begin():
            yield connection

    def _reader(self) -> Connection:
        connection = self.engine.connect()
        if self.url.get_backend_name() == "sqlite":
            return connection  # a SQLite transaction is a snapshot by itself
        return connection.execution_options(isolation_level="REPEATABLE READ")

    def ping(self) -> None:
        """Raise DatabaseAway unless a statement gets through."""
        with self.read() as connection:
            connection.execute(text("select 1"))

    def moment(self) -> datetime | None:
        """What time it is for a database on another machine, as an aware instant; None for SQLite, which has our own clock."""
        if self.url.get_backend_name() == "sqlite":
            return None
        with self.read() as connection:
            found: datetime = connection.execute(text("select clock_timestamp()")).scalar_one()
        return found

    @property
    def file(self) -> Path | None:
        """Where SQLite keeps it; None for PostgreSQL."""
        name = self.url.database if self.url.get_backend_name() == "sqlite" else None
        return Path(name) if name and name != ":memory:" else None

    def is_current(self) -> bool:
        """True when the schema is the one of this program."""
        return self.revision() == schema.current()

    def must_be_current(self) -> None:
        """Raises SchemaDiffers unless the schema is the one of this program."""
        if not self.is_current():
            raise SchemaDiffers(newer=_is_unknown(self.revision()))

    def revision(self) -> str | None:
        """The revision of the schema; None before the first ``init``."""
        with self.read() as connection:
            return schema.revision(connection)

    def try_to_write(self) -> None:
        """Write something and take it back. Raises DatabaseAway when this user may not, or the disk does not."""
        with _in_words(DBAPIError), self.engine.connect().execution_options(writes=True) as connection:
            connection.execute(text("update alembic_version set version_num = version_num"))
            connection.rollback()

    @property
    def folder(self) -> Path | None:
        """Where SQLite keeps the file; None for a database that is elsewhere."""
        return self.file.absolute().parent if self.file else None

    def migrate(self, now: datetime) -> None:
        """Bring the schema to the newest and make sure the installation has its OwnerID. Safe to repeat, and to do from
        several places at once: one does the work, the others wait for it."""
        from qbwc_bridge.store.installation import settle
        from qbwc_bridge.store.migrate import take_turn, upgrade

        if _is_unknown(self.revision()):
            raise SchemaDiffers(newer=True)
        with _in_words():
            upgrade(self.engine)
        with self.begin() as connection:
            take_turn(connection)
            settle(connection, now)

    def go_back(self, revision: str) -> None:
        """Take the schema to an older revision, for an older version of this program: what only newer ones keep is lost."""
        from qbwc_bridge.store.migrate import downgrade

        self.must_be_current()
        with _in_words():
            downgrade(self.engine, revision)

    def close(self) -> None:
        """Give all connections back."""
        self.engine.dispose()


def _is_unknown(revision: str | None) -> bool:
    return revision is not None and revision not in schema.revisions()


@contextmanager
def _in_words(kind: type[DBAPIError] = OperationalError) -> Iterator[None]:
    try:
        yield
    except kind as error:
        raise DatabaseAway(
            "The database could not be reached or written just now. Nothing was changed.",
            "Try again in a minute; if it stays so, check the database and its disk.",
        ) from error


def _sqlite(url: str) -> Engine:
    path = make_url(url).database
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    waiting = {"timeout": BUSY_SECONDS, "check_same_thread": False}
    engine = create_engine(url, connect_args=waiting, pool_use_lifo=True)  # the connection whose cache is warm

    @event.listens_for(engine, "connect")
    def _connected(connection: sqlite3.Connection, _record: ConnectionPoolEntry) -> None:
        connection.isolation_level = None  # the driver must not begin transactions behind our back
        for pragma in ("journal_mode=WAL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        # A writer takes its lock at once: a transaction that reads first and writes later could not be serialised.
        options: Any = connection.get_execution_options()
        synchronous = options.get("synchronous", "FULL")
        if options.get("writes") and connection.info.get("synchronous") != synchronous:
            connection.exec_driver_sql(f"PRAGMA synchronous={synchronous}")
            connection.info["synchronous"] = synchronous
        connection.exec_driver_sql("BEGIN IMMEDIATE" if options.get("writes") else "BEGIN")

    return engine


def _postgresql(url: str) -> Engine:
    return create_engine(url, pool_pre_ping=True, pool_size=10, max_overflow=10)
