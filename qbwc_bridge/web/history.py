"""The change history of a project: what each sync changed about its payments.

In: the stored changes of the customer:jobs a project covers. Out: one sentence each. It never says who changed something in
QuickBooks, because QuickBooks does not tell.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from flask import Blueprint, render_template

from qbwc_bridge.records import ZERO, BookedPayment, Change, CustomerJob, Role
from qbwc_bridge.store import customers, payments
from qbwc_bridge.summary import covered_by
from qbwc_bridge.web import access
from qbwc_bridge.web.formats import Formats
from qbwc_bridge.web.site import formats_of, reading

pages = Blueprint("history", __name__)
LIMIT = 200
WORDS = {"list_id": "customer or job", "date": "date", "method": "method", "ref_number": "reference", "memo": "memo"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: when it was noticed, which payment, what became of it."""

    at: str
    payment: str
    what: str
    words: str


@pages.get("/projects/<int:project_id>/history")
def show(project_id: int) -> str:
    """The latest changes, newest first."""
    with reading() as c:
        person, project = access.project(c, project_id, need=Role.STAFF)
        known = customers.everything(c, project.company_id)
        covered = covered_by(project.list_id, project.include_jobs, known) if project.list_id else set()
        found = payments.changes(c, project.company_id, covered, LIMIT) if covered else []
        here = payments.with_ids(c, project.company_id, {change.txn_id for _, change in found})
    job = known.get(project.list_id)
    formats = formats_of(person.company, job.currency if job else "")
    named = {one.payment.txn_id: one for one in here}
    entries = [
        Entry(formats.moment(at), _name(named.get(change.txn_id), formats), change.what, _words(change, formats, known))
        for at, change in found
    ]
    return render_template("history.html", project=project, customer=job, entries=entries, limit=LIMIT)


def _name(booked: BookedPayment | None, formats: Formats) -> str:
    """ "Check 1043 of Mar 3, 2026"; nothing for a payment that is gone."""
    if booked is None:
        return ""
    called = f"{booked.payment.method} {booked.payment.ref_number}".strip() or "Payment"
    return f"{called} of {formats.day(booked.payment.date)}"


def _words(change: Change, formats: Formats, known: Mapping[str, CustomerJob]) -> str:
    before, after = change.before or ZERO, change.after or ZERO
    match change.what:
        case "added":
            told = f"{formats.money(after)} was added"
        case "voided":
            told = f"{formats.money(before)} was voided"
        case "removed":
            told = f"{formats.money(before)} was removed"
        case _ if before != after:
            told = f"{formats.money(before)} became {formats.money(after)}"
        case _:
            told = f"{formats.money(after)} stayed"
    return "; ".join([told, *_details(change, formats, known)])


def _details(change: Change, formats: Formats, known: Mapping[str, CustomerJob]) -> list[str]:
    return [
        f"{word} {_value(name, old, formats, known)} became {_value(name, new, formats, known)}"
        for name, word in WORDS.items()
        for old, new in [change.details.get(name, ("", ""))]
        if old != new
    ]


def _value(name: str, text: str, formats: Formats, known: Mapping[str, CustomerJob]) -> str:
    if name == "list_id":
        return known[text].full_name if text in known else "another one"
    if name == "date":
        return formats.day(date.fromisoformat(text))
    return f"“{text}”"
