"""A first sync of 20,000 payments over 500 links, and a quiet day with 1,000 links, over real SOAP.

Rounds are trips into QuickBooks, which is slow: they are what people wait for.
"""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from benchmarks.serving import Served, serving
from qbwc_bridge.connector import links
from qbwc_bridge.connector import requests as queue
from qbwc_bridge.connector.credentials import password_hash
from qbwc_bridge.records import Company, Trigger
from qbwc_bridge.simulator import Books, RequestProcessor, WebConnector
from qbwc_bridge.store import companies, customers, summaries
from qbwc_bridge.store.database import Database

USER, PASSWORD = "acme-bridge", "a-connector-password"
PAYMENT = Decimal("150.00")


@dataclass
class Office:
    """A server on a database of its own, a company file, and its Web Connector."""

    database: Database
    company: Company
    books: Books
    server: Served

    def update(self) -> int:
        """One update of the Web Connector; the rounds it took."""
        url = f"http://127.0.0.1:{self.server.port}/qbwc"
        quickbooks = RequestProcessor(self.books)
        connector = WebConnector(url, USER, PASSWORD, quickbooks, self.company.owner_id, timeout=600)
        done = connector.update()
        if done.outcome not in ("done", "none"):
            raise RuntimeError(f"{done.outcome}: {done.status} {done.last_error}")
        return done.rounds

    def link(self, count: int) -> None:
        """Link so many jobs, each with a project of its own."""
        now = datetime.now(UTC)
        with self.database.begin() as c:
            jobs = [one for one in customers.everything(c, self.company.id).values() if one.parent_list_id][:count]
            for one in jobs:
                form = links.ProjectForm(one.full_name, "", None, one.list_id, False, True)
                links.save(c, self.company, None, form, now, "benchmark")

    def press(self) -> None:
        """Sync Data Now for all projects."""
        with self.database.begin() as c:
            queue.request_sync(c, self.company.id, None, trigger=Trigger.PERSON, by="benchmark", now=datetime.now(UTC))

    def paid(self) -> tuple[Decimal, int]:
        """What all projects show together, and how many of them are up to date."""
        with self.database.read() as c:
            seen = summaries.overview(c, self.company.id, datetime.now(UTC))
        return sum((one.paid_to_date for one in seen.projects), Decimal(0)), sum(
            one.status.state == "current" for one in seen.projects
        )


def company_file(jobs: int, payments: int) -> Books:
    """Half as many customers as jobs; each payment pays one invoice of its job and half of the next one."""
    books = Books()
    books.now, step = datetime.now(UTC) - timedelta(days=400), timedelta(days=399) / payments
    parents = [books.add_customer(f"Customer {n}").list_id for n in range(jobs // 2)]
    made = [books.add_customer(f"Job {n}", parents[n % len(parents)]).list_id for n in range(jobs)]
    for n in range(payments):
        books.now += step
        job = made[n % jobs]
        owed = [books.add_invoice(job, Decimal("100.00"), ref_number=str(n)).txn_id for _ in range(2)]
        applied = dict(zip(owed, (Decimal("100.00"), Decimal("50.00")), strict=True))
        books.receive_payment(job, PAYMENT, applied, method="Check", ref_number=str(n), memo=f"Progress payment {n}")
    return books


@contextmanager
def office(books: Books) -> Iterator[Office]:
    """The product on SQLite, in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "key").write_text("0" * 64)
        database = Database(f"sqlite:///{folder}/books.db")
        database.migrate(datetime.now(UTC))
        with database.begin() as c:
            file_id = "{00000001-0000-4000-8000-000000000000}"
            company = companies.add(c, "Acme", USER, password_hash(PASSWORD), file_id, datetime.now(UTC))
        books.register(company.owner_id, company.file_id)
        with serving(product, folder) as server:
            yield Office(database, company, books, server)
        database.close()


def product(folder: str) -> Any:
    """The whole application as it is served."""
    from qbwc_bridge.config import load
    from qbwc_bridge.server import application

    config = load(None, {"QBWC_BRIDGE_WEB_SECRET_KEY_FILE": f"{folder}/key"})
    return application(config, Database(f"sqlite:///{folder}/books.db"), lambda: datetime.now(UTC))


def first_sync(jobs: int = 500, payments: int = 20_000) -> None:
    """Print rounds, seconds, CPU and memory."""
    with office(company_file(jobs, payments)) as here:
        first = here.update()
        here.link(jobs)
        cpu, began = here.server.cpu(), time.monotonic()
        rounds = here.update()
        took, cpu = time.monotonic() - began, here.server.cpu() - cpu
        paid, current = here.paid()
        if (paid, current) != (PAYMENT * payments, jobs):
            raise RuntimeError(f"{paid} in {current} projects")
        print(
            f"(b) first sync of {payments:,} payments over {jobs} links: {rounds} rounds (and {first} before), "
            f"{took:.1f} s, {cpu:.1f} s CPU, peak {here.server.peak() / 1e6:.0f} MB"
        )


def quiet_day(jobs: int = 1000, payments: int = 2000) -> None:
    """Print the rounds of a day on which nothing changed."""
    with office(company_file(jobs, payments)) as here:
        here.update()
        here.link(jobs)
        here.update()
        here.press()
        here.update()  # the first one also reads what changed while everything was read
        here.press()
        cpu = here.server.cpu()
        rounds = here.update()
        print(f"(c) quiet sync with {jobs:,} links: {rounds} round, {(here.server.cpu() - cpu) * 1000:.0f} ms CPU")


def run() -> None:
    """Both."""
    first_sync()
    quiet_day()


if __name__ == "__main__":
    run()
