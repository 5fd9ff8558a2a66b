"""Client links: what an admin opens for somebody without an account, and closes again. The audit has a line of both.

In: a project and what the link shows. Out: the link's token, this once. It never knows the address of the site.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from qbwc_bridge.connector.credentials import new_token, token_hash
from qbwc_bridge.errors import InvalidValue
from qbwc_bridge.records import NOTHING_MORE, ClientColumns, Company, Deed, Project
from qbwc_bridge.store import audit, shares
from qbwc_bridge.store.database import Connection


def make(
    c: Connection,
    company: Company,
    project: Project,
    by: str,
    now: datetime,
    *,
    label: str = "",
    shows: ClientColumns = NOTHING_MORE,
    last_day: date | None = None,
) -> str:
    """Returns the token; only its hash is kept. ``last_day`` is one of the company's time zone. Raises InvalidValue."""
    ends = None if last_day is None else _end_of(last_day, company.timezone)
    if ends and ends <= now:
        raise InvalidValue("expires", "This day is over. A client link can end today or later.")
    token = new_token()
    shares.add(c, company.id, project.id, token_hash(token), by=by, now=now, expires_at=ends, label=label, shows=shows)
    told = [project.name, *_for(label), *_showing(shows), *([f"until {last_day}"] if last_day else [])]
    audit.add(c, company.id, by, Deed.LINK_MADE, ", ".join(told), now, project.id)
    return token


def revoke(c: Connection, company: Company, project: Project, share_id: int, by: str, now: datetime) -> None:
    """It stops opening at once. Raises NotFound."""
    share = shares.revoke(c, company.id, project.id, share_id, now)
    if share.revoked_at is None:
        made = share.created_at.astimezone(ZoneInfo(company.timezone)).date()
        told = [project.name, *_for(share.label), f"made {made}"]
        audit.add(c, company.id, by, Deed.LINK_REVOKED, ", ".join(told), now, project.id)


def _end_of(day: date, timezone: str) -> datetime:
    midnight = datetime.combine(day, time(), ZoneInfo(timezone))
    return (midnight + timedelta(days=1)).astimezone(UTC)


def _for(label: str) -> list[str]:
    return [f"for {label}"] if label else []


def _showing(shows: ClientColumns) -> list[str]:
    return [f"with {' and '.join(shows.titles)}"] if shows.titles else []
