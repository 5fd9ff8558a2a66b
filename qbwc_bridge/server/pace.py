"""The least pace of a client: whoever sends or reads too slowly is cut off, so that nobody holds a thread for ever.

In: cheroot's connections and a :class:`Patience`. Out: the same connections, on which a read or a write ends with
TimeoutError once the client's time is used up. It never knows what is transferred.

cheroot's own timeout begins anew with every byte. Here the time spent waiting for the client is added up, whenever the
socket returns something or that timeout ends the waiting. So the clock stands still while a connection is idle between
two requests, and while this machine is the slow one; and it needs no thread.
"""

import logging
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cheroot.server import HTTPConnection, HTTPRequest

if TYPE_CHECKING:
    import socket

    from _typeshed import ReadableBuffer, WriteableBuffer

log = logging.getLogger("qbwc_bridge.server")


@dataclass(frozen=True)
class Pace:
    """At least ``size`` bytes in every ``seconds`` of waiting; so the first ``seconds`` are a grace.

    Not an average over the whole: there a quick beginning would pay for hours of silence at the end.
    """

    what: str
    seconds: float
    size: float


@dataclass(frozen=True)
class Patience:
    """How slow a client may be with each part of a request."""

    headers: Pace
    body: Pace
    answer: Pace


PATIENCE = Patience(
    headers=Pace("headers", 30, math.inf),  # no size is enough: they end within this time; usually they are one packet
    body=Pace(
        "request", 60, 240_000
    ),  # 4 kB/s, a telephone line; the upstream of a slow DSL line has twelve times that
    answer=Pace("answer", 60, 240_000),
)


class _Meter:
    """The waiting and the bytes of one direction, since they were last enough."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._waited = 0.0
        self._size = 0

    def measured(self, transfer: Callable[[], int]) -> int:
        """What ``transfer`` returns: a number of bytes. Raises TimeoutError when that was too slow."""
        began = time.monotonic()
        size = transfer()
        self._waited += time.monotonic() - began
        self._size += size
        if self._waited > self._pace.seconds:
            self._judge()
        return size

    def _judge(self) -> None:
        if self._size < self._pace.size:
            log.info("Cut off a client that was too slow with its %s.", self._pace.what)
            raise TimeoutError("timed out")  # in these words cheroot knows it: 408 if it can still be said, and no log
        self._waited, self._size = 0.0, 0


class _Measured:
    """A connection's socket, as cheroot's files use it. With TLS, the handshake is part of the first read."""

    def __init__(self, real: "socket.socket", patience: Patience) -> None:
        self._real = real
        self._patience = patience
        self._reading = _Meter(patience.headers)
        self._writing = _Meter(patience.answer)

    def headers_begin(self) -> None:
        self._reading = _Meter(self._patience.headers)

    def body_begins(self) -> None:
        """And the answer, which may begin before the body has ended."""
        self._reading = _Meter(self._patience.body)
        self._writing = _Meter(self._patience.answer)

    def recv_into(self, buffer: "WriteableBuffer") -> int:
        return self._reading.measured(lambda: self._real.recv_into(buffer))

    def send(self, block: "ReadableBuffer") -> int:
        return self._writing.measured(lambda: self._real.send(block))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


class _Request(HTTPRequest):
    def parse_request(self) -> None:
        self.conn.measured.headers_begin()
        super().parse_request()

    def respond(self) -> None:
        self.conn.measured.body_begins()
        super().respond()


class Connection(HTTPConnection):
    """A connection of a server that has a ``patience``."""

    RequestHandlerClass = _Request

    def __init__(self, server: Any, sock: "socket.socket", makefile: Callable[..., Any]) -> None:
        self.measured = _Measured(sock, server.patience)
        super().__init__(server, sock, lambda _sock, mode, size: makefile(self.measured, mode, size))
