"""Every change must come from a page of this session."""

from flask import Flask
from web.cast import Cast, Visitor


def test_every_post_without_its_token_is_refused(app: Flask, cast: Cast, admin: Visitor) -> None:
    adapter = app.url_map.bind("localhost")
    values = {"project_id": cast.bath, "payment_id": 1, "share_id": 1, "token_id": 1, "user_id": 1, "token": "x"}
    posts = [rule for rule in app.url_map.iter_rules() if "POST" in (rule.methods or ())]
    assert len(posts) > 20
    for rule in posts:
        address = adapter.build(rule.endpoint, {name: values[name] for name in rule.arguments}, "POST")
        for data in ({}, {"csrf_token": ""}, {"csrf_token": "guess"}, {"csrf_token": "ü"}):
            answer = admin.client.post(address, data=data)
            assert answer.status_code == 403, address
            assert "reload it and try again" in answer.text


def test_signing_in_needs_the_token_too(stranger: Visitor) -> None:
    assert stranger.client.post("/login", data={"email": "a@b.c", "password": "x"}).status_code == 403


def test_a_token_of_another_session_does_not_help(admin: Visitor, staff: Visitor) -> None:
    assert staff.client.post("/logout", data={"csrf_token": admin.token()}).status_code == 403


def test_a_huge_form_is_refused_in_words(admin: Visitor) -> None:
    answer = admin.post("/projects", {"name": "x" * 2_000_000})
    assert answer.status_code == 413
    assert "too large" in answer.text
