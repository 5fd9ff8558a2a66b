"""The lines a project showed last, as text and back, losing nothing."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbwc_bridge.records import Application, Company, Line
from qbwc_bridge.store import projects
from qbwc_bridge.store.database import Database
from qbwc_bridge.store.lines import from_text, to_text

MONEY = st.integers(-(10**15), 10**15).map(lambda cents: Decimal(cents).scaleb(-2))
TEXT = st.text(st.characters(codec="utf-8"), max_size=20)
PAID = st.builds(Application, TEXT, st.sampled_from(["Invoice", "JournalEntry"]), MONEY, TEXT)
LINES = st.builds(
    Line,
    source=st.sampled_from(["quickbooks", "manual"]),
    date=st.dates(),
    amount=MONEY,
    total_amount=MONEY,
    running_total=MONEY,
    status=st.sampled_from(["posted", "voided"]),
    txn_id=TEXT,
    manual_id=st.none() | st.integers(1, 2**31),
    method=TEXT,
    ref_number=TEXT,
    memo=TEXT,
    received_from=TEXT,
    applied_to=st.lists(PAID, max_size=3).map(tuple),
    unapplied=MONEY,
)
LINE = Line(
    "quickbooks", date(2026, 3, 2), Decimal("12.00"), Decimal("12.00"), Decimal("12.00"), memo="caf\u00e9 & <co>"
)


@given(st.lists(LINES, max_size=5))
def test_lines_come_back_as_they_were(lines: list[Line]) -> None:
    assert from_text(to_text(lines)) == tuple(lines)


@given(LINES)
def test_money_comes_back_to_the_cent(line: Line) -> None:
    (back,) = from_text(to_text([line]))
    assert (str(back.amount), str(back.unapplied)) == (str(line.amount), str(line.unapplied))


def test_a_frozen_project_shows_its_lines(database: Database, acme: Company, now: datetime) -> None:
    with database.begin() as c:
        project = projects.add(c, acme.id, "Kitchen", now)
        projects.freeze(c, acme.id, project, [LINE, LINE._replace(txn_id="2")])
        assert projects.by_id(c, acme.id, project).frozen == (LINE, LINE._replace(txn_id="2"))


def test_a_project_without_a_line_is_frozen_all_the_same(database: Database, acme: Company, now: datetime) -> None:
    with database.begin() as c:
        project = projects.add(c, acme.id, "Kitchen", now)
        assert projects.by_id(c, acme.id, project).frozen is None
        projects.freeze(c, acme.id, project, [])
        assert projects.by_id(c, acme.id, project).frozen == ()


@pytest.mark.parametrize("thaw", ["synced", "linked again"])
def test_a_new_answer_or_a_new_link_thaws_a_project(
    database: Database, acme: Company, now: datetime, thaw: str
) -> None:
    later = now + timedelta(days=1)
    with database.begin() as c:
        project = projects.add(c, acme.id, "Kitchen", now)
        projects.freeze(c, acme.id, project, [LINE])
        if thaw == "synced":
            projects.synced(c, acme.id, project, later)
        else:
            link = {"list_id": "80000002-1", "include_jobs": False, "client_payments": True}
            projects.link(c, acme.id, project, **link, now=later)
        assert projects.by_id(c, acme.id, project).frozen is None
