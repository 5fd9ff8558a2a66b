"""Projects from a CSV file: every line is tried, and either all are saved or none.

In: a file, a company. Out: saved projects, or one error that names each bad line with its number.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from qbwc_bridge.cli.typed import label, switch
from qbwc_bridge.connector import links, new_projects
from qbwc_bridge.errors import BridgeError, InvalidValue
from qbwc_bridge.records import Company
from qbwc_bridge.store import companies, customers, projects
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


def save(c: Connection, company: Company, lines: Iterable[Numbered], file: Path, now: datetime, by: str) -> int:
    """All lines in the caller's transaction; returns how many. Raises InvalidValue with every bad line."""
    companies.lock(c, company.id)
    wanted = _Forms(c, company)
    bad = []
    for number, line in lines:
        try:
            wanted.take(line)
        except BridgeError as error:
            bad.append(f"line {number}: {error.sentence}")
    if bad:
        raise InvalidValue("file", "\n  ".join([f"Nothing was imported from {file}:", *bad]))
    if wanted.forms:
        new_projects.save(c, company, wanted.forms, now, by)
    return len(wanted.forms)


class _Forms:
    """The lines so far, as projects; what each is compared with is read once."""

    def __init__(self, c: Connection, company: Company) -> None:
        self.forms: list[links.ProjectForm] = []
        self._default = company.client_payments_default
        self._find = customers.finding(c, company.id)
        self._names = projects.names(c, company.id)

    def take(self, line: dict[str, str]) -> None:
        """Raises BridgeError when the line is bad."""
        form = self._form(line)
        links.check(form)
        if form.name in self._names:
            raise projects.taken(form.name, self._names[form.name])
        self._names[form.name] = False
        self.forms.append(form)

    def _form(self, line: dict[str, str]) -> links.ProjectForm:
        job = self._find(line["customer"]) if line.get("customer") else None
        default = "on" if self._default and job else "off"
        return links.ProjectForm(
            name=label(line["project"], "project", links.LONGEST_NAME),
            contract_price=forms.amount_or_nothing(line.get("contract_price", ""), "contract_price"),
            list_id=job.list_id if job else "",
            include_jobs=switch(line.get("include_jobs") or "off", "include_jobs"),
            client_payments=switch(line.get("client_payments") or default, "client_payments"),
        )
