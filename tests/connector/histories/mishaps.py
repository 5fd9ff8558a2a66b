"""What goes wrong between QuickBooks, the Web Connector and us, and what time does."""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from typing import Any

from connector.histories.setting import INDEX, Setting
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule
from sqlalchemy import delete, update

from qbwc_bridge.connector import decisions
from qbwc_bridge.records import State
from qbwc_bridge.simulator import Books, BooksRefused
from qbwc_bridge.simulator.ledger import Payment
from qbwc_bridge.store.models import invoices, parts, payments

NOBODYS = "{00000000-0000-4000-8000-000000000000}"


def _copied(other: Books) -> None:
    other.path = f"{other.path} - Copy.QBW"  # and a copy of the copy is another one again


def _of_somebody_else(other: Books) -> None:
    other.company = "Other Books"
    other.file_ids = dict.fromkeys(other.file_ids, NOBODYS)


def _never_registered(other: Books) -> None:
    other.company = "Other Books"
    other.file_ids = {}


OTHER_FILES = [_copied, _copied, _of_somebody_else, _never_registered]
ALTERED = [{"total": Decimal("1.23")}, {"memo": "made up"}, {"voided": True}, {"list_id": ""}, {"unused": Decimal(1)}]


class Mishaps(Setting):
    """Connections break, QuickBooks refuses, another file is open, the mirror is touched behind our back, weeks pass."""

    # The Web Connector and QuickBooks -----------------------------------------------------------------------------

    @rule(one=st.booleans())
    def another_edition_of_quickbooks(self, one: bool) -> None:
        self.office.quickbooks.one_iterator = one

    @rule(hresult=st.sampled_from(["0x80040400", "0x80040422", "0x8004040D"]), message=st.integers(1, 3))
    def quickbooks_refuses_a_message(self, hresult: str, message: int) -> None:
        self._later()
        self.office.sync_now()
        self.office.quickbooks.faults.refused[message] = (hresult, "refused")
        self._visit()
        self.office.quickbooks.faults.refused.clear()

    @rule(calls=st.integers(1, 6))
    def the_connector_dies(self, calls: int) -> None:
        self._later()
        with self._watched():
            dying = self.office.calls()
            for _ in range(calls):
                next(dying, None)

    @rule()
    def an_answer_is_lost_and_another_comes_twice(self) -> None:
        self._later()
        self.office.sync_now()
        with self._watched():
            ticket, work, *_ = self.office.authenticate()
            if work or not self.office.send(ticket) or not (request := self.office.send(ticket, "")):
                return
            answer = self.office.quickbooks.process(request)
            for _ in range(2):
                self.office.service.receive_response_xml(ticket, answer, "", "")

    # The company file that is open --------------------------------------------------------------------------------

    @rule(become=st.sampled_from(OTHER_FILES))
    def another_company_file_is_open(self, become: Callable[[Books], None]) -> None:
        """Nothing may change, and everybody who is synced is told."""
        self._later()
        other = self.books.backup()
        for payment in other.of(Payment)[::2]:
            other.delete_payment(payment.txn_id)
        become(other)
        self.office.quickbooks.books = other
        self.office.sync_now()
        if self._visit()[0].result == "":
            lines = self.office.overview().projects
            synced = [line for line in lines if line.project.client_payments and line.project.list_id]
            assert {line.status.state for line in synced} <= {State.FAILED}

    @rule()
    def the_right_company_file_is_open_again(self) -> None:
        self.office.quickbooks.books = self.books

    @precondition(lambda self: self.office.quickbooks.books is not self.books)
    @rule()
    def the_admin_chooses_the_copy_instead(self) -> None:
        """From now on the copy is the company's own file."""
        self._later()
        other = self.office.overview().company.other_file
        chosen = self.office.quickbooks.books
        if other is None or not isinstance(chosen, Books) or chosen.path != other.path:
            return
        with self.database.begin() as c:
            decisions.use_this_file(c, self.office.company.id, "dana", self.office.clock())
        assert State.CURRENT not in {line.status.state for line in self.office.overview().projects}
        chosen.now = self.books.now
        self.books = self.office.books = chosen
        self.restored = True

    # Our own database ---------------------------------------------------------------------------------------------

    @rule(payment=INDEX, buried=st.booleans())
    def a_row_of_ours_is_lost(self, payment: int, buried: bool) -> None:
        """The count of the next sync must find it."""
        stored = self._stored()
        if not stored:
            return
        lost = stored[payment % len(stored)]
        with self.database.begin() as c:
            c.execute(delete(parts).where(parts.c.txn_id == lost))
            if buried:
                c.execute(update(payments).where(payments.c.txn_id == lost).values(removed_at=self.office.clock.now))
            else:
                c.execute(delete(payments).where(payments.c.txn_id == lost))

    @rule(payment=INDEX, values=st.sampled_from(ALTERED), part=st.booleans(), customer=INDEX)
    def a_row_of_ours_is_altered(self, payment: int, values: dict[str, Any], part: bool, customer: int) -> None:
        """Only the weekly re-reading is promised to find it."""
        stored = self._stored()
        if not stored:
            return
        chosen = stored[payment % len(stored)]
        here = {**values, "list_id": self._customer(customer)} if "list_id" in values else values
        with self.database.begin() as c:
            c.execute(update(payments).where(payments.c.txn_id == chosen).values(here))
            if part:
                c.execute(update(parts).where(parts.c.txn_id == chosen).values(amount=Decimal("9.99")))
        self.altered = True

    @rule(invoice=INDEX, customer=INDEX, lost=st.booleans())
    def an_invoice_of_ours_is_altered(self, invoice: int, customer: int, lost: bool) -> None:
        chosen = invoices.c.txn_id == self._invoice(invoice)
        wrong = delete(invoices) if lost else update(invoices).values(list_id=self._customer(customer))
        with self.database.begin() as c:
            c.execute(wrong.where(chosen))
        self.altered = True

    # Time ---------------------------------------------------------------------------------------------------------

    @rule(hours=st.sampled_from([20, 30, 50]))
    def a_day_passes(self, hours: int) -> None:
        self._later(hours=hours)
        self._visit()

    @precondition(lambda self: self.altered or self.refunded)
    @rule()
    def a_week_passes(self) -> None:
        """Everything is read again completely: whatever was wrong is right."""
        self._end_the_pause()
        self.office.quickbooks.books = self.books
        self._later(days=8)
        self._visit()
        self.altered = self.refunded = False
        if self.restored:
            self._good_sync()
        self._all_true()

    @rule(calls=st.integers(2, 5), edits=st.lists(st.tuples(INDEX, INDEX), min_size=1, max_size=2))
    def the_bookkeeper_goes_on_while_the_connector_is_there(self, calls: int, edits: list[tuple[int, int]]) -> None:
        self._later()
        self.office.sync_now()
        visit = self.office.calls()
        for _ in range(calls):
            next(visit, None)
        for kind, payment in edits:
            self._edit_quickly(kind, payment)
        list(visit)

    def _edit_quickly(self, kind: int, payment: int) -> None:
        """The Web Connector does not wait."""
        self.books.now += timedelta(seconds=5)
        txn_id, customer = self._payment(payment), self._customer(payment)
        edits: list[tuple[Any, ...]] = [
            (self.books.void_payment, txn_id),
            (self.books.delete_payment, txn_id),
            (self.books.move_payment, txn_id, customer),
            (self.books.receive_payment, customer, Decimal("7.00")),
            (self.books.move_invoice, self._invoice(payment), customer),
        ]
        edit, *arguments = edits[kind % len(edits)]
        with suppress(BooksRefused, KeyError):
            edit(*arguments)
