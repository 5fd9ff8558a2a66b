"""What a wheel and an sdist of this checkout hold, and that the wheel runs on every newer Python that is here."""

import configparser
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[1]
NO_SOURCES = shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "build", "dist", "*.db*", "*.secret")
PACKAGES = ("qbwc_bridge", "qbxml_templates")


class Packages(NamedTuple):
    sdist: Path
    wheel: Path


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Packages:
    """The sdist, and the wheel made from it; from a copy, since building leaves things behind."""
    copy, made = tmp_path_factory.mktemp("copy") / "checkout", tmp_path_factory.mktemp("made")
    shutil.copytree(ROOT, copy, ignore=NO_SOURCES)
    succeed(sys.executable, "-m", "build", "--outdir", str(made), str(copy), cwd=made)
    return Packages(*made.glob("*.tar.gz"), *made.glob("*.whl"))


def succeed(*command: str, cwd: Path) -> str:
    surroundings = {
        k: v for k, v in os.environ.items() if not k.startswith(("QBWC_BRIDGE_", "PYTHON", "COV", "VIRTUAL"))
    }
    ran = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=cwd, env=surroundings, timeout=300
    )
    assert ran.returncode == 0, ran.stdout
    return ran.stdout


def sources() -> set[str]:
    """Every file a package folder of the checkout holds."""
    files = (file for package in PACKAGES for file in (ROOT / package).rglob("*") if file.is_file())
    return {file.relative_to(ROOT).as_posix() for file in files if "__pycache__" not in file.parts}


def test_the_wheel_holds_every_file_of_the_packages_and_nothing_else(packages):
    with zipfile.ZipFile(packages.wheel) as wheel:
        names = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert sources() == names
    assert "qbwc_bridge/py.typed" in names
    for pattern in (
        r"qbxml_templates/\w+\.xml",
        r"qbwc_bridge/store/migrations/versions/\w+\.py",
        r"qbwc_bridge/web/templates/.+\.html",
        r"qbwc_bridge/web/static/.+\.css",
    ):
        assert any(re.fullmatch(pattern, name) for name in names), f"no {pattern}"


def test_the_wheel_has_the_licence_and_the_command(packages):
    with zipfile.ZipFile(packages.wheel) as wheel:
        (entry_points,) = (name for name in wheel.namelist() if name.endswith("entry_points.txt"))
        assert "qbwc-bridge = qbwc_bridge.cli:main" in wheel.read(entry_points).decode()
        assert any(name.endswith("licenses/LICENSE") for name in wheel.namelist())


def test_the_sdist_holds_what_a_wheel_is_made_from(packages):
    with tarfile.open(packages.sdist) as sdist:
        names = {name.partition("/")[2] for name in sdist.getnames()}
    assert names >= sources() | {"setup.cfg", "pyproject.toml", "README.md", "LICENSE"}


# Newer Pythons -------------------------------------------------------------------------------------------------------


def newer_minors() -> list[int]:
    """The Pythons the metadata promise, beyond the one that runs."""
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    promised = re.findall(r":: 3\.(\d+)$", setup["metadata"]["classifiers"], re.MULTILINE)
    return [int(minor) for minor in promised if int(minor) > sys.version_info.minor]


def interpreter(minor: int) -> str:
    """A Python 3.minor that runs and can make environments. Skips when there is none."""
    installed = sorted(Path.home().glob(f".pyenv/versions/3.{minor}.*/bin/python3"), reverse=True)
    for python in filter(None, [shutil.which(f"python3.{minor}"), *map(str, installed)]):
        if subprocess.run([python, "-c", "import ensurepip, venv"], capture_output=True).returncode == 0:
            return python
    pytest.skip(f"there is no Python 3.{minor} here")


@pytest.mark.parametrize("minor", newer_minors())
def test_the_wheel_does_its_main_job_on_a_newer_python(packages, minor, tmp_path):
    python = interpreter(minor)
    succeed(python, "-m", "venv", str(tmp_path / "venv"), cwd=tmp_path)
    scripts = tmp_path / "venv" / ("Scripts" if os.name == "nt" else "bin")
    pip = (str(scripts / "python"), "-m", "pip", "install", "-q", "--disable-pip-version-check")
    succeed(*pip, "-c", str(ROOT / "constraints.txt"), str(packages.wheel), cwd=tmp_path)
    succeed(str(scripts / "qbwc-bridge"), "demo", "--once", cwd=tmp_path)
