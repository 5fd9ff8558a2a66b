"""Who may see what: every route of the site, walked as an outsider, as nobody, as staff and as a client."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from web.cast import NOW, Cast, Visitor
from werkzeug.routing import Rule

from qbwc_bridge.connector.credentials import token_hash
from qbwc_bridge.store import conversations, shares, tokens, users
from qbwc_bridge.store.conversations import Message

OPEN = {
    "static",
    "signin.form",
    "signin.sign_in",
    "signin.sign_out",
    "signin.invitation",
    "signin.accept",
    "sharing.show",
    "first_run.form",
    "first_run.finish",
}
OPEN |= {"system.support", "system.healthy", "system.ready", "system.metrics"}
FOR_PROGRAMS = {"api.projects", "api.project", "api.payments", "api.description"}
"""Not for people: a session opens nothing there, whoever has it. ``test_api`` walks them with tokens."""
FOR_STAFF = {
    "projects.index", "activity.index", "signin.switch", "financials.show", "financials.status_json", "financials.sync",
    "financials.cancel", "financials.export", "payments.new", "payments.add", "payments.edit", "payments.change",
    "payments.ask_delete", "payments.delete", "history.show", "history.export", "activity.status_json", "runs.show",
    "rereading.retry",
}  # fmt: skip
FOR_CLIENTS = {"projects.index", "signin.switch", "financials.show", "financials.status_json", "financials.export"}


def addresses(app: Flask, cast: Cast, project: int) -> Iterator[tuple[Rule, str, str]]:
    """(rule, method, address) of everything there is, spoken of Acme's things."""
    with cast.database.begin() as c:
        share = shares.add(c, cast.acme, cast.kitchen, token_hash("t"), by="Dana", now=NOW)
        conversations.begin(c, cast.acme, token_hash("r"), trigger="daily", address="", now=NOW)
        run = next(iter(conversations.log(c, cast.acme))).id
        conversations.keep_message(c, cast.acme, run, Message(1, "request", NOW, "<QBXML/>"))
        message = conversations.envelopes(c, cast.acme, run, NOW - timedelta(days=1))[0].id
        program = tokens.add(c, cast.acme, "Report", token_hash("p"), by="Dana", now=NOW)
    values = {
        "project_id": project, "payment_id": 1, "share_id": share, "token_id": program, "user_id": cast.people["staff"],
        "name": "Acme Builders", "kind": "json", "token": "unknown", "filename": "app.css",
        "run_id": run, "message_id": message,
    }  # fmt: skip
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if rule.endpoint in FOR_PROGRAMS:
            continue
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            yield rule, method, adapter.build(rule.endpoint, {name: values[name] for name in rule.arguments}, method)


def ask(visitor: Visitor, method: str, address: str) -> int:
    return (visitor.get(address) if method == "GET" else visitor.post(address)).status_code


@pytest.mark.parametrize("project", ["kitchen", "bath"])
def test_an_outsider_gets_404_for_everything_of_another_company(
    app: Flask, cast: Cast, outsider: Visitor, project: str
) -> None:
    for rule, method, address in list(addresses(app, cast, getattr(cast, project))):
        if rule.arguments & {"project_id", "user_id", "name", "share_id", "run_id", "message_id", "token_id"}:
            assert ask(outsider, method, address) == 404, (method, address)


def test_nobody_gets_further_than_the_sign_in_page(app: Flask, cast: Cast, stranger: Visitor) -> None:
    stranger.get("/login")
    for rule, method, address in list(addresses(app, cast, cast.kitchen)):
        if rule.endpoint not in OPEN:
            answer = stranger.get(address) if method == "GET" else stranger.post(address)
            assert (answer.status_code, answer.location.partition("?")[0]) == (303, "/login"), (method, address)


@pytest.mark.parametrize(("who", "allowed"), [("staff", FOR_STAFF), ("client", FOR_CLIENTS)])
def test_a_role_does_not_reach_further(
    app: Flask, cast: Cast, enter: Callable[[str], Visitor], who: str, allowed: set[str]
) -> None:
    visitor = enter(who)
    for rule, method, address in list(addresses(app, cast, cast.kitchen)):
        if rule.endpoint not in OPEN | allowed:
            assert ask(visitor, method, address) == 403, (method, address)


def test_a_client_knows_of_granted_projects_only(cast: Cast, client: Visitor) -> None:
    listed = client.get("/").text
    assert "Smith kitchen" in listed
    assert "Smith bath" not in listed
    assert client.get(f"/projects/{cast.bath}/financials").status_code == 404


def test_a_client_loses_what_is_no_longer_granted(cast: Cast, client: Visitor, admin: Visitor) -> None:
    admin.post(f"/settings/users/{cast.people['client']}", {"role": "client", "projects": [cast.bath]})
    assert client.get(f"/projects/{cast.kitchen}/financials").status_code == 404
    assert client.get(f"/projects/{cast.bath}/financials").status_code == 200


def test_an_operator_is_admin_everywhere_and_switches(cast: Cast, enter: Callable[[str], Visitor]) -> None:
    operator = enter("operator")
    operator.post("/company", {"company": cast.other})
    assert "Their kitchen" in operator.get("/").text
    assert (
        operator.get(f"/projects/{cast.kitchen}/setup").status_code == 200
    )  # a link into the other company still opens
    assert "<strong>Acme Builders</strong>" in operator.get("/settings/accounting").text


def test_nobody_switches_to_a_company_that_is_not_theirs(cast: Cast, outsider: Visitor) -> None:
    assert outsider.post("/company", {"company": cast.acme}).status_code == 404
    assert outsider.post("/company", {"company": "x"}).status_code == 404


def test_the_same_transaction_in_two_companies_stays_apart(cast: Cast, outsider: Visitor) -> None:
    with cast.database.begin() as c:
        users.end_sessions(c, cast.people["admin"])  # no other session plays a part
    own = outsider.get(f"/projects/{cast.theirs}/payments.json").get_json()
    assert own["company"] == "Other Works"
    assert own["count"] == 8


def test_every_private_answer_stays_out_of_caches(cast: Cast, admin: Visitor) -> None:
    for path in ("/", f"/projects/{cast.kitchen}/financials", "/settings/users"):
        answer = admin.get(path)
        assert answer.headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert " style=" not in answer.text
        assert "<script>" not in answer.text


def test_a_session_ends_when_it_lies_unused(cast: Cast, admin: Visitor) -> None:
    cast.clock.now += timedelta(days=13)
    assert admin.get("/").status_code == 200
    cast.clock.now += timedelta(days=15)
    assert admin.get("/").status_code == 303
