"""The command line in this process, and as a process of its own, on a database and a key in a temporary folder."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from listeners import free_port
from office import Office, started

from qbwc_bridge.certificates import self_signed
from qbwc_bridge.cli import cli

Run = Callable[..., Result]


@pytest.fixture(scope="session")
def make_certificate() -> Callable[[Path], dict[str, Path]]:
    """A certificate for localhost and its key in a new folder, as the server's options."""

    def make(folder: Path) -> dict[str, Path]:
        folder.mkdir()
        files = {"tls_certificate": folder / "cert.pem", "tls_private_key": folder / "key.pem"}
        for file, content in zip(files.values(), self_signed("localhost", 2, datetime.now(UTC)), strict=True):
            file.write_bytes(content)
        return files

    return make


@pytest.fixture(scope="session")
def certificate(
    make_certificate: Callable[[Path], dict[str, Path]], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Path]:
    return make_certificate(tmp_path_factory.mktemp("tls") / "certificate")


@pytest.fixture
def environ(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The configuration, by environment; the current directory is empty but for what a test puts there."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    given = {
        "QBWC_BRIDGE_DATABASE_URL": f"sqlite:///{(tmp_path / 'bridge.db').as_posix()}",
        "QBWC_BRIDGE_WEB_SECRET_KEY_FILE": str(tmp_path / "key"),
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return given


@pytest.fixture
def run(environ: dict[str, str]) -> Run:
    """``run("company", "list")``; ``status`` is what must come of it."""

    def invoke(*words: str, status: int = 0, text: str | None = None) -> Result:
        result = CliRunner().invoke(cli, list(words), input=text, prog_name="qbwc-bridge")
        assert result.exit_code == status, f"{result.output}\n{result.exception!r}"
        return result

    return invoke


@pytest.fixture
def document(run: Run) -> Callable[..., dict[str, Any]]:
    """The JSON document of a command; stdout has nothing else."""

    def read(*words: str) -> dict[str, Any]:
        result = run(*words, "--format", "json")
        assert result.stderr == ""
        found: dict[str, Any] = json.loads(result.stdout)
        return found

    return read


@pytest.fixture
def synced(office: Office, run: Run) -> Office:
    """Company Acme with Smith:Kitchen linked and synced, on the database the command line uses."""
    started(office, "Smith:Kitchen", project="Smith kitchen", price="240000.00")
    return office


@pytest.fixture
def process(environ: dict[str, str]) -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """A real ``python -m qbwc_bridge``."""

    def call(*words: str) -> "subprocess.CompletedProcess[str]":
        command = [sys.executable, "-W", "error", "-m", "qbwc_bridge", *words]
        return subprocess.run(
            command, env={**os.environ, **environ}, capture_output=True, text=True, timeout=60, check=False
        )

    return call


@pytest.fixture
def served(
    environ: dict[str, str], process: Callable[..., "subprocess.CompletedProcess[str]"], tmp_path: Path
) -> dict[str, str]:
    """A configuration with a free port, a company in the database, and its password in a file."""
    port = str(free_port())
    environ |= {"QBWC_BRIDGE_SERVER_PORT": port, "QBWC_BRIDGE_SERVER_PUBLIC_URL": f"http://localhost:{port}"}
    assert process("init").returncode == 0
    added = json.loads(process("company", "add", "Acme", "--connector-user", "acme", "--format", "json").stdout)
    (tmp_path / "password").write_text(added["connector_password"])
    return environ
