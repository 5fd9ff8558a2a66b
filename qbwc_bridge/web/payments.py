"""Payments typed by people, while a project does not take them from QuickBooks.

In: the form of a payment. Out: a kept, changed or deleted payment. While Client Payments is on every change is refused.
"""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from qbwc_bridge.errors import PaymentsAreSynced, ProjectArchived
from qbwc_bridge.records import ManualPayment, Project, Role
from qbwc_bridge.store import manual
from qbwc_bridge.store.database import Connection
from qbwc_bridge.summary import Clock
from qbwc_bridge.web import access
from qbwc_bridge.web.access import Person
from qbwc_bridge.web.forms import Form, amount, day
from qbwc_bridge.web.site import formats_of, now, reading, writing

pages = Blueprint("payments", __name__, url_prefix="/projects/<int:project_id>/payments")


@dataclass(frozen=True, slots=True)
class Typed:
    """A payment as typed; look at the form's errors before using it."""

    date: date
    amount: Decimal
    method: str
    ref_number: str
    memo: str


@pages.get("/new")
def new(project_id: int) -> str:
    """An empty form, dated today."""
    with reading() as c:
        person, project = _typable(c, project_id)
    today = Clock(now(), person.company.timezone).local(now()).date()
    return _form(project, Form({"date": today.isoformat()}))


@pages.post("")
@pages.post("/new")
def add(project_id: int) -> str | Response:
    """Keep a new payment."""
    form = Form(request.form)
    typed = _read(form)
    with writing() as c:
        person, project = _typable(c, project_id)
        if typed is None:
            return make_response(_form(project, form), 422)
        manual.add(
            c,
            project.company_id,
            project.id,
            date=typed.date,
            amount=typed.amount,
            method=typed.method,
            ref_number=typed.ref_number,
            memo=typed.memo,
            by=person.name,
            now=now(),
        )
    flash(f"{formats_of(person.company).money(typed.amount)} is added.")
    return _back(project_id)


@pages.get("/<int:payment_id>/edit")
def edit(project_id: int, payment_id: int) -> str:
    """The form with what is kept."""
    with reading() as c:
        _, project = _typable(c, project_id)
        payment = manual.get(c, project.company_id, project.id, payment_id)
    return _form(project, Form(_values(payment)), payment)


@pages.post("/<int:payment_id>/edit")
def change(project_id: int, payment_id: int) -> str | Response:
    """Keep what was changed."""
    form = Form(request.form)
    typed = _read(form)
    with writing() as c:
        _, project = _typable(c, project_id)
        payment = manual.get(c, project.company_id, project.id, payment_id)
        if typed is None:
            return make_response(_form(project, form, payment), 422)
        manual.change(
            c,
            project.company_id,
            project.id,
            payment_id,
            date=typed.date,
            amount=typed.amount,
            method=typed.method,
            ref_number=typed.ref_number,
            memo=typed.memo,
            now=now(),
        )
    flash("The payment is changed.")
    return _back(project_id)


@pages.get("/<int:payment_id>/delete")
def ask_delete(project_id: int, payment_id: int) -> str:
    """What would be deleted, and a button."""
    with reading() as c:
        person, project = _typable(c, project_id)
        payment = manual.get(c, project.company_id, project.id, payment_id)
    return render_template("payment_delete.html", project=project, payment=payment, f=formats_of(person.company))


@pages.post("/<int:payment_id>/delete")
def delete(project_id: int, payment_id: int) -> Response:
    """Take the payment off the page."""
    with writing() as c:
        _, project = _typable(c, project_id)
        manual.delete(c, project.company_id, project.id, payment_id, now())
    flash("The payment is deleted.")
    return _back(project_id)


def _typable(c: Connection, project_id: int) -> tuple[Person, Project]:
    """The project, if its payments may be typed. Raises ProjectArchived, PaymentsAreSynced."""
    person, project = access.project(c, project_id, need=Role.STAFF)
    if project.archived_at:
        raise ProjectArchived(project.name)
    if project.client_payments:
        raise PaymentsAreSynced(project.name)
    return person, project


def _read(form: Form) -> Typed | None:
    when, money = form.read("date", day), form.read("amount", amount)
    words = [form.text("method", 100), form.text("ref_number", 100), form.text("memo", 2000)]
    if when is None or money is None or form.errors:
        return None
    return Typed(when, money, *words)


def _values(payment: ManualPayment) -> dict[str, str]:
    return {
        "date": payment.date.isoformat(),
        "amount": f"{payment.amount:,.2f}",
        "method": payment.method,
        "ref_number": payment.ref_number,
        "memo": payment.memo,
    }


def _form(project: Project, form: Form, payment: ManualPayment | None = None) -> str:
    return render_template("payment_form.html", project=project, form=form, payment=payment)


def _back(project_id: int) -> Response:
    return redirect(url_for("financials.show", project_id=project_id), 303)
