"""Which revision the schema is at, without Alembic: every command asks, and Alembic takes longer to load than to answer.

In: a connection. Out: names of revisions. It never changes anything; that is ``migrate``.
"""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

VERSIONS = Path(__file__).parent / "migrations" / "versions"


def revisions() -> list[str]:
    """Every revision this program knows, oldest first: the files are named after them."""
    return sorted(file.name.partition("_")[0] for file in VERSIONS.glob("[0-9]*.py"))


def current() -> str:
    """The revision of this program."""
    return revisions()[-1]


def revision(connection: Connection) -> str | None:
    """The revision the database is at; None before the first ``init``."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(text("select version_num from alembic_version")).scalar()
