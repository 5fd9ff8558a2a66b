"""Creating a project, changing it, linking it: what a person decides, carried out with all that follows from it.

Linking with Client Payments on queues the first pull; switching Client Payments off brings the archived manual payments
back. Nothing a person typed is destroyed. Whatever differs afterwards has its line in the audit.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from qbwc_bridge.connector import requests
from qbwc_bridge.errors import InvalidValue, NotFound, ProjectArchived
from qbwc_bridge.records import ClientColumns, Company, CustomerJob, Deed, Project, Trigger
from qbwc_bridge.store import audit, companies, customers, history, manual, projects, summaries
from qbwc_bridge.store.database import Connection
from qbwc_bridge.summary import Children, children_of, covered_by

LONGEST_NAME = 200
LARGEST_PRICE = Decimal("9999999999999.99")


@dataclass(frozen=True, slots=True)
class ProjectForm:
    """A project as a person wants it. ``list_id`` is "" while it is not linked; ``contract_price`` may be unknown.
    ``clients_see`` is None to leave that as it is."""

    name: str
    client_name: str = ""
    contract_price: Decimal | None = None
    list_id: str = ""
    include_jobs: bool = False
    client_payments: bool = False
    clients_see: ClientColumns | None = None


def save(c: Connection, company: Company, project_id: int | None, form: ProjectForm, now: datetime, by: str) -> Project:
    """Create the project, or change it, in the caller's transaction. Raises InvalidValue, NameTaken,
    NotFound or ProjectArchived."""
    check(form)
    companies.lock(c, company.id)
    if form.list_id:
        customers.get(c, company.id, form.list_id)
    name, new = form.name.strip(), project_id is None
    if project_id is None:
        project_id = projects.add(c, company.id, name, now)
    before = projects.by_id(c, company.id, project_id)
    if before.archived_at and form != _form(before):
        raise ProjectArchived(before.name)
    client_name, price = form.client_name.strip(), form.contract_price
    projects.describe(c, company.id, project_id, name=name, client_name=client_name, contract_price=price)
    if _link(before) != (form.list_id, form.include_jobs, form.client_payments):
        _relink(c, company, before, form, now, by)
    if form.clients_see is not None:
        projects.show_clients(c, company.id, project_id, form.clients_see)
    after = projects.by_id(c, company.id, project_id)
    jobs = {one: _customer(c, company.id, one) for one in (before.list_id, after.list_id) if one}
    for what, subject in deeds(new, before, after, jobs):
        audit.add(c, company.id, by, what, subject, now, project_id)
    return after


def overlapping(c: Connection, company_id: int, project: Project) -> list[Project]:
    """Other projects that show some of the same payments: the same customer:job, or one above or below that is included."""
    known = customers.everything(c, company_id)
    children = children_of(known)
    mine = _covered(project, known, children)
    if project.archived_at or not mine:
        return []
    others = [other for other in projects.listing(c, company_id) if other.id != project.id]
    return [other for other in others if mine & _covered(other, known, children)]


def archive(c: Connection, company_id: int, project_id: int, now: datetime, by: str) -> None:
    """Put a project aside: it shows what it shows now, and QuickBooks is not asked about it any more."""
    companies.lock(c, company_id)
    project = projects.by_id(c, company_id, project_id)
    if project.archived_at:
        return
    if project.client_payments and project.synced_at and project.frozen is None:
        shown = summaries.load(c, company_id, project_id, now)
        projects.freeze(c, company_id, project_id, shown.lines)
    projects.archive(c, company_id, project_id, now)
    requests.withdraw(c, company_id, project_id, now)
    audit.add(c, company_id, by, Deed.PROJECT_ARCHIVED, project.name, now, project_id)


def restore(c: Connection, company_id: int, project_id: int, now: datetime, by: str) -> None:
    """Take a project out of the archive. With Client Payments on it is read again completely, and until that is done it shows
    what it showed when it was archived, and never counts as up to date: changes were not followed meanwhile."""
    companies.lock(c, company_id)
    project = projects.by_id(c, company_id, project_id)
    if project.archived_at is None:
        return
    projects.restore(c, company_id, project_id)
    audit.add(c, company_id, by, Deed.PROJECT_RESTORED, project.name, now, project_id)
    if project.client_payments and project.list_id:
        requests.request_sync(c, company_id, project_id, trigger=Trigger.RESTORED, by=by, now=now, full=True)


def _covered(project: Project, known: Mapping[str, CustomerJob], children: Children) -> set[str]:
    return covered_by(project.list_id, project.include_jobs, known, children) if project.list_id else set()


def _relink(c: Connection, company: Company, before: Project, form: ProjectForm, now: datetime, by: str) -> None:
    requests.cancel_pull(c, company.id, before.id, now)
    projects.link(
        c,
        company.id,
        before.id,
        list_id=form.list_id,
        include_jobs=form.include_jobs,
        client_payments=form.client_payments,
        now=now,
    )
    history.happened(c, company.id, before.id, "linked", details=relinked(before, form, by), now=now)
    if before.client_payments and not form.client_payments:
        manual.bring_back(c, company.id, before.id, now, by)
    if form.client_payments and form.list_id:
        requests.request_sync(c, company.id, before.id, trigger=Trigger.FIRST_LINK, by=by, now=now)


def deeds(
    new: bool, before: Project, after: Project, jobs: Mapping[str, CustomerJob | None]
) -> Iterator[tuple[Deed, str]]:
    """What differs, in words. ``jobs`` has what the two are linked to, by ListID."""
    if new:
        yield Deed.PROJECT_ADDED, after.name
    elif told := ", ".join(_described(before, after)):
        yield Deed.PROJECT_CHANGED, f"{after.name}, {told}"
    yield from _linked(before, after, jobs)
    if before.client_payments != after.client_payments:
        yield Deed.PAYMENTS_ON if after.client_payments else Deed.PAYMENTS_OFF, after.name
    if before.clients_see != after.clients_see:
        yield (
            Deed.CLIENTS_SEE,
            f"{after.name}, {' and '.join(after.clients_see.titles) or 'none of the optional columns'}",
        )


def _described(before: Project, after: Project) -> Iterator[str]:
    if before.name != after.name:
        yield f"name: {before.name} → {after.name}"
    if before.client_name != after.client_name:
        yield f"client: {before.client_name or 'none'} → {after.client_name or 'none'}"
    if before.contract_price != after.contract_price:
        yield f"contract price: {_price(before)} → {_price(after)}"


def _price(project: Project) -> str:
    return "none" if project.contract_price is None else f"{project.contract_price:,.2f}"


def _linked(before: Project, after: Project, jobs: Mapping[str, CustomerJob | None]) -> Iterator[tuple[Deed, str]]:
    was, now_is = _job(before, jobs), _job(after, jobs)
    if not before.list_id and after.list_id:
        yield Deed.PROJECT_LINKED, f"{after.name} to {now_is}"
    elif before.list_id and not after.list_id:
        yield Deed.PROJECT_UNLINKED, f"{after.name} from {was}"
    elif was != now_is:
        yield Deed.PROJECT_RELINKED, f"{after.name} from {was} to {now_is}"


def _job(project: Project, jobs: Mapping[str, CustomerJob | None]) -> str:
    """ "Smith:Kitchen with its jobs"; "" while it is not linked."""
    job = jobs.get(project.list_id)
    name = job.full_name if job else project.list_id
    return f"{name} with its jobs" if name and project.include_jobs else name


def _customer(c: Connection, company_id: int, list_id: str) -> CustomerJob | None:
    try:
        return customers.get(c, company_id, list_id)
    except NotFound:
        return None


def relinked(before: Project, form: ProjectForm, by: str) -> history.Details:
    """What the project's history says of another link: its total may be another one from now on."""
    details = {
        "list_id": (before.list_id, form.list_id),
        "include_jobs": _on_or_off(before.include_jobs, form.include_jobs),
        "client_payments": _on_or_off(before.client_payments, form.client_payments),
    }
    changed = {name: (old, new) for name, (old, new) in details.items() if old != new}
    return {**changed, "by": ("", by)}


def _on_or_off(before: bool, after: bool) -> tuple[str, str]:
    return "on" if before else "off", "on" if after else "off"


def _form(project: Project) -> ProjectForm:
    return ProjectForm(
        project.name,
        project.client_name,
        project.contract_price,
        project.list_id,
        project.include_jobs,
        project.client_payments,
    )


def _link(project: Project) -> tuple[str, bool, bool]:
    return project.list_id, project.include_jobs, project.client_payments


def check(form: ProjectForm) -> None:
    """Raises InvalidValue when no project can look like that."""
    if not form.name.strip():
        raise InvalidValue("name", "Give the project a name.")
    if len(form.name.strip()) > LONGEST_NAME:
        raise InvalidValue("name", f"A project name has at most {LONGEST_NAME} characters.")
    if form.contract_price is not None and not 0 <= form.contract_price <= LARGEST_PRICE:
        raise InvalidValue("contract_price", "The contract price is an amount of zero or more, such as 240,000.00.")
