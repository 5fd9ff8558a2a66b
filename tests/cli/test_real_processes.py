"""A few runs as scripts see them: ``python -m qbwc_bridge`` with warnings as errors."""

import json
import subprocess
from collections.abc import Callable

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
