"""Which payments are new since the last look.

In: the payments' history behind the line that was told last. Out: for each synced project the payments a person would call
new. Not new is what a first complete pull brought, what came along with a job that was moved, what was removed or voided
since, and money that counts for no project.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from qbwc_bridge.records import ZERO, BookedPayment, Change, Company, CustomerJob, Project
from qbwc_bridge.store import conversations, customers, history, payments, projects, requests
from qbwc_bridge.store.database import Connection
from qbwc_bridge.summary import covered_by

LINES = 5000
"""So many lines of history are looked at in one go."""

EARLIER = timedelta(days=2)
"""A payment is new when it was saved after the sync before it arrived, or so long before that: QuickBooks' clock and its
summer time are not ours."""


@dataclass(frozen=True, slots=True)
class NewPayment:
    """``amount`` is what counts for the project."""

    txn_id: str
    date: date
    amount: Decimal
    method: str = ""
    ref_number: str = ""


@dataclass(frozen=True, slots=True)
class News:
    """The new payments of one project, oldest first. ``currency`` is QuickBooks' name for it, or ""."""

    project_id: int
    project: str
    currency: str
    payments: tuple[NewPayment, ...]


def news_since(c: Connection, company: Company, line: int) -> tuple[list[News], int]:
    """What is new behind a line of the history, and the line that is told then."""
    found = history.changes_after(c, company.id, line, LINES)
    added = [(at, change) for _, at, change in found if change.what == "added"]
    told = found[-1][0] if found else line
    return (_news(c, company, added) if added else []), told


def _news(c: Connection, company: Company, added: Sequence[tuple[datetime, Change]]) -> list[News]:
    known = customers.everything(c, company.id)
    pulled = requests.first_pulls(c, company.id)
    fresh = _saved_lately(c, company, added)
    found = []
    for project in _synced(c, company.id):
        covered = covered_by(project.list_id, project.include_jobs, known)
        first = pulled.get(project.id)
        ids = {change.txn_id for at, change in added if first and at > first and change.list_id in covered}
        lines = [line for txn_id in ids & fresh.keys() for line in _counted(fresh[txn_id], covered)]
        if lines:
            lines.sort(key=lambda one: (one.date, one.txn_id))
            found.append(News(project.id, project.name, _currency(project, known), tuple(lines)))
    return found


def _synced(c: Connection, company_id: int) -> list[Project]:
    here = projects.listing(c, company_id)
    return [one for one in here if one.client_payments and one.list_id and one.synced_at and one.frozen is None]


def _saved_lately(
    c: Connection, company: Company, added: Sequence[tuple[datetime, Change]]
) -> Mapping[str, BookedPayment]:
    """Those that are still there and were saved in QuickBooks after the sync before; by its own wall clock."""
    before = conversations.last_good_before(c, company.id, min(at for at, _ in added))
    local = (before - EARLIER).astimezone(ZoneInfo(company.timezone)) if before else None
    since = local.replace(tzinfo=None).isoformat(timespec="seconds") if local else ""
    here = payments.with_ids(c, company.id, {change.txn_id for _, change in added})
    new = [one for one in here if not one.payment.voided and (one.payment.time_modified or since) >= since]
    return {one.payment.txn_id: one for one in new}


def _counted(booked: BookedPayment, covered: set[str]) -> list[NewPayment]:
    amount = sum((part.amount for part in booked.parts if part.list_id in covered), ZERO)
    paid = booked.payment
    return [NewPayment(paid.txn_id, paid.date, amount, paid.method, paid.ref_number)] if amount else []


def _currency(project: Project, known: Mapping[str, CustomerJob]) -> str:
    return known[project.list_id].currency if project.list_id in known else ""
