"""Pages for machines, the support page, and what people read when something went wrong."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from web.cast import Cast, Visitor
from web.real_office import GARAGE, opened, synced

from qbwc_bridge.config import Config
from qbwc_bridge.errors import DatabaseAway
from qbwc_bridge.store.database import Database
from qbwc_bridge.web.app import create_app


def test_support_is_open_to_all(stranger: Visitor) -> None:
    answer = stranger.get("/support")
    assert answer.status_code == 200
    assert "Update Selected" in answer.text
    assert "every 15 minutes" in answer.text


def test_healthy_and_ready(stranger: Visitor) -> None:
    assert (stranger.get("/healthz").text, stranger.get("/readyz").text) == ("ok\n", "ok\n")


def test_not_ready_says_why(monkeypatch: pytest.MonkeyPatch, cast: Cast, stranger: Visitor) -> None:
    monkeypatch.setattr(Database, "is_current", lambda self: False)
    answer = stranger.get("/readyz")
    assert (answer.status_code, "qbwc-bridge init" in answer.text) == (503, True)

    def away(self: Database) -> None:
        raise DatabaseAway("The database is away.")

    monkeypatch.setattr(Database, "is_current", away)
    assert stranger.get("/readyz").status_code == 503
    assert stranger.get("/healthz").status_code == 200


def test_metrics_are_for_this_machine(cast: Cast, stranger: Visitor) -> None:
    told = stranger.get("/metrics").text
    assert f'qbwc_projects{{company="{cast.acme}",state="current"}} 1' in told
    assert f'qbwc_requests_waiting{{company="{cast.other}"}} 0' in told
    assert "Acme" not in told
    assert 'state="queued"' not in told
    assert stranger.get("/metrics", environ_overrides={"REMOTE_ADDR": "192.0.2.7"}).status_code == 404
    assert stranger.get("/metrics", headers={"X-Forwarded-For": "192.0.2.7"}).status_code == 404


def test_metrics_tell_of_syncs_and_of_what_waits(cast: Cast, stranger: Visitor) -> None:
    office = opened(cast)
    synced(office, GARAGE)
    office.sync_now()
    ticket, *_ = office.authenticate()
    office.service.receive_response_xml(ticket, "", "", "")
    for _ in range(2):
        office.service.connection_error(ticket, "Smith owes $7", "")
    cast.clock.now = office.clock.now + timedelta(minutes=10)
    told, company = stranger.get("/metrics").text, f'company="{office.company.id}"'
    assert f'qbwc_syncs_last_24h{{{company},result="ok",error=""}} 2' in told
    assert f'qbwc_syncs_last_24h{{{company},result="failed",error="other"}} 1' in told
    assert re.search(rf"qbwc_sync_rounds_last_24h{{{company}}} [1-9]", told)
    assert re.search(rf"qbwc_sync_seconds_last_24h{{{company}}} [1-9]", told)
    assert re.search(rf"qbwc_requests_oldest_age_seconds{{{company}}} 6\d\d\n", told)
    assert "Smith" not in told


def test_every_metric_is_documented_and_well_formed(cast: Cast, stranger: Visitor) -> None:
    told = stranger.get("/metrics").text
    names = re.findall(r"^# TYPE (\w+) gauge$", told, re.MULTILINE)
    page = (Path(__file__).parents[2] / "docs" / "operating.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `(qbwc_\w+)", page, re.MULTILINE) == names
    sample = re.compile(r'(\w+)\{\w+="[^"]*"(,\w+="[^"]*")*\} \d+')
    lines = [sample.fullmatch(line) for line in told.splitlines() if not line.startswith("#")]
    assert {line and line[1] for line in lines} <= set(names)


def test_the_proxy_is_believed_only_when_told_so(cast: Cast, secure_config: Config) -> None:
    behind = create_app(cast.database, secure_config, cast.clock).test_client()
    assert behind.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 404


@pytest.mark.parametrize("number", [2**31, 10**20])
@pytest.mark.parametrize("path", ["/projects/{}/financials", "/settings/users/{}", "/settings/programs/{}/revoke"])
def test_a_number_no_database_gives_names_nothing(admin: Visitor, path: str, number: int) -> None:
    assert admin.get(path.format(number)).status_code == 404


def test_a_form_sent_to_nowhere_finds_nothing(stranger: Visitor) -> None:
    assert stranger.client.post("/nowhere").status_code == 404
    assert stranger.client.post("/support").status_code == 405


def test_pages_in_words(
    monkeypatch: pytest.MonkeyPatch, app: Flask, cast: Cast, admin: Visitor, stranger: Visitor
) -> None:
    assert "There is nothing here" in stranger.get("/nowhere").text
    assert "This can’t be done here" in admin.get("/logout").text

    def away() -> None:
        raise DatabaseAway("The database could not be reached.", "Try again in a minute.")

    monkeypatch.setattr(cast.database, "read", away)
    answer = admin.get("/")
    assert answer.status_code == 503
    assert "The database could not be reached." in answer.text

    def broken() -> None:
        raise RuntimeError("secret detail")

    app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setattr(cast.database, "read", broken)
    answer = admin.get("/")
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.text
    assert "secret detail" not in answer.text
