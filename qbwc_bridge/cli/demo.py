"""``demo``: the main job, end to end, with nothing to install or configure."""

import click

from qbwc_bridge import server
from qbwc_bridge.cli.desk import Desk, at_desk
from qbwc_bridge.cli.sample_office import ADMIN, CLIENT, PASSWORD, STAFF, SampleOffice, first_update, sample_office
from qbwc_bridge.config import Log, Server
from qbwc_bridge.config.logs import set_up_logging
from qbwc_bridge.web import exports


@click.command
@click.option("--once", is_flag=True, help="One complete sync, compared with the company file; then stop.")
@click.option("--port", type=click.IntRange(0, 65535), metavar="N", help="Default 8765; 0 is a free port.")
@at_desk
def demo(desk: Desk, once: bool, port: int | None) -> None:
    """It plays QuickBooks and the Web Connector over real HTTP and SOAP. All it writes goes to a temporary folder."""
    set_up_logging(Log(level="WARNING"))
    default = 0 if once else Server().port
    with sample_office(default if port is None else port, desk.clock) as office:
        first_update(office)
        if once:
            _compare(office)
        else:
            _stay(office)


def _compare(office: SampleOffice) -> None:
    compared = list(office.comparisons())
    for each in compared:
        click.echo(exports.text(each.summary))
    for each in compared:
        click.echo(f"{'equal ' if each.equal else 'differs'} {each.summary.project}: {each.summary.paid_to_date:,.2f}")
    if not compared or not all(each.equal for each in compared):
        raise SystemExit(1)


def _stay(office: SampleOffice) -> None:
    stop = server.stop_on_signals()
    link = office.share_first()
    office.enter_payments()
    polls = office.keep_polling(stop)
    url = office.config.server.public_url
    click.echo(f"{server.serving_on(office.config)}\n")
    click.echo(f"  Open {url} and sign in as one of\n")
    for role, email in (("admin", ADMIN), ("staff", STAFF), ("client", CLIENT)):
        click.echo(f"    {role:<7} {email:<20} password {PASSWORD}")
    click.echo(f"\n  A client's link, without signing in:\n    {link}\n")
    click.echo("  A check of 9,600.00 was just entered in QuickBooks for Smith kitchen: press Sync Data Now to see it.")
    click.echo("  Ctrl-C stops the demonstration; nothing of it stays.")
    server.wait(stop)
    polls.join(10)
