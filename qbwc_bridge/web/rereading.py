"""Asking again: the whole company after a problem, or everything there is, whatever is known.

In: a press of a button, after a page that says what it does. Out: requests in the queue. Nothing is read here: the Web
Connector collects them.
"""

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from qbwc_bridge.connector import requests
from qbwc_bridge.records import Request, RequestKind, Role, Trigger
from qbwc_bridge.store import requests as rows
from qbwc_bridge.store import summaries
from qbwc_bridge.store.database import Connection
from qbwc_bridge.store.summaries import ProjectStatus
from qbwc_bridge.web import access
from qbwc_bridge.web.activity import WAITING
from qbwc_bridge.web.formats import Formats
from qbwc_bridge.web.site import formats_of, now, poll_minutes, reading, writing

pages = Blueprint("rereading", __name__)


@pages.post("/activity/retry")
def retry() -> Response:
    """The last attempt failed: ask for the same again."""
    with writing() as c:
        person = access.signed_in(c, need=Role.STAFF)
        status = summaries.overview(c, person.company.id, now(), poll_minutes()).status
        if status.state in WAITING:
            flash("A sync is waiting or running already.")
        elif not status.can_request:
            abort(409, status.sentence)
        else:
            requests.request_sync(c, person.company.id, None, trigger=Trigger.PERSON, by=person.name, now=now())
            flash("Asked again. The Web Connector collects it at its next visit.")
    return redirect(url_for("activity.index"), 303)


@pages.get("/activity/reread")
def ask() -> str:
    """What reading everything again means, before it is asked for."""
    with reading() as c:
        person = access.signed_in(c, need=Role.ADMIN)
        linked = _linked(c, person.company.id)
        waiting = _waiting(c, person.company.id, linked)
    formats = formats_of(person.company)
    return render_template("reread.html", linked=linked, waiting=_said(waiting, formats), poll_minutes=poll_minutes())


@pages.post("/activity/reread")
def everything() -> Response:
    """All payments of all linked projects, again."""
    with writing() as c:
        person = access.signed_in(c, need=Role.ADMIN)
        linked = _linked(c, person.company.id)
        if not linked:
            abort(409, "No project takes its payments from QuickBooks, so there is nothing to read again.")
        waiting = _waiting(c, person.company.id, linked)
        if waiting is None:
            requests.reread_everything(c, person.company.id, now(), Trigger.AGAIN, person.name)
    words = "Everything will be read again. The Web Connector collects the request at its next visit."
    flash(_said(waiting, formats_of(person.company)) or words)
    return redirect(url_for("activity.index"), 303)


@pages.post("/projects/<int:project_id>/reread")
def project(project_id: int) -> Response:
    """All payments of one project, again."""
    with writing() as c:
        person, found = access.project(c, project_id, need=Role.ADMIN)
        queued = requests.request_sync(
            c, found.company_id, found.id, trigger=Trigger.AGAIN, by=person.name, now=now(), full=True
        )
    if queued:
        flash("All payments will be read again. The Web Connector collects the request at its next visit.")
    else:
        flash("A complete reading of this project is waiting already.")
    return redirect(url_for("financials.show", project_id=project_id), 303)


def _linked(c: Connection, company_id: int) -> list[ProjectStatus]:
    everyone = summaries.overview(c, company_id, now(), poll_minutes()).projects
    return [one for one in everyone if one.project.client_payments and one.project.list_id]


def _waiting(c: Connection, company_id: int, linked: list[ProjectStatus]) -> Request | None:
    """The newest complete reading, when every linked project has one that waits or runs."""
    pulls = [row for row in rows.open_rows(c, company_id) if row.kind is RequestKind.PAYMENTS and not row.error_code]
    missing = {one.project.id for one in linked} - {row.project_id for row in pulls}
    return pulls[-1] if pulls and not missing else None


def _said(waiting: Request | None, formats: Formats) -> str:
    if waiting is None:
        return ""
    by = f", asked for by {waiting.requested_by}" if waiting.requested_by else ""
    when = f" {formats.moment(waiting.requested_at)}" if waiting.requested_at else ""
    return f"A complete reading is waiting or running already{by}{when}."
