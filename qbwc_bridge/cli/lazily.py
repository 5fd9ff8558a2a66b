"""Groups of commands that are imported when they are used, and errors that become one sentence and status 1."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import IO, Any

import click

from qbwc_bridge.errors import BridgeError

Target = str | dict[str, tuple[str, str]]
Table = dict[str, tuple[Target, str]]


class Complaint(click.ClickException):
    """What a person sees of an expected error: a sentence, a hint, status 1."""

    def __init__(self, sentence: str, hint: str = "") -> None:
        super().__init__(sentence)
        self.hint = hint

    def show(self, file: IO[Any] | None = None) -> None:
        click.echo(f"qbwc-bridge: {self.message}", file=file, err=True)
        if self.hint:
            click.echo(f"  {self.hint}", file=file, err=True)


@contextmanager
def in_sentences() -> Iterator[None]:
    """Expected errors become a Complaint; anything else is a fault of ours and keeps its traceback."""
    try:
        yield
    except BridgeError as error:
        raise Complaint(error.sentence, error.hint) from error
    except BrokenPipeError:
        raise
    except OSError as error:
        what = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        raise Complaint(f"{what}.") from error


def lazy_group(table: Table) -> type[click.Group]:
    """A group class whose commands are ``name → (module.attribute below this package, one line of help)``."""

    class Lazy(click.Group):
        def list_commands(self, ctx: click.Context) -> list[str]:
            return list(table)

        def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
            if cmd_name not in table:
                return None
            target, summary = table[cmd_name]
            return _group(cmd_name, target, summary) if isinstance(target, dict) else _command(target, summary)

        def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
            with formatter.section("Commands"):
                formatter.write_dl([(name, summary) for name, (_, summary) in table.items()])

        def resolve_command(
            self, ctx: click.Context, args: list[str]
        ) -> tuple[str | None, click.Command | None, list[str]]:
            with in_sentences():
                return super().resolve_command(ctx, args)

        def invoke(self, ctx: click.Context) -> Any:
            with in_sentences():
                return super().invoke(ctx)

    return Lazy


def _group(name: str, table: dict[str, tuple[str, str]], summary: str) -> click.Group:
    return lazy_group(dict(table))(name, help=summary)


def _command(target: str, summary: str) -> click.Command:
    module, _, attribute = target.rpartition(".")
    command: click.Command = getattr(import_module(f"{__package__}.{module}"), attribute)
    command.help = summary if command.help is None else f"{summary}\n\n{command.help}"
    return command
