"""Many new projects at once, in as few statements as one.

In: what a person wants, checked; names that are free. Out: saved projects with all that follows from them, in the caller's
transaction: the same rows that ``links.save`` leaves for each. It never knows what file they came from.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from qbwc_bridge.connector import links
from qbwc_bridge.connector.links import ProjectForm
from qbwc_bridge.records import Company, Project, RequestKind, Trigger
from qbwc_bridge.store import audit, customers, history, projects, requests
from qbwc_bridge.store.database import Connection


def save(c: Connection, company: Company, forms: Sequence[ProjectForm], now: datetime, by: str) -> None:
    """The caller holds ``companies.lock``; each form passed ``links.check``, its name is free, its ListID is the company's."""
    saved = projects.add_all(c, company.id, [_row(form, now) for form in forms], now)
    pairs = [(saved[form.name], form) for form in forms]
    linked = {project.id: _linking(project, form, by) for project, form in pairs if _is_linked(form)}
    history.all_happened(c, company.id, "linked", linked, now)
    pulled = [project.id for project, form in pairs if form.client_payments and form.list_id]
    requests.queue_all(c, company.id, RequestKind.PAYMENTS, pulled, trigger=Trigger.FIRST_LINK, by=by, now=now)
    jobs = customers.everything(c, company.id)
    told = [
        (what, subject, project.id)
        for project in saved.values()
        for what, subject in links.deeds(True, _unlinked(project), project, jobs)
    ]
    audit.add_all(c, company.id, by, told, now)


def _row(form: ProjectForm, now: datetime) -> dict[str, object]:
    return {
        "name": form.name,
        "client_name": form.client_name,
        "contract_price": form.contract_price,
        "list_id": form.list_id,
        "include_jobs": form.include_jobs,
        "client_payments": form.client_payments,
        "linked_at": now if form.list_id else None,
    }


def _is_linked(form: ProjectForm) -> bool:
    return bool(form.list_id) or form.include_jobs or form.client_payments


def _linking(project: Project, form: ProjectForm, by: str) -> history.Details:
    return links.relinked(_unlinked(project), form, by)


def _unlinked(project: Project) -> Project:
    return replace(project, list_id="", include_jobs=False, client_payments=False)
