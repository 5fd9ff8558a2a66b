"""Reading what people type.

In: the fields of a form. Out: values, or for each field a sentence that says what would be right. What was typed is kept, so
that a page can be shown again with nothing lost. It never knows what the values are for.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import date, time
from decimal import Decimal
from functools import cache
from typing import TypeVar
from zoneinfo import ZoneInfo, available_timezones

from qbwc_bridge.errors import InvalidValue
from qbwc_bridge.web.formats import LOCALES

T = TypeVar("T")
LARGEST = Decimal("9999999999.99")
PLAIN_AMOUNT = re.compile(r"[$£€]?\s*(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?", re.ASCII)
EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


class Form:
    """The typed values, and the sentence for each that cannot be used."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self.values = dict(values)
        self.errors: dict[str, str] = {}

    def text(self, name: str, limit: int = 200) -> str:
        """One line of text without control characters."""
        kept = "".join(" " if unicodedata.category(sign) == "Cc" else sign for sign in self.values.get(name, ""))
        if len(kept.strip()) > limit:
            self.fail(name, f"This is too long: at most {limit} characters.")
        return kept.strip()[:limit]

    def required(self, name: str, sentence: str, limit: int = 200) -> str:
        """Text that must not be empty."""
        kept = self.text(name, limit)
        if not kept:
            self.fail(name, sentence)
        return kept

    def ticked(self, name: str) -> bool:
        """Is the box ticked?"""
        return self.values.get(name, "") not in ("", "off", "0", "false")

    def read(self, name: str, parse: Callable[[str, str], T]) -> T | None:
        """The value, or None with its sentence noted."""
        try:
            return parse(self.text(name), name)
        except InvalidValue as error:
            self.fail(name, error.sentence)
            return None

    def fail(self, name: str, sentence: str) -> None:
        """Note what is wrong; the first sentence of a field stands."""
        self.errors.setdefault(name, sentence)


def amount(text: str, field: str = "amount") -> Decimal:
    """Money above zero with at most two decimals, thousands with or without commas. Raises InvalidValue."""
    if not text:
        raise InvalidValue(field, "Enter an amount, such as 1,250.00.")
    if text.startswith(("-", "(", "−")):
        raise InvalidValue(field, "Enter an amount above zero. A refund is not a payment.")
    found = PLAIN_AMOUNT.fullmatch(text)
    if found is None:
        raise InvalidValue(field, f"“{text}” can’t be read as an amount. Write it like 1,250.00.")
    whole, cents = found[1].replace(",", ""), found[2] or ""
    if len(cents) > 3:
        raise InvalidValue(field, f"“{text}” has more than two decimals. Write it like 1,250.00.")
    return _in_range(Decimal(whole + cents).quantize(Decimal("0.01")) if len(whole) < 15 else LARGEST + 1, field)


def _in_range(value: Decimal, field: str) -> Decimal:
    if value <= 0:
        raise InvalidValue(field, "Enter an amount above zero.")
    if value > LARGEST:
        raise InvalidValue(field, "This amount is too large: at most 9,999,999,999.99.")
    return value


def amount_or_nothing(text: str, field: str = "amount") -> Decimal | None:
    """An amount, or None when nothing was typed."""
    return amount(text, field) if text else None


def day(text: str, field: str = "date") -> date:
    """A date as ``2026-03-03``. Raises InvalidValue."""
    try:
        value = date.fromisoformat(text)
    except ValueError:
        raise InvalidValue(field, "Enter a date, such as 2026-03-03.") from None
    if not 1980 <= value.year <= 2100:
        raise InvalidValue(field, "Enter a date between 1980 and 2100.")
    return value


def day_or_nothing(text: str, field: str = "date") -> date | None:
    """A date, or None when nothing was typed."""
    return day(text, field) if text else None


def email(text: str, field: str = "email") -> str:
    """An address with an @ and a dot behind it. Raises InvalidValue."""
    if not EMAIL.fullmatch(text) or len(text) > 254:
        raise InvalidValue(field, "Enter an email address, such as dana@example.com.")
    return text


def clock_time(text: str, field: str = "daily_at") -> time:
    """A time of day as ``02:00``. Raises InvalidValue."""
    try:
        return time.fromisoformat(text).replace(second=0, microsecond=0, tzinfo=None)
    except ValueError:
        raise InvalidValue(field, "Enter a time of day, such as 02:00.") from None


@cache
def zones() -> tuple[str, ...]:
    """The time zones people live in, to choose from."""
    return tuple(sorted(zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/")))


def timezone(text: str, field: str = "timezone") -> str:
    """An IANA name. Raises InvalidValue."""
    if text not in available_timezones():
        raise InvalidValue(field, f"“{text}” is not a time zone we know. Choose one such as America/Chicago.")
    return ZoneInfo(text).key


def locale(text: str, field: str = "locale") -> str:
    """A locale as ``fr_CA``, or "" for "auto": that of the QuickBooks file. Raises InvalidValue."""
    language, _, territory = text.replace("-", "_").partition("_")
    wanted = f"{language.lower()}_{territory.upper()}" if territory else text.lower()
    if wanted in ("", "auto"):
        return ""
    if wanted not in LOCALES:
        raise InvalidValue(
            field, f"“{text}” is not a way of writing we know.", f"Choose auto or one of {', '.join(LOCALES)}."
        )
    return wanted
