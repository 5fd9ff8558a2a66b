"""Client links: made and revoked by admins, opened by anybody who has one.

In: a project, or a token. Out: a link that is shown once, or the client's read-only summary. An error text never gets there.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from qbwc_bridge.connector.credentials import new_token, token_hash
from qbwc_bridge.errors import BridgeError, ProjectArchived
from qbwc_bridge.records import Role
from qbwc_bridge.store import companies, shares, summaries
from qbwc_bridge.store.database import Connection
from qbwc_bridge.store.shares import Share
from qbwc_bridge.summary import Clock
from qbwc_bridge.web import access, chart, figures
from qbwc_bridge.web.access import Person
from qbwc_bridge.web.filters import Filters, ordered
from qbwc_bridge.web.forms import Form, day_or_nothing
from qbwc_bridge.web.site import formats_of, now, poll_minutes, public, reading, writing

pages = Blueprint("sharing", __name__)


@pages.post("/projects/<int:project_id>/shares")
def create(project_id: int) -> Response:
    """Make a link and show it, this once: only its hash is kept."""
    typed = Form(request.form)
    last_day = typed.read("expires", day_or_nothing)
    with writing() as c:
        person, project = access.project(c, project_id, need=Role.ADMIN)
        if project.archived_at:
            raise ProjectArchived(project.name)
        expires_at = _end_of(last_day, person) if last_day else None
        if typed.errors or (expires_at and expires_at <= now()):
            abort(422, "A client link can end today or later. Go back and choose another day.")
        token = new_token()
        shares.add(
            c, project.company_id, project.id, token_hash(token), by=person.name, now=now(), expires_at=expires_at
        )
    address = public(url_for("sharing.show", token=token))
    return make_response(render_template("share_created.html", project=project, address=address))


@pages.post("/projects/<int:project_id>/shares/<int:share_id>/revoke")
def revoke(project_id: int, share_id: int) -> Response:
    """The link stops opening at once."""
    with writing() as c:
        _, project = access.project(c, project_id, need=Role.ADMIN)
        shares.revoke(c, project.company_id, project.id, share_id, now())
    flash("The client link is revoked. Whoever opens it now sees nothing.")
    return redirect(url_for("setup.show", project_id=project_id, _anchor="sharing"), 303)


@pages.get("/shared/<token>")
def show(token: str) -> Response:
    """The client's summary: the same figures as everywhere, the client's columns only."""
    try:
        with reading() as c:
            share = shares.opened_by(c, token_hash(token), now())
            answer = make_response(_closed() if share is None else _open(c, share), 404 if share is None else 200)
    except BridgeError:
        answer = make_response(_closed(busy=True), 503)
    answer.headers["X-Robots-Tag"] = "noindex, nofollow"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


def _open(c: Connection, share: Share) -> str:
    company = companies.by_id(c, share.company_id)
    whole = summaries.load(c, share.company_id, share.project_id, now(), poll_minutes())
    status = summaries.status(c, share.company_id, share.project_id, now(), poll_minutes())
    summary, formats = figures.for_client(whole), formats_of(company, whole.currency)
    return render_template(
        "shared.html",
        company=company,
        summary=summary,
        figures=figures.figures(summary),
        words=figures.client_words(status, whole, Clock(now(), company.timezone)),
        chart=chart.draw(summary, formats),
        lines=ordered(summary.lines, Filters()),
        f=formats,
    )


def _closed(busy: bool = False) -> str:
    return render_template("shared_closed.html", busy=busy)


def _end_of(day: date, person: Person) -> datetime:
    zone = ZoneInfo(person.company.timezone)
    midnight = datetime.combine(day, time(), zone)
    return (midnight + timedelta(days=1)).astimezone(UTC)
