"""The people of a company: who they are, what they may do, their invitations.

In: forms of an admin. Out: memberships, and one-time links that are shown once. It never sees a password.
"""

from flask import Blueprint, abort, flash, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from qbwc_bridge.connector import people
from qbwc_bridge.errors import InvalidValue
from qbwc_bridge.records import Role, User
from qbwc_bridge.store import projects, users
from qbwc_bridge.store.database import Connection
from qbwc_bridge.web import access
from qbwc_bridge.web.access import Person
from qbwc_bridge.web.forms import Form, email
from qbwc_bridge.web.site import formats_of, now, public, reading, writing

pages = Blueprint("people", __name__, url_prefix="/settings/users")


@pages.get("")
def index() -> str:
    """Everybody of the company; ``?again=7`` has the invitation of an archived person filled in."""
    with reading() as c:
        person = access.signed_in(c, need=Role.ADMIN)
        return _page(c, person, _again(c, person), frozenset())


@pages.post("")
def invite() -> Response:
    """Add somebody, by a one-time link, shown once. Only an operator, who sees every company, needs none."""
    form, chosen = Form(request.form), _chosen()
    address, role = form.read("email", email), form.read("role", _role)
    name = form.text("name")
    with writing() as c:
        person = access.signed_in(c, need=Role.ADMIN)
        if address and _listed(c, person, address):
            form.fail("email", "This person belongs to the company already. Change their role in the list.")
        if address is None or role is None or form.errors:
            return make_response(_page(c, person, form, chosen), 422)
        user = users.by_email(c, address) or users.add(c, address, name, None, False, now())
        people.give_role(c, person.company.id, user, role, _own(c, person, chosen), person.name, now())
        user = users.by_id(c, user.id)
        if not user.operator:
            return _shown_once(user, people.first_link(c, person.company.id, user, now()))
    flash(f"{user.name or user.email} has an account here already and signs in with its password.")
    return redirect(url_for("people.index"), 303)


@pages.get("/<int:user_id>")
def show(user_id: int) -> str:
    """One person's role and projects."""
    with reading() as c:
        person, user = access.member(c, user_id)
        granted = frozenset(users.grants(c, user_id, person.company.id))
        return _person_page(c, person, user, Form({"role": user.listed_as(person.company.id) or ""}), granted)


@pages.post("/<int:user_id>")
def change(user_id: int) -> Response:
    """Another role, or other projects."""
    form, chosen = Form(request.form), _chosen()
    role = form.read("role", _role)
    with writing() as c:
        person, user = access.member(c, user_id)
        if role is None:
            return make_response(_person_page(c, person, user, form, chosen), 422)
        people.give_role(c, person.company.id, user, role, _own(c, person, chosen), person.name, now())
    flash(f"{user.name or user.email} is {role.value} now.")
    return redirect(url_for("people.index"), 303)


@pages.post("/<int:user_id>/invitation")
def renew(user_id: int) -> Response:
    """A new one-time link: another invitation, or for somebody with a password the way to a new one."""
    with writing() as c:
        person, user = access.member(c, user_id)
        if not access.may_link(person, user):
            abort(409, "This account also belongs to another company, so its password can’t be set from here.")
        reset = user_id not in users.waiting(c, person.company.id)
        token = people.renew(c, person.company.id, user, person.name, now())
    return _shown_once(user, token, reset)


@pages.post("/<int:user_id>/invitation/withdraw")
def withdraw(user_id: int) -> Response:
    """The open link stops working at once."""
    with writing() as c:
        person, user = access.member(c, user_id)
        done = people.withdraw(c, person.company.id, user, person.name, now())
    flash("The link is withdrawn. Whoever opens it now sees nothing." if done else "There is no open link any more.")
    return redirect(url_for("people.show", user_id=user_id), 303)


@pages.get("/<int:user_id>/archive")
def ask_archive(user_id: int) -> str:
    """What archiving does, and a button."""
    with reading() as c:
        _, user = access.member(c, user_id)
    return render_template("person_archive.html", user=user)


@pages.post("/<int:user_id>/archive")
def archive(user_id: int) -> Response:
    """The person can't sign in to this company any more; what they did stays in the log."""
    with writing() as c:
        person, user = access.member(c, user_id)
        people.archive(c, person.company.id, user, person.name, now())
    flash(f"{user.name or user.email} is archived.")
    return redirect(url_for("people.index"), 303)


def _page(c: Connection, person: Person, form: Form, chosen: frozenset[int]) -> str:
    company_id = person.company.id
    return render_template(
        "people.html",
        people=users.listing(c, company_id),
        former=users.former(c, company_id),
        waiting=users.waiting(c, company_id),
        open_until=users.open_invitations(c, company_id, now()),
        f=formats_of(person.company),
        projects=projects.listing(c, company_id),
        form=form,
        chosen=chosen,
    )


def _person_page(c: Connection, person: Person, user: User, form: Form, chosen: frozenset[int]) -> str:
    company_id = person.company.id
    kept = [project for project in projects.archived(c, company_id) if project.id in chosen]
    return render_template(
        "person.html",
        user=user,
        form=form,
        projects=projects.listing(c, company_id) + kept,
        chosen=chosen,
        may_link=access.may_link(person, user),
        waits=user.id in users.waiting(c, company_id),
        open_until=users.open_invitations(c, company_id, now()).get(user.id),
        days=people.OPEN_FOR.days,
        f=formats_of(person.company),
    )


def _again(c: Connection, person: Person) -> Form:
    """The form of an invitation: empty, or for somebody of this company who was archived."""
    asked = request.args.get("again", 0, int)
    for one in users.former(c, person.company.id):
        if one.id == asked:
            return Form({"email": one.email, "name": one.name, "role": one.role.value})
    return Form({"role": Role.CLIENT.value})


def _shown_once(user: User, token: str, reset: bool = False) -> Response:
    address, days = public(url_for("signin.invitation", token=token)), people.OPEN_FOR.days
    return make_response(render_template("invitation_made.html", user=user, address=address, days=days, reset=reset))


def _chosen() -> frozenset[int]:
    return frozenset(int(each) for each in request.form.getlist("projects") if each.isascii() and each.isdigit())


def _own(c: Connection, person: Person, chosen: frozenset[int]) -> set[int]:
    """Only projects of the admin's own company can be granted. An archived one opens again when it is restored."""
    company_id = person.company.id
    return {project.id for project in projects.listing(c, company_id) + projects.archived(c, company_id)} & chosen


def _listed(c: Connection, person: Person, address: str) -> bool:
    user = users.by_email(c, address)
    return user is not None and user.listed_as(person.company.id) is not None


def _role(text: str, field: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        raise InvalidValue(field, "Choose admin, staff or client.") from None
