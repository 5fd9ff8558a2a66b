"""The list of projects, and the page for a new one.

In: an overview of the company; the form of a project. Out: pages, and a saved project. It never knows how a sync is made.
"""

from dataclasses import dataclass
from decimal import Decimal

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from qbwc_bridge.connector import links
from qbwc_bridge.errors import BridgeError
from qbwc_bridge.records import ZERO, Project, Role
from qbwc_bridge.store import projects, summaries
from qbwc_bridge.store.database import Connection
from qbwc_bridge.store.summaries import ProjectStatus
from qbwc_bridge.web import access, linking
from qbwc_bridge.web.access import Person
from qbwc_bridge.web.figures import DOUBTFUL
from qbwc_bridge.web.formats import Formats
from qbwc_bridge.web.forms import Form
from qbwc_bridge.web.site import formats_of, now, poll_minutes, reading, writing

pages = Blueprint("projects", __name__)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the list, in the words its reader gets."""

    project: Project
    customer: str
    paid: str
    price: str
    state: str
    badge: str
    synced: str


@dataclass(frozen=True, slots=True)
class Totals:
    """What the listed projects add up to; only shown when all are in one currency."""

    paid: str
    price: str


@pages.get("/")
def index() -> str:
    """All projects the person may see."""
    with reading() as c:
        person = access.signed_in(c)
        overview = summaries.overview(c, person.company.id, now(), poll_minutes())
    lines = access.visible(person, overview.projects)
    rows = [_row(line, person) for line in lines]
    return render_template("projects.html", rows=rows, totals=_totals(lines, person), overview=overview)


@pages.get("/projects/new")
def new() -> str:
    """An empty form; the account's default is ticked already."""
    with reading() as c:
        person = access.signed_in(c, need=Role.ADMIN)
        return _form(c, person, linking.of_project(c, person.company, None))


@pages.post("/projects")
def create() -> str | Response:
    """Save a new project, or show the form again with everything typed."""
    typed = Form(request.form)
    with reading() as c:
        person = access.signed_in(c, need=Role.ADMIN)
        form = linking.read(c, person.company, None, typed)
    if not typed.errors:
        try:
            with writing() as c:
                project = links.save(c, person.company, None, form, now(), person.name)
                others = links.overlapping(c, person.company.id, project)
        except BridgeError as error:
            linking.note(typed, error)
        else:
            tell_linked(project, others)
            return redirect(url_for("financials.show", project_id=project.id), 303)
    with reading() as c:
        return make_response(_form(c, person, typed), 422)


def tell_linked(project: Project, others: list[Project]) -> None:
    """What happens next, and a warning when another project shows the same payments."""
    flash(f"{project.name} is saved.")
    if others:
        names = ", ".join(other.name for other in others)
        flash(f"Some of the same payments are shown in {names} as well.", "warning")


def _form(c: Connection, person: Person, form: Form) -> str:
    choices = linking.choices(c, person.company.id)
    first = not projects.listing(c, person.company.id)
    return render_template("project_new.html", form=form, choices=choices, first=first)


def _row(line: ProjectStatus, person: Person) -> Row:
    formats, project, status = _formats(line, person), line.project, line.status
    doubtful = status.state in DOUBTFUL and not person.is_staff
    synced = formats.moment(project.synced_at) if project.synced_at and project.client_payments else ""
    return Row(
        project=project,
        customer=line.customer.full_name if line.customer and person.is_staff else "",
        paid=formats.money(line.paid_to_date),
        price="" if project.contract_price is None else formats.money(project.contract_price),
        state="stale" if doubtful else status.state.value,
        badge="Older figures" if doubtful else status.badge if person.is_staff or synced else "",
        synced=synced,
    )


def _totals(lines: list[ProjectStatus], person: Person) -> Totals | None:
    currencies = {line.customer.currency if line.customer else "" for line in lines}
    if len(lines) < 2 or len(currencies) > 1:
        return None
    formats = _formats(lines[0], person)
    prices: list[Decimal] = [line.project.contract_price for line in lines if line.project.contract_price is not None]
    paid = sum((line.paid_to_date for line in lines), ZERO)
    return Totals(formats.money(paid), formats.money(sum(prices, ZERO)) if prices else "")


def _formats(line: ProjectStatus, person: Person) -> Formats:
    return formats_of(person.company, line.customer.currency if line.customer else "")
