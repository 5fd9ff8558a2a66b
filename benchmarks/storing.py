"""Parse, reconcile and store 50,000 payments with their applications: what a complete first pull costs.

The floor keeps no history and reconciles nothing: lxml's iterparse to rows, and sqlite3's executemany of the same payments
and parts into the same tables.
"""

import gc
import io
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lxml import etree

from benchmarks import answers
from qbwc_bridge.qbxml import read_answers
from qbwc_bridge.server.running import look_for_garbage_less_often
from qbwc_bridge.store import companies, payments
from qbwc_bridge.store.database import Database
from qbwc_bridge.sync.attribution import applied_invoices
from qbwc_bridge.sync.plan import plan, tally

COUNT, JOBS = 50_000, 500
NOW = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
BATCH = 1000
PAYMENT = (
    "insert into payments (company_id, txn_id, list_id, received_from, date, total, unused, method, ref_number, memo, "
    "currency, voided, time_modified, edit_sequence) values (1, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', 0, ?, ?)"
)
PART = (
    "insert into parts (company_id, txn_id, position, list_id, amount, applied_txn_id, applied_txn_type, "
    "applied_ref_number) values (1, ?, ?, ?, ?, ?, ?, ?)"
)


def floor(file: Path, text: str, owners: dict[str, str]) -> None:
    """No decision at all."""
    with sqlite3.connect(file) as c:
        kept: list[Any] = []
        shares: list[Any] = []
        for row, parts in _rows(text, owners):
            kept.append(row)
            shares += parts
            if len(kept) == BATCH:
                c.executemany(PAYMENT, kept)
                c.executemany(PART, shares)
                kept, shares = [], []
    c.close()


def _rows(text: str, owners: dict[str, str]) -> Iterator[tuple[Any, list[Any]]]:
    for _, ret in etree.iterparse(io.BytesIO(text.encode()), tag="ReceivePaymentRet"):
        txn_id, list_id = ret.findtext("TxnID"), ret.findtext("CustomerRef/ListID")
        row = (
            txn_id,
            list_id,
            ret.findtext("CustomerRef/FullName"),
            ret.findtext("TxnDate"),
            _cents(ret.findtext("TotalAmount")),
            _cents(ret.findtext("UnusedPayment")),
            ret.findtext("PaymentMethodRef/FullName"),
            ret.findtext("RefNumber"),
            ret.findtext("Memo"),
            ret.findtext("TimeModified")[:19],
            ret.findtext("EditSequence"),
        )
        parts = []
        for n, paid in enumerate(ret.iterchildren("AppliedToTxnRet")):
            invoice = paid.findtext("TxnID")
            amount, kind, ref = _cents(paid.findtext("Amount")), paid.findtext("TxnType"), paid.findtext("RefNumber")
            parts.append((txn_id, n, owners.get(invoice, list_id), amount, invoice, kind, ref))
        yield row, parts
        ret.clear()


def _cents(text: str) -> int:
    whole, _, fraction = text.partition(".")
    return int(whole) * 100 + int(fraction)


def ours(file: Path, text: str, owners: dict[str, str]) -> None:
    """What the connector does with a complete pull, without the queue around it."""
    database = Database(f"sqlite:///{file}")
    incoming = {one.txn_id: one for answer in read_answers(text) for one in answer.rows}
    with database.begin() as c:
        swept = {one.list_id for one in incoming.values()}
        stored = {one.payment.txn_id: one for one in payments.received_from(c, 1, swept)}
        stored.update({one.payment.txn_id: one for one in payments.with_ids(c, 1, incoming)})
        known = {txn_id: owners[txn_id] for txn_id in applied_invoices(incoming.values())}
        todo = plan(stored, incoming, known, swept)
        payments.apply(
            c, 1, written=todo.written, removed=todo.removed, changes=todo.changes, because="benchmark", now=NOW
        )
        if tally(incoming.values(), swept) != payments.tally(c, 1, swept):
            raise RuntimeError("totals differ")
    database.close()


def _seconds(work: Callable[[Path, str, dict[str, str]], None], text: str, owners: dict[str, str]) -> float:
    """CPU of one run into a new database."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "books.db")
        database = Database(f"sqlite:///{file}")
        database.migrate(NOW)
        with database.begin() as c:
            companies.add(c, "Acme", "acme", "0" * 64, "{00000001-0000-4000-8000-000000000000}", NOW)
        database.close()
        gc.collect()
        began = time.process_time()
        work(file, text, owners)
        return time.process_time() - began


def run() -> None:
    """Print the ratio."""
    look_for_garbage_less_often()  # as the server does, for the floor too
    text, owners = answers.payments(COUNT, JOBS), answers.invoices(COUNT, JOBS)
    turns = [[_seconds(work, text, owners) for work in (floor, ours)] for _ in range(4)]
    bare, mine = (min(seconds) for seconds in zip(*turns, strict=True))
    print(
        f"(a) parse, reconcile, store {COUNT:,} payments, {len(owners):,} applications ({len(text) / 1e6:.0f} MB): "
        f"{bare / mine:.2f} of the speed of the bare floor ({mine:.1f} s, {bare:.1f} s of CPU)"
    )


if __name__ == "__main__":
    run()
