"""An office for the demonstration: a service on a free folder of its own, a sample QuickBooks, and a Web Connector that polls.

In: a port, a clock. Out: a running site over real HTTP and SOAP, and how its figures compare with the company file's own.
Everything lies in a temporary folder and is gone at the end.
"""

import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from qbwc_bridge import server
from qbwc_bridge.cli import setting_up
from qbwc_bridge.config import Config, Database, Server, Sync, Web
from qbwc_bridge.connector import client_links, credentials, links, people
from qbwc_bridge.errors import BridgeError
from qbwc_bridge.records import Company, Role, Summary
from qbwc_bridge.simulator import (
    SAMPLE_PROJECTS,
    SCENARIOS,
    Books,
    Faults,
    RequestProcessor,
    Update,
    WebConnector,
    payments_of,
    sample_books,
    unapplied,
)
from qbwc_bridge.store import companies, customers, projects, summaries, users
from qbwc_bridge.store import database as store
from qbwc_bridge.web import passwords

COMPANY = "Sample Builders"
PASSWORD = "sample-builders"  # noqa: S105 - of people who exist only while the demonstration runs
ADMIN, STAFF, CLIENT = "admin@example.com", "staff@example.com", "client@example.com"
POLL_SECONDS = 3.0
log = logging.getLogger("qbwc_bridge.demo")


@dataclass(frozen=True, slots=True)
class Comparison:
    """One project: what the site says, and whether the company file says the same."""

    summary: Summary
    equal: bool


class SampleOffice:
    """Use :func:`sample_office`, which also clears up."""

    def __init__(self, config: Config, clock: Callable[[], datetime]) -> None:
        self.config = config
        self.clock = clock
        self.database = store.Database(config.database.url)
        self.books: Books = sample_books(clock().date())
        self.company, password = self._people()
        self.books.register(self.company.owner_id, self.company.file_id)
        self.service = server.build(config, clock)
        url = f"{config.server.public_url}/qbwc"
        quickbooks = RequestProcessor(self.books)
        self.connector = WebConnector(url, self.company.connector_user, password, quickbooks, self.company.owner_id)

    def _people(self) -> tuple[Company, str]:
        password, now = credentials.new_password(), self.clock()
        hashed = passwords.hashed(PASSWORD)
        with self.database.begin() as c:
            kept = credentials.password_hash(password)
            company = companies.add(c, COMPANY, "sample-builders", kept, credentials.new_guid(), now)
            for email, role in ((ADMIN, Role.ADMIN), (STAFF, Role.STAFF), (CLIENT, Role.CLIENT)):
                user = users.add(c, email, role.value.capitalize(), hashed, False, now)
                people.give_role(c, company.id, user, role, (), "demo", now)
        return company, password

    def poll(self) -> Update:
        """One update of the Web Connector."""
        here = self.clock().astimezone(self.books.now.tzinfo)
        self.books.now = max(self.books.now, here)
        return self.connector.update()

    def link_projects(self) -> None:
        """The sample projects, each linked with Client Payments on."""
        with self.database.begin() as c:
            for sample in SAMPLE_PROJECTS:
                wanted = links.ProjectForm(
                    name=sample.name,
                    contract_price=sample.contract_price,
                    list_id=customers.find(c, self.company.id, sample.customer).list_id,
                    include_jobs=sample.include_jobs,
                    client_payments=True,
                )
                links.save(c, self.company, None, wanted, self.clock(), "demo")

    def share_first(self) -> str:
        """The client's sign-in and a client link, both for the first project; returns the link."""
        now = self.clock()
        with self.database.begin() as c:
            project = projects.by_name(c, self.company.id, SAMPLE_PROJECTS[0].name)
            token = client_links.make(c, self.company, project, "demo", now, label="the client of the demonstration")
            client = users.by_email(c, CLIENT)
            if client is not None:
                people.give_role(c, self.company.id, client, Role.CLIENT, [project.id], "demo", now)
        return f"{self.config.server.public_url}/shared/{token}"

    def comparisons(self) -> Iterator[Comparison]:
        """Every linked project beside the company file's own truth."""
        with self.database.read() as c:
            for each in projects.listing(c, self.company.id):
                summary = summaries.load(c, self.company.id, each.id, self.clock())
                yield Comparison(summary, self._is_true(summary, each.list_id, each.include_jobs))

    def _is_true(self, summary: Summary, list_id: str, include_jobs: bool) -> bool:
        truth = payments_of(self.books, list_id, include_jobs)
        theirs = sorted((each.txn_id, each.date, each.amount, each.total_amount, each.status) for each in truth)
        ours = sorted((line.txn_id, line.date, line.amount, line.total_amount, line.status) for line in summary.lines)
        return (
            ours == theirs
            and summary.paid_to_date == sum(each.amount for each in truth)
            and summary.unapplied == unapplied(self.books, list_id, include_jobs)
            and summary.count == sum(each.status == "posted" for each in truth)
        )

    def enter_payments(self) -> None:
        """A bookkeeper enters something that the site does not know yet."""
        SCENARIOS["new-payment"].prepare(self.books, Faults())

    def keep_polling(self, stop: threading.Event) -> threading.Thread:
        """As the Web Connector's scheduler does, only much more often."""

        def polls() -> None:
            while not stop.wait(POLL_SECONDS):
                update = self.poll()
                if update.outcome == "error":
                    log.warning("The Web Connector reports: %s", update.last_error)

        thread = threading.Thread(target=polls, name="web-connector", daemon=True)
        thread.start()
        return thread


@contextmanager
def sample_office(port: int, clock: Callable[[], datetime]) -> Iterator[SampleOffice]:
    """An office that serves on ``port`` (0: a free one). Raises BridgeError when the port is taken."""
    with TemporaryDirectory(prefix="qbwc-bridge-demo-", ignore_cleanup_errors=True) as folder:
        config = office_config(Path(folder), port)
        for _ in setting_up.init(config, clock()):
            pass
        office = SampleOffice(config, clock)
        try:
            office.service.start()
            yield office
        finally:
            office.service.stop()
            office.database.close()


def first_update(office: SampleOffice) -> None:
    """The first poll recognises the file and brings the customers; then the projects are linked and synced."""
    _finished(office.poll())
    office.link_projects()
    _finished(office.poll())


def _finished(update: Update) -> None:
    if update.outcome != "done":
        raise BridgeError(f"The sample update did not finish ({update.outcome}).", update.last_error)


def office_config(folder: Path, port: int = 0) -> Config:
    """All it writes goes to the folder; port 0 is a free one."""
    port = port or _free_port()
    return Config(
        server=Server(port=port, public_url=f"http://localhost:{port}"),
        database=Database(f"sqlite:///{(folder / 'demo.db').as_posix()}"),
        sync=Sync(poll_minutes=1),
        web=Web(secret_key_file=folder / "demo.secret"),
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port
