"""The fixed cast of the site's tests: two companies with equal TxnIDs, and the people around them.

Acme Builders has Dana (admin), Sam (staff) and Kim (client of Smith kitchen). Olive is admin of Other Works, an outsider to
Acme. Rita operates the installation. It is 23 November 2026, 3:04 pm in Chicago.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import insert, update
from werkzeug.test import TestResponse

from qbwc_bridge.records import CompanyFile, CustomerJob, Role
from qbwc_bridge.store import companies, customers, manual, projects, users
from qbwc_bridge.store.database import Connection, Database
from qbwc_bridge.store.models import companies as company_rows
from qbwc_bridge.store.models import parts, payments
from qbwc_bridge.store.models import projects as project_rows

NOW = datetime(2026, 11, 23, 21, 4, tzinfo=UTC)
PASSWORD = "a quiet long sentence"
EMAILS = {
    "admin": "dana@acme.example", "staff": "sam@acme.example", "client": "kim@home.example",
    "outsider": "olive@other.example", "operator": "rita@host.example",
}  # fmt: skip
KITCHEN, BATH, SMITH, JONES = "80000002-1", "80000003-1", "80000001-1", "80000004-1"

# day, amount here, whole payment, received from, method, ref, memo, invoice, unused, voided
PAID: tuple[tuple[str, str, str, str, str, str, str, str, str, bool], ...] = (
    ("2026-03-03", "12000.00", "12000.00", KITCHEN, "Check", "1043", "Deposit", "77", "0.00", False),
    ("2026-04-10", "24000.00", "24000.00", KITCHEN, "Check", "1047", "", "79", "0.00", False),
    ("2026-05-15", "26000.00", "26000.00", KITCHEN, "Wire", "", "Framing", "81", "0.00", False),
    ("2026-06-05", "18000.00", "18000.00", KITCHEN, "Check", "1055", "", "84", "0.00", False),
    ("2026-07-20", "56000.00", "56000.00", KITCHEN, "Check", "1059", "Cabinets", "86", "0.00", False),
    ("2026-08-11", "0.00", "0.00", KITCHEN, "Check", "1062", "Bounced", "", "0.00", True),
    ("2026-08-29", "6000.00", "10000.00", SMITH, "Check", "1066", "For two jobs", "88", "0.00", False),
    ("2026-10-02", "16400.00", "16400.00", KITCHEN, "Wire", "", "", "90", "400.00", False),
    ("2026-11-18", "24000.00", "24000.00", KITCHEN, "Check", "1071", "Counter tops", "94", "0.00", False),
)
PAID_TOTAL = Decimal("182400.00")
TYPED = (("2026-09-01", "5000.00"), ("2026-09-15", "4500.00"), ("2026-10-01", "4500.00"), ("2026-10-20", "4000.00"))


@dataclass
class Clock:
    """The hands of the clock stand still until a test moves them."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Cast:
    """What is on the stage: the ids the tests speak of."""

    database: Database
    clock: Clock
    acme: int
    other: int
    kitchen: int
    bath: int
    theirs: int
    people: dict[str, int] = field(default_factory=dict)

    def project(self, project_id: int, **values: Any) -> None:
        """Change the row of a project behind the site's back."""
        with self.database.begin() as c:
            c.execute(update(project_rows).where(project_rows.c.id == project_id).values(values))

    def company(self, company_id: int, **values: Any) -> None:
        """Change the row of a company behind the site's back."""
        with self.database.begin() as c:
            c.execute(update(company_rows).where(company_rows.c.id == company_id).values(values))


class Visitor:
    """A browser without a screen: it sends the form token its pages would send."""

    def __init__(self, app: Flask) -> None:
        self.client: FlaskClient = app.test_client()

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.client.get(path, **options)

    def post(self, path: str, data: dict[str, Any] | None = None, **options: Any) -> TestResponse:
        return self.client.post(path, data={"csrf_token": self.token(), **(data or {})}, **options)

    def follow(self, path: str, data: dict[str, Any] | None = None) -> TestResponse:
        return self.post(path, data, follow_redirects=True)

    def token(self) -> str:
        with self.client.session_transaction() as session:
            return str(session.get("csrf", ""))

    def sign_in(self, email: str, password: str = PASSWORD) -> TestResponse:
        self.get("/login")
        return self.post("/login", {"email": email, "password": password})


@cache
def kept_password() -> str:
    """One hash for the whole cast, cheap to check: the cost is part of the hash."""
    return PasswordHasher(time_cost=1, memory_cost=64, parallelism=1).hash(PASSWORD)


def stage(database: Database, clock: Clock) -> Cast:
    """Put everybody in place."""
    start = NOW - timedelta(days=200)
    with database.begin() as c:
        acme = companies.add(c, "Acme Builders", "acme", "0" * 64, "{A}", start)
        other = companies.add(c, "Other Works", "other", "1" * 64, "{B}", start)
        for company in (acme, other):
            _connected(c, company.id)
            _customers(c, company.id)
            _payments(c, company.id)
        kitchen = _synced(c, acme.id, "Smith kitchen", "J. Smith")
        theirs = _synced(c, other.id, "Their kitchen", "Somebody")
        bath = projects.add(c, acme.id, "Smith bath", start)
        for day, amount in TYPED:
            manual.add(
                c,
                acme.id,
                bath,
                date=date.fromisoformat(day),
                amount=Decimal(amount),
                method="Check",
                by="Sam",
                now=NOW,
            )
        people = _people(c, acme.id, other.id, kitchen)
    return Cast(database, clock, acme.id, other.id, kitchen, bath, theirs, people)


def _connected(c: Connection, company_id: int) -> None:
    companies.seen(c, company_id, NOW - timedelta(minutes=4), "Nothing due; next daily sync 02:00.")
    companies.succeeded(c, company_id, NOW - timedelta(hours=1))
    companies.configure(c, company_id, timezone="America/Chicago", daily_at=time(2))
    companies.connected(c, company_id, product="QuickBooks Enterprise Solutions 24.0", country="US")
    companies.connector_version(c, company_id, "2.3.0.215")
    companies.lock_file(c, company_id, CompanyFile("Acme Builders Inc", r"C:\Books\acme.qbw"))
    companies.customers_received(c, company_id, NOW - timedelta(days=3))


def _customers(c: Connection, company_id: int) -> None:
    customers.receive(
        c,
        company_id,
        [
            CustomerJob(SMITH, "Smith", "Smith"),
            CustomerJob(KITCHEN, "Kitchen", "Smith:Kitchen", SMITH),
            CustomerJob(BATH, "Bath", "Smith:Bath", SMITH),
            CustomerJob(JONES, "Jones & Sons <Ltd>", "Jones & Sons <Ltd>", active=False),
        ],
        1,
    )


def _payments(c: Connection, company_id: int) -> None:
    for number, row in enumerate([*PAID, ("2026-11-01", "0.00", "1000.00", SMITH, "", "", "", "", "1000.00", False)]):
        day, here, whole, received_from, method, ref, memo, invoice, unused, voided = row
        txn = {"company_id": company_id, "txn_id": f"4ECE-{number}"}
        c.execute(
            insert(payments).values(
                **txn, list_id=received_from, received_from="Smith:Kitchen", date=date.fromisoformat(day),
                total=Decimal(whole), unused=Decimal(unused), method=method, ref_number=ref, memo=memo, voided=voided,
            )
        )  # fmt: skip
        applied = {"applied_txn_id": f"INV-{invoice}", "applied_txn_type": "Invoice", "applied_ref_number": invoice}
        own = [(KITCHEN, Decimal(here) - (Decimal(unused) if invoice else 0), applied if invoice else {})]
        own += [(KITCHEN, Decimal(unused), {})] if invoice and Decimal(unused) else []
        own += [(BATH, Decimal(whole) - Decimal(here), {})] if Decimal(whole) > Decimal(here) and invoice else []
        own += [(SMITH, Decimal(unused), {})] if not invoice and Decimal(unused) else []
        for position, (list_id, amount, rest) in enumerate([part for part in own if part[1]]):
            c.execute(insert(parts).values(**txn, position=position, list_id=list_id, amount=amount, **rest))


def _synced(c: Connection, company_id: int, name: str, client: str) -> int:
    project_id = projects.add(c, company_id, name, NOW - timedelta(days=200))
    price = Decimal("240000.00")
    projects.describe(c, company_id, project_id, name=name, client_name=client, contract_price=price)
    projects.link(
        c,
        company_id,
        project_id,
        list_id=KITCHEN,
        include_jobs=False,
        client_payments=True,
        now=NOW - timedelta(days=9),
    )
    projects.synced(c, company_id, project_id, NOW - timedelta(hours=1))
    return project_id


def _people(c: Connection, acme: int, other: int, kitchen: int) -> dict[str, int]:
    names = {"admin": "Dana", "staff": "Sam", "client": "Kim", "outsider": "Olive", "operator": "Rita"}
    made = {
        who: users.add(c, email, names[who], kept_password(), who == "operator", NOW).id
        for who, email in EMAILS.items()
    }
    users.set_role(c, made["admin"], acme, Role.ADMIN)
    users.set_role(c, made["staff"], acme, Role.STAFF)
    users.set_role(c, made["client"], acme, Role.CLIENT, [kitchen])
    users.set_role(c, made["outsider"], other, Role.ADMIN)
    for who, company in (("admin", acme), ("staff", acme), ("client", acme), ("outsider", other)):
        users.accept(c, made[who], company, NOW)
    return made
