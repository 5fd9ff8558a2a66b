"""Running until somebody says stop, in one process or in several that share a port.

In: a service, or the command that starts one of several. Out: one line when it serves, and an end that leaves nothing
behind, whether by SIGTERM, by Ctrl-C, or because the process that started it is gone.
"""

import contextlib
import gc
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence

from qbwc_bridge.config import Config
from qbwc_bridge.errors import BridgeError
from qbwc_bridge.server.listening import STOP_SECONDS, Service

START_SECONDS = 30


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


def run(service: Service, stop: threading.Event, say: Callable[[str], None]) -> None:
    """Serve until ``stop`` is set."""
    service.start()
    look_for_garbage_less_often()
    say(serving_on(service.config))
    wait(stop)
    service.stop()


def look_for_garbage_less_often() -> None:
    """What is loaded by now stays, and a large answer makes hundreds of thousands of records that are no garbage: the collector
    would look at all of them again and again, for a fifth of the time they take."""
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


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
        # Not through sys.stdin: its lock, held by a waiting thread, would be in the way when the process ends.
        with contextlib.suppress(OSError):
            while os.read(0, 1024):
                pass
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
