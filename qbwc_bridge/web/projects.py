"""The list of projects, and the page for a new one.

In: an overview of the company; the form of a project. Out: pages, and a saved project. It never knows how a sync is made.
"""

from dataclasses import dataclass
from decimal import Decimal

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from qbwc_bridge.connector import links
from qbwc_bridge.errors import BridgeError
from qbwc_bridge.records import Project, Role
from qbwc_bridge.store import projects, summaries
from qbwc_bridge.store.database import Connection
from qbwc_bridge.store.summaries import ProjectStatus
from qbwc_bridge.web import access, linking, listing
from qbwc_bridge.web.access import Person
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
    remaining: str
    percent: str
    state: str
    badge: str
    synced: str


@dataclass(frozen=True, slots=True)
class TotalRow:
    """What the shown projects in one currency add up to, and what all of them do."""

    label: str
    paid: str
    price: str
    remaining: str
    paid_in_all: str


@pages.get("/")
def index() -> str:
    """The projects the person may see: those that match, a hundred at a time."""
    with reading() as c:
        person = access.signed_in(c)
        chosen = listing.read(request.args, person.is_staff)
        overview = summaries.overview(c, person.company.id, now(), poll_minutes(), counting=False)
        used = access.visible(person, overview.projects)
        lines = access.archived(c, person) if chosen.archived else used
    shown = listing.ordered(listing.matching(lines, chosen, person.is_staff), chosen.order)
    page = listing.page(shown, chosen.page)
    formats = formats_of(person.company)
    return render_template(
        "projects.html",
        rows=[_row(line, person) for line in page.lines],
        totals=_totals(lines, shown, chosen, person),
        page=page,
        chosen=chosen,
        orders=listing.ORDERS,
        states=listing.states(used, person.is_staff, chosen.state),
        archived=overview.archived if person.is_staff else 0,
        used=len(used),
        overview=overview,
        f=formats,
    )


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
    formats, project = formats_of(person.company, _currency(line)), line.project
    state, paid, left = listing.state_of(line, person.is_staff), listing.paid(line), listing.remaining(line)
    price = project.contract_price
    return Row(
        project=project,
        customer=line.customer.full_name if line.customer and person.is_staff else "",
        paid=_money(formats, paid) or "–",
        price=_money(formats, price),
        remaining="" if left is None else f"{formats.money(-left)} overpaid" if left < 0 else formats.money(left),
        percent="" if paid is None or not price else f"{int(paid * 100 / price)} %",
        state=state,
        badge=line.status.badge if project.archived_at else listing.badge_of(state, person.is_staff),
        synced=formats.moment(project.synced_at) if project.synced_at and project.client_payments else "",
    )


def _totals(
    lines: list[ProjectStatus], shown: list[ProjectStatus], chosen: listing.Chosen, person: Person
) -> list[TotalRow]:
    if len(lines) < 2:
        return []
    told = {name: formats_of(person.company, name) for name in {_currency(line) for line in lines}}
    codes = {name: formats.currency or name for name, formats in told.items()}
    written = {codes[name]: formats for name, formats in told.items()}
    whole = listing.totals(lines, lambda line: codes[_currency(line)])
    found = listing.totals(shown, lambda line: codes[_currency(line)]) if chosen.active else whole
    several = len(whole) > 1
    return [
        _total_row(written[code], total, whole[code], chosen.active, code if several else "")
        for code, total in sorted(found.items())
    ]


def _total_row(formats: Formats, total: listing.Total, whole: listing.Total, part: bool, code: str) -> TotalRow:
    count = formats.count(total.count)
    all_of_them = f"Total, {count} project{'' if total.count == 1 else 's'}"
    label = f"Total shown, {count} of {formats.count(whole.count)}" if part else all_of_them
    return TotalRow(
        label=f"{label} in {code}" if code else label,
        paid=formats.money(total.paid),
        price=_money(formats, total.price),
        remaining=_money(formats, total.remaining),
        paid_in_all=formats.money(whole.paid) if part else "",
    )


def _money(formats: Formats, amount: Decimal | None) -> str:
    return "" if amount is None else formats.money(amount)


def _currency(line: ProjectStatus) -> str:
    return line.customer.currency if line.customer else ""
