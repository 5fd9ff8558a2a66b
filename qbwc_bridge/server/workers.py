"""Several processes that serve one socket.

In: the command that starts one of them. Out: as many as configured, replaced when one ends by itself and when the
configuration is reloaded. It never serves anything itself: it holds the socket, so that no connection is refused or lost
while they change.
"""

import logging
import os
import select
import socket
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Sequence
from typing import IO, cast

from qbwc_bridge.config import Config
from qbwc_bridge.errors import BridgeError
from qbwc_bridge.server.listening import LEAVE_SECONDS, STOP_SECONDS, listen
from qbwc_bridge.server.running import serving_on

START_SECONDS = 30
MOST_ENDS, WITHIN_SECONDS = 5, 60
log = logging.getLogger("qbwc_bridge.server")


class Workers:
    """``command`` and the number of a socket start one of them; it prints a line when it serves, and ends with its stdin."""

    def __init__(self, command: Sequence[str], stop: threading.Event) -> None:
        self._command = command
        self._stop = stop
        self._listener: socket.socket | None = None
        self._workers: list[subprocess.Popen[bytes]] = []
        self._ends: deque[float] = deque(maxlen=MOST_ENDS)

    def start(self, config: Config) -> str:
        """Open the socket and start them all."""
        if sys.platform == "win32":
            raise BridgeError(
                f"[server] workers = {config.server.workers}: this system cannot share a port between processes.",
                "Use workers = 1, or start several services on different ports behind a proxy.",
            )
        self._listener = listen(config)
        self._workers = self._started(config.server.workers)
        return f"{serving_on(config)} with {len(self._workers)} processes"

    def renew(self, config: Config) -> None:
        """New ones, which read the configuration themselves, and when all of them serve, an end of the old ones."""
        fresh = self._started(config.server.workers)
        before, self._workers = self._workers, fresh
        _end(before)

    def look_after(self) -> None:
        """Replace those that ended by themselves."""
        for at, worker in enumerate(self._workers):
            if worker.poll() is not None:
                self._count_an_end(worker)
                self._workers[at] = self._one_more()

    def stop(self) -> None:
        """End them all."""
        if self._listener:
            self._listener.close()
        _end(self._workers)

    def _count_an_end(self, worker: "subprocess.Popen[bytes]") -> None:
        worker.communicate()
        now = time.monotonic()
        self._ends.append(now)
        if len(self._ends) == MOST_ENDS and now - self._ends[0] < WITHIN_SECONDS:
            raise BridgeError(
                f"Serving processes ended {MOST_ENDS} times within {WITHIN_SECONDS} seconds; all are stopped.",
                "What they wrote to the log before says why.",
            )
        log.error("A serving process ended by itself (status %d); another takes its place.", worker.returncode)

    def _started(self, count: int) -> list["subprocess.Popen[bytes]"]:
        """So many that serve, or none."""
        fresh = [self._one_more() for _ in range(count)]
        try:
            for worker in fresh:
                self._wait_for(worker)
        except BridgeError:
            _end(fresh)
            raise
        return fresh

    def _one_more(self) -> "subprocess.Popen[bytes]":
        assert self._listener
        number = self._listener.fileno()
        command = [*self._command, str(number)]
        return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=[number])  # noqa: S603

    def _wait_for(self, worker: "subprocess.Popen[bytes]") -> None:
        said = cast(IO[bytes], worker.stdout).fileno()
        end = time.monotonic() + START_SECONDS
        while not select.select([said], [], [], 0.2)[0]:
            if self._stop.is_set():
                return
            if time.monotonic() > end:
                raise BridgeError(f"A serving process did not serve within {START_SECONDS} seconds.")
        if not os.read(said, 100):
            raise BridgeError(f"A serving process could not begin (status {worker.wait()}); what it said is above.")


def _end(workers: Sequence["subprocess.Popen[bytes]"]) -> None:
    for worker in workers:
        worker.terminate()
    for worker in workers:
        try:
            worker.communicate(timeout=LEAVE_SECONDS + 2 * STOP_SECONDS)
        except subprocess.TimeoutExpired:
            worker.kill()
            worker.communicate()
