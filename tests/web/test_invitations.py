"""A one-time link to choose a password, and the people page that makes it."""

import re

import pytest
from flask import Flask
from web.cast import EMAILS, PASSWORD, Cast, Visitor

from qbwc_bridge.errors import NameTaken
from qbwc_bridge.records import Role
from qbwc_bridge.store import audit, users

GOOD = "four words and more"


def invited(admin: Visitor, cast: Cast, **fields: object) -> str:
    """The path of a fresh invitation."""
    page = admin.post(
        "/settings/users", {"email": "new@home.example", "role": "client", "projects": [cast.kitchen], **fields}
    )
    assert page.status_code == 200, page.text
    found = re.search(r'value="http://localhost:8765(/invite/[^"]+)"', page.text)
    assert found
    return found[1]


def test_an_invited_client_chooses_a_password_and_is_in(
    app: Flask, cast: Cast, admin: Visitor, stranger: Visitor
) -> None:
    link = invited(admin, cast)
    assert "new@home.example" in stranger.get(link).text
    assert stranger.post(link, {"password": GOOD}).location == "/"
    assert "Smith kitchen" in stranger.get("/").text
    assert Visitor(app).sign_in("new@home.example", GOOD).status_code == 303


def test_the_link_opens_once(app: Flask, cast: Cast, admin: Visitor, stranger: Visitor) -> None:
    link = invited(admin, cast)
    stranger.get(link)
    stranger.post(link, {"password": GOOD})
    second = Visitor(app)
    second.get("/login")
    assert second.get(link).status_code == 404
    assert second.post(link, {"password": "another good one"}).status_code == 404
    assert second.post(link, {"password": "short"}).status_code == 404


def test_the_link_ends_after_a_week_and_with_the_next_one(cast: Cast, admin: Visitor, stranger: Visitor) -> None:
    first = invited(admin, cast)
    with cast.database.read() as c:
        user = users.by_email(c, "new@home.example")
    assert user
    second = re.search(r"/invite/[\w-]+", admin.post(f"/settings/users/{user.id}/invitation").text)
    assert second
    assert stranger.get(first).status_code == 404
    assert stranger.get(second[0]).status_code == 200
    cast.clock.advance(days=8)
    assert stranger.get(second[0]).status_code == 404


@pytest.mark.parametrize("password", ["", "short", "aaaaaaaaaaaa", "x" * 1001])
def test_a_poor_password_is_explained(cast: Cast, admin: Visitor, stranger: Visitor, password: str) -> None:
    link = invited(admin, cast)
    stranger.get(link)
    answer = stranger.post(link, {"password": password})
    assert answer.status_code == 422
    assert "This password" in answer.text
    assert stranger.post(link, {"password": GOOD}).status_code == 303  # the link is not used up


def test_a_new_password_ends_the_sessions_of_the_old_one(
    cast: Cast, admin: Visitor, staff: Visitor, stranger: Visitor
) -> None:
    link = re.search(r"/invite/[\w-]+", admin.post(f"/settings/users/{cast.people['staff']}/invitation").text)
    assert link
    stranger.get(link[0])
    stranger.post(link[0], {"password": GOOD})
    assert staff.get("/").status_code == 303


def test_an_account_of_two_companies_is_not_reset_by_one_of_them(cast: Cast, admin: Visitor, outsider: Visitor) -> None:
    link = invited(admin, cast, email=EMAILS["outsider"], role="staff")
    person = f"/settings/users/{cast.people['outsider']}"
    renewed = admin.post(f"{person}/invitation")  # before it is taken it only joins
    assert "The invitation is ready" in renewed.text
    assert outsider.post(link).status_code == 404
    assert outsider.post(path_of(renewed.text)).status_code == 303
    assert admin.post(f"{person}/invitation").status_code == 409
    assert "belongs to another company" in admin.get(person).text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"email": "not an address"}, "Enter an email address"),
        ({"role": "king"}, "Choose admin, staff or client"),
        ({"email": EMAILS["staff"]}, "belongs to the company already"),
    ],
)
def test_a_bad_invitation_keeps_what_was_typed(admin: Visitor, fields: dict[str, str], sentence: str) -> None:
    answer = admin.post("/settings/users", {"email": "new@home.example", "name": "Nina", "role": "staff", **fields})
    assert answer.status_code == 422
    assert sentence in answer.text
    assert 'value="Nina"' in answer.text


def test_only_own_projects_can_be_granted(cast: Cast, admin: Visitor) -> None:
    invited(admin, cast, projects=[cast.kitchen, cast.theirs, 999])
    with cast.database.read() as c:
        user = users.by_email(c, "new@home.example")
        assert user
        assert users.grants(c, user.id, cast.acme) == {cast.kitchen}
        assert users.grants(c, user.id, cast.other) == set()


def test_the_last_admin_stays(cast: Cast, admin: Visitor) -> None:
    me = cast.people["admin"]
    for path, data in ((f"/settings/users/{me}", {"role": "staff"}), (f"/settings/users/{me}/archive", {})):
        answer = admin.post(path, data)
        assert answer.status_code == 409
        assert "only admin" in answer.text
    admin.post(f"/settings/users/{cast.people['staff']}", {"role": "admin"})
    assert admin.post(f"/settings/users/{me}", {"role": "staff"}).status_code == 303


def test_an_archived_person_is_out_and_can_be_brought_back(
    app: Flask, cast: Cast, admin: Visitor, staff: Visitor
) -> None:
    admin.post(f"/settings/users/{cast.people['staff']}/archive")
    assert staff.get("/").status_code == 303
    assert Visitor(app).sign_in(EMAILS["staff"]).status_code == 422
    listed = " ".join(admin.get("/settings/users").text.split())
    assert EMAILS["staff"] not in listed.partition("Archived: 1 person")[0]
    assert 'today 3:04 pm<span class="of free">by Dana</span>' in listed.partition("Archived: 1 person")[2]
    again = re.search(r'href="(/settings/users\?again=\d+)#invite"', listed)
    assert again
    form = admin.get(again[1]).text
    assert f'value="{EMAILS["staff"]}"' in form
    assert 'value="staff" checked' in form
    page = admin.post("/settings/users", {"email": EMAILS["staff"], "role": "staff"})
    assert "/invite/" in page.text
    assert "Archived:" not in admin.get("/settings/users").text
    assert Visitor(app).sign_in(EMAILS["staff"]).status_code == 422  # only with a new password


def test_archiving_in_one_company_leaves_the_other(cast: Cast, admin: Visitor, outsider: Visitor) -> None:
    admin.post("/settings/users", {"email": EMAILS["outsider"], "role": "staff"})
    admin.post(f"/settings/users/{cast.people['outsider']}/archive")
    assert "Their kitchen" in outsider.get("/").text


def test_an_address_belongs_to_one_account(cast: Cast) -> None:
    with cast.database.begin() as c, pytest.raises(NameTaken):
        users.add(c, EMAILS["admin"].upper(), "Again", None, False, cast.clock.now)


def test_the_list_says_who_has_not_come_yet(cast: Cast, admin: Visitor) -> None:
    invited(admin, cast)
    assert "invited" in admin.get("/settings/users").text
    with cast.database.read() as c:
        assert [user.listed_as(cast.acme) for user in users.listing(c, cast.acme)].count(Role.CLIENT) == 2


def test_nobody_of_another_company_is_filled_in(cast: Cast, admin: Visitor, outsider: Visitor) -> None:
    admin.post(f"/settings/users/{cast.people['staff']}/archive")
    assert EMAILS["staff"] not in outsider.get(f"/settings/users?again={cast.people['staff']}").text
    assert EMAILS["staff"] in admin.get(f"/settings/users?again={cast.people['staff']}").text
    assert admin.get("/settings/users?again=x").status_code == 200


def test_an_archived_client_sees_nothing_any_more(cast: Cast, admin: Visitor, client: Visitor) -> None:
    admin.post(f"/settings/users/{cast.people['client']}/archive")
    admin.post("/settings/users", {"email": EMAILS["client"], "role": "client"})
    with cast.database.read() as c:
        assert users.grants(c, cast.people["client"], cast.acme) == set()  # the projects are chosen anew


def test_an_open_invitation_says_until_when_and_can_be_withdrawn(cast: Cast, admin: Visitor, stranger: Visitor) -> None:
    link = invited(admin, cast)
    assert "Invitation open until 30 Nov 2026, 3:04 pm" in admin.get("/settings/users").text
    with cast.database.read() as c:
        user = users.by_email(c, "new@home.example")
    assert user
    person = f"/settings/users/{user.id}"
    assert "has not taken it yet" in admin.get(person).text
    assert "is withdrawn" in admin.follow(f"{person}/invitation/withdraw").text
    assert stranger.get(link).status_code == 404
    assert "was withdrawn" in stranger.get(link).text
    assert "No invitation is open" in admin.get("/settings/users").text
    assert "no invitation link is open" in admin.get(person).text
    assert "no open link any more" in admin.follow(f"{person}/invitation/withdraw").text


def test_who_has_a_password_gets_a_reset_link_and_the_words_say_so(cast: Cast, admin: Visitor) -> None:
    person = f"/settings/users/{cast.people['staff']}"
    assert ">Make a password reset link</button>" in admin.get(person).text
    made = admin.post(f"{person}/invitation").text
    assert "The password reset link is ready" in made
    assert "The present password works until then" in made
    assert "A password reset link is open until 30 Nov 2026, 3:04 pm" in admin.get(person).text
    assert "Password reset link open until" in admin.get("/settings/users").text
    cast.clock.advance(days=8)
    assert "reset link is open" not in admin.get(person).text


def path_of(page: str) -> str:
    found = re.search(r"/invite/[\w-]+", page)
    assert found
    return found[0]


ANN = "ann@home.example"


def companies_of(cast: Cast, email: str) -> set[int]:
    with cast.database.read() as c:
        user = users.by_email(c, email)
    assert user
    return set(user.roles)


def taken(app: Flask, link: str, password: str = GOOD) -> Visitor:
    """Whoever has the link opens it and chooses a password."""
    visitor = Visitor(app)
    visitor.get(link)
    assert visitor.post(link, {"password": password}).status_code == 303
    return visitor


def test_the_link_of_one_company_does_not_open_the_other(
    app: Flask, cast: Cast, admin: Visitor, outsider: Visitor
) -> None:
    ours = invited(admin, cast, email=ANN, role="staff")
    theirs = invited(outsider, cast, email=ANN, role="admin")
    holder = taken(app, ours)
    assert companies_of(cast, ANN) == {cast.acme}
    assert "Their kitchen" not in holder.get("/").text
    assert holder.get(f"/projects/{cast.theirs}/financials").status_code == 404
    assert holder.post("/company", {"company": cast.other}).status_code == 404
    assert "Sign in with its password first" in Visitor(app).get(theirs).text  # it sets no password any more
    with_it = Visitor(app)
    with_it.get(theirs)
    assert with_it.post(theirs, {"password": "another good one"}).status_code == 403
    assert companies_of(cast, ANN) == {cast.acme}
    assert "invited" in outsider.get("/settings/users").text


def test_an_account_another_company_controls_is_not_let_in(
    app: Flask, cast: Cast, admin: Visitor, outsider: Visitor
) -> None:
    holder = taken(app, invited(admin, cast, email=ANN, role="staff"))
    invited(outsider, cast, email=ANN, role="staff")
    assert holder.get(f"/projects/{cast.theirs}/financials").status_code == 404
    assert companies_of(cast, ANN) == {cast.acme}


def test_a_reset_link_made_before_opens_nothing_of_the_other_company_and_ends_when_it_is_joined(
    app: Flask, cast: Cast, admin: Visitor, outsider: Visitor
) -> None:
    ann = taken(app, invited(admin, cast, email=ANN, role="staff"))
    with cast.database.read() as c:
        user = users.by_email(c, ANN)
    assert user
    person = f"/settings/users/{user.id}/invitation"
    first, theirs = path_of(admin.post(person).text), invited(outsider, cast, email=ANN, role="staff")
    assert admin.post(person).status_code == 409  # the offer of the other company counts
    holder = taken(app, first, "another good one")
    assert holder.get(f"/projects/{cast.theirs}/financials").status_code == 404
    assert companies_of(cast, ANN) == {cast.acme}
    outsider.post(f"/settings/users/{user.id}/archive")
    second = path_of(admin.post(person).text)
    theirs = invited(outsider, cast, email=ANN, role="staff")
    ann.sign_in(ANN, "another good one")
    assert ann.post(theirs).status_code == 303
    assert companies_of(cast, ANN) == {cast.acme, cast.other}
    assert Visitor(app).get(second).status_code == 404


def test_somebody_with_an_account_signs_in_and_joins(app: Flask, cast: Cast, admin: Visitor, outsider: Visitor) -> None:
    link = invited(admin, cast, email=EMAILS["outsider"], role="staff")
    assert outsider.get(f"/projects/{cast.kitchen}/financials").status_code == 404
    olive = Visitor(app)
    page = olive.get(link).text
    assert "Sign in with its password first" in page
    assert f'name="next" value="{link}"' in page
    assert olive.post(link).status_code == 403
    sent = {"email": EMAILS["outsider"], "password": PASSWORD, "next": link}
    assert olive.post("/login", sent).location == link
    assert ">Join Acme Builders</button>" in olive.get(link).text
    assert companies_of(cast, EMAILS["outsider"]) == {cast.other}  # looking is not joining
    assert "You have joined" in olive.follow(link).text
    assert olive.get(f"/projects/{cast.kitchen}/financials").status_code == 200
    assert olive.get(link).status_code == 404
    with cast.database.read() as c:
        told = {company: [line.what for line in audit.listing(c, company)] for company in (cast.acme, cast.other)}
    assert told == {cast.acme: ["invitation accepted", "person invited"], cast.other: []}


def test_somebody_else_signed_in_does_not_join(cast: Cast, admin: Visitor, client: Visitor) -> None:
    link = invited(admin, cast, email=EMAILS["outsider"], role="staff")
    page = client.get(link).text
    assert f"This invitation is for {EMAILS['outsider']}, but you are signed in as {EMAILS['client']}." in page
    assert client.post(link).status_code == 403
    assert companies_of(cast, EMAILS["outsider"]) == {cast.other}
    assert client.post("/logout", {"next": link}).location == link
    assert "Sign in with its password first" in client.get(link).text


def test_a_withdrawn_or_old_link_joins_nothing(cast: Cast, admin: Visitor, outsider: Visitor) -> None:
    link = invited(admin, cast, email=EMAILS["outsider"], role="staff")
    assert "is withdrawn" in admin.follow(f"/settings/users/{cast.people['outsider']}/invitation/withdraw").text
    assert outsider.post(link).status_code == 404
    link = path_of(admin.post(f"/settings/users/{cast.people['outsider']}/invitation").text)
    cast.clock.advance(days=8)
    outsider.sign_in(EMAILS["outsider"])
    assert outsider.get(link).status_code == outsider.post(link).status_code == 404
    assert companies_of(cast, EMAILS["outsider"]) == {cast.other}


def test_an_admin_who_has_not_come_is_not_the_one_who_remains(cast: Cast, admin: Visitor) -> None:
    invited(admin, cast, role="admin")
    assert admin.post(f"/settings/users/{cast.people['admin']}/archive").status_code == 409


def test_a_new_role_does_not_accept_an_invitation(cast: Cast, admin: Visitor) -> None:
    invited(admin, cast, email=EMAILS["outsider"], role="staff")
    admin.post(f"/settings/users/{cast.people['outsider']}", {"role": "admin"})
    assert companies_of(cast, EMAILS["outsider"]) == {cast.other}


def test_an_account_that_only_waits_for_another_company_starts_anew(
    app: Flask, cast: Cast, admin: Visitor, outsider: Visitor
) -> None:
    taken(app, invited(admin, cast, email=ANN, role="staff"))
    theirs = invited(outsider, cast, email=ANN, role="staff")
    with cast.database.read() as c:
        user = users.by_email(c, ANN)
    assert user
    admin.post(f"/settings/users/{user.id}/archive")
    assert Visitor(app).sign_in(ANN, GOOD).status_code == 422  # the password of before is gone
    taken(app, theirs, "another good one")
    assert companies_of(cast, ANN) == {cast.other}
