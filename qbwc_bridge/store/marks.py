"""How far changes have been read: for each kind of query the greatest moment accepted, on QuickBooks' own wall clock."""

from sqlalchemy import select

from qbwc_bridge.records import RequestKind
from qbwc_bridge.store.database import Connection
from qbwc_bridge.store.models import marks
from qbwc_bridge.store.rows import upsert


def all_of(c: Connection, company_id: int) -> dict[RequestKind, str]:
    """The marks of a company; a kind that was never read to its end has none."""
    rows = c.execute(select(marks.c.kind, marks.c.mark).where(marks.c.company_id == company_id))
    return {RequestKind(row.kind): row.mark for row in rows}


def put(c: Connection, company_id: int, fresh: dict[RequestKind, str]) -> None:
    """Set these marks, in the transaction that stores what they stand for."""
    upsert(c, marks, [{"company_id": company_id, "kind": kind, "mark": mark} for kind, mark in fresh.items()])
