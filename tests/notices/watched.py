"""The office whose syncs fail, are missed and work again, and whose bookkeeper enters payments: where the tests of what it is
told begin."""

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from office import Clock as Hands
from office import Make, Office

from qbwc_bridge.config import Sync
from qbwc_bridge.notices import watching
from qbwc_bridge.notices.settings import Choice, save
from qbwc_bridge.records import Company, Delivery, Notice
from qbwc_bridge.simulator import Books
from qbwc_bridge.simulator.ledger import Payment
from qbwc_bridge.store import companies, deliveries, notices
from qbwc_bridge.summary import Clock
from qbwc_bridge.web.formats import formats

DIALOG = "0x80040414"
DANA, SAM, URL = "dana@acme.example", "sam@acme.example", "https://alarm.example/hook"
SITE = "https://pay.example"
KITCHEN, GARAGE, ROOF = "Smith:Kitchen", "Smith:Garage", "Jones:Roof"
LONG_AGO = timedelta(days=40)
CHICAGO = ZoneInfo("America/Chicago")


@pytest.fixture
def watched_office(make_office: Make) -> Office:
    """Three jobs paid long ago, more often the roof; Dana is told by email, after two failures."""
    books = Books(now=Hands.now.astimezone(CHICAGO) - LONG_AGO)
    for customer, jobs in {"Smith": {"Kitchen": 1, "Garage": 1}, "Jones": {"Roof": 12}}.items():
        parent = books.add_customer(customer).list_id
        for job, times in jobs.items():
            list_id = books.add_customer(job, parent).list_id
            for _ in range(times):
                bill(books, list_id, "1000.00")
    books.now += LONG_AGO
    office = make_office(books=books, settings=Sync(page_size=10))
    with office.database.begin() as c:
        companies.configure(c, office.company.id, timezone="America/Chicago")
        companies.connected(c, office.company.id, product="QuickBooks", country="US")
    choose(office)
    return office


def choose(office: Office, **changed: Any) -> None:
    chosen: dict[str, Any] = {"emails": [DANA], "after_failures": 2, "new_payments": True, **changed}
    with office.database.begin() as c:
        save(c, office.company.id, Choice(**chosen), "Dana", office.clock())


def bill(books: Books, list_id: str, amount: str, payer: str = "", **about: Any) -> Payment:
    invoice = books.add_invoice(list_id, Decimal(amount) * 2)
    return books.receive_payment(payer or list_id, Decimal(amount), {invoice.txn_id: Decimal(amount)}, **about)


def pay(office: Office, full_name: str, amount: str, **about: Any) -> Payment:
    later(office, minutes=1)
    return bill(office.books, office.list_id(full_name), amount, **about)


def later(office: Office, **span: float) -> None:
    office.clock.pass_(**span)
    office.books.now += timedelta(**span)


def sync(office: Office) -> None:
    later(office, minutes=1)
    office.sync_now()
    assert office.poll()[0].result == "", "nothing was due"
    later(office, minutes=1)


def fail(office: Office, times: int = 1) -> None:
    """Updates in which QuickBooks shows a dialog. Somebody presses Sync Data Now each time, so that none waits."""
    for _ in range(times):
        later(office, minutes=15)
        office.sync_now()
        ticket, work, *_ = office.authenticate()
        assert work == ""
        assert office.service.connection_error(ticket, DIALOG, "") == "done"
        office.service.close_connection(ticket)
        later(office, minutes=1)


def habits(company: Company, currency: str) -> Any:
    return formats(company.country, currency, Clock(company.created_at, company.timezone))


def look(office: Office) -> list[Delivery]:
    """One look, as the caretaker does it; returns what it put into the outbox, oldest first."""
    before = len(outbox(office))
    with office.database.read() as c:
        watched = notices.watched(c)
    for settings in watched:
        watching.look(office.database, settings, office.clock.now, SITE, habits)
    return outbox(office)[before:]


def outbox(office: Office) -> list[Delivery]:
    with office.database.read() as c:
        return deliveries.lately(c, office.company.id, 99)[::-1]


def told(office: Office) -> list[Notice]:
    return [one.kind for one in look(office)]


def mail(one: Delivery) -> tuple[str, str]:
    document = json.loads(one.document)
    return document["subject"], document["text"]


def pause(office: Office, paused: bool) -> None:
    with office.database.begin() as c:
        companies.pause(c, office.company.id, paused)
