"""``init``, ``serve`` and ``test-connection``."""

import socket
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import click

from qbwc_bridge import selfchecks, server
from qbwc_bridge.cli import setting_up
from qbwc_bridge.cli.desk import Desk, at_desk
from qbwc_bridge.cli.typed import PASSWORD_FILE, email_address, new_password_in
from qbwc_bridge.config.logs import set_up_logging
from qbwc_bridge.store.database import Database


@click.command
@click.option(
    "--admin-email", type=email_address, metavar="E", help="The first admin. An existing account stays as it is."
)
@click.option("--admin-password-file", type=PASSWORD_FILE, metavar="F", help="First line: the password.")
@click.option("--schema", metavar="REVISION", help="Go back to the schema of an older version, before installing it.")
@at_desk
def init(desk: Desk, admin_email: str | None, admin_password_file: Path | None, schema: str | None) -> None:
    """Safe to repeat: it never overwrites a key, a password or data.

    Without --admin-password-file the admin gets a one-time link, with which to choose a password.

    --schema is the only way in which something is lost: what only newer versions keep. Make a backup first.
    """
    if schema is not None:
        if admin_email:
            raise click.UsageError("--schema goes back to an older schema and makes no admin.")
        click.echo(setting_up.go_back(desk.config, schema))
        return
    if admin_password_file and not admin_email:
        raise click.UsageError("--admin-password-file needs --admin-email.")
    password = new_password_in(admin_password_file) if admin_password_file else ""
    for sentence in setting_up.init(desk.config, desk.now, admin_email or "", password):
        click.echo(sentence)


@click.command
@click.option("--worker", type=int, hidden=True, help="One of several processes: the number of the socket they share.")
@at_desk
def serve(desk: Desk, worker: int | None) -> None:
    """SIGHUP reads the configuration and the certificate again, without an interruption."""
    config = desk.config
    set_up_logging(config.log)
    if worker is not None:
        service = server.build(config, desk.clock, socket.socket(fileno=worker))
        server.serve_below(service, lambda: click.echo("Ready."))
        return

    def say(
        line: str,
    ) -> None:  # it listens now; a start that fails because another one serves takes no code away from it
        click.echo(line)
        for words in setting_up.first_run(config):
            click.echo(words)

    stop = server.stop_on_signals()
    server.run(_serving(desk, stop), config, desk.read_config, stop, server.reload_on_hangup(stop), say)


def _serving(desk: Desk, stop: threading.Event) -> server.InThisProcess | server.Workers:
    if desk.config.server.workers == 1:
        return server.InThisProcess(lambda config, listener: server.build(config, desk.clock, listener))
    chosen = ["--config", str(desk.config_file)] if desk.config_file else []
    return server.Workers([sys.executable, "-m", "qbwc_bridge", *chosen, "serve", "--worker"], stop)


@click.command
@at_desk
def test_connection(desk: Desk) -> None:
    """Run it while the service runs, best from another computer with the same configuration."""
    failed = 0
    for check in _checks(desk):
        click.echo(f"{_mark(check)} {check.sentence}")
        if check.hint:
            click.echo(f"        {check.hint}")
        failed += not check.passed
    if failed:
        click.echo(f"qbwc-bridge: {failed} of the checks failed.", err=True)
        raise SystemExit(1)


def _mark(check: selfchecks.Check) -> str:
    if not check.passed:
        return "FAILED "
    return "soon   " if check.hint else "ok     "


def _checks(desk: Desk) -> Iterator[selfchecks.Check]:
    database = Database(desk.config.database.url)
    try:
        yield from selfchecks.of_database(database, desk.now)
    finally:
        database.close()
    yield from selfchecks.of_secret_key(desk.config.web.secret_key_file)
    yield from selfchecks.of_address(desk.config.server.public_url, desk.now)
    yield from selfchecks.of_clock(desk.config.server.public_url, desk.now)
