"""What only an admin can decide: whether an empty answer is to be believed, and which company file is the right one.

In: the decision. Out: the books as decided, and a line in the audit. It never decides by itself.
"""

from datetime import datetime

from qbwc_bridge.connector import requests
from qbwc_bridge.connector.scopes import scopes
from qbwc_bridge.records import Deed
from qbwc_bridge.store import audit, companies, customers, payments, projects
from qbwc_bridge.store.database import Connection
from qbwc_bridge.summary import covered_by
from qbwc_bridge.sync.plan import plan


def accept_empty(c: Connection, company_id: int, project_id: int, by: str, now: datetime) -> None:
    """The admin agrees that QuickBooks has no payments for this project any more: now they are removed."""
    companies.lock(c, company_id)
    project = projects.by_id(c, company_id, project_id)
    if project.held_at is None:
        return
    swept = scopes(c, company_id).of(project).swept
    stored = {one.payment.txn_id: one for one in payments.received_from(c, company_id, swept)}
    gone = plan(stored, {}, {}, swept)
    because = f"empty answer accepted by {by}"
    payments.apply(c, company_id, removed=gone.removed, changes=gone.changes, because=because, now=now)
    projects.synced(c, company_id, project_id, project.held_at)
    audit.add(c, company_id, by, Deed.EMPTY_ACCEPTED, project.name, now, project_id)
    _repull_others(c, company_id, project_id, {change.list_id for change in gone.changes}, now)


def _repull_others(c: Connection, company_id: int, project_id: int, list_ids: set[str], now: datetime) -> None:
    """What was agreed to for one project may not be true of another that shows some of the same payments."""
    known = customers.everything(c, company_id)
    for other in projects.listing(c, company_id):
        synced = other.id != project_id and other.client_payments and other.list_id
        if synced and covered_by(other.list_id, other.include_jobs, known) & list_ids:
            requests.repull(c, company_id, other.id, now)


def keep_data(c: Connection, company_id: int, project_id: int, by: str, now: datetime) -> None:
    """The admin does not believe the empty answer: earlier data stays, and so does its earlier date."""
    projects.held(c, company_id, project_id, None)
    kept = projects.by_id(c, company_id, project_id).name
    audit.add(c, company_id, by, Deed.EMPTY_REFUSED, kept, now, project_id)


def use_this_file(c: Connection, company_id: int, by: str, now: datetime) -> None:
    """The admin's deliberate step after another company file was refused: it is the right one from now on, and all of it
    is read again. Until then nothing read from the earlier file is called up to date."""
    companies.lock(c, company_id)
    before = companies.by_id(c, company_id)
    companies.use_other_file(c, company_id)
    if before.other_file:
        was = f" in place of {before.file.name}, {before.file.path}" if before.file else ""
        file = f"{before.other_file.name}, {before.other_file.path}{was}"
        audit.add(c, company_id, by, Deed.FILE_ACCEPTED, file, now)
    requests.reread_everything(c, company_id, now)
