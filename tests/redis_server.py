"""A real Redis for tests, on a Unix socket in a temporary folder, that keeps nothing."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from processes import wait_until
from redis import Redis


@dataclass
class Server:
    """``end`` and ``begin`` are a Redis that goes away and comes back empty."""

    program: str
    socket: Path
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def begin(self) -> None:
        options = ["--port", "0", "--unixsocket", str(self.socket), "--save", "", "--appendonly", "no"]
        self.process = subprocess.Popen([self.program, *options], stdout=subprocess.DEVNULL, cwd=self.socket.parent)
        assert wait_until(self.socket.exists)

    def end(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(20)
            self.process = None

    def keys(self) -> dict[str, int]:
        """All there are, and how many seconds each will be there."""
        with Redis.from_url(self.url, decode_responses=True) as redis:
            return {key: redis.ttl(key) for key in redis.scan_iter()}


@contextmanager
def running(program: str) -> Iterator[Server]:
    folder = Path(
        tempfile.mkdtemp(prefix="qbwc-redis-", dir="/tmp")
    )  # short: a socket's path has at most 107 characters
    server = Server(program, folder / "redis")
    try:
        server.begin()
        yield server
    finally:
        server.end()
        shutil.rmtree(folder, ignore_errors=True)
