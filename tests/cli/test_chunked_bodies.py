"""Bodies without a stated length: read as they come, whatever the sizes of their chunks, and refused when they are none."""

import io
import socket
import tracemalloc
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qbwc_bridge import server
from qbwc_bridge.config import Config, Server
from qbwc_bridge.server.chunked import body_of
from qbwc_bridge.soap import soap_application

END = b"0\r\n\r\n"


def reader(wire: bytes | Any) -> Any:
    stream = io.BytesIO(wire) if isinstance(wire, bytes) else wire
    return body_of(SimpleNamespace(conn=SimpleNamespace(rfile=stream)))  # type: ignore[arg-type]


def chunk(content: bytes, extension: bytes = b"") -> bytes:
    return b"%x%b\r\n%b\r\n" % (len(content), extension, content)


@given(st.lists(st.binary(min_size=1, max_size=300), max_size=8), st.integers(1, 400))
def test_the_body_is_what_the_chunks_hold(chunks: list[bytes], size: int) -> None:
    body, blocks = reader(b"".join(map(chunk, chunks)) + END + b"GET / HTTP/1.1"), []
    while block := body.read(size):
        blocks.append(block)
    assert b"".join(blocks) == b"".join(chunks)


def test_what_follows_the_body_is_left_for_the_next_request() -> None:
    wire = io.BytesIO(chunk(b"one", b"; name=value") + b"0\r\nTrailer: x\r\n\r\nGET /")
    assert reader(wire).read() == b"one"
    assert wire.read() == b"GET /"


@pytest.mark.parametrize(
    "wire",
    [
        b"", b"5\r\nab", b"2\r\nabc\r\n0\r\n\r\n", b"-2\r\nab\r\n", b"0x2\r\nab\r\n", b"zz\r\n", b"2 2\r\nab\r\n",
        b"2" * 20 + b"\r\n", b"1" + b" " * 9_000 + b"\r\n", b"0\r\n" + b"T: x\r\n" * 200 + b"\r\n",
    ],
)  # fmt: skip
def test_what_is_no_chunked_body_is_refused(wire: bytes) -> None:
    with pytest.raises(ValueError, match=r"chunk|trailers"):
        reader(wire).read()


def test_a_chunk_as_large_as_the_body_is_never_held_whole() -> None:
    class Endless(io.RawIOBase):
        begun = False

        def readline(self, size: int | None = -1) -> bytes:
            return b"ffffffffff\r\n"

        def read(self, size: int = -1) -> bytes:
            return b"x" * size

    body = reader(Endless())
    tracemalloc.start()
    for _ in range(1_000):
        assert len(body.read(65_536)) == 65_536
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2_000_000


def test_one_chunk_above_the_limit_gets_its_fault_from_the_server() -> None:
    app = soap_application(object(), "http://localhost", 1_000_000)  # type: ignore[arg-type]
    service = server.Service(Config(server=Server(port=0)), app, lambda: None)
    service.start()
    try:
        with socket.create_connection(service.address, 30) as client:
            client.sendall(b"POST /qbwc HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n%x\r\n" % 60_000_000)
            for _ in range(60):
                client.sendall(b"x" * 1_000_000)
            client.sendall(b"\r\n" + END)
            answer = client.makefile("rb").read()
        assert b"500 Internal Server Error" in answer
        assert b"larger than this service accepts" in answer
    finally:
        service.stop()
