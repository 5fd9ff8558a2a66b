"""The form of a project, new or not: what it is called and which customer:job it takes its payments from.

In: typed fields and the customer list. Out: a ProjectForm for ``connector.links``, or sentences beside the fields.
"""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from qbwc_bridge.connector.links import ProjectForm
from qbwc_bridge.errors import BridgeError, InvalidValue, NameTaken, NotFound
from qbwc_bridge.records import ClientColumns, Company, CustomerJob, Project
from qbwc_bridge.store import customers
from qbwc_bridge.store.database import Connection
from qbwc_bridge.web.forms import Form, amount_or_nothing


@dataclass(frozen=True, slots=True)
class Choice:
    """One customer:job to choose from."""

    full_name: str
    active: bool


def of_project(c: Connection, company: Company, project: Project | None) -> Form:
    """The form before anybody typed: what is kept, or the account's default for what is not linked yet."""
    if project is None:
        return Form({"client_payments": _tick(company.client_payments_default)})
    price = project.contract_price
    return Form(
        {
            "name": project.name,
            "client_name": project.client_name,
            "contract_price": "" if price is None else f"{price:,.2f}",
            "customer": _full_name(c, company.id, project.list_id),
            "client_payments": _tick(project.client_payments or _by_default(company, project)),
            "include_jobs": _tick(project.include_jobs),
            "clients_see_applied_to": _tick(project.clients_see.applied_to),
            "clients_see_memo": _tick(project.clients_see.memo),
        }
    )


def read(c: Connection, company: Company, project: Project | None, form: Form) -> ProjectForm:
    """What was typed; look at ``form.errors`` before using it."""
    list_id = _customer(c, company.id, project, form)
    return ProjectForm(
        name=form.required("name", "Give the project a name."),
        client_name=form.text("client_name"),
        contract_price=form.read("contract_price", amount_or_nothing),
        list_id=list_id,
        include_jobs=form.ticked("include_jobs"),
        client_payments=_client_payments(company, project, form, list_id),
        clients_see=_clients_see(form),
    )


def note(form: Form, error: BridgeError) -> None:
    """Put the reason of a refused form beside its field."""
    field = error.field if isinstance(error, InvalidValue) else "name" if isinstance(error, NameTaken) else "customer"
    form.fail(field, f"{error.sentence} {error.hint}".strip())


def choices(c: Connection, company_id: int, name: str = "") -> list[Choice]:
    """All customers and jobs, those that sound like the project first."""
    found = [Choice(job.full_name, job.active) for job in customers.listing(c, company_id)]
    if not name:
        return found
    close = set(_similar(name, [choice.full_name for choice in found], 5))
    return sorted(found, key=lambda choice: choice.full_name not in close)


def _customer(c: Connection, company_id: int, project: Project | None, form: Form) -> str:
    typed = form.text("customer", 250)
    if not typed:
        return ""
    if project is not None and project.list_id and typed == _full_name(c, company_id, project.list_id):
        return project.list_id  # also when QuickBooks no longer has it: the page says so elsewhere
    try:
        return customers.find(c, company_id, typed).list_id
    except NotFound as error:
        form.fail("customer", _not_found(c, company_id, typed, error))
        return ""


def _not_found(c: Connection, company_id: int, typed: str, error: NotFound) -> str:
    names = [job.full_name for job in customers.listing(c, company_id)]
    close = _similar(typed, names, 3)
    if not close:
        return f"{error.sentence} {error.hint}"
    return f"QuickBooks has no customer or job named “{typed}”. Did you mean {' or '.join(close)}?"


def _similar(typed: str, names: Sequence[str], count: int) -> list[str]:
    by_plain = {name.casefold(): name for name in names}
    last = {name.rsplit(":", 1)[-1].casefold(): name for name in reversed(names)}
    wanted = typed.casefold()
    inside = [name for plain, name in by_plain.items() if wanted in plain]
    close = [by_plain[plain] for plain in difflib.get_close_matches(wanted, by_plain, count)]
    jobs = [last[plain] for plain in difflib.get_close_matches(wanted, last, count)]
    return list(dict.fromkeys([*inside, *close, *jobs]))[:count]


def _client_payments(company: Company, project: Project | None, form: Form, list_id: str) -> bool:
    """The tick, and the account's default: it takes effect when the project is connected, not before."""
    ticked, by_default = form.ticked("client_payments"), _by_default(company, project)
    if by_default and not list_id:
        return False
    shown = form.ticked("integration_shown")
    return ticked or (by_default and not shown)


def _clients_see(form: Form) -> ClientColumns | None:
    """None when the form did not show the boxes, so that an absent tick says nothing."""
    if not form.ticked("clients_see_shown"):
        return None
    return ClientColumns(form.ticked("clients_see_applied_to"), form.ticked("clients_see_memo"))


def _by_default(company: Company, project: Project | None) -> bool:
    fresh = project is None or not (project.list_id or project.client_payments)
    return company.client_payments_default and fresh


def _full_name(c: Connection, company_id: int, list_id: str) -> str:
    if not list_id:
        return ""
    try:
        job: CustomerJob = customers.get(c, company_id, list_id)
    except NotFound:
        return ""
    return job.full_name


def _tick(on: bool) -> str:
    return "on" if on else ""
