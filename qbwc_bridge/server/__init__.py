"""The composition root: the database, the Web Connector's service and the site become one WSGI application and its server.

In: a configuration and a clock. Out: a :class:`Service`, ready to start. It decides nothing about payments; it only knows
which door a request goes through.
"""

import socket
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from qbwc_bridge.config import Config
from qbwc_bridge.errors import BridgeError
from qbwc_bridge.server.listening import Service
from qbwc_bridge.server.running import (
    InThisProcess,
    reload_on_hangup,
    run,
    serve_below,
    serving_on,
    stop_on_signals,
    wait,
)
from qbwc_bridge.server.workers import Workers
from qbwc_bridge.store.database import Database

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

    from qbwc_bridge.server.caretaker import Caretaker

__all__ = [
    "InThisProcess",
    "Service",
    "Workers",
    "application",
    "build",
    "reload_on_hangup",
    "run",
    "serve_below",
    "serving_on",
    "stop_on_signals",
    "wait",
]

MEGABYTE = 1_048_576
SHORTEST_KEY = 32


def application(config: Config, database: Database, clock: Callable[[], datetime]) -> "WSGIApplication":
    """Both doors behind one callable: ``/qbwc`` is the Web Connector's, everything else is the site."""
    # Here, because they bring Spyne and Flask, which no command but a server needs.
    from qbwc_bridge.connector.conversation import Conversations
    from qbwc_bridge.connector.throttle import throttle
    from qbwc_bridge.soap import soap_application
    from qbwc_bridge.web.app import create_app

    service = Conversations(database, config.sync, clock, throttle(config.server.redis_url, "connector"))
    soap = soap_application(service, config.server.public_url, config.sync.max_response_mb * MEGABYTE)
    return behind_proxies(doors(soap, create_app(database, config, clock)), config.server.trusted_proxies)


def doors(soap: "WSGIApplication", site: "WSGIApplication") -> "WSGIApplication":
    """Which of the two gets a request."""

    def choose(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        return (soap if path == "/qbwc" or path.startswith("/qbwc/") else site)(environ, start_response)

    return choose


def behind_proxies(app: "WSGIApplication", count: int) -> "WSGIApplication":
    """The caller's address as the outermost of ``count`` proxies of our own saw it. It is all we take from them: how people
    reach us is ``public_url``, whatever host and scheme a request names."""
    if not count:
        return app

    def told(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        hops = [hop.strip() for hop in environ.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        if len(hops) >= count and hops[-count]:
            environ["REMOTE_ADDR"] = hops[-count]
        return app(environ, start_response)

    return told


def build(config: Config, clock: Callable[[], datetime], listener: socket.socket | None = None) -> Service:
    """The service, ready to start. ``clock`` gives aware instants. Raises BridgeError when ``init`` was never run."""
    _needs_key(config.web.secret_key_file)
    database = Database(config.database.url)
    try:
        database.must_be_current()
        caretaker = _caretaker(config, database, clock)
        app = application(config, database, clock)
        return Service(config, app, database.close, listener, beside=caretaker)
    except BaseException:
        database.close()
        raise


def _caretaker(config: Config, database: Database, clock: Callable[[], datetime]) -> "Caretaker":
    from qbwc_bridge.server.caretaker import Caretaker  # here for the same reason

    return Caretaker(database, config, clock)


def _needs_key(file: Path) -> None:
    """The site would make a missing key by itself; but a wrong path must not sign everybody out unnoticed."""
    if not file.is_file():
        raise BridgeError(f"There is no secret key in {file}.", "Run qbwc-bridge init.")
    if len(file.read_bytes().strip()) < SHORTEST_KEY:
        raise BridgeError(f"{file} holds no usable key.", "Delete it and run qbwc-bridge init.")
