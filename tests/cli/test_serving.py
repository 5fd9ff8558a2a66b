"""The server around the two applications: doors, log lines, TLS, clients that misbehave, and a clean stop."""

import http.client
import logging
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from qbwc_bridge import server
from qbwc_bridge.certificates import self_signed
from qbwc_bridge.config import Config, Server
from qbwc_bridge.errors import BridgeError
from qbwc_bridge.server.access_log import shown_path

Start = Callable[..., Any]
Environ = dict[str, Any]
Serve = Callable[..., server.Service]


def plain(text: str, wait: threading.Event | None = None) -> Any:
    def app(environ: Environ, start_response: Start) -> Iterable[bytes]:
        if wait:
            wait.wait(10)
        body = f"{text} {environ.get('REMOTE_ADDR')}".encode()
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(body)))])
        return [body]

    return app


@pytest.fixture
def serve() -> Iterator[Serve]:
    running = []

    def start(app: Any, **options: Any) -> server.Service:
        service = server.Service(Config(server=Server(port=0, **options)), app, lambda: None)
        service.start()
        running.append(service)
        return service

    yield start
    for service in running:
        service.stop()


def get(service: server.Service, path: str, **headers: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection(*service.address, timeout=10)
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    try:
        return answer.status, answer.read()
    finally:
        connection.close()


@pytest.mark.parametrize(
    ("path", "door"),
    [
        ("/qbwc", "soap"),
        ("/qbwc/", "soap"),
        ("/qbwc?wsdl", "soap"),
        ("/", "site"),
        ("/qbwc2", "site"),
        ("/x/qbwc", "site"),
    ],
)
def test_two_doors(serve: Serve, path: str, door: str) -> None:
    service = serve(server.doors(plain("soap"), plain("site")))
    assert get(service, path)[1].startswith(door.encode())


@pytest.mark.parametrize(("proxies", "seen"), [(0, b"127.0.0.1"), (1, b"9.9.9.9"), (2, b"8.8.8.8"), (3, b"127.0.0.1")])
def test_only_our_own_proxies_are_believed(serve: Serve, proxies: int, seen: bytes) -> None:
    service = serve(server.behind_proxies(plain("x"), proxies))
    forged = {"X-Forwarded-For": "8.8.8.8, 9.9.9.9"}
    assert get(service, "/", **forged)[1].endswith(seen)


def test_a_header_that_only_looks_like_our_proxys_is_dropped(serve: Serve) -> None:
    service = serve(server.behind_proxies(plain("x"), 1))
    for forged, seen in (({"X_Forwarded_For": "9.9.9.9"}, b"127.0.0.1"), ({"X-Forwarded-For": "9.9.9.9"}, b"9.9.9.9")):
        assert get(service, "/", **forged)[1].endswith(seen)


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/projects/7/financials", "/projects/7/financials"),
        ("/shared/s3cret", "/shared/…"),
        ("/invite/s3cret/x", "/invite/…"),
        ("/a\nb\x1b[2J", "/a%0Ab%1B%5B2J"),
        ("/shared", "/shared"),
        ("/" + "x" * 1000, "/" + "x" * 299),
    ],
)
def test_paths_in_the_log_tell_no_secret_and_start_no_line(path: str, shown: str) -> None:
    assert shown_path(path) == shown


def test_each_request_leaves_one_line(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    service = serve(plain("hello"))
    with caplog.at_level(logging.INFO, "qbwc_bridge.access"):
        get(service, "/shared/s3cret?password=hush", Cookie="session=hush")
        _wait_until(lambda: bool(caplog.records))
    (record,) = caplog.records
    data = vars(record)["data"]
    assert (data["method"], data["path"], data["status"], data["bytes"]) == ("GET", "/shared/…", 200, 15)
    assert "s3cret" not in caplog.text
    assert "hush" not in caplog.text


def test_an_application_that_breaks_leaves_a_line_and_no_details(
    serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(environ: Environ, start_response: Start) -> Iterable[bytes]:
        raise ValueError("secret" + " detail")

    with caplog.at_level(logging.INFO, "qbwc_bridge.access"):
        status, body = get(serve(broken), "/x")
        _wait_until(lambda: "/x 500" in caplog.text)
    assert status == 500
    assert b"secret" not in body
    assert "/x 500" in caplog.text
    assert "builtins.ValueError" in caplog.text
    assert "secret detail" not in caplog.text


def test_stop_waits_for_a_running_request_but_not_for_an_idle_connection(serve: Serve) -> None:
    go = threading.Event()
    service = serve(plain("late", go))
    idle = socket.create_connection(service.address)
    answers: list[tuple[int, bytes]] = []
    asking = threading.Thread(target=lambda: answers.append(get(service, "/")))
    asking.start()
    time.sleep(0.3)
    stopping = threading.Thread(target=service.stop)
    stopping.start()
    time.sleep(0.2)
    go.set()
    asking.join(10)
    stopping.join(10)
    idle.close()
    assert not stopping.is_alive()
    assert answers[0][0] == 200


@pytest.mark.parametrize("length", [1, 65_536, 5_000_001])
def test_an_answer_of_any_length_arrives_whole(serve: Serve, length: int) -> None:
    body = bytes(number % 251 for number in range(length))

    def app(environ: Any, start_response: Any) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(length))])
        return [body]

    assert get(serve(app), "/") == (200, body)


def test_a_port_in_use_is_a_sentence(serve: Serve) -> None:
    taken = serve(plain("x")).address[1]
    config = Config(server=Server(port=taken))
    second = server.Service(config, plain("y"), lambda: None)
    with pytest.raises(BridgeError, match="cannot listen"):
        second.start()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_tls_with_somebody_who_connects_and_says_nothing(
    serve: Serve, certificate: dict[str, Path], version: ssl.TLSVersion
) -> None:
    service = serve(plain("secure"), **certificate)
    silent = socket.create_connection(service.address)
    context = ssl._create_unverified_context()
    context.minimum_version = context.maximum_version = version
    connection = http.client.HTTPSConnection(*service.address, context=context, timeout=5)
    connection.request("GET", "/")
    assert connection.getresponse().read().startswith(b"secure")
    connection.close()
    silent.close()


def test_a_renewed_certificate_is_shown_without_a_restart(serve: Serve, tmp_path: Path) -> None:
    """Half of the new pair changes nothing, and harms nobody."""
    files = tmp_path / "cert.pem", tmp_path / "key.pem"
    pairs = [self_signed("localhost", 9, datetime.now(UTC)) for _ in range(2)]
    shown = []

    def renew(file: Path, content: bytes) -> None:
        file.write_bytes(content)
        os.utime(file, (time.time() + len(shown) * 9,) * 2)  # clocks of file systems are coarse

    for at in (0, 1):
        renew(files[at], pairs[0][at])
    service = serve(plain("secure"), tls_certificate=files[0], tls_private_key=files[1])
    for at in (0, 1):
        shown.append(ssl.get_server_certificate(service.address))
        renew(files[at], pairs[1][at])
    shown += [ssl.get_server_certificate(service.address) for _ in (1, 2)]
    assert [one.encode().split() for one in shown] == [pairs[at][0].split() for at in (0, 0, 1, 1)]


def test_a_certificate_that_cannot_be_used_is_a_sentence(serve: Serve, tmp_path: Path) -> None:
    with pytest.raises(BridgeError, match="cannot be used"):
        serve(plain("x"), tls_certificate=tmp_path / "no.pem", tls_private_key=tmp_path / "no.key")


def _wait_until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 5
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
