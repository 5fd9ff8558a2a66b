"""Named situations of an office, for ``simulate --scenario`` and whoever wants to see one.

In: a scenario's name, a service, a day. Out: one :class:`~.web_connector.Update`. A scenario changes the sample company
file, the faults, or both; two processes on the same day see the same file. It will never know how the service copes.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from . import faults
from .books import Books
from .faults import Faults
from .ledger import Payment
from .request_processor import RequestProcessor
from .sample import sample_books
from .web_connector import Update, WebConnector

OTHER_FILE_ID = "{0D15EA5E-0000-4000-8000-000000000001}"
Preparation = Callable[[Books, Faults], object]


@dataclass(frozen=True)
class Scenario:
    """``help`` is one sentence for the command line."""

    name: str
    help: str
    prepare: Preparation


def scene(name: str, owner_id: str, file_id: str, today: date) -> RequestProcessor:
    """The QuickBooks of a scenario, ready for an update. Raises KeyError for an unknown name."""
    scenario = SCENARIOS[name]
    books, wrong = sample_books(today), Faults()
    books.now += timedelta(minutes=5)
    books.register(owner_id, file_id)
    scenario.prepare(books, wrong)
    return RequestProcessor(books, wrong)


def play(
    scenario: str,
    url: str,
    user: str,
    password: str,
    owner_id: str,
    file_id: str,
    today: date,
    *,
    sleep: Callable[[float], object] = time.sleep,
) -> Update:
    """One update of one scenario against the service at ``url``."""
    quickbooks = scene(scenario, owner_id, file_id, today)
    return WebConnector(url, user, password, quickbooks, owner_id, sleep=sleep).update()


# What each one prepares -----------------------------------------------------------------------------------------


def _nothing(books: Books, wrong: Faults) -> None:
    """A good day."""


def _closed(books: Books, wrong: Faults) -> None:
    wrong.opening += [faults.CANNOT_START] * 9


def _dialog(books: Books, wrong: Faults) -> None:
    wrong.opening += [faults.MODAL_DIALOG] * 9


def _wrong_file(books: Books, wrong: Faults) -> None:
    books.file_ids = dict.fromkeys(books.file_ids, OTHER_FILE_ID)
    books.company = books.legal_name = "Another Company"
    books.path = r"C:\QuickBooks\Another Company.QBW"


def _copied_file(books: Books, wrong: Faults) -> None:
    books.path = r"C:\QuickBooks\Old\Copy of Sample Builders.QBW"


def _empty_answer(books: Books, wrong: Faults) -> None:
    wrong.no_match.add("ReceivePaymentQuery")


def _parse_error(books: Books, wrong: Faults) -> None:
    wrong.refused.update(dict.fromkeys(range(1, 100), faults.PARSE_ERROR))


def _session_dies(books: Books, wrong: Faults) -> None:
    wrong.stop_after = ("sendRequestXML", 1)


def _slow(books: Books, wrong: Faults) -> None:
    wrong.delay = 3.0


def _no_text(books: Books, wrong: Faults) -> None:
    wrong.silent.update(range(1, 100))


def _new_payment(books: Books, wrong: Faults) -> None:
    invoice = books.add_invoice("Smith:Kitchen", Decimal("9600.00"), ref_number="2001", memo="Countertops")
    paid = {invoice.txn_id: invoice.amount}
    books.receive_payment("Smith:Kitchen", invoice.amount, paid, method="Check", ref_number="1140", memo="Countertops")
    job = books.add_invoice("O'Brien & Sons:Office Fit-Out", Decimal("8000.00"), ref_number="2002")
    books.receive_payment("O'Brien & Sons", Decimal("10000.00"), {job.txn_id: job.amount}, method="ACH")


def _edits(books: Books, wrong: Faults) -> None:
    """The last payments of Smith:Kitchen and Hansen:Basement change; a job gets another name."""
    kitchen, basement = (_payments(books, name) for name in ("Smith:Kitchen", "Hansen:Basement"))
    books.edit_payment(kitchen[-1], memo="Final draw", ref_number="1131-A")
    books.void_payment(kitchen[-2])
    books.delete_payment(basement[-2])
    books.move_payment(basement[-1], "Hansen:Bathroom")
    books.rename_customer(books.customer("Tran:Porch").list_id, "Front Porch")


def _payments(books: Books, full_name: str) -> list[str]:
    list_id = books.customer(full_name).list_id
    return [payment.txn_id for payment in books.of(Payment) if payment.customer == list_id and not payment.voided]


def _restored(books: Books, wrong: Faults) -> None:
    """The newest payment is not in the backup, and no deletion tells of it."""
    last = books.of(Payment)[-1]
    books.delete_payment(last.txn_id)
    del books.deletions[-1]
    books.restore(books.backup())


SCENARIOS = {
    scenario.name: scenario
    for scenario in (
        Scenario("normal", "QuickBooks is open with the sample company file.", _nothing),
        Scenario(
            "new-payment", "The normal file with a check for Smith:Kitchen and money from a parent.", _new_payment
        ),
        Scenario("edits", "Payments were edited, voided, deleted and moved, and a job was renamed.", _edits),
        Scenario("restored", "The file was restored from a backup that lacks the newest payment.", _restored),
        Scenario("quickbooks-closed", "QuickBooks cannot be started (0x80040408).", _closed),
        Scenario("modal-dialog", "A dialog is open in QuickBooks and keeps everybody out (0x80040414).", _dialog),
        Scenario("wrong-file", "Another company file is open, with another FileID.", _wrong_file),
        Scenario("copied-file", "A copy of the company file is open: the same FileID at another path.", _copied_file),
        Scenario("empty-answer", "QuickBooks answers that it knows no payments at all.", _empty_answer),
        Scenario("no-text", "QuickBooks answers with an empty text and no error.", _no_text),
        Scenario("parse-error", "QuickBooks refuses every message as unreadable (0x80040400).", _parse_error),
        Scenario("session-dies", "The computer goes to sleep after the first request was fetched.", _session_dies),
        Scenario("slow", "QuickBooks takes three seconds for each message.", _slow),
    )
}
