"""``backup`` and ``restore`` as an admin and a nightly script use them."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from cli.conftest import Run
from office import Office

resource = pytest.importorskip("resource")


def test_there_and_back(run: Run, synced: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, shown = tmp_path / "acme.backup", run("payments", "Acme", "Smith kitchen").stdout
    told = run("backup", str(file))
    assert "The secret key is not in it" in told.stdout
    assert told.stderr == ""  # no bar where nobody looks
    run("backup", str(file), status=1)
    run("backup", str(file), "--overwrite")
    assert "has companies or people already" in run("restore", str(file), status=1).stderr

    monkeypatch.setenv("QBWC_BRIDGE_DATABASE_URL", f"sqlite:///{tmp_path / 'other.db'}")
    told = run("restore", str(file))
    assert "Put the old secret key into" in told.stdout
    assert run("payments", "Acme", "Smith kitchen").stdout == shown
    run("init")
    assert run("payments", "Acme", "Smith kitchen").stdout == shown


def test_a_full_disk_is_a_sentence(synced: Office, environ: dict[str, str], tmp_path: Path) -> None:
    file, most = tmp_path / "acme.backup", 100_000
    done = subprocess.run(
        [sys.executable, "-m", "qbwc_bridge", "backup", str(file)],
        env={**os.environ, **environ}, capture_output=True, text=True, timeout=60, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (most, most)),
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(f"qbwc-bridge: {file} could not be written: ")
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.glob("*acme.backup*"))


def test_a_database_that_does_not_answer_is_a_sentence(
    run: Run, synced: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("backup", str(tmp_path / "file"))
    monkeypatch.setenv("QBWC_BRIDGE_DATABASE_URL", "postgresql+psycopg://nobody@127.0.0.1:9/nothing")
    for command in (["restore", str(tmp_path / "file")], ["backup", str(tmp_path / "other")]):
        assert "The database could not be reached" in run(*command, status=1).stderr


def test_a_folder_that_is_not_there_is_a_sentence(run: Run, synced: Office, tmp_path: Path) -> None:
    told = run("backup", str(tmp_path / "nowhere" / "file"), status=1)
    assert "No such file or directory" in told.stderr


def test_what_the_operating_page_says_to_type_works(
    run: Run, synced: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = (Path(__file__).parents[2] / "docs" / "operating.md").read_text(encoding="utf-8")
    commands = re.findall(r"^    qbwc-bridge (.+)$", page, re.MULTILINE)
    assert [command.split()[0] for command in commands] == ["backup", "restore"]
    for command in commands:
        run(*command.split())
        monkeypatch.setenv("QBWC_BRIDGE_DATABASE_URL", f"sqlite:///{tmp_path / 'other.db'}")
    run("sync", "status", "Acme")
