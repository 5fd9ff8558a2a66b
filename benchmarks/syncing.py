"""A first sync of 20,000 payments over 500 links, and a quiet day with 1,000 links, over real SOAP.

Rounds are trips into QuickBooks, which is slow: they are what people wait for.
"""

import time
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from benchmarks.offices import PASSWORD, USER, Office, office
from qbwc_bridge.simulator import Books, RequestProcessor, WebConnector
from qbwc_bridge.store import summaries

PAYMENT = Decimal("150.00")


def company_file(jobs: int, payments: int) -> Books:
    """Half as many customers as jobs; each payment pays one invoice of its job and half of the next one, over a year."""
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


def update(here: Office, books: Books) -> int:
    """One update of the Web Connector; the rounds it took."""
    books.register(here.company.owner_id, here.company.file_id)
    url = f"http://127.0.0.1:{here.server.port}/qbwc"
    connector = WebConnector(url, USER, PASSWORD, RequestProcessor(books), here.company.owner_id, timeout=600)
    done = connector.update()
    if done.outcome not in ("done", "none"):
        raise RuntimeError(f"{done.outcome}: {done.status} {done.last_error}")
    return done.rounds


def first_sync(jobs: int = 500, payments: int = 20_000) -> None:
    """Print rounds, seconds, CPU and memory."""
    books = company_file(jobs, payments)
    with office() as here:
        first = update(here, books)
        here.link(jobs)
        cpu, began = here.server.cpu(), time.monotonic()
        rounds = update(here, books)
        took, cpu = time.monotonic() - began, here.server.cpu() - cpu
        _must_show(here, PAYMENT * payments, jobs)
        print(
            f"(b) first sync of {payments:,} payments over {jobs} links: {rounds} rounds (and {first} before), "
            f"{took:.1f} s, {cpu:.1f} s CPU, peak {here.server.peak() / 1e6:.0f} MB"
        )


def _must_show(here: Office, paid: Decimal, current: int) -> None:
    with here.database.read() as c:
        lines = summaries.overview(c, here.company.id, datetime.now(UTC)).projects
    if sum(one.paid_to_date for one in lines) != paid or sum(one.status.state == "current" for one in lines) != current:
        raise RuntimeError("the projects do not show what was paid")


def quiet_day(jobs: int = 1000, payments: int = 2000) -> None:
    """Print the rounds of a day on which nothing changed."""
    books = company_file(jobs, payments)
    with office() as here:
        update(here, books)
        here.link(jobs)
        update(here, books)
        here.press()
        update(here, books)  # the first one also reads what changed while everything was read
        here.press()
        cpu = here.server.cpu()
        rounds = update(here, books)
        took = (here.server.cpu() - cpu) * 1000
        print(f"(c) quiet sync with {jobs:,} links: {rounds} round, {took:.0f} ms CPU")


def run() -> None:
    """Both."""
    first_sync()
    quiet_day()


if __name__ == "__main__":
    run()
