"""Two companies in one database."""

from datetime import UTC, datetime

import pytest

from qbwc_bridge.records import Company
from qbwc_bridge.store import companies
from qbwc_bridge.store.database import Database

NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)


def _add(database: Database, name: str, number: int) -> Company:
    file_id = f"{{0000000{number}-0000-4000-8000-000000000000}}"
    with database.begin() as c:
        return companies.add(c, name, f"{name.lower()}-bridge", "0" * 64, file_id, NOW)


@pytest.fixture
def now() -> datetime:
    return NOW


@pytest.fixture
def acme(database: Database) -> Company:
    return _add(database, "Acme", 1)


@pytest.fixture
def zenith(database: Database, acme: Company) -> Company:
    return _add(database, "Zenith", 2)
