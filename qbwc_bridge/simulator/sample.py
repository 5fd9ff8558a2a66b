"""The sample company file: a small contractor's customers:jobs and three years of invoices and payments.

In: a ``today``. Out: :class:`~.books.Books` with everything a payment summary meets in real life, dated up to
yesterday, the same for the same ``today`` in any process. It will never know who reads it.

Ordinary life is a table: each job is billed in draws, and pays each draw some days later. Around it stand the odd
cases: money on account, parents paying for their jobs, voids, deletions, a moved payment, discounts, credits, refunds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import partial
from random import Random

from .books import Books
from .ledger import OPENING, Invoice, Payment

HUNDRED = Decimal(100)
METHODS = ("Check", "Check", "Check", "ACH", "Visa", "Cash", "E-Check")
INACTIVE = "Lakeview Church:Steeple"


@dataclass(frozen=True)
class SampleProject:
    """A project a contractor would link: what it is called here, and whose money it shows."""

    name: str
    customer: str
    include_jobs: bool
    contract_price: Decimal | None


SAMPLE_PROJECTS = (
    SampleProject("Smith kitchen", "Smith:Kitchen", False, Decimal("240000.00")),
    SampleProject("Northfield Apartments", "Northfield Apartments", True, Decimal("1390000.00")),
    SampleProject("O'Brien office fit-out", "O'Brien & Sons:Office Fit-Out", False, Decimal("210000.00")),
    SampleProject("Café Beaulieu terrace", "Café Beaulieu:Terrace", False, None),
    SampleProject("Riverside oven room", "Riverside Bakery:Oven Room", False, Decimal("88000.00")),
    SampleProject("Tran porch", "Tran:Porch", False, Decimal("41000.00")),
    SampleProject("Green Valley library", "Green Valley School:Library", False, Decimal("398000.00")),
    SampleProject("Hansen basement", "Hansen:Basement", False, Decimal("82500.00")),
)


@dataclass(frozen=True)
class Job:
    """``draws`` invoices every ``every`` days, the first one ``since`` days before today."""

    full_name: str
    price: Decimal
    draws: int
    since: int
    every: int

    def plan(self) -> Iterator[tuple[int, Decimal]]:
        """``(days before today, amount)``: a tenth on signing, even draws in hundreds, the rest at the end."""
        deposit = (self.price / 10).quantize(Decimal(1))
        even = (self.price - deposit) // (self.draws - 1) // HUNDRED * HUNDRED
        amounts = [deposit, *[even] * (self.draws - 2)]
        amounts.append(self.price - sum(amounts))
        yield from ((self.since - number * self.every, amount) for number, amount in enumerate(amounts))


def _job(full_name: str, price: int, draws: int, since: int, every: int) -> Job:
    return Job(full_name, Decimal(price), draws, since, every)


JOBS = (
    _job("Smith:Deck", 38500, 8, 760, 21),
    _job("Café Beaulieu:Dining Room", 164000, 16, 1060, 30),
    _job("Café Beaulieu:Terrace", 57500, 11, 420, 24),
    _job("O'Brien & Sons:Warehouse Roof", 312000, 20, 1010, 28),
    _job("O'Brien & Sons:Office Fit-Out", 196000, 18, 640, 28),
    _job("O'Brien & Sons:Loading Dock", 84000, 12, 360, 28),
    _job("Alvarez:Addition", 218000, 18, 980, 31),
    _job("Alvarez:Garage", 62400, 12, 330, 23),
    _job("Northfield Apartments:Building A", 420000, 22, 1040, 30),
    _job("Northfield Apartments:Building A:Unit 12 Bath", 26000, 8, 350, 30),
    _job("Northfield Apartments:Building B", 395000, 22, 900, 30),
    _job("Northfield Apartments:Building C", 469000, 20, 620, 30),
    _job("Hansen:Bathroom", 31200, 9, 540, 19),
    _job("Hansen:Basement", 74500, 13, 300, 21),
    _job("Müller Family Trust:Whole House", 684000, 30, 1000, 30),
    _job("Müller Family Trust:Pool House", 142000, 14, 450, 29),
    _job("Lakeview Church:Fellowship Hall", 276000, 19, 820, 30),
    _job("Lakeview Church:Steeple", 48800, 9, 1070, 25),
    _job("Patel Dental:Suite 200", 187500, 16, 720, 27),
    _job("Patel Dental:Suite 210", 93000, 12, 290, 22),
    _job("Green Valley School:Gym Floor", 118000, 12, 700, 28),
    _job("Green Valley School:Library", 365000, 20, 610, 28),
    _job("Green Valley School:Windows", 154000, 13, 390, 28),
    _job("Tran:Kitchen", 96500, 14, 500, 24),
    _job("Tran:Porch", 41000, 4, 95, 26),
    _job("Riverside Bakery:Storefront", 132000, 15, 880, 26),
    _job("Riverside Bakery:Oven Room", 88000, 13, 410, 27),
    _job("Whitfield:Roof & Gutters", 52300, 9, 240, 20),
    _job("Whitfield:Sunroom", 67900, 10, 560, 25),
)
PARENTS_PAY = ("O'Brien & Sons", "Northfield Apartments", "Green Valley School")
SMITH_KITCHEN = (  # days before today, amount, method, reference
    (262, "24000.00", "Check", "1031"),
    (236, "12000.00", "Check", "1043"),
    (209, "30000.00", "Check", "1058"),
    (180, "18000.00", "ACH", ""),
    (151, "36000.00", "Check", "1077"),
    (122, "12400.00", "Visa", ""),
    (92, "20000.00", "Check", "1102"),
    (54, "18000.00", "Check", "1119"),
    (12, "12000.00", "Check", "1131"),
)


def sample_books(today: date) -> Books:
    """The company file as of ``today``, early in the morning."""
    site = _Site(Books(), today, Random(20260105))  # noqa: S311 - sample data, nothing secret
    site.open_customers()
    happenings = [*_smith_kitchen(site), *_draws(site), *_odd_cases(site)]
    for days_ago, happen in sorted(happenings, key=lambda happening: -happening[0]):
        site.morning(days_ago)
        happen()
    site.morning(1)
    site.books.set_active(site.books.customer(INACTIVE).list_id, False)
    site.books.now = site.at(today, 0)
    return site.books


Happening = tuple[int, Callable[[], object]]


@dataclass
class _Site:
    """The office: who is billed, who pays, which check number is next."""

    books: Books
    today: date
    chance: Random
    check_number: int = 2200
    entries: int = 0
    billed: dict[str, list[Invoice]] = field(default_factory=dict)

    def at(self, day: date, minutes: int) -> datetime:
        return datetime.combine(day, time(0), OPENING.tzinfo) + timedelta(minutes=minutes)

    def morning(self, days_ago: int) -> None:
        """Sets the clock to some minute of that day's office hours; weekends work on the Friday before."""
        day = self.today - timedelta(days=days_ago)
        self.entries += 1
        self.books.now = self.at(day - timedelta(days=max(0, day.weekday() - 4)), 540 + self.entries * 7 % 480)

    def open_customers(self) -> None:
        self.morning(1095)
        for full_name in ("Smith:Kitchen", *(job.full_name for job in JOBS), "Delacroix"):
            self._open(full_name)

    def _open(self, full_name: str) -> str:
        parent, _, name = full_name.rpartition(":")
        known = {self.books.full_name(key): key for key in self.books.customers}
        if full_name in known:
            return known[full_name]
        above = self._open(parent) if parent else ""
        return self.books.add_customer(name, above).list_id

    def bill(self, full_name: str, amount: Decimal) -> Invoice:
        number = str(1001 + len(self.books.of(Invoice)))
        invoice = self.books.add_invoice(full_name, amount, ref_number=number)
        self.billed.setdefault(full_name, []).append(invoice)
        return invoice

    def pay(self, payer: str) -> None:
        """Pays what is open below ``payer``: all of it, or now and then only half of the oldest."""
        open_now = {invoice.txn_id: self.books.balance(invoice.txn_id) for invoice in self._bills_of(payer)}
        due = {txn_id: balance for txn_id, balance in open_now.items() if balance > 0}
        if due and self.chance.random() < 0.08:
            oldest = next(iter(due))
            due = {oldest: (due[oldest] / 2).quantize(Decimal(1))}
        if due:
            self.receive(payer, sum(due.values(), Decimal(0)), due)

    def _bills_of(self, payer: str) -> list[Invoice]:
        branch = self.books.subtree(self.books.customer(payer).list_id)
        return [invoice for bills in self.billed.values() for invoice in bills if invoice.customer in branch]

    def receive(self, payer: str, amount: Decimal, due: dict[str, Decimal]) -> Payment:
        method = self.chance.choice(METHODS)
        numbers = ", ".join(self.books.txns[txn_id].ref_number for txn_id in due)
        memo = f"Draw, inv. {numbers}" if due and self.chance.random() < 0.6 else ""
        return self.books.receive_payment(
            payer, amount, due, method=method, ref_number=self.reference(method), memo=memo
        )

    def reference(self, method: str) -> str:
        self.check_number += 1
        return str(self.check_number) if method in ("Check", "E-Check") else ""


def _smith_kitchen(site: _Site) -> Iterator[Happening]:
    """Nine draws, written out: the project every example of this product shows."""

    def draw(amount: Decimal, method: str, ref_number: str) -> None:
        due = {site.bill("Smith:Kitchen", amount).txn_id: amount}
        site.books.receive_payment("Smith:Kitchen", amount, due, method=method, ref_number=ref_number, memo="Draw")

    for days_ago, amount, method, ref_number in SMITH_KITCHEN:
        yield days_ago, partial(draw, Decimal(amount), method, ref_number)


def _draws(site: _Site) -> Iterator[Happening]:
    for job in JOBS:
        customer = job.full_name.partition(":")[0]
        for days_ago, amount in job.plan():
            parent_pays = customer in PARENTS_PAY and site.chance.random() < 0.35
            payer = customer if parent_pays else job.full_name
            paid = days_ago - site.chance.randint(4, 24)
            if days_ago >= 1:
                yield days_ago, partial(site.bill, job.full_name, amount)
            if paid >= 1:
                yield paid, partial(site.pay, payer)


def _odd_cases(site: _Site) -> Iterator[Happening]:
    """One line each; what needs an invoice of its own makes one."""
    books = site.books
    yield 8, lambda: _entered_twice(site, "Smith:Kitchen", "12000.00", "1131")
    yield 410, lambda: _entered_twice(site, "Müller Family Trust:Whole House", "22800.00", "2987")
    yield 130, lambda: _entered_twice(site, "Northfield Apartments", "41500.00", "3310")
    yield 33, lambda: _bounced(site, "Tran:Kitchen", "6800.00", "NSF 118")
    yield 61, lambda: _bounced(site, "Café Beaulieu", "3500.00", "NSF 109")
    yield 240, lambda: _bounced(site, "Alvarez:Addition", "12500.00", "NSF 77")
    yield 47, lambda: _wrong_job(site, "Tran:Porch", "Tran:Kitchen", "4100.00")
    yield 16, lambda: books.receive_payment("Hansen:Basement", Decimal("5000.00"), method="Check", ref_number="611")
    yield 75, lambda: books.receive_payment("O'Brien & Sons", Decimal("7500.00"), method="ACH", memo="On account")
    yield 5, lambda: books.receive_payment("Riverside Bakery:Oven Room", Decimal("4250.00"), method="Cash")
    yield 28, lambda: books.receive_payment("Café Beaulieu:Terrace", Decimal("1500.00"))
    yield 88, lambda: _with_discount(site, "Patel Dental:Suite 210", "9800.00", "196.00")
    yield 300, lambda: _with_discount(site, "Green Valley School:Library", "15000.00", "300.00")
    yield 70, lambda: _credited(site, "Alvarez:Garage", "5200.00", "850.00")
    yield 150, lambda: _card_refund(site, "Hansen:Bathroom", "640.00")
    yield 110, lambda: _overpaid(site, "Whitfield:Sunroom", "6400.00", "1200.00")
    yield 58, lambda: _billed_in_error(site, "Lakeview Church:Fellowship Hall", "3900.00")
    yield 30, lambda: books.delete_customer(books.customer("Delacroix").list_id)


def _entered_twice(site: _Site, payer: str, amount: str, ref_number: str) -> None:
    twin = site.books.receive_payment(
        payer, Decimal(amount), method="Check", ref_number=ref_number, memo="entered twice"
    )
    site.books.void_payment(twin.txn_id)


def _bounced(site: _Site, payer: str, amount: str, ref_number: str) -> None:
    check = site.books.receive_payment(payer, Decimal(amount), method="Check", ref_number=ref_number)
    site.books.delete_payment(check.txn_id)


def _wrong_job(site: _Site, wrong: str, right: str, amount: str) -> None:
    payment = site.receive(wrong, Decimal(amount), {})
    due = {site.bill(right, Decimal(amount)).txn_id: Decimal(amount)}
    site.books.move_payment(payment.txn_id, right, due)


def _with_discount(site: _Site, payer: str, amount: str, discount: str) -> None:
    invoice = site.bill(payer, Decimal(amount)).txn_id
    paid = Decimal(amount) - Decimal(discount)
    site.books.receive_payment(
        payer, paid, {invoice: paid}, discounts={invoice: Decimal(discount)}, method="Check", memo="2% early payment"
    )


def _credited(site: _Site, payer: str, amount: str, credit: str) -> None:
    invoice = site.bill(payer, Decimal(amount)).txn_id
    site.books.add_credit_memo(
        payer, Decimal(credit), {invoice: Decimal(credit)}, ref_number="CM12", memo="Tile allowance not used"
    )
    rest = Decimal(amount) - Decimal(credit)
    site.receive(payer, rest, {invoice: rest})


def _card_refund(site: _Site, customer: str, amount: str) -> None:
    credit = site.books.add_credit_memo(customer, Decimal(amount), ref_number="CM15", memo="Returned vanity")
    site.books.refund_by_card(credit.txn_id, Decimal(amount), memo="Refund of CM15")


def _overpaid(site: _Site, payer: str, amount: str, surplus: str) -> None:
    invoice = site.bill(payer, Decimal(amount)).txn_id
    payment = site.receive(payer, Decimal(amount) + Decimal(surplus), {invoice: Decimal(amount)})
    site.books.refund_by_check(payment.txn_id, Decimal(surplus), ref_number="20418", memo="Overpayment returned")


def _billed_in_error(site: _Site, payer: str, amount: str) -> None:
    """The invoice is voided after it was paid: the money stays with the payment, unused."""
    invoice = site.bill(payer, Decimal(amount)).txn_id
    site.receive(payer, Decimal(amount), {invoice: Decimal(amount)})
    site.books.void_invoice(invoice)
