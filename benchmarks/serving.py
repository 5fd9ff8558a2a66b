"""A server in a process of its own, so that its CPU time and memory can be told from the client's.

In: a function that makes a WSGI application. Out: its address, and the CPU seconds and peak memory it took.
"""

import multiprocessing
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from qbwc_bridge.config import Config, Server
from qbwc_bridge.server import Service
from qbwc_bridge.server.running import look_for_garbage_less_often, share_one_heap

READY = "ready"


class Served:
    """A running server, and a keep-alive connection to it."""

    def __init__(self, port: int, pipe: Connection) -> None:
        self._pipe = pipe
        self.port = port
        self._http = HTTPConnection("127.0.0.1", port, timeout=60)
        self._http.connect()
        self._http.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def another(self) -> "Served":
        """The same server through a connection of its own, for another thread."""
        return Served(self.port, self._pipe)

    def ask(self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> bytes:
        """One request; raises when the answer is not 200."""
        content, _, status = self._asked(method, path, body, headers)
        if status != 200:
            raise RuntimeError(f"{method} {path}: {status} {content[:300]!r}")
        return content

    def whole(
        self, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None
    ) -> tuple[bytes, str]:
        """The answer, whatever its status, and its cookie."""
        content, cookie, _ = self._asked(method, path, body, headers)
        return content, cookie

    def _asked(self, method: str, path: str, body: bytes, headers: dict[str, str] | None) -> tuple[bytes, str, int]:
        self._http.request(method, path, body or None, headers or {})
        answer = self._http.getresponse()
        return answer.read(), answer.headers.get("Set-Cookie", ""), answer.status

    def cpu(self) -> float:
        """CPU seconds the server has used so far."""
        self._pipe.send("cpu")
        return float(self._pipe.recv())

    def peak(self) -> int:
        """The most memory it ever held, in bytes."""
        self._pipe.send("peak")
        return int(self._pipe.recv())


@contextmanager
def serving(make: Callable[..., Any], *arguments: Any) -> Iterator[Served]:
    """Serve ``make(*arguments)`` by the product's own server."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs, make, arguments), daemon=True)
    process.start()
    try:
        if not ours.poll(60):
            raise RuntimeError("The server does not start.")
        yield Served(ours.recv(), ours)
    finally:
        ours.send("stop")
        process.join(30)


def _serve(pipe: Connection, make: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    service = Service(Config(server=Server(port=0)), make(*arguments), lambda: None)
    share_one_heap()
    look_for_garbage_less_often()
    service.start()
    pipe.send(service.address[1])
    while (question := pipe.recv()) != "stop":
        pipe.send(time.process_time() if question == "cpu" else _peak())
    service.stop()


def _peak() -> int:
    """Not getrusage: what that tells of a new process includes the one it was started from."""
    found = re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) * 1024 if found else 0
