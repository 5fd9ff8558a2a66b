"""Which payments are shown, and in which order. It lives in the address and applies to the exports as well.

In: the query of an address and a Summary. Out: a Summary with fewer lines. Figures and running totals stay those of all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from qbwc_bridge.records import ZERO, Line, Summary
from qbwc_bridge.web import addresses

LONGEST_WORDS = 100
ORDERS = ("-date", "date", "-amount", "amount")
LINES = 200
"""So many on a page; a table of thousands takes a second to make and longer to read. ``ALL`` is another way."""
ALL = "all"


@dataclass(frozen=True, slots=True)
class Filters:
    """Empty means all. ``order`` has a minus for descending; ``page`` 0 shows all lines on one page."""

    first: date | None = None
    last: date | None = None
    method: str = ""
    words: str = ""
    order: str = "-date"
    page: int = 1

    @property
    def active(self) -> bool:
        """Is anything left out?"""
        return bool(self.first or self.last or self.method or self.words)

    def query(self, **changes: str) -> str:
        """This filter as the query of an address, with some values changed, from the first page on."""
        own = {
            "from": addresses.iso(self.first),
            "to": addresses.iso(self.last),
            "method": self.method,
            "q": self.words,
        }
        order = "" if self.order == ORDERS[0] else self.order
        return addresses.query({**own, "sort": order, **changes})

    def sort_query(self, column: str) -> str:
        """The address that sorts by this column, the other way round when it is sorted by it already."""
        return self.query(sort=column if self.order == f"-{column}" else f"-{column}")

    def aria_sort(self, column: str) -> str:
        """What ``aria-sort`` says of a column."""
        return {f"-{column}": "descending", column: "ascending"}.get(self.order, "none")


@dataclass(frozen=True, slots=True)
class Page:
    """Some of the lines: from the ``first`` to the ``last`` of ``count``, counted from 1. The addresses lead to the pages around
    it, to all lines on one, and from there back; "" where there is no other."""

    lines: Sequence[Line]
    first: int
    last: int
    count: int
    previous: str = ""
    next: str = ""
    whole: str = ""
    parted: str = ""


@dataclass(frozen=True, slots=True)
class Shown:
    """Count and total of the lines on the page."""

    count: int
    total: Decimal


def read(query: Mapping[str, str]) -> Filters:
    """What cannot be read is left out: an old bookmark still opens."""
    order = query.get("sort", ORDERS[0])
    return Filters(
        first=addresses.day(query.get("from", "")),
        last=addresses.day(query.get("to", "")),
        method=query.get("method", "")[:LONGEST_WORDS],
        words=query.get("q", "").strip()[:LONGEST_WORDS],
        order=order if order in ORDERS else ORDERS[0],
        page=0 if query.get("page") == ALL else addresses.number(query.get("page", "")) or 1,
    )


def narrowed(summary: Summary, filters: Filters) -> Summary:
    """Only the lines that match, oldest first; the figures stay those of all payments."""
    if not filters.active:
        return summary
    return replace(summary, lines=tuple(line for line in summary.lines if _matches(line, filters)))


def ordered(lines: tuple[Line, ...], filters: Filters) -> list[Line]:
    """In the order asked for; equal ones stay newest first."""
    newest_first = list(reversed(lines))
    if filters.order.endswith("amount"):
        return sorted(newest_first, key=lambda line: line.amount, reverse=filters.order.startswith("-"))
    return newest_first if filters.order.startswith("-") else list(lines)


def page(lines: Sequence[Line], filters: Filters) -> Page:
    """The lines of the page asked for; the last one when there are not so many."""
    count = len(lines)
    if not filters.page or count <= LINES:
        return Page(lines, min(count, 1), count, count, parted=(filters.query() or "?") if count > LINES else "")
    last = -(-count // LINES)
    number = min(filters.page, last)
    start = (number - 1) * LINES
    some = lines[start : start + LINES]
    previous = filters.query(page=str(number - 1) if number > 2 else "") or "?" if number > 1 else ""
    following = filters.query(page=str(number + 1)) if number < last else ""
    return Page(some, start + 1, start + len(some), count, previous, following, filters.query(page=ALL))


def headed(summary: Summary) -> Summary:
    """The summary without its lines, for a template, which gets the lines of one page: all that a template has seen stays in
    memory until Python looks for cyclic garbage, and ten thousand lines make it look at each request."""
    return replace(summary, lines=())


def total(lines: tuple[Line, ...]) -> Shown:
    """How many of the lines count, and what they add up to."""
    posted = [line for line in lines if line.status == "posted"]
    return Shown(len(posted), sum((line.amount for line in posted), ZERO))


def methods(summary: Summary) -> list[str]:
    """The methods there are to choose from."""
    return sorted({line.method for line in summary.lines if line.method})


def _matches(line: Line, filters: Filters) -> bool:
    return (
        (filters.first is None or line.date >= filters.first)
        and (filters.last is None or line.date <= filters.last)
        and (not filters.method or line.method == filters.method)
        and (not filters.words or filters.words.casefold() in _searched(line).casefold())
    )


def _searched(line: Line) -> str:
    words = " ".join([line.method, line.ref_number, line.memo, line.received_from, f"{line.amount:.2f}"])
    return words + " ".join(application.ref_number for application in line.applied_to)
