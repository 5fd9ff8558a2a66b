# ruff: noqa: S603, S606  (the programs started here are this checkout's own)
"""One command to work with qbwc-bridge from a checkout; needs nothing but Python.

    python3 run.py demo          the sample company, end to end
    python3 run.py test          the gate: format, lint, types, imports, tests
    python3 run.py test ARGS     pytest alone, with these arguments
    python3 run.py ANYTHING      = qbwc-bridge ANYTHING

In: this checkout. Out: .venv beside this file, made by the Python that runs it and renewed when what it is made from has
changed; then the command, with its exit status. It knows nothing of what a command does. It can be read by Python 3.6,
so that an old one can say that it is too old.
"""

import contextlib
import hashlib
import os
import subprocess
import sys
import time

TYPE_CHECKING = False  # an old Python has other names for these
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

OLDEST = (3, 11)
HERE = os.path.dirname(os.path.abspath(__file__))
VENV = os.path.join(HERE, ".venv")
SCRIPTS = os.path.join(VENV, "Scripts" if os.name == "nt" else "bin")
PYTHON = os.path.join(SCRIPTS, "python.exe" if os.name == "nt" else "python")
STAMP = os.path.join(VENV, "installed.txt")
MADE_FROM = ("setup.cfg", "pyproject.toml", "constraints.txt")
GATE = (("ruff", "format", "--check", "."), ("ruff", "check", "."), ("mypy",), ("lint-imports",))


def main(arguments: "Sequence[str]") -> int:
    """Exit status of what the arguments ask for; on POSIX the command takes this process over instead."""
    if sys.version_info[:2] < OLDEST:
        running = sys.version.split()[0]
        sys.exit(f"qbwc-bridge needs Python {OLDEST[0]}.{OLDEST[1]} or newer; this is {running} ({sys.executable}).")
    testing = arguments[:1] == ["test"]
    with locked():
        if not is_installed(testing):
            install(testing)
    if not testing:
        return become("qbwc-bridge", arguments)
    os.chdir(HERE)
    if arguments[1:]:
        return become("pytest", arguments[1:])
    return first_failure() or become("pytest", ["--numprocesses", "auto", "--dist", "worksteal"])


@contextlib.contextmanager
def locked() -> "Iterator[None]":
    """One at a time: a second run.py waits until the first has installed. The lock is on this file, far behind its end."""
    with open(__file__, "rb") as file:
        if sys.platform == "win32":
            import msvcrt

            file.seek(1 << 30)
            while True:
                with contextlib.suppress(OSError):  # after ten seconds it gives up
                    msvcrt.locking(file.fileno(), msvcrt.LK_LOCK, 1)
                    break
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def is_installed(testing: bool) -> bool:
    """Whether .venv is what the files of today would make. What testing needs includes the rest."""
    try:
        with open(STAMP, encoding="ascii") as file:
            found = file.read()
    except OSError:
        return False
    return is_usable() and found in (stamp(True), stamp(testing))


def stamp(testing: bool) -> str:
    """What the environment was made from, in one line."""
    digest = hashlib.sha256(f"{HERE} {sys.version_info[:2]}".encode())
    for name in MADE_FROM:
        with open(os.path.join(HERE, name), "rb") as file:
            digest.update(file.read())
    return f"{digest.hexdigest()} {'test' if testing else 'run'}\n"


def is_usable() -> bool:
    """Whether .venv belongs to this minor version of Python, and that Python is still there."""
    try:
        with open(os.path.join(VENV, "pyvenv.cfg"), encoding="utf-8") as file:
            about = dict(line.strip().split(" = ", 1) for line in file if " = " in line)
    except OSError:
        return False
    same = about.get("version", "").split(".")[:2] == [str(number) for number in sys.version_info[:2]]
    return same and os.path.isdir(about.get("home", "")) and os.path.exists(PYTHON)


def install(testing: bool) -> None:
    """Make .venv if there is no usable one, and install this checkout into it, editable."""
    print("Installing qbwc-bridge into .venv (once)…", file=sys.stderr, flush=True)
    if os.path.exists(STAMP):
        os.remove(STAMP)
    if not is_usable():
        quietly(
            [sys.executable, "-m", "venv", "--clear", VENV],
            "The environment .venv could not be made. On Debian and Ubuntu, install the package python3-venv first.",
        )
    pip = [
        PYTHON,
        "-m",
        "pip",
        "install",
        "-q",
        "--disable-pip-version-check",
        "-c",
        os.path.join(HERE, "constraints.txt"),
    ]
    quietly(
        [*pip, "-e", HERE + ("[test]" if testing else "")],
        "qbwc-bridge could not be installed; pip says why, above. Run the same command again when that is cured.",
    )
    with open(STAMP, "w", encoding="ascii") as file:
        file.write(stamp(testing))


def quietly(command: "Sequence[str]", otherwise: str) -> None:
    """Run it; its output matters only when it fails, and stdout belongs to the command that was asked for."""
    ran = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if ran.returncode:
        sys.stderr.flush()
        sys.stderr.buffer.write(ran.stdout)
        sys.exit(otherwise)


def first_failure() -> int:
    """The gate but for the tests: the exit status of the first step that fails, or 0. One line on stdout each."""
    for step in GATE:
        started = time.monotonic()
        command = [os.path.join(SCRIPTS, step[0]), *step[1:]]
        ran = subprocess.run(command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        took = time.monotonic() - started
        print(f"{' '.join(step):22} {'FAILED' if ran.returncode else 'ok'} in {took:.1f} s", flush=True)
        if ran.returncode:
            sys.stdout.buffer.write(ran.stdout)
            return ran.returncode
    print("pytest", flush=True)
    return 0


def become(program: str, arguments: "Sequence[str]") -> int:
    """Run a program of the environment in this one's place, with its exit status."""
    command = [os.path.join(SCRIPTS, program), *arguments]
    if os.name != "nt":
        os.execv(command[0], command)
    process = subprocess.Popen(command)
    while True:
        with contextlib.suppress(KeyboardInterrupt):  # the program got it too, and decides
            return process.wait()


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
