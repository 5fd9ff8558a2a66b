"""The audit: who opened, changed or decided what, and when. It only ever grows, and holds no secret."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import insert, or_, select

from qbwc_bridge.records import Deed
from qbwc_bridge.store.database import Connection
from qbwc_bridge.store.models import audit


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. ``what`` is a Deed, or the word of an older release; ``project_id`` is None where no project is concerned."""

    id: int
    at: datetime
    who: str
    what: str
    subject: str
    project_id: int | None = None


def add(
    c: Connection, company_id: int, who: str, what: Deed, subject: str, now: datetime, project_id: int | None = None
) -> None:
    """One more line, in the transaction of what it speaks of. ``subject`` must be understood without looking anything up."""
    add_all(c, company_id, who, [(what, subject, project_id)], now)


def add_all(
    c: Connection, company_id: int, who: str, deeds: Sequence[tuple[Deed, str, int | None]], now: datetime
) -> None:
    """Several lines: what, its subject, and the project concerned."""
    by = {"company_id": company_id, "at": now, "who": who}
    rows = [{**by, "what": what.value, "subject": text, "project_id": project} for what, text, project in deeds]
    if rows:
        c.execute(insert(audit), rows)


def listing(
    c: Connection, company_id: int, *, what: str = "", words: str = "", before: int | None = None, limit: int = 50
) -> list[Entry]:
    """Newest first. ``words`` are looked for in who and subject; ``before`` is the id of the last line of the page before."""
    mine = select(audit).where(audit.c.company_id == company_id)
    if what:
        mine = mine.where(audit.c.what == what)
    if words:
        mine = mine.where(or_(*(column.icontains(words, autoescape=True) for column in (audit.c.who, audit.c.subject))))
    if before is not None:
        mine = mine.where(audit.c.id < before)
    return [
        Entry(row.id, row.at, row.who, row.what, row.subject, row.project_id)
        for row in c.execute(mine.order_by(audit.c.id.desc()).limit(limit))
    ]
