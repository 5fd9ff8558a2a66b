"""Real processes of the command line, as an administrator starts them."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import IO


@contextmanager
def running(
    environ: Mapping[str, str], *words: str, log: IO[str] | int = subprocess.PIPE
) -> Iterator["subprocess.Popen[str]"]:
    """A process that has printed where it serves. A pipe takes 64 kB of log, a file any number."""
    command = [sys.executable, "-m", "qbwc_bridge", *words]
    # With a terminal's program group of its own, so that signals of a test reach nobody else.
    process = subprocess.Popen(
        command, env={**os.environ, **environ}, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=log,
        text=True, start_new_session=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Serving on ")
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_until(true: Callable[[], bool], seconds: float = 60) -> bool:
    """Did it become true in time?"""
    end = time.monotonic() + seconds
    while not (now := true()) and time.monotonic() < end:
        time.sleep(0.02)
    return now
