"""An office with a real sync behind it, on the stage of the cast: Dana is its admin, Sam its staff, nobody else knows it."""

from datetime import timedelta
from decimal import Decimal

from office import Clock, Office
from web.cast import NOW, Cast

from qbwc_bridge.connector import requests as queue
from qbwc_bridge.records import Project, Role, Trigger
from qbwc_bridge.simulator import Books
from qbwc_bridge.simulator.ledger import Invoice, Payment
from qbwc_bridge.store import users

KITCHEN, GARAGE, ROOF = "Smith:Kitchen", "Smith:Garage", "Jones:Roof"


def opened(cast: Cast) -> Office:
    """Three jobs, each billed and paid once, not linked yet; the clock stands a day before the cast's."""
    clock = Clock(NOW - timedelta(days=1))
    books = Books(now=clock.now - timedelta(days=40))
    for customer, jobs in {"Smith": ["Kitchen", "Garage"], "Jones": ["Roof"]}.items():
        parent = books.add_customer(customer).list_id
        for job in jobs:
            pay(books, books.add_customer(job, parent).list_id, "1000.00", "101")
    books.now += timedelta(days=40)
    office = Office(cast.database, books, name="Real", clock=clock)
    with cast.database.begin() as c:
        users.set_role(c, cast.people["admin"], office.company.id, Role.ADMIN)
        users.set_role(c, cast.people["staff"], office.company.id, Role.STAFF)
        for who in ("admin", "staff"):
            users.accept(c, cast.people[who], office.company.id, NOW)
    office.poll()
    return office


def pay(books: Books, list_id: str, amount: str, ref_number: str) -> tuple[Invoice, Payment]:
    """A bill, paid by check."""
    bill = books.add_invoice(list_id, Decimal(amount) * 2)
    paid = {bill.txn_id: Decimal(amount)}
    return bill, books.receive_payment(list_id, Decimal(amount), paid, method="Check", ref_number=ref_number)


def synced(office: Office, *names: str) -> list[Project]:
    """These jobs linked, and read for the first time."""
    linked = [office.link(name) for name in names]
    again(office)
    return linked


def again(office: Office, by: str = "Sam") -> int:
    """Somebody presses Sync Data Now, and the Web Connector comes. Returns the sync."""
    office.clock.pass_(minutes=10)
    office.books.now += timedelta(minutes=10)
    with office.database.begin() as c:
        queue.request_sync(c, office.company.id, None, trigger=Trigger.PERSON, by=by, now=office.clock())
    office.poll()
    return office.log()[0].id
