"""The change history: what each sync changed about payments, and what became of a project's own link and typed payments.

A line belongs to one customer:job. A line about a project itself has the project's id, and what happened in place of a TxnID.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, or_, select

from qbwc_bridge.records import ZERO, Change
from qbwc_bridge.store.database import Connection
from qbwc_bridge.store.models import history
from qbwc_bridge.store.rows import add, batches

Details = dict[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Entry:
    """One payment at one moment, as a project sees it: lines of several customer:jobs are one entry. ``before`` is None when
    it did not concern the project until then, ``after`` when it does not any more. ``elsewhere`` is what other customer:jobs
    saw of it. ``id`` is that of its last line."""

    id: int
    at: datetime
    what: str  # added | changed | moved | voided | removed, and of the project itself: archived | restored | linked
    txn_id: str
    before: Decimal | None
    after: Decimal | None
    details: Details
    elsewhere: tuple[Change, ...] = ()
    conversation_id: int | None = None

    @property
    def difference(self) -> Decimal:
        """What it did to the project's total."""
        return (self.after or ZERO) - (self.before or ZERO)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries: of one kind, noticed in ``since`` ≤ … < ``until``, brought by one sync. Empty means all."""

    what: str = ""
    since: datetime | None = None
    until: datetime | None = None
    conversation_id: int | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """What one sync did to a project: how many payments it touched, and the difference in its total."""

    payments: int
    difference: Decimal


EVERYTHING = Wanted()


def remember(
    c: Connection,
    company_id: int,
    changes: Iterable[Change],
    *,
    because: str,
    now: datetime,
    conversation_id: int | None = None,
) -> None:
    """Keep what happened to payments; a removed one with the reason."""
    rows = [
        _line(company_id, now, conversation_id)
        | {"list_id": change.list_id, "txn_id": change.txn_id, "what": change.what}
        | {"before": change.before, "after": change.after, "details": _reasoned(change, because)}
        for change in changes
    ]
    add(c, history, rows)


def happened(
    c: Connection,
    company_id: int,
    project_id: int,
    what: str,
    *,
    details: Details,
    now: datetime,
    conversation_id: int | None = None,
) -> None:
    """Keep what happened to a project itself: typed payments archived or restored, another link."""
    all_happened(c, company_id, what, {project_id: details}, now, conversation_id)


def all_happened(
    c: Connection,
    company_id: int,
    what: str,
    details: Mapping[int, Details],
    now: datetime,
    conversation_id: int | None = None,
) -> None:
    """The same for several projects: details by project id."""
    row = {"list_id": "", "txn_id": what, "what": what, "before": None, "after": None}
    common = {**_line(company_id, now, conversation_id), **row}
    if details:
        add(c, history, [{**common, "project_id": one, "details": told} for one, told in details.items()])


def of_project(
    c: Connection,
    company_id: int,
    project_id: int,
    list_ids: Collection[str],
    wanted: Wanted = EVERYTHING,
    before: int | None = None,
    limit: int = 50,
) -> list[Entry]:
    """The entries of a project that covers these customer:jobs, newest first; only those before the entry ``before``."""
    last = func.max(history.c.id)
    mine = select(last.label("last"), history.c.txn_id, history.c.at).where(
        *_kept(company_id, wanted), _concerns(project_id, list_ids)
    )
    keys = mine.group_by(history.c.txn_id, history.c.at).having(_of_kind(wanted.what))
    if before is not None:
        keys = keys.having(last < before)
    found = c.execute(keys.order_by(last.desc()).limit(limit)).all()
    lines = _lines(c, company_id, project_id, found)
    return [_entry(row.last, lines[row.txn_id, row.at], list_ids) for row in found]


def effects(
    c: Connection, company_id: int, list_ids: Collection[str], conversation_ids: Collection[int]
) -> dict[int, Effect]:
    """What each of these syncs did to the payments of these customer:jobs."""
    touched = func.count(history.c.txn_id.distinct()).label("touched")
    summed = select(history.c.conversation_id, touched, *_sums()).where(
        history.c.company_id == company_id,
        history.c.list_id.in_(list_ids),
        history.c.conversation_id.in_(conversation_ids),
    )
    rows = c.execute(summed.group_by(history.c.conversation_id))
    return {row.conversation_id: Effect(row.touched, _difference(row)) for row in rows}


def differences(c: Connection, company_id: int, conversation_id: int) -> dict[str, Decimal]:
    """What a sync did to the total of each customer:job it touched."""
    mine = select(history.c.list_id, *_sums()).where(
        history.c.company_id == company_id,
        history.c.conversation_id == conversation_id,
        history.c.project_id.is_(None),
    )
    return {row.list_id: _difference(row) for row in c.execute(mine.group_by(history.c.list_id))}


def changes_after(c: Connection, company_id: int, line: int, limit: int) -> list[tuple[int, datetime, Change]]:
    """The lines about payments behind a certain one, oldest first, each with its number."""
    mine = select(history).where(
        history.c.company_id == company_id, history.c.project_id.is_(None), history.c.id > line
    )
    return [
        (row.id, row.at, Change(row.txn_id, row.list_id, row.what, row.before, row.after, row.details))
        for row in c.execute(mine.order_by(history.c.id).limit(limit))
    ]


def last_line(c: Connection, company_id: int) -> int:
    """The number of the last line; 0 when there is none."""
    return int(c.execute(select(func.max(history.c.id)).where(history.c.company_id == company_id)).scalar() or 0)


def _line(company_id: int, now: datetime, conversation_id: int | None) -> dict[str, Any]:
    return {"company_id": company_id, "at": now, "conversation_id": conversation_id, "project_id": None}


def _reasoned(change: Change, because: str) -> Details:
    return {**change.details, "because": ("", because)} if change.what == "removed" else change.details


def _kept(company_id: int, wanted: Wanted) -> list[ColumnElement[bool]]:
    kept = [history.c.company_id == company_id]
    if wanted.since:
        kept.append(history.c.at >= wanted.since)
    if wanted.until:
        kept.append(history.c.at < wanted.until)
    if wanted.conversation_id is not None:
        kept.append(history.c.conversation_id == wanted.conversation_id)
    return kept


def _concerns(project_id: int, list_ids: Collection[str]) -> ColumnElement[bool]:
    return or_(history.c.list_id.in_(list_ids), history.c.project_id == project_id)


def _of_kind(what: str) -> ColumnElement[bool]:
    """The same answer as ``_what``, from the database."""
    saw = {kind: _count(kind) for kind in ("removed", "added", "voided", "changed")}
    only_changed = and_(saw["removed"] == 0, saw["added"] == 0, saw["voided"] == 0, saw["changed"] > 0)
    one_sided = or_(func.count(history.c.before) == 0, func.count(history.c.after) == 0)
    kinds = {
        "removed": saw["removed"] > 0,
        "added": and_(saw["removed"] == 0, saw["added"] > 0),
        "voided": and_(saw["removed"] == 0, saw["added"] == 0, saw["voided"] > 0),
        "moved": and_(only_changed, one_sided),
        "changed": and_(only_changed, ~one_sided),
    }
    return kinds.get(what, _count(what) > 0) if what else func.count() > 0


def _count(what: str) -> ColumnElement[int]:
    return func.sum(case((history.c.what == what, 1), else_=0))


def _sums() -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    return func.sum(history.c.before).label("before"), func.sum(history.c.after).label("after")


def _difference(row: Any) -> Decimal:
    difference: Decimal = (row.after or ZERO) - (row.before or ZERO)
    return difference


def _lines(
    c: Connection, company_id: int, project_id: int, keys: Sequence[Any]
) -> dict[tuple[str, datetime], list[Row[Any]]]:
    """All lines of these payments at these moments, also those of customer:jobs the project does not cover."""
    found: dict[tuple[str, datetime], list[Row[Any]]] = {}
    mine = _everywhere(company_id, project_id)
    for some in batches(keys):
        same = history.c.txn_id.in_({row.txn_id for row in some}), history.c.at.in_({row.at for row in some})
        for row in c.execute(mine.where(*same)):
            found.setdefault((row.txn_id, row.at), []).append(row)
    return found


def _everywhere(company_id: int, project_id: int) -> Select[Any]:
    mine = select(history).where(history.c.company_id == company_id)
    return mine.where(or_(history.c.project_id.is_(None), history.c.project_id == project_id)).order_by(history.c.id)


def _entry(last: int, lines: Sequence[Row[Any]], list_ids: Collection[str]) -> Entry:
    here = [row for row in lines if row.list_id in list_ids or row.project_id is not None]
    before, after = _net(here)
    return Entry(
        id=last,
        at=here[0].at,
        what=_what(here),
        txn_id=here[0].txn_id,
        before=before,
        after=after,
        details=_details(here),
        elsewhere=_elsewhere([row for row in lines if row not in here]),
        conversation_id=here[0].conversation_id,
    )


def _what(here: Sequence[Row[Any]]) -> str:
    """A payment may be worked on twice in one answer: an invoice moved, and then the payment itself."""
    kinds = {row.what for row in here}
    what = next((kind for kind in ("removed", "added", "voided") if kind in kinds), here[0].what)
    one_sided = all(row.before is None for row in here) or all(row.after is None for row in here)
    return "moved" if what == "changed" and one_sided else str(what)


def _net(lines: Iterable[Row[Any]]) -> tuple[Decimal | None, Decimal | None]:
    """The first amount before and the last after, summed over the customer:jobs; None when there is none."""
    each = [list(rows) for _, rows in groupby(sorted(lines, key=_job_first), key=lambda row: str(row.list_id))]
    return _sum([rows[0].before for rows in each]), _sum([rows[-1].after for rows in each])


def _job_first(row: Row[Any]) -> tuple[str, int]:
    return row.list_id, row.id


def _sum(amounts: Iterable[Decimal | None]) -> Decimal | None:
    known = [amount for amount in amounts if amount is not None]
    return sum(known, ZERO) if known else None


def _details(here: Sequence[Row[Any]]) -> Details:
    """From the first line's value to the last's."""
    net: Details = {}
    for row in here:
        for name, (old, new) in row.details.items():
            net[name] = (net.get(name, (old, ""))[0], new)
    return net


def _elsewhere(others: Sequence[Row[Any]]) -> tuple[Change, ...]:
    jobs = sorted({row.list_id for row in others})
    told = [(list_id, [row for row in others if row.list_id == list_id]) for list_id in jobs]
    return tuple(Change(rows[0].txn_id, list_id, _what(rows), *_net(rows)) for list_id, rows in told)
