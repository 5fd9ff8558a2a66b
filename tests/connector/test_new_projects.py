"""Many new projects at once leave what the same projects leave one by one."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from office import Office, started
from sqlalchemy import select

from qbwc_bridge.connector import links, new_projects
from qbwc_bridge.connector.links import ProjectForm
from qbwc_bridge.store import companies, customers
from qbwc_bridge.store.database import Connection
from qbwc_bridge.store.models import metadata

NAMES = ("Smith:Kitchen", "Smith:Deck", "Smith")


@pytest.fixture
def forms(office: Office) -> list[ProjectForm]:
    """Linked and not, on and off, with and without a price; the customer list is there, and no project."""
    started(office)
    with office.database.read() as c:
        kitchen, deck, smith = (customers.find(c, office.company.id, name).list_id for name in NAMES)
    return [
        ProjectForm("Kitchen", "The Smiths", Decimal("240000.00"), kitchen, False, True),
        ProjectForm("All of it", list_id=smith, include_jobs=True, client_payments=True),
        ProjectForm("Deck", list_id=deck),
        ProjectForm("Not yet"),
        ProjectForm("Not linked, and on", client_payments=True),
    ]


def test_together_they_leave_what_each_alone_leaves(office: Office, forms: list[ProjectForm]) -> None:
    now = office.clock()
    assert _left(office, _together, forms, now) == _left(office, _one_by_one, forms, now)


class _Enough(Exception):
    """Rolls back."""


def _together(c: Connection, office: Office, forms: list[ProjectForm], now: datetime) -> None:
    new_projects.save(c, office.company, forms, now, "Dana")


def _one_by_one(c: Connection, office: Office, forms: list[ProjectForm], now: datetime) -> None:
    for form in forms:
        links.save(c, office.company, None, form, now, "Dana")


def _left(office: Office, save: Any, forms: list[ProjectForm], now: datetime) -> dict[str, list[Any]]:
    """Every row of the database with project ids as names, in no order; then it is as before."""
    try:
        with office.database.begin() as c:
            companies.lock(c, office.company.id)
            before = _rows(c)
            save(c, office, forms, now)
            after = _rows(c)
            raise _Enough
    except _Enough:
        return {table: sorted(set(after[table]) - set(before[table])) for table in after}


def _rows(c: Connection) -> dict[str, list[str]]:
    projects = metadata.tables["projects"]
    names = {row.id: row.name for row in c.execute(select(projects.c.id, projects.c.name))}

    def told(row: Any) -> str:
        values = {key: value for key, value in row._mapping.items() if key != "id"}
        if "project_id" in values:
            values["project_id"] = names.get(values["project_id"])
        return repr(values)

    return {table.name: [told(row) for row in c.execute(select(table))] for table in metadata.sorted_tables}
