"""Which projects are listed, in which order, and what they add up to. It lives in the address.

In: the query of an address, and the projects a person may see. Out: those of them on one page, how many there are in each
state, and totals. It never knows who is asking, only whether it is staff: a client's words are fewer, and nothing that is kept
from clients can be searched for.
"""

import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from qbwc_bridge.records import ZERO, State
from qbwc_bridge.store.summaries import ProjectStatus
from qbwc_bridge.summary import BADGES
from qbwc_bridge.web.figures import DOUBTFUL

PER_PAGE = 100
LONGEST_WORDS = 100
ARCHIVED = "archived"
WORDS = {**{state.value: badge for state, badge in BADGES.items()}, ARCHIVED: "Archived"}
OLDER = "Older figures"
ORDERS = {
    "name": "Name, A to Z",
    "-name": "Name, Z to A",
    "-paid": "Most paid first",
    "paid": "Least paid first",
    "-price": "Largest contract first",
    "price": "Smallest contract first",
    "-remaining": "Most remaining first",
    "remaining": "Least remaining first",
    "-synced": "Synced last first",
    "synced": "Synced longest ago first",
}
"""What the list can be sorted by, with a minus for descending."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Empty means all."""

    words: str = ""
    state: str = ""
    order: str = "name"
    page: int = 1

    @property
    def active(self) -> bool:
        """Is anything left out?"""
        return bool(self.words or self.state)

    @property
    def archived(self) -> bool:
        """The archived projects instead of those in use?"""
        return self.state == ARCHIVED

    def query(self, **changes: str) -> str:
        """This choice as the query of an address, with some values changed; whatever changes, the first page comes first."""
        order = "" if self.order == "name" else self.order
        told = {"q": self.words, "state": self.state, "sort": order, **changes}
        return f"?{urlencode({name: value for name, value in told.items() if value})}"

    def sort_query(self, column: str) -> str:
        """The address that sorts by this column, the other way round when it is sorted by it already. A name begins with A,
        a number with the largest."""
        usual, other = (column, f"-{column}") if column == "name" else (f"-{column}", column)
        wanted = other if self.order == usual else usual
        return self.query(sort="" if wanted == "name" else wanted)

    def aria_sort(self, column: str) -> str:
        """What ``aria-sort`` says of a column."""
        return {f"-{column}": "descending", column: "ascending"}.get(self.order, "none")


@dataclass(frozen=True, slots=True)
class Total:
    """What some projects in one currency add up to. ``price`` and ``remaining`` are None when none of them has a price."""

    count: int
    paid: Decimal
    price: Decimal | None
    remaining: Decimal | None


@dataclass(frozen=True, slots=True)
class Page:
    """The lines of one page; ``first`` and ``last`` count from 1 among the ``count`` that match."""

    lines: Sequence[ProjectStatus]
    first: int
    last: int
    count: int
    number: int
    pages: int


def read(query: Mapping[str, str], staff: bool) -> Chosen:
    """What cannot be read is left out: an old bookmark still opens. Clients know of no archived projects."""
    state, order, page = query.get("state", ""), query.get("sort", ""), query.get("page", "")
    return Chosen(
        words=query.get("q", "").strip()[:LONGEST_WORDS],
        state=state if state in WORDS and (staff or state != ARCHIVED) else "",
        order=order if order in ORDERS else "name",
        page=int(page) if page.isascii() and page.isdigit() and len(page) < 7 else 1,
    )


def state_of(line: ProjectStatus, staff: bool) -> str:
    """The state as the reader is told it. A client is never told of an error, and nothing before the first sync."""
    state = line.status.state
    if staff:
        return state.value
    if state in DOUBTFUL:
        return State.STALE.value
    return state.value if line.project.client_payments and line.project.synced_at else ""


def badge_of(state: str, staff: bool) -> str:
    """The word for it."""
    return OLDER if state == State.STALE.value and not staff else WORDS.get(state, "")


def states(lines: Iterable[ProjectStatus], staff: bool, chosen: str) -> list[tuple[str, str, int]]:
    """(state, word, how many) of those that occur, and of the chosen one."""
    found = Counter(state_of(line, staff) for line in lines)
    return [
        (one.value, badge_of(one.value, staff), found[one.value]) for one in State if found[one.value] or one == chosen
    ]


def matching(lines: Iterable[ProjectStatus], chosen: Chosen, staff: bool) -> list[ProjectStatus]:
    """The lines in the chosen state in which every word occurs."""
    words = plain(chosen.words).split()
    wanted = "" if chosen.archived else chosen.state
    return [
        line
        for line in lines
        if (not wanted or state_of(line, staff) == wanted) and (not words or _has(line, words, staff))
    ]


def ordered(lines: Iterable[ProjectStatus], order: str) -> list[ProjectStatus]:
    """In the order asked for; equal ones by name, those without a value last."""
    by_name = sorted(lines, key=lambda line: plain(line.project.name), reverse=order == "-name")
    value = VALUES.get(order.removeprefix("-"))
    if value is None:
        return by_name
    known = [(found, line) for line in by_name if (found := value(line)) is not None]
    rest = [line for line in by_name if value(line) is None]
    return [line for _, line in sorted(known, key=lambda pair: pair[0], reverse=order.startswith("-"))] + rest


def page(lines: Sequence[ProjectStatus], number: int) -> Page:
    """The page of that number, or the last one."""
    pages = max(1, -(-len(lines) // PER_PAGE))
    number = min(max(number, 1), pages)
    start = (number - 1) * PER_PAGE
    shown = lines[start : start + PER_PAGE]
    return Page(shown, start + 1, start + len(shown), len(lines), number, pages)


def totals(lines: Iterable[ProjectStatus], currency: Callable[[ProjectStatus], str]) -> dict[str, Total]:
    """What the lines add up to, by currency."""
    groups: dict[str, list[ProjectStatus]] = {}
    for line in lines:
        groups.setdefault(currency(line), []).append(line)
    return {name: _total(group) for name, group in groups.items()}


def paid(line: ProjectStatus) -> Decimal | None:
    """Paid to date; None before QuickBooks' first answer when nothing was typed either: a zero would be made up."""
    waiting = line.project.client_payments and line.project.synced_at is None
    return None if waiting and not line.paid_to_date else line.paid_to_date


def remaining(line: ProjectStatus) -> Decimal | None:
    """What is left of the contract price, less than nothing when overpaid; None when one of the two is not known."""
    price, so_far = line.project.contract_price, paid(line)
    return None if price is None or so_far is None else price - so_far


VALUES: Mapping[str, Callable[[ProjectStatus], Any]] = {
    "paid": paid,
    "price": lambda line: line.project.contract_price,
    "remaining": remaining,
    "synced": lambda line: line.project.synced_at if line.project.client_payments else None,
}


def plain(text: str) -> str:
    """Without case and accents, as people search."""
    folded = text.casefold()
    if folded.isascii():
        return folded
    return "".join(sign for sign in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(sign))


def _has(line: ProjectStatus, words: Iterable[str], staff: bool) -> bool:
    customer = line.customer.full_name if line.customer and staff else ""
    searched = plain(f"{line.project.name}\n{line.project.client_name}\n{customer}")
    return all(word in searched for word in words)


def _total(lines: Sequence[ProjectStatus]) -> Total:
    prices = [line.project.contract_price for line in lines if line.project.contract_price is not None]
    left = [max(rest, ZERO) for line in lines if (rest := remaining(line)) is not None]
    return Total(
        len(lines),
        sum((line.paid_to_date for line in lines), ZERO),
        sum(prices, ZERO) if prices else None,
        sum(left, ZERO) if left else None,
    )
