"""Numbers for whoever watches the service: they agree with what the pages say, and cost the same for many companies."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from office import Make, Office, started
from sqlalchemy import event, update

from qbwc_bridge.records import Company, Failure, Line, RequestKind, State
from qbwc_bridge.store import companies, conversations, measures, projects, requests, summaries
from qbwc_bridge.store.database import Connection, Database
from qbwc_bridge.store.models import projects as project_rows

AGO = (None, timedelta(minutes=1), timedelta(minutes=5), timedelta(hours=5), timedelta(days=3))
LINK = st.fixed_dictionaries(
    {
        "on": st.booleans(), "linked": st.booleans(), "archived": st.booleans(), "frozen": st.booleans(),
        "synced": st.sampled_from(AGO), "held": st.sampled_from(AGO), "failed": st.sampled_from(AGO),
        "asked": st.sampled_from(AGO),
    }
)  # fmt: skip
COMPANY = st.fixed_dictionaries(
    {name: st.sampled_from(AGO) for name in ("contact", "failed", "changes", "syncing")}
    | {"projects": st.lists(LINK, max_size=6)}
)
FAILURE = Failure("0x80040402", "It failed.")


def build(c: Connection, company: Company, wanted: dict[str, Any], now: datetime) -> None:
    """A company and projects in any state there can be."""
    if wanted["contact"]:
        companies.touch(c, company.id, now - wanted["contact"])
    if wanted["failed"]:
        companies.failed(c, company.id, FAILURE, now - wanted["failed"])
    if wanted["changes"]:
        requests.queue(c, company.id, RequestKind.CHANGED_PAYMENTS, trigger="", now=now - wanted["changes"])
    if wanted["syncing"]:
        conversations.begin(c, company.id, "t", trigger="", address="", now=now - wanted["syncing"])
    for number, one in enumerate(wanted["projects"]):
        project = projects.add(c, company.id, f"{number}", now)
        job = "80000001-1" if one["linked"] else ""
        projects.link(c, company.id, project, list_id=job, include_jobs=False, client_payments=one["on"], now=now)
        if one["frozen"]:
            projects.freeze(c, company.id, project, list[Line]())
        ago = {name: now - one[name] if one[name] else None for name in ("synced", "held", "failed", "asked")}
        c.execute(
            update(project_rows)
            .where(project_rows.c.id == project)
            .values(
                synced_at=ago["synced"],
                held_at=ago["held"],
                failed_at=ago["failed"],
                error_code="x" if ago["failed"] else "",
                archived_at=now if one["archived"] else None,
            )
        )
        if ago["asked"]:
            requests.queue(c, company.id, RequestKind.PAYMENTS, project_id=project, trigger="", now=ago["asked"])


@given(wanted=COMPANY)
@settings(max_examples=150, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_states_are_those_of_the_pages(
    database: Database, acme: Company, now: datetime, wanted: dict[str, Any]
) -> None:
    with database.engine.connect().execution_options(writes=True) as c, c.begin() as transaction:
        build(c, acme, wanted, now)
        shown = summaries.overview(c, acme.id, now).projects
        assert measures.states(c, now) == Counter((acme.id, line.status.state) for line in shown)
        transaction.rollback()


def test_a_company_is_measured_by_its_queue(database: Database, acme: Company, zenith: Company, now: datetime) -> None:
    hour = timedelta(hours=1)
    with database.begin() as c:
        companies.touch(c, acme.id, now)
        companies.succeeded(c, acme.id, now - hour)
        for ago in (2, 3, 1):
            requests.queue(c, acme.id, RequestKind.CUSTOMERS, trigger="", now=now - ago * hour)
        first, second = measures.of_companies(c)
        assert first == measures.Measured(acme.id, now, now - hour, 3, now - 3 * hour)
        assert second == measures.Measured(zenith.id, None, None)


def test_syncs_are_added_up_for_a_day(office: Office) -> None:
    started(office, "Smith:Kitchen")
    for hresult in ("0x80040410", "0x80040410"):
        office.sync_now()
        ticket, *_ = office.authenticate()
        office.service.connection_error(ticket, hresult, "busy")
        office.service.connection_error(ticket, hresult, "busy")
    runs = office.log()
    with office.database.read() as c:
        failed, good = measures.of_syncs(c, office.clock.now)
        assert (failed.result, failed.error, failed.count, failed.rounds) == ("failed", "0x80040410", 2, 0)
        assert (good.result, good.error, good.count) == ("ok", "", 2)
        took = [(run.ended - run.started).total_seconds() for run in runs if run.ended and run.result == "ok"]
        assert (good.seconds, good.longest) == (sum(took), max(took))
        assert good.rounds == sum(run.rounds for run in runs)
        assert measures.of_syncs(c, office.clock.now + measures.WINDOW) == []


@contextmanager
def statements(database: Database) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        seen.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    yield seen
    event.remove(database.engine, "before_cursor_execute", note)


@pytest.mark.parametrize("many", [1, 5])
def test_many_companies_take_no_more_statements_than_one(make_office: Make, database: Database, many: int) -> None:
    offices = [make_office(name=f"Company {number}") for number in range(many)]
    for office in offices:
        started(office, "Smith:Kitchen")
    now = offices[-1].clock.now
    with database.read() as c, statements(database) as seen:
        assert len(measures.of_companies(c)) == many
        assert measures.states(c, now) == {(one.company.id, State.CURRENT): 1 for one in offices}
        assert len(measures.of_syncs(c, now)) == many
    assert len(seen) == 5
