"""Commands on a console that does not speak UTF-8, as on many a Windows: nothing breaks, and documents stay UTF-8."""

import json
import os
import subprocess
import sys

import pytest
from office import Office

from qbwc_bridge.cli import COMMANDS
from qbwc_bridge.store import projects

NAME = "Küche → Žižkov …"
PRINTING = [
    "company list", "company set Acme --locale fr_CA", "customers Acme", "project list Acme", "sync status Acme", "sync log Acme",
    f"payments Acme|{NAME}", f"project set Acme|{NAME}|--contract-price|7", f"sync request Acme|{NAME}", "qwc Acme -o -", "init",
]  # fmt: skip


def words_of(line: str) -> list[str]:
    head, *rest = line.split("|")
    return [*head.split(), *rest]


@pytest.fixture
def named(synced: Office) -> Office:
    """A project whose name no Windows code page has."""
    with synced.database.begin() as c:
        (project,) = projects.listing(c, synced.company.id)
        projects.describe(c, synced.company.id, project.id, name=NAME, client_name="", contract_price=None)
    return synced


def ran(environ: dict[str, str], encoding: str, *words: str) -> bytes:
    """What a real process prints; it must end well, without a warning about a default encoding."""
    surroundings = {**os.environ, **environ, "PYTHONIOENCODING": encoding}
    command = [
        sys.executable,
        "-X",
        "warn_default_encoding",
        "-W",
        "error::EncodingWarning",
        "-m",
        "qbwc_bridge",
        *words,
    ]
    done = subprocess.run(command, env=surroundings, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_every_command_prints(named: Office, environ: dict[str, str], encoding: str) -> None:
    for line in PRINTING:
        assert ran(environ, encoding, *words_of(line)), line


def test_every_page_of_help_prints(environ: dict[str, str]) -> None:
    for name, (target, _) in COMMANDS.items():
        for below in target if isinstance(target, dict) else [""]:
            assert ran(environ, "cp437", *f"{name} {below} --help".split())


@pytest.mark.parametrize("line", ["sync status Acme --format json", f"payments Acme|{NAME}|--format|json"])
def test_documents_are_utf_8_everywhere(named: Office, environ: dict[str, str], line: str) -> None:
    assert NAME in json.dumps(json.loads(ran(environ, "cp1252", *words_of(line))), ensure_ascii=False)


def test_a_sentence_about_an_error_prints(named: Office, environ: dict[str, str]) -> None:
    command = [sys.executable, "-m", "qbwc_bridge", "payments", "Acme", f"{NAME}?"]
    surroundings = {**os.environ, **environ, "PYTHONIOENCODING": "cp1252"}
    done = subprocess.run(command, env=surroundings, capture_output=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith(b"qbwc-bridge: There is no project named")
