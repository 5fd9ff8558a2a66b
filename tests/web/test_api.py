"""What a program reads with a token: projects and payments, page by page, and problems in JSON."""

import json
import logging
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask
from sqlalchemy import event
from web.cast import NOW, PAID_TOTAL, Cast, Visitor
from werkzeug.test import TestResponse

from qbwc_bridge.cli import documents
from qbwc_bridge.connector import links
from qbwc_bridge.connector.credentials import token_hash
from qbwc_bridge.errors import DatabaseAway
from qbwc_bridge.records import Failure
from qbwc_bridge.store import manual, projects, summaries, tokens
from qbwc_bridge.web import exports

ROOT = "/api/v1"
MINE, THEIRS = "qbwc_of_acme", "qbwc_of_the_others"


class Program:
    """A program with a token, or with none."""

    def __init__(self, app: Flask, token: str) -> None:
        self.client = app.test_client()
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str, address: str = "192.0.2.1", method: str = "GET", **headers: str) -> TestResponse:
        found = {**self.headers, **{name.replace("_", "-"): value for name, value in headers.items()}}
        return self.client.open(path, method=method, headers=found, environ_overrides={"REMOTE_ADDR": address})

    def read(self, path: str) -> dict[str, Any]:
        answer = self.get(path)
        assert (answer.status_code, answer.content_type) == (200, "application/json"), answer.text
        document: dict[str, Any] = json.loads(answer.data)
        return document

    def all_pages(self, path: str, key: str) -> list[list[dict[str, Any]]]:
        """What is on each page, following next to the end."""
        found, address = [], path
        while address:
            document = self.read(address)
            found.append(document[key])
            address = document["next"]
        return found


@pytest.fixture
def program(app: Flask, cast: Cast) -> Program:
    with cast.database.begin() as c:
        tokens.add(c, cast.acme, "Report", token_hash(MINE), by="Dana", now=NOW)
    return Program(app, MINE)


@pytest.fixture
def other(app: Flask, cast: Cast) -> Program:
    with cast.database.begin() as c:
        tokens.add(c, cast.other, "Report", token_hash(THEIRS), by="Olive", now=NOW)
    return Program(app, THEIRS)


@pytest.fixture
def nobody(app: Flask) -> Program:
    return Program(app, "")


def problem(answer: TestResponse, status: int) -> dict[str, Any]:
    """The problem document, after what all of them have in common."""
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json"), answer.text
    told: dict[str, Any] = json.loads(answer.data)
    assert (told["type"], told["status"]) == ("about:blank", status)
    assert told["title"]
    assert told["detail"]
    assert answer.headers["Cache-Control"] == "no-store"
    return told


# Documents ------------------------------------------------------------------------------------------------------------


def test_projects_are_those_of_the_command_line_with_their_ids(cast: Cast, program: Program) -> None:
    found = program.read(f"{ROOT}/projects")
    assert list(found) == ["company", "projects", "next"]
    assert (found["company"], found["next"]) == ("Acme Builders", None)
    assert [each["id"] for each in found["projects"]] == [cast.kitchen, cast.bath]
    with cast.database.read() as c:
        told = documents.projects(summaries.overview(c, cast.acme, NOW))
    ids = {"Smith kitchen": cast.kitchen, "Smith bath": cast.bath}
    same = [{"id": ids[each["project"]], **each} for each in told["projects"]]
    assert sorted(found["projects"], key=lambda each: str(each["project"])) == same
    assert found["projects"][0] == {
        "id": cast.kitchen, "project": "Smith kitchen",
        "customer": {"list_id": "80000002-1", "full_name": "Smith:Kitchen"},
        "client_payments": True, "include_jobs": False, "contract_price": "240000.00", "paid_to_date": "182400.00",
        "count": 8, "state": "current", "synced_at": "2026-11-23T20:04:00Z",
    }  # fmt: skip


def test_one_project_is_as_in_the_list(cast: Cast, program: Program) -> None:
    for each in program.read(f"{ROOT}/projects")["projects"]:
        assert program.read(f"{ROOT}/projects/{each['id']}") == each


def test_an_archived_project_leaves_the_list_and_keeps_its_address(cast: Cast, program: Program) -> None:
    before = program.read(f"{ROOT}/projects/{cast.kitchen}")
    with cast.database.begin() as c:
        links.archive(c, cast.acme, cast.kitchen, NOW, "Dana")
    assert cast.kitchen not in [one["id"] for one in program.read(f"{ROOT}/projects")["projects"]]
    assert program.read(f"{ROOT}/projects/{cast.kitchen}") == {**before, "state": "off"}
    assert program.read(f"{ROOT}/projects/{cast.kitchen}/payments")["paid_to_date"] == before["paid_to_date"]


@pytest.mark.parametrize("name", ["kitchen", "bath"])
def test_payments_are_the_very_document_of_the_command_line(cast: Cast, program: Program, name: str) -> None:
    project = getattr(cast, name)
    with cast.database.read() as c:
        told = json.loads(exports.json_bytes(exports.json_document(summaries.load(c, cast.acme, project, NOW))))
    assert program.read(f"{ROOT}/projects/{project}/payments") == {**told, "next": None}


def test_what_is_not_fresh_is_said(cast: Cast, program: Program) -> None:
    with cast.database.begin() as c:
        projects.failed(c, cast.acme, cast.kitchen, Failure("0x80040408", "QuickBooks broke.", "Fix it."), NOW)
    for path in (f"{ROOT}/projects/{cast.kitchen}", f"{ROOT}/projects/{cast.kitchen}/payments"):
        found = program.read(path)
        assert (found["state"], found["synced_at"]) == ("failed", "2026-11-23T20:04:00Z")
        assert found["paid_to_date"] == "182400.00"


def test_before_the_first_sync_there_is_no_moment(cast: Cast, program: Program) -> None:
    cast.project(cast.kitchen, synced_at=None)
    found = program.read(f"{ROOT}/projects/{cast.kitchen}/payments")
    assert (found["synced_at"], found["payments"], found["paid_to_date"]) == (None, [], "0.00")


@pytest.mark.parametrize(
    ("query", "dates"),
    [
        ("from=2026-10-02", ["2026-10-02", "2026-11-18"]),
        ("to=2026-04-10", ["2026-03-03", "2026-04-10"]),
        ("from=2026-04-10&to=2026-05-15", ["2026-04-10", "2026-05-15"]),
        ("method=Wire", ["2026-05-15", "2026-10-02"]),
        ("q=counter", ["2026-11-18"]),
        ("q=1043", ["2026-03-03"]),
        ("method=Wire&q=framing", ["2026-05-15"]),
        ("method=&q=", None),
        ("from=2030-01-01", []),
    ],
)
def test_filters_are_those_of_the_page(
    cast: Cast, program: Program, staff: Visitor, query: str, dates: list[str] | None
) -> None:
    found = program.read(f"{ROOT}/projects/{cast.kitchen}/payments?{query}")
    page = staff.get(f"/projects/{cast.kitchen}/payments.json?{query}").get_json()
    assert found == {**page, "next": None}
    assert dates is None or [each["date"] for each in found["payments"]] == dates
    assert (found["paid_to_date"], found["count"]) == (f"{PAID_TOTAL}", 8)


# Pages ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("limit", [1, 2, 4, 8, 9, 10, 500])
def test_pages_add_up_to_the_whole(cast: Cast, program: Program, limit: int) -> None:
    path = f"{ROOT}/projects/{cast.kitchen}/payments"
    whole = program.read(path)["payments"]
    found = program.all_pages(f"{path}?limit={limit}", "payments")
    assert [each for page in found for each in page] == whole
    assert [len(page) for page in found[:-1]] == [limit] * (len(found) - 1)
    assert len(found) == -(-len(whole) // limit)


def test_figures_are_of_the_whole_project_on_every_page(cast: Cast, program: Program) -> None:
    address = f"{ROOT}/projects/{cast.kitchen}/payments?limit=2&method=Check"
    while address:
        found = program.read(address)
        assert (found["paid_to_date"], found["count"], found["unapplied"]) == ("182400.00", 8, "400.00")
        assert {each["method"] for each in found["payments"]} == {"Check"}
        address = found["next"]


def test_next_is_an_address_people_outside_can_use(cast: Cast, program: Program) -> None:
    address = program.read(f"{ROOT}/projects/{cast.kitchen}/payments?q=c&limit=1")["next"]
    assert address.startswith(f"http://localhost:8765{ROOT}/projects/{cast.kitchen}/payments?")
    query = parse_qs(urlsplit(address).query)
    assert (query["q"], query["limit"], len(query["cursor"])) == (["c"], ["1"], 1)


def test_what_is_added_meanwhile_repeats_and_skips_nothing(cast: Cast, program: Program) -> None:
    path = f"{ROOT}/projects/{cast.bath}/payments"
    before = program.read(path)["payments"]
    first = program.read(f"{path}?limit=2")
    with cast.database.begin() as c:
        for day in ("2026-01-01", "2026-09-15", "2026-12-01"):  # before, on and behind the page's last day
            manual.add(c, cast.acme, cast.bath, date=date.fromisoformat(day), amount=Decimal(1), now=NOW)
    rest = [each for page in program.all_pages(first["next"], "payments") for each in page]
    seen = [each["date"] for each in [*first["payments"], *rest]]
    assert seen == [*[each["date"] for each in before[:2]], "2026-09-15", "2026-10-01", "2026-10-20", "2026-12-01"]


def test_the_last_payment_may_go_while_a_program_turns_the_page(cast: Cast, program: Program) -> None:
    path = f"{ROOT}/projects/{cast.bath}/payments"
    first = program.read(f"{path}?limit=2")
    with cast.database.begin() as c:
        manual.delete(c, cast.acme, cast.bath, 2, NOW)
    assert [each["date"] for each in program.read(first["next"])["payments"]] == ["2026-10-01", "2026-10-20"]


def test_projects_keep_their_order_whatever_they_are_called(cast: Cast, program: Program) -> None:
    with cast.database.begin() as c:
        deck = projects.add(c, cast.acme, "Deck", NOW)
    first = program.read(f"{ROOT}/projects?limit=1")
    with cast.database.begin() as c:
        attic = projects.add(c, cast.acme, "Attic", NOW)
        projects.describe(c, cast.acme, cast.kitchen, name="Zeta", client_name="", contract_price=None)
    rest = [each["id"] for page in program.all_pages(first["next"], "projects") for each in page]
    assert [first["projects"][0]["id"], *rest] == [cast.kitchen, cast.bath, deck, attic]


# Who may read ---------------------------------------------------------------------------------------------------------


def addresses(app: Flask, project: int) -> Iterator[str]:
    """Every address that needs a token."""
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("api.") and rule.endpoint != "api.description":
            yield adapter.build(rule.endpoint, {"project_id": project} if rule.arguments else {})


def test_another_companys_project_is_not_there(app: Flask, cast: Cast, program: Program, other: Program) -> None:
    for project in (cast.kitchen, cast.bath):
        for address in addresses(app, project):
            status = 200 if address.endswith("/projects") else 404
            assert (program.get(address).status_code, other.get(address).status_code) == (200, status), address
    for address in addresses(app, cast.theirs):
        assert other.get(address).status_code == 200
    missing = problem(program.get(f"{ROOT}/projects/{cast.theirs}/payments"), 404)
    assert missing == problem(program.get(f"{ROOT}/projects/999/payments"), 404)
    assert missing["detail"] == "There is no such project."


def test_equal_transactions_of_two_companies_stay_apart(cast: Cast, program: Program, other: Program) -> None:
    assert [each["project"] for each in other.read(f"{ROOT}/projects")["projects"]] == ["Their kitchen"]
    with cast.database.begin() as c:
        projects.describe(c, cast.other, cast.theirs, name="Smith kitchen", client_name="", contract_price=None)
    ours, theirs = (
        each.read(f"{ROOT}/projects/{project}/payments")
        for each, project in ((program, cast.kitchen), (other, cast.theirs))
    )
    assert (ours["company"], theirs["company"]) == ("Acme Builders", "Other Works")
    assert [each["txn_id"] for each in ours["payments"]] == [each["txn_id"] for each in theirs["payments"]]


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Basic cWJ3Yw==", "qbwc_of_acme", "Token qbwc_of_acme", "Bearer a=b", "\x00", "Bearer ü"],
)
def test_without_a_token_nothing_is_read(app: Flask, cast: Cast, nobody: Program, header: str) -> None:
    for address in addresses(app, cast.kitchen):
        answer = nobody.get(address, Authorization=header) if header else nobody.get(address)
        problem(answer, 401)
        assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="qbwc-bridge"')


def test_a_wrong_token_is_said_to_be_wrong(app: Flask, cast: Cast) -> None:
    answer = Program(app, "qbwc_guess").get(f"{ROOT}/projects")
    assert "unknown or revoked" in problem(answer, 401)["detail"]
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="qbwc-bridge", error="invalid_token"'


def test_the_word_bearer_is_read_in_any_case(app: Flask, program: Program, nobody: Program) -> None:
    assert nobody.get(f"{ROOT}/projects", Authorization=f"bearer {MINE}").status_code == 200


def test_a_session_opens_nothing_here(app: Flask, cast: Cast, admin: Visitor) -> None:
    for address in addresses(app, cast.kitchen):
        answer = admin.get(address)
        problem(answer, 401)
        assert "Set-Cookie" not in answer.headers


def test_a_program_gets_no_session(cast: Cast, program: Program) -> None:
    answer = program.get(f"{ROOT}/projects")
    assert "Set-Cookie" not in answer.headers
    assert answer.headers["Vary"] == "Authorization"
    assert not [name for name, _ in answer.headers if name.startswith("Access-Control")]


def test_guessing_is_slowed_down_and_never_locks_a_program_out(app: Flask, cast: Cast, program: Program) -> None:
    guess = Program(app, "qbwc_guess")
    answers = [guess.get(f"{ROOT}/projects") for _ in range(7)]
    assert [answer.status_code for answer in answers] == [401] * 5 + [429] * 2
    assert "wrong tokens" in problem(answers[-1], 429)["detail"]
    assert answers[-1].headers["Retry-After"] == "2"
    assert program.get(f"{ROOT}/projects").status_code == 200
    assert guess.get(f"{ROOT}/projects").status_code == 429
    assert guess.get(f"{ROOT}/projects", "192.0.2.2").status_code == 401
    cast.clock.advance(seconds=2)
    assert guess.get(f"{ROOT}/projects").status_code == 401


# Problems -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("limit=0", "limit"), ("limit=501", "limit"), ("limit=-1", "limit"), ("limit=x", "limit"), ("limit=", "limit"),
        ("limit=1.0", "limit"), ("limit=%D9%A3", "limit"), ("limit=1&limit=2", "limit"),
        ("cursor=", "cursor"), ("cursor=x", "cursor"), ("cursor=WzFd", "cursor"), ("cursor=bnVsbA", "cursor"),
        ("cursor=%C3%BC", "cursor"), ("cursor=W3t9XQ", "cursor"), ("cursor=" + "W1tb" * 300, "cursor"),
        ("from=yesterday", "from"), ("from=2026-02-30", "from"), ("from=20260303", "from"), ("from=", "from"),
        ("to=2026-3-3", "to"), ("method=" + "x" * 101, "method"), ("q=" + "x" * 101, "q"),
        ("form=2026-03-03", "form"), ("sort=date", "sort"), ("text=a", "text"),
    ],
)  # fmt: skip
def test_a_parameter_that_cannot_be_used_is_named(cast: Cast, program: Program, query: str, named: str) -> None:
    told = problem(program.get(f"{ROOT}/projects/{cast.kitchen}/payments?{query}"), 422)
    assert told["parameter"] == named


def test_a_cursor_of_another_list_is_refused(cast: Cast, program: Program) -> None:
    cursor = parse_qs(urlsplit(program.read(f"{ROOT}/projects?limit=1")["next"]).query)["cursor"][0]
    path = f"{ROOT}/projects/{cast.kitchen}/payments"
    assert problem(program.get(f"{path}?cursor={cursor}"), 422)["parameter"] == "cursor"
    assert problem(program.get(f"{ROOT}/projects/{cast.kitchen}?limit=1"), 422)["detail"].endswith("It takes none.")


def test_who_has_no_token_learns_nothing_about_parameters(cast: Cast, nobody: Program) -> None:
    problem(nobody.get(f"{ROOT}/projects?limit=x"), 401)
    problem(nobody.get(f"{ROOT}/projects/999"), 401)


@pytest.mark.parametrize(
    "path", ["", "/", "/nowhere", "/projects/", "/projects/x", "/projects/-1", "//projects", f"/projects/{10**20}"]
)
def test_an_unknown_address_is_a_problem_in_json(program: Program, path: str) -> None:
    assert "openapi.json" in problem(program.get(f"{ROOT}{path}"), 404)["detail"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_programs_can_only_read(app: Flask, cast: Cast, program: Program, method: str) -> None:
    for address in (*addresses(app, cast.kitchen), f"{ROOT}/openapi.json"):
        answer = program.get(address, method=method)
        problem(answer, 405)
        assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD"}


def test_the_database_away(monkeypatch: pytest.MonkeyPatch, cast: Cast, program: Program) -> None:
    def away() -> None:
        raise DatabaseAway("The database is away.", "Try again in a minute.")

    monkeypatch.setattr(cast.database, "read", away)
    answer = program.get(f"{ROOT}/projects")
    assert problem(answer, 503)["detail"] == "The database is away. Try again in a minute."
    assert answer.headers["Retry-After"] == "60"
    assert program.get(f"{ROOT}/openapi.json").status_code == 200


def test_a_database_that_cannot_be_written_to_is_read(
    monkeypatch: pytest.MonkeyPatch, cast: Cast, program: Program
) -> None:
    def full() -> None:
        raise DatabaseAway("The disk is full.")

    monkeypatch.setattr(cast.database, "begin", full)
    assert program.get(f"{ROOT}/projects").status_code == 200


def test_something_broken_tells_no_detail(
    monkeypatch: pytest.MonkeyPatch, app: Flask, cast: Cast, program: Program, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> None:
        raise RuntimeError("secret detail")

    app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr(cast.database, "read", broken)
    with caplog.at_level(logging.DEBUG):
        answer = program.get(f"{ROOT}/projects")
    assert "written to the log" in problem(answer, 500)["detail"]
    assert "secret detail" not in answer.text
    assert "secret detail" in caplog.text
    assert MINE not in caplog.text + answer.text


# Kept answers ---------------------------------------------------------------------------------------------------------


def test_an_unchanged_answer_is_not_sent_again(cast: Cast, program: Program) -> None:
    path = f"{ROOT}/projects/{cast.bath}/payments"
    tag = program.get(path).headers["ETag"]
    assert tag.startswith('"')
    for known in (tag, f"W/{tag}", f'"x", {tag}', "*"):
        answer = program.get(path, If_None_Match=known)
        assert (answer.status_code, answer.data) == (304, b"")
        assert (answer.headers["ETag"], answer.headers["Cache-Control"]) == (tag, "private, no-cache")
        assert "Content-Type" not in answer.headers
    with cast.database.begin() as c:
        manual.add(c, cast.acme, cast.bath, date=date(2026, 11, 1), amount=Decimal(1), now=NOW)
    changed = program.get(path, If_None_Match=tag)
    assert (changed.status_code, changed.json and changed.json["paid_to_date"]) == (200, "18001.00")
    assert changed.headers["ETag"] != tag


def test_another_page_has_another_tag(cast: Cast, program: Program) -> None:
    path = f"{ROOT}/projects/{cast.kitchen}/payments"
    tags = {program.get(f"{path}{query}").headers["ETag"] for query in ("", "?limit=1", "?limit=2", "?method=Wire")}
    assert len(tags) == 4


def test_a_kept_answer_still_needs_the_token(cast: Cast, program: Program, nobody: Program) -> None:
    tag = program.get(f"{ROOT}/projects").headers["ETag"]
    problem(nobody.get(f"{ROOT}/projects", If_None_Match=tag), 401)


def test_head_has_the_headers_alone(app: Flask, cast: Cast, program: Program) -> None:
    for address in (*addresses(app, cast.kitchen), f"{ROOT}/openapi.json"):
        whole, head = program.get(address), program.get(address, method="HEAD")
        assert (head.status_code, head.data) == (200, b"")
        assert dict(head.headers) == dict(whole.headers)


# Speed ----------------------------------------------------------------------------------------------------------------


def test_the_number_of_queries_does_not_grow_with_the_payments(cast: Cast, program: Program) -> None:
    said: list[str] = []
    event.listen(cast.database.engine, "before_cursor_execute", lambda *given: said.append(given[2]))
    counts = []
    for more in (0, 50):
        with cast.database.begin() as c:
            for n in range(more):
                manual.add(c, cast.acme, cast.bath, date=date(2026, 1, 1 + n % 28), amount=Decimal(1), now=NOW)
        program.read(f"{ROOT}/projects/{cast.bath}/payments")  # the first one may note the use
        for path in (f"{cast.bath}/payments", f"{cast.kitchen}/payments", f"{cast.bath}"):
            said.clear()
            program.read(f"{ROOT}/projects/{path}")
            counts.append(len(said))
    assert counts[:3] == counts[3:]
    assert max(counts) <= 13
