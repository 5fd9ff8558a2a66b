"""What every command works at: the configuration, the database, the clock, and the paper it writes on.

In: the ``--config`` option. Out: connections to a database that is at the newest schema, and output in the chosen form.
It never knows which command is running.
"""

import getpass
import json
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import click

from qbwc_bridge.config import Config, load
from qbwc_bridge.store.database import Connection, Database

Function = TypeVar("Function", bound=Callable[..., Any])


class Desk:
    """Opened by the command line's first word; nothing is read before a command asks."""

    def __init__(self, config_file: Path | None) -> None:
        self.config_file = config_file

    @cached_property
    def config(self) -> Config:
        """Raises ConfigurationError with all problems."""
        return self.read_config()

    def read_config(self) -> Config:
        """As it is at this moment; raises ConfigurationError with all problems."""
        return load(self.config_file, os.environ)

    @staticmethod
    def clock() -> datetime:
        """This moment, in UTC."""
        return datetime.now(UTC)

    @property
    def now(self) -> datetime:
        """This moment, in UTC."""
        return self.clock()

    @property
    def person(self) -> str:
        """Who is at the keyboard, for the log of what was done."""
        try:
            return f"{getpass.getuser()} (command line)"
        except (OSError, KeyError, ImportError):
            return "command line"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """One moment of the database."""
        with self._database() as database, database.read() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """One transaction: all of it or nothing."""
        with self._database() as database, database.begin() as connection:
            yield connection

    @contextmanager
    def _database(self) -> Iterator[Database]:
        database = Database(self.config.database.url)
        try:
            database.must_be_current()
            yield database
        finally:
            database.close()


at_desk = click.make_pass_decorator(Desk)


# Output ---------------------------------------------------------------------------------------------------------------


def output_format(*words: str) -> Callable[[Function], Function]:
    """The option ``--format``; the first word is its default."""
    return click.option(
        "--format", "form", type=click.Choice(words), default=words[0], show_default=True, help="What to print."
    )


def print_document(document: dict[str, Any]) -> None:
    """One JSON document and nothing else, in UTF-8 whatever the console speaks."""
    click.echo(json.dumps(document, ensure_ascii=False, indent=2).encode())


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Columns side by side for a terminal; control characters are left out."""
    cells = [list(head), *([_printable(cell) for cell in row] for row in rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(head))]
    for row in cells:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def _printable(text: str) -> str:
    return "".join(sign if sign.isprintable() else " " for sign in text)


def write_file(file: Path, content: bytes) -> None:
    """Into a file, or onto stdout for ``-``."""
    if str(file) == "-":
        click.echo(content, nl=False)
    else:
        file.write_bytes(content)
