"""What a program asks for in the query of an address, and the page of a list it gets.

In: the query, and a list in a lasting order. Out: filters, one page of the list, and where the next one begins. Other than a
page for people, which opens an old bookmark as well as it can, this is strict: a parameter that is unknown, given twice or not
readable is refused by name, since nobody would see that a program got other payments than it asked for.
"""

import json
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from werkzeug.datastructures import MultiDict

from qbwc_bridge.errors import InvalidValue
from qbwc_bridge.records import Line
from qbwc_bridge.store.summaries import ProjectStatus
from qbwc_bridge.web.filters import LONGEST_WORDS, Filters

T = TypeVar("T")
Key = tuple[str | int, ...]
Query = MultiDict[str, str]
USUAL, MOST = 100, 500
PAGING = ("limit", "cursor")
FILTERS = ("from", "to", "method", "q")
NUMBER = re.compile(r"[1-9][0-9]{0,2}")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Page:
    """Which page of a list is wanted: at most ``limit`` items behind the one with the key ``after``."""

    limit: int
    after: Key | None


def project_key(line: ProjectStatus) -> Key:
    """Projects come in the order in which they were made: another name moves nothing."""
    return (line.project.id,)


def payment_key(line: Line) -> Key:
    """Payments come in the order of the summary: by date, and those of one day by what never changes of them."""
    return (line.date.isoformat(), line.txn_id, line.manual_id or 0)


def only(query: Query, known: Sequence[str]) -> None:
    """Raises InvalidValue for a parameter that is not known here, or given twice."""
    for name, values in query.lists():
        if name not in known:
            there_is = f"The parameters are {', '.join(known)}." if known else "It takes none."
            raise InvalidValue(name[:100], f"This address has no such parameter. {there_is}")
        if len(values) > 1:
            raise InvalidValue(name, "This parameter is given twice.")


def page(query: Query, kinds: tuple[type, ...]) -> Page:
    """``kinds`` are the types of the list's keys. Raises InvalidValue."""
    return Page(_limit(query.get("limit")), _after(query.get("cursor"), kinds))


def filters(query: Query) -> Filters:
    """The filters of the payments page, under the same names. Raises InvalidValue."""
    return Filters(
        first=_day(query, "from"),
        last=_day(query, "to"),
        method=_words(query, "method"),
        words=_words(query, "q").strip(),
    )


def cut(items: Sequence[T], key: Callable[[T], Key], wanted: Page) -> tuple[Sequence[T], str | None]:
    """The page, and the cursor of the next one or None. ``items`` are in the order of ``key``.

    A cursor is the key of the last item that was given, so nothing is skipped or repeated when items come or go.
    """
    start = 0 if wanted.after is None else bisect_right(items, wanted.after, key=key)
    end = start + wanted.limit
    return items[start:end], _cursor(key(items[end - 1])) if end < len(items) else None


def _limit(text: str | None) -> int:
    if text is None:
        return USUAL
    if not NUMBER.fullmatch(text) or int(text) > MOST:
        raise InvalidValue("limit", f"limit is a whole number from 1 to {MOST}.")
    return int(text)


def _cursor(key: Key) -> str:
    return urlsafe_b64encode(json.dumps(key, separators=(",", ":")).encode()).decode().rstrip("=")


def _after(text: str | None, kinds: tuple[type, ...]) -> Key | None:
    if text is None:
        return None
    try:
        key = tuple(json.loads(urlsafe_b64decode(text + "=" * (-len(text) % 4))))
    except (ValueError, TypeError, RecursionError):
        key = ()
    if tuple(map(type, key)) != kinds or _cursor(key) != text:
        raise InvalidValue("cursor", "This is no cursor of this list. Take the address in next as it is.")
    return key


def _day(query: Query, name: str) -> date | None:
    text = query.get(name)
    if text is None:
        return None
    try:
        return date.fromisoformat(text if DAY.fullmatch(text) else "")
    except ValueError:
        raise InvalidValue(name, f"{name} is a date such as 2026-03-03.") from None


def _words(query: Query, name: str) -> str:
    text = query.get(name, "")
    if len(text) > LONGEST_WORDS:
        raise InvalidValue(name, f"{name} is too long: at most {LONGEST_WORDS} characters.")
    return text
