"""The audit grows at its end, and is read from there."""

from datetime import datetime

import pytest

from qbwc_bridge.records import Company, Deed
from qbwc_bridge.store import audit
from qbwc_bridge.store.database import Database


@pytest.fixture
def told(database: Database, acme: Company, zenith: Company, now: datetime) -> list[int]:
    """Four lines of Acme, oldest first, and one of the neighbours."""
    lines = (
        ("Dana", Deed.INVITED, "kim@home.example, client of 100% deck"),
        ("Sam", Deed.PROJECT_LINKED, "Deck to Smith:Kitchen"),
        ("Dana", Deed.PROJECT_UNLINKED, "Deck from Smith:Kitchen"),
        ("dana@acme.example", Deed.INVITED, "pat_j@home.example, staff"),
    )
    with database.begin() as c:
        for who, what, subject in lines:
            audit.add(c, acme.id, who, what, subject, now)
        audit.add(c, zenith.id, "Dana", Deed.INVITED, "kim@home.example, staff", now)
    with database.read() as c:
        return [entry.id for entry in reversed(audit.listing(c, acme.id))]


def found(database: Database, company: Company, told: list[int], **wanted: object) -> list[int]:
    with database.read() as c:
        return [told.index(entry.id) for entry in audit.listing(c, company.id, **wanted)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ({}, [3, 2, 1, 0]),
        ({"what": Deed.INVITED.value}, [3, 0]),
        ({"words": "DANA"}, [3, 2, 0]),
        ({"words": "smith:kitchen"}, [2, 1]),
        ({"words": "100%"}, [0]),  # no wildcard
        ({"words": "t_j"}, [3]),
        ({"words": "a_a"}, []),
        ({"words": "dana", "what": Deed.INVITED.value}, [3, 0]),
        ({"limit": 2}, [3, 2]),
    ],
)
def test_newest_first_by_kind_and_words(
    database: Database, acme: Company, told: list[int], wanted: dict[str, object], expected: list[int]
) -> None:
    assert found(database, acme, told, **wanted) == expected


def test_a_page_goes_on_where_the_last_one_ended(database: Database, acme: Company, told: list[int]) -> None:
    assert found(database, acme, told, before=told[2]) == [1, 0]
    assert found(database, acme, told, before=told[0]) == []


def test_every_word_fits_its_column() -> None:
    assert max(len(deed) for deed in Deed) <= 40
