"""The first run: whoever has the one-time code from the console becomes the admin, and adds the first company.

In: the code, and who they are. Out: an account, a company, and a session. Once there is an admin it is over: the page is gone
and the code opens nothing. It never knows how the code came to the console.
"""

from dataclasses import dataclass

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import Conflict
from werkzeug.wrappers import Response

from qbwc_bridge.connector import new_company
from qbwc_bridge.connector.credentials import setup_code_hash
from qbwc_bridge.errors import InvalidValue, NameTaken
from qbwc_bridge.records import Company, Role, User
from qbwc_bridge.store import companies as kept
from qbwc_bridge.store import installation, users
from qbwc_bridge.store.database import Connection
from qbwc_bridge.web import access, passwords
from qbwc_bridge.web import companies as adding
from qbwc_bridge.web import session as sessions
from qbwc_bridge.web.forms import Form, email, zones
from qbwc_bridge.web.site import now, reading, site, writing

pages = Blueprint("first_run", __name__)
GUESSER = "/setup"
"""Under which wrong codes are counted: no account is called so."""

WRONG = "This is not the code. Only the one printed by the latest start of qbwc-bridge serve counts."
TOO_LATE = "This installation has an admin by now. Nothing of what you typed was kept. Ask them for an invitation."


@dataclass(frozen=True, slots=True)
class _Typed:
    """A form in which nothing is wrong but perhaps the code. ``company`` is "" where companies exist already."""

    code_hash: str
    email: str
    name: str
    password: str
    company: str
    timezone: str


@pages.get("/setup")
def form() -> str | Response:
    """The form, while there is no admin."""
    with reading() as c:
        if not access.first_run(c):
            return redirect(url_for("signin.form"))
    return _page(Form({"timezone": "UTC"}), fresh=True)


@pages.post("/setup")
def finish() -> Response:
    """Make the account and the company, in one transaction with using up the code. Of two at once, one is too late."""
    form, address = Form(request.form), request.remote_addr or ""
    typed = _read(form)
    with reading() as c:
        if not access.first_run(c):
            raise Conflict(TOO_LATE)
    if wait := site().throttle.wait(GUESSER, address, now()):
        return _later(form, wait)
    if form.values.get("code", "").strip() and not _opens(typed):
        site().throttle.failed(GUESSER, address, now())
        form.errors = {"code": WRONG, **form.errors}
    if form.errors:
        return make_response(_page(form), 422)
    return _made(form, typed, passwords.hashed(typed.password))


def _read(form: Form) -> _Typed:
    code = form.required("code", "Type the one-time code from the console.")
    name = form.required("name", "Enter your name.")
    address = form.read("email", email) or ""
    password = request.form.get("password", "")
    if problem := passwords.problem(password):
        form.fail("password", problem)
    with reading() as c:
        first = not kept.listing(c)
    company, zone = adding.read(form) if first else ("", "")
    return _Typed(setup_code_hash(code), address, name, password, company, zone)


def _opens(typed: _Typed) -> bool:
    with reading() as c:
        return installation.opens_setup(c, typed.code_hash)


def _made(form: Form, typed: _Typed, password_hash: str) -> Response:
    try:
        with writing() as c:
            taken = installation.take_setup(c, typed.code_hash)  # first: it waits for whoever came a moment earlier
            if not access.first_run(c):
                raise Conflict(TOO_LATE)
            if not taken:
                raise InvalidValue("code", WRONG)
            user = users.add(c, typed.email, typed.name, password_hash, True, now())
            made = _first_company(c, user, typed) if typed.company else None
    except NameTaken:  # staff or a client was added by command before
        form.fail("email", "There is an account with this address already. Choose another one.")
    except InvalidValue as error:  # the service was started anew in this moment
        form.fail(error.field, error.sentence)
    else:
        return _welcome(user, made)
    return make_response(_page(form), 422)


def _first_company(c: Connection, user: User, typed: _Typed) -> tuple[Company, str]:
    company, connector_password = new_company.add(c, typed.company, typed.timezone, user.name or user.email, now())
    users.set_role(c, user.id, company.id, Role.ADMIN)
    users.accept(c, user.id, company.id, now())
    return company, connector_password


def _welcome(user: User, made: tuple[Company, str] | None) -> Response:
    """Only after the transaction: nobody is signed in to an account that was not kept."""
    sessions.begin(user, now())
    if made is None:
        flash(f"Welcome, {user.name}. You are the admin of this installation.")
        return redirect(url_for("accounting.show"), 303)
    with reading() as c:
        access.signed_in(c)
    return adding.made(*made)


def _later(form: Form, seconds: int) -> Response:
    form.fail("code", f"There were several wrong codes. Wait {seconds} seconds, then try again.")
    answer = make_response(_page(form), 429)
    answer.headers["Retry-After"] = str(seconds)
    return answer


def _page(form: Form, *, fresh: bool = False) -> str:
    with reading() as c:
        first = not kept.listing(c)
    return render_template("first_run.html", form=form, zones=zones(), rule=passwords.RULE, first=first, fresh=fresh)
