"""How far changes have been read, kept with the data it stands for."""

import pytest

from qbwc_bridge.records import Company, RequestKind
from qbwc_bridge.store import marks
from qbwc_bridge.store.database import Database

TEN, ELEVEN = "2026-03-02T10:00:00", "2026-03-02T11:00:00"


def test_a_company_that_was_never_read_has_no_marks(database: Database, acme: Company) -> None:
    with database.read() as c:
        assert marks.all_of(c, acme.id) == {}


def test_every_kind_has_a_mark_of_its_own(database: Database, acme: Company) -> None:
    fresh = {kind: f"2026-03-02T10:00:{number:02}" for number, kind in enumerate(RequestKind)}
    with database.begin() as c:
        marks.put(c, acme.id, fresh)
    with database.read() as c:
        assert marks.all_of(c, acme.id) == fresh


def test_a_new_mark_replaces_the_old_one_and_leaves_the_others(database: Database, acme: Company) -> None:
    with database.begin() as c:
        marks.put(c, acme.id, {RequestKind.CUSTOMERS: TEN, RequestKind.CHANGED_PAYMENTS: TEN})
        marks.put(c, acme.id, {RequestKind.CHANGED_PAYMENTS: ELEVEN})
        assert marks.all_of(c, acme.id) == {RequestKind.CUSTOMERS: TEN, RequestKind.CHANGED_PAYMENTS: ELEVEN}


def test_putting_no_marks_changes_none(database: Database, acme: Company) -> None:
    with database.begin() as c:
        marks.put(c, acme.id, {RequestKind.CUSTOMERS: TEN})
        marks.put(c, acme.id, {})
        assert marks.all_of(c, acme.id) == {RequestKind.CUSTOMERS: TEN}


def test_a_mark_goes_with_the_transaction_that_set_it(database: Database, acme: Company) -> None:
    def half() -> None:
        with database.begin() as c:
            marks.put(c, acme.id, {RequestKind.CUSTOMERS: TEN})
            raise InterruptedError

    with pytest.raises(InterruptedError):
        half()
    with database.read() as c:
        assert marks.all_of(c, acme.id) == {}
