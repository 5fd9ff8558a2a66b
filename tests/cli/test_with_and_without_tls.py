"""What HTTP asks of a server, the same with TLS and without: one connection for many calls, leave to send a body, limits."""

import http.client
import socket
import ssl
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import pytest

from qbwc_bridge import server
from qbwc_bridge.config import Config, Server
from qbwc_bridge.server.listening import HEADER_BYTES
from qbwc_bridge.soap import soap_application

LIMIT = 1_000_000
CALLS = 3


def answering(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Reads a body at /read alone."""
    said = b"unread"
    if environ["PATH_INFO"] == "/read":
        said = str(len(environ["wsgi.input"].read())).encode()
    start_response("200 OK", [("Content-Length", str(len(said)))])
    return [said]


@pytest.fixture(params=["plain", "tls"])
def client(request: pytest.FixtureRequest) -> Iterator[http.client.HTTPConnection]:
    """One connection to a server with two doors."""
    tls = request.param == "tls"
    options = request.getfixturevalue("certificate") if tls else {}
    soap = soap_application(object(), "http://localhost", LIMIT)  # type: ignore[arg-type]
    service = server.Service(Config(server=Server(port=0, **options)), server.doors(soap, answering), lambda: None)
    service.start()
    insecure = ssl._create_unverified_context()
    connection = (
        http.client.HTTPSConnection(*service.address, timeout=30, context=insecure)
        if tls
        else http.client.HTTPConnection(*service.address, timeout=30)
    )
    yield connection
    connection.close()
    service.stop()


def connected(client: http.client.HTTPConnection) -> socket.socket:
    client.connect()
    assert isinstance(client.sock, socket.socket)
    return client.sock


def test_a_net_client_gets_leave_for_each_body_on_one_connection(client: http.client.HTTPConnection) -> None:
    """Headers first, then a wait, then the body, in segments; as .NET's SoapHttpClientProtocol does it."""
    wire = connected(client)
    answers = wire.makefile("rb")
    head = b"POST /read HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\nExpect: 100-continue\r\n\r\n"
    for _ in range(CALLS):
        wire.sendall(head)
        assert answers.readline() == b"HTTP/1.1 100 Continue\r\n"
        assert answers.readline() == b"\r\n"
        wire.sendall(b"abc")
        wire.sendall(b"def")
        assert answers.readline() == b"HTTP/1.1 200 OK\r\n"
        while answers.readline() != b"\r\n":
            pass
        assert answers.read(1) == b"6"
    answers.close()


def test_one_connection_serves_many_calls(client: http.client.HTTPConnection) -> None:
    wire = connected(client)
    for number in range(CALLS):
        client.request("POST", "/read", b"x" * number)
        assert client.getresponse().read() == str(number).encode()
        assert client.sock is wire


def test_a_large_unread_body_is_not_kept_in_memory_and_the_client_sees_the_answer(
    client: http.client.HTTPConnection,
) -> None:
    client.request("POST", "/", body=b"x" * 5_000_000)
    assert client.getresponse().read() == b"unread"
    client.request("GET", "/again")
    assert client.getresponse().status == 200


def test_a_large_unread_body_in_chunks_still_gets_its_answer(client: http.client.HTTPConnection) -> None:
    chunks = (b"x" * 1_000_000 for _ in range(60))
    client.request("POST", "/", chunks, {"Transfer-Encoding": "chunked"}, encode_chunked=True)
    assert client.getresponse().read() == b"unread"


def test_a_body_above_the_limit_gets_its_fault(client: http.client.HTTPConnection) -> None:
    client.request("POST", "/qbwc", b"x" * (LIMIT + 1), {"Content-Type": "text/xml"})
    answer = client.getresponse()
    assert answer.status == 500
    assert b"larger than this service accepts" in answer.read()


def test_a_header_without_end_is_refused(client: http.client.HTTPConnection) -> None:
    client.request("GET", "/", headers={"Long": "x" * (HEADER_BYTES + 1)})
    assert client.getresponse().status == 413
