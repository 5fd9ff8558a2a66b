"""Signing in and out: the right password, the wrong one, guessing, and what a session is worth."""

from dataclasses import replace
from pathlib import Path

import pytest
import redis_server
from flask import Flask
from web.cast import EMAILS, PASSWORD, Cast, Visitor

from qbwc_bridge.config import Config, Server
from qbwc_bridge.web import passwords
from qbwc_bridge.web.app import create_app

WRONG = "Email and password don’t match"


def test_the_right_password_opens_the_projects(stranger: Visitor) -> None:
    assert stranger.sign_in(EMAILS["admin"].upper()).location == "/"
    assert "Smith kitchen" in stranger.get("/").text


@pytest.mark.parametrize("email", [EMAILS["admin"], "nobody@acme.example", "", "\x00"])
def test_a_wrong_password_and_an_unknown_account_look_the_same(stranger: Visitor, email: str) -> None:
    answer = stranger.sign_in(email, "not this one")
    assert answer.status_code == 422
    assert WRONG in answer.text


def test_an_unknown_account_takes_a_hash_as_well(monkeypatch: pytest.MonkeyPatch, stranger: Visitor) -> None:
    seen: list[bool] = []
    original = passwords._argon2id

    class Watched:
        def verify(self, kept: str, password: str) -> bool:
            seen.append(True)
            return original.verify(kept, password)

        def hash(self, password: str) -> str:
            return original.hash(password)

    monkeypatch.setattr(passwords, "_argon2id", Watched())
    stranger.sign_in("nobody@acme.example")
    stranger.sign_in(EMAILS["admin"], "wrong")
    assert len(seen) == 2


def test_signing_in_renews_the_session(stranger: Visitor) -> None:
    stranger.get("/login")
    before = stranger.token()
    stranger.sign_in(EMAILS["admin"])
    assert stranger.token() != before


def test_signing_out_also_ends_a_copied_session(app: Flask, admin: Visitor) -> None:
    cookie = admin.client.get_cookie("qbwc")
    assert cookie is not None
    thief = Visitor(app)
    thief.client.set_cookie("qbwc", cookie.value)
    assert thief.get("/").status_code == 200
    assert "signed out" in admin.follow("/logout").text
    assert thief.get("/").status_code == 303


def test_guessing_is_slowed_down_but_never_locks_out(cast: Cast, stranger: Visitor, staff: Visitor) -> None:
    for _ in range(5):
        assert stranger.sign_in(EMAILS["admin"], "guess").status_code == 422
    refused = stranger.sign_in(EMAILS["admin"])
    assert refused.status_code == 429
    assert refused.headers["Retry-After"] == "2"
    assert "not locked" in refused.text
    assert stranger.sign_in(EMAILS["staff"]).status_code == 303  # others are not slowed down
    cast.clock.advance(seconds=2)
    assert stranger.sign_in(EMAILS["admin"]).status_code == 303


def test_guessing_at_two_servers_is_no_faster_than_at_one(
    cast: Cast, config: Config, redis: redis_server.Server
) -> None:
    together = replace(config, server=Server(redis_url=redis.url))
    servers = [Visitor(create_app(cast.database, together, cast.clock)) for _ in range(2)]
    for number in range(5):
        assert servers[number % 2].sign_in(EMAILS["admin"], "guess").status_code == 422
    assert [server.sign_in(EMAILS["admin"]).status_code for server in servers] == [429, 429]
    redis.end()  # and without Redis everybody still gets in
    assert [server.sign_in(EMAILS["admin"]).status_code for server in servers] == [303, 303]


def test_the_longest_wait_is_a_minute(cast: Cast, stranger: Visitor) -> None:
    for _ in range(30):
        stranger.sign_in(EMAILS["admin"], "guess")
        cast.clock.advance(seconds=60)
    assert stranger.sign_in(EMAILS["admin"]).status_code == 303


@pytest.mark.parametrize(
    ("wanted", "leads_to"),
    [
        ("/activity?result=failed", "/activity?result=failed"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/\tevil.example", "/"),
    ],
)
def test_the_way_back_stays_on_this_site(stranger: Visitor, wanted: str, leads_to: str) -> None:
    stranger.get("/login")
    answer = stranger.post("/login", {"email": EMAILS["admin"], "password": PASSWORD, "next": wanted})
    assert answer.location == leads_to


def test_a_private_page_leads_back_to_itself(stranger: Visitor) -> None:
    assert stranger.get("/activity?result=ok").location == "/login?next=/activity?result%3Dok"


def test_a_secure_site_has_a_secure_cookie(cast: Cast, secure_config: Config) -> None:
    visitor = Visitor(create_app(cast.database, secure_config, cast.clock))
    cookie = visitor.get("/login", base_url="https://pay.example").headers["Set-Cookie"]
    assert cookie.startswith("__Host-qbwc=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))


def test_the_key_is_made_once_and_for_us_alone(cast: Cast, config: Config) -> None:
    file: Path = config.web.secret_key_file
    create_app(cast.database, config, cast.clock)
    first = file.read_bytes()
    create_app(cast.database, config, cast.clock)
    assert file.read_bytes() == first
    assert file.stat().st_mode & 0o777 == 0o600
