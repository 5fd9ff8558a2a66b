"""What grows old is dropped, a little at a time; what a page or a decision depends on stays."""

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from qbwc_bridge.records import Channel, Company, Deed, Notice, RequestKind, RequestState
from qbwc_bridge.store import audit, conversations, deliveries, forgetting, projects, requests
from qbwc_bridge.store.conversations import Message
from qbwc_bridge.store.database import Connection, Database
from qbwc_bridge.store.forgetting import Kind
from qbwc_bridge.store.models import metadata
from qbwc_bridge.summary import LATELY

HOUR = timedelta(hours=1)


def synced(c: Connection, company: Company, now: datetime, result: str = "ok") -> int:
    ticket = f"{company.id} {now}"
    run = conversations.begin(c, company.id, ticket, trigger="daily", address="", now=now)
    conversations.keep_message(c, company.id, run, Message(1, "request", now, "x"))
    conversations.end(c, company.id, run, result, None, now)
    return run


def pulled(c: Connection, company: Company, project: int, now: datetime) -> int:
    requests.queue(c, company.id, RequestKind.PAYMENTS, project_id=project, trigger="", now=now)
    (row,) = requests.open_rows(c, company.id)
    requests.end(c, company.id, [row.id], RequestState.DONE, now)
    return row.id


def grown(c: Connection, company: Company, now: datetime, hours: int = LATELY + 3) -> None:
    """One row of everything each hour."""
    project = projects.add(c, company.id, "Kitchen", now)
    for hour in range(hours):
        at = now + hour * HOUR
        synced(c, company, at)
        pulled(c, company, project, at)
        audit.add(c, company.id, "Dana", Deed.PROJECT_LINKED, "", at)
        deliveries.record(c, company.id, Notice.TEST, Channel.EMAIL, "", "{}", "", at)


def count(c: Connection, company: Company, kind: Kind) -> int:
    table = metadata.tables[kind.value]
    return int(c.execute(select(func.count()).where(table.c.company_id == company.id)).scalar_one())


@pytest.mark.parametrize("kind", Kind)
def test_what_is_old_goes_and_only_of_one_company(
    database: Database, acme: Company, zenith: Company, now: datetime, kind: Kind
) -> None:
    with database.begin() as c:
        for company in (acme, zenith):
            grown(c, company, now)
        assert forgetting.grown_old(c, kind, now - HOUR) == []
        assert forgetting.grown_old(c, kind, now + HOUR) == [acme.id, zenith.id]
        assert not forgetting.forget(c, acme.id, kind, now + HOUR)
        assert (count(c, acme, kind), count(c, zenith, kind)) == (LATELY + 1, LATELY + 3)
        assert forgetting.grown_old(c, kind, now + HOUR) == [zenith.id]


@pytest.mark.parametrize("kind", Kind)
def test_a_little_at_a_time(
    database: Database, acme: Company, now: datetime, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forgetting, "BATCH", 2)
    with database.begin() as c:
        grown(c, acme, now, LATELY + 5)
        steps = [forgetting.forget(c, acme.id, kind, now + 2 * HOUR) for _ in range(2)]
        assert steps == [True, False]
        assert count(c, acme, kind) == LATELY + 2


def test_the_last_syncs_and_the_last_good_one_stay(database: Database, acme: Company, now: datetime) -> None:
    later = now + timedelta(days=999)
    with database.begin() as c:
        synced(c, acme, now)
        good = synced(c, acme, now + HOUR)
        bad = [synced(c, acme, now + (hour + 2) * HOUR, "failed") for hour in range(LATELY + 4)]
        conversations.begin(c, acme.id, "open", trigger="daily", address="", now=now)
        assert not forgetting.forget(c, acme.id, Kind.SYNCS, later)
        assert [run.id for run in conversations.log(c, acme.id)][1:] == [*reversed(bad[-LATELY + 1 :]), good]
        assert conversations.kept(c, acme.id, {good, bad[0]}) == {good}
        assert forgetting.grown_old(c, Kind.SYNCS, later) == []


def test_requests_that_wait_and_the_last_complete_reading_of_a_project_stay(
    database: Database, acme: Company, now: datetime
) -> None:
    later = now + timedelta(days=999)
    with database.begin() as c:
        two = [projects.add(c, acme.id, name, now) for name in ("Kitchen", "Bath")]
        for project in two:
            projects.link(c, acme.id, project, list_id="8", include_jobs=False, client_payments=True, now=now)
        for project in (*two, two[0]):
            pulled(c, acme, project, now + HOUR)
        requests.queue(c, acme.id, RequestKind.CUSTOMERS, trigger="", now=now)
        assert not forgetting.forget(c, acme.id, Kind.REQUESTS, later)
        assert requests.first_pulls(c, acme.id) == dict.fromkeys(two, now + HOUR)
        assert len(requests.open_rows(c, acme.id)) == 1
        assert count(c, acme, Kind.REQUESTS) == 3


def test_a_notice_that_waits_stays(database: Database, acme: Company, now: datetime) -> None:
    with database.begin() as c:
        deliveries.add(c, acme.id, Notice.FAILED, Channel.EMAIL, "dana@acme.example", "{}", now=now)
        forgetting.forget(c, acme.id, Kind.NOTICES, now + HOUR)
        assert len(deliveries.due(c, now, 9)) == 1


def test_the_number_of_a_sync_is_never_given_twice(database: Database, acme: Company, now: datetime) -> None:
    """The history of payments names syncs that the log has forgotten."""
    with database.begin() as c:
        last = [synced(c, acme, now + hour * HOUR) for hour in range(LATELY + 9)][-1]
        forgetting.forget(c, acme.id, Kind.SYNCS, now + timedelta(days=999))
        assert synced(c, acme, now + timedelta(days=999)) == last + 1
