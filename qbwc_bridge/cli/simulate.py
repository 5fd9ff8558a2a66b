"""``simulate``: a Web Connector with a sample QuickBooks behind it, against a running service."""

import time
from pathlib import Path

import click

from qbwc_bridge.cli.desk import Desk, at_desk
from qbwc_bridge.cli.typed import PASSWORD_FILE, password_in
from qbwc_bridge.records import Company
from qbwc_bridge.simulator import SCENARIOS, Update, play
from qbwc_bridge.store import companies

PATIENCE = (2, 5, 10)  # seconds to wait when the service is busy with another update
FINE = {"done", "none"}
IN_WORDS = {
    "done": "update finished",
    "none": "nothing to do",
    "nvu": "the service does not accept this user and password",
    "busy": "the service is busy with another update",
    "error": "the update failed",
    "stopped": "the Web Connector stopped in the middle",
}
SCENARIO_HELP = "\n".join(f"  {name:<18} {scenario.help}" for name, scenario in SCENARIOS.items())


@click.command(help=f"Scenarios:\n\n\b\n{SCENARIO_HELP}")
@click.argument("name")
@click.option("--password-file", type=PASSWORD_FILE, required=True, metavar="F", help="First line: the password.")
@click.option("--scenario", type=click.Choice(list(SCENARIOS)), default="normal", show_default=True, metavar="S")
@click.option("--url", metavar="U", help="The service; default: public_url of the configuration.")
@click.option(
    "--times", type=click.IntRange(1, 1000), default=1, show_default=True, metavar="N", help="How many updates."
)
@at_desk
def simulate(desk: Desk, name: str, password_file: Path, scenario: str, url: str | None, times: int) -> None:
    password = password_in(password_file)
    with desk.reading() as c:
        company = companies.by_name(c, name)
    address = _service(url or desk.config.server.public_url)
    failed = False
    for number in range(1, times + 1):
        update = _patiently(desk, scenario, address, company, password)
        _tell(number, update)
        failed = failed or update.outcome not in FINE
    if failed:
        raise SystemExit(1)


def _service(url: str) -> str:
    bare = url.rstrip("/")
    return bare if bare.endswith("/qbwc") else f"{bare}/qbwc"


def _patiently(desk: Desk, scenario: str, url: str, company: Company, password: str) -> Update:
    for pause in (*PATIENCE, 0):
        update = play(
            scenario, url, company.connector_user, password, company.owner_id, company.file_id, desk.now.date()
        )
        if update.outcome != "busy" or not pause:
            break
        click.echo(f"Busy; trying again in {pause} seconds.")
        time.sleep(pause)
    return update


def _tell(number: int, update: Update) -> None:
    rounds = "1 round" if update.rounds == 1 else f"{update.rounds} rounds"
    click.echo(f"Update {number}: {IN_WORDS.get(update.outcome, update.outcome)}, {rounds}.")
    if update.status:
        click.echo(f"  The Web Connector shows: {update.status}")
    if update.last_error:
        click.echo(f"  Last error: {update.last_error}", err=update.outcome not in FINE)
