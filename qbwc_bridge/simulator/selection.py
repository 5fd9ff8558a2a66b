"""Which records a query means: its filters, applied to the company file.

In: the file and one request the grammar let through. Out: the keys it matches, in the order they were entered, and the
IDs it named in vain; or :class:`QueryFailed` with the statusCode QuickBooks would give. It will never know paging.

Filters are ANDed; ranges of modification are inclusive and read as the wall clock of the QuickBooks computer unless
they carry an offset; an entity filter by ListID leaves out its jobs (reference 3.4, 3.5).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from lxml import etree

from .ledger import BooksRefused, Customer, Deletion, Ledger, Txn

EARLIEST, LATEST = date(1970, 1, 1), date(2038, 1, 19)
LOG_KEPT = timedelta(days=90)
MATCHES: dict[str, Callable[[str, str], bool]] = {
    "StartsWith": str.startswith,
    "EndsWith": str.endswith,
    "Contains": str.__contains__,
}


class QueryFailed(Exception):
    """One request of a message fails with a statusCode; the others are not concerned."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(f"{code} {message}")
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Selected:
    """Keys (TxnID, ListID) of what matched, and the IDs or names that stand for nothing."""

    keys: tuple[str, ...]
    missing: tuple[str, ...] = ()


def texts(request: etree._Element, path: str) -> list[str]:
    """The texts of all elements at a path."""
    return [element.text or "" for element in request.findall(path)]


def text(request: etree._Element, path: str) -> str:
    """The text of the first element at a path, or ""."""
    return next(iter(texts(request, path)), "")


def customers(books: Ledger, request: etree._Element) -> Selected:
    """CustomerQuery (reference 5.4); by default only the active ones."""
    if listed := texts(request, "ListID"):
        return _by_id(listed, books.customers)
    if named := texts(request, "FullName"):
        return _by_name(books, named)
    active = {"ActiveOnly": {True}, "InactiveOnly": {False}, "All": {True, False}}
    wanted = active[text(request, "ActiveStatus") or "ActiveOnly"]
    within = _moments(request, "FromModifiedDate", "ToModifiedDate")
    like = _like(request, "NameFilter", "Name")
    found = (entry for entry in books.customers.values() if entry.active in wanted and within(entry.modified))
    return Selected(tuple(entry.list_id for entry in found if like(entry.name)))


def transactions(books: Ledger, kind: type[Txn], request: etree._Element) -> Selected:
    """The TxnFilter family (reference 3.1)."""
    entered = {txn.txn_id: txn for txn in books.of(kind)}
    if ids := texts(request, "TxnID"):
        return _by_id(ids, entered)
    if numbers := texts(request, "RefNumber") + texts(request, "RefNumberCaseSensitive"):
        return _by_number(entered.values(), numbers, fold=request.find("RefNumber") is not None)
    tests = [
        _modified_within(request),
        _dated_within(request),
        _of_entity(books, request),
        _numbered_like(request),
        _paid(books, request),
    ]
    return Selected(tuple(key for key, txn in entered.items() if all(test(txn) for test in tests)))


def deletions(books: Ledger, request: etree._Element, kinds: list[str]) -> list[Deletion]:
    """Grouped by kind in the order named; QuickBooks forgets after 90 days (reference 5.6)."""
    within = _moments(request, "DeletedDateRangeFilter/FromDeletedDate", "DeletedDateRangeFilter/ToDeletedDate")
    remembered = [entry for entry in books.deletions if entry.deleted >= books.now - LOG_KEPT]
    return [
        entry for kind in dict.fromkeys(kinds) for entry in remembered if entry.kind == kind and within(entry.deleted)
    ]


# By ID, by name -------------------------------------------------------------------------------------------------


def _by_id(ids: list[str], known: Iterable[str]) -> Selected:
    for key in ids:
        _check_id(key)
    there = set(known)
    wanted = list(dict.fromkeys(ids))
    return Selected(tuple(k for k in wanted if k in there), tuple(k for k in wanted if k not in there))


def _check_id(key: str) -> None:
    if not re.fullmatch(r"[0-9A-F]{1,8}-\d{1,10}", key):
        raise QueryFailed(3000, f'The given object ID "{key}" in the field "list id" is invalid.')


def _by_name(books: Ledger, names: list[str]) -> Selected:
    known = {books.full_name(key).lower(): key for key in books.customers}
    found = dict.fromkeys(known[name.lower()] for name in names if name.lower() in known)
    return Selected(tuple(found), tuple(name for name in names if name.lower() not in known))


def _by_number(txns: Iterable[Txn], numbers: list[str], *, fold: bool) -> Selected:
    alike: Callable[[str], str] = str.lower if fold else str
    wanted = {alike(number) for number in numbers}
    found = [txn for txn in txns if alike(txn.ref_number) in wanted]
    seen = {alike(txn.ref_number) for txn in found}
    return Selected(tuple(txn.txn_id for txn in found), tuple(n for n in numbers if alike(n) not in seen))


# Filters --------------------------------------------------------------------------------------------------------

Test = Callable[[Txn], bool]


def _modified_within(request: etree._Element) -> Test:
    within = _moments(request, "ModifiedDateRangeFilter/FromModifiedDate", "ModifiedDateRangeFilter/ToModifiedDate")
    return lambda txn: within(txn.modified)


def _dated_within(request: etree._Element) -> Test:
    within = _moments(request, "TxnDateRangeFilter/FromTxnDate", "TxnDateRangeFilter/ToTxnDate")
    return lambda txn: within(datetime(txn.txn_date.year, txn.txn_date.month, txn.txn_date.day))  # noqa: DTZ001


def _of_entity(books: Ledger, request: etree._Element) -> Test:
    entities = request.find("EntityFilter")
    if entities is None:
        return lambda txn: True
    wanted = {
        key for entity in entities.iterchildren("*") for key in _entity(books, str(entity.tag), entity.text or "")
    }
    return lambda txn: txn.customer in wanted


def _entity(books: Ledger, kind: str, value: str) -> list[str]:
    """One line of an EntityFilter; naming nobody fails the query."""
    if kind.startswith("ListID"):
        _check_id(value)
    try:
        entry: Customer = books.customer(value)
    except BooksRefused:
        raise QueryFailed(3120, f'Object "{value}" specified in the request cannot be found.') from None
    return books.subtree(entry.list_id) if kind.endswith("WithChildren") else [entry.list_id]


def _numbered_like(request: etree._Element) -> Test:
    like = _like(request, "RefNumberFilter", "RefNumber")
    return lambda txn: like(txn.ref_number)


def _like(request: etree._Element, group: str, name: str) -> Callable[[str], bool]:
    if request.find(group) is None:
        return lambda value: True
    matches = MATCHES[text(request, f"{group}/MatchCriterion")]
    wanted = text(request, f"{group}/{name}").lower()
    return lambda value: matches(value.lower(), wanted)


def _paid(books: Ledger, request: etree._Element) -> Test:
    wanted = text(request, "PaidStatus")
    if wanted in ("", "All"):
        return lambda txn: True
    return lambda txn: (books.balance(txn.txn_id) == 0) == (wanted == "PaidOnly")


# Ranges of time -------------------------------------------------------------------------------------------------


def _moments(request: etree._Element, lower: str, upper: str) -> Callable[[datetime], bool]:
    """A test for the inclusive range; a bare date begins at 00:00:00 and ends at 23:59:59."""
    start, end = _moment(request, lower, "T00:00:00"), _moment(request, upper, "T23:59:59")
    if start and end and start.replace(tzinfo=None) > end.replace(tzinfo=None):
        raise QueryFailed(3030, "The given date range is invalid: its beginning is after its end.")
    return lambda value: (
        (not start or _like_clock(value, start) >= start) and (not end or _like_clock(value, end) <= end)
    )


def _like_clock(value: datetime, bound: datetime) -> datetime:
    """Without an offset in the bound the wall clocks are compared, with one the instants."""
    return value if bound.tzinfo else value.replace(tzinfo=None)


def _moment(request: etree._Element, path: str, bare: str) -> datetime | None:
    element = request.find(path)
    if element is None:
        return None
    written = element.text or ""
    try:
        moment = datetime.fromisoformat(written if "T" in written else written + bare)
    except ValueError:
        moment = datetime.max  # noqa: DTZ901 - only to fail the next line
    if not EARLIEST <= moment.date() <= LATEST:
        raise QueryFailed(3020, f'There was an error when converting the date value "{written}".')
    return moment
