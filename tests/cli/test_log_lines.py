"""What a running service writes while the Web Connector and people use it: whose request each line is about, and no secret."""

import http.client
import json
import logging
import re
import socket
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from office import PASSWORD, Office, web_connector

from qbwc_bridge import server
from qbwc_bridge.config import Config, Database, Log, Server, Web
from qbwc_bridge.config.logs import set_up_logging
from qbwc_bridge.connector.credentials import token_hash
from qbwc_bridge.simulator import Faults, WebConnector
from qbwc_bridge.store import companies, shares, users
from qbwc_bridge.web import passwords

EMAIL, LINK = "dana@acme.example", "s3cret-link-of-the-client-0123456789"


@dataclass
class Service:
    """A service, a Web Connector that calls it, and all it has written."""

    office: Office
    connector: WebConnector
    faults: Faults
    serving: server.Service
    written: StringIO
    proxies: int
    tickets: list[str] = field(default_factory=list)

    def update(self) -> None:
        self.office.clock.pass_(minutes=20)
        self.connector.update()
        self.tickets.append(self.connector._seen.ticket)

    def ask(self, path: str, form: dict[str, str] | None = None, **headers: str) -> tuple[int, str, str]:
        """Status, X-Request-Id and text."""
        connection = http.client.HTTPConnection(*self.serving.address, timeout=20)
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection.request("GET" if form is None else "POST", path, form and urlencode(form), headers)
        answer = connection.getresponse()
        told = answer.status, str(answer.headers["X-Request-Id"]), answer.read().decode()
        connection.close()
        return told

    @property
    def lines(self) -> list[dict[str, Any]]:
        while self.serving._app.running:  # a line is written once the answer has gone out
            time.sleep(0.01)
        return [json.loads(line) for line in self.written.getvalue().splitlines()]

    def ended(self) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["message"].startswith("Sync ended")]


@pytest.fixture
def written() -> Iterator[StringIO]:
    """All that goes to the log, in the most talkative configuration there is."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    set_up_logging(Log("DEBUG", "json"))
    (stream,) = root.handlers
    assert isinstance(stream, logging.StreamHandler)
    text = StringIO()
    stream.setStream(text)
    yield text
    root.handlers[:], root.level = before


@pytest.fixture(params=[0, 1], ids=["alone", "behind a proxy"])
def service(request: pytest.FixtureRequest, office: Office, written: StringIO, tmp_path: Path) -> Iterator[Service]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    (tmp_path / "key").write_text("k" * 64)
    settings = Config(
        server=Server(port=port, public_url=f"http://localhost:{port}", trusted_proxies=request.param),
        database=Database(str(office.database.url)),
        web=Web(secret_key_file=tmp_path / "key"),
    )
    serving = server.build(settings, office.clock)
    serving.start()
    faults = Faults()
    connector = web_connector(office, settings.server.public_url, faults)
    yield Service(office, connector, faults, serving, written, request.param)
    serving.stop()


def test_every_line_of_a_conversation_says_whose_it_is(service: Service) -> None:
    service.update()
    (ended,) = service.ended()
    expected = {
        "conversation": 1,
        "company": service.office.company.id,
        "result": "ok",
        "error": "",
        "trigger": "first poll",
    }
    assert expected.items() <= ended.items()
    assert (ended["level"], ended["added"], ended["rounds"] > 0, ended["seconds"] > 0) == ("INFO", 0, True, True)
    calls = [line for line in service.lines if line.get("path") == "/qbwc" and line["method"] == "POST"]
    of_it = [line for line in calls if line.get("conversation") == 1]
    assert len(of_it) >= 2 * ended["rounds"] + 2  # authenticate, each round, closeConnection
    assert {line["company"] for line in of_it} == {service.office.company.id}
    assert len({line["request"] for line in calls}) == len(calls)
    assert ended["request"] in {line["request"] for line in of_it}


def test_a_sync_that_fails_is_a_warning_with_its_code(service: Service) -> None:
    service.update()
    service.office.sync_now()
    service.faults.opening = [("0x80040414", "secret dialog")] * 9
    service.update()
    failed = service.ended()[-1]
    assert (failed["level"], failed["result"], failed["error"]) == ("WARNING", "failed", "0x80040414")
    service.faults.opening = [("Smith owes $7.00", "a connector that says anything")] * 9
    service.office.sync_now()
    service.update()
    assert service.ended()[-1]["error"] == "other"


def test_a_poll_without_work_belongs_to_no_conversation(service: Service) -> None:
    service.update()
    before = len(service.lines)
    service.update()
    idle = [line for line in service.lines[before:] if line.get("path") == "/qbwc"]
    assert idle
    assert not any("conversation" in line for line in idle)


def test_a_request_has_a_number_and_keeps_the_one_a_proxy_of_ours_gave_it(service: Service) -> None:
    given, odd, large = (
        service.ask("/healthz", **{"X-Request-Id": number})[1] for number in ("from-the-proxy.1", "two words", "1" * 65)
    )
    assert (given == "from-the-proxy.1") is bool(service.proxies)
    assert all(re.fullmatch("[0-9a-f]{16}", one) for one in (odd, large))
    assert {line["request"] for line in service.lines if line.get("path") == "/healthz"} == {given, odd, large}


def test_no_line_holds_a_secret(service: Service) -> None:
    office = service.office
    service.update()
    kitchen = office.link("Smith:Kitchen", project="Smith kitchen", price="240000.00")
    service.update()
    service.faults.opening = [("0x80040414", "a dialog about Smith")] * 9
    office.sync_now()
    service.update()
    service.faults.opening, service.faults.garbled = [], {1, 2, 3}
    office.sync_now()
    service.update()
    with office.database.begin() as c:
        users.add(c, EMAIL, "Dana Smith", passwords.hashed("s3cret-of-dana"), True, office.clock())
        shares.add(c, office.company.id, kitchen.id, token_hash(LINK), by="Dana Smith", now=office.clock())
    assert service.ask(f"/shared/{LINK}")[0] == 200
    service.ask("/login", {"email": EMAIL, "password": "s3cret-of-dana"})

    with office.database.begin() as c:  # such a page breaks, and the error's own text names what it broke on
        companies.configure(c, office.company.id, timezone="Smith/Secret")
    status, number, text = service.ask(f"/shared/{LINK}")
    assert (status, number in text) == (500, True)
    (told,) = [line for line in service.lines if line["logger"] == "qbwc_bridge.web"]
    assert told["request"] == number
    assert "ZoneInfoNotFoundError" in told["message"]

    with office.database.begin() as c:
        companies.configure(c, office.company.id, timezone="UTC")
    names = {one.name for one in office.books.customers.values()}
    amounts = {str(line.amount) for line in office.summary(kitchen).lines} | {"240000"}
    assert len(amounts) > 2
    secrets = {PASSWORD, LINK, EMAIL, "s3cret-of-dana", "Dana", "Acme", "Secret", *amounts, *names, *service.tickets}
    log = service.written.getvalue()
    assert {one for one in secrets if one in log} == set()
    assert len(service.ended()) == 4
