"""The server itself: cheroot with what it lacks for a service on the open internet.

In: a WSGI application, perhaps a socket that listens already. Out: a :class:`Service` that serves, hands over to another
one, and stops cleanly, letting running requests end. It never knows what is served.
"""

import logging
import socket
import ssl
import sys
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

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
PIECE_BYTES = 65_536
UNREAD_BYTES = 512_000_000  # so much of a refused body is read and thrown away, so that the client sees the answer
BACKLOG = 128
STOP_SECONDS = 20
LEAVE_SECONDS = 1.0  # so long nothing has to be asked before those who stay silent are cut off
log = logging.getLogger("qbwc_bridge.server")


class _Gateway(wsgi.Gateway_10):
    def __init__(self, req: HTTPRequest) -> None:
        if req.chunked_read:
            req.rfile = body_of(req)
        for name in [name for name in req.inheaders if b"_" in name]:
            del req.inheaders[name]  # WSGI takes X_Forwarded_For for X-Forwarded-For, and not every proxy stops it
        super().__init__(req)

    def start_response(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        """cheroot reads what is left of a body into memory in one piece; here it is thrown away in small ones."""
        unread, budget = self.req.rfile, UNREAD_BYTES
        try:
            while budget > 0 and (block := unread.read(PIECE_BYTES)):
                budget -= len(block)
        except (OSError, ValueError):  # it broke off, or is no chunked body at all
            budget = 0
        close = ("connection", "close") in ((name.lower(), value) for name, value in headers)
        if budget <= 0 or close or self.req.server.leaving:
            self.req.close_connection = True
        return super().start_response(status, headers, exc_info)

    def write(self, chunk: bytes) -> None:
        """In small pieces: of a large one cheroot copies what is left each time the network takes a bit of it."""
        for start in range(0, len(chunk), PIECE_BYTES):
            super().write(chunk[start : start + PIECE_BYTES])


class _Server(wsgi.Server):
    ConnectionClass = Connection
    patience = PATIENCE
    leaving = False
    listener: socket.socket
    _connections: Any

    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:
        """cheroot's own complaints, but not the text of an error; a client that hangs up, or speaks no TLS, is none of ours."""
        error = sys.exc_info()[1]
        if isinstance(error, ssl.SSLError | ConnectionError):
            level, traceback = logging.DEBUG, False
        log.log(level, "%s", described(error) if traceback and error else msg)

    def bind(self, *_: Any) -> None:
        """Where it listens is decided already; cheroot closes its socket in the end, so it gets one of its own."""
        self.socket = self.listener.dup()
        self.bind_addr = self.listener.getsockname()[:2]

    def prepare(self) -> None:
        super().prepare()
        self.socket.settimeout(0)  # when another process was quicker to accept somebody, do not wait for the next one

    def leave(self) -> None:
        """Accept nobody any more, and close each connection with the next answer on it."""
        self.leaving = True
        self._connections._selector.unregister(self.socket.fileno())


class _Tls(BuiltinSSLAdapter):
    """TLS 1.2 and newer. The handshake happens in the thread that serves the client, never in the one that accepts. A renewed
    certificate is shown from the next connection on; what cannot be used yet, half of a new pair, waits."""

    def __init__(self, certificate: Path, private_key: Path) -> None:
        super().__init__(str(certificate), str(private_key))
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._files = certificate, private_key
        self._seen = _changed(self._files)

    def _renew(self) -> None:
        now = _changed(self._files)
        if now == self._seen:
            return
        self._seen = now
        try:
            self.context = _Tls(*self._files).context
            log.info("The certificate was renewed.")
        except (OSError, ValueError) as reason:
            log.warning("The renewed certificate cannot be used yet, the former one is still shown: %s.", reason)

    def wrap(self, sock: socket.socket) -> tuple[ssl.SSLSocket, dict[str, str]]:
        self._renew()
        secure = self.context.wrap_socket(sock, do_handshake_on_connect=False, server_side=True)
        return secure, {"wsgi.url_scheme": "https", "HTTPS": "on"}


def _changed(files: Iterable[Path]) -> list[float]:
    """When each file was changed last; 0 while it is away."""
    return [file.stat().st_mtime if file.exists() else 0 for file in files]


class Beside(Protocol):
    """Something that runs beside the server for as long as it serves."""

    def start(self) -> None:
        """Begin; returns at once."""

    def stop(self) -> None:
        """End, in a bounded time."""


class Service:
    """One process that serves. ``start`` returns once it listens; ``stop`` lets running requests end.

    ``listener`` is a socket that listens already; it stays its owner's. ``patience`` is no option: only tests have less of it.
    """

    def __init__(
        self,
        config: Config,
        app: "WSGIApplication",
        close: Callable[[], None],
        listener: socket.socket | None = None,
        patience: Patience = PATIENCE,
        beside: Beside | None = None,
    ) -> None:
        self.config = config
        self.beside = beside
        self._app = Logged(app, config.server.trusted_proxies)
        self._close = close
        self._listener = listener
        self._server = _cheroot(config, self._app)
        self._server.patience = patience
        self._thread = threading.Thread(target=self._server.serve, name="serve", daemon=True)

    def start(self) -> None:
        """Listen and serve in the background. Raises BridgeError when the address cannot be used."""
        listener = self._listener or listen(self.config)
        self._server.listener = listener
        try:
            self._server.prepare()
        finally:
            if not self._listener:
                listener.close()
        self._thread.start()
        if self.beside:
            self.beside.start()

    @property
    def address(self) -> tuple[str, int]:
        """Where it really listens."""
        host, port = self._server.bind_addr[:2]
        return host, port

    def leave(self) -> None:
        """Another one listens on the same socket: accept nobody any more, and answer those who are here already."""
        self._server.leave()
        quiet_since = time.monotonic()
        end = quiet_since + STOP_SECONDS
        while time.monotonic() < min(end, quiet_since + LEAVE_SECONDS):
            time.sleep(0.05)
            if self._app.running:
                quiet_since = time.monotonic()

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


def listen(config: Config) -> socket.socket:
    """A socket on the configured address. Raises BridgeError when that cannot be used."""
    host, port = config.server.host, config.server.port
    try:
        return _first_bound(host, port)
    except OSError as reason:
        why = (reason.strerror or str(reason)).partition(" (while ")[0]
        raise BridgeError(
            f"The service cannot listen on {host} port {port}: {why}.",
            "Is it running already? Otherwise choose another [server] host or port.",
        ) from reason


def _first_bound(host: str, port: int) -> socket.socket:
    """A name may stand for several addresses."""
    refused: OSError | None = None
    for family, _, _, _, address in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE):
        every = family == socket.AF_INET6 and address[0] == "::" and socket.has_dualstack_ipv6()
        try:
            bound = socket.create_server(address[:2], family=family, backlog=BACKLOG, dualstack_ipv6=every)
        except OSError as reason:
            refused = reason
        else:
            bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return bound
    raise refused or OSError("the name has no address")


def _cheroot(config: Config, app: "WSGIApplication") -> Any:
    server = _Server(
        (config.server.host, config.server.port),
        app,
        numthreads=THREADS,
        server_name="qbwc-bridge",
        request_queue_size=BACKLOG,
        timeout=SILENT_CLIENT_SECONDS,
        shutdown_timeout=1,
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
