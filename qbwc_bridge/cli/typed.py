"""Words of the command line as values: money, yes or no, times, passwords in files. The rules are those of the site's forms.

In: what somebody typed. Out: values, or click's "wrong usage" (status 2) for an option, InvalidValue (status 1) for the
content of a file.
"""

from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import click

from qbwc_bridge.errors import InvalidValue
from qbwc_bridge.web import forms, passwords

Value = TypeVar("Value")
ON_OFF = {"on": True, "yes": True, "true": True, "1": True, "off": False, "no": False, "false": False, "0": False}
PASSWORD_FILE = click.Path(path_type=Path, dir_okay=False, allow_dash=True)


def switch(text: str, field: str) -> bool:
    """``on`` or ``off`` (yes/no, true/false and 1/0 too). Raises InvalidValue."""
    value = ON_OFF.get(text.strip().lower())
    if value is None:
        raise InvalidValue(field, f"{text!r} is neither on nor off.")
    return value


def _usage(read: Callable[[str], Value], text: str) -> Value:
    try:
        return read(text)
    except InvalidValue as error:
        raise click.BadParameter(" ".join(part for part in (error.sentence, error.hint) if part)) from error


# As types of options --------------------------------------------------------------------------------------------------


def on_off(value: str) -> bool:
    """``on`` or ``off``."""
    return _usage(lambda text: switch(text, ""), value)


def money(value: str) -> Decimal:
    """``12000`` or ``12,000.00``."""
    return _usage(forms.amount, value.strip())


def day(value: str) -> date:
    """``2026-03-03``."""
    return _usage(forms.day, value.strip())


def time_of_day(value: str) -> time:
    """``02:00``."""
    return _usage(forms.clock_time, value.strip())


def zone(value: str) -> str:
    """An IANA time zone."""
    return _usage(forms.timezone, value.strip())


def locale(value: str) -> str:
    """``fr_CA``; ``auto`` is "", the habits of the QuickBooks file's country."""
    return _usage(forms.locale, value.strip())


def email_address(value: str) -> str:
    """An address somebody can sign in with."""
    return _usage(forms.email, value.strip())


# Names and passwords ---------------------------------------------------------------------------------------------------


def label(text: str, field: str, longest: int) -> str:
    """A name people read: not empty, not too long, no control characters (XML has no place for them)."""
    name = text.strip()
    if not name or len(name) > longest or not name.isprintable():
        raise InvalidValue(field, f"{text!r} cannot be a name.", f"It needs 1 to {longest} printable characters.")
    return name


def password_in(file: Path) -> str:
    """The first line of a file (``-`` is stdin); so a password is never seen in a list of processes."""
    with click.open_file(str(file), encoding="utf-8-sig") as lines:
        password = str(lines.readline()).strip()
    if not password:
        raise InvalidValue("password", f"There is no password in the first line of {file}.")
    return password


def new_password_in(file: Path) -> str:
    """A person's new password; the rule of the site applies. Raises InvalidValue."""
    password = password_in(file)
    problem = passwords.problem(password)
    if problem:
        raise InvalidValue("password", problem)
    return password
