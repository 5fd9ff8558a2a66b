"""What people open most: a project's Financials page, the same as JSON, and the list of projects. CPU of the server for each."""

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from http.cookies import SimpleCookie
from statistics import median
from urllib.parse import urlencode

from benchmarks.offices import Office, office
from qbwc_bridge.records import Application, BookedPayment, CustomerJob, Part, Payment, Role
from qbwc_bridge.store import companies, customers, payments, projects, users
from qbwc_bridge.web.passwords import hashed

EMAIL, PASSWORD = "dana@acme.example", "a quiet long sentence"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TOKEN = re.compile(rb'name="csrf_token" value="([^"]+)"')
FEW, MANY, PROJECTS = 50, 10_000, 2000
REPEATS = 15


def run() -> None:
    """Print milliseconds."""
    with office() as here:
        few, many = _fill(here)
        headers = _signed_in(here)
        pages = {
            f"Financials with {FEW}": f"/projects/{few}/financials",
            f"with {MANY:,} payments": f"/projects/{many}/financials",
            f"JSON with {FEW}": f"/projects/{few}/payments.json",
            f"{MANY:,} payments as JSON": f"/projects/{many}/payments.json",
            f"list of {PROJECTS:,} projects": "/",
        }
        turns = [[_milliseconds(here, path, headers) for path in pages.values()] for _ in range(REPEATS + 1)]
    told = [f"{name} {median(times):.0f} ms" for name, times in zip(pages, zip(*turns[1:], strict=True), strict=True)]
    print(f"(f) CPU of a page: {', '.join(told)}")


def _fill(here: Office) -> tuple[int, int]:
    """Thousands of synced projects; the first two have few and many payments."""
    now, company_id = datetime.now(UTC), here.company.id
    names = [f"Customer {n // 2}:Job {n}" for n in range(PROJECTS)]
    jobs = [CustomerJob(f"8000{n:04X}-1", name.partition(":")[2], name) for n, name in enumerate(names)]
    with here.database.begin() as c:
        customers.receive(c, company_id, jobs, 1)
        companies.customers_received(c, company_id, now)
        companies.seen(c, company_id, now, "Nothing due.")
        made = []
        for n, job in enumerate(jobs):
            made.append(projects.add(c, company_id, f"Project {n}", now))
            link = {"list_id": job.list_id, "include_jobs": False, "client_payments": True}
            projects.link(c, company_id, made[-1], **link, now=now)
            projects.synced(c, company_id, made[-1], now)
            projects.pulled(c, company_id, made[-1], {job.list_id})
        counts = {0: FEW, 1: MANY}
        booked = [_booked(f"{n}-{k}", job.list_id, k) for n, job in enumerate(jobs) for k in range(counts.get(n, 3))]
        payments.apply(c, company_id, written=booked, because="benchmark", now=now)
    return made[0], made[1]


def _booked(txn_id: str, list_id: str, n: int) -> BookedPayment:
    day, amount, ref = date(2020, 1, 1) + timedelta(days=n % 2000), Decimal("123.45"), str(1000 + n)
    paid = Application(f"I{txn_id}", "Invoice", amount, ref)
    payment = Payment(
        txn_id, list_id, "", day, amount, method="Check", ref_number=ref, memo="thanks", applications=(paid,)
    )
    return BookedPayment(payment, (Part(list_id, amount, paid),))


def _signed_in(here: Office) -> dict[str, str]:
    """The cookie of an admin."""
    now = datetime.now(UTC)
    with here.database.begin() as c:
        user = users.add(c, EMAIL, "Dana", hashed(PASSWORD), False, now)
        users.set_role(c, user.id, here.company.id, Role.ADMIN)
        users.accept(c, user.id, here.company.id, now)
    page, cookie = here.server.whole("GET", "/login")
    found = TOKEN.search(page)
    form = {"csrf_token": found[1].decode() if found else "", "email": EMAIL, "password": PASSWORD}
    _, cookie = here.server.whole("POST", "/login", urlencode(form).encode(), {**FORM, "Cookie": _plain(cookie)})
    return {"Cookie": _plain(cookie)}


def _plain(cookie: str) -> str:
    return "; ".join(f"{one.key}={one.value}" for one in SimpleCookie(cookie).values())


def _milliseconds(here: Office, path: str, headers: dict[str, str]) -> float:
    before = here.server.cpu()
    here.server.ask("GET", path, headers=headers)
    return (here.server.cpu() - before) * 1000


if __name__ == "__main__":
    run()
