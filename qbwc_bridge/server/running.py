"""Running until somebody says stop, and serving from a changed configuration without an interruption.

In: signals, and something that serves, be it this process or several below it. Out: one line when it serves, a log line for
each reload, and an end that leaves nothing behind. It never knows what is served.
"""

import contextlib
import ctypes
import gc
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from qbwc_bridge.config import Config
from qbwc_bridge.config.logs import set_up_logging
from qbwc_bridge.errors import BridgeError
from qbwc_bridge.server.listening import Service, listen

KEPT = ("host", "port", "workers")
"""What a reload leaves as it is: the socket stays open all the time."""

M_ARENA_MAX = -8  # of glibc's malloc.h

log = logging.getLogger("qbwc_bridge.server")


def stop_on_signals() -> threading.Event:
    """An event that SIGTERM and Ctrl-C set; a second one ends the process at once. Call it in the main thread."""
    stop = threading.Event()

    def heard(number: int, _frame: object) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)

    for name in ("SIGTERM", "SIGINT", "SIGBREAK"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), heard)
    return stop


def reload_on_hangup(stop: threading.Event) -> threading.Event:
    """An event that SIGHUP sets. To a program in a terminal that signal says that its window was closed: it sets ``stop``."""
    reload = threading.Event()
    heard = stop if _in_a_terminal() else reload
    if hasattr(signal, "SIGHUP"):
        signal.signal(signal.SIGHUP, lambda *_: heard.set())
    return reload


def _in_a_terminal() -> bool:
    with contextlib.suppress(OSError):
        return os.isatty(0)
    return False


def wait(stop: threading.Event) -> None:
    """Until it is set. In short steps: Windows does not interrupt a long wait with Ctrl-C."""
    while not stop.wait(0.5):
        pass


def serving_on(config: Config) -> str:
    """The one line a start prints."""
    server = config.server
    return f"Serving on {server.public_url} (listening on {server.host} port {server.port})"


class Serving(Protocol):
    """This process, or several."""

    def start(self, config: Config) -> str:
        """Begin to serve; returns the line to print. Raises BridgeError."""

    def renew(self, config: Config) -> None:
        """Serve from another configuration, without a moment in which nobody does. Raises BridgeError, and goes on as before."""

    def look_after(self) -> None:
        """Now and then: is all as it should be? Raises BridgeError when it cannot go on."""

    def stop(self) -> None:
        """Let running requests end."""


def run(
    serving: Serving,
    config: Config,
    read: Callable[[], Config],
    stop: threading.Event,
    reload: threading.Event,
    say: Callable[[str], None],
) -> None:
    """Serve until ``stop`` is set; each time ``reload`` is, from what ``read`` returns then."""
    try:
        say(serving.start(config))
        while not stop.wait(0.5):
            serving.look_after()
            if reload.is_set():
                reload.clear()
                config = _reloaded(serving, config, read)
    finally:
        serving.stop()


def _reloaded(serving: Serving, before: Config, read: Callable[[], Config]) -> Config:
    """The configuration that is served from now on."""
    try:
        config = _in_its_place(read(), before)
        serving.renew(config)
    except (BridgeError, OSError) as error:
        log.error("Nothing was reloaded; it is served as before. %s %s", error, getattr(error, "hint", ""))
        return before
    set_up_logging(config.log)
    log.info("Reloaded: the configuration and the certificate were read again.")
    return config


def _in_its_place(config: Config, before: Config) -> Config:
    kept = {name: getattr(before.server, name) for name in KEPT}
    if changed := [name for name in KEPT if getattr(config.server, name) != kept[name]]:
        log.warning("Stop and start to change [server] %s; a reload leaves it as it is.", ", ".join(changed))
    return replace(config, server=replace(config.server, **kept))


class InThisProcess:
    """``build`` makes a service for a configuration and a socket. A reload starts a second one beside the first."""

    def __init__(self, build: Callable[[Config, socket.socket], Service]) -> None:
        self._build = build
        self._listener: socket.socket | None = None
        self._service: Service | None = None

    def start(self, config: Config) -> str:
        """Serve."""
        share_one_heap()
        self._listener = listen(config)
        self._service = self._started(config, self._listener)
        look_for_garbage_less_often()
        return serving_on(config)

    def renew(self, config: Config) -> None:
        """The new one first; then the old one leaves."""
        if self._listener and self._service:
            before, self._service = self._service, self._started(config, self._listener)
            before.leave()
            before.stop()
            del before
            look_for_garbage_less_often()

    def look_after(self) -> None:
        """Nothing: a process that has died does not look after itself."""

    def stop(self) -> None:
        """Let running requests end."""
        if self._service:
            self._service.stop()
        if self._listener:
            self._listener.close()

    def _started(self, config: Config, listener: socket.socket) -> Service:
        service = self._build(config, listener)
        service.start()
        return service


def share_one_heap() -> None:
    """Before threads are started. glibc gives each a heap of its own, and what large answers leave in sixteen of them adds up to
    more than the rest of the program. Other C libraries have one anyway."""
    with contextlib.suppress(OSError, AttributeError, TypeError):
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, 1)


def look_for_garbage_less_often() -> None:
    """What is loaded by now stays, and what served before goes. A large answer makes hundreds of thousands of records that are no
    garbage: the collector would look at all of them again and again, for a fifth of the time they take."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def serve_below(service: Service, say_ready: Callable[[], None]) -> None:
    """In a worker: serve until told to stop, or until the process that started it is gone; then its stdin ends."""
    stop = stop_on_signals()
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # for the one above
    _stop_with_parent(stop)
    share_one_heap()
    service.start()
    look_for_garbage_less_often()
    say_ready()
    wait(stop)
    service.leave()
    service.stop()


def _stop_with_parent(stop: threading.Event) -> None:
    def watch() -> None:
        # Not through sys.stdin: its lock, held by a waiting thread, would be in the way when the process ends.
        with contextlib.suppress(OSError):
            while os.read(0, 1024):
                pass
        stop.set()

    threading.Thread(target=watch, name="parent", daemon=True).start()
