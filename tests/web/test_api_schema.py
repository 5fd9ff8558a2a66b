"""The description of the JSON interface against the real server: what it promises is what comes, whatever is asked.

schemathesis reads the OpenAPI document and plays a program that asks in every way the document allows, and in ways it does
not. Its checks: no server error; only the statuses, content types, headers and shapes described; nonsense refused and
nothing else; no answer without a token or with a wrong one; other methods get 405 with Allow.
"""

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jsonschema_rs
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, settings
from web.cast import NOW, Cast, Clock

from qbwc_bridge import server
from qbwc_bridge.config import Config, Server
from qbwc_bridge.connector.credentials import token_hash
from qbwc_bridge.store import tokens
from qbwc_bridge.web import openapi

TOKEN = "qbwc_of_the_schema_test"
HEADERS = {"Authorization": f"Bearer {TOKEN}"}
ROOT = "/api/v1"
DOCUMENT = openapi.document("http://localhost:8765")
schema = schemathesis.openapi.from_dict(DOCUMENT)


@dataclass
class Served:
    """The site on a free port, and what there is to ask for."""

    address: str
    projects: list[int]

    def get(self, path: str, **headers: str) -> requests.Response:
        return requests.get(f"{self.address}{ROOT}{path}", headers={**HEADERS, **headers}, timeout=10)

    def cursor(self, path: str) -> str:
        """One that is good for this list."""
        return parse_qs(urlsplit(self.get(f"{path}?limit=1").json()["next"]).query)["cursor"][0]


@pytest.fixture
def served(cast: Cast, clock: Clock, config: Config) -> Iterator[Served]:
    def later() -> datetime:
        clock.advance(seconds=61)  # no wrong token of the checks has to wait longer than a minute
        return clock.now

    with cast.database.begin() as c:
        tokens.add(c, cast.acme, "Schema", token_hash(TOKEN), by="Dana", now=NOW)
    app = server.application(config, cast.database, later)
    service = server.Service(replace(config, server=Server(port=0)), app, lambda: None)
    service.start()
    host, port = service.address[:2]
    yield Served(f"http://{host}:{port}", [cast.kitchen, cast.bath])
    service.stop()


# What comes is what is described --------------------------------------------------------------------------------------


@pytest.fixture
def seen() -> Iterator[set[int]]:
    """The statuses that came: nothing is proved by refusals alone."""
    statuses: set[int] = set()
    yield statuses
    assert {200, 405} <= statuses


@schema.parametrize()
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
def test_whatever_is_asked_the_answer_is_as_described(case: schemathesis.Case, served: Served, seen: set[int]) -> None:
    if case.meta is not None and case.meta.generation.mode.is_positive:
        _ask_for_what_there_is(case, served)
    seen.add(case.call_and_validate(headers=HEADERS, base_url=served.address).status_code)


def _ask_for_what_there_is(case: schemathesis.Case, served: Served) -> None:
    """No schema can say which projects there are, and which cursors: every other project is one, and every cursor."""
    number = case.path_parameters.get("project_id") if case.path_parameters else None
    if isinstance(number, int) and number % 2:
        case.path_parameters["project_id"] = served.projects[number // 2 % 2]
    if case.query and "cursor" in case.query:
        case.query["cursor"] = served.cursor(case.path.removeprefix(ROOT).format(project_id=served.projects[0]))


def test_the_description_itself_is_valid_and_served_to_all(served: Served) -> None:
    schema.validate()
    answer = requests.get(f"{served.address}{ROOT}/openapi.json", timeout=10)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/json")
    assert answer.json() == DOCUMENT


# The shapes say neither less nor more than there is -------------------------------------------------------------------


def shape(name: str) -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for({"$ref": f"#/components/schemas/{name}", "components": DOCUMENT["components"]})


@pytest.mark.parametrize("name", openapi.EXAMPLES)
def test_the_examples_have_the_shape_they_explain(name: str) -> None:
    shape(name).validate(openapi.EXAMPLES[name])
    assert set(openapi.EXAMPLES[name]) == set(openapi.SCHEMAS[name]["properties"])


def test_money_as_a_number_would_be_noticed() -> None:
    wrong: dict[str, Any] = {**openapi.EXAMPLES["Project"], "paid_to_date": 182400.0}
    assert not shape("Project").is_valid(wrong)


def test_every_key_that_comes_is_described(served: Served) -> None:
    def keys(name: str) -> set[str]:
        return set(openapi.SCHEMAS[name]["properties"])

    listed = served.get("/projects").json()
    assert set(listed) == keys("Projects")
    assert {frozenset(each) for each in listed["projects"]} == {frozenset(keys("Project"))}
    for project in served.projects:
        found = served.get(f"/projects/{project}/payments").json()
        assert set(found) == keys("Payments")
        assert {frozenset(each) for each in found["payments"]} == {frozenset(keys("Payment"))}
        applied = {frozenset(one) for each in found["payments"] for one in each["applied_to"]}
        assert applied <= {frozenset(keys("Application"))}
    assert set(served.get("/projects?limit=x").json()) == keys("Problem")


# On the wire ----------------------------------------------------------------------------------------------------------


def test_head_and_304_have_no_body_on_the_wire(served: Served) -> None:
    head = requests.head(f"{served.address}{ROOT}/projects", headers=HEADERS, timeout=10)
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["Content-Length"]) > 100
    again = served.get("/projects", **{"If-None-Match": head.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_no_token_gets_into_the_log_or_an_answer(served: Served, caplog: pytest.LogCaptureFixture) -> None:
    wrong = "qbwc_that_somebody_mistyped"
    caplog.set_level(logging.WARNING, "urllib3")  # the test's own client
    with caplog.at_level(logging.DEBUG):
        answers = [
            served.get("/projects"),
            served.get("/projects", Authorization=f"Bearer {wrong}"),
            served.get(f"/projects?token={wrong}"),
            served.get("/nowhere"),
        ]
        _wait_until(lambda: "GET /api/v1/nowhere 404" in caplog.text)
    assert [answer.status_code for answer in answers] == [200, 401, 422, 404]
    assert "GET /api/v1/projects 401" in caplog.text
    said = caplog.text + "".join(f"{answer.headers} {answer.text}" for answer in answers)
    assert TOKEN not in said
    assert wrong not in said


def _wait_until(happened: Callable[[], bool]) -> None:
    """A line of the log is written when its answer has gone out already."""
    end = time.monotonic() + 10
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.01)
