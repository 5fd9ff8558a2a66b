"""Client links: made and revoked by admins, opened by anybody who has one.

In: a project, or a token. Out: a link that is shown once, or the client's read-only summary. An error text never gets there.
"""

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from qbwc_bridge.connector import client_links
from qbwc_bridge.connector.credentials import token_hash
from qbwc_bridge.errors import BridgeError, InvalidValue, ProjectArchived
from qbwc_bridge.records import ClientColumns, Project, Role
from qbwc_bridge.store import companies, shares, summaries
from qbwc_bridge.store.database import Connection
from qbwc_bridge.store.shares import Share
from qbwc_bridge.summary import Clock
from qbwc_bridge.web import access, chart, figures, linking, setup
from qbwc_bridge.web.access import Person
from qbwc_bridge.web.filters import Filters, headed, ordered, page, read
from qbwc_bridge.web.forms import Form, day_or_nothing
from qbwc_bridge.web.site import formats_of, now, poll_minutes, public, reading, writing

pages = Blueprint("sharing", __name__)
LONGEST_LABEL = 100


@pages.post("/projects/<int:project_id>/shares")
def create(project_id: int) -> Response:
    """Make a link and show it, this once; or show Project Setup again with everything typed."""
    typed = Form(request.form)
    with writing() as c:
        person, project = access.project(c, project_id, need=Role.ADMIN)
        if project.archived_at:
            raise ProjectArchived(project.name)
        token = _made(c, person, project, typed)
        if not token:
            kept = linking.of_project(c, person.company, project)
            return make_response(setup.page(c, person, project, kept, typed), 422)
    address, label = public(url_for("sharing.show", token=token)), typed.text("label")
    return make_response(render_template("share_created.html", project=project, address=address, label=label))


@pages.post("/projects/<int:project_id>/shares/<int:share_id>/revoke")
def revoke(project_id: int, share_id: int) -> Response:
    """The link stops opening at once."""
    with writing() as c:
        person, project = access.project(c, project_id, need=Role.ADMIN)
        client_links.revoke(c, person.company, project, share_id, person.name, now())
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
    whole, status = summaries.with_status(c, share.company_id, share.project_id, now(), poll_minutes())
    chosen = Filters(page=read(request.args).page)
    summary, formats = figures.for_client(whole, share.shows), formats_of(company, whole.currency)
    return render_template(
        "shared.html",
        company=company,
        columns=share.shows,
        summary=headed(summary),
        figures=figures.figures(summary),
        words=figures.client_words(status, whole.synced_at, Clock(now(), company.timezone)),
        chart=chart.draw(summary, formats),
        page=(shown := page(ordered(summary.lines, chosen), chosen)),
        lines=shown.lines,
        f=formats,
    )


def _closed(busy: bool = False) -> str:
    return render_template("shared_closed.html", busy=busy)


def _made(c: Connection, person: Person, project: Project, typed: Form) -> str:
    """The token of the new link, or "" with what is wrong noted in the form."""
    label, last_day = typed.text("label", LONGEST_LABEL), typed.read("expires", day_or_nothing)
    shows = ClientColumns(typed.ticked("applied_to"), typed.ticked("memo"))
    if typed.errors:
        return ""
    try:
        return client_links.make(
            c, person.company, project, person.name, now(), label=label, shows=shows, last_day=last_day
        )
    except InvalidValue as error:
        typed.fail(error.field, error.sentence)
        return ""
