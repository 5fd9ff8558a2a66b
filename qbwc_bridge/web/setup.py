"""Project Setup: name, price, the link to QuickBooks; and the archive of payments QuickBooks' have replaced.

In: the form of a project. Out: a saved project, after a confirmation when typed payments would be replaced.
"""

from dataclasses import replace

from flask import Blueprint, flash, make_response, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from qbwc_bridge.connector import links
from qbwc_bridge.connector.links import ProjectForm
from qbwc_bridge.errors import BridgeError
from qbwc_bridge.records import Project, Role, Tally
from qbwc_bridge.store import customers, manual, shares, summaries
from qbwc_bridge.store.database import Connection
from qbwc_bridge.summary import manual_lines
from qbwc_bridge.web import access, exports, linking
from qbwc_bridge.web.access import Person
from qbwc_bridge.web.forms import Form
from qbwc_bridge.web.projects import tell_linked
from qbwc_bridge.web.site import formats_of, now, poll_minutes, reading, writing

pages = Blueprint("setup", __name__, url_prefix="/projects/<int:project_id>")


@pages.get("/setup")
def show(project_id: int) -> str:
    """The page as it is kept."""
    with reading() as c:
        person, project = access.project(c, project_id, need=Role.ADMIN)
        return page(c, person, project, linking.of_project(c, person.company, project))


@pages.post("/setup")
def save(project_id: int) -> str | Response:
    """Save, ask for a confirmation, or show the form again with everything typed."""
    typed = Form(request.form)
    with reading() as c:
        person, project = access.project(c, project_id, need=Role.ADMIN)
        form = linking.read(c, person.company, project, typed)
        replaced = _replaced(c, project, form)
    if not typed.errors and replaced and not typed.ticked("confirm"):
        return _confirm(person, project, typed, replaced)
    if not typed.errors and _save(person, project, form, typed):
        return redirect(url_for("setup.show", project_id=project_id), 303)
    with reading() as c:
        return make_response(page(c, person, project, typed), 422)


@pages.get("/archive")
def archive(project_id: int) -> str:
    """The payments that QuickBooks' have replaced."""
    with reading() as c:
        person, project = access.project(c, project_id, need=Role.ADMIN)
        replaced = manual.archive(c, person.company.id, project_id)
    lines = manual_lines(replaced)
    return render_template("archive.html", project=project, lines=lines, f=formats_of(person.company))


@pages.get("/archive.csv")
def archive_csv(project_id: int) -> Response:
    """The same for a spreadsheet."""
    with reading() as c:
        person, _ = access.project(c, project_id, need=Role.ADMIN)
        summary = summaries.load(c, person.company.id, project_id, now(), poll_minutes())
        replaced = manual_lines(manual.archive(c, person.company.id, project_id))
    body = exports.csv_bytes(replace(summary, lines=tuple(replaced)))
    return send_file(
        exports.file_of(body), "text/csv", as_attachment=True, download_name=f"{summary.project} replaced payments.csv"
    )


def _save(person: Person, project: Project, form: ProjectForm, typed: Form) -> bool:
    try:
        with writing() as c:
            waiting = manual.archive(c, person.company.id, project.id)
            saved = links.save(c, person.company, project.id, form, now(), person.name)
            others = links.overlapping(c, person.company.id, saved)
    except BridgeError as error:
        linking.note(typed, error)
        return False
    tell_linked(saved, others)
    _tell_switched(project, saved, len(waiting))
    return True


def _tell_switched(before: Project, after: Project, archived: int) -> None:
    if after.client_payments and after.list_id and not (before.client_payments and before.list_id):
        flash("Client Payments is on. QuickBooks’ payments appear after the Web Connector’s next visit.")
    if before.client_payments and not after.client_payments:
        came_back = f" {archived} payments typed before are back." if archived else ""
        flash(f"Client Payments is off.{came_back}")


def _replaced(c: Connection, project: Project, form: ProjectForm) -> Tally | None:
    """The typed payments that switching on would replace."""
    if project.client_payments or not form.client_payments:
        return None
    tally = manual.tally(c, project.company_id, project.id)
    return tally if tally.count else None


def _confirm(person: Person, project: Project, typed: Form, replaced: Tally) -> str:
    count = "1 payment" if replaced.count == 1 else f"{replaced.count} payments"
    sentence = f"{count}, {formats_of(person.company).money(replaced.total)}, will be replaced"
    return render_template("setup_confirm.html", project=project, form=typed, sentence=sentence)


def page(c: Connection, person: Person, project: Project, form: Form, share: Form | None = None) -> str:
    """Project Setup with what was typed; ``share`` is the form of a new client link, ticked as for those who sign in."""
    company_id = person.company.id
    customer = customers.get(c, company_id, project.list_id) if project.list_id else None
    return render_template(
        "setup.html",
        project=project,
        form=form,
        share=share or _new_share(project),
        choices=linking.choices(c, company_id, f"{project.client_name} {project.name}"),
        others=links.overlapping(c, company_id, project),
        customer=customer,
        shares=shares.listing(c, company_id, project.id),
        archived=len(manual.archive(c, company_id, project.id)),
        f=formats_of(person.company),
        now=now(),
    )


def _new_share(project: Project) -> Form:
    ticks = {"applied_to": project.clients_see.applied_to, "memo": project.clients_see.memo}
    return Form({name: "on" for name, on in ticks.items() if on})
