"""``backup`` and ``restore``."""

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import click

from qbwc_bridge.cli.desk import Desk, at_desk
from qbwc_bridge.store import backup as backups
from qbwc_bridge.store.backup import Told
from qbwc_bridge.store.database import Database

FILE = click.Path(path_type=Path, dir_okay=False)


@click.command
@click.argument("file", type=FILE)
@click.option("--overwrite", is_flag=True, help="Replace a FILE that is there, once the new one is complete.")
@at_desk
def backup(desk: Desk, file: Path, overwrite: bool) -> None:
    """FILE holds payments, hashes of passwords and the secrets of webhooks: keep it to yourself.

    The secret key is not in it, nor is the configuration with its password files and certificates: keep copies of those too.
    """
    with closing(Database(desk.config.database.url)) as database, _progress("Writing") as told:
        database.must_be_current()
        rows = backups.save(database, file, told, overwrite=overwrite)
    click.echo(f"{file} holds all {rows} rows of the database.")
    click.echo(f"The secret key is not in it: keep a copy of {desk.config.web.secret_key_file} somewhere else.")


@click.command
@click.argument("file", type=FILE)
@at_desk
def restore(desk: Desk, file: Path) -> None:
    """The database is that of the configuration, SQLite or PostgreSQL, whichever the backup came from."""
    key = desk.config.web.secret_key_file
    with closing(Database(desk.config.database.url)) as database, _progress("Restoring") as told:
        rows = backups.restore(database, file, told)
    click.echo(f"The database has all {rows} rows of {file}.")
    if not key.exists():
        click.echo(f"Put the old secret key into {key}, or run qbwc-bridge init: then everybody signs in once again.")


@contextmanager
def _progress(label: str) -> Iterator[Told]:
    """A bar for whoever sits at a terminal."""
    with click.progressbar(length=1, label=label, file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:

        def told(done: int, total: int) -> None:
            bar.length = max(total, 1)
            bar.update(done - bar.pos)

        yield told
