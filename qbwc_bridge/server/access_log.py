"""One line a request: method, path, status, milliseconds, bytes; and an id for it, which the answer carries too.

In: requests and answers on their way through. Out: lines of the log with neither addresses nor anything secret: no query
strings, and tokens in paths are left out. It never looks into a body.
"""

import logging
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from qbwc_bridge.config.logs import begin_request, end_request

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

SECRET_PATHS = ("shared", "invite")
_PLAIN = re.compile(r"[A-Za-z0-9._-]{1,64}")
access_log = logging.getLogger("qbwc_bridge.access")


class Logged:
    """An application whose every request leaves one line: method, path, status, milliseconds, bytes.

    ``running`` is the number of requests that are being answered at the moment. With ``proxies`` of our own in front, a
    request keeps the id that one of them gave it.
    """

    def __init__(self, app: "WSGIApplication", proxies: int = 0) -> None:
        self.app = app
        self.proxies = proxies
        self.running = 0
        self._lock = threading.Lock()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        number, line = self._number(environ), _Line(environ)
        begin_request(number)
        self._count(1)

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            line.status = int(status[:3])
            headers = [*headers, ("X-Request-Id", number)]
            return start_response(status, headers, exc_info) if exc_info else start_response(status, headers)

        try:
            return _Counted(self.app(environ, start), line, self._ended)
        except BaseException:
            self._ended(line)
            raise

    def _number(self, environ: "WSGIEnvironment") -> str:
        given = str(environ.get("HTTP_X_REQUEST_ID", "")) if self.proxies else ""
        return given if _PLAIN.fullmatch(given) else secrets.token_hex(8)

    def _count(self, more: int) -> None:
        with self._lock:
            self.running += more

    def _ended(self, line: "_Line") -> None:
        line.write()
        end_request()
        self._count(-1)


class _Line:
    """What one line says; written once, when the answer has gone out."""

    def __init__(self, environ: "WSGIEnvironment") -> None:
        self.method = quote(str(environ.get("REQUEST_METHOD", "")), safe="")[:20]
        self.path = shown_path(str(environ.get("PATH_INFO", "")))
        self.began = time.perf_counter()
        self.status = 500
        self.size = 0

    def write(self) -> None:
        took = round((time.perf_counter() - self.began) * 1000)
        data = {"method": self.method, "path": self.path, "status": self.status, "ms": took, "bytes": self.size}
        text = f"{self.method} {self.path} {self.status} {took} ms {self.size} bytes"
        access_log.info("%s", text, extra={"data": data})


class _Counted:
    """The body on its way out."""

    def __init__(self, body: Iterable[bytes], line: _Line, ended: Callable[[_Line], None]) -> None:
        self.body = body
        self.line = line
        self.ended = ended

    def __iter__(self) -> Iterator[bytes]:
        for block in self.body:
            self.line.size += len(block)
            yield block

    def close(self) -> None:
        try:
            getattr(self.body, "close", lambda: None)()
        finally:
            self.ended(self.line)


def shown_path(path: str) -> str:
    """A path for the log: tokens become …, and nothing in it can start a new line."""
    parts = path.split("/")
    if len(parts) > 2 and parts[1] in SECRET_PATHS:
        return f"/{parts[1]}/…"
    return quote(path.encode("latin-1", "replace"), safe="/:@")[:300]
