"""``sync …``: asking for a sync, and looking at how it went."""

import click

from qbwc_bridge.cli import documents
from qbwc_bridge.cli.desk import Desk, at_desk, output_format, print_document, print_table
from qbwc_bridge.connector import requests
from qbwc_bridge.records import Conversation, Trigger
from qbwc_bridge.store import companies, conversations, projects, summaries
from qbwc_bridge.store.summaries import Overview


@click.command
@click.argument("name")
@click.argument("project", required=False)
@click.option("--full", is_flag=True, help="Read every payment again, whatever is known.")
@at_desk
def request(desk: Desk, name: str, project: str | None, full: bool) -> None:
    with desk.writing() as c:
        company = companies.by_name(c, name)
        chosen = projects.by_name(c, company.id, project).id if project else None
        queued = requests.request_sync(
            c, company.id, chosen, trigger=Trigger.PERSON, by=desk.person, now=desk.now, full=full
        )
    what = "Sync requested." if queued else "A sync is waiting already."
    click.echo(f"{what} The Web Connector collects it at its next poll.")


@click.command
@click.argument("name")
@output_format("text", "json")
@at_desk
def status(desk: Desk, name: str, form: str) -> None:
    with desk.reading() as c:
        company = companies.by_name(c, name)
        overview = summaries.overview(c, company.id, desk.now, desk.config.sync.poll_minutes)
    if form == "json":
        print_document(documents.sync_status(overview))
    else:
        _print_status(overview)


def _print_status(overview: Overview) -> None:
    company = overview.company
    click.echo(f"{company.name}: {overview.status.state.value}. {overview.status.sentence}")
    click.echo(f"  Web Connector last seen: {documents.moment(company.last_contact_at)}")
    click.echo(f"  Last success: {documents.moment(company.last_success_at)}")
    if company.last_reason:
        click.echo(f"  Last poll: {company.last_reason}")
    if company.file:
        click.echo(f"  Company file: {company.file.name} ({company.file.path})")
    if overview.failure:
        click.echo(f"  Problem: {overview.failure.sentence} {overview.failure.hint}")
    click.echo(f"  Waiting requests: {overview.waiting}")
    for each in overview.projects:
        click.echo(f"  {each.project.name}: {each.status.state.value}. {each.status.sentence}")


@click.command
@click.argument("name")
@output_format("text", "json")
@at_desk
def log(desk: Desk, name: str, form: str) -> None:
    with desk.reading() as c:
        company = companies.by_name(c, name)
        runs = conversations.log(c, company.id)
    if form == "json":
        print_document(documents.sync_log(company, runs))
    elif not runs:
        click.echo("There was no sync yet.")
    else:
        rows = [_log_row(run) for run in runs]
        print_table(["Started", "Why", "Result", "Rounds", "Added", "Changed", "Removed", "Problem"], rows)


def _log_row(run: Conversation) -> list[str]:
    counts = [str(count) for count in (run.rounds, run.added, run.changed, run.removed)]
    problem = run.failure.sentence if run.failure else ""
    return [documents.moment(run.started), run.trigger, run.result or "running", *counts, problem]
