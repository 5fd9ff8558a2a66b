"""Whoever runs the installation adds companies on the site."""

import re
from collections.abc import Callable

import pytest
from flask import Flask
from web.cast import NOW, Cast, Clock, Visitor, kept_password

from qbwc_bridge.config import Config
from qbwc_bridge.connector.credentials import matches
from qbwc_bridge.store import companies, polls, users
from qbwc_bridge.store.database import Database
from qbwc_bridge.web.app import create_app

Enter = Callable[[str], Visitor]


def test_a_further_company_shows_its_password_once(cast: Cast, enter: Enter) -> None:
    rita = enter("operator")
    assert 'href="/companies/new"' in rita.get("/settings/accounting").text
    assert "Add a company" in rita.get("/companies/new").text
    page = rita.post("/companies/new", {"company": "Acme-Builders & Söhne", "timezone": "Europe/Vienna"}).text
    shown = re.search(r'readonly value="([^"]+)"', page)
    assert shown
    assert "acme-builders-sohne" in page
    with cast.database.read() as c:
        made = companies.by_name(c, "Acme-Builders & Söhne")
        kept = polls.poll(c, made.connector_user)
    assert kept
    assert matches(shown[1], kept.password_hash)
    assert (made.timezone, made.password_shown_at) == ("Europe/Vienna", NOW)
    settings = rita.get("/settings/accounting").text  # from now on she acts in it
    assert "<strong>Acme-Builders &amp; Söhne</strong>" in settings
    assert shown[1] not in settings


def test_a_connector_user_in_use_gets_a_number(cast: Cast, enter: Enter) -> None:
    rita = enter("operator")
    for name in ("Acme!", "ACME?", "Acme"):
        assert rita.post("/companies/new", {"company": name, "timezone": "UTC"}).status_code == 200
    with cast.database.read() as c:
        assert [companies.by_name(c, name).connector_user for name in ("Acme!", "ACME?", "Acme")] == [
            "acme-2", "acme-3", "acme-4",
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [("company", "", "Enter the name"), ("company", "Other Works", "of this name already"), ("timezone", "x", "zone")],
)
def test_what_is_wrong_is_said_and_kept(enter: Enter, field: str, value: str, words: str) -> None:
    typed = {"company": "Third", "timezone": "Europe/Vienna", field: value}
    answer = enter("operator").post("/companies/new", typed)
    assert answer.status_code == 422
    assert words in answer.text
    for name, text in typed.items():
        assert f'name="{name}" type="text" value="{text}"' in answer.text


@pytest.mark.parametrize("who", ["admin", "staff", "client", "outsider"])
def test_nobody_else_adds_companies(cast: Cast, enter: Enter, who: str) -> None:
    visitor = enter(who)
    assert visitor.get("/companies/new").status_code == 403
    assert visitor.post("/companies/new", {"company": "Mine", "timezone": "UTC"}).status_code == 403
    with cast.database.read() as c:
        assert len(companies.listing(c)) == 2


def test_an_admin_sees_no_way_there(admin: Visitor) -> None:
    assert "/companies/new" not in admin.get("/settings/accounting").text


def test_before_there_is_a_company_every_page_leads_to_the_first_one(database: Database, config: Config) -> None:
    app: Flask = create_app(database, config, Clock())
    with database.begin() as c:
        users.add(c, "rita@host.example", "Rita", kept_password(), True, NOW)
    rita = Visitor(app)
    rita.sign_in("rita@host.example")
    for path in ("/", "/settings/accounting", "/activity"):
        assert rita.get(path).location == "/companies/new", path
    assert rita.get("/companies/new").status_code == 200
    rita.post("/companies/new", {"company": "Acme", "timezone": "UTC"})
    assert rita.get("/").status_code == 200
