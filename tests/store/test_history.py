"""The change history: one entry for a payment and a moment, whatever the number of customer:jobs that saw it."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from qbwc_bridge.records import Change, Company, Payment
from qbwc_bridge.store import history, manual, payments, projects
from qbwc_bridge.store.database import Connection, Database
from qbwc_bridge.store.history import Effect, Entry, Wanted

KITCHEN, BATH, JONES = "80000002-1", "80000003-1", "80000004-1"
TEN, FOUR, SIX = Decimal("10.00"), Decimal("4.00"), Decimal("6.00")


def remember(c: Connection, acme: Company, now: datetime, *changes: Change, sync: int | None = None) -> None:
    history.remember(c, acme.id, changes, because="deleted in QuickBooks", now=now, conversation_id=sync)


def of(c: Connection, acme: Company, *list_ids: str, project: int = 7, **options: object) -> list[Entry]:
    return history.of_project(c, acme.id, project, list_ids, **options)  # type: ignore[arg-type]


def test_a_payment_for_two_jobs_is_one_entry_of_a_project_that_has_both(
    database: Database, acme: Company, now: datetime
) -> None:
    with database.begin() as c:
        remember(c, acme, now, Change("1", KITCHEN, "added", None, FOUR), Change("1", BATH, "added", None, SIX))
        (both,), (one,) = of(c, acme, KITCHEN, BATH), of(c, acme, KITCHEN)
    assert (both.what, both.before, both.after, both.elsewhere) == ("added", None, TEN, ())
    assert (one.after, [(other.list_id, other.after) for other in one.elsewhere]) == (FOUR, [(BATH, SIX)])


def test_a_move_is_one_for_whoever_has_one_side_of_it(database: Database, acme: Company, now: datetime) -> None:
    with database.begin() as c:
        there, here = Change("1", KITCHEN, "changed", TEN, None), Change("1", BATH, "changed", None, TEN)
        remember(c, acme, now, there, here)
        seen = {
            name: [(entry.what, entry.difference) for entry in of(c, acme, *list_ids)]
            for name, list_ids in {"from": [KITCHEN], "to": [BATH], "both": [KITCHEN, BATH], "else": [JONES]}.items()
        }
    zero = Decimal("0.00")
    assert seen == {"from": [("moved", -TEN)], "to": [("moved", TEN)], "both": [("changed", zero)], "else": []}


def test_a_payment_worked_on_twice_in_one_answer_is_one_entry(database: Database, acme: Company, now: datetime) -> None:
    with database.begin() as c:
        remember(c, acme, now, Change("1", KITCHEN, "changed", TEN, SIX, {"memo": ("a", "b")}))
        remember(c, acme, now, Change("1", KITCHEN, "changed", SIX, FOUR, {"memo": ("b", "c"), "method": ("", "Wire")}))
        (entry,) = of(c, acme, KITCHEN)
    assert (entry.before, entry.after, entry.difference) == (TEN, FOUR, -SIX)
    assert entry.details == {"memo": ("a", "c"), "method": ("", "Wire")}


KINDS = {
    "added": [Change("1", KITCHEN, "added", None, TEN)],
    "changed": [Change("2", KITCHEN, "changed", TEN, FOUR)],
    "moved": [Change("3", KITCHEN, "changed", None, FOUR), Change("3", JONES, "changed", FOUR, None)],
    "voided": [Change("4", KITCHEN, "voided", TEN, Decimal("0.00"))],
    "removed": [Change("5", KITCHEN, "changed", SIX, TEN), Change("5", KITCHEN, "removed", TEN, None)],
}


@pytest.mark.parametrize("kind", [*KINDS, "linked", "archived"])
def test_the_database_and_the_entry_agree_on_the_kind(
    database: Database, acme: Company, now: datetime, kind: str
) -> None:
    with database.begin() as c:
        project = projects.add(c, acme.id, "Kitchen", now)
        for changes in KINDS.values():
            remember(c, acme, now, *changes)
        for what in ("linked", "archived"):
            history.happened(c, acme.id, project, what, details={}, now=now)
            history.happened(c, acme.id, project + 1, what, details={}, now=now)
        found = of(c, acme, KITCHEN, project=project, wanted=Wanted(kind))
        everything = of(c, acme, KITCHEN, project=project)
    assert [entry.what for entry in found] == [kind]
    assert len(everything) == 7


def test_entries_come_newest_first_a_page_at_a_time(database: Database, acme: Company, now: datetime) -> None:
    with database.begin() as c:
        for number in range(5):
            at = now + timedelta(days=number)
            lines = [Change(str(number), job, "added", None, TEN) for job in (KITCHEN, BATH)]
            remember(c, acme, at, *lines)
        first = of(c, acme, KITCHEN, BATH, limit=2)
        second = of(c, acme, KITCHEN, BATH, limit=2, before=first[-1].id)
        between = of(c, acme, KITCHEN, wanted=Wanted(since=now + timedelta(days=1), until=now + timedelta(days=3)))
    assert [entry.txn_id for entry in [*first, *second]] == ["4", "3", "2", "1"]
    assert [entry.txn_id for entry in between] == ["2", "1"]


def test_what_a_sync_did_in_all(database: Database, acme: Company, now: datetime) -> None:
    with database.begin() as c:
        lines = [Change("1", KITCHEN, "added", None, TEN), Change("2", KITCHEN, "changed", SIX, None)]
        remember(c, acme, now, *lines, Change("2", JONES, "changed", None, SIX), sync=3)
        remember(c, acme, now, Change("9", KITCHEN, "added", None, FOUR), sync=4)
        assert history.effects(c, acme.id, [KITCHEN], [3]) == {3: Effect(2, FOUR)}
        assert history.differences(c, acme.id, 3) == {KITCHEN: FOUR, JONES: SIX}
        assert [entry.txn_id for entry in of(c, acme, KITCHEN, wanted=Wanted(conversation_id=4))] == ["9"]


def test_a_removed_payment_keeps_its_name_and_its_reason(database: Database, acme: Company, now: datetime) -> None:
    payment = Payment("1", KITCHEN, "Smith", now.date(), TEN, method="Check", ref_number="1043")
    with database.begin() as c:
        booked = payments.BookedPayment(payment, ())
        payments.apply(c, acme.id, written=[booked], because="", now=now)
        gone = [Change("1", KITCHEN, "removed", TEN, None)]
        payments.apply(c, acme.id, removed=["1"], changes=gone, because="deleted in QuickBooks", now=now)
        assert payments.with_ids(c, acme.id, ["1"]) == []
        assert payments.known(c, acme.id, ["1"]) == {"1": payment}
        assert of(c, acme, KITCHEN)[0].details["because"] == ("", "deleted in QuickBooks")


def test_typed_payments_leave_and_come_back_with_a_line_each(database: Database, acme: Company, now: datetime) -> None:
    with database.begin() as c:
        project = projects.add(c, acme.id, "Kitchen", now)
        for amount in (FOUR, SIX):
            manual.add(c, acme.id, project, date=now.date(), amount=amount, now=now)
        manual.put_away(c, acme.id, [project], now, 3)
        manual.put_away(c, acme.id, [project], now + timedelta(days=1))
        manual.bring_back(c, acme.id, project, now + timedelta(days=2), "Dana")
        told = [(entry.what, entry.conversation_id, entry.details["by"][1]) for entry in of(c, acme, project=project)]
        total = of(c, acme, project=project)[0].details["total"]
    assert told == [("restored", None, "Dana"), ("archived", 3, "")]
    assert total == ("", "10.00")
