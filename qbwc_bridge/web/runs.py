"""One sync: its facts, what it asked and changed, and for admins the messages that travelled in it.

In: a conversation with its requests, history and raw documents. Out: pages in words, and a document as a tree, as text and as
a file. Documents are trimmed of what is about persons when they are stored, and once more here.
"""

from dataclasses import dataclass

from flask import Blueprint, make_response, render_template
from werkzeug.wrappers import Response

from qbwc_bridge.connector import outcomes
from qbwc_bridge.errors import NotFound
from qbwc_bridge.qbxml import impersonal, indented, printable, read_tree, whole_document
from qbwc_bridge.records import ZERO, Failure, Project, Request, RequestKind, RequestState
from qbwc_bridge.store import conversations, customers, history, projects, requests, summaries
from qbwc_bridge.store.conversations import Envelope, Message
from qbwc_bridge.store.database import Connection
from qbwc_bridge.summary import covered_by
from qbwc_bridge.web import access, activity, problems
from qbwc_bridge.web.formats import Formats
from qbwc_bridge.web.site import formats_of, kept_since, now, poll_minutes, reading, site

pages = Blueprint("runs", __name__, url_prefix="/activity/<int:run_id>")
LOOKED_AT = 8_000_000
"""Bytes of a document that are unpacked to be looked at; the file has all of it."""

KINDS = {
    RequestKind.COMPANY: "Which company file is open",
    RequestKind.ACTIVITY: "When the file was last restored or condensed",
    RequestKind.CUSTOMERS: "Customers and jobs",
    RequestKind.DELETED_CUSTOMERS: "Deleted customers and jobs",
    RequestKind.INVOICES: "Whose the paid invoices are",
    RequestKind.CHANGED_INVOICES: "Changed invoices",
    RequestKind.DELETED_INVOICES: "Deleted invoices",
    RequestKind.PAYMENTS: "All payments of the project",
    RequestKind.PAYMENTS_BY_ID: "Payments asked for again",
    RequestKind.CHANGED_PAYMENTS: "Changed payments",
    RequestKind.DELETED_PAYMENTS: "Deleted payments",
    RequestKind.COUNT: "How many payments there are",
}
STATES = {
    RequestState.QUEUED: "Waiting",
    RequestState.SENT: "Sent",
    RequestState.DRAINED: "Answered",
    RequestState.DONE: "Done",
    RequestState.FAILED: "Failed",
    RequestState.CANCELLED: "Not needed any more",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One request of a sync in words. ``failure`` is why it has not succeeded yet."""

    what: str
    project: str
    state: str
    sends: int
    attempts: int
    received: int
    failure: Failure | None


@dataclass(frozen=True, slots=True)
class Effect:
    """What the sync did to the total of one project."""

    project: Project
    difference: str


@dataclass(frozen=True, slots=True)
class Letter:
    """One message of a sync in words."""

    id: int
    at: str
    name: str
    size: str
    said: str


@pages.get("")
def show(run_id: int) -> str:
    """The run's page."""
    with reading() as c:
        person, run = access.run(c, run_id)
        company_id = person.company.id
        asked = requests.in_conversation(c, company_id, run_id)
        known = projects.listing(c, company_id)
        formats = formats_of(person.company)
        effects = _effects(c, company_id, run_id, known, formats)
        kept = conversations.envelopes(c, company_id, run_id, kept_since()) if person.is_admin else []
        status = summaries.overview(c, company_id, now(), poll_minutes()).status
        latest = conversations.latest(c, company_id)
    told = activity.told(run, formats)
    return render_template(
        "run.html",
        run=told,
        facts=run,
        asked=[_asked(row, {project.id: project.name for project in known}) for row in asked],
        effects=effects,
        letters=[_letter(one, formats) for one in kept],
        kept_days=site().config.sync.keep_messages_days,
        status=status,
        waiting=told.running and status.state in activity.WAITING,
        retry=told.failed and latest is not None and latest.id == run_id and status.can_request,
        f=formats,
    )


@pages.get("/messages/<int:message_id>")
def message(run_id: int, message_id: int) -> str | Response:
    """One document as a tree and as text."""
    try:
        with reading() as c:
            person, run, found = access.message(c, run_id, message_id, LOOKED_AT)
    except NotFound:
        return _not_kept()
    formats = formats_of(person.company)
    tree = read_tree(found.body)
    return render_template(
        "message.html",
        run=activity.told(run, formats),
        name=_name(found.direction, found.round),
        said=_said(found),
        empty_because=found.hresult,
        message_id=message_id,
        at=formats.second(found.at),
        size=_size(found.size),
        tree=tree,
        text=indented(tree) if tree.root else printable(impersonal(found.body), 2000),
        f=formats,
    )


@pages.get("/messages/<int:message_id>.xml")
def download(run_id: int, message_id: int) -> Response:
    """The whole document as a file."""
    try:
        with reading() as c:
            _, _, found = access.message(c, run_id, message_id)
    except NotFound:
        return _not_kept()
    name = f"sync-{run_id}-round-{found.round}-{found.direction}.xml"
    headers = {"Content-Type": "application/xml", "Content-Disposition": f'attachment; filename="{name}"'}
    return make_response(whole_document(found.body).encode("utf-8", "replace"), headers)


def _not_kept() -> Response:
    days = site().config.sync.keep_messages_days
    return problems.page(404, "This message is not kept any more.", f"Messages are kept {_days(days)}.")


def _days(days: int) -> str:
    return "1 day" if days == 1 else f"{days} days"


def _effects(c: Connection, company_id: int, run_id: int, known: list[Project], formats: Formats) -> list[Effect]:
    changed = history.differences(c, company_id, run_id)
    jobs = customers.everything(c, company_id) if changed else {}
    found = []
    for project in known:
        covered = covered_by(project.list_id, project.include_jobs, jobs) if project.list_id else set()
        if touched := covered & changed.keys():
            difference = sum((changed[one] for one in touched), ZERO)
            found.append(Effect(project, formats.change(difference)))
    return found


def _asked(row: Request, names: dict[int, str]) -> Asked:
    return Asked(
        what=KINDS[row.kind],
        project=names.get(row.project_id or 0, ""),
        state=STATES[row.state],
        sends=row.sends,
        attempts=row.attempts,
        received=row.received,
        failure=outcomes.failure(row.error_code) if row.error_code else None,
    )


def _letter(one: Envelope, formats: Formats) -> Letter:
    return Letter(one.id, formats.second(one.at), _name(one.direction, one.round), _size(one.size), _said(one))


def _said(one: Envelope | Message) -> str:
    """What QuickBooks said instead of an answer."""
    return " ".join(filter(None, [one.hresult, printable(one.message)]))


def _name(direction: str, number: int) -> str:
    return f"{direction.capitalize()} of round {number}"


def _size(characters: int) -> str:
    if not characters:
        return "empty"
    return f"{characters} characters" if characters < 1000 else f"{characters / 1000:,.1f} KB"
