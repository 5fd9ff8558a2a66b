"""``payment add`` and ``payments``."""

import datetime as dt
from decimal import Decimal
from pathlib import Path

import click

from qbwc_bridge.cli.desk import Desk, at_desk, output_format, write_file
from qbwc_bridge.cli.typed import day, money
from qbwc_bridge.records import Summary
from qbwc_bridge.store import companies, manual, projects, summaries
from qbwc_bridge.web import exports


@click.command
@click.argument("name")
@click.argument("project")
@click.option("--date", type=day, required=True, metavar="YYYY-MM-DD")
@click.option("--amount", type=money, required=True, metavar="AMOUNT", help="Such as 12000 or 12,000.00.")
@click.option("--method", default="", metavar="M", help="Check, ACH, cash …")
@click.option("--ref", default="", metavar="R", help="The check number or another reference.")
@click.option("--memo", default="", metavar="T")
@at_desk
def add(desk: Desk, name: str, project: str, date: dt.date, amount: Decimal, method: str, ref: str, memo: str) -> None:
    with desk.writing() as c:
        company = companies.by_name(c, name)
        found = projects.by_name(c, company.id, project)
        manual.add(
            c,
            company.id,
            found.id,
            date=date,
            amount=amount,
            method=method,
            ref_number=ref,
            memo=memo,
            by=desk.person,
            now=desk.now,
        )
    click.echo(f"{found.name}: a payment of {amount:,.2f} on {date.isoformat()} was added.")


@click.command
@click.argument("name")
@click.argument("project")
@output_format("text", "json", "csv", "xlsx")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), default=Path("-"), metavar="FILE")
@at_desk
def show(desk: Desk, name: str, project: str, form: str, output: Path) -> None:
    with desk.reading() as c:
        company = companies.by_name(c, name)
        found = projects.by_name(c, company.id, project)
        summary = summaries.load(c, company.id, found.id, desk.now, desk.config.sync.poll_minutes)
    write_file(output, _written(summary, form))


def _written(summary: Summary, form: str) -> bytes:
    if form == "csv":
        return exports.csv_bytes(summary)
    if form == "xlsx":
        return exports.xlsx_bytes(summary)
    if form == "json":
        return exports.json_bytes(exports.json_document(summary), indented=True)
    return exports.text(summary).encode()
