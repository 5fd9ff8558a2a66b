"""Accounting Settings: the account default, the connection to QuickBooks, and what syncs.

In: the company as it is known. Out: pages, the .qwc file, a new connector password shown once, changed settings.
"""

from collections.abc import Sequence
from datetime import time

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, send_file, url_for
from werkzeug.wrappers import Response

from qbwc_bridge.connector import decisions, settings
from qbwc_bridge.connector.qwc import file_name, problems, qwc
from qbwc_bridge.records import Company, Role
from qbwc_bridge.selfchecks import Check
from qbwc_bridge.store import companies, customers, installation, summaries
from qbwc_bridge.store.database import Connection
from qbwc_bridge.sync.due import kept_waiting
from qbwc_bridge.web import access, exports
from qbwc_bridge.web.checklist import Address, steps
from qbwc_bridge.web.formats import choices, sample
from qbwc_bridge.web.formats import formats as of_country
from qbwc_bridge.web.forms import Form, clock_time, locale, timezone, zones
from qbwc_bridge.web.site import formats_of, now, poll_minutes, public, reading, site, writing

pages = Blueprint("accounting", __name__, url_prefix="/settings/accounting")

WHAT_SYNCS: tuple[tuple[str, bool, str], ...] = (
    ("Receive Payment", True, "This is what a client has paid. New ones, edits, voids and deletions all arrive."),
    ("Invoice", False, "Read only to know which job a payment on it belongs to."),
    ("Sales Receipt", False, "A sale paid on the spot, without an invoice: not a payment on the job’s account."),
    ("Statement Charge", False, "Something the client owes, not something paid."),
    ("Credit Memo", False, "Lowers what the client owes. No money was received."),
    ("Refund (credit memo or card)", False, "Money given back is not a payment, and is not taken off the payments."),
    ("Refund Check", False, "A check you wrote to the client."),
    ("Discount on an invoice", False, "Lowers what is owed. No money was received."),
    ("Deposit", False, "Moves received money to the bank. The payment itself was counted already."),
    ("Journal Entry", False, "An accountant’s correction, not a client’s payment."),
)


@pages.get("")
def show() -> str:
    """The page as it is kept."""
    with reading() as c:
        person = access.signed_in(c, need=Role.ADMIN)
        return page(c, person.company, Form({}))


@pages.post("/default")
def default() -> Response:
    """Whether Client Payments is on for projects linked from now on."""
    wanted = Form(request.form).ticked("client_payments_default")
    with writing() as c:
        person = access.signed_in(c, need=Role.ADMIN)
        with settings.changing(c, person.company.id, person.name, now()):
            companies.configure(c, person.company.id, client_payments_default=wanted)
    flash(f"The account default is {'on' if wanted else 'off'}. Projects that are linked already stay as they are.")
    return _back()


@pages.post("/schedule")
def schedule() -> str | Response:
    """When the daily sync is due, and in which time zone moments are told."""
    form = Form(request.form)
    at, zone = form.read("daily_at", clock_time), form.read("timezone", timezone)
    with writing() as c:
        person = access.signed_in(c, need=Role.ADMIN)
        if form.errors:
            return make_response(page(c, person.company, form), 422)
        with settings.changing(c, person.company.id, person.name, now()):
            companies.configure(c, person.company.id, daily_at=at, timezone=zone)
    flash("The daily sync is set.")
    return _back()


@pages.post("/quiet")
def quiet() -> str | Response:
    """The hours of the day in which QuickBooks is left alone."""
    form = Form(request.form)
    hours = _hours(form)
    with writing() as c:
        person = access.signed_in(c, need=Role.ADMIN)
        if form.errors:
            return make_response(page(c, person.company, form), 422)
        with settings.changing(c, person.company.id, person.name, now()):
            companies.be_quiet(c, person.company.id, hours)
    flash(_said_of(hours))
    return _back()


def _hours(form: Form) -> tuple[time, time] | None:
    """Both times, or None when both fields are empty; anything else is noted in the form."""
    typed = {name: form.text(name) for name in ("quiet_from", "quiet_until")}
    if not any(typed.values()):
        return None
    for name in (name for name, text in typed.items() if not text):
        form.fail(name, "Enter this time too, or leave both empty.")
    start, end = (form.read(name, clock_time) for name in typed)
    if start is None or end is None:
        return None
    if start == end:
        form.fail("quiet_until", "Both times are the same. To leave QuickBooks alone all day, pause syncing.")
    return start, end


def _said_of(hours: tuple[time, time] | None) -> str:
    if hours is None:
        return "There are no quiet hours."
    return f"QuickBooks is left alone from {hours[0]:%H:%M} until {hours[1]:%H:%M}."


@pages.post("/pause")
def pause() -> Response:
    """Leave QuickBooks alone until somebody goes on, or go on."""
    wanted = Form(request.form).ticked("paused")
    with writing() as c:
        person = access.signed_in(c, need=Role.ADMIN)
        with settings.changing(c, person.company.id, person.name, now()):
            companies.pause(c, person.company.id, wanted)
    flash("Syncing is paused. Requests wait until you go on." if wanted else "Syncing goes on with the next call.")
    return _back()


@pages.post("/locale")
def write_as() -> str | Response:
    """How money and dates are written; "" follows the country of the company file."""
    form = Form(request.form)
    chosen = form.read("locale", locale)
    with writing() as c:
        person = access.signed_in(c, need=Role.ADMIN)
        if form.errors:
            return make_response(page(c, person.company, form), 422)
        with settings.changing(c, person.company.id, person.name, now()):
            companies.configure(c, person.company.id, locale=chosen)
    flash("Money and dates are written that way from now on, in every page of this company.")
    return _back()


@pages.get("/<name>.qwc")
def connector_file(name: str) -> Response:
    """The .qwc file of the company one acts in: the same bytes each time."""
    with reading() as c:
        company = access.signed_in(c, need=Role.ADMIN).company
    if file_name(company) != f"{name}.qwc":
        abort(404)
    with writing() as c:
        companies.qwc_downloaded(c, company.id, now())
    body = qwc(company, site().config.server.public_url, poll_minutes())
    return send_file(exports.file_of(body), "application/x-qwc", as_attachment=True, download_name=file_name(company))


@pages.get("/password")
def ask_password() -> str:
    """What a new connector password would do, and a button."""
    with reading() as c:
        person = access.signed_in(c, need=Role.ADMIN)
    return render_template("password_ask.html", company=person.company)


@pages.post("/password")
def make_password() -> Response:
    """Make it and show it, this once."""
    with writing() as c:
        person = access.signed_in(c, need=Role.ADMIN)
        password = settings.make_password(c, person.company, person.name, now())
    return make_response(render_template("password_made.html", company=person.company, password=password))


@pages.get("/file")
def ask_file() -> str:
    """Both company files by name, and the deliberate step."""
    with reading() as c:
        person = access.signed_in(c, need=Role.ADMIN)
    if person.company.other_file is None:
        abort(409, "No other company file was seen since. There is nothing to decide.")
    return render_template("other_file.html", company=person.company)


@pages.post("/file")
def use_file() -> Response:
    """From now on the other company file is the right one."""
    with writing() as c:
        person = access.signed_in(c, need=Role.ADMIN)
        other = person.company.other_file
        if other is None or other.name != request.form.get("name"):
            abort(409, "The company file seen last is another one by now. Look again before you decide.")
        decisions.use_this_file(c, person.company.id, person.name, now())
    flash(f"From now on payments are read from {other.name}.")
    return _back()


def page(c: Connection, company: Company, form: Form, checks: Sequence[Check] | None = None) -> str:
    """Everything, with what was typed into one of its forms, or with the self-checks just made."""
    form.values = {**_kept(company), **form.values}
    overview = summaries.overview(c, company.id, now(), poll_minutes())
    received = len(customers.listing(c, company.id))
    address, formats = _address(c), formats_of(company)
    return render_template(
        "accounting.html",
        company=company,
        form=form,
        overview=overview,
        left_alone=kept_waiting(company, now(), ()),
        address=address,
        checks=checks,
        steps=steps(address, company, received, overview, formats),
        received=received,
        file_name=file_name(company),
        poll_minutes=poll_minutes(),
        zones=zones(),
        locales=choices(company.country, formats.clock),
        own_locale=sample(of_country(company.country, "", formats.clock)),
        present_locale=sample(formats),
        what_syncs=WHAT_SYNCS,
        f=formats,
    )


def _kept(company: Company) -> dict[str, str]:
    """What the fields show when nobody typed into them."""
    start, end = company.quiet_hours or ("", "")
    return {
        "daily_at": f"{company.daily_at:%H:%M}", "timezone": company.timezone, "locale": company.locale,
        "quiet_from": f"{start:%H:%M}" if start else "", "quiet_until": f"{end:%H:%M}" if end else "",
    }  # fmt: skip


def _address(c: Connection) -> Address:
    url = public("")
    return Address(url, tuple(problems(url)), installation.checks_passed_at(c, url))


def _back() -> Response:
    return redirect(url_for("accounting.show"), 303)
