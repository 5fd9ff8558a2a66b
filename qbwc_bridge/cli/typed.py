"""Words of the command line as values: money, yes or no, times, passwords in files."""

from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from qbwc_bridge.errors import InvalidValue
from qbwc_bridge.web import passwords

ON_OFF = {"on": True, "yes": True, "true": True, "1": True, "off": False, "no": False, "false": False, "0": False}
LARGEST = Decimal("9999999999999.99")


def amount(text: str, field: str = "amount") -> Decimal:
    """``12000``, ``12,000.00``: at most two decimals, commas for thousands. Raises InvalidValue."""
    words = text.strip()
    whole, dot, cents = words.removeprefix("-").partition(".")
    groups = whole.split(",")
    grouped = len(groups) == 1 or (1 <= len(groups[0]) <= 3 and all(len(group) == 3 for group in groups[1:]))
    digits = "".join(groups)
    legal = digits.isascii() and digits.isdigit() and grouped and (not dot or (cents.isascii() and cents.isdigit()))
    if not legal or len(cents) > 2 or Decimal(digits) > LARGEST:
        raise InvalidValue(field, f"{text!r} is no amount.", "Write it as 12000, 12000.00 or 12,000.00.")
    return Decimal(words.replace(",", "")).quantize(Decimal("0.01"))


def price(text: str) -> Decimal | None:
    """A contract price; nothing at all means it is not known. Raises InvalidValue."""
    return amount(text, "contract_price") if text.strip() else None


def switch(text: str, field: str) -> bool:
    """``on`` or ``off`` (yes/no, true/false and 1/0 too). Raises InvalidValue."""
    value = ON_OFF.get(text.strip().lower())
    if value is None:
        raise InvalidValue(field, f"{text!r} is neither on nor off.")
    return value


# As click's types: a bad word is wrong usage (status 2).


def on_off(value: str) -> bool:
    """``on`` or ``off``."""
    try:
        return switch(str(value), "")
    except InvalidValue as error:
        raise click.BadParameter(error.sentence) from error


def money(value: str) -> Decimal:
    """``12000`` or ``12,000.00``."""
    try:
        return amount(str(value))
    except InvalidValue as error:
        raise click.BadParameter(f"{error.sentence} {error.hint}") from error


def day(value: str) -> date:
    """``2026-03-03``."""
    try:
        return datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
    except ValueError as error:
        raise click.BadParameter(f"{value!r} is no date; write it as 2026-03-03.") from error


def time_of_day(value: str) -> time:
    """``02:00``."""
    try:
        return datetime.strptime(value, "%H:%M").time()  # noqa: DTZ007 - its zone is the company's
    except ValueError as error:
        raise click.BadParameter(f"{value!r} is no time of day; write it as 02:00.") from error


def zone(value: str) -> str:
    """An IANA time zone."""
    try:
        return ZoneInfo(value).key
    except (ValueError, OSError, LookupError) as error:
        raise click.BadParameter(f"{value!r} is no time zone; write it as America/Chicago.") from error


def password_in(file: Path) -> str:
    """The first line of a file (``-`` is stdin); so a password is never seen in a list of processes."""
    with click.open_file(str(file), encoding="utf-8-sig") as lines:
        password = str(lines.readline()).strip()
    if not password:
        raise InvalidValue("password", f"There is no password in the first line of {file}.")
    return password


PASSWORD_FILE = click.Path(path_type=Path, dir_okay=False, allow_dash=True)


def new_password_in(file: Path) -> str:
    """A person's new password; the rule of the site applies. Raises InvalidValue."""
    password = password_in(file)
    problem = passwords.problem(password)
    if problem:
        raise InvalidValue("password", problem)
    return password


def email_address(text: str) -> str:
    """An address that can be signed in with. Raises InvalidValue."""
    name, at, domain = text.strip().rpartition("@")
    if not (name and at and domain) or any(sign.isspace() or not sign.isprintable() for sign in text.strip()):
        raise InvalidValue("email", f"{text!r} is no e-mail address.")
    return text.strip()


def label(text: str, field: str, longest: int) -> str:
    """A name people read: not empty, not too long, no control characters (XML has no place for them)."""
    name = text.strip()
    if not name or len(name) > longest or not name.isprintable():
        raise InvalidValue(field, f"{text!r} cannot be a name.", f"It needs 1 to {longest} printable characters.")
    return name
