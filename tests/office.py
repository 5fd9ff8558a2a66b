"""An office for tests: a company file, a QuickBooks, a Web Connector without a network, and the bridge, with one clock.

The Web Connector here calls the conversation directly, call by call, so that a test can stop, lose or repeat any of them;
``web_connector`` is the simulator's, which goes over real SOAP and has its own tests.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from qbwc_bridge.config import Sync
from qbwc_bridge.connector import links
from qbwc_bridge.connector import requests as queue
from qbwc_bridge.connector.conversation import Conversations
from qbwc_bridge.connector.credentials import new_guid, password_hash
from qbwc_bridge.records import Company, Conversation, Project, Summary, Trigger
from qbwc_bridge.simulator import Books, Faults, RequestProcessor, RequestRefused, WebConnector, paid_by, sample_books
from qbwc_bridge.store import companies, conversations, customers, projects, summaries
from qbwc_bridge.store.conversations import Message
from qbwc_bridge.store.database import Connection, Database
from qbwc_bridge.summary import SyncStatus

PASSWORD = "open-sesame"
TODAY = date(2026, 3, 2)


@dataclass
class Clock:
    """The service's clock. Every look at it takes a second, so that later really is later."""

    now: datetime = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now

    def pass_(self, **span: float) -> None:
        self.now += timedelta(**span)


@dataclass
class Call:
    """One call of the Web Connector, with what it got back once it was made."""

    name: str
    result: Any = None


@dataclass
class Office:
    """``company`` names the books at the service; ``books`` is the file in QuickBooks."""

    database: Database
    books: Books = field(default_factory=lambda: sample_books(TODAY))
    name: str = "Acme"
    settings: Sync = field(default_factory=Sync)
    clock: Clock = field(default_factory=Clock)
    address: str = "192.0.2.7"

    def __post_init__(self) -> None:
        with self.database.begin() as c:
            user, file_id = f"{self.name.lower()}-bridge", new_guid()
            self.company: Company = companies.add(c, self.name, user, password_hash(PASSWORD), file_id, self.clock())
        self.books.register(self.company.owner_id, self.company.file_id)
        self.quickbooks = RequestProcessor(self.books)
        self.service = Conversations(self.database, self.settings, self.clock)

    # The Web Connector ---------------------------------------------------------------------------------------------

    def authenticate(self, password: str = PASSWORD) -> list[str]:
        return self.service.authenticate(self.company.connector_user, password, self.address)

    def send(self, ticket: str, hcp: str | None = None, path: str | None = None) -> str:
        introduction = self.quickbooks.hcp(self.company.owner_id) if hcp is None else hcp
        path = self.quickbooks.books.path if path is None else path
        return self.service.send_request_xml(ticket, introduction, path, "US", 16, 0)

    def answer(self, ticket: str, request: str) -> int:
        try:
            return self.service.receive_response_xml(ticket, self.quickbooks.process(request), "", "")
        except RequestRefused as refused:
            return self.service.receive_response_xml(ticket, "", refused.hresult, refused.message)

    def poll(self) -> list[Call]:
        """One whole update, as the Web Connector does it."""
        return list(self.calls())

    def calls(self) -> Iterator[Call]:
        """One whole update, call by call: stop iterating and the Web Connector has died."""
        self.quickbooks.begin_session()
        ticket, work, *_ = self.authenticate()
        yield Call("authenticate", work)
        if not work:
            yield from self._rounds(ticket)
        yield Call("closeConnection", self.service.close_connection(ticket))

    def _rounds(self, ticket: str) -> Iterator[Call]:
        hcp = None
        for _ in range(500):
            request = self.send(ticket, hcp)
            hcp = ""
            yield Call("sendRequestXML", request)
            percent = self.answer(ticket, request) if request else -1
            if request:
                yield Call("receiveResponseXML", percent)
            if percent < 0:
                yield Call("getLastError", self.service.get_last_error(ticket))
            if percent < 0 or percent == 100:
                return
        raise AssertionError("the conversation does not end")

    # The people ----------------------------------------------------------------------------------------------------

    def link(
        self, full_name: str, *, project: str = "", include_jobs: bool = False, price: str | None = None
    ) -> Project:
        with self.database.begin() as c:
            job = customers.find(c, self.company.id, full_name)
            contract = None if price is None else Decimal(price)
            form = links.ProjectForm(project or full_name, "", contract, job.list_id, include_jobs, True)
            return links.save(c, self.company, None, form, self.clock(), "dana@example.com")

    def sync_now(self, project: Project | None = None) -> int:
        with self.database.begin() as c:
            chosen = project.id if project else None
            return queue.request_sync(c, self.company.id, chosen, trigger=Trigger.PERSON, by="dana", now=self.clock())

    def summary(self, project: Project) -> Summary:
        with self.database.read() as c:
            return summaries.load(c, self.company.id, project.id, self.clock.now)

    def status(self, project: Project) -> SyncStatus:
        with self.database.read() as c:
            return summaries.status(c, self.company.id, project.id, self.clock.now)

    def overview(self) -> summaries.Overview:
        with self.database.read() as c:
            return summaries.overview(c, self.company.id, self.clock.now)

    def log(self) -> list[Conversation]:
        with self.database.read() as c:
            return conversations.log(c, self.company.id)

    def projects(self) -> list[Project]:
        with self.database.read() as c:
            return projects.listing(c, self.company.id)

    # The truth -----------------------------------------------------------------------------------------------------

    def list_id(self, full_name: str) -> str:
        return next(
            one.list_id for one in self.books.customers.values() if self.books.full_name(one.list_id) == full_name
        )

    def true_total(self, project: Project) -> Decimal:
        return paid_by(self.books, project.list_id, project.include_jobs)

    def assert_true(self) -> None:
        """Every project shows what QuickBooks has."""
        shown = {one.name: self.summary(one).paid_to_date for one in self.projects()}
        assert shown == {one.name: self.true_total(one) for one in self.projects()}


def web_connector(office: Office, public_url: str, faults: Faults) -> WebConnector:
    """The one that calls a running service over SOAP."""
    quickbooks = RequestProcessor(office.books, faults)
    user = office.company.connector_user
    return WebConnector(f"{public_url}/qbwc", user, PASSWORD, quickbooks, office.company.owner_id)


def started(office: Office, *names: str, **options: Any) -> list[Project]:
    """An office whose customers have arrived, with these jobs linked and synced."""
    office.poll()
    linked = [office.link(name, **options) for name in names]
    office.clock.pass_(minutes=1)
    office.poll()
    return linked


Make = Callable[..., Office]


def messages_of(c: Connection, company_id: int, conversation_id: int) -> list[Message]:
    """The raw documents of one conversation, in order, however old."""
    ever = datetime(1990, 1, 1, tzinfo=UTC)
    kept = conversations.envelopes(c, company_id, conversation_id, ever)
    return [conversations.message(c, company_id, conversation_id, one.id, ever) for one in kept]
