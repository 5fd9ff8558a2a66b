"""The composition root: the database, the Web Connector's service and the site become one WSGI application and its server.

In: a configuration and a clock. Out: a :class:`Service` that listens, serves, and stops cleanly, finishing the requests
that run. It decides nothing about payments; it only knows which door a request goes through. The access log has neither
addresses nor anything secret: no query strings, and tokens in paths are left out.
"""

import logging
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from cheroot import wsgi
from cheroot.ssl.builtin import BuiltinSSLAdapter

from qbwc_bridge.config import Config
from qbwc_bridge.errors import BridgeError

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from qbwc_bridge.store.database import Database

THREADS = 16  # they share one interpreter lock: more would only wait, and a slow client holds one of them
SLOW_CLIENT_SECONDS = 30
HEADER_BYTES = 65_536
UNREAD_BYTES = 16_000_000  # so much of a refused body is read and thrown away, so that the client sees the answer
STOP_SECONDS = 20
START_SECONDS = 30
MEGABYTE = 1_048_576
SECRET_PATHS = ("shared", "invite")

access_log = logging.getLogger("qbwc_bridge.access")
log = logging.getLogger("qbwc_bridge.server")


# One application -------------------------------------------------------------------------------------------------------


def application(config: Config, database: "Database", clock: Callable[[], datetime]) -> "WSGIApplication":
    """Both doors behind one callable: ``/qbwc`` is the Web Connector's, everything else is the site."""
    from qbwc_bridge.connector.conversation import Conversations
    from qbwc_bridge.soap import soap_application
    from qbwc_bridge.web.app import create_app

    service = Conversations(database, config.sync, clock)
    soap = soap_application(service, config.server.public_url, config.sync.max_response_mb * MEGABYTE)
    return doors(behind_proxies(soap, config.server.trusted_proxies), create_app(database, config, clock))


def doors(soap: "WSGIApplication", site: "WSGIApplication") -> "WSGIApplication":
    """Which of the two gets a request."""

    def choose(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        return (soap if path == "/qbwc" or path.startswith("/qbwc/") else site)(environ, start_response)

    return choose


def behind_proxies(app: "WSGIApplication", count: int) -> "WSGIApplication":
    """The caller's address as the outermost of ``count`` proxies of our own saw it. (The site does the same by itself.)"""
    if not count:
        return app

    def told(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        hops = [hop.strip() for hop in environ.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        if len(hops) >= count and hops[-count]:
            environ["REMOTE_ADDR"] = hops[-count]
        return app(environ, start_response)

    return told


# The access log ---------------------------------------------------------------------------------------------------------


class Logged:
    """An application whose every request leaves one line: method, path, status, milliseconds, bytes.

    ``running`` is the number of requests that are being answered at the moment.
    """

    def __init__(self, app: "WSGIApplication") -> None:
        self.app = app
        self.running = 0
        self._lock = threading.Lock()

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        line = _Line(environ)
        self._count(1)

        def start(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            line.status = int(status[:3])
            return start_response(status, headers, exc_info) if exc_info else start_response(status, headers)

        try:
            return _Counted(self.app(environ, start), line, self._ended)
        except BaseException:
            self._ended(line)
            raise

    def _count(self, more: int) -> None:
        with self._lock:
            self.running += more

    def _ended(self, line: "_Line") -> None:
        self._count(-1)
        line.write()


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


# The server -------------------------------------------------------------------------------------------------------------


class _Gateway(wsgi.Gateway_10):
    def start_response(self, status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
        """cheroot reads what is left of a body into memory in one piece; here it is thrown away in small ones."""
        unread, budget = self.req.rfile, UNREAD_BYTES
        while getattr(unread, "remaining", 0) and budget > 0:
            block = unread.read(65_536)
            budget -= len(block) or budget
        if getattr(unread, "remaining", 0):
            self.req.close_connection = True
        return super().start_response(status, headers, exc_info)


class _Server(wsgi.Server):
    def error_log(self, msg: str = "", level: int = logging.INFO, traceback: bool = False) -> None:
        """cheroot's own complaints; a client that hangs up, or speaks no TLS, is none of ours."""
        if isinstance(sys.exc_info()[1], ssl.SSLError | ConnectionError):
            level, traceback = logging.DEBUG, False
        log.log(level, "%s", msg, exc_info=traceback and level >= logging.ERROR)


class _Tls(BuiltinSSLAdapter):
    """TLS 1.2 and newer. The handshake happens in the thread that serves the client, never in the one that accepts."""

    def __init__(self, certificate: Path, private_key: Path) -> None:
        super().__init__(str(certificate), str(private_key))
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2

    def wrap(self, sock: socket.socket) -> tuple[ssl.SSLSocket, dict[str, str]]:
        secure = self.context.wrap_socket(sock, do_handshake_on_connect=False, server_side=True)
        return secure, {"wsgi.url_scheme": "https", "HTTPS": "on"}


class Service:
    """One process that serves. ``start`` returns once it listens; ``stop`` lets running requests end."""

    def __init__(self, config: Config, app: "WSGIApplication", close: Callable[[], None], share_port: bool) -> None:
        self.config = config
        self._app = Logged(app)
        self._close = close
        self._server = _cheroot(config, self._app, share_port)
        self._thread = threading.Thread(target=self._server.serve, name="serve", daemon=True)

    def start(self) -> None:
        """Listen and serve in the background. Raises BridgeError when the address cannot be used."""
        server = self.config.server
        try:
            self._server.prepare()
        except OSError as reason:
            raise BridgeError(
                f"The service cannot listen on {server.host} port {server.port}: {reason}.",
                "Is it running already? Otherwise choose another [server] host or port.",
            ) from reason
        self._thread.start()

    @property
    def address(self) -> tuple[str, int]:
        """Where it really listens."""
        host, port = self._server.bind_addr[:2]
        return host, port

    def stop(self) -> None:
        """Let running requests end, but do not wait for connections on which nothing is asked; close the database."""
        end = time.monotonic() + STOP_SECONDS
        while self._app.running and time.monotonic() < end:
            time.sleep(0.05)
        self._server.stop()
        if self._thread.is_alive():
            self._thread.join(STOP_SECONDS)
        self._close()


def build(config: Config, clock: Callable[[], datetime], *, share_port: bool = False) -> Service:
    """The service, ready to start. ``clock`` gives aware instants. Raises BridgeError when ``init`` was never run."""
    from qbwc_bridge.store.database import Database

    if not config.web.secret_key_file.is_file():
        raise BridgeError(f"There is no secret key in {config.web.secret_key_file}.", "Run qbwc-bridge init.")
    database = Database(config.database.url)
    try:
        if not database.is_current():
            raise BridgeError("The database is not at the newest schema.", "Run qbwc-bridge init; it keeps all data.")
        return Service(config, application(config, database, clock), database.close, share_port)
    except BaseException:
        database.close()
        raise


def _cheroot(config: Config, app: "WSGIApplication", share_port: bool) -> Any:
    server = _Server(
        (config.server.host, config.server.port),
        app,
        numthreads=THREADS,
        server_name="qbwc-bridge",
        request_queue_size=128,
        timeout=SLOW_CLIENT_SECONDS,
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


# Running until somebody says stop -----------------------------------------------------------------------------------------


def stop_on_signals() -> threading.Event:
    """An event that SIGTERM and Ctrl-C set. Call it in the main thread."""
    stop = threading.Event()
    for name in ("SIGTERM", "SIGINT", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), lambda *_: stop.set())
    return stop


def run(service: Service, stop: threading.Event, say: Callable[[str], None]) -> None:
    """Serve until ``stop`` is set."""
    service.start()
    say(serving_on(service.config))
    wait(stop)
    service.stop()


def wait(stop: threading.Event) -> None:
    """Until it is set. In short steps: Windows does not interrupt a long wait with Ctrl-C."""
    while not stop.wait(0.5):
        pass


def serving_on(config: Config) -> str:
    """The one line a start prints."""
    server = config.server
    return f"Serving on {server.public_url} (listening on {server.host} port {server.port})"


def stop_with_parent(stop: threading.Event) -> None:
    """For a worker: when the process that started it is gone, its stdin ends."""

    def watch() -> None:
        sys.stdin.buffer.read()
        stop.set()

    threading.Thread(target=watch, name="parent", daemon=True).start()


def run_workers(config: Config, command: Sequence[str], stop: threading.Event, say: Callable[[str], None]) -> None:
    """Several processes that share the port; ``command`` starts one of them. When one ends by itself, all end."""
    if sys.platform == "win32" or not hasattr(socket, "SO_REUSEPORT"):
        raise BridgeError(
            f"[server] workers = {config.server.workers}: this system cannot share a port between processes.",
            "Use workers = 1, or start several services on different ports behind a proxy.",
        )
    workers = [subprocess.Popen(command, stdin=subprocess.PIPE) for _ in range(config.server.workers)]  # noqa: S603
    try:
        _until_listening(config, workers, stop)
        if not stop.is_set():
            say(f"{serving_on(config)} with {len(workers)} processes")
        while not stop.wait(0.5):
            _all_alive(workers)
    finally:
        _end(workers)


def _until_listening(config: Config, workers: Sequence["subprocess.Popen[bytes]"], stop: threading.Event) -> None:
    end = time.monotonic() + START_SECONDS
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(config.server.host, config.server.host)  # noqa: S104
    while time.monotonic() < end and not stop.wait(0.2):
        _all_alive(workers)
        try:
            socket.create_connection((host, config.server.port), 1).close()
        except OSError:
            continue
        return


def _all_alive(workers: Sequence["subprocess.Popen[bytes]"]) -> None:
    for worker in workers:
        if worker.poll() is not None:
            raise BridgeError(f"A serving process ended by itself (status {worker.returncode}); all are stopped.")


def _end(workers: Sequence["subprocess.Popen[bytes]"]) -> None:
    for worker in workers:
        worker.terminate()
    for worker in workers:
        try:
            worker.wait(STOP_SECONDS + 10)
        except subprocess.TimeoutExpired:
            worker.kill()
