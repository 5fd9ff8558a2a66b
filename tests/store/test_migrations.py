"""The schema, from nothing, on both databases."""

from datetime import datetime

import pytest
from sqlalchemy import inspect, text

from qbwc_bridge.errors import DatabaseAway
from qbwc_bridge.records import Company
from qbwc_bridge.store import installation, migrate, projects
from qbwc_bridge.store.database import Database
from qbwc_bridge.store.models import metadata


def _owner(database: Database) -> str:
    with database.read() as c:
        return installation.owner_id(c)


def test_migrating_from_nothing_makes_every_table(bare: Database, now: datetime) -> None:
    assert inspect(bare.engine).get_table_names() == []
    bare.migrate(now)
    assert set(inspect(bare.engine).get_table_names()) == set(metadata.tables) | {"alembic_version"}


def test_a_database_without_tables_is_not_current(bare: Database) -> None:
    assert not bare.is_current()


def test_a_migrated_database_is_current(bare: Database, now: datetime) -> None:
    bare.migrate(now)
    assert bare.is_current()


def test_the_migrations_and_the_models_agree(database: Database) -> None:
    assert migrate.drift(database.engine) == []


def test_drift_sees_a_column_the_migrations_forgot(database: Database) -> None:
    with database.begin() as c:
        c.execute(text("ALTER TABLE payments DROP COLUMN memo"))
    assert len(migrate.drift(database.engine)) == 1


def test_migrating_twice_keeps_the_owner_id_and_the_data(bare: Database, now: datetime) -> None:
    bare.migrate(now)
    first = _owner(bare)
    bare.migrate(now)
    assert _owner(bare) == first


def test_going_back_one_version_and_forward_again_keeps_companies_and_projects(
    database: Database, acme: Company, now: datetime
) -> None:
    with database.begin() as c:
        kept = projects.add(c, acme.id, "Smith kitchen", now)
    migrate.downgrade(database.engine, "0001")
    assert not database.is_current()
    migrate.upgrade(database.engine)
    with database.read() as c:
        assert projects.by_id(c, acme.id, kept).name == "Smith kitchen"
    assert migrate.drift(database.engine) == []


def test_trying_to_write_changes_nothing(database: Database) -> None:
    database.try_to_write()
    assert database.is_current()


def test_a_database_that_may_only_be_read_is_noticed(database: Database) -> None:
    if database.url.get_backend_name() == "sqlite":
        forbid = "pragma query_only = on"
    else:
        forbid = "set session characteristics as transaction read only"
    with database.engine.connect() as connection:  # the one connection that the pool hands out again
        connection.exec_driver_sql(forbid)
        connection.commit()
    assert database.is_current()
    with pytest.raises(DatabaseAway):
        database.try_to_write()
