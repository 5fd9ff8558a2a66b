"""A few runs as scripts see them: ``python -m qbwc_bridge`` with warnings as errors."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from office import Office

Process = Callable[..., "subprocess.CompletedProcess[str]"]


def test_help_and_version_need_nothing(process: Process) -> None:
    asked = process("--help")
    assert asked.returncode == 0
    assert "test-connection" in asked.stdout
    assert process("--version").stdout.startswith("qbwc-bridge, version ")


def test_a_script_sets_up_a_company(process: Process) -> None:
    assert process("init").returncode == 0
    added = process("company", "add", "Acme", "--connector-user", "acme", "--format", "json")
    assert (added.returncode, added.stderr) == (0, "")
    assert json.loads(added.stdout)["connector_user"] == "acme"
    again = process("company", "add", "Acme", "--connector-user", "acme")
    assert (again.returncode, again.stdout) == (1, "")
    assert again.stderr.startswith("qbwc-bridge: ")
    assert "Traceback" not in again.stderr


def test_statuses_of_a_real_process(process: Process) -> None:
    assert process("init").returncode == 0
    assert process("payments", "Nobody", "x").returncode == 1
    assert process("payments").returncode == 2


@pytest.mark.skipif(os.name == "nt", reason="needs a terminal that a test can hold")
def test_an_import_shows_its_progress_on_a_terminal_alone(
    synced: Office, process: Process, environ: dict[str, str], tmp_path: Path
) -> None:
    import pty

    (tmp_path / "one.csv").write_text("project\nOne\n", "utf-8")
    (tmp_path / "two.csv").write_text("project\nTwo\n", "utf-8")
    assert process("project", "import", "Acme", str(tmp_path / "one.csv")).stderr == ""
    ours, theirs = pty.openpty()
    words = ("project", "import", "Acme", str(tmp_path / "two.csv"))
    command = [sys.executable, "-m", "qbwc_bridge", *words]
    done = subprocess.run(command, env={**os.environ, **environ}, stdout=subprocess.PIPE, stderr=theirs, check=True)
    os.close(theirs)
    with open(ours, "rb", buffering=0) as terminal:
        assert b"100%" in terminal.read(10_000)
    assert done.stdout == b"1 project imported.\n"
