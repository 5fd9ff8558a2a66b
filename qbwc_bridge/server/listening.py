"""The server itself: cheroot with what it lacks for a service on the open internet.

In: a WSGI application. Out: a :class:`Service` that listens, serves, and stops cleanly, letting running requests end. It
never knows what is served.
"""

import logging
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from cheroot import wsgi
from cheroot.server import HTTPRequest
from cheroot.ssl.builtin import BuiltinSSLAdapter

from qbwc_bridge.config import Config
from qbwc_bridge.config.logs import described
from qbwc_bridge.errors import BridgeError
from qbwc_bridge.server.access_log import Logged
from qbwc_bridge.server.chunked import body_of
from qbwc_bridge.server.pace import PATIENCE, Connection, Patience

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

THREADS = 16  # they share one interpreter lock: more would only wait, and a slow client holds one of them
SILENT_CLIENT_SECONDS = 30  # without a single byte; what a client that drips may take is in pace
HEADER_BYTES = 65_536
UNREAD_BYTES = 512_000_000  # so much of a refused body is read and thrown away, so that the client sees the answer
STOP_SECONDS = 20
log = logging.getLogger("qbwc_bridge.server")


class _Gateway(wsgi.Gateway_10):
    def __init__(self, req: HTTPRequest) -> None:
        if req.chunked_read:
            req.rfile = body_of(req)
        super().__init__(req)

    def start_response(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        """cheroot reads what is left of a body into memory in one piece; here it is thrown away in small ones."""
        unread, budget = self.req.rfile, UNREAD_BYTES
        try:
            while budget > 0 and (block := unread.read(65_536)):
                budget -= len(block)
        except (OSError, ValueError):  # it broke off, or is no chunked body at all
            budget = 0
        if budget <= 0 or ("connection", "close") in ((name.lower(), value) for name, value in headers):
            self.req.close_connection = True
        return super().start_response(status, headers, exc_info)


class _Server(wsgi.Server):
    ConnectionClass = Connection
    patience = PATIENCE

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:
        """cheroot's own complaints, but not the text of an error; a client that hangs up, or speaks no TLS, is none of ours."""
        error = sys.exc_info()[1]
        if isinstance(error, ssl.SSLError | ConnectionError):
            level, traceback = logging.DEBUG, False
        log.log(level, "%s", described(error) if traceback and error else msg)

    @staticmethod
    def bind_socket(socket_: socket.socket, bind_addr: tuple[str, int]) -> socket.socket:
        """cheroot forgets to close a socket that cannot be bound."""
        untyped: Any = wsgi.Server
        try:
            return cast(socket.socket, untyped.bind_socket(socket_, bind_addr))
        except OSError:
            socket_.close()
            raise


class _Tls(BuiltinSSLAdapter):
    """TLS 1.2 and newer. The handshake happens in the thread that serves the client, never in the one that accepts."""

    def __init__(self, certificate: Path, private_key: Path) -> None:
        super().__init__(str(certificate), str(private_key))
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2

    def wrap(self, sock: socket.socket) -> tuple[ssl.SSLSocket, dict[str, str]]:
        secure = self.context.wrap_socket(sock, do_handshake_on_connect=False, server_side=True)
        return secure, {"wsgi.url_scheme": "https", "HTTPS": "on"}


class Beside(Protocol):
    """Something that runs beside the server for as long as it serves."""

    def start(self) -> None:
        """Begin; returns at once."""

    def stop(self) -> None:
        """End, in a bounded time."""


class Service:
    """One process that serves. ``start`` returns once it listens; ``stop`` lets running requests end.

    ``patience`` is no option: only tests have less of it.
    """

    def __init__(
        self,
        config: Config,
        app: "WSGIApplication",
        close: Callable[[], None],
        share_port: bool,
        patience: Patience = PATIENCE,
        beside: Beside | None = None,
    ) -> None:
        self.config = config
        self.beside = beside
        self._app = Logged(app, config.server.trusted_proxies)
        self._close = close
        self._server = _cheroot(config, self._app, share_port)
        self._server.patience = patience
        self._thread = threading.Thread(target=self._server.serve, name="serve", daemon=True)

    def start(self) -> None:
        """Listen and serve in the background. Raises BridgeError when the address cannot be used."""
        server = self.config.server
        try:
            self._server.prepare()
        except OSError as reason:
            why = getattr(reason.__cause__, "strerror", None) or reason
            raise BridgeError(
                f"The service cannot listen on {server.host} port {server.port}: {why}.",
                "Is it running already? Otherwise choose another [server] host or port.",
            ) from reason
        self._thread.start()
        if self.beside:
            self.beside.start()

    @property
    def address(self) -> tuple[str, int]:
        """Where it really listens."""
        host, port = self._server.bind_addr[:2]
        return host, port

    def stop(self) -> None:
        """Let running requests end, but do not wait for connections on which nothing is asked; close the database."""
        if self.beside:
            self.beside.stop()
        end = time.monotonic() + STOP_SECONDS
        while self._app.running and time.monotonic() < end:
            time.sleep(0.05)
        self._server.stop()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)
        self._close()


def _cheroot(config: Config, app: "WSGIApplication", share_port: bool) -> Any:
    server = _Server(
        (config.server.host, config.server.port),
        app,
        numthreads=THREADS,
        server_name="qbwc-bridge",
        request_queue_size=128,
        timeout=SILENT_CLIENT_SECONDS,
        shutdown_timeout=1,
        reuse_port=share_port,
    )
    server.gateway = _Gateway
    server.max_request_header_size = HEADER_BYTES
    if config.server.tls_certificate and config.server.tls_private_key:
        server.ssl_adapter = _tls(config.server.tls_certificate, config.server.tls_private_key)
    return server


def _tls(certificate: Path, private_key: Path) -> _Tls:
    try:
        return _Tls(certificate, private_key)
    except (OSError, ValueError) as reason:  # ssl.SSLError is an OSError
        raise BridgeError(
            f"The certificate {certificate} with the key {private_key} cannot be used: {reason}.",
            "Both must be PEM files this user may read, and belong together.",
        ) from reason
