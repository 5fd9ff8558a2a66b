"""The office a history happens in, what is known to be true of it, and what must hold after every visit of the Web Connector.

The rules are in the modules beside this one; :mod:`connector.test_histories` puts them together.
"""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize
from office import Call, Clock, Office
from sqlalchemy import func, select

from qbwc_bridge.config import Sync
from qbwc_bridge.records import Line, Project, State
from qbwc_bridge.simulator import Books, BooksRefused, payments_of, unapplied
from qbwc_bridge.simulator.ledger import Customer, Invoice, Payment
from qbwc_bridge.store import companies, manual, payments
from qbwc_bridge.store.database import Database
from qbwc_bridge.store.models import manual_payments

AMOUNTS = st.integers(1, 500_000).map(lambda cents: Decimal(cents).scaleb(-2))
INDEX = st.integers(0, 10_000)
Fresh = Callable[[Path], AbstractContextManager[Database]]
LINKS = (
    ("Smith:Kitchen", False),
    ("Smith:Garage", False),
    ("Smith", True),
    ("Jones:Roof", False),
    ("Smith:Kitchen", True),
)
Shown = tuple[str, date, Decimal, Decimal, str, str]


class Setting(RuleBasedStateMachine):
    """One office, from its first poll on. ``books`` is the company's own file, whatever file is open in QuickBooks;
    ``altered`` while a row of the mirror is wrong in a way that only a complete re-reading is promised to find; ``refunded``
    while that is so of the unused money of a payment, whose time a refund does not move."""

    fresh: Fresh

    @initialize(page_size=st.sampled_from([10, 500]), ahead=st.sampled_from([-48, -1, 0, 1, 24]))
    def open_office(self, page_size: int, ahead: int) -> None:
        self.open = ExitStack()
        folder = self.open.enter_context(tempfile.TemporaryDirectory())
        self.database = self.open.enter_context(type(self).fresh(Path(folder)))
        self.books = _books(hours_ahead=ahead)
        self.office = Office(self.database, books=self.books, settings=Sync(page_size=page_size))
        self.backup: Books | None = None
        self.altered = self.refunded = False
        self.restored = False
        self.typed: list[Decimal] = []
        for _ in range(14):
            self._later()
            self.books.receive_payment(self.office.list_id("Smith:Garage"), Decimal("100.00"))
        self.office.poll()
        for number, (name, include_jobs) in enumerate(LINKS):
            self.office.link(name, project=f"Project {number}", include_jobs=include_jobs)

    def teardown(self) -> None:
        if hasattr(self, "open"):
            self.open.close()

    # Time, and who there is ---------------------------------------------------------------------------------------

    def _later(self, **span: float) -> None:
        span = span or {"minutes": 7}
        self.books.now += timedelta(**span)
        self.office.clock.pass_(**span)

    def _customer(self, index: int) -> str:
        return list(self.books.customers)[index % len(self.books.customers)]

    def _payment(self, index: int) -> str:
        mine = [one.txn_id for one in self.books.of(Payment)]
        return mine[index % len(mine)] if mine else ""

    def _invoice(self, index: int) -> str:
        mine = [one.txn_id for one in self.books.of(Invoice)]
        return mine[index % len(mine)] if mine else ""

    def _project(self, index: int) -> Project:
        mine = self.office.projects()
        return mine[index % len(mine)]

    def _siblings(self, one: Customer) -> list[str]:
        same_level = [other for other in self.books.customers.values() if other.parent == one.parent]
        return [other.list_id for other in same_level if other is not one]

    def _try(self, edit: Any, *arguments: Any, **options: Any) -> None:
        self._later()
        with suppress(BooksRefused, KeyError):  # QuickBooks would not let a person do that
            edit(*arguments, **options)

    # A visit of the Web Connector ---------------------------------------------------------------------------------

    def _visit(self) -> list[Call]:
        with self._watched():
            return self.office.poll()

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """What must hold after every visit, complete or not: nothing is read from another file or during a pause, a job
        that is gone keeps what it shows, what is called up to date is the truth, and nothing typed is lost."""
        began = self.office.clock.now
        reads = self._may_read()
        kept = {one.id: self._lines(one) for one in self.office.projects() if not reads or self._is_gone(one)}
        yield
        for line in self.office.overview().projects:
            project = line.project
            if project.id in kept:
                assert self._lines(project) == kept[project.id]
                assert line.status.state is not State.CURRENT or not reads or project.synced_at < began
            elif line.status.state is State.CURRENT and project.synced_at > began and not self.altered:
                assert line.paid_to_date == self.office.true_total(project), project
        self._nothing_typed_is_lost()

    def _may_read(self) -> bool:
        with self.database.read() as c:
            paused = companies.by_id(c, self.office.company.id).paused
        return self.office.quickbooks.books is self.books and not paused

    def _is_gone(self, project: Project) -> bool:
        return bool(project.client_payments and project.list_id) and project.list_id not in self.books.customers

    def _lines(self, project: Project) -> tuple[Line, ...]:
        return self.office.summary(project).lines

    def _nothing_typed_is_lost(self) -> None:
        kept = select(func.count().label("n"), func.sum(manual_payments.c.amount).label("total"))
        with self.database.read() as c:
            found = c.execute(kept.where(manual_payments.c.deleted_at.is_(None))).one()
        assert (found.n, found.total or 0) == (len(self.typed), sum(self.typed))

    def _good_sync(self) -> None:
        """Somebody presses Sync Data Now with the right file open and no pause, until nothing is left to do."""
        self._later()
        self._end_the_pause()
        self.office.quickbooks.books = self.books
        self.office.sync_now()
        self._visit()
        if self.restored:  # a job that is there again is known after the customer list; its payments come next time
            self.office.sync_now()
            self._visit()
            self.restored = False

    def _end_the_pause(self) -> None:
        with self.database.begin() as c:
            companies.pause(c, self.office.company.id, False)

    # What is true after a complete sync ---------------------------------------------------------------------------

    def _all_true(self) -> None:
        for line in self.office.overview().projects:
            project, state = line.project, line.status.state
            summary = self.office.summary(project)
            assert (line.paid_to_date, line.count) == (summary.paid_to_date, summary.count)
            if not project.client_payments:
                assert state is State.OFF
                self._shows_what_was_typed(project, summary.lines)
            elif not project.list_id:
                assert state is State.UNLINKED
            elif self._is_gone(project):
                assert state is State.FAILED
            elif state is State.HELD:
                assert payments_of(self.books, project.list_id, project.include_jobs) == []
            else:
                assert state is State.CURRENT
                if not self.altered:
                    self._shows_the_truth(project)

    def _shows_what_was_typed(self, project: Project, lines: tuple[Line, ...]) -> None:
        with self.database.read() as c:
            typed = manual.listing(c, self.office.company.id, project.id)
            assert manual.archive(c, self.office.company.id, project.id) == []
        assert [line.amount for line in lines] == [one.amount for one in typed]

    def _shows_the_truth(self, project: Project) -> None:
        summary = self.office.summary(project)
        assert sorted(map(_shown, summary.lines)) == sorted(self._true_lines(project))
        assert summary.paid_to_date == self.office.true_total(project)
        left = unapplied(self.books, project.list_id, project.include_jobs)
        assert summary.unapplied == left or self.refunded
        for line in summary.lines:
            assert line.received_from == self.books.full_name(self.books.txns[line.txn_id].customer)

    def _true_lines(self, project: Project) -> Iterator[Shown]:
        for one in payments_of(self.books, project.list_id, project.include_jobs):
            memo = self.books.txns[one.txn_id].memo
            yield one.txn_id, one.date, one.amount, one.total_amount, one.status, memo

    def _stored(self) -> list[str]:
        """The TxnIDs of the payments in our mirror."""
        with self.database.read() as c:
            return sorted(
                one.payment.txn_id for one in payments.received_from(c, self.office.company.id, self._known())
            )

    def _known(self) -> list[str]:
        return list(self.books.customers)


def _shown(line: Line) -> Shown:
    return line.txn_id, line.date, line.amount, line.total_amount, line.status, line.memo


def _books(hours_ahead: int) -> Books:
    """A small company file on a computer whose clock differs from the service's."""
    books = Books(now=Clock().now.astimezone(ZoneInfo("America/Chicago")) + timedelta(hours=hours_ahead))
    smith = books.add_customer("Smith").list_id
    kitchen = books.add_customer("Kitchen", smith).list_id
    books.add_customer("Island", kitchen)
    books.add_customer("Garage", smith)
    jones = books.add_customer("Jones").list_id
    books.add_customer("Roof", jones)
    for list_id in list(books.customers):
        books.add_invoice(list_id, Decimal("5000.00"))
    return books
