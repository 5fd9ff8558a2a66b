"""What the pages of docs/ tell to do is done here, as far as this machine has what it takes; docs/tried.md says what is not."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from listeners import free_port
from test_packaging import NO_SOURCES, ROOT, succeed

from docs import DOCS, blocks, file_in
from qbwc_bridge.config import load
from qbwc_bridge.store import schema

PAGES = sorted(page.name for page in DOCS.glob("*.md"))
LINUX = pytest.mark.skipif(os.name == "nt", reason="these pages are for Linux")
LEAST_EXPOSED = 2.0
"""Of 10, as systemd counts: below 2 it says OK."""


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page: str) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", (DOCS / page).read_text("utf-8")):
        assert (DOCS / target).exists(), target


def test_the_readme_leads_to_every_page_of_installing() -> None:
    linked = set(re.findall(r"\]\(docs/(\w+\.md)\)", (ROOT / "README.md").read_text("utf-8")))
    assert {page for page in PAGES if page != "tried.md"} <= linked


def test_the_table_of_schemas_ends_with_ours() -> None:
    last = (DOCS / "upgrading.md").read_text("utf-8").strip().splitlines()[-1]
    assert schema.current() in last


@LINUX
@pytest.mark.parametrize("page", PAGES)
def test_shells_can_read_the_commands(page: str) -> None:
    for block in blocks(page):
        if block.language in ("sh", "bash"):
            subprocess.run(["bash", "-n"], input=block.text, text=True, check=True)


@pytest.mark.parametrize(("page", "file"), [
    ("linux.md", "/etc/qbwc-bridge/config.ini"), ("windows.md", r"C:\qbwc-bridge\config.ini"),
])  # fmt: skip
def test_configurations_are_legal(page: str, file: str, tmp_path: Path) -> None:
    (tmp_path / "config.ini").write_text(file_in(page, file), "utf-8")
    config = load(tmp_path / "config.ini", {})
    assert config.database.url.endswith("/qbwc-bridge.db")
    assert config.web.secret_key_file.name == "qbwc-bridge.secret"


# A server -------------------------------------------------------------------------------------------------------------


@LINUX
def test_a_server_is_installed_upgraded_and_taken_back(tmp_path: Path) -> None:
    """The sh blocks of both pages one after the other, in a folder instead of /, and the unit that starts what they make."""
    shutil.copytree(ROOT, tmp_path / "opt/qbwc-bridge/source", ignore=NO_SOURCES)
    config = _placed(file_in("linux.md", "/etc/qbwc-bridge/config.ini"), tmp_path)
    for folder in ("etc/qbwc-bridge", "var/lib/qbwc-bridge"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "etc/qbwc-bridge/config.ini").write_text(config, "utf-8")
    (tmp_path / "config.ini").write_text(config, "utf-8")
    for page in ("linux.md", "upgrading.md"):
        for block in blocks(page):
            if block.language == "sh":
                succeed("bash", "-ec", _placed(block.text, tmp_path), cwd=tmp_path)
    bridge = str(tmp_path / "opt/qbwc-bridge/venv/bin/qbwc-bridge")
    assert "schema" in succeed(
        "sh", "-c", f"! {bridge} company list", cwd=tmp_path
    )  # taken back; the older one has it now
    succeed(bridge, "init", cwd=tmp_path)
    assert json.loads(succeed(bridge, "company", "list", "--format", "json", cwd=tmp_path)) == {"companies": []}
    _assert_systemd_takes(_placed(_unit(), tmp_path), tmp_path)


def _placed(text: str, folder: Path) -> str:
    """The absolute paths of the pages, in a folder; the URL of SQLite has one slash more."""
    return re.sub(r"(?<![\w.])/(?=(opt|etc|var/lib)/qbwc-bridge)", f"{folder}/", text)


def _unit() -> str:
    return file_in("linux.md", "/etc/systemd/system/qbwc-bridge.service")


def _assert_systemd_takes(unit: str, folder: Path) -> None:
    if not shutil.which("systemd-analyze"):
        return
    file = folder / "qbwc-bridge.service"
    file.write_text(unit, "utf-8")
    said = subprocess.run(["systemd-analyze", "verify", file], capture_output=True, text=True, check=True)
    assert "qbwc-bridge.service" not in said.stdout + said.stderr
    exposed = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", file], capture_output=True, text=True, check=False
    )
    found = re.search(r"exposure level for \S+ ([\d.]+)", exposed.stdout)
    assert found, exposed.stderr
    assert float(found[1]) < LEAST_EXPOSED


# A container ----------------------------------------------------------------------------------------------------------


@LINUX
def test_what_the_container_runs_runs(tmp_path: Path) -> None:
    """Its pip commands, with an empty environment for the image's Python; its CMD and its health check; and a clean stop."""
    shutil.copytree(ROOT, tmp_path / "source", ignore=NO_SOURCES)
    succeed(sys.executable, "-m", "venv", "venv", cwd=tmp_path)
    lines = (DOCS / "Containerfile").read_text("utf-8").splitlines()
    for line in lines:
        if line.startswith("RUN pip"):
            command = re.sub(r"(?<= )/(?=source|wheels)", f"{tmp_path}/", line.removeprefix("RUN "))
            succeed("sh", "-ec", f'PATH="{tmp_path}/venv/bin:$PATH"; {command}', cwd=tmp_path)
    (start,) = (json.loads(line.removeprefix("CMD ")) for line in lines if line.startswith("CMD "))
    (healthy,) = (json.loads(line.partition(" CMD ")[2]) for line in lines if line.startswith("HEALTHCHECK "))
    (given,) = (dict(map(_pair, line.split()[1:])) for line in lines if line.startswith("ENV "))
    with _contained(tmp_path, start, given) as (port, surroundings):
        asked = [part.replace(":8765/", f":{port}/") for part in healthy]
        subprocess.run(asked, check=True, env=surroundings)


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name, value


@contextmanager
def _contained(folder: Path, start: list[str], given: dict[str, str]) -> Iterator[tuple[int, dict[str, str]]]:
    port, data = free_port(), folder / "data"
    data.mkdir()
    path = {"PATH": f"{folder}/venv/bin:{os.environ['PATH']}", "HOME": str(data)}
    surroundings = {**path, **given, "QBWC_BRIDGE_SERVER_PORT": str(port)}
    process = subprocess.Popen(start, cwd=data, env=surroundings, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        heard = [process.stdout.readline() for _ in range(4)]
        assert any("Serving" in line or "http" in line for line in heard), heard
        _until_it_answers(f"http://localhost:{port}/healthz")
        yield port, surroundings
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0
        assert {file.name for file in data.iterdir()} >= {"qbwc-bridge.db", "qbwc-bridge.secret"}
    finally:
        process.kill()
        process.communicate()


def _until_it_answers(url: str) -> None:
    for _ in range(100):
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(url)
