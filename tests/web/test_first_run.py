"""The first run: the one-time code, the form that keeps what was typed, and the end of it once there is an admin."""

import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from web.cast import Clock, Visitor

from qbwc_bridge.config import Config
from qbwc_bridge.connector.credentials import matches, new_setup_code, password_hash, setup_code_hash
from qbwc_bridge.records import Role
from qbwc_bridge.store import companies, installation, polls, users
from qbwc_bridge.store.database import Database
from qbwc_bridge.web.app import create_app

CODE = "KMPT-RWXZ-ABCD-EFGH-JKMN"
TYPED = {
    "code": CODE, "name": "Dana", "email": "dana@acme.example", "password": "a quiet long sentence",
    "company": "Acme Builders", "timezone": "America/Chicago",
}  # fmt: skip


@pytest.fixture
def empty(database: Database) -> Iterator[Database]:
    """An installation that was just started: the code is known, nobody is there."""
    with database.begin() as c:
        installation.open_setup(c, setup_code_hash(CODE))
    return database


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def first_app(empty: Database, config: Config, clock: Clock) -> Flask:
    return create_app(empty, config, clock)


@pytest.fixture
def visitor(first_app: Flask) -> Visitor:
    somebody = Visitor(first_app)
    somebody.get("/setup")
    return somebody


def has_admin(database: Database) -> bool:
    with database.read() as c:
        return users.has_admin(c)


def test_the_sign_in_page_leads_to_the_first_run(visitor: Visitor) -> None:
    assert visitor.get("/").location == "/login"
    page = visitor.get("/login").text
    assert 'href="/setup"' in page
    assert "printed where qbwc-bridge serve was started" in page


def test_the_code_makes_an_admin_a_company_and_a_session(visitor: Visitor, empty: Database, clock: Clock) -> None:
    answer = visitor.post("/setup", TYPED)
    assert answer.status_code == 200
    assert "Acme Builders is ready" in answer.text
    password = re.search(r'readonly value="([^"]+)"', answer.text)
    assert password
    with empty.read() as c:
        user = users.by_email(c, "dana@acme.example")
        company = companies.by_name(c, "Acme Builders")
        kept = polls.poll(c, "acme-builders")
    assert user
    assert (user.name, user.operator, user.roles) == ("Dana", True, {company.id: Role.ADMIN})
    assert kept
    assert matches(password[1], kept.password_hash)
    assert (company.timezone, company.password_shown_at) == ("America/Chicago", clock.now)
    assert "Setup checklist" in visitor.get("/settings/accounting").text
    visitor.post("/logout")
    assert visitor.sign_in("dana@acme.example").status_code == 303


def test_the_password_is_shown_this_once(visitor: Visitor) -> None:
    shown = re.search(r'readonly value="([^"]+)"', visitor.post("/setup", TYPED).text)
    assert shown
    for path in ("/settings/accounting", "/setup", "/settings/users"):
        assert shown[1] not in visitor.get(path, follow_redirects=True).text


@pytest.mark.parametrize("code", [CODE.lower(), CODE.replace("-", ""), f"  {CODE.replace('-', ' ')} "])
def test_the_code_may_be_typed_as_people_type(visitor: Visitor, empty: Database, code: str) -> None:
    assert visitor.post("/setup", {**TYPED, "code": code}).status_code == 200
    assert has_admin(empty)


WRONG = [
    ("code", "", "Type the one-time code"),
    ("code", "AAAA-BBBB-CCCC-DDDD-EEEE", "This is not the code"),
    ("name", " ", "Enter your name"),
    ("email", "dana", "Enter an email address"),
    ("password", "short", "too short"),
    ("company", "", "Enter the name of your company"),
    ("company", "Ac\u200bme", "can’t be shown"),
    ("timezone", "Mars/Base", "not a time zone"),
]


@pytest.mark.parametrize(("field", "value", "words"), WRONG)
def test_what_is_wrong_is_said_and_the_rest_is_kept(
    visitor: Visitor, empty: Database, field: str, value: str, words: str
) -> None:
    answer = visitor.post("/setup", {**TYPED, field: value})
    assert answer.status_code == 422
    assert words in answer.text
    assert answer.text.count('class="error"') == answer.text.count(f'id="e-{field}"') == 1
    for name, typed in {**TYPED, field: value}.items():
        if name != "password":
            assert f'name="{name}" type="{"email" if name == "email" else "text"}" value="{typed}"' in answer.text, name
    assert TYPED["password"] not in answer.text
    assert not has_admin(empty)
    assert visitor.post("/setup", TYPED).status_code == 200  # the code still opens


def test_once_there_is_an_admin_the_page_is_gone_and_the_code_dead(first_app: Flask, visitor: Visitor) -> None:
    late = Visitor(first_app)
    late.get("/setup")
    visitor.post("/setup", TYPED)
    answer = late.post("/setup", {**TYPED, "email": "eve@acme.example", "company": "Eve"})
    assert answer.status_code == 409
    assert "has an admin by now" in answer.text
    assert late.get("/setup").location == "/login"
    assert "no admin yet" not in late.get("/login").text
    assert late.sign_in("eve@acme.example").status_code == 422


def test_of_two_at_once_one_wins(first_app: Flask, empty: Database) -> None:
    emails = [f"{name}@acme.example" for name in ("dana", "eve", "fay")]
    people, answers = [Visitor(first_app) for _ in emails], []
    for each in people:
        each.get("/setup")
    together = threading.Barrier(len(people))

    def submit(somebody: Visitor, email: str) -> None:
        together.wait()
        answers.append(somebody.post("/setup", {**TYPED, "email": email, "company": email}).status_code)

    threads = [threading.Thread(target=submit, args=pair) for pair in zip(people, emails, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [200, 409, 409]
    with empty.read() as c:
        assert len(companies.listing(c)) == 1
        assert sum(users.by_email(c, email) is not None for email in emails) == 1


def test_guessing_the_code_is_slowed_down(visitor: Visitor, clock: Clock) -> None:
    wrong = {**TYPED, "code": "AAAA-BBBB-CCCC-DDDD-EEEE"}
    assert [visitor.post("/setup", wrong).status_code for _ in range(6)] == [422] * 5 + [429]
    refused = visitor.post("/setup", TYPED)
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "2")
    assert 'value="Acme Builders"' in refused.text  # nothing typed is lost
    clock.advance(seconds=2)
    assert visitor.post("/setup", TYPED).status_code == 200


def test_a_form_that_is_only_incomplete_is_no_guess(visitor: Visitor) -> None:
    assert {visitor.post("/setup", {**TYPED, "code": ""}).status_code for _ in range(8)} == {422}


def test_only_the_newest_code_counts(visitor: Visitor, empty: Database) -> None:
    with empty.begin() as c:
        installation.open_setup(c, setup_code_hash(newest := new_setup_code()))
    assert visitor.post("/setup", TYPED).status_code == 422
    assert visitor.post("/setup", {**TYPED, "code": newest}).status_code == 200


def test_an_installation_without_a_code_opens_to_nobody(database: Database, config: Config, clock: Clock) -> None:
    visitor = Visitor(create_app(database, config, clock))
    visitor.get("/setup")
    for code in ("", "None", CODE):
        assert visitor.post("/setup", {**TYPED, "code": code}).status_code == 422
    assert not has_admin(database)


def test_companies_added_by_command_before_need_no_other(visitor: Visitor, empty: Database, clock: Clock) -> None:
    with empty.begin() as c:
        companies.add(c, "Acme", "acme", password_hash("x"), "{A}", clock.now)
    assert 'name="company"' not in visitor.get("/setup").text
    typed: dict[str, Any] = {key: value for key, value in TYPED.items() if key not in ("company", "timezone")}
    page = visitor.follow("/setup", typed).text
    assert "Welcome, Dana" in page
    assert "Setup checklist" in page


def test_staff_added_by_command_before_are_no_admin(visitor: Visitor, empty: Database, clock: Clock) -> None:
    with empty.begin() as c:
        acme = companies.add(c, "Acme", "acme", password_hash("x"), "{A}", clock.now).id
        users.set_role(c, users.add(c, TYPED["email"], "", None, False, clock.now).id, acme, Role.STAFF)
    answer = visitor.post("/setup", TYPED)
    assert answer.status_code == 422
    assert "There is an account with this address already" in answer.text
    assert visitor.post("/setup", {**TYPED, "email": "other@acme.example"}).status_code == 303


def test_who_counts_as_an_admin(empty: Database, clock: Clock) -> None:
    with empty.begin() as c:
        acme = companies.add(c, "Acme", "acme", password_hash("x"), "{A}", clock.now).id
        one, two = (users.add(c, f"{n}@acme.example", "", None, False, clock.now).id for n in "ab")
        users.set_role(c, one, acme, Role.ADMIN)
        assert users.has_admin(c)
        users.set_role(c, two, acme, Role.ADMIN)
        users.archive(c, one, acme, clock.now)
        assert users.has_admin(c)


def test_codes_are_long_random_and_easy_to_type() -> None:
    codes = {new_setup_code() for _ in range(200)}
    assert len(codes) == 200
    for code in codes:
        assert re.fullmatch(r"([A-HJKMNP-Z]{4}-){4}[A-HJKMNP-Z]{4}", code)
