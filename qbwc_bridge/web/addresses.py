"""What lives in an address: filters that can be kept as a bookmark.

In: the text of a query. Out: values, or nothing where the text cannot be read, so that an old bookmark still opens.
"""

from collections.abc import Mapping
from datetime import date
from urllib.parse import urlencode


def query(values: Mapping[str, str]) -> str:
    """The values that are not empty as the query of an address, or ""."""
    told = {name: value for name, value in values.items() if value}
    return f"?{urlencode(told)}" if told else ""


def day(text: str) -> date | None:
    """A date as ``2026-03-03``, or None. Days at the edge of the calendar have no neighbours to compare with."""
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 1900 <= found.year <= 2200 else None


def iso(day: date | None) -> str:
    """The date as text, or ""."""
    return day.isoformat() if day else ""


def number(text: str) -> int | None:
    """An identifier, or None. Databases know no larger ones."""
    return int(text) if text.isascii() and text.isdigit() and int(text[:12]) < 2**31 and len(text) < 11 else None


def one_of(text: str, known: Mapping[str, str]) -> str:
    """The text if it is one of the choices, or ""."""
    return text if text in known else ""
