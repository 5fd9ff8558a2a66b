"""Projects and their links to customer:jobs."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from qbwc_bridge.errors import NameTaken, NotFound
from qbwc_bridge.records import ClientColumns, Failure, Line, Project
from qbwc_bridge.store.database import Connection
from qbwc_bridge.store.lines import from_text, to_text
from qbwc_bridge.store.models import projects
from qbwc_bridge.store.rows import failure_from, failure_values


def listing(c: Connection, company_id: int) -> list[Project]:
    """All projects of a company by name, without the archived ones."""
    return _records(c, company_id, projects.c.archived_at.is_(None))


def archived(c: Connection, company_id: int) -> list[Project]:
    """The archived projects of a company, by name."""
    return _records(c, company_id, projects.c.archived_at.is_not(None))


def count_archived(c: Connection, company_id: int) -> int:
    """How many projects are archived."""
    mine = select(func.count()).select_from(projects).where(projects.c.company_id == company_id)
    return int(c.execute(mine.where(projects.c.archived_at.is_not(None))).scalar_one())


def by_id(c: Connection, company_id: int, project_id: int) -> Project:
    """Raises NotFound, also for a project of another company."""
    return _one(c, company_id, projects.c.id == project_id, "There is no such project.")


def by_name(c: Connection, company_id: int, name: str) -> Project:
    """Raises NotFound."""
    return _one(c, company_id, projects.c.name == name, f"There is no project named {name!r}.")


def add(c: Connection, company_id: int, name: str, now: datetime) -> int:
    """A new project; returns its id. Raises NameTaken."""
    row = {"company_id": company_id, "name": name, "created_at": now}
    try:
        with c.begin_nested():
            return int(c.execute(insert(projects).values(row).returning(projects.c.id)).scalar_one())
    except IntegrityError as error:
        raise _taken(c, company_id, name) from error


def add_all(c: Connection, company_id: int, rows: Sequence[Mapping[str, Any]], now: datetime) -> dict[str, Project]:
    """New projects, all with the same columns and with names that are free (``names``); returns them by name."""
    c.execute(insert(projects), [{**row, "company_id": company_id, "created_at": now} for row in rows])
    fresh = {row["name"] for row in rows}
    return {project.name: project for project in listing(c, company_id) if project.name in fresh}


def names(c: Connection, company_id: int) -> dict[str, bool]:
    """Every name in use, and whether that project is archived."""
    mine = select(projects.c.name, projects.c.archived_at).where(projects.c.company_id == company_id)
    return {row.name: row.archived_at is not None for row in c.execute(mine)}


def describe(
    c: Connection, company_id: int, project_id: int, *, name: str, client_name: str, contract_price: Decimal | None
) -> None:
    """What a person calls it. Raises NameTaken."""
    try:
        with c.begin_nested():
            _set(c, company_id, project_id, name=name, client_name=client_name, contract_price=contract_price)
    except IntegrityError as error:
        raise _taken(c, company_id, name) from error


def show_clients(c: Connection, company_id: int, project_id: int, columns: ClientColumns) -> None:
    """What clients who sign in see of the optional columns."""
    chosen = {"clients_see_applied_to": columns.applied_to, "clients_see_memo": columns.memo}
    _set(c, company_id, project_id, **chosen)


def link(
    c: Connection,
    company_id: int,
    project_id: int,
    *,
    list_id: str,
    include_jobs: bool,
    client_payments: bool,
    now: datetime,
) -> None:
    """A new link, or the link switched on or off: what was synced before does not speak for it."""
    _set(
        c,
        company_id,
        project_id,
        list_id=list_id,
        include_jobs=include_jobs,
        client_payments=client_payments,
        linked_at=now if list_id else None,
        synced_at=None,
        held_at=None,
        frozen=None,
        **failure_values(None, None),
    )


def archive(c: Connection, company_id: int, project_id: int, now: datetime) -> None:
    """The project is put aside; nothing of it is forgotten."""
    _set(c, company_id, project_id, archived_at=now)


def restore(c: Connection, company_id: int, project_id: int) -> None:
    """In use again. What was wrong when it was archived has to be found out anew; what was shown stays frozen until then."""
    _set(c, company_id, project_id, archived_at=None, held_at=None, **failure_values(None, None))


def synced(c: Connection, company_id: int, project_id: int, now: datetime) -> None:
    """A complete answer has been stored; the failure and the hold are over."""
    _set(c, company_id, project_id, synced_at=now, held_at=None, frozen=None, **failure_values(None, None))


def held(c: Connection, company_id: int, project_id: int, now: datetime | None) -> None:
    """QuickBooks answered "nothing" where there was something; None ends the hold."""
    _set(c, company_id, project_id, held_at=now, **failure_values(None, None))


def pulled(c: Connection, company_id: int, project_id: int, list_ids: Iterable[str]) -> None:
    """These customer:jobs were read completely for the project."""
    _set(c, company_id, project_id, pulled=sorted(list_ids))


def freeze(c: Connection, company_id: int, project_id: int, lines: Sequence[Line]) -> None:
    """The customer:job is gone from QuickBooks, or the project is archived: what was shown last stays, whatever becomes of its
    payments."""
    _set(c, company_id, project_id, frozen=to_text(lines))


def failed(c: Connection, company_id: int, project_id: int, failure: Failure, now: datetime) -> None:
    """The last attempt failed; earlier data stays."""
    _set(c, company_id, project_id, **failure_values(failure, now))


def _set(c: Connection, company_id: int, project_id: int, **values: Any) -> None:
    mine = update(projects).where(projects.c.company_id == company_id, projects.c.id == project_id)
    c.execute(mine.values(values))


def _one(c: Connection, company_id: int, condition: Any, sentence: str) -> Project:
    row = c.execute(select(projects).where(projects.c.company_id == company_id, condition)).first()
    if row is None:
        raise NotFound(sentence)
    return _record(row)


def _records(c: Connection, company_id: int, condition: Any) -> list[Project]:
    mine = select(projects).where(projects.c.company_id == company_id, condition)
    return [_record(row) for row in c.execute(mine.order_by(func.lower(projects.c.name))).all()]


def _taken(c: Connection, company_id: int, name: str) -> NameTaken:
    return taken(name, by_name(c, company_id, name).archived_at is not None)


def taken(name: str, archived: bool) -> NameTaken:
    """The error for a name in use."""
    if not archived:
        return NameTaken(f"There is a project named {name!r} already.")
    return NameTaken(
        f"There is an archived project named {name!r}.",
        "Restore it on its Project Setup page (the filter Archived of the projects list shows it), or choose another name.",
    )


def _record(row: Row[Any]) -> Project:
    return Project(
        id=row.id,
        company_id=row.company_id,
        name=row.name,
        client_name=row.client_name,
        contract_price=row.contract_price,
        client_payments=row.client_payments,
        list_id=row.list_id,
        include_jobs=row.include_jobs,
        synced_at=row.synced_at,
        held_at=row.held_at,
        failure=failure_from(row),
        failed_at=row.failed_at,
        frozen=None if row.frozen is None else from_text(row.frozen),
        pulled=frozenset(row.pulled or ()),
        clients_see=ClientColumns(row.clients_see_applied_to, row.clients_see_memo),
        archived_at=row.archived_at,
    )
