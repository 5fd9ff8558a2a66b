"""The queue's rows, what is staged under them, and the raw messages of conversations."""

from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest
from office import messages_of
from sqlalchemy import select

from qbwc_bridge.records import Application, Company, Payment, Request, RequestKind, RequestState
from qbwc_bridge.store import conversations, requests
from qbwc_bridge.store.conversations import Message
from qbwc_bridge.store.database import Connection, Database
from qbwc_bridge.store.models import messages

OPEN = {RequestState.QUEUED, RequestState.SENT, RequestState.DRAINED}
PAID = Payment(
    "4ECE-1", "80000002-1", "Caf\u00e9:Kitchen", date(2026, 3, 3), Decimal("399.77"), Decimal("99.77"), "Check", "10456",
    "Inv 21 & on account", "CAD", False, "2026-03-03T11:06:40", "1741018000",
    (Application("4EB8-1", "Invoice", Decimal("300.00"), "21"),),
)  # fmt: skip


def _queued(c: Connection, company: Company, now: datetime, kind: RequestKind = RequestKind.PAYMENTS) -> Request:
    requests.queue(c, company.id, kind, ids=["1", "2"], trigger="daily", by="dana", now=now)
    return requests.open_rows(c, company.id)[-1]


def _conversation(c: Connection, company: Company, now: datetime) -> int:
    conversations.begin(c, company.id, "hash", trigger="daily", address="", now=now)
    found = conversations.by_ticket(c, "hash")
    assert found is not None
    return found.id


def test_a_queued_row_comes_back_as_it_was_asked_for(database: Database, acme: Company, now: datetime) -> None:
    with database.begin() as c:
        row = _queued(c, acme, now)
    wanted = Request(
        row.id, RequestKind.PAYMENTS, RequestState.QUEUED, ids=("1", "2"), trigger="daily", requested_by="dana",
        requested_at=now,
    )  # fmt: skip
    assert row == wanted


@pytest.mark.parametrize("state", RequestState)
def test_a_row_waits_until_it_is_done_failed_or_cancelled(
    database: Database, acme: Company, now: datetime, state: RequestState
) -> None:
    with database.begin() as c:
        row = _queued(c, acme, now)
        requests.change(c, acme.id, [row.id], state=state)
        assert len(requests.open_rows(c, acme.id)) == (state in OPEN)
        assert requests.waiting(c) == ({acme.id: 1} if state in OPEN else {})


def test_the_oldest_row_comes_first(database: Database, acme: Company, now: datetime) -> None:
    with database.begin() as c:
        first, second = _queued(c, acme, now), _queued(c, acme, now - timedelta(days=1))
        assert [row.id for row in requests.open_rows(c, acme.id)] == [first.id, second.id]


def test_a_restarted_row_forgets_its_iterator_and_its_pages(database: Database, acme: Company, now: datetime) -> None:
    with database.begin() as c:
        row = _queued(c, acme, now)
        progress = {"state": RequestState.SENT, "iterator_id": "{1}", "received": 10, "remaining": 5, "error_code": "1"}
        requests.change(c, acme.id, [row.id], **progress)
        requests.stage(c, acme.id, row.id, [PAID])
        requests.restart(c, acme.id, [row.id])
        assert requests.open_rows(c, acme.id) == [row]
        assert requests.staged(c, acme.id, [row.id]) == {row.id: []}


def test_an_ended_row_leaves_nothing_staged(database: Database, acme: Company, now: datetime) -> None:
    with database.begin() as c:
        row = _queued(c, acme, now)
        requests.stage(c, acme.id, row.id, [PAID])
        requests.end(c, acme.id, [row.id], RequestState.DONE, now)
        assert requests.staged(c, acme.id, [row.id]) == {row.id: []}


def test_ending_no_row_ends_no_row(database: Database, acme: Company, now: datetime) -> None:
    with database.begin() as c:
        row = _queued(c, acme, now)
        requests.end(c, acme.id, [], RequestState.DONE, now)
        assert requests.open_rows(c, acme.id) == [row]


def test_a_staged_payment_comes_back_to_the_last_field(database: Database, acme: Company, now: datetime) -> None:
    with database.begin() as c:
        row = _queued(c, acme, now)
        requests.stage(c, acme.id, row.id, [PAID])
        assert requests.staged(c, acme.id, [row.id]) == {row.id: [PAID]}


def test_a_payment_staged_twice_counts_once_and_the_later_wins(
    database: Database, acme: Company, now: datetime
) -> None:
    later = Payment("4ECE-1", "80000002-1", "x", date(2026, 3, 4), Decimal("1.00"))
    with database.begin() as c:
        row = _queued(c, acme, now)
        requests.stage(c, acme.id, row.id, [PAID])
        requests.stage(c, acme.id, row.id, [PAID, later])
        assert requests.staged(c, acme.id, [row.id]) == {row.id: [later]}


def test_the_same_payment_under_two_rows_is_staged_under_both(database: Database, acme: Company, now: datetime) -> None:
    with database.begin() as c:
        rows = [_queued(c, acme, now).id for _ in range(2)]
        for row in rows:
            requests.stage(c, acme.id, row, [PAID])
        assert requests.staged(c, acme.id, rows) == {row: [PAID] for row in rows}


def test_a_raw_message_is_kept_compressed(database: Database, acme: Company, now: datetime) -> None:
    body = "<Memo>caf\u00e9</Memo>" * 10_000
    with database.begin() as c:
        conversations.keep_message(c, acme.id, _conversation(c, acme, now), Message(1, "response", now, body))
        assert len(c.execute(select(messages.c.body)).scalar_one()) < len(body) / 20


def test_a_raw_message_comes_back_whole(database: Database, acme: Company, now: datetime) -> None:
    said = Message(1, "response", now, "<Memo>caf\u00e9</Memo>", "0x80040400", "parse error")
    with database.begin() as c:
        mine = _conversation(c, acme, now)
        conversations.keep_message(c, acme.id, mine, said)
        assert messages_of(c, acme.id, mine) == [said]


def test_the_sync_log_is_newest_first(database: Database, acme: Company, now: datetime) -> None:
    with database.begin() as c:
        for ticket in ("a", "b", "c"):
            conversations.begin(c, acme.id, ticket, trigger=ticket, address="", now=now)
        assert [run.trigger for run in conversations.log(c, acme.id, limit=2)] == ["c", "b"]
