"""Random histories: a bookkeeper edits, people press Sync Data Now, the Web Connector dies, loses and repeats.

After every completed sync each project shows exactly what the company file holds, and one more sync changes nothing.
``QBWC_BRIDGE_TEST_HISTORIES`` says how many, for a night's run.
"""

import os
import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, suppress
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test
from office import Clock, Office

from qbwc_bridge.config import Sync
from qbwc_bridge.records import State
from qbwc_bridge.simulator import Books, BooksRefused
from qbwc_bridge.simulator.ledger import Invoice, Payment
from qbwc_bridge.store.database import Database

EXAMPLES = int(os.environ.get("QBWC_BRIDGE_TEST_HISTORIES", "500"))
SHARDS = 5
ON_POSTGRESQL = 0.06  # of the number on SQLite

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


class Histories(RuleBasedStateMachine):
    """One office, from its first poll on."""

    fresh: Fresh

    @initialize(page_size=st.sampled_from([10, 500]), ahead=st.sampled_from([-48, -1, 0, 1, 24]))
    def open_office(self, page_size: int, ahead: int) -> None:
        self.open = ExitStack()
        folder = self.open.enter_context(tempfile.TemporaryDirectory())
        self.database = self.open.enter_context(type(self).fresh(Path(folder)))
        self.books = _books(hours_ahead=ahead)
        self.office = Office(self.database, books=self.books, settings=Sync(page_size=page_size))
        for _ in range(14):
            self.pay(7, Decimal("100.00"), 0, 1)
        self.office.poll()
        for number, (name, include_jobs) in enumerate(LINKS):
            self.office.link(name, project=f"Project {number}", include_jobs=include_jobs)

    def teardown(self) -> None:
        if hasattr(self, "open"):
            self.open.close()

    def _later(self) -> None:
        self.books.now += timedelta(minutes=7)
        self.office.clock.pass_(minutes=7)

    def _customer(self, index: int) -> str:
        return list(self.books.customers)[index % len(self.books.customers)]

    def _payment(self, index: int) -> str:
        mine = [one.txn_id for one in self.books.of(Payment)]
        return mine[index % len(mine)] if mine else ""

    def _invoice(self, index: int) -> str:
        mine = [one.txn_id for one in self.books.of(Invoice)]
        return mine[index % len(mine)] if mine else ""

    @rule(customer=INDEX, amount=AMOUNTS)
    def bill(self, customer: int, amount: Decimal) -> None:
        self._later()
        self.books.add_invoice(self._customer(customer), amount)

    @rule(customer=INDEX, amount=AMOUNTS, first=INDEX, count=st.integers(0, 3))
    def pay(self, customer: int, amount: Decimal, first: int, count: int) -> None:
        self._later()
        payer = self._customer(customer)
        due: dict[str, Decimal] = {}
        for invoice in self.books.of(Invoice)[-(first % 5) - count :][:count]:
            left = min(self.books.balance(invoice.txn_id), amount - sum(due.values()))
            if left > 0 and invoice.customer in self.books.subtree(payer):
                due[invoice.txn_id] = left
        self._try(self.books.receive_payment, payer, amount, due)

    @rule(payment=INDEX)
    def void(self, payment: int) -> None:
        self._try(self.books.void_payment, self._payment(payment))

    @rule(payment=INDEX)
    def delete(self, payment: int) -> None:
        self._try(self.books.delete_payment, self._payment(payment))

    @rule(payment=INDEX, customer=INDEX)
    def move(self, payment: int, customer: int) -> None:
        self._try(self.books.move_payment, self._payment(payment), self._customer(customer), {})

    @rule(payment=INDEX, amount=AMOUNTS)
    def edit(self, payment: int, amount: Decimal) -> None:
        self._try(self.books.edit_payment, self._payment(payment), amount=amount, memo="edited & changed \u00e9")

    @rule(payment=INDEX, invoice=INDEX, amount=AMOUNTS)
    def reapply(self, payment: int, invoice: int, amount: Decimal) -> None:
        self._try(self.books.reapply, self._payment(payment), {self._invoice(invoice): amount})

    @rule(invoice=INDEX, customer=INDEX)
    def move_invoice(self, invoice: int, customer: int) -> None:
        self._try(self.books.move_invoice, self._invoice(invoice), self._customer(customer))

    @rule(invoice=INDEX, how=st.sampled_from(["void_invoice", "delete_invoice"]))
    def undo_invoice(self, invoice: int, how: str) -> None:
        self._try(getattr(self.books, how), self._invoice(invoice))

    @rule(customer=INDEX, name=st.sampled_from(["Kitchen", "Bath & Spa", "Dach"]))
    def rename(self, customer: int, name: str) -> None:
        self._try(self.books.rename_customer, self._customer(customer), name)

    @rule(customer=INDEX, parent=INDEX)
    def reparent(self, customer: int, parent: int) -> None:
        self._try(self.books.reparent, self._customer(customer), self._customer(parent))

    @rule(customer=INDEX, active=st.booleans())
    def set_active(self, customer: int, active: bool) -> None:
        self._try(self.books.set_active, self._customer(customer), active)

    @rule()
    def make_a_backup(self) -> None:
        self.backup = self.books.backup()

    @precondition(lambda self: getattr(self, "backup", None) is not None)
    @rule()
    def restore_the_backup(self) -> None:
        self._later()
        self.books.restore(self.backup)

    @rule(one=st.booleans())
    def another_edition_of_quickbooks(self, one: bool) -> None:
        self.office.quickbooks.one_iterator = one

    @rule(hresult=st.sampled_from(["0x80040400", "0x80040422", "0x8004040D"]), message=st.integers(1, 3))
    def quickbooks_refuses_a_message(self, hresult: str, message: int) -> None:
        self._later()
        self.office.sync_now()
        self.office.quickbooks.faults.refused[message] = (hresult, "refused")
        self.office.poll()
        self.office.quickbooks.faults.refused.clear()

    def _try(self, edit: Any, *arguments: Any, **options: Any) -> None:
        self._later()
        with suppress(BooksRefused, KeyError):  # QuickBooks would not let a person do that
            edit(*arguments, **options)

    @rule()
    def press_sync_data_now(self) -> None:
        self.office.sync_now()

    @rule(calls=st.integers(1, 6))
    def the_connector_dies(self, calls: int) -> None:
        self._later()
        dying = self.office.calls()
        for _ in range(calls):
            next(dying, None)

    @rule()
    def an_answer_is_lost_and_another_comes_twice(self) -> None:
        self._later()
        self.office.sync_now()
        ticket, work = self.office.authenticate()
        if work:
            return
        self.office.send(ticket)
        request = self.office.send(ticket, "")
        answer = self.office.quickbooks.process(request)
        for _ in range(2):
            self.office.service.receive_response_xml(ticket, answer, "", "")

    @rule()
    @precondition(lambda self: hasattr(self, "office"))
    def sync_to_the_end(self) -> None:
        self._later()
        self.office.sync_now()
        self.office.poll()
        self._all_true()
        self.office.sync_now()
        self.office.poll()
        run = self.office.log()[0]
        assert (run.added, run.changed, run.removed) == (0, 0, 0)

    def _all_true(self) -> None:
        for line in self.office.overview().projects:
            summary = self.office.summary(line.project)
            assert line.paid_to_date == summary.paid_to_date
            assert line.count == summary.count
            if line.status.state is State.HELD:
                continue
            assert line.status.state is State.CURRENT
            assert summary.paid_to_date == self.office.true_total(line.project)


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


@pytest.mark.parametrize("shard", range(SHARDS))
def test_random_histories(fresh: Fresh, backend: str, shard: int) -> None:
    class Sharded(Histories):
        pass

    Sharded.fresh = staticmethod(fresh)
    examples = EXAMPLES // SHARDS
    if backend == "postgresql":
        examples = int(EXAMPLES * ON_POSTGRESQL) if shard == 0 else 0
    if not examples:
        pytest.skip("one shard is enough here")
    chosen = settings(
        max_examples=examples, stateful_step_count=30, deadline=None, suppress_health_check=[*HealthCheck]
    )
    run_state_machine_as_test(seed(shard)(Sharded), settings=chosen)
