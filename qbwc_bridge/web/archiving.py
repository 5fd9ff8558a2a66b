"""Putting a project aside and taking it back: what happens is said first, and nothing is lost.

In: an admin's decision about a project. Out: an archived project, or one in use. It never knows what a sync has to do then.
"""

from flask import Blueprint, flash, redirect, render_template, url_for
from werkzeug.wrappers import Response

from qbwc_bridge.connector import links
from qbwc_bridge.records import Role
from qbwc_bridge.store import shares, summaries
from qbwc_bridge.web import access, figures
from qbwc_bridge.web.site import formats_of, now, poll_minutes, reading, writing

pages = Blueprint("archiving", __name__, url_prefix="/projects/<int:project_id>/setup")


@pages.get("/archive")
def ask(project_id: int) -> str:
    """What archiving does, and a button."""
    with reading() as c:
        person, project = access.project(c, project_id, need=Role.ADMIN)
        summary = summaries.load(c, project.company_id, project.id, now(), poll_minutes())
        links_made = shares.listing(c, project.company_id, project.id)
    open_links = [
        each for each in links_made if not each.revoked_at and not (each.expires_at and each.expires_at <= now())
    ]
    return render_template(
        "project_archive.html",
        project=project,
        summary=summary,
        figures=figures.figures(summary),
        links=len(open_links),
        f=formats_of(person.company, summary.currency),
    )


@pages.post("/archive")
def archive(project_id: int) -> Response:
    """The project leaves the list and is not synced any more."""
    with writing() as c:
        person, project = access.project(c, project_id, need=Role.ADMIN)
        links.archive(c, project.company_id, project.id, now(), person.name)
    flash(f"{project.name} is archived. The filter Archived shows it.")
    return redirect(url_for("projects.index"), 303)


@pages.post("/restore")
def restore(project_id: int) -> Response:
    """The project is in use again, and with Client Payments on it is read again completely."""
    with writing() as c:
        person, project = access.project(c, project_id, need=Role.ADMIN)
        links.restore(c, project.company_id, project.id, now(), person.name)
    synced = project.client_payments and project.list_id
    then = " Its payments are read again completely at the Web Connector’s next visit." if synced else ""
    flash(f"{project.name} is restored.{then}")
    return redirect(url_for("financials.show", project_id=project_id), 303)
