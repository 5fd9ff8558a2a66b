"""Schema migrations through Alembic, without an ini file: the scripts travel inside the package."""

from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Engine

from qbwc_bridge.store.models import metadata


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    return config


def upgrade(engine: Engine, to: str = "head") -> None:
    """Bring the schema forward to a revision, the newest unless told."""
    _walk(engine, command.upgrade, to)


def downgrade(engine: Engine, to: str) -> None:
    """Take the schema back to an older revision, for an older version of the service. What only the newer one kept is lost."""
    _walk(engine, command.downgrade, to)


def _walk(engine: Engine, step: Callable[[Config, str], None], to: str) -> None:
    config = _config()
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        step(config, to)


def drift(engine: Engine) -> list[object]:
    """What the migrations would still have to do to reach the tables of ``models``: empty when they agree."""
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": False})
        return list(compare_metadata(context, metadata))
