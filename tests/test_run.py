"""run.py, from outside: a small project of its own, so that nothing here touches the environment the tests run in."""

import ast
import configparser
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[1]
SETUP = """
[metadata]
name = qbwc-bridge
version = 1
[options]
py_modules = small
[options.entry_points]
console_scripts = qbwc-bridge = small:main
"""
SMALL = """
import os, sys
def main():
    print(os.getcwd(), *sys.argv[1:])
    return 7
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout of a project that installs in seconds."""
    folder = tmp_path / "a checkout"
    folder.mkdir()
    shutil.copy(ROOT / "run.py", folder)
    (folder / "setup.cfg").write_text(SETUP)
    (folder / "small.py").write_text(SMALL)
    shutil.copy(ROOT / "pyproject.toml", folder)
    (folder / "constraints.txt").write_text("")
    return folder


@pytest.fixture
def run(checkout: Path) -> ModuleType:
    """run.py of that checkout as a module."""
    spec = importlib.util.spec_from_file_location("run_of_the_checkout", checkout / "run.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def start(checkout: Path, *arguments: str, cwd: Path) -> "subprocess.Popen[str]":
    command = [sys.executable, str(checkout / "run.py"), *arguments]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=cwd)


def test_the_whole_way(checkout, tmp_path):
    """Two at once on a fresh checkout, then again, then after a change, then without pip's help."""
    both = [start(checkout, "one", "two words", cwd=tmp_path) for _ in range(2)]
    said = [(process.communicate(timeout=180), process.returncode) for process in both]
    assert [(out, status) for (out, _), status in said] == [(f"{tmp_path} one two words\n", 7)] * 2
    assert sorted(err for (_, err), _ in said) == ["", "Installing qbwc-bridge into .venv (once)…\n"]

    again = start(checkout, cwd=tmp_path)
    assert again.communicate(timeout=60) == (f"{tmp_path}\n", "")

    (checkout / "constraints.txt").write_text("no-such-package-on-any-index==1\nqbwc-bridge==2\n")
    failing = start(checkout, cwd=tmp_path)
    out, err = failing.communicate(timeout=180)
    assert (out, failing.returncode) == ("", 1)
    assert "qbwc-bridge could not be installed; pip says why, above." in err.splitlines()[-1]
    assert len(err.splitlines()) > 2

    (checkout / "constraints.txt").write_text("")
    cured = start(checkout, cwd=tmp_path)
    assert cured.communicate(timeout=180) == (f"{tmp_path}\n", "Installing qbwc-bridge into .venv (once)…\n")


def test_it_can_be_read_by_a_python_that_is_too_old():
    source = (ROOT / "run.py").read_text()
    ast.parse(source, feature_version=(3, 6))
    assert "from __future__" not in source


def test_too_old_is_a_sentence(run, monkeypatch):
    monkeypatch.setattr(run.sys, "version_info", (3, 10, 13, "final", 0))
    with pytest.raises(SystemExit, match=r"^qbwc-bridge needs Python 3.11 or newer; this is "):
        run.main(["demo"])


def test_the_oldest_python_is_the_one_the_metadata_name(run):
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    assert setup["options"]["python_requires"] == ">={}.{}".format(*run.OLDEST)


def pretend_environment(run, version="", home="", testing=False):
    Path(run.SCRIPTS).mkdir(parents=True)
    Path(run.PYTHON).touch()
    (Path(run.VENV) / "pyvenv.cfg").write_text(
        f"home = {home or Path(sys.executable).parent}\nversion = {version or sys.version.split()[0]}\n"
    )
    Path(run.STAMP).write_text(run.stamp(testing))


@pytest.mark.parametrize(("made_for", "wanted", "enough"), [(0, 0, 1), (1, 0, 1), (1, 1, 1), (0, 1, 0)])
def test_what_testing_needs_is_more_than_the_rest_needs(run, made_for, wanted, enough):
    pretend_environment(run, testing=bool(made_for))
    assert run.is_installed(bool(wanted)) == bool(enough)


@pytest.mark.parametrize("changed", ["setup.cfg", "pyproject.toml", "constraints.txt"])
def test_a_change_of_what_it_is_made_from_is_seen(run, checkout, changed):
    pretend_environment(run)
    with (checkout / changed).open("a") as file:
        file.write("\n# more\n")
    assert not run.is_installed(False)


@pytest.mark.parametrize(
    "how", [{"version": "3.10.13"}, {"version": "3.1"}, {"home": "/no/such/folder"}], ids=["older", "shorter", "gone"]
)
def test_an_environment_of_another_python_is_made_anew(run, how):
    pretend_environment(run, **how)
    assert not run.is_usable()


def test_an_environment_without_its_python_is_made_anew(run):
    pretend_environment(run)
    Path(run.PYTHON).unlink()
    assert not run.is_usable()


def test_a_moved_checkout_is_installed_again(run, monkeypatch):
    pretend_environment(run)
    assert run.is_installed(False)
    monkeypatch.setattr(run, "HERE", str(Path(run.HERE).parent / "elsewhere"))
    shutil.copytree(Path(run.VENV).parent, run.HERE)
    assert not run.is_installed(False)


@pytest.fixture
def gate(run, monkeypatch):
    """The gate with programs that only note that they ran; ``failing`` is the one that does not succeed."""
    ran = []

    def step(command, **_):
        name = " ".join([Path(command[0]).name, *command[1:]])
        ran.append(name)
        return subprocess.CompletedProcess(command, 3 if name == gate.failing else 0, b"what it found\n")

    def become(program, arguments):
        ran.append(" ".join([program, *arguments]))
        return 0

    def gate(*arguments, failing=""):
        gate.failing = failing
        ran.clear()
        return run.main(["test", *arguments]), ran

    pretend_environment(run, testing=True)
    before = os.getcwd()
    monkeypatch.setattr(run.subprocess, "run", step)
    monkeypatch.setattr(run, "become", become)
    yield gate
    os.chdir(before)


STEPS = ["ruff format --check .", "ruff check .", "mypy", "lint-imports"]


def test_the_gate_in_order(gate, capfdbinary):
    assert gate() == (0, [*STEPS, "pytest --numprocesses auto --dist worksteal"])
    lines = capfdbinary.readouterr().out.decode().splitlines()
    assert [line.split("  ")[0].removesuffix(" ok in 0.0 s") for line in lines] == [*STEPS, "pytest"]


@pytest.mark.parametrize("failing", STEPS)
def test_the_gate_stops_at_the_first_failure(gate, failing, capsysbinary):
    status, ran = gate(failing=failing)
    assert (status, ran[-1]) == (3, failing)
    out = capsysbinary.readouterr().out.decode()
    assert "FAILED in 0.0 s" in out
    assert out.endswith("what it found\n")


def test_with_arguments_only_pytest_runs(gate):
    assert gate("tests/soap", "-k", "x") == (0, ["pytest tests/soap -k x"])
