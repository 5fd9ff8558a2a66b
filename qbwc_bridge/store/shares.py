"""Client links: who made them and for whom, what they show, until when they open, and whether they were revoked. Only a
hash of the token is kept."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, or_, select, update

from qbwc_bridge.errors import NotFound
from qbwc_bridge.records import NOTHING_MORE, ClientColumns
from qbwc_bridge.store.database import Connection
from qbwc_bridge.store.models import projects, shares


@dataclass(frozen=True, slots=True)
class Share:
    """One client link. ``expires_at`` is None for a link without an end; ``label`` says for whom it is, if anybody said."""

    id: int
    company_id: int
    project_id: int
    created_at: datetime
    created_by: str = ""
    expires_at: datetime | None = None
    revoked_at: datetime | None = None
    label: str = ""
    shows: ClientColumns = NOTHING_MORE


def add(
    c: Connection,
    company_id: int,
    project_id: int,
    token_hash: str,
    *,
    by: str,
    now: datetime,
    expires_at: datetime | None = None,
    label: str = "",
    shows: ClientColumns = NOTHING_MORE,
) -> int:
    """A new link; returns its id."""
    row = {"company_id": company_id, "project_id": project_id, "token_hash": token_hash}
    made = {"created_at": now, "created_by": by, "expires_at": expires_at}
    opens = {"label": label, "applied_to": shows.applied_to, "memo": shows.memo}
    return int(c.execute(insert(shares).values(**row, **made, **opens).returning(shares.c.id)).scalar_one())


def listing(c: Connection, company_id: int, project_id: int) -> list[Share]:
    """All links of a project ever made, newest first."""
    mine = select(shares).where(shares.c.company_id == company_id, shares.c.project_id == project_id)
    return [_record(row) for row in c.execute(mine.order_by(shares.c.created_at.desc(), shares.c.id.desc()))]


def revoke(c: Connection, company_id: int, project_id: int, share_id: int, now: datetime) -> Share:
    """The link stops opening; returns it as it was. Revoking twice keeps the first moment. Raises NotFound."""
    found = next((share for share in listing(c, company_id, project_id) if share.id == share_id), None)
    if found is None:
        raise NotFound("There is no such link.")
    mine = update(shares).where(shares.c.company_id == company_id, shares.c.project_id == project_id)
    c.execute(mine.where(shares.c.id == share_id, shares.c.revoked_at.is_(None)).values(revoked_at=now))
    return found


def opened_by(c: Connection, token_hash: str, now: datetime) -> Share | None:
    """The link this token opens now, or None, also while its project is archived. The token itself says which company: there is
    nobody signed in to ask."""
    fresh = or_(shares.c.expires_at.is_(None), shares.c.expires_at > now)
    used = select(projects.c.id).where(projects.c.archived_at.is_(None))
    row = c.execute(
        select(shares).where(
            shares.c.token_hash == token_hash, shares.c.revoked_at.is_(None), fresh, shares.c.project_id.in_(used)
        )
    ).first()
    return None if row is None else _record(row)


def _record(row: Row[Any]) -> Share:
    return Share(
        id=row.id,
        company_id=row.company_id,
        project_id=row.project_id,
        created_at=row.created_at,
        created_by=row.created_by,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        label=row.label,
        shows=ClientColumns(row.applied_to, row.memo),
    )
