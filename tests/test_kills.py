"""The server is killed at random moments of its syncs, again and again. Afterwards nothing is lost or counted twice."""

import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from office import PASSWORD, Office

from qbwc_bridge.simulator import SAMPLE_PROJECTS, Books, RequestProcessor, WebConnector, sample_books
from qbwc_bridge.simulator.ledger import Payment
from qbwc_bridge.store.database import Database

KILLS = int(os.environ.get("QBWC_BRIDGE_TEST_KILLS", "200"))
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")


class Servers:
    """The real server, one process at a time."""

    def __init__(self, config: Path, url: str) -> None:
        self.url = url
        command = [sys.executable, str(Path(__file__).with_name("serving_over_and_over.py")), str(config)]
        self.source = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.pid = 0

    def start(self) -> None:
        assert self.source.stdin is not None
        assert self.source.stdout is not None
        self.source.stdin.write("\n")
        self.source.stdin.flush()
        self.pid = int(self.source.stdout.readline())
        assert self.pid, "the server did not start"

    def kill(self) -> None:
        """Kill it, and wait until the system has taken its port back."""
        os.kill(self.pid, signal.SIGKILL)
        for _ in range(500):
            try:
                os.kill(self.pid, 0)
            except ProcessLookupError:
                return
            time.sleep(0.01)
        raise AssertionError("the killed server is still there")

    def end(self) -> None:
        self.source.kill()
        self.source.communicate()


@pytest.fixture
def servers(database: Database, tmp_path: Path) -> Iterator[Servers]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (tmp_path / "key").write_text("k" * 64)
    lines = [f"[server]\nport = {port}\npublic_url = http://localhost:{port}"]
    lines += [f"[database]\nurl = {database.url}", f"[web]\nsecret_key_file = {tmp_path / 'key'}"]
    lines += ["[sync]\npage_size = 40", "[log]\nlevel = ERROR"]
    config = tmp_path / "config.ini"
    config.write_text("\n".join(lines))
    running = Servers(config, f"http://127.0.0.1:{port}/qbwc")
    yield running
    running.end()


def _edit(books: Books, chance: random.Random) -> None:
    """A bookkeeper's minute."""
    books.now += timedelta(minutes=1)
    sample = chance.choice(SAMPLE_PROJECTS)
    mine = [one for one in books.of(Payment) if one.customer == books.customer(sample.customer).list_id and one.amount]
    what = chance.randrange(4)
    if what == 0 or not mine:
        bill = books.add_invoice(sample.customer, Decimal("700.00"))
        books.receive_payment(sample.customer, Decimal("900.00"), {bill.txn_id: Decimal("700.00")})
    elif what == 1:
        books.edit_payment(chance.choice(mine).txn_id, memo=f"seen {books.now:%H:%M}")
    elif what == 2:
        books.void_payment(chance.choice(mine).txn_id)
    else:
        books.delete_payment(chance.choice(mine).txn_id)


def test_two_hundred_kills_leave_the_truth(database: Database, servers: Servers) -> None:
    chance = random.Random(20261123)
    office = Office(database, books=sample_books(datetime.now(UTC).date()))
    office.clock.now = datetime.now(UTC)
    connector = WebConnector(
        servers.url, office.company.connector_user, PASSWORD, RequestProcessor(office.books), office.company.owner_id
    )
    took = _first_updates(office, servers, connector)
    outcomes: list[str] = []
    for number in range(KILLS):
        servers.start()
        _edit(office.books, chance)
        office.sync_now()
        deadly = threading.Timer(chance.uniform(0, 1.5 * took), servers.kill)
        deadly.start()
        outcomes.append(connector.update().outcome)
        deadly.join()
        if number % 10 == 9:
            took = _undisturbed(office, servers, connector)
            office.clock.now = datetime.now(UTC)
            office.assert_true()
    with database.read() as c:
        assert c.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        assert c.exec_driver_sql("PRAGMA foreign_key_check").first() is None
    assert outcomes.count("error") > KILLS // 20, "kills meet syncs"


def _first_updates(office: Office, servers: Servers, connector: WebConnector) -> float:
    """The customers, then the first pulls; returns how many seconds an update takes here."""
    _undisturbed(office, servers, connector)
    for sample in SAMPLE_PROJECTS:
        office.link(sample.customer, project=sample.name, include_jobs=sample.include_jobs)
    return _undisturbed(office, servers, connector)


def _undisturbed(office: Office, servers: Servers, connector: WebConnector) -> float:
    servers.start()
    office.sync_now()
    began = time.monotonic()
    assert connector.update().outcome == "done"
    servers.kill()
    return time.monotonic() - began
