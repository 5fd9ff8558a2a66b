"""Three real servers on one PostgreSQL, killed in turn while fifty companies sync through all of them: no call of a
conversation needs the server of the call before, and in the end every figure is QuickBooks' own."""

import random
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import count, cycle
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import postgres
import pytest
import requests
from listeners import free_port
from office import PASSWORD, Office
from processes import running
from requests.adapters import HTTPAdapter
from urllib3.exceptions import MaxRetryError, NewConnectionError

from qbwc_bridge.simulator import Books, RequestProcessor, WebConnector, payments_of
from qbwc_bridge.simulator.ledger import Payment
from qbwc_bridge.store import conversations
from qbwc_bridge.store import requests as queue
from qbwc_bridge.store.database import Database

COMPANIES, AT_ONCE, TRIES = 50, 10, 30
BALANCER = "http://bridge.example"
JOBS = ("Smith:Kitchen", "Smith:Garage")
CHICAGO = ZoneInfo("America/Chicago")
pytestmark = pytest.mark.postgres


class Balancer(HTTPAdapter):
    """Each request goes to the next server, and to the one after that when nobody listens there, as nginx does it."""

    def __init__(self, ports: list[int]) -> None:
        super().__init__()
        self.ports = ports
        self.turn = cycle(ports)

    def send(self, request: requests.PreparedRequest, *arguments: Any, **options: Any) -> requests.Response:
        for left in reversed(range(len(self.ports))):
            request.url = f"http://127.0.0.1:{next(self.turn)}{request.path_url}"
            try:
                return super().send(request, *arguments, **options)
            except requests.ConnectionError as error:
                if not left or not _refused(error):
                    raise
        raise AssertionError


def _refused(error: requests.ConnectionError) -> bool:
    why = error.args[0]
    return isinstance(why, MaxRetryError) and isinstance(why.reason, NewConnectionError)


class Fleet:
    """Real ``serve`` processes on one database."""

    def __init__(self, database: Database, folder: Path, size: int = 3) -> None:
        (folder / "key").write_text("k" * 64)
        self.ports = [free_port() for _ in range(size)]
        self.kills = 0
        self._environ = {
            "QBWC_BRIDGE_DATABASE_URL": database.url.render_as_string(hide_password=False),
            "QBWC_BRIDGE_WEB_SECRET_KEY_FILE": str(folder / "key"),
            "QBWC_BRIDGE_SYNC_PAGE_SIZE": "10",
            "QBWC_BRIDGE_LOG_LEVEL": "CRITICAL",
        }
        self._running = [ExitStack() for _ in self.ports]

    def start(self, number: int) -> None:
        port = str(self.ports[number])
        here = {"QBWC_BRIDGE_SERVER_PORT": port, "QBWC_BRIDGE_SERVER_PUBLIC_URL": f"http://localhost:{port}"}
        self._running[number].enter_context(running({**self._environ, **here}, "serve"))

    def kill(self, number: int) -> None:
        """SIGKILL: that is how ``running`` ends a process."""
        self._running[number].close()

    def kill_in_turn(self, enough: threading.Event) -> None:
        for self.kills in count():
            if enough.wait(1):
                return
            self.kill(self.kills % len(self.ports))
            self.start(self.kills % len(self.ports))

    def end(self) -> None:
        for number in range(len(self.ports)):
            self.kill(number)

    def connector(self, office: Office) -> WebConnector:
        company = office.company
        quickbooks = RequestProcessor(office.books)
        connector = WebConnector(f"{BALANCER}/qbwc", company.connector_user, PASSWORD, quickbooks, company.owner_id)
        connector._http.mount(BALANCER, Balancer(self.ports))
        return connector


@pytest.fixture
def shared(postgresql: postgres.Server) -> Iterator[Database]:
    """One database for all of them."""
    with postgresql.database() as database:
        yield database


@pytest.fixture
def fleet(shared: Database, tmp_path: Path) -> Iterator[Fleet]:
    servers = Fleet(shared, tmp_path)
    try:
        for number in range(len(servers.ports)):
            servers.start(number)
        yield servers
    finally:
        servers.end()


@contextmanager
def killing(fleet: Fleet) -> Iterator[None]:
    enough = threading.Event()
    killer = threading.Thread(target=fleet.kill_in_turn, args=(enough,))
    killer.start()
    try:
        yield
    finally:
        enough.set()
        killer.join(60)


def opened(database: Database, number: int) -> Office:
    """A company of the same identifiers as all others, with payments of its own."""
    books = Books(now=datetime.now(CHICAGO) - timedelta(days=40))
    parent = books.add_customer("Smith").list_id
    for name in JOBS:
        job = books.add_customer(name.partition(":")[2], parent).list_id
        for at in range(9):
            bill = books.add_invoice(job, Decimal(1000 + number))
            books.receive_payment(job, Decimal(100 * at + number + 1), {bill.txn_id: Decimal(100 * at + 1)})
    books.now += timedelta(days=40)
    office = Office(database, books=books, name=f"Company {number}")
    office.clock.now = datetime.now(UTC)
    return office


def edit(office: Office, chance: random.Random) -> None:
    """A bookkeeper's minute in each job."""
    office.books.now += timedelta(minutes=1)
    for name in JOBS:
        job = office.list_id(name)
        mine = [one for one in office.books.of(Payment) if one.customer == job and one.amount]
        voided, deleted = chance.sample(mine, 2)
        office.books.void_payment(voided.txn_id)
        office.books.delete_payment(deleted.txn_id)
        office.books.receive_payment(job, Decimal(chance.randrange(1, 99_999)) / 100)


def sync_all(offices: list[Office], connectors: list[WebConnector]) -> list[str]:
    """Every office until its update came to an end; what came of every try."""
    outcomes: list[str] = []

    def sync(connector: WebConnector) -> None:
        for _ in range(TRIES):
            outcomes.append(connector.update().outcome)
            if outcomes[-1] in {"done", "none"}:
                return
            time.sleep(1)  # after a broken update the next one is busy for ten seconds
        raise AssertionError("an update never came to an end")

    def wanted(office: Office, connector: WebConnector) -> None:
        office.clock.now = datetime.now(UTC)
        office.sync_now()
        sync(connector)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(wanted, offices, connectors))
    return outcomes


def assert_true(office: Office) -> None:
    """Each payment of each project, not the totals alone; and nothing half done is left."""
    office.clock.now = datetime.now(UTC)
    office.assert_true()
    for project in office.projects():
        shown = {one.txn_id: one.amount for one in office.summary(project).lines if one.amount}
        assert shown == {one.txn_id: one.amount for one in payments_of(office.books, project.list_id) if one.amount}
    with office.database.read() as c:
        assert queue.open_rows(c, office.company.id) == []
        assert conversations.open_of(c, office.company.id) is None


def test_fifty_companies_sync_through_three_servers_that_are_killed_in_turn(fleet: Fleet, shared: Database) -> None:
    chance = random.Random(20261123)
    offices = [opened(shared, number) for number in range(COMPANIES)]
    connectors = [fleet.connector(office) for office in offices]
    sync_all(offices, connectors)  # the customers arrive
    for office in offices:
        for name in JOBS:
            office.link(name)
    with killing(fleet):
        outcomes = sync_all(offices, connectors)
        for office in offices:
            edit(office, chance)
        outcomes += sync_all(offices, connectors)
    for office in offices:
        assert_true(office)
    assert fleet.kills >= 3, "each server was killed"
    assert "error" in outcomes, "kills meet syncs"


def test_of_two_connectors_at_two_servers_one_is_busy(fleet: Fleet, shared: Database) -> None:
    office = opened(shared, 0)
    url, company = "http://127.0.0.1:{}/qbwc", office.company
    two = [
        WebConnector(url.format(port), company.connector_user, PASSWORD, RequestProcessor(office.books), "")
        for port in fleet.ports[:2]
    ]
    together = threading.Barrier(len(two), timeout=60)

    def authenticate(connector: WebConnector) -> tuple[str, str]:
        together.wait()
        ticket, verdict, *_ = connector._call("authenticate", company.connector_user, PASSWORD)
        return verdict or "", ticket or ""

    with ThreadPoolExecutor(len(two)) as pool:
        for connector in two:
            connector._call("serverVersion")
        for _ in range(20):
            (begun, ticket), late = sorted(pool.map(authenticate, two))
            assert (begun, late) == ("", ("busy", ""))
            assert ticket
            two[0]._call("closeConnection", ticket)
    for connector in two:
        connector._http.close()
