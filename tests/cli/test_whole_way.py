"""The real thing: a serving process, a Web Connector against it over HTTP and SOAP, and the demonstration."""

import json
import os
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from http.cookiejar import CookieJar
from pathlib import Path
from urllib.parse import urlencode

import pytest
from processes import running

from qbwc_bridge.simulator import SAMPLE_PROJECTS

Process = Callable[..., "subprocess.CompletedProcess[str]"]
Popen = subprocess.Popen
POSIX = os.name == "posix"


STAYS = "  Ctrl-C stops the demonstration; nothing of it stays.\n"


def test_from_an_empty_database_to_the_first_summary(served: dict[str, str], process: Process, tmp_path: Path) -> None:
    play = ("simulate", "Acme", "--password-file", str(tmp_path / "password"))
    with running(served, "serve"):
        checked = process("test-connection")
        assert (checked.returncode, checked.stderr) == (0, ""), checked.stdout
        assert "FAILED" not in checked.stdout
        assert process(*play, "--times", "2").returncode == 0
        link = ("--customer", "Smith:Kitchen", "--client-payments", "on")
        assert process("project", "add", "Acme", "Kitchen", *link).returncode == 0
        assert process(*play).returncode == 0
        paid = json.loads(process("payments", "Acme", "Kitchen", "--format", "json").stdout)
        assert (paid["paid_to_date"], paid["count"], paid["state"]) == ("182400.00", 9, "current")
        process("sync", "request", "Acme")
        failed = process(*play, "--scenario", "quickbooks-closed")
        assert failed.returncode == 1
        assert "0x80040408" in failed.stderr
        status = json.loads(process("sync", "status", "Acme", "--format", "json").stdout)
        assert status["last_error"]["code"] == "0x80040408"


CODE = re.compile(r"^ +((?:[A-Z]{4}-){4}[A-Z]{4})$")


def printed_code(process: "Popen[str]") -> str:
    """The one-time code on the console, with the address to type it at."""
    assert process.stdout is not None
    said = [process.stdout.readline() for _ in range(5)]
    assert "/setup and type this one-time code:" in said[1]
    found = next(filter(None, map(CODE.match, said)))
    return found[1]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_the_first_start_prints_a_code_that_makes_the_first_admin(
    environ: dict[str, str], process: Process, tmp_path: Path, workers: str
) -> None:
    if workers != "1" and not POSIX:
        pytest.skip("Windows cannot share a socket between processes")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    url = f"http://localhost:{port}"
    environ |= {"QBWC_BRIDGE_SERVER_PORT": port, "QBWC_BRIDGE_SERVER_PUBLIC_URL": url}
    assert "serve prints a one-time code" in process("init").stdout
    serving = {**environ, "QBWC_BRIDGE_SERVER_WORKERS": workers}
    with running(serving, "serve") as service:
        earlier = printed_code(service)
    with running(serving, "serve") as service:
        code = printed_code(service)
        assert code != earlier
        kept = (tmp_path / "bridge.db").read_bytes() + (tmp_path / "bridge.db-wal").read_bytes()
        assert code.encode() not in kept
        assert set_up(url, earlier) == 422
        assert set_up(url, code) == 200
        assert set_up(url, code, "eve@example.com") == 409
    with running(serving, "serve") as service:
        service.terminate()
        said, _ = service.communicate(timeout=30)
        assert "code" not in said
    assert json.loads(process("company", "list", "--format", "json").stdout)["companies"][0]["company"] == "Acme"


def set_up(url: str, code: str, email: str = "dana@example.com") -> int:
    """The status of the first-run form, as a browser sends it; the form itself when it is not gone yet."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def ask(path: str, data: bytes | None = None) -> tuple[int, str]:
        try:
            with browser.open(url + path, data, 30) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, ""

    token = re.search('name="csrf_token" value="([^"]+)"', ask("/setup")[1])
    assert token
    typed = {"code": code, "name": "Dana", "email": email, "password": "a quiet long sentence", "company": "Acme"}
    return ask("/setup", urlencode({**typed, "timezone": "UTC", "csrf_token": token[1]}).encode())[0]


def test_a_start_that_fails_takes_no_code_away(environ: dict[str, str], process: Process) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    environ |= {"QBWC_BRIDGE_SERVER_PORT": port, "QBWC_BRIDGE_SERVER_PUBLIC_URL": f"http://localhost:{port}"}
    process("init")
    with running(environ, "serve") as service:
        code = printed_code(service)
        assert process("serve").returncode == 1  # the port is taken
        assert set_up(f"http://localhost:{port}", code) == 200


def test_test_connection_without_a_service(served: dict[str, str], process: Process) -> None:
    checked = process("test-connection")
    assert checked.returncode == 1
    assert "nobody listens there" in checked.stdout
    assert "ok      The database" in checked.stdout


def test_a_wrong_password_is_a_failed_simulation(served: dict[str, str], process: Process, tmp_path: Path) -> None:
    (tmp_path / "password").write_text("wrong")
    with running(served, "serve"):
        played = process("simulate", "Acme", "--password-file", str(tmp_path / "password"))
    assert played.returncode == 1
    assert "does not accept" in played.stdout


@pytest.mark.skipif(not POSIX, reason="Windows sends no such signals to a process of its own group")
@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_serve_stops_cleanly(served: dict[str, str], sign: signal.Signals) -> None:
    with running(served, "serve") as process:
        process.send_signal(sign)
        _, said = process.communicate(timeout=15)
        assert process.returncode == 0
        assert "Traceback" not in said


@pytest.mark.skipif(not POSIX, reason="Windows cannot share a socket between processes")
def test_several_processes_stop_together(served: dict[str, str]) -> None:
    with running({**served, "QBWC_BRIDGE_SERVER_WORKERS": "2"}, "serve") as process:
        socket.create_connection(("127.0.0.1", int(served["QBWC_BRIDGE_SERVER_PORT"]))).close()
        process.terminate()
        _, said = process.communicate(timeout=30)
        assert process.returncode == 0
        assert "Traceback" not in said
        assert "Fatal" not in said
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(served["QBWC_BRIDGE_SERVER_PORT"])))


@pytest.mark.skipif(not POSIX, reason="Windows cannot share a socket between processes")
def test_workers_end_when_their_parent_is_killed(served: dict[str, str]) -> None:
    port = int(served["QBWC_BRIDGE_SERVER_PORT"])
    with running({**served, "QBWC_BRIDGE_SERVER_WORKERS": "2"}, "serve") as process:
        process.kill()
        process.wait()
        end = time.monotonic() + 15
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
            except ConnectionRefusedError:
                return
            time.sleep(0.2)
        pytest.fail("somebody still listens")


def test_demo_once_compares_every_project(process: Process) -> None:
    shown = process("demo", "--once")
    assert (shown.returncode, shown.stderr) == (0, "")
    equal = re.findall(r"^equal +(.+): [\d,.]+$", shown.stdout, re.MULTILINE)
    assert sorted(equal) == sorted(project.name for project in SAMPLE_PROJECTS)
    assert "differs" not in shown.stdout


@pytest.mark.skipif(not POSIX, reason="Windows sends no such signals to a process of its own group")
def test_the_demonstration_says_how_to_get_in_and_leaves_nothing(environ: dict[str, str], tmp_path: Path) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    with running({**environ, "TMPDIR": str(folder)}, "demo", "--port", "0") as process:
        assert process.stdout is not None
        said = "".join(iter(process.stdout.readline, STAYS))  # not communicate(): what readline buffered would be lost
        process.send_signal(signal.SIGINT)
        _, complaints = process.communicate(timeout=20)
    assert (process.returncode, complaints) == (0, "")
    for word in ("admin@example.com", "staff@example.com", "client@example.com", "/shared/"):
        assert word in said
    assert list(folder.iterdir()) == []
