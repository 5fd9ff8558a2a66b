"""Four jobs, billed and paid long ago, some of them linked and followed: where the tests of what happens next begin.

Those are the tests of changed payments and invoices, of changed customers and links, of restored files and wrong clocks,
and of marks and counts.
"""

import re
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from office import Call, Clock, Make, Office, started

from qbwc_bridge.records import Conversation, Project, State
from qbwc_bridge.simulator import Books
from qbwc_bridge.simulator.ledger import Invoice, Payment

KITCHEN, GARAGE, ROOF = "Smith:Kitchen", "Smith:Garage", "Jones:Roof"
SMITHS = (KITCHEN, GARAGE)
CHICAGO = ZoneInfo("America/Chicago")
LONG_AGO = timedelta(days=40)
PULL = re.compile(r'<ReceivePaymentQueryRq [^>]*iterator="Start">\s*<MaxReturned>\d+</MaxReturned>\s*<EntityFilter>')


def four_jobs(zone: Any = CHICAGO, now: datetime = Clock.now, skew: timedelta = timedelta(0)) -> Books:
    """Four jobs, billed and paid long ago. ``skew`` is how wrong the clock of the QuickBooks computer is."""
    books = Books(now=now.astimezone(zone) - LONG_AGO + skew)
    for customer, jobs in {"Smith": ["Kitchen", "Garage"], "Jones": ["Roof", "Shed"], "Whitfield": []}.items():
        parent = books.add_customer(customer).list_id
        for job in jobs:
            list_id = books.add_customer(job, parent).list_id
            for amount in ("1000.00", "250.50", "77.07"):
                pay_a_bill(books, list_id, amount)
    books.now += LONG_AGO
    return books


def pay_a_bill(books: Books, list_id: str, amount: str, payer: str = "") -> Payment:
    bill = books.add_invoice(list_id, Decimal(amount) * 2)
    return books.receive_payment(payer or list_id, Decimal(amount), {bill.txn_id: Decimal(amount)})


@pytest.fixture
def office_of_four_jobs(make_office: Make) -> Office:
    """Test files that say ``office = office_of_four_jobs`` have this one for their ``office``."""
    return make_office(books=four_jobs())


def later(office: Office, **span: float) -> None:
    office.clock.pass_(**span)
    office.books.now += timedelta(**span)


def pay(office: Office, full_name: str, amount: str = "500.00", payer: str = "") -> Payment:
    later(office, minutes=1)
    return pay_a_bill(office.books, office.list_id(full_name), amount, payer and office.list_id(payer))


def payments_of(office: Office, full_name: str) -> list[Payment]:
    return [one for one in office.books.of(Payment) if one.customer == office.list_id(full_name)]


def first_payment(office: Office, full_name: str) -> str:
    return payments_of(office, full_name)[0].txn_id


def first_bill(office: Office, full_name: str) -> str:
    mine = [one for one in office.books.of(Invoice) if one.customer == office.list_id(full_name)]
    return mine[0].txn_id


def next_update(office: Office) -> tuple[Conversation, list[Call]]:
    """An update of the Web Connector that had something to do, with its line in the sync log."""
    calls = office.poll()
    assert calls[0].result == "", "nothing was due"
    return office.log()[0], calls


def sync(office: Office) -> Conversation:
    later(office, minutes=1)
    office.sync_now()
    return next_update(office)[0]


def followed(office: Office, *names: str, **options: Any) -> list[Project]:
    """These are linked and pulled, and another customer's payment has taken the marks to today."""
    linked = started(office, *names, **options)
    later(office, days=1)
    pay(office, "Whitfield")
    assert sync(office).result == "ok"
    later(office, hours=3)
    return linked


def pulls(calls: list[Call]) -> int:
    """How many complete pulls these calls began."""
    return sum(len(PULL.findall(call.result)) for call in calls if call.name == "sendRequestXML")


def assert_good(office: Office) -> None:
    office.assert_true()
    assert {office.status(project).state for project in office.projects()} == {State.CURRENT}


def named(value: Any) -> str:
    return value.__name__.strip("_").replace("_", " ") if callable(value) else str(value)


# What a bookkeeper does -----------------------------------------------------------------------------------------------


def merged(office: Office) -> None:
    office.books.merge_customer(office.list_id(KITCHEN), office.list_id(GARAGE))


def _a_new_payment(office: Office) -> None:
    pay(office, KITCHEN)


def _a_payment_that_is_edited(office: Office) -> None:
    txn_id = payments_of(office, KITCHEN)[1].txn_id
    office.books.edit_payment(txn_id, amount=Decimal("300.50"), memo="edited", txn_date=date(2026, 1, 15))


def _a_back_dated_payment(office: Office) -> None:
    office.books.receive_payment(office.list_id(KITCHEN), Decimal("31.00"), txn_date=date(2019, 12, 31))


def _a_voided_payment(office: Office) -> None:
    office.books.void_payment(first_payment(office, KITCHEN))


def _a_deleted_payment(office: Office) -> None:
    office.books.delete_payment(first_payment(office, KITCHEN))


def _a_payment_entered_and_deleted(office: Office) -> None:
    office.books.delete_payment(pay(office, KITCHEN).txn_id)


def _a_payment_moved_to_a_linked_job(office: Office) -> None:
    office.books.move_payment(first_payment(office, KITCHEN), office.list_id(GARAGE))


def _a_payment_moved_to_an_unlinked_job(office: Office) -> None:
    office.books.move_payment(first_payment(office, KITCHEN), office.list_id(ROOF))


def _a_payment_moved_to_the_parent(office: Office) -> None:
    office.books.move_payment(first_payment(office, KITCHEN), office.list_id("Smith"))


def _a_payment_of_the_parent_over_two_jobs(office: Office) -> None:
    bills = {office.books.add_invoice(office.list_id(one), Decimal("60.00")).txn_id: Decimal("60.00") for one in SMITHS}
    office.books.receive_payment(office.list_id("Smith"), Decimal("150.00"), bills)


def _a_payment_that_pays_something_else_now(office: Office) -> None:
    paid = pay(office, KITCHEN, payer="Smith")
    bill = office.books.add_invoice(office.list_id(GARAGE), Decimal("500.00"))
    office.books.reapply(paid.txn_id, {bill.txn_id: Decimal("120.00")})


OF_PAYMENTS = [
    _a_new_payment,
    _a_payment_that_is_edited,
    _a_back_dated_payment,
    _a_voided_payment,
    _a_deleted_payment,
    _a_payment_entered_and_deleted,
    _a_payment_moved_to_a_linked_job,
    _a_payment_moved_to_an_unlinked_job,
    _a_payment_moved_to_the_parent,
    _a_payment_of_the_parent_over_two_jobs,
    _a_payment_that_pays_something_else_now,
]
