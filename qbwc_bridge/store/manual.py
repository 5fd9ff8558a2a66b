"""Payments typed by people. Nothing of them is ever destroyed: a deleted one keeps its row, a replaced one waits in the
archive."""

import datetime as dt
from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, Select, func, insert, select, update

from qbwc_bridge.errors import NotFound, PaymentsAreSynced, ProjectArchived
from qbwc_bridge.records import ZERO, ManualPayment, Tally
from qbwc_bridge.store import companies, history, projects
from qbwc_bridge.store.database import Connection
from qbwc_bridge.store.models import manual_payments as manual


def _mine(company_id: int, project_id: int) -> Select[Any]:
    kept = manual.c.deleted_at.is_(None)
    return select(manual).where(manual.c.company_id == company_id, manual.c.project_id == project_id, kept)


def listing(c: Connection, company_id: int, project_id: int) -> list[ManualPayment]:
    """The payments that count now, in date order."""
    return _records(c, _mine(company_id, project_id).where(manual.c.archived_at.is_(None)))


def archive(c: Connection, company_id: int, project_id: int) -> list[ManualPayment]:
    """The payments that QuickBooks' have replaced, in date order."""
    return _records(c, _mine(company_id, project_id).where(manual.c.archived_at.is_not(None)))


def get(c: Connection, company_id: int, project_id: int, payment_id: int) -> ManualPayment:
    """Raises NotFound."""
    found = _records(c, _mine(company_id, project_id).where(manual.c.id == payment_id))
    if not found:
        raise NotFound("There is no such payment.")
    return found[0]


def tally(c: Connection, company_id: int, project_id: int) -> Tally:
    """How many payments a first sync would replace, and how much."""
    found = listing(c, company_id, project_id)
    return Tally(len(found), sum((payment.amount for payment in found), ZERO))


def totals(c: Connection, company_id: int) -> dict[int, Tally]:
    """Count and sum of the payments that count now, by project."""
    counted = select(manual.c.project_id, func.count().label("n"), func.sum(manual.c.amount).label("total"))
    mine = counted.where(
        manual.c.company_id == company_id, manual.c.deleted_at.is_(None), manual.c.archived_at.is_(None)
    )
    return {row.project_id: Tally(row.n, row.total) for row in c.execute(mine.group_by(manual.c.project_id))}


def add(
    c: Connection,
    company_id: int,
    project_id: int,
    *,
    date: dt.date,
    amount: Decimal,
    method: str = "",
    ref_number: str = "",
    memo: str = "",
    by: str = "",
    now: datetime,
) -> int:
    """Returns the new payment's id. Raises PaymentsAreSynced while Client Payments is on, ProjectArchived."""
    _allowed(c, company_id, project_id)
    row = {
        "company_id": company_id, "project_id": project_id, "date": date, "amount": amount, "method": method,
        "ref_number": ref_number, "memo": memo, "created_by": by, "created_at": now,
    }  # fmt: skip
    return int(c.execute(insert(manual).values(row).returning(manual.c.id)).scalar_one())


def change(
    c: Connection,
    company_id: int,
    project_id: int,
    payment_id: int,
    *,
    date: dt.date,
    amount: Decimal,
    method: str = "",
    ref_number: str = "",
    memo: str = "",
    now: datetime,
) -> None:
    """Raises PaymentsAreSynced while Client Payments is on, ProjectArchived, NotFound."""
    values = {"date": date, "amount": amount, "method": method, "ref_number": ref_number, "memo": memo}
    _write(c, company_id, project_id, payment_id, {**values, "changed_at": now})


def delete(c: Connection, company_id: int, project_id: int, payment_id: int, now: datetime) -> None:
    """Raises PaymentsAreSynced while Client Payments is on, ProjectArchived, NotFound."""
    _write(c, company_id, project_id, payment_id, {"deleted_at": now})


def put_away(
    c: Connection, company_id: int, project_ids: Sequence[int], now: datetime, conversation_id: int | None = None
) -> None:
    """QuickBooks' payments take the place of these; only ever called in the transaction that stores a first answer."""
    active = update(manual).where(manual.c.company_id == company_id, manual.c.archived_at.is_(None))
    for project_id in project_ids:
        going = listing(c, company_id, project_id)
        c.execute(active.where(manual.c.project_id == project_id).values(archived_at=now))
        _remember(c, company_id, project_id, "archived", going, now, conversation_id=conversation_id)


def bring_back(c: Connection, company_id: int, project_id: int, now: datetime, by: str = "") -> None:
    """Client Payments was switched off: the archive counts again."""
    coming = archive(c, company_id, project_id)
    mine = update(manual).where(manual.c.company_id == company_id, manual.c.project_id == project_id)
    c.execute(mine.values(archived_at=None))
    _remember(c, company_id, project_id, "restored", coming, now, by=by)


def _remember(
    c: Connection,
    company_id: int,
    project_id: int,
    what: str,
    moved: Sequence[ManualPayment],
    now: datetime,
    *,
    by: str = "",
    conversation_id: int | None = None,
) -> None:
    if moved:
        total = sum((payment.amount for payment in moved), ZERO)
        details = {"count": ("", str(len(moved))), "total": ("", str(total)), "by": ("", by)}
        history.happened(c, company_id, project_id, what, details=details, now=now, conversation_id=conversation_id)


def _allowed(c: Connection, company_id: int, project_id: int) -> None:
    companies.lock(c, company_id)
    project = projects.by_id(c, company_id, project_id)
    if project.archived_at:
        raise ProjectArchived(project.name)
    if project.client_payments:
        raise PaymentsAreSynced(project.name)


def _write(c: Connection, company_id: int, project_id: int, payment_id: int, values: dict[str, Any]) -> None:
    _allowed(c, company_id, project_id)
    get(c, company_id, project_id, payment_id)
    mine = update(manual).where(manual.c.company_id == company_id, manual.c.project_id == project_id)
    c.execute(mine.where(manual.c.id == payment_id).values(values))


def _records(c: Connection, query: Select[Any]) -> list[ManualPayment]:
    return [_record(row) for row in c.execute(query.order_by(manual.c.date, manual.c.id))]


def _record(row: Row[Any]) -> ManualPayment:
    return ManualPayment(row.id, row.date, row.amount, row.method, row.ref_number, row.memo, row.archived_at)
