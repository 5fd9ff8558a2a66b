"""Projects from a CSV file: every line is tried, and either all are saved or none.

In: a file, a company. Out: saved projects, or one error that names each bad line with its number.
"""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path

from qbwc_bridge.cli.typed import label, switch
from qbwc_bridge.connector import links
from qbwc_bridge.errors import BridgeError, InvalidValue
from qbwc_bridge.records import Company
from qbwc_bridge.store import customers
from qbwc_bridge.store.database import Connection
from qbwc_bridge.web import forms

COLUMNS = ("project", "customer", "client_payments", "include_jobs", "contract_price")
Numbered = tuple[int, dict[str, str]]


def read(file: Path) -> list[Numbered]:
    """The lines with their numbers. Raises InvalidValue when it is no such file."""
    try:
        text = file.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidValue("file", f"{file} is not UTF-8 text.", "Save it as CSV UTF-8.") from error
    try:
        return list(_lines(text, file))
    except csv.Error as error:
        raise InvalidValue("file", f"{file} is not a CSV file: {error}.") from error


def _lines(text: str, file: Path) -> Iterator[Numbered]:
    table = csv.reader(io.StringIO(text, newline=""))
    head = [title.strip().lower() for title in next(table, [])]
    if "project" not in head or set(head) - set(COLUMNS) or len(set(head)) != len(head):
        raise InvalidValue("file", f"The first line of {file} must name the columns: {','.join(COLUMNS)}.")
    rows = [(table.line_num, row) for row in table if any(cell.strip() for cell in row)]
    ragged = [str(number) for number, row in rows if len(row) > len(head)]
    if ragged:
        raise InvalidValue("file", f"{file} has more cells than columns in line {', '.join(ragged)}.")
    for number, row in rows:
        yield number, {title: cell.strip() for title, cell in zip(head, row, strict=False)}


def save(c: Connection, company: Company, lines: Sequence[Numbered], file: Path, now: datetime, by: str) -> int:
    """All lines in the caller's transaction; returns how many. Raises InvalidValue with every bad line."""
    bad = []
    for number, line in lines:
        try:
            links.save(c, company, None, _form(c, company, line), now, by)
        except BridgeError as error:
            bad.append(f"line {number}: {error.sentence}")
    if bad:
        raise InvalidValue("file", "\n  ".join([f"Nothing was imported from {file}:", *bad]))
    return len(lines)


def _form(c: Connection, company: Company, line: dict[str, str]) -> links.ProjectForm:
    job = customers.find(c, company.id, line["customer"]) if line.get("customer") else None
    default = "on" if company.client_payments_default and job else "off"
    return links.ProjectForm(
        name=label(line["project"], "project", links.LONGEST_NAME),
        contract_price=forms.amount_or_nothing(line.get("contract_price", ""), "contract_price"),
        list_id=job.list_id if job else "",
        include_jobs=switch(line.get("include_jobs") or "off", "include_jobs"),
        client_payments=switch(line.get("client_payments") or default, "client_payments"),
    )
