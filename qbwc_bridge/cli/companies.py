"""``company …``, ``qwc`` and ``customers``."""

from datetime import time
from pathlib import Path

import click

from qbwc_bridge.cli import documents
from qbwc_bridge.cli.desk import Desk, at_desk, output_format, print_document, print_table, write_file
from qbwc_bridge.cli.typed import label, locale, on_off, time_of_day, zone
from qbwc_bridge.connector import credentials, settings
from qbwc_bridge.connector import qwc as qwc_file
from qbwc_bridge.errors import InvalidValue
from qbwc_bridge.records import Company, Deed
from qbwc_bridge.store import audit, companies, customers, summaries


@click.command
@click.argument("name")
@click.option("--connector-user", required=True, metavar="U", help="The user name the Web Connector signs in with.")
@output_format("text", "json")
@at_desk
def add(desk: Desk, name: str, connector_user: str, form: str) -> None:
    name, user = label(name, "name", 200), label(connector_user, "connector-user", 100)
    password = credentials.new_password()
    with desk.writing() as c:
        hashed = credentials.password_hash(password)
        company = companies.add(c, name, user, hashed, credentials.new_guid(), desk.now)
        audit.add(c, company.id, desk.person, Deed.COMPANY_ADDED, company.name, desk.now)
        companies.password_shown(c, company.id, desk.now)
    _show_password(company, password, form)


@click.command
@click.argument("name")
@output_format("text", "json")
@at_desk
def new_password(desk: Desk, name: str, form: str) -> None:
    with desk.writing() as c:
        company = companies.by_name(c, name)
        password = settings.make_password(c, company, desk.person, desk.now)
    _show_password(company, password, form)


def _show_password(company: Company, password: str, form: str) -> None:
    document = documents.connection(company, password)
    if form == "json":
        print_document(document)
        return
    for title, value in document.items():
        click.echo(f"{title.replace('_', ' ')}: {value}")
    click.echo("Type the password into the Web Connector; it is not shown again.")


@click.command
@output_format("text", "json")
@at_desk
def show(desk: Desk, form: str) -> None:
    poll, now = desk.config.sync.poll_minutes, desk.now
    with desk.reading() as c:
        overviews = [summaries.overview(c, company.id, now, poll) for company in companies.listing(c)]
    document = documents.companies(overviews)
    if form == "json":
        print_document(document)
    elif not overviews:
        click.echo("There is no company yet. Add one with: qbwc-bridge company add NAME --connector-user U")
    else:
        rows = [
            [
                each.company.name,
                each.company.connector_user,
                each.status.state.value,
                documents.moment(each.company.last_contact_at),
                documents.moment(each.company.last_success_at),
                str(len(each.projects)),
            ]
            for each in overviews
        ]
        print_table(["Company", "Connector user", "State", "Last seen", "Last success", "Projects"], rows)


def quiet_hours(value: str) -> tuple[time, time] | str:
    """``22:00-06:00``, or ``none``."""
    if value.strip().lower() == "none":
        return "none"
    start, dash, end = value.partition("-")
    if not dash:
        raise click.BadParameter(f"{value!r} is neither HH:MM-HH:MM nor none.")
    hours = time_of_day(start), time_of_day(end)
    if hours[0] == hours[1]:
        raise click.BadParameter("Both times are the same. To leave QuickBooks alone all day, use --pause on.")
    return hours


@click.command
@click.argument("name")
@click.option("--client-payments-default", type=on_off, metavar="on|off", help="For projects linked from now on.")
@click.option("--daily-at", type=time_of_day, metavar="HH:MM", help="When the daily sync is due.")
@click.option("--timezone", type=zone, metavar="ZONE", help="The office's time zone, such as America/Chicago.")
@click.option("--locale", "written", type=locale, metavar="L", help="How money and dates look, such as fr_CA; or auto.")
@click.option("--pause", type=on_off, metavar="on|off", help="Leave QuickBooks alone until it is off again.")
@click.option(
    "--quiet-hours",
    "quiet",
    type=quiet_hours,
    metavar="HH:MM-HH:MM|none",
    help="Leave QuickBooks alone in these hours of each day; they may pass midnight.",
)
@at_desk
def configure(
    desk: Desk,
    name: str,
    client_payments_default: bool | None,
    daily_at: time | None,
    timezone: str | None,
    written: str | None,
    pause: bool | None,
    quiet: tuple[time, time] | str | None,
) -> None:
    with desk.writing() as c:
        company = companies.by_name(c, name)
        with settings.changing(c, company.id, desk.person, desk.now):
            companies.configure(
                c,
                company.id,
                client_payments_default=client_payments_default,
                daily_at=daily_at,
                timezone=timezone,
                locale=written,
            )
            if pause is not None:
                companies.pause(c, company.id, pause)
            if quiet is not None:
                companies.be_quiet(c, company.id, None if isinstance(quiet, str) else quiet)
        company = companies.by_name(c, name)
    click.echo(
        f"{company.name}: Client Payments default {'on' if company.client_payments_default else 'off'} "
        f"(for projects linked from now on), daily sync at {company.daily_at:%H:%M} {company.timezone}, "
        f"{_quietly(company)}{f', written as in {company.locale}' if company.locale else ''}."
    )


def _quietly(company: Company) -> str:
    hours = company.quiet_hours
    words = f"quiet hours {hours[0]:%H:%M} to {hours[1]:%H:%M}" if hours else "no quiet hours"
    return words + (", paused" if company.paused else "")


@click.command
@click.argument("name")
@click.option("-o", "--output", type=click.Path(path_type=Path, dir_okay=False), default=Path("-"), metavar="FILE")
@at_desk
def qwc(desk: Desk, name: str, output: Path) -> None:
    with desk.reading() as c:
        company = companies.by_name(c, name)
    server = desk.config.server
    if str(output) != "-" and output.is_dir():
        raise InvalidValue("output", f"{output} is a folder.")
    write_file(output, qwc_file.qwc(company, server.public_url, desk.config.sync.poll_minutes))
    with desk.writing() as c:
        companies.qwc_downloaded(c, company.id, desk.now)
    for problem in qwc_file.problems(server.public_url):
        click.echo(f"Note: {problem}", err=True)


@click.command(name="customers")
@click.argument("name")
@output_format("text", "json")
@at_desk
def show_customers(desk: Desk, name: str, form: str) -> None:
    with desk.reading() as c:
        company = companies.by_name(c, name)
        found = customers.listing(c, company.id)
    if form == "json":
        print_document(documents.customers(company, found))
    elif not found:
        click.echo("No customers have arrived from QuickBooks yet. Let the Web Connector run once.")
    else:
        click.echo(f"Received {documents.moment(company.customers_received_at)}")
        rows = [[each.list_id, each.full_name, "yes" if each.active else "no"] for each in found]
        print_table(["ListID", "Full name", "Active"], rows)
