"""What a person waits for at the command line: CPU of commands as ratios to an empty Python and to the libraries alone.

The floors are measured in the same run; each number is the best of several runs, user and system time together. The import is
of 2,000 lines, each a project linked with Client Payments on.
"""

import os
import resource
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from qbwc_bridge.connector.credentials import new_guid
from qbwc_bridge.records import CustomerJob
from qbwc_bridge.store import companies, customers, projects
from qbwc_bridge.store.database import Database

RUNS, LINES = 7, 2000
LIBRARIES = "import click, sqlalchemy"
ROOT = Path(__file__).parents[1]
NOW = datetime.now(UTC)


def _cpu(*words: str, runs: int = RUNS) -> float:
    """Seconds of CPU of a Python with these arguments, the best of so many runs."""
    return min(_once(words) for _ in range(runs))


def _once(words: tuple[str, ...]) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, *words], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _office(folder: Path) -> None:
    """Two companies with nothing but customers, in a database of this folder; what to import into the second."""
    os.environ["QBWC_BRIDGE_DATABASE_URL"] = url = f"sqlite:///{folder / 'commands.db'}"
    database = Database(url)
    database.migrate(NOW)
    jobs = [CustomerJob(f"{number:08X}-1", f"Job {number}", f"Job {number}") for number in range(LINES)]
    with database.begin() as c:
        for name in ("Acme", "Import"):
            company = companies.add(c, name, name, "", new_guid(), NOW)
            customers.receive(c, company.id, jobs, 1)
            projects.add(c, company.id, "Kitchen", NOW)
    database.close()
    rows = [f"Project {number},Job {number},on,off,240000" for number in range(LINES)]
    head = "project,customer,client_payments,include_jobs,contract_price"
    (folder / "projects.csv").write_text("\n".join([head, *rows]), "utf-8")


def run() -> None:
    """Print the ratios."""
    ours = ("-m", "qbwc_bridge")
    with tempfile.TemporaryDirectory() as folder:
        _office(Path(folder))
        python, libraries = _cpu("-c", "pass"), _cpu("-c", LIBRARIES)
        print(f"commands: an empty Python takes {python * 1000:.0f} ms CPU, {LIBRARIES!r} {libraries * 1000:.0f} ms")
        measured = {
            "--help": _cpu(*ours, "--help"),
            "run.py --help": _cpu(str(ROOT / "run.py"), "--help"),
            "sync status": _cpu(*ours, "sync", "status", "Acme"),
            "payments": _cpu(*ours, "payments", "Acme", "Kitchen"),
            f"project import of {LINES} lines": _cpu(
                *ours, "project", "import", "Import", f"{folder}/projects.csv", runs=1
            ),
        }
    for name, seconds in measured.items():
        print(
            f"  {name}: {seconds * 1000:.0f} ms CPU; {seconds / python:.1f} of an empty Python, "
            f"{seconds / libraries:.1f} of the libraries alone"
        )


if __name__ == "__main__":
    run()
