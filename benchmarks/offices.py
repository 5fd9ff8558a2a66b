"""The whole product on a database of its own, with one company, as the benchmarks need it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.serving import Served, serving
from qbwc_bridge.connector import links
from qbwc_bridge.connector import requests as queue
from qbwc_bridge.connector.credentials import password_hash
from qbwc_bridge.records import Company, Project, Trigger
from qbwc_bridge.store import companies, customers
from qbwc_bridge.store.database import Database

USER, PASSWORD = "acme-bridge", "a-connector-password"
FILE_ID = "{00000001-0000-4000-8000-000000000000}"


@dataclass
class Office:
    """A server in a process of its own, its database, and the company in it."""

    database: Database
    company: Company
    server: Served

    def link(self, count: int) -> list[Project]:
        """Link so many jobs, each with a project of its own."""
        now = datetime.now(UTC)
        with self.database.begin() as c:
            jobs = [one for one in customers.everything(c, self.company.id).values() if one.parent_list_id][:count]
            forms = [
                links.ProjectForm(one.full_name, "", Decimal("240000.00"), one.list_id, False, True) for one in jobs
            ]
            return [links.save(c, self.company, None, form, now, "benchmark") for form in forms]

    def press(self) -> None:
        """Sync Data Now for all projects."""
        with self.database.begin() as c:
            queue.request_sync(c, self.company.id, None, trigger=Trigger.PERSON, by="benchmark", now=datetime.now(UTC))


@contextmanager
def office() -> Iterator[Office]:
    """On SQLite, with nothing but the company."""
    with TemporaryDirectory() as folder:
        Path(folder, "key").write_text("0" * 64)
        url = f"sqlite:///{folder}/books.db"
        database = Database(url)
        database.migrate(datetime.now(UTC))
        with database.begin() as c:
            company = companies.add(c, "Acme", USER, password_hash(PASSWORD), FILE_ID, datetime.now(UTC))
        with serving(product, folder, url) as server:
            yield Office(database, company, server)
        database.close()


def product(folder: str, url: str) -> Any:
    """The whole application as it is served."""
    from qbwc_bridge.config import load
    from qbwc_bridge.server import application

    config = load(None, {"QBWC_BRIDGE_WEB_SECRET_KEY_FILE": f"{folder}/key"})
    return application(config, Database(url), lambda: datetime.now(UTC))
