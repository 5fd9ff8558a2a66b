"""Schema migrations through Alembic, without an ini file: the scripts travel inside the package."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, text

from qbwc_bridge.store.models import metadata

TURN = 0x7162_7763
"""PostgreSQL knows the lock of those who change the schema by this number alone; it is "qbwc"."""


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config


def upgrade(engine: Engine, to: str = "head") -> None:
    """Bring the schema forward to a revision, the newest unless told."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        upgrade_on(connection, to)


def upgrade_on(connection: Connection, to: str = "head") -> None:
    """The same, within a transaction."""
    take_turn(connection)
    command.upgrade(_config_on(connection), to)


def downgrade(engine: Engine, to: str) -> None:
    """Take the schema back to an older revision, for an older version of the service. What only the newer one kept is lost."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        take_turn(connection)
        command.downgrade(_config_on(connection), to)


def take_turn(c: Connection) -> None:
    """Be the only one who migrates or settles, until the transaction ends. SQLite has one writer at a time anyway."""
    if c.dialect.name == "postgresql":
        c.execute(text("select pg_advisory_xact_lock(:turn)"), {"turn": TURN})


def _config_on(connection: Connection) -> Config:
    config = _config()
    config.attributes["connection"] = connection
    return config


def drift(engine: Engine) -> list[object]:
    """What the migrations would still have to do to reach the tables of ``models``: empty when they agree."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": False})
        return list(compare_metadata(context, metadata))
