"""Tokens of programs that read a company's payments: who made them, when they were last used, whether they were revoked.

Only a hash of the token is kept.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, insert, select, update

from qbwc_bridge.errors import NotFound
from qbwc_bridge.store.database import Connection
from qbwc_bridge.store.models import tokens

NOTED_EVERY = timedelta(hours=1)
"""So seldom the last use is written down: a program that only reads should not make the database write each time."""


@dataclass(frozen=True, slots=True)
class Token:
    """One program's permission to read. ``last_used_at`` may lag behind by an hour; None is never."""

    id: int
    company_id: int
    name: str
    created_at: datetime
    created_by: str = ""
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None

    def is_to_be_noted(self, now: datetime) -> bool:
        """Is the use noted last so old that this one should be?"""
        return self.last_used_at is None or now - self.last_used_at >= NOTED_EVERY


def add(c: Connection, company_id: int, name: str, token_hash: str, *, by: str, now: datetime) -> int:
    """A new token; returns its id."""
    row = {"company_id": company_id, "name": name, "token_hash": token_hash, "created_at": now, "created_by": by}
    return int(c.execute(insert(tokens).values(**row).returning(tokens.c.id)).scalar_one())


def listing(c: Connection, company_id: int) -> list[Token]:
    """All tokens ever made: those that open first, each kind newest first."""
    mine = select(tokens).where(tokens.c.company_id == company_id)
    order = (tokens.c.revoked_at.is_not(None), tokens.c.created_at.desc(), tokens.c.id.desc())
    return [_record(row) for row in c.execute(mine.order_by(*order))]


def by_id(c: Connection, company_id: int, token_id: int) -> Token:
    """Raises NotFound, also for a token of another company."""
    row = c.execute(select(tokens).where(tokens.c.company_id == company_id, tokens.c.id == token_id)).first()
    if row is None:
        raise NotFound("There is no such token.")
    return _record(row)


def revoke(c: Connection, company_id: int, token_id: int, now: datetime) -> None:
    """The token opens nothing any more. Revoking twice keeps the first moment. Raises NotFound."""
    by_id(c, company_id, token_id)
    mine = update(tokens).where(tokens.c.company_id == company_id, tokens.c.id == token_id)
    c.execute(mine.where(tokens.c.revoked_at.is_(None)).values(revoked_at=now))


def opened_by(c: Connection, token_hash: str) -> Token | None:
    """The token with this hash, or None. It says itself which company may be read: there is nobody signed in to ask."""
    row = c.execute(select(tokens).where(tokens.c.token_hash == token_hash, tokens.c.revoked_at.is_(None))).first()
    return None if row is None else _record(row)


def used(c: Connection, company_id: int, token_id: int, now: datetime) -> None:
    """A program has read with it."""
    mine = update(tokens).where(tokens.c.company_id == company_id, tokens.c.id == token_id)
    c.execute(mine.values(last_used_at=now))


def _record(row: Row[Any]) -> Token:
    return Token(row.id, row.company_id, row.name, row.created_at, row.created_by, row.last_used_at, row.revoked_at)
