"""What one poll of the Web Connector needs to know, in one statement: most polls of most days have nothing to do."""

from dataclasses import dataclass

from sqlalchemy import bindparam, exists

from qbwc_bridge.records import Company
from qbwc_bridge.store.companies import company_of, every_company
from qbwc_bridge.store.database import Connection
from qbwc_bridge.store.models import companies, conversations, requests
from qbwc_bridge.store.requests import OPEN


@dataclass(frozen=True, slots=True)
class Poll:
    """Who calls, and whether anything is going on. ``idle``: nothing is queued and no conversation is open."""

    company: Company
    password_hash: str
    idle: bool


_waiting = exists().where(requests.c.company_id == companies.c.id, requests.c.state.in_(OPEN))
_talking = exists().where(conversations.c.company_id == companies.c.id, conversations.c.ended.is_(None))
_asked = every_company.add_columns((~(_waiting | _talking)).label("idle")).where(
    companies.c.connector_user == bindparam("user")
)


def poll(c: Connection, connector_user: str) -> Poll | None:
    """The company of a connector user; None for an unknown one."""
    row = c.execute(_asked, {"user": connector_user}).first()
    return None if row is None else Poll(company_of(row), row.connector_password_hash, bool(row.idle))
