"""A payment summary as CSV, XLSX, JSON and plain text.

In: a Summary, and which columns the reader may see. Out: bytes, a document, text. All four are written from the same lines
as the page and cannot disagree with it. Nothing here knows Flask; the command line uses it too.
"""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import orjson

from qbwc_bridge.records import Application, ClientColumns, Line, Summary

Cell = str | date | Decimal
RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""What a spreadsheet takes for the beginning of a formula."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the exports. Its cells are text, dates or money. ``optional`` ones are shown to clients if allowed."""

    title: str
    cell: Callable[[Line], Cell]
    for_clients: bool = False
    optional: bool = False
    width: int = 14


def applied_words(line: Line) -> str:
    """ "Invoice 94, not yet applied 400.00"."""
    words = [f"{application.txn_type} {application.ref_number}".strip() for application in line.applied_to]
    return ", ".join([*words, *([f"not yet applied {line.unapplied:.2f}"] if line.unapplied else [])])


STAFF_COLUMNS: tuple[Column, ...] = (
    Column("Date", lambda line: line.date, for_clients=True, width=12),
    Column("Method", lambda line: line.method, for_clients=True),
    Column("Ref / check no.", lambda line: line.ref_number, for_clients=True),
    Column("Applied to", applied_words, optional=True, width=30),
    Column("Memo", lambda line: line.memo, optional=True, width=30),
    Column("Amount", lambda line: line.amount, for_clients=True),
    Column("Whole payment", lambda line: line.total_amount, for_clients=True),
    Column("Paid to date", lambda line: line.running_total, for_clients=True),
    Column("Received from", lambda line: line.received_from, width=24),
    Column("Status", lambda line: line.status, width=10),
    Column("Source", lambda line: line.source, width=12),
    Column("TxnID", lambda line: line.txn_id, width=20),
)


def client_columns(allowed: ClientColumns) -> tuple[Column, ...]:
    """The columns of a client, in the same order."""
    extra = allowed.titles
    return tuple(each for each in STAFF_COLUMNS if each.for_clients or (each.optional and each.title in extra))


def csv_bytes(summary: Summary, columns: Sequence[Column] = STAFF_COLUMNS) -> bytes:
    """UTF-8 with BOM, ISO dates, plain numbers; text that would run as a formula is quoted with an apostrophe."""
    rows = [[column.cell(line) for column in columns] for line in summary.lines]
    return csv_table([column.title for column in columns], rows)


def csv_table(titles: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    """Any table in the same way."""
    sheet = io.StringIO(newline="")
    writer = csv.writer(sheet)
    writer.writerow(titles)
    writer.writerows([_plain(cell) for cell in row] for row in rows)
    return sheet.getvalue().encode("utf-8-sig")


def _plain(cell: Cell) -> str:
    if isinstance(cell, Decimal):
        return f"{cell:.2f}"
    if isinstance(cell, date):
        return cell.isoformat()
    return f"'{cell}" if cell.lstrip(" ").startswith(RISKY) else cell


def xlsx_bytes(summary: Summary, columns: Sequence[Column] = STAFF_COLUMNS) -> bytes:
    """A workbook with the payments and the figures: real dates and numbers; texts are never formulas or links."""
    import xlsxwriter  # here: most commands and pages write no workbook

    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        # The file's own date is the data's, so that the same summary gives the same bytes.
        book.set_properties(
            {"title": summary.project, "created": summary.synced_at or datetime(2000, 1, 1, tzinfo=UTC)}
        )
        _payments_sheet(book, summary, columns)
        _figures_sheet(book, summary)
    return file.getvalue()


def _payments_sheet(book: Any, summary: Summary, columns: Sequence[Column]) -> None:
    sheet = book.add_worksheet("Payments")
    bold, day, money = _styles(book)
    for at, column in enumerate(columns):
        sheet.set_column(at, at, column.width)
        sheet.write_string(0, at, column.title, bold)
        for row, line in enumerate(summary.lines, start=1):
            _write(sheet, row, at, column.cell(line), day, money)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, max(len(summary.lines), 1), len(columns) - 1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _figures_sheet(book: Any, summary: Summary) -> None:
    sheet = book.add_worksheet("Summary")
    bold, day, money = _styles(book)
    sheet.set_column(0, 0, 18)
    sheet.set_column(1, 1, 32)
    for row, (title, cell) in enumerate(_figures(summary)):
        sheet.write_string(row, 0, title, bold)
        _write(sheet, row, 1, cell, day, money)


def _figures(summary: Summary) -> list[tuple[str, Cell]]:
    told: list[tuple[str, Cell | None]] = [
        ("Company", summary.company),
        ("Project", summary.project),
        ("QuickBooks job", summary.customer.full_name if summary.customer else None),
        ("As of", instant(summary.synced_at)),
        ("Currency", summary.currency or None),
        ("Contract price", summary.contract_price),
        ("Paid to date", summary.paid_to_date),
        ("Payments", str(summary.count)),
    ]
    return [(title, cell) for title, cell in told if cell is not None]


def _styles(book: Any) -> tuple[Any, Any, Any]:
    return (
        book.add_format({"bold": True}),
        book.add_format({"num_format": "yyyy-mm-dd", "align": "left"}),
        book.add_format({"num_format": "#,##0.00"}),
    )


def _write(sheet: Any, row: int, at: int, cell: Cell, day: Any, money: Any) -> None:
    if isinstance(cell, Decimal):
        sheet.write_number(row, at, cell, money)
    elif isinstance(cell, date):
        sheet.write_datetime(row, at, cell, day)
    else:
        sheet.write_string(row, at, cell)


def json_document(summary: Summary) -> dict[str, Any]:
    """The document of ``payments --format json``: money as text, instants in UTC, payments oldest first, for ``json_bytes``."""
    job = summary.customer
    return {
        "company": summary.company,
        "project": summary.project,
        "customer": {"list_id": job.list_id, "full_name": job.full_name} if job else None,
        "client_payments": summary.client_payments,
        "state": summary.state.value,
        "synced_at": instant(summary.synced_at),
        "currency": summary.currency,
        "contract_price": None if summary.contract_price is None else f"{summary.contract_price:.2f}",
        "paid_to_date": f"{summary.paid_to_date:.2f}",
        "unapplied": f"{summary.unapplied:.2f}",
        "count": summary.count,
        "payments": summary.lines,
    }


def json_bytes(document: dict[str, Any], *, indented: bool = False) -> bytes:
    """As text in UTF-8. Each line of a summary is written as soon as it is a document: thousands of them at once take twice as
    long, and another library ten times."""
    layout = orjson.OPT_INDENT_2 if indented else 0
    return orjson.dumps(document, default=_payment, option=layout | orjson.OPT_APPEND_NEWLINE)


def _payment(line: Line) -> dict[str, Any]:
    return {
        "txn_id": line.txn_id or None,
        "source": line.source,
        "kind": "payment",
        "status": line.status,
        "date": line.date.isoformat(),
        "method": line.method,
        "ref_number": line.ref_number,
        "memo": line.memo,
        "amount": str(line.amount),
        "total_amount": str(line.total_amount),
        "running_total": str(line.running_total),
        "received_from": line.received_from,
        "applied_to": list(map(_application, line.applied_to)),
    }


def _application(application: Application) -> dict[str, str]:
    return {
        "txn_id": application.txn_id,
        "txn_type": application.txn_type,
        "ref_number": application.ref_number,
        "amount": str(application.amount),
    }


def instant(moment: datetime | None) -> str | None:
    """``YYYY-MM-DDTHH:MM:SSZ``, or None."""
    return None if moment is None else moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


TEXT_COLUMNS = ("Date", "Method", "Ref / check no.", "Applied to", "Amount", "Paid to date")


def text(summary: Summary) -> str:
    """The summary as a table for a terminal, with its figures above."""
    columns = [column for column in STAFF_COLUMNS if column.title in TEXT_COLUMNS]
    rows = [[column.title for column in columns]]
    rows += [[_printable(column.cell(line), line) for column in columns] for line in summary.lines]
    head = f"{summary.project} ({summary.company})"
    told = [f"  {title}: {_spoken(cell)}" for title, cell in _figures(summary)[2:]]
    table = _aligned(rows) if summary.lines else ["  No payments yet."]
    return "\n".join([_clean(head), f"  State: {summary.state.value}", *told, "", *table, ""])


def _spoken(cell: Cell) -> str:
    return f"{cell:,.2f}" if isinstance(cell, Decimal) else _clean(str(cell))


def _printable(cell: Cell, line: Line) -> str:
    if isinstance(cell, Decimal):
        return f"{cell:,.2f}"
    if isinstance(cell, date) and line.status == "voided":
        return f"{cell.isoformat()} voided"
    return _clean(str(cell))


def _clean(words: str) -> str:
    """Without control characters, which a terminal would obey."""
    return "".join(sign if sign.isprintable() else " " for sign in words)


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    money = {at for at, title in enumerate(rows[0]) if title in ("Amount", "Paid to date")}
    return [
        "  "
        + "  ".join(word.rjust(widths[at]) if at in money else word.ljust(widths[at]) for at, word in enumerate(row))
        for row in rows
    ]


def file_of(body: bytes) -> io.BytesIO:
    """The bytes as a file to send."""
    return io.BytesIO(body)
