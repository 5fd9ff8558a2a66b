"""Schema migrations through Alembic, without an ini file: the scripts travel inside the package."""

from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine

from qbwc_bridge.store.models import metadata


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
    command.upgrade(_config_on(connection), to)


def downgrade(engine: Engine, to: str) -> None:
    """Take the schema back to an older revision, for an older version of the service. What only the newer one kept is lost."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        command.downgrade(_config_on(connection), to)


def _config_on(connection: Connection) -> Config:
    config = _config()
    config.attributes["connection"] = connection
    return config


def is_current(engine: Engine) -> bool:
    """True when the database stands at the newest revision."""
    with engine.connect() as connection:
        return is_newest(connection)


def is_newest(connection: Connection) -> bool:
    """The same, within a transaction."""
    return _revision(connection) == ScriptDirectory.from_config(_config()).get_current_head()


def is_known(connection: Connection) -> bool:
    """False for a database without our tables, and for one of a newer version of the service."""
    known = {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}
    return _revision(connection) in known


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def drift(engine: Engine) -> list[object]:
    """What the migrations would still have to do to reach the tables of ``models``: empty when they agree."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": False})
        return list(compare_metadata(context, metadata))
