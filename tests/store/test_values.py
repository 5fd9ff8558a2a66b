"""Money and instants go into the database and come back unharmed."""

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import StatementError

from qbwc_bridge.records import Company
from qbwc_bridge.store import companies, customers, projects
from qbwc_bridge.store.database import Database
from qbwc_bridge.store.rows import BATCH

AMOUNTS = ["0.00", "0.01", "-0.01", "12000.00", "-399.77", "0.10", "9999999999999.99", "-9999999999999.99"]


def _priced(database: Database, company: Company, price: Decimal | None, now: datetime) -> int:
    with database.begin() as c:
        project = projects.add(c, company.id, "Kitchen", now)
        projects.describe(c, company.id, project, name="Kitchen", client_name="", contract_price=price)
    return project


def _price(database: Database, company: Company, project: int) -> Decimal | None:
    with database.read() as c:
        return projects.by_id(c, company.id, project).contract_price


@pytest.mark.parametrize("amount", AMOUNTS)
def test_money_comes_back_to_the_cent(database: Database, acme: Company, now: datetime, amount: str) -> None:
    project = _priced(database, acme, Decimal(amount), now)
    assert str(_price(database, acme, project)) == amount


def test_no_money_is_not_zero_money(database: Database, acme: Company, now: datetime) -> None:
    project = _priced(database, acme, None, now)
    assert _price(database, acme, project) is None


def test_money_is_whole_cents_in_the_database(database: Database, acme: Company, now: datetime) -> None:
    _priced(database, acme, Decimal("240000.10"), now)
    with database.read() as c:
        assert c.execute(text("SELECT contract_price FROM projects")).scalar_one() == 24000010


@pytest.mark.parametrize("amount", ["12.345", "0.001", "-0.005", "1E-28"])
def test_a_fraction_of_a_cent_is_refused(database: Database, acme: Company, now: datetime, amount: str) -> None:
    with pytest.raises(StatementError, match="fraction of a cent"):
        _priced(database, acme, Decimal(amount), now)


@pytest.mark.parametrize(
    "zone", [UTC, timezone(timedelta(hours=-6)), timezone(timedelta(hours=5, minutes=45))], ids=str
)
def test_an_instant_comes_back_as_the_same_instant_in_utc(database: Database, acme: Company, zone: Any) -> None:
    instant = datetime(2026, 3, 8, 1, 59, 59, 123456, tzinfo=zone)
    with database.begin() as c:
        companies.touch(c, acme.id, instant)
    with database.read() as c:
        kept = companies.by_id(c, acme.id).last_contact_at
    assert kept == instant
    assert kept is not None
    assert kept.utcoffset() == timedelta(0)


def test_an_instant_without_a_zone_is_refused(database: Database, acme: Company) -> None:
    with database.begin() as c, pytest.raises(StatementError, match="needs its time zone"):
        companies.touch(c, acme.id, datetime(2026, 3, 2))  # noqa: DTZ001 - that is the point


def test_an_upsert_overwrites_what_is_there_and_adds_what_is_not(database: Database, acme: Company, job: Any) -> None:
    with database.begin() as c:
        customers.receive(c, acme.id, [job("1", "Old"), job("2", "Same")], 1)
        customers.receive(c, acme.id, [job("1", "New"), job("3", "Fresh")], 2)
        found = {list_id: one.name for list_id, one in customers.everything(c, acme.id).items()}
    assert found == {"1": "New", "2": "Same", "3": "Fresh"}


def test_the_same_key_twice_in_one_upsert_keeps_the_later(database: Database, acme: Company, job: Any) -> None:
    with database.begin() as c:
        customers.receive(c, acme.id, [job("1", "First"), job("1", "Second")], 1)
        assert customers.get(c, acme.id, "1").name == "Second"


def test_more_rows_than_one_statement_takes_all_arrive(database: Database, acme: Company, job: Any) -> None:
    with database.begin() as c:
        customers.receive(c, acme.id, [job(str(n), "x") for n in range(BATCH + 1)], 1)
        assert len(customers.everything(c, acme.id)) == BATCH + 1


@pytest.fixture
def job() -> Any:
    from qbwc_bridge.records import CustomerJob

    return lambda list_id, name: CustomerJob(list_id, name, name)
