"""The outbox: whoever takes a row has it alone, a restart loses nothing, and trouble is told by one of many."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from qbwc_bridge.records import Channel, Company, Delivery, Notice, NoticeSettings
from qbwc_bridge.store import deliveries, notices
from qbwc_bridge.store.database import Connection, Database

MINUTE = timedelta(minutes=1)
DANA = "dana@acme.example"


@pytest.fixture
def c(database: Database, acme: Company) -> Iterator[Connection]:
    with database.begin() as connection:
        yield connection


def add(c: Connection, company_id: int, now: datetime, kind: Notice = Notice.FAILED, target: str = DANA) -> None:
    deliveries.add(c, company_id, kind, Channel.EMAIL, target, "{}", now=now)


def put(c: Connection, company_id: int, **changed: Any) -> None:
    chosen = {"emails": [DANA], "webhook_url": "", "webhook_secret": "", "after_failures": 3, "new_payments": False}
    notices.put(c, company_id, **{**chosen, **changed})


def only(c: Connection, company_id: int) -> Delivery:
    (one,) = deliveries.lately(c, company_id)
    return one


def test_what_is_added_is_due_at_once_and_oldest_first(c: Connection, acme: Company, now: datetime) -> None:
    for minutes in (3, 1, 2):
        add(c, acme.id, now + minutes * MINUTE)
    assert deliveries.due(c, now, 9) == []
    assert [one.made_at for one in deliveries.due(c, now + 9 * MINUTE, 2)] == [now + MINUTE, now + 2 * MINUTE]


def test_of_many_who_want_one_a_single_one_gets_it(database: Database, acme: Company, now: datetime) -> None:
    with database.begin() as c:
        add(c, acme.id, now)
        wanted = only(c, acme.id)

    def take(_: int) -> bool:
        with database.begin() as c:
            return deliveries.claim(c, acme.id, wanted, now, now + MINUTE)

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(take, range(8))) == [False] * 7 + [True]


def test_what_was_taken_by_a_process_that_died_is_due_again(c: Connection, acme: Company, now: datetime) -> None:
    add(c, acme.id, now)
    first = only(c, acme.id)
    assert deliveries.claim(c, acme.id, first, now, now + MINUTE)
    assert deliveries.due(c, now, 9) == []
    assert not deliveries.claim(c, acme.id, only(c, acme.id), now, now + MINUTE)
    later = now + MINUTE
    (again,) = deliveries.due(c, later, 9)
    assert again.attempts == 1
    assert deliveries.claim(c, acme.id, again, later, later + MINUTE)


def test_sent_is_sent(c: Connection, acme: Company, now: datetime) -> None:
    add(c, acme.id, now)
    one = only(c, acme.id)
    deliveries.claim(c, acme.id, one, now, now + MINUTE)
    deliveries.sent(c, acme.id, one.id, now)
    deliveries.failed(c, acme.id, one.id, 1, "too late", now)
    assert only(c, acme.id) == replace(one, attempts=1, next_at=None, sent_at=now)
    assert deliveries.due(c, now + 9 * MINUTE, 9) == []


def test_a_try_that_failed_waits_and_at_the_end_is_given_up(c: Connection, acme: Company, now: datetime) -> None:
    add(c, acme.id, now)
    one = only(c, acme.id)
    deliveries.claim(c, acme.id, one, now, now + MINUTE)
    deliveries.failed(c, acme.id, one.id, 7, "said by another try", None)
    assert only(c, acme.id).error == ""
    deliveries.failed(c, acme.id, one.id, 1, "404", now + 5 * MINUTE)
    assert [len(deliveries.due(c, now + minutes * MINUTE, 9)) for minutes in (4, 5)] == [0, 1]
    deliveries.failed(c, acme.id, one.id, 1, "404 again", None)
    assert (only(c, acme.id).error, only(c, acme.id).next_at) == ("404 again", None)


def test_what_is_taken_back_is_not_sent_but_what_was_sent_meanwhile_is(
    c: Connection, acme: Company, now: datetime
) -> None:
    add(c, acme.id, now)
    add(c, acme.id, now, Notice.PAYMENTS)
    deliveries.withdraw(c, acme.id, "over", kinds=(Notice.FAILED, Notice.MISSED))
    payments, failed = deliveries.lately(c, acme.id)
    assert (failed.error, failed.next_at, payments.next_at) == ("over", None, now)
    deliveries.failed(c, acme.id, failed.id, 0, "404", now)
    assert deliveries.lately(c, acme.id)[1].next_at is None
    deliveries.sent(c, acme.id, failed.id, now)
    assert deliveries.lately(c, acme.id)[1].sent_at == now


def test_only_addresses_that_are_still_wanted_are_sent_to(c: Connection, acme: Company, now: datetime) -> None:
    for target in (DANA, "sam@acme.example"):
        add(c, acme.id, now, target=target)
    deliveries.withdraw(c, acme.id, "taken out", but=[DANA])
    assert [one.target for one in deliveries.due(c, now, 9)] == [DANA]
    deliveries.withdraw(c, acme.id, "taken out", but=[])
    assert deliveries.due(c, now, 9) == []


def test_settings_are_kept_and_change_nothing_that_was_told(c: Connection, acme: Company, now: datetime) -> None:
    assert notices.get(c, acme.id) == NoticeSettings(acme.id)
    assert notices.watched(c) == []
    put(c, acme.id, emails=[DANA, "sam@acme.example"], new_payments=True)
    notices.begin_episode(c, acme.id, Notice.FAILED, now)
    notices.told_history(c, acme.id, 0, 12)
    notices.left_alone(c, acme.id, now)
    put(c, acme.id, after_failures=5, webhook_url="https://example.com/", webhook_secret="hush")
    expected = NoticeSettings(
        acme.id, (DANA,), "https://example.com/", "hush", 5, False, "failed", now, now, 12
    )  # fmt: skip
    assert notices.get(c, acme.id) == expected
    assert notices.watched(c) == [expected]
    assert "hush" not in repr(expected)
    assert expected.targets == ((Channel.EMAIL, DANA), (Channel.WEBHOOK, "https://example.com/"))


def test_an_episode_is_begun_and_ended_by_one_of_many(database: Database, acme: Company, now: datetime) -> None:
    with database.begin() as c:
        put(c, acme.id)

    def begin(_: int) -> bool:
        with database.begin() as c:
            return notices.begin_episode(c, acme.id, Notice.MISSED, now)

    def end(_: int) -> bool:
        with database.begin() as c:
            return notices.end_episode(c, acme.id)

    def tell(_: int) -> bool:
        with database.begin() as c:
            return notices.told_history(c, acme.id, 0, 5)

    with ThreadPoolExecutor(4) as pool:
        for work in (begin, end, tell):
            assert sorted(pool.map(work, range(4))) == [False, False, False, True]
