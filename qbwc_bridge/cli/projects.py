"""``project …``: adding, changing, importing and listing projects."""

import sys
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import click

from qbwc_bridge.cli import documents, project_import
from qbwc_bridge.cli.desk import Desk, at_desk, output_format, print_document, print_table
from qbwc_bridge.cli.typed import label, money, on_off
from qbwc_bridge.connector import links
from qbwc_bridge.records import Company, CustomerJob, Project
from qbwc_bridge.store import companies, customers, projects, summaries
from qbwc_bridge.store.database import Connection
from qbwc_bridge.web.documents import project_link


def _link_options(command: Callable[..., Any]) -> Callable[..., Any]:
    for option in reversed(
        [
            click.option("--customer", metavar="FULLNAME|LISTID", help='Such as "Smith:Kitchen"; "" ends the link.'),
            click.option("--client-payments", type=on_off, metavar="on|off", help="Take the payments from QuickBooks."),
            click.option("--include-jobs", type=on_off, metavar="on|off", help="Count the jobs below it too."),
            click.option("--contract-price", type=money, metavar="AMOUNT", help="Such as 240000 or 240,000.00."),
            output_format("text", "json"),
        ]
    ):
        command = option(command)
    return command


@click.command
@click.argument("name")
@click.argument("project")
@_link_options
@at_desk
def add(
    desk: Desk,
    name: str,
    project: str,
    customer: str | None,
    client_payments: bool | None,
    include_jobs: bool | None,
    contract_price: Decimal | None,
    form: str,
) -> None:
    """Without --client-payments the company's account default applies to a project that is linked."""
    with desk.writing() as c:
        company = companies.by_name(c, name)
        job = customers.find(c, company.id, customer) if customer else None
        default = company.client_payments_default and job is not None
        wanted = links.ProjectForm(
            name=label(project, "project", links.LONGEST_NAME),
            contract_price=contract_price,
            list_id=job.list_id if job else "",
            include_jobs=bool(include_jobs),
            client_payments=default if client_payments is None else client_payments,
        )
        saved = links.save(c, company, None, wanted, desk.now, desk.person)
        others = links.overlapping(c, company.id, saved)
    _show(company, saved, job, form, others)


@click.command
@click.argument("name")
@click.argument("project")
@_link_options
@click.option("--archived", type=on_off, metavar="on|off", help="Put it aside, or take it back; nothing is lost.")
@at_desk
def change(
    desk: Desk,
    name: str,
    project: str,
    customer: str | None,
    client_payments: bool | None,
    include_jobs: bool | None,
    contract_price: Decimal | None,
    archived: bool | None,
    form: str,
) -> None:
    """What is not given stays as it is. A project that is linked now takes the account default unless told otherwise."""
    with desk.writing() as c:
        company = companies.by_name(c, name)
        before = projects.by_name(c, company.id, project)
        if archived is False:
            links.restore(c, company.id, before.id, desk.now, desk.person)
        job = _job(c, company, before, customer)
        newly_linked = bool(job) and not before.list_id
        default = before.client_payments or (newly_linked and company.client_payments_default)
        wanted = links.ProjectForm(
            name=before.name,
            client_name=before.client_name,
            contract_price=before.contract_price if contract_price is None else contract_price,
            list_id=job.list_id if job else "",
            include_jobs=before.include_jobs if include_jobs is None else include_jobs,
            client_payments=default if client_payments is None else client_payments,
        )
        saved = links.save(c, company, before.id, wanted, desk.now, desk.person)
        if archived:
            links.archive(c, company.id, before.id, desk.now, desk.person)
            saved = projects.by_id(c, company.id, before.id)
        others = links.overlapping(c, company.id, saved)
    _show(company, saved, job, form, others)


def _job(c: Connection, company: Company, before: Project, customer: str | None) -> CustomerJob | None:
    if customer is None:
        return customers.get(c, company.id, before.list_id) if before.list_id else None
    return customers.find(c, company.id, customer) if customer else None


def _show(company: Company, project: Project, job: CustomerJob | None, form: str, others: list[Project]) -> None:
    if form == "json":
        print_document({"company": company.name, **project_link(project, job)})
        return
    linked = f"linked to {job.full_name}" if job else "not linked"
    jobs = ", with its jobs" if job and project.include_jobs else ""
    aside = ", archived" if project.archived_at else ""
    click.echo(f"{project.name}: {linked}{jobs}, Client Payments {'on' if project.client_payments else 'off'}{aside}.")
    if others:
        click.echo(f"Some of the same payments are shown in {', '.join(other.name for other in others)} as well.")


@click.command
@click.argument("name")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@at_desk
def load(desk: Desk, name: str, file: Path) -> None:
    """FILE has the columns project,customer,client_payments,include_jobs,contract_price.

    Only project must be filled. Empty client_payments means the account default. A bad line stops the whole import.
    """
    lines = project_import.read(file)
    shown = click.progressbar(lines, label="Importing", file=sys.stderr, hidden=not sys.stderr.isatty())
    with desk.writing() as c, shown:
        company = companies.by_name(c, name)
        count = project_import.save(c, company, shown, file, desk.now, desk.person)
    click.echo(f"{count} project{'' if count == 1 else 's'} imported.")


@click.command
@click.argument("name")
@click.option("--archived", is_flag=True, help="The archived ones too.")
@output_format("text", "json")
@at_desk
def show(desk: Desk, name: str, archived: bool, form: str) -> None:
    poll_minutes = desk.config.sync.poll_minutes
    with desk.reading() as c:
        company = companies.by_name(c, name)
        overview = summaries.overview(c, company.id, desk.now, poll_minutes)
        aside = summaries.archived(c, company.id, desk.now, poll_minutes) if archived else []
    if form == "json":
        print_document(documents.all_projects(overview, aside) if archived else documents.projects(overview))
    elif not overview.projects and not aside:
        kept = f"No project is in use; {overview.archived} archived, which --archived lists."
        click.echo(kept if overview.archived else "There is no project yet.")
    else:
        rows = [
            [
                each.project.name,
                each.customer.full_name if each.customer else "",
                "archived" if each.project.archived_at else each.status.state.value,
                f"{each.paid_to_date:,.2f}",
                str(each.count),
                documents.moment(each.project.synced_at),
            ]
            for each in [*overview.projects, *aside]
        ]
        print_table(["Project", "Customer or job", "State", "Paid to date", "Payments", "Synced"], rows)
