"""A service that changes while it is asked: SIGHUP brings another configuration and certificate, and nobody is turned away;
a serving process that dies is replaced."""

import http.client
import os
import shutil
import signal
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from processes import running, wait_until

Serve = Callable[..., AbstractContextManager["Service"]]
MakeCertificate = Callable[[Path], dict[str, Path]]
pytestmark = pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="this system has no signals as Linux has")


@dataclass
class Service:
    """A running ``serve``, its configuration file and its log."""

    process: "subprocess.Popen[str]"
    port: int
    log: Path

    def configure(self, *lines: str) -> None:
        Path("config.ini").write_text("\n".join(["[server]", *lines, ""]))

    def reload(self, expected: str) -> None:
        """SIGHUP; ``expected`` is what the log says of it."""
        before = self.said(expected)
        self.process.send_signal(signal.SIGHUP)
        assert wait_until(lambda: self.said(expected) > before), self.log.read_text()

    def said(self, words: str) -> int:
        return self.log.read_text().count(words)

    def wsdl(self) -> str:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)) as connection:
            return asked(connection)

    def workers(self) -> list[int]:
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        return [int(pid) for pid in children.read_text().split()]

    def kill_a_worker(self) -> None:
        killed = self.workers()[0]
        os.kill(killed, signal.SIGKILL)
        assert wait_until(lambda: self.process.poll() is not None or killed not in self.workers())


def asked(connection: http.client.HTTPConnection) -> str:
    connection.request("GET", "/qbwc?wsdl")
    answer = connection.getresponse()
    assert answer.status == 200
    return answer.read().decode()


@pytest.fixture
def serve(served: dict[str, str], tmp_path: Path) -> Serve:
    """``with serve(workers=2) as service``: public_url and the certificate come from the file, the rest does not change."""
    environ = dict(served)
    url = environ.pop("QBWC_BRIDGE_SERVER_PUBLIC_URL")
    os.environ.pop("QBWC_BRIDGE_SERVER_PUBLIC_URL", None)

    @contextmanager
    def start(*lines: str, workers: int = 1) -> Iterator[Service]:
        Path("config.ini").write_text("\n".join(["[server]", *(lines or [f"public_url = {url}"]), ""]))
        options = {**environ, "QBWC_BRIDGE_SERVER_WORKERS": str(workers)}
        with (tmp_path / "log").open("w") as log, running(options, "serve", log=log) as process:
            yield Service(process, int(environ["QBWC_BRIDGE_SERVER_PORT"]), tmp_path / "log")
            process.terminate()
            process.communicate(timeout=60)

    return start


@dataclass
class Client(threading.Thread):
    """Asks and asks, on one connection or each time on a new one, until told to stop."""

    service: Service
    keep: bool
    answers: int = 0
    failures: list[str] = field(default_factory=list)
    enough: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        super().__init__(daemon=True)

    __hash__ = threading.Thread.__hash__

    def run(self) -> None:
        with closing(http.client.HTTPConnection("127.0.0.1", self.service.port, timeout=20)) as connection:
            self._ask(connection)

    def _ask(self, connection: http.client.HTTPConnection) -> None:
        while not self.enough.wait(0.005):
            try:
                asked(connection)
                self.answers += 1
            except (OSError, http.client.HTTPException, AssertionError) as failure:
                self.failures.append(repr(failure))
            if not self.keep:
                connection.close()

    def end(self) -> None:
        self.enough.set()
        self.join(30)


@pytest.mark.parametrize("workers", [1, 2])
def test_nobody_is_turned_away_while_the_configuration_changes(serve: Serve, workers: int) -> None:
    with serve(workers=workers) as service:
        clients = [Client(service, keep) for keep in (True, False, False)]
        for client in clients:
            client.start()
        before = service.workers()
        for number in range(2):
            service.configure(f"public_url = https://pay{number}.example")
            service.reload("Reloaded")
            assert f"https://pay{number}.example/qbwc" in service.wsdl()
        assert set(before).isdisjoint(service.workers())
        for client in clients:
            client.end()
        assert [client.failures for client in clients] == [[], [], []]
        assert all(client.answers > 20 for client in clients)
    assert service.process.returncode == 0
    assert "Traceback" not in service.log.read_text()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_configuration_that_has_become_bad_is_refused(serve: Serve, workers: int, tmp_path: Path) -> None:
    with serve("public_url = https://good.example", workers=workers) as service:
        service.configure("public_url = ftp://bad.example", "trusted_proxies = many")
        service.reload("Nothing was reloaded; it is served as before. The configuration has 2 problems:")
        service.configure(f"tls_certificate = {tmp_path}/no.pem", f"tls_private_key = {tmp_path}/no.key")
        service.reload("Nothing was reloaded")
        assert service.said("cannot be used")
        assert "https://good.example/qbwc" in service.wsdl()
        assert len(service.workers()) == (workers if workers > 1 else 0)


def test_a_place_that_has_changed_waits_for_a_new_start(serve: Serve) -> None:
    with serve("public_url = https://old.example", "host = 127.0.0.1") as service:
        service.configure("public_url = https://new.example", "host = localhost")
        service.reload("Reloaded")
        assert service.said("Stop and start to change [server] host;")
        assert "https://new.example/qbwc" in service.wsdl()


@pytest.mark.parametrize("workers", [1, 2])
def test_a_renewed_certificate_is_served(
    serve: Serve, make_certificate: MakeCertificate, tmp_path: Path, workers: int
) -> None:
    first, second = make_certificate(tmp_path / "first"), make_certificate(tmp_path / "second")
    lines = [f"{name} = {file}" for name, file in first.items()]
    with serve(*lines, workers=workers) as service:
        shown = ssl.get_server_certificate(("127.0.0.1", service.port), timeout=20)
        assert shown == first["tls_certificate"].read_text()
        for name, file in second.items():
            shutil.copy(file, first[name])
        service.reload("Reloaded")
        shown = ssl.get_server_certificate(("127.0.0.1", service.port), timeout=20)
        assert shown == second["tls_certificate"].read_text()


def test_a_serving_process_that_dies_is_replaced(serve: Serve) -> None:
    with serve(workers=2) as service:
        before = service.workers()
        service.kill_a_worker()
        assert wait_until(lambda: len(service.workers()) == 2)
        assert service.said("A serving process ended by itself (status -9); another takes its place.") == 1
        os.kill(next(pid for pid in service.workers() if pid in before), signal.SIGKILL)
        assert wait_until(lambda: len(set(service.workers()) - set(before)) == 2)
        assert "/qbwc" in service.wsdl()  # the new ones alone answer it


def test_serving_processes_that_die_again_and_again_are_the_end(serve: Serve) -> None:
    with serve(workers=2) as service:
        for _ in range(5):
            assert wait_until(lambda: len(service.workers()) == 2)
            service.kill_a_worker()
        assert service.process.wait(30) == 1
    assert service.said("qbwc-bridge: Serving processes ended 5 times within 60 seconds; all are stopped.") == 1


def test_the_hangup_of_a_terminal_is_the_end(served: dict[str, str]) -> None:
    """Whoever closes the window wants no service that goes on without one."""
    above, below = os.openpty()
    command = [sys.executable, "-m", "qbwc_bridge", "serve"]
    process = subprocess.Popen(command, stdin=below, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("Serving on ")
        process.send_signal(signal.SIGHUP)
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.communicate()
        os.close(above)
        os.close(below)
