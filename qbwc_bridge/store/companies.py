"""Companies: their names, connector sign-in, settings, and what is known of the connection."""

from datetime import datetime, time
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.exc import IntegrityError

from qbwc_bridge.errors import NameTaken, NotFound
from qbwc_bridge.records import Activity, Company, CompanyFile, Failure
from qbwc_bridge.store.database import Connection
from qbwc_bridge.store.models import companies, installation
from qbwc_bridge.store.rows import failure_from, failure_values

every_company = select(companies, installation.c.owner_id).join(installation, installation.c.id == 1)
_idle = select(companies.c.last_reason).where(
    companies.c.id == bindparam("company"), companies.c.idle_ticket_hash == bindparam("ticket")
)
_seen = update(companies).where(companies.c.id == bindparam("company"))


def listing(c: Connection) -> list[Company]:
    """All companies of this installation, by name."""
    return [company_of(row) for row in c.execute(every_company.order_by(companies.c.name))]


def by_id(c: Connection, company_id: int) -> Company:
    """Raises NotFound."""
    return _one(c, companies.c.id == company_id, "There is no such company.")


def by_name(c: Connection, name: str) -> Company:
    """Raises NotFound."""
    return _one(c, companies.c.name == name, f"There is no company named {name!r}.")


def lock(c: Connection, company_id: int) -> None:
    """Take this company's turn until the transaction ends: calls of connectors, answers and people's changes to links,
    queue and typed payments of one company never overlap, whatever process they are in."""
    c.execute(select(companies.c.id).where(companies.c.id == company_id).with_for_update())


def add(c: Connection, name: str, connector_user: str, password_hash: str, file_id: str, now: datetime) -> Company:
    """A new company. Raises NameTaken when the name or the connector user is in use."""
    values = {
        "name": name, "connector_user": connector_user, "connector_password_hash": password_hash,
        "file_id": file_id, "created_at": now,
    }  # fmt: skip
    try:
        with c.begin_nested():
            c.execute(insert(companies).values(values))
    except IntegrityError as error:
        raise NameTaken(f"The company name {name!r} or the connector user {connector_user!r} is taken.") from error
    return by_name(c, name)


def set_password_hash(c: Connection, company_id: int, password_hash: str) -> None:
    """Replace the connector's password."""
    _set(c, company_id, connector_password_hash=password_hash)


def password_shown(c: Connection, company_id: int, now: datetime) -> None:
    """Somebody saw the connector's password."""
    _set(c, company_id, password_shown_at=now)


def qwc_downloaded(c: Connection, company_id: int, now: datetime) -> None:
    """Somebody has the .qwc file."""
    _set(c, company_id, qwc_downloaded_at=now)


def configure(
    c: Connection,
    company_id: int,
    *,
    client_payments_default: bool | None = None,
    daily_at: time | None = None,
    timezone: str | None = None,
    locale: str | None = None,
) -> None:
    """Change the settings that are given; None leaves one as it is. ``locale`` "" follows QuickBooks' country."""
    daily = None if daily_at is None else daily_at.strftime("%H:%M")
    wanted = {
        "client_payments_default": client_payments_default, "daily_at": daily, "timezone": timezone, "locale": locale,
    }  # fmt: skip
    values = {key: value for key, value in wanted.items() if value is not None}
    if values:
        _set(c, company_id, **values)


def pause(c: Connection, company_id: int, paused: bool) -> None:
    """Leave QuickBooks alone, or go on."""
    _set(c, company_id, paused=paused)


def be_quiet(c: Connection, company_id: int, hours: tuple[time, time] | None) -> None:
    """The hours of the day in which QuickBooks must not be disturbed; None for none."""
    start, end = (None, None) if hours is None else (f"{hour:%H:%M}" for hour in hours)
    _set(c, company_id, quiet_from=start, quiet_until=end)


def idle_reason(c: Connection, company_id: int, ticket_hash: str) -> str:
    """What was said to the poll that had nothing to do and got this ticket; "" when it was not the company's last."""
    return str(c.execute(_idle, {"company": company_id, "ticket": ticket_hash}).scalar() or "")


def seen(c: Connection, company_id: int, now: datetime, reason: str, idle_ticket_hash: str | None = None) -> None:
    """The Web Connector called, and this is what came of it."""
    values = {"last_contact_at": now, "last_reason": reason, "idle_ticket_hash": idle_ticket_hash}
    c.execute(_seen, {"company": company_id, **values})


def touch(c: Connection, company_id: int, now: datetime) -> None:
    """The Web Connector called in the middle of a conversation."""
    _set(c, company_id, last_contact_at=now)


def daily_queued(c: Connection, company_id: int, now: datetime) -> None:
    """Today's sync is in the queue."""
    _set(c, company_id, daily_queued_at=now)


def complete(c: Connection, company_id: int, now: datetime) -> None:
    """All links are in the queue to be re-read completely."""
    _set(c, company_id, complete_at=now)


def active(c: Connection, company_id: int, activity: Activity) -> None:
    """When the company file was last restored and condensed."""
    _set(c, company_id, restored_at=activity.restored_at, condensed_at=activity.condensed_at)


def connected(c: Connection, company_id: int, *, product: str, country: str) -> None:
    """What QuickBooks said of itself."""
    _set(c, company_id, product=product, country=country)


def connector_version(c: Connection, company_id: int, version: str) -> None:
    """The Web Connector's own version."""
    _set(c, company_id, connector_version=version)


def lock_file(c: Connection, company_id: int, file: CompanyFile) -> None:
    """From now on only this company file is read."""
    _set(c, company_id, file_name=file.name, file_path=file.path, other_file_name=None, other_file_path=None)


def refuse_file(c: Connection, company_id: int, file: CompanyFile) -> None:
    """Another company file was open; remember both names for the admin's decision."""
    _set(c, company_id, other_file_name=file.name, other_file_path=file.path)


def use_other_file(c: Connection, company_id: int) -> None:
    """The admin's deliberate step: the refused company file becomes the one the company is locked to."""
    other = by_id(c, company_id).other_file
    if other is not None:
        lock_file(c, company_id, other)
        succeeded(c, company_id, None)


def customers_received(c: Connection, company_id: int, now: datetime) -> None:
    """The whole customer list has arrived."""
    _set(c, company_id, customers_received_at=now)


def failed(c: Connection, company_id: int, failure: Failure, now: datetime) -> None:
    """The last attempt of the whole company failed."""
    _set(c, company_id, **failure_values(failure, now))


def succeeded(c: Connection, company_id: int, now: datetime | None) -> None:
    """Clear the failure; ``now`` also marks a success."""
    success = {} if now is None else {"last_success_at": now}
    _set(c, company_id, **failure_values(None, None), **success)


def _set(c: Connection, company_id: int, **values: Any) -> None:
    c.execute(update(companies).where(companies.c.id == company_id).values(values))


def _one(c: Connection, condition: Any, sentence: str) -> Company:
    row = c.execute(every_company.where(condition)).first()
    if row is None:
        raise NotFound(sentence, "qbwc-bridge company list shows what there is.")
    return company_of(row)


def company_of(row: Row[Any]) -> Company:
    """The company in a row of ``every_company``."""
    return Company(
        id=row.id,
        name=row.name,
        connector_user=row.connector_user,
        owner_id=row.owner_id,
        file_id=row.file_id,
        client_payments_default=row.client_payments_default,
        daily_at=time.fromisoformat(row.daily_at),
        timezone=row.timezone,
        created_at=row.created_at,
        qwc_downloaded_at=row.qwc_downloaded_at,
        password_shown_at=row.password_shown_at,
        last_contact_at=row.last_contact_at,
        last_reason=row.last_reason,
        last_success_at=row.last_success_at,
        customers_received_at=row.customers_received_at,
        daily_queued_at=row.daily_queued_at,
        complete_at=row.complete_at,
        paused=row.paused,
        quiet_hours=_quiet(row.quiet_from, row.quiet_until),
        activity=None if row.restored_at is None else Activity(row.restored_at, row.condensed_at or ""),
        connector_version=row.connector_version,
        product=row.product,
        country=row.country,
        locale=row.locale,
        file=_file(row.file_name, row.file_path),
        other_file=_file(row.other_file_name, row.other_file_path),
        failure=failure_from(row),
        failed_at=row.failed_at,
    )


def _quiet(start: str | None, end: str | None) -> tuple[time, time] | None:
    return (time.fromisoformat(start), time.fromisoformat(end)) if start and end else None


def _file(name: str | None, path: str | None) -> CompanyFile | None:
    return None if name is None else CompanyFile(name, path or "")
