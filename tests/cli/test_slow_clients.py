"""Clients that drip are cut off, with or without TLS; slow honest ones are not. One second here is a minute out there."""

import contextlib
import http.client
import logging
import math
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from qbwc_bridge import server
from qbwc_bridge.config import Config, Server
from qbwc_bridge.server.listening import THREADS
from qbwc_bridge.server.pace import PATIENCE, Pace, Patience
from qbwc_bridge.soap import soap_application

SHORT = Patience(Pace("headers", 0.5, math.inf), Pace("request", 1, 1_000), Pace("answer", 0.5, 8_000_000))
EVERY = 0.05
POST = b"POST /qbwc HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\n"
SIZED = POST + b"Content-Length: %d\r\n\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n4000\r\n"
GET = b"GET /qbwc HTTP/1.1\r\nHost: x\r\n\r\n"

Connect = Callable[[], socket.socket]
Serve = Callable[[Any], Connect]


class Conversation:
    """Nobody gets as far as to ask it anything."""


def soap() -> Any:
    return soap_application(Conversation(), "http://localhost", 60_000_000)  # type: ignore[arg-type]


def counting(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answers with the size of the body."""
    said = str(len(environ["wsgi.input"].read())).encode()
    start_response("200 OK", [("Content-Length", str(len(said)))])
    return [said]


def large(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    start_response("200 OK", [("Content-Length", str(40 * 1_000_000))])
    return [b"x" * 1_000_000] * 40


@pytest.fixture(params=["plain", "tls"])
def serve(request: pytest.FixtureRequest, caplog: pytest.LogCaptureFixture) -> Iterator[Serve]:
    """Serves an application, with little patience, and says how to connect to it."""
    caplog.set_level(logging.INFO, "qbwc_bridge")
    tls = request.param == "tls"
    options = request.getfixturevalue("certificate") if tls else {}
    with contextlib.ExitStack() as ends:

        def start(app: Any) -> Connect:
            service = server.Service(Config(server=Server(port=0, **options)), app, lambda: None, patience=SHORT)
            service.start()
            ends.callback(service.stop)
            return lambda: ends.enter_context(connected(service, tls))

        yield start


def connected(service: server.Service, tls: bool) -> socket.socket:
    plain = socket.create_connection(service.address, 10)
    return ssl._create_unverified_context().wrap_socket(plain) if tls else plain


def dripped(client: socket.socket, begin: bytes) -> tuple[bytes, float]:
    """What the client is told in the end, and after how many seconds; it sends a byte now and then, for 4 s at most."""
    client.sendall(begin)
    client.settimeout(EVERY)
    began = time.monotonic()
    while time.monotonic() - began < 4:
        with contextlib.suppress(ConnectionError, ssl.SSLError):
            client.sendall(b"x")
        try:
            return told(client, client.recv(65_536)), time.monotonic() - began
        except TimeoutError:
            continue
    pytest.fail("it is still served")


def told(client: socket.socket, heard: bytes = b"") -> bytes:
    """All that comes until the connection ends, after what was heard already."""
    client.settimeout(10)
    with contextlib.suppress(ConnectionError, ssl.SSLError):
        while block := client.recv(65_536):
            heard += block
    return heard


def answer_to(client: socket.socket, request: bytes) -> tuple[int, bytes]:
    """Status and body; the connection stays open."""
    client.sendall(request)
    answer = http.client.HTTPResponse(client)
    answer.begin()
    return answer.status, answer.read()


def cuts(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What the server said of clients that were cut off; and nobody said anything worse than a warning."""
    assert all(record.levelno <= logging.WARNING and not record.exc_info for record in caplog.records), caplog.text
    return [record.getMessage() for record in caplog.records if record.name == "qbwc_bridge.server"]


@pytest.mark.parametrize("begin", [SIZED % 40_000_000, CHUNKED], ids=["sized", "chunked"])
def test_a_body_that_drips(serve: Serve, caplog: pytest.LogCaptureFixture, begin: bytes) -> None:
    answer, took = dripped(serve(soap())(), begin)
    assert took > 0.9
    assert answer.startswith(b"HTTP/1.1 500")
    assert b"too slowly" in answer
    assert b"Connection: close" in answer
    assert cuts(caplog) == ["Cut off a client that was too slow with its request."]
    assert "Traceback" not in caplog.text


def test_a_quick_beginning_pays_for_no_slow_end(serve: Serve) -> None:
    answer, _ = dripped(serve(soap())(), SIZED % 40_000_000 + b"x" * 5_000_000)
    assert b"too slowly" in answer


def test_a_refused_body_that_drips(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    answer, _ = dripped(serve(soap())(), SIZED % 90_000_000)
    assert b"larger than this service accepts" in answer
    assert len(cuts(caplog)) == 1


def test_an_application_that_leaves_it_to_the_server(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    answer, _ = dripped(serve(counting)(), SIZED % 40_000_000)
    assert answer.startswith(b"HTTP/1.1 408")
    assert len(cuts(caplog)) == 1


@pytest.mark.parametrize("begin", [b"", b"GET / HTTP/1.1\r\nHost: x\r\nCookie: "], ids=["first line", "header"])
def test_headers_that_drip(serve: Serve, caplog: pytest.LogCaptureFixture, begin: bytes) -> None:
    answer, took = dripped(serve(counting)(), begin)
    assert took > 0.4
    assert answer.startswith(b"HTTP/1.1 408")
    assert cuts(caplog) == ["Cut off a client that was too slow with its headers."]


def test_a_slow_but_steady_body_is_answered(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    client = serve(counting)()
    client.sendall(SIZED % 26_000)
    for _ in range(25):
        time.sleep(0.1)
        client.sendall(b"x" * 1_000)
    assert answer_to(client, b"x" * 1_000) == (200, b"26000")
    assert cuts(caplog) == []


def test_an_idle_connection_between_requests_is_not_slow(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    client = serve(soap())()
    for _ in range(3):
        assert answer_to(client, GET)[0] == 200
        time.sleep(0.8)
    assert cuts(caplog) == []


def test_an_application_that_thinks_long_is_not_the_clients_fault(serve: Serve) -> None:
    def thinks(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        environ["wsgi.input"].read(10)
        time.sleep(1.5)
        return counting(environ, start_response)

    client = serve(thinks)()
    client.sendall(SIZED % 100 + b"x" * 50)
    time.sleep(1.6)
    assert answer_to(client, b"x" * 50) == (200, b"90")


def test_an_answer_that_is_read_too_slowly(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    client = serve(large)()
    client.sendall(GET)
    end = time.monotonic() + 4
    while not cuts(caplog) and time.monotonic() < end:
        client.recv(20_000)
        time.sleep(0.01)
    assert cuts(caplog) == ["Cut off a client that was too slow with its answer."]
    assert len(told(client)) < 40_000_000


def test_every_thread_held_is_free_again(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    connect = serve(soap())
    begins = [SIZED % 40_000_000, b"GET / HTTP/1.1\r\nCookie: "] * (THREADS // 2)
    held = [threading.Thread(target=dripped, args=(connect(), begin)) for begin in begins]
    for thread in held:
        thread.start()
    time.sleep(0.2)
    assert answer_to(connect(), GET)[0] == 200
    for thread in held:
        thread.join(5)
    assert len(cuts(caplog)) == THREADS


def test_the_patience_of_the_product_cuts_no_slow_line() -> None:
    line = 50_000  # bytes a second: a DSL line's upstream, with other people on it
    assert PATIENCE.body.size / PATIENCE.body.seconds * 10 < line
    assert PATIENCE.answer.size / PATIENCE.answer.seconds * 10 < line
