"""Signing in and out, invitations, and the choice of a company.

In: an address and a password, or an invitation's token. Out: a session. It never says whether an account exists.
"""

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from qbwc_bridge.connector import people
from qbwc_bridge.connector.credentials import token_hash
from qbwc_bridge.records import User
from qbwc_bridge.store import companies, users
from qbwc_bridge.web import access, passwords, problems
from qbwc_bridge.web import session as sessions
from qbwc_bridge.web.forms import Form
from qbwc_bridge.web.site import now, reading, site, writing

pages = Blueprint("signin", __name__)
WRONG = "Email and password don’t match. Check both and try again."


@pages.get("/login")
def form() -> str | Response:
    """The sign-in page; somebody signed in goes on to the projects."""
    with reading() as c:
        if access.somebody(c):
            return redirect(_next_page())
    return _form(Form({}))


@pages.post("/login")
def sign_in() -> str | Response:
    """Check the password; as slow for unknown addresses as for wrong passwords."""
    typed, address = Form(request.form), request.remote_addr or ""
    email = typed.text("email", 254)
    wait = site().throttle.wait(email, address, now())
    if wait:
        return _later(wait)
    user = _proved(email, request.form.get("password", ""))
    if user is None:
        site().throttle.failed(email, address, now())
        typed.fail("email", WRONG)
        return make_response(_form(typed), 422)
    site().throttle.succeeded(email, address, now())
    sessions.begin(user, now())
    return redirect(_next_page(), 303)


@pages.post("/logout")
def sign_out() -> Response:
    """End this session and, in case somebody copied it, all others of the account."""
    with writing() as c:
        person = access.somebody(c)
        if person is not None:
            users.end_sessions(c, person.user.id)
    sessions.end()
    flash("You are signed out, on every device.")
    return redirect(_next_page() if "next" in request.form else url_for("signin.form"), 303)


@pages.post("/company")
def switch() -> Response:
    """Act in another of one's companies."""
    with reading() as c:
        access.choose_company(c, request.form.get("company", 0, int))
    return redirect(url_for("projects.index"), 303)


@pages.get("/invite/<token>")
def invitation(token: str) -> Response:
    """Where an invited person chooses a password, or, with an account already, signs in and joins."""
    return _opened(token, Form({}))


@pages.post("/invite/<token>")
def accept(token: str) -> Response:
    """Keep the password and sign the person in, or let the account that is signed in join. The link works only once."""
    with reading() as c:
        link = users.invited(c, token_hash(token), now())
    if link is None:
        return _spent()
    return _join(token) if link.joins else _set_password(token, request.form.get("password", ""))


def _set_password(token: str, password: str) -> Response:
    problem = passwords.problem(password)
    if problem:
        typed = Form({})
        typed.fail("password", problem)
        return _opened(token, typed, 422)
    kept = passwords.hashed(password)
    with writing() as c:
        link = users.take_invitation(c, token_hash(token), now(), joins=False)
        if link is not None:
            people.choose_password(c, link, kept, now())
            sessions.begin(users.by_id(c, link.user.id), now())
    if link is None:  # somebody was faster, or it has become an invitation to join
        return _opened(token, Form({}))
    flash("Your password is set. Welcome.")
    return redirect(url_for("projects.index"), 303)


def _join(token: str) -> Response:
    """Only the account the link is for joins; everybody else sees the page that says so."""
    with writing() as c:
        user = access.account(c)
        link = users.invited(c, token_hash(token), now())
        mine = user is not None and link is not None and link.user.id == user.id
        taken = users.take_invitation(c, token_hash(token), now(), joins=True) if mine else None
        if taken is not None and taken.company_id is not None:
            people.join(c, taken.company_id, taken.user, now())
            access.choose_company(c, taken.company_id)
    if taken is None:
        return _opened(token, Form({}), 403)
    flash("You have joined. Welcome.")
    return redirect(url_for("projects.index"), 303)


def _proved(email: str, password: str) -> User | None:
    with reading() as c:
        found = users.credentials(c, email)
    user_id, kept = found if found else (0, None)
    if not passwords.matches(password, kept):
        return None
    with reading() as c:
        return users.by_id(c, user_id)


def _form(typed: Form) -> str:
    with reading() as c:
        first_run = access.first_run(c)
    return render_template("login.html", form=typed, back=request.values.get("next", ""), first_run=first_run)


def _opened(token: str, typed: Form, status: int = 200) -> Response:
    """The page of an open link. Of another company's only the name is shown."""
    with reading() as c:
        link = users.invited(c, token_hash(token), now())
        if link is None:
            return _spent()
        here = access.account(c)
        company = None if link.company_id is None else companies.by_id(c, link.company_id)
    page = "join.html" if link.joins else "invite.html"
    shown = render_template(page, user=link.user, company=company, here=here, form=typed, rule=passwords.RULE)
    return make_response(shown, status)


def _spent() -> Response:
    return problems.page(404, "This link was used already, was withdrawn, or is too old.", "Ask for a new one.")


def _later(seconds: int) -> Response:
    words = f"There were several wrong passwords. Wait {seconds} seconds, then try again."
    answer = problems.page(429, words, "Your account is not locked; this only slows down guessing.")
    answer.headers["Retry-After"] = str(seconds)
    return answer


def _next_page() -> str:
    """Only a path of our own, never another site's address."""
    wanted = request.values.get("next", "")
    ours = wanted.startswith("/") and not wanted.startswith(("//", "/\\")) and wanted.isprintable()
    return wanted if ours and "\\" not in wanted else url_for("projects.index")
