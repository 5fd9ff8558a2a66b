"""Two companies with equal ListIDs, TxnIDs and names: nothing of one is ever read or written for the other.

Every public function of the store that takes a company stands in READS or WRITES below; a new one has to be added.
"""

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError
from store.two_companies import (
    BILL,
    DAY,
    EARLIER,
    FAILURE,
    FILE,
    IDLE,
    JOB,
    LATER,
    LINE,
    NOW,
    PARENT,
    TXN,
    World,
    a_job,
    a_payment,
    populate,
)

from qbwc_bridge import store
from qbwc_bridge.errors import NotFound, Refused
from qbwc_bridge.records import (
    Activity,
    Change,
    Channel,
    ClientColumns,
    CompanyFile,
    Deed,
    Delivery,
    Invoice,
    Notice,
    RequestKind,
    RequestState,
    Role,
    Tally,
)
from qbwc_bridge.store import (
    audit,
    companies,
    conversations,
    customers,
    deliveries,
    forgetting,
    history,
    manual,
    marks,
    notices,
    payments,
    projects,
    requests,
    shares,
    summaries,
    tokens,
    users,
)
from qbwc_bridge.store.conversations import Message
from qbwc_bridge.store.database import Connection, Database
from qbwc_bridge.store.models import grants, manual_payments, metadata

READS: dict[str, Callable[[Connection, World], Any]] = {
    "audit.listing": lambda c, w: audit.listing(c, w.company),
    "companies.by_id": lambda c, w: companies.by_id(c, w.company),
    "conversations.failed_since": lambda c, w: conversations.failed_since(c, w.company, None),
    "conversations.last_good_before": lambda c, w: conversations.last_good_before(c, w.company, LATER),
    "conversations.by_id": lambda c, w: conversations.by_id(c, w.company, w.conversation),
    "conversations.envelopes": lambda c, w: conversations.envelopes(c, w.company, w.conversation, EARLIER),
    "conversations.kept": lambda c, w: conversations.kept(c, w.company, range(99)),
    "companies.idle_reason": lambda c, w: companies.idle_reason(c, w.company, IDLE),
    "conversations.latest": lambda c, w: conversations.latest(c, w.company),
    "conversations.message": lambda c, w: conversations.message(c, w.company, w.conversation, w.message, EARLIER),
    "conversations.people": lambda c, w: conversations.people(c, w.company),
    "conversations.log": lambda c, w: conversations.log(c, w.company),
    "conversations.open_of": lambda c, w: conversations.open_of(c, w.company),
    "conversations.running": lambda c, w: conversations.running(c, w.company, NOW - timedelta(1)),
    "customers.everything": lambda c, w: customers.everything(c, w.company),
    "customers.find": lambda c, w: customers.find(c, w.company, JOB),
    "customers.finding": lambda c, w: customers.finding(c, w.company)(JOB),
    "customers.get": lambda c, w: customers.get(c, w.company, JOB),
    "customers.some": lambda c, w: list(customers.some(c, w.company, [PARENT, JOB]).values()),
    "customers.around": lambda c, w: list(customers.around(c, w.company, JOB).values()),
    "customers.listing": lambda c, w: customers.listing(c, w.company),
    "history.differences": lambda c, w: history.differences(c, w.company, w.conversation),
    "history.effects": lambda c, w: history.effects(c, w.company, [PARENT], [w.conversation]),
    "history.of_project": lambda c, w: history.of_project(c, w.company, w.project, [JOB, PARENT]),
    "deliveries.lately": lambda c, w: deliveries.lately(c, w.company),
    "customers.unseen": lambda c, w: customers.unseen(c, w.company, 2),
    "marks.all_of": lambda c, w: marks.all_of(c, w.company),
    "manual.archive": lambda c, w: manual.archive(c, w.company, w.project),
    "manual.get": lambda c, w: manual.get(c, w.company, w.project, w.typed),
    "manual.listing": lambda c, w: manual.listing(c, w.company, w.project),
    "manual.tally": lambda c, w: manual.tally(c, w.company, w.project),
    "manual.totals": lambda c, w: manual.totals(c, w.company),
    "notices.get": lambda c, w: notices.get(c, w.company),
    "projects.names": lambda c, w: projects.names(c, w.company),
    "payments.applied_to": lambda c, w: payments.applied_to(c, w.company, [BILL]),
    "history.changes_after": lambda c, w: history.changes_after(c, w.company, 0, 9),
    "history.last_line": lambda c, w: history.last_line(c, w.company),
    "payments.billed": lambda c, w: payments.billed(c, w.company, [JOB]),
    "payments.of_jobs": lambda c, w: payments.of_jobs(c, w.company, [JOB]),
    "payments.unused": lambda c, w: payments.unused(c, w.company, [JOB, PARENT]),
    "payments.invoice_editions": lambda c, w: payments.invoice_editions(c, w.company, [BILL, "other"]),
    "payments.invoice_owners": lambda c, w: payments.invoice_owners(c, w.company, [BILL, "other"]),
    "payments.known": lambda c, w: payments.known(c, w.company, [TXN]),
    "payments.payers": lambda c, w: payments.payers(c, w.company),
    "payments.posted": lambda c, w: payments.posted(c, w.company),
    "payments.received_from": lambda c, w: payments.received_from(c, w.company, [PARENT]),
    "payments.sums": lambda c, w: payments.sums(c, w.company),
    "payments.tally": lambda c, w: payments.tally(c, w.company, [PARENT]),
    "payments.with_ids": lambda c, w: payments.with_ids(c, w.company, [TXN]),
    "projects.archived": lambda c, w: projects.archived(c, w.company),
    "projects.by_id": lambda c, w: projects.by_id(c, w.company, w.project),
    "projects.by_name": lambda c, w: projects.by_name(c, w.company, "Kitchen"),
    "projects.count_archived": lambda c, w: projects.count_archived(c, w.company),
    "projects.listing": lambda c, w: projects.listing(c, w.company),
    "requests.first_pulls": lambda c, w: requests.first_pulls(c, w.company),
    "requests.in_conversation": lambda c, w: requests.in_conversation(c, w.company, w.conversation),
    "requests.open_rows": lambda c, w: requests.open_rows(c, w.company),
    "requests.staged": lambda c, w: requests.staged(c, w.company, [w.request]),
    "shares.listing": lambda c, w: shares.listing(c, w.company, w.project),
    "summaries.archived": lambda c, w: summaries.archived(c, w.company, NOW),
    "summaries.with_status": lambda c, w: summaries.with_status(c, w.company, w.project, NOW),
    "summaries.load": lambda c, w: summaries.load(c, w.company, w.project, NOW),
    "summaries.overview": lambda c, w: summaries.overview(c, w.company, NOW),
    "summaries.status": lambda c, w: summaries.status(c, w.company, w.project, NOW),
    "users.former": lambda c, w: users.former(c, w.company),
    "tokens.by_id": lambda c, w: tokens.by_id(c, w.company, w.token),
    "tokens.listing": lambda c, w: tokens.listing(c, w.company),
    "users.grants": lambda c, w: users.grants(c, w.staff, w.company),
    "users.listing": lambda c, w: users.listing(c, w.company),
    "users.open_invitations": lambda c, w: users.open_invitations(c, w.company, NOW),
    "users.waiting": lambda c, w: users.waiting(c, w.company),
}

LOCKS: dict[str, Callable[[Connection, World], Any]] = {
    "companies.lock": lambda c, w: companies.lock(c, w.company),
}
"""What neither reads nor writes; ``test_concurrency`` says whom it keeps waiting."""

WRITES: dict[str, Callable[[Connection, int, World], Any]] = {
    "audit.add": lambda c, a, w: audit.add(c, a, "", Deed.PROJECT_LINKED, "", LATER, w.project),
    "audit.add_all": lambda c, a, w: audit.add_all(c, a, "", [(Deed.PROJECT_LINKED, "", w.project)], LATER),
    "companies.active": lambda c, a, w: companies.active(c, a, Activity("2026-03-02T10:00:00")),
    "companies.be_quiet": lambda c, a, w: companies.be_quiet(c, a, (time(9), time(17))),
    "companies.pause": lambda c, a, w: companies.pause(c, a, True),
    "companies.complete": lambda c, a, w: companies.complete(c, a, LATER),
    "companies.configure": lambda c, a, w: companies.configure(c, a, timezone="America/Chicago"),
    "companies.connected": lambda c, a, w: companies.connected(c, a, product="QuickBooks", country="US"),
    "companies.connector_version": lambda c, a, w: companies.connector_version(c, a, "2.3"),
    "companies.customers_received": lambda c, a, w: companies.customers_received(c, a, LATER),
    "companies.daily_queued": lambda c, a, w: companies.daily_queued(c, a, LATER),
    "companies.failed": lambda c, a, w: companies.failed(c, a, FAILURE, LATER),
    "companies.lock_file": lambda c, a, w: companies.lock_file(c, a, FILE),
    "companies.password_shown": lambda c, a, w: companies.password_shown(c, a, LATER),
    "companies.qwc_downloaded": lambda c, a, w: companies.qwc_downloaded(c, a, LATER),
    "companies.refuse_file": lambda c, a, w: companies.refuse_file(c, a, CompanyFile("Other", "")),
    "companies.seen": lambda c, a, w: companies.seen(c, a, LATER, "said"),
    "companies.set_password_hash": lambda c, a, w: companies.set_password_hash(c, a, "1" * 64),
    "companies.succeeded": lambda c, a, w: companies.succeeded(c, a, LATER),
    "companies.touch": lambda c, a, w: companies.touch(c, a, LATER),
    "companies.use_other_file": lambda c, a, w: companies.use_other_file(c, a),
    "conversations.begin": lambda c, a, w: conversations.begin(c, a, "t", trigger="", address="", now=LATER),
    "conversations.change": lambda c, a, w: conversations.change(c, a, w.conversation, rounds=7),
    "conversations.count": lambda c, a, w: conversations.count(c, a, _counted(c, w), LATER),
    "conversations.end": lambda c, a, w: conversations.end(c, a, w.conversation, "ok", None, LATER),
    "conversations.keep_message": lambda c, a, w: conversations.keep_message(
        c, a, w.conversation, Message(1, "response", LATER, "text")
    ),
    "conversations.verified": lambda c, a, w: conversations.verified(c, a, w.conversation, FILE, "13.0"),
    "customers.delete": lambda c, a, w: customers.delete(c, a, [JOB], LATER),
    "customers.rename": lambda c, a, w: customers.rename(c, a, {JOB: "Other:Name"}),
    "customers.receive": lambda c, a, w: customers.receive(c, a, [a_job("new")], 2),
    "forgetting.forget": lambda c, a, w: forgetting.forget(c, a, forgetting.Kind.MESSAGES, LATER),
    "history.happened": lambda c, a, w: history.happened(c, a, w.project, "linked", details={}, now=LATER),
    "history.all_happened": lambda c, a, w: history.all_happened(c, a, "linked", {w.project: {}}, LATER),
    "history.remember": lambda c, a, w: history.remember(c, a, [_change()], because="gone", now=LATER),
    "deliveries.add": lambda c, a, w: deliveries.add(c, a, Notice.TEST, Channel.EMAIL, "", "{}", now=LATER),
    "deliveries.claim": lambda c, a, w: deliveries.claim(c, a, _waiting(w), LATER, LATER + timedelta(1)),
    "deliveries.failed": lambda c, a, w: deliveries.failed(c, a, w.delivery, 0, "404", None),
    "deliveries.record": lambda c, a, w: deliveries.record(c, a, Notice.TEST, Channel.EMAIL, "", "{}", "", LATER),
    "deliveries.sent": lambda c, a, w: deliveries.sent(c, a, w.delivery, LATER),
    "deliveries.withdraw": lambda c, a, w: deliveries.withdraw(c, a, "taken out", but=[]),
    "notices.begin_episode": lambda c, a, w: notices.begin_episode(c, a, Notice.FAILED, LATER),
    "notices.end_episode": lambda c, a, w: (
        notices.put(c, a, emails=[], webhook_url="", webhook_secret="", after_failures=1, new_payments=False),
        notices.begin_episode(c, a, Notice.FAILED, LATER),
        notices.end_episode(c, a),
    ),
    "notices.left_alone": lambda c, a, w: notices.left_alone(c, a, LATER),
    "notices.put": lambda c, a, w: notices.put(
        c, a, emails=["new"], webhook_url="", webhook_secret="", after_failures=1, new_payments=False
    ),
    "notices.told_history": lambda c, a, w: notices.told_history(c, a, 0, 9),
    "manual.add": lambda c, a, w: manual.add(c, a, w.project, date=DAY, amount=Decimal(1), now=LATER),
    "manual.bring_back": lambda c, a, w: manual.bring_back(c, a, w.project, LATER),
    "manual.change": lambda c, a, w: manual.change(c, a, w.project, w.typed, date=DAY, amount=Decimal(1), now=LATER),
    "manual.delete": lambda c, a, w: manual.delete(c, a, w.project, w.typed, LATER),
    "manual.put_away": lambda c, a, w: manual.put_away(c, a, [w.project], LATER),
    "marks.put": lambda c, a, w: marks.put(c, a, {RequestKind.CUSTOMERS: "2026-03-02T10:00:00"}),
    "payments.apply": lambda c, a, w: payments.apply(
        c, a, written=[a_payment("new")], removed=[TXN], changes=[_change()], because="gone", now=LATER
    ),
    "payments.apply_editions": lambda c, a, w: (
        payments.receive_invoices(c, a, [Invoice(BILL, JOB, edit_sequence="2")], 2, {BILL: "1"}),
        payments.apply_editions(c, a, [BILL]),
    ),
    "projects.pulled": lambda c, a, w: projects.pulled(c, a, w.project, [JOB]),
    "payments.receive_invoices": lambda c, a, w: payments.receive_invoices(c, a, [Invoice(BILL, PARENT)], 2),
    "projects.add": lambda c, a, w: projects.add(c, a, "Garage", LATER),
    "projects.add_all": lambda c, a, w: projects.add_all(c, a, [{"name": "Garage"}], LATER),
    "projects.archive": lambda c, a, w: projects.archive(c, a, w.project, LATER),
    "projects.restore": lambda c, a, w: projects.restore(c, a, w.aside),
    "projects.describe": lambda c, a, w: projects.describe(
        c, a, w.project, name="Bath", client_name="", contract_price=None
    ),
    "projects.failed": lambda c, a, w: projects.failed(c, a, w.project, FAILURE, LATER),
    "projects.freeze": lambda c, a, w: projects.freeze(c, a, w.project, [LINE]),
    "projects.held": lambda c, a, w: projects.held(c, a, w.project, LATER),
    "projects.link": lambda c, a, w: projects.link(
        c, a, w.project, list_id="", include_jobs=True, client_payments=True, now=LATER
    ),
    "projects.show_clients": lambda c, a, w: projects.show_clients(c, a, w.project, ClientColumns(memo=True)),
    "projects.synced": lambda c, a, w: projects.synced(c, a, w.project, LATER),
    "requests.change": lambda c, a, w: requests.change(c, a, [w.request], received=9),
    "requests.end": lambda c, a, w: requests.end(c, a, [w.request], RequestState.DONE, LATER),
    "requests.queue": lambda c, a, w: requests.queue(
        c, a, RequestKind.PAYMENTS, project_id=w.project, trigger="", now=LATER
    ),
    "requests.queue_all": lambda c, a, w: requests.queue_all(
        c, a, RequestKind.PAYMENTS, [w.project], trigger="", now=LATER
    ),
    "requests.restart": lambda c, a, w: requests.restart(c, a, [w.request]),
    "requests.send": lambda c, a, w: requests.send(c, a, _sent(c, w), w.conversation),
    "requests.stage": lambda c, a, w: requests.stage(c, a, w.request, [a_payment("new").payment]),
    "requests.unstage": lambda c, a, w: requests.unstage(c, a, [w.request]),
    "shares.add": lambda c, a, w: shares.add(c, a, w.project, "token", by="", now=LATER),
    "shares.revoke": lambda c, a, w: shares.revoke(c, a, w.project, w.share, LATER),
    "tokens.add": lambda c, a, w: tokens.add(c, a, "another", "token", by="", now=LATER),
    "tokens.revoke": lambda c, a, w: tokens.revoke(c, a, w.token, LATER),
    "tokens.used": lambda c, a, w: tokens.used(c, a, w.token, LATER),
    "users.accept": lambda c, a, w: users.accept(c, w.staff, a, LATER),
    "users.archive": lambda c, a, w: users.archive(c, w.staff, a, LATER),
    "users.invite": lambda c, a, w: users.invite(c, w.staff, a, "another invitation", LATER),
    "users.set_role": lambda c, a, w: users.set_role(c, w.staff, a, Role.STAFF),
    "users.withdraw": lambda c, a, w: users.withdraw(c, w.staff, a),
}


def _change() -> Change:
    return Change(TXN, JOB, "removed", Decimal(100), None)


def _counted(c: Connection, w: World) -> Any:
    run = conversations.by_id(c, w.company, w.conversation)
    return replace(run, added=3, progress=50, quickbooks=Tally(1, Decimal(1)), ours=Tally(1, Decimal(1)))


def _waiting(w: World) -> Delivery:
    return Delivery(w.delivery, w.company, Notice.FAILED, Channel.EMAIL, "", "{}", NOW)


def _sent(c: Connection, w: World) -> Any:
    (row,) = requests.open_rows(c, w.company)
    return replace(row, sends=row.sends + 1, ids=(JOB,))


def _rows_of(c: Connection, company: int) -> dict[str, list[tuple[Any, ...]]]:
    """Everything the database keeps for a company."""
    kept = {}
    for table in metadata.sorted_tables:
        key = table.c.id if table.name == "companies" else table.c.get("company_id")
        if key is not None:
            kept[table.name] = sorted((tuple(row) for row in c.execute(select(table).where(key == company))), key=repr)
    return kept


def _public() -> set[str]:
    names = set()
    for module in pkgutil.iter_modules(store.__path__):
        room = importlib.import_module(f"{store.__name__}.{module.name}")
        for name, function in inspect.getmembers(room, inspect.isfunction):
            mine = function.__module__ == room.__name__ and not name.startswith("_")
            if mine and "company_id" in inspect.signature(function).parameters:
                names.add(f"{module.name}.{name}")
    return names


@dataclass(frozen=True)
class Both:
    """Two companies on one database; ``alone`` is what the first one read before the second had anything."""

    database: Database
    mine: World
    theirs: World
    alone: dict[str, Any]

    @contextmanager
    def attempt(self) -> Iterator[Connection]:
        """A transaction of which nothing stays."""
        with self.database.engine.connect().execution_options(writes=True) as c, c.begin() as transaction:
            yield c
            transaction.rollback()


@pytest.fixture(scope="module")
def both(fresh: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    with fresh(tmp_path_factory.mktemp("tenancy")) as database:
        with database.begin() as c:
            first, second = (_company(c, name, n) for n, name in enumerate(["Acme", "Zenith"]))
            mine = populate(c, first, "a")
            alone = {name: read(c, mine) for name, read in READS.items()}
            theirs = populate(c, second, "zzz")
        yield Both(database, mine, theirs, alone)


def _company(c: Connection, name: str, number: int) -> int:
    file_id = f"{{0000000{number}-0000-4000-8000-000000000000}}"
    return companies.add(c, name, f"{name}-bridge", "0" * 64, file_id, NOW).id


def test_every_function_that_takes_a_company_is_tested_here() -> None:
    assert _public() == READS.keys() | WRITES.keys() | LOCKS.keys()


@pytest.mark.parametrize("name", READS)
def test_a_read_does_not_see_the_other_company(both: Both, name: str) -> None:
    with both.attempt() as c:
        assert READS[name](c, both.mine) == both.alone[name]
    assert both.alone[name]


@pytest.mark.parametrize("name", WRITES)
def test_a_write_does_not_touch_the_other_company(both: Both, name: str) -> None:
    with both.attempt() as c:
        before, ours = _rows_of(c, both.theirs.company), _rows_of(c, both.mine.company)
        WRITES[name](c, both.mine.company, both.mine)
        assert _rows_of(c, both.theirs.company) == before
        assert _rows_of(c, both.mine.company) != ours


@pytest.mark.parametrize("name", WRITES)
def test_a_write_with_ids_of_the_other_company_changes_nothing_there(both: Both, name: str) -> None:
    with both.attempt() as c:
        before = _rows_of(c, both.theirs.company)
        with suppress(NotFound, Refused, IntegrityError), c.begin_nested():
            WRITES[name](c, both.mine.company, both.theirs)
        assert _rows_of(c, both.theirs.company) == before


def test_a_token_of_the_other_company_is_notfound(both: Both) -> None:
    with both.attempt() as c, pytest.raises(NotFound):
        tokens.by_id(c, both.mine.company, both.theirs.token)


@pytest.mark.parametrize(
    "name", ["projects.by_id", "manual.get", "summaries.load", "summaries.with_status", "summaries.status"]
)
def test_a_project_of_the_other_company_is_notfound(both: Both, name: str) -> None:
    with both.attempt() as c, pytest.raises(NotFound):
        READS[name](c, replace(both.theirs, company=both.mine.company))


POINTING: dict[str, Callable[[Connection, int, World], Any]] = {
    "share": WRITES["shares.add"],
    "audit": WRITES["audit.add"],
    "request": WRITES["requests.queue"],
    "grant": lambda c, a, w: c.execute(insert(grants).values(user_id=w.user, company_id=a, project_id=w.project)),
    "manual payment": lambda c, a, w: c.execute(
        insert(manual_payments).values(company_id=a, project_id=w.project, date=DAY, amount=Decimal(1), created_at=NOW)
    ),
}


@pytest.mark.parametrize("what", POINTING)
def test_nothing_can_point_at_a_project_of_the_other_company(both: Both, what: str) -> None:
    with both.attempt() as c, pytest.raises(IntegrityError), c.begin_nested():
        POINTING[what](c, both.mine.company, both.theirs)


def test_deleting_a_company_leaves_the_other_whole(both: Both) -> None:
    with both.attempt() as c:
        before = _rows_of(c, both.theirs.company)
        c.execute(metadata.tables["companies"].delete().where(text("id = :id")), {"id": both.mine.company})
        assert _rows_of(c, both.theirs.company) == before
        assert not any(_rows_of(c, both.mine.company).values())
