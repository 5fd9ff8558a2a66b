"""The command line: every command, and no logic.

In: words a person or a script typed. Out: text or one JSON document on stdout, sentences on stderr, an exit status: 0 done,
1 failed, 2 wrong usage. What a command does lives in the other rooms; each command is imported when it is asked for, so
that ``--help`` costs nothing.
"""

import gc
import sys
from io import TextIOWrapper
from pathlib import Path

import click

from qbwc_bridge import __version__
from qbwc_bridge.cli.lazily import Table, lazy_group
from qbwc_bridge.config import FILE_VARIABLE

COMMANDS: Table = {
    "init": ("installation.init", "Bring the database to the newest schema; make the secret key and the first admin."),
    "certificate": ("certificate.certificate", "Make a self-signed certificate for a trial; says what Windows needs."),
    "serve": ("installation.serve", "Serve the Web Connector and the site."),
    "demo": ("demo.demo", "The main job, end to end, on a sample company file."),
    "test-connection": ("installation.test_connection", "Check the set-up, with a sentence for each thing checked."),
    "company": (
        {
            "add": ("companies.add", "Add a company; shows the connector's password this once."),
            "list": ("companies.show", "All companies and the state of their connection."),
            "new-password": ("companies.new_password", "Give the connector a new password; shows it this once."),
            "set": (
                "companies.configure",
                "Change the account default, the daily sync, the time zone, how money and dates look.",
            ),
        },
        "Companies: one set of books each.",
    ),
    "qwc": ("companies.qwc", "The .qwc file of a company; identical each time."),
    "customers": ("companies.show_customers", "The customer:job list as last received."),
    "project": (
        {
            "add": ("projects.add", "Add a project, and link it."),
            "set": ("projects.change", "Change a project or its link, archive it or restore it."),
            "import": ("projects.load", "Add projects from a CSV file: all lines or none."),
            "list": ("projects.show", "The projects of a company."),
        },
        "Projects and their links to customer:jobs.",
    ),
    "payment": (
        {"add": ("payments.add", "Enter a payment by hand; refused while Client Payments is on.")},
        "Payments entered by hand.",
    ),
    "payments": ("payments.show", "The payment summary of a project."),
    "sync": (
        {
            "request": ("syncing.request", 'What "Sync Data Now" does; with no project, the whole company.'),
            "status": ("syncing.status", "The state of a company's connection and of its projects."),
            "log": ("syncing.log", "The syncs so far, newest first."),
        },
        "Syncing with QuickBooks.",
    ),
    "simulate": ("simulate.simulate", "Play a Web Connector with a sample QuickBooks behind it."),
    "backup": ("backing_up.backup", "Everything in one file, while the service works."),
    "restore": ("backing_up.restore", "Fill an empty database from a backup."),
    "user": (
        {
            "add": ("people.add", "Add a person to a company."),
            "reset": ("people.reset", "Let somebody who lost their password choose another one."),
        },
        "People who sign in.",
    ),
}


@click.command(cls=lazy_group(COMMANDS), context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help=f"The configuration; default ${FILE_VARIABLE}, else ./config.ini if there is one.",
)
@click.version_option(__version__, prog_name="qbwc-bridge")
@click.pass_context
def cli(context: click.Context, config_file: Path | None) -> None:
    """Payments from QuickBooks Desktop, shown to the people who ask how much has been paid."""
    from qbwc_bridge.cli.desk import Desk

    context.obj = Desk(config_file)


def main() -> None:
    """The entry point of ``qbwc-bridge`` and of ``python -m qbwc_bridge``."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a name with a sign that the console lacks must not stop a command
            stream.reconfigure(errors="replace")
    # What a command imports is no garbage; looking for some takes a tenth of its time.
    gc.set_threshold(100_000, 20, 20)
    cli(prog_name="qbwc-bridge")
