"""The tokens with which other programs read a company's payments.

In: forms of an admin. Out: tokens, each shown once, and an end to them. It never sees what a program reads.
"""

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from qbwc_bridge.connector.credentials import PROGRAM_PREFIX, new_program_token, token_hash
from qbwc_bridge.records import Deed, Role
from qbwc_bridge.store import audit, tokens
from qbwc_bridge.store.database import Connection
from qbwc_bridge.web import access
from qbwc_bridge.web.access import Person
from qbwc_bridge.web.forms import Form
from qbwc_bridge.web.site import formats_of, now, public, reading, writing

pages = Blueprint("programs", __name__, url_prefix="/settings/programs")
LONGEST_NAME = 100


@pages.get("")
def index() -> str:
    """Every token of the company, and a form for a new one."""
    with reading() as c:
        person = access.signed_in(c, need=Role.ADMIN)
        return _page(c, person, Form({}))


@pages.post("")
def make() -> Response:
    """Make a token and show it, this once: only its hash is kept."""
    form = Form(request.form)
    name = form.required(
        "name", "Give it the name of the program, so that you know later what it is for.", LONGEST_NAME
    )
    with writing() as c:
        person = access.signed_in(c, need=Role.ADMIN)
        if form.errors:
            return make_response(_page(c, person, form), 422)
        token = new_program_token()
        tokens.add(c, person.company.id, name, token_hash(token), by=person.name, now=now())
        audit.add(c, person.company.id, person.name, Deed.TOKEN_MADE, name, now())
    return make_response(render_template("program_made.html", name=name, token=token, projects=_projects_address()))


@pages.get("/<int:token_id>/revoke")
def ask_revoke(token_id: int) -> str:
    """What revoking does, and a button."""
    with reading() as c:
        person, token = access.token(c, token_id)
    return render_template("program_revoke.html", token=token, f=formats_of(person.company))


@pages.post("/<int:token_id>/revoke")
def revoke(token_id: int) -> Response:
    """The token opens nothing any more, at once."""
    with writing() as c:
        person, token = access.token(c, token_id)
        tokens.revoke(c, person.company.id, token.id, now())
        audit.add(c, person.company.id, person.name, Deed.TOKEN_REVOKED, token.name, now())
    flash(f"The token of {token.name} is revoked. Whatever still uses it can read nothing any more.")
    return redirect(url_for("programs.index"), 303)


def _page(c: Connection, person: Person, form: Form) -> str:
    return render_template(
        "programs.html",
        tokens=tokens.listing(c, person.company.id),
        form=form,
        projects=_projects_address(),
        description=public(url_for("api.description")),
        prefix=PROGRAM_PREFIX,
        longest=LONGEST_NAME,
        f=formats_of(person.company),
    )


def _projects_address() -> str:
    return public(url_for("api.projects"))
