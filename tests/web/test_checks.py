"""Check the address now: it asks only the installation's own address, ends in time, and is remembered."""

import re
import socket
import threading
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from http.cookiejar import CookieJar

import pytest
from cheroot.wsgi import Server as HttpServer
from listeners import free_port
from web.cast import EMAILS, PASSWORD, Cast, Visitor

from qbwc_bridge import server
from qbwc_bridge.config import Config, Server
from qbwc_bridge.selfchecks import Check
from qbwc_bridge.store import installation
from qbwc_bridge.web import checks
from qbwc_bridge.web.app import create_app
from qbwc_bridge.web.site import Site

HOME, RUN = "/settings/accounting", "/settings/accounting/checks"


@pytest.fixture
def here(config: Config) -> Config:
    """A configuration whose address is a port of this machine."""
    port = free_port()
    return replace(config, server=Server(port=port, public_url=f"http://localhost:{port}"))


@pytest.fixture
def dana(cast: Cast, here: Config) -> Visitor:
    visitor = Visitor(create_app(cast.database, here, cast.clock))
    visitor.sign_in(EMAILS["admin"])
    return visitor


@pytest.fixture
def served(dana: Visitor, cast: Cast, here: Config) -> Iterator[Visitor]:
    """The whole service at that port, doors and all."""
    service = server.Service(here, server.application(here, cast.database, cast.clock), lambda: None)
    service.start()
    yield dana
    service.stop()


def passed_at(cast: Cast, here: Config) -> object:
    with cast.database.read() as c:
        return installation.checks_passed_at(c, here.server.public_url)


def test_all_passed_is_said_and_remembered(served: Visitor, cast: Cast, here: Config) -> None:
    assert "have not passed yet" in served.get(HOME).text
    answer = served.post(RUN)
    assert answer.status_code == 200
    assert "All checks passed." in answer.text
    assert answer.text.count(">Passed</span>") == 9
    assert ">Failed</span>" not in answer.text
    assert passed_at(cast, here) == cast.clock.now
    assert "Its self-checks passed today 3:04 pm." in served.get(HOME).text


def test_a_failure_says_what_to_do_and_takes_the_tick_back(dana: Visitor, cast: Cast, here: Config) -> None:
    with cast.database.begin() as c:
        installation.checked(c, here.server.public_url, cast.clock.now)
    page = dana.post(RUN).text  # nobody serves there
    assert "One of the checks failed." in page
    assert "nobody listens there" in page
    assert "Is qbwc-bridge serve running" in page
    assert passed_at(cast, here) is None


def test_another_address_has_to_pass_anew(cast: Cast, here: Config) -> None:
    with cast.database.begin() as c:
        installation.checked(c, "http://localhost:1", cast.clock.now)
    assert passed_at(cast, here) is None


def test_nobody_can_name_another_address(served: Visitor) -> None:
    heard = []
    with socket.create_server(("127.0.0.1", 0)) as bystander:
        bystander.settimeout(0.2)
        address = f"http://localhost:{bystander.getsockname()[1]}"
        served.post(
            f"{RUN}?url={address}",
            {"url": address, "public_url": address},
            headers={"Host": address[7:], "Origin": address},
        )
        with suppress(TimeoutError):
            heard.append(bystander.accept())
    assert heard == []


def test_where_the_key_lies_is_not_told(served: Visitor, here: Config) -> None:
    assert str(here.web.secret_key_file) not in served.post(RUN).text


@pytest.mark.parametrize("who", ["staff", "client"])
def test_it_is_for_admins(enter: Callable[[str], Visitor], who: str) -> None:
    assert enter(who).post(RUN).status_code == 403


def test_a_server_without_a_free_thread_answers_all_the_same(
    cast: Cast, here: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its only thread serves the one who asks, so that nobody is left to answer the checks: they give up, it does not."""
    monkeypatch.setattr(checks, "SECONDS", 1.0)
    app = create_app(cast.database, here, cast.clock)
    alone = HttpServer(("127.0.0.1", here.server.port), app, numthreads=1)
    alone.prepare()
    thread = threading.Thread(target=alone.serve)
    thread.start()
    try:
        began = time.monotonic()
        page = _pressed(app_address=here.server.public_url)
        took = time.monotonic() - began
    finally:
        alone.stop()
        thread.join()
    assert "stopped after 1 seconds" in page
    assert took < 10


def _pressed(app_address: str) -> str:
    """Over real HTTP, on one connection after the other."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def ask(path: str, **form: str) -> str:
        data = urllib.parse.urlencode(form).encode() if form else None
        with browser.open(urllib.request.Request(app_address + path, data, {"Connection": "close"}), timeout=20) as got:
            return str(got.read().decode())

    def token(page: str) -> str:
        found = re.search(r'name="csrf_token" value="([^"]+)"', page)
        assert found
        return found[1]

    ask("/login", csrf_token=token(ask("/login")), email=EMAILS["admin"], password=PASSWORD)
    return ask(RUN, csrf_token=token(ask(HOME)))


def test_two_rounds_at_once_are_one(dana: Visitor) -> None:
    app = dana.client.application
    site: Site = app.extensions["qbwc_bridge"]
    go = threading.Event()

    def slow() -> Iterator[Check]:
        go.wait(10)
        yield Check(True, "Fine.")

    running = threading.Thread(target=lambda: site.checking.run(slow(), 10))
    running.start()
    try:
        answer = dana.post(RUN)
    finally:
        go.set()
        running.join()
    assert answer.status_code == 409
    assert "running already" in answer.text
