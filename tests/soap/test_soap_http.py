"""The address itself: what it says to people, to the certificate check, and to bodies that are too large."""

import io
import socket

import pytest

from qbwc_bridge.soap import soap_application

LIMIT = 60_000_000  # conftest's
XML = "text/xml; charset=utf-8"
CALL = (
    b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
    b'<getLastError xmlns="http://developer.intuit.com/"/></s:Body></s:Envelope>'
)


@pytest.mark.parametrize("path", ["/qbwc", "/qbwc?", "/qbwc?x=wsdl", "/qbwc/"])
def test_get_and_head_answer_a_sentence(door, path):
    got, head = door.request("GET", path), door.request("HEAD", path)
    assert (got.status, got.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert got.body.startswith(b"This is the address of the QuickBooks Web Connector service")
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", str(len(got.body)))


@pytest.mark.parametrize("path", ["/qbwc?wsdl", "/qbwc?WSDL", "/qbwc?Wsdl=1", "/qbwc/?wsdl"])
def test_get_and_head_of_the_wsdl(door, path):
    got, head = door.request("GET", path), door.request("HEAD", path)
    assert (got.status, got.headers["content-type"]) == (200, XML)
    assert got.body.startswith(b"<?xml")
    assert (head.status, head.body, head.headers["content-type"]) == (200, b"", XML)
    assert head.headers["content-length"] == str(len(got.body))


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"])
def test_other_methods(door, method):
    reply = door.request(method)
    assert (reply.status, reply.headers["content-type"], reply.headers["allow"]) == (405, XML, "GET, HEAD, POST")
    assert reply.fault.startswith("This address answers")


def test_nothing_is_compressed_or_redirected(door):
    for reply in (door.request("GET", "/qbwc?wsdl", Accept_Encoding="gzip"), door.post(CALL, Accept_Encoding="gzip")):
        assert reply.status == 200
        assert "content-encoding" not in reply.headers


def test_a_chunked_body(door):
    assert door.post(io.BytesIO(CALL), Transfer_Encoding="chunked").status == 200
    assert door.conversation.calls == [("get_last_error", "")]


def test_too_large_by_its_content_length_is_refused_before_it_is_sent(door):
    with socket.create_connection(("127.0.0.1", door.port), timeout=10) as connection:
        connection.sendall(b"POST /qbwc HTTP/1.1\r\nHost: a\r\nConnection: close\r\n")
        connection.sendall(f"Content-Length: {LIMIT + 1}\r\nContent-Type: {XML}\r\n\r\n".encode())
        connection.shutdown(socket.SHUT_WR)
        answer = connection.makefile("rb").read()
    assert answer.startswith(b"HTTP/1.1 500 ")
    assert b"larger than this service accepts" in answer
    assert b"Connection: close" in answer
    assert b"text/xml" in answer


# Straight into the application: what a server would not let through -------------------------------------------------


class Source(io.BytesIO):
    """A body that knows how much of it was asked for."""

    taken = 0

    def read(self, size=-1):
        assert size > 0
        block = super().read(size)
        self.taken += len(block)
        return block


def posted(source, conversation, **environ):
    said = {}

    def start_response(status, headers, exc_info=None):
        said.update(status=status, headers=dict(headers))

    application = soap_application(conversation, "http://localhost", 1_000)
    given = {"REQUEST_METHOD": "POST", "wsgi.input": source, "CONTENT_TYPE": XML, **environ}
    return said | {"body": b"".join(application(given, start_response)).decode()}


def test_too_large_by_its_content_length_is_not_read(door):
    source = Source(CALL)
    said = posted(source, door.conversation, CONTENT_LENGTH="1001")
    assert "larger than this service accepts" in said["body"]
    assert said["headers"]["Connection"] == "close"
    assert source.taken == 0


def test_an_endless_body_is_read_no_further_than_the_limit(door):
    source = Source(b"x" * 1_000_000)
    said = posted(source, door.conversation, **{"wsgi.input_terminated": True})
    assert "larger than this service accepts" in said["body"]
    assert said["headers"]["Connection"] == "close"
    assert source.taken == 1_001


@pytest.mark.parametrize(
    ("length", "sentence"),
    [
        ("-1", "not a number"),
        ("1e3", "not a number"),
        ("٣", "not a number"),
        ("9" * 5_000, "larger than"),
        ("500", "ended before"),
        ("0", "has no body"),
        ("", "has no body"),
    ],
)
def test_lengths(door, length, sentence):
    said = posted(Source(CALL), door.conversation, CONTENT_LENGTH=length)
    assert sentence in said["body"]
    assert said["headers"]["Content-Type"] == XML


@pytest.mark.parametrize(
    "error", [OSError("timed out"), ConnectionResetError(), ValueError("bad chunk"), KeyError("x")]
)
def test_a_connection_that_breaks(door, caplog, error):
    class Broken:
        def read(self, size):
            raise error

    said = posted(Broken(), door.conversation, CONTENT_LENGTH="100")
    assert said["status"].startswith("500 ")
    assert "Internal Error" in said["body"]
    assert type(error).__name__ in caplog.text


def test_an_environment_with_hardly_anything_in_it(door):
    assert posted(Source(CALL), door.conversation, CONTENT_LENGTH=str(len(CALL)))["status"] == "200 OK"
    assert door.conversation.calls == [("get_last_error", "")]
