"""Companies, their projects and people, the queue of requests, and conversations with the Web Connector."""

from dataclasses import dataclass, field
from datetime import datetime, time
from decimal import Decimal

from qbwc_bridge.records.money import Failure, Line, Tally
from qbwc_bridge.records.quickbooks import Activity, CompanyFile
from qbwc_bridge.records.words import RequestKind, RequestState, Role


@dataclass(frozen=True, slots=True)
class Company:
    """One set of books and the connection to it. ``failure`` goes with the next success; ``locale`` "" follows ``country``."""

    id: int
    name: str
    connector_user: str
    owner_id: str
    file_id: str
    client_payments_default: bool
    daily_at: time
    timezone: str
    created_at: datetime
    qwc_downloaded_at: datetime | None = None
    password_shown_at: datetime | None = None
    last_contact_at: datetime | None = None
    last_reason: str = ""
    last_success_at: datetime | None = None
    customers_received_at: datetime | None = None
    daily_queued_at: datetime | None = None
    complete_at: datetime | None = None
    paused: bool = False
    quiet_hours: tuple[time, time] | None = None
    activity: Activity | None = None
    connector_version: str = ""
    product: str = ""
    country: str = ""
    locale: str = ""
    file: CompanyFile | None = None
    other_file: CompanyFile | None = None
    failure: Failure | None = None
    failed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ClientColumns:
    """The columns a client is shown only when an admin allows it. None of them to begin with."""

    applied_to: bool = False
    memo: bool = False

    @property
    def titles(self) -> tuple[str, ...]:
        """What stands above them."""
        return ("Applied to",) * self.applied_to + ("Memo",) * self.memo


NOTHING_MORE = ClientColumns()
"""What clients see to begin with."""


@dataclass(frozen=True, slots=True)
class Project:
    """A project and its link. ``list_id`` is "" while it is not linked; ``synced_at`` is None before the first success.
    ``frozen`` are the lines shown last, once the customer:job is gone from QuickBooks or the project was archived; they stay
    until it is read completely again. ``archived_at`` is None for a project in use. ``clients_see`` is for the clients who
    sign in; each client link has columns of its own."""

    id: int
    company_id: int
    name: str
    client_name: str = ""
    contract_price: Decimal | None = None
    client_payments: bool = False
    list_id: str = ""
    include_jobs: bool = False
    synced_at: datetime | None = None
    held_at: datetime | None = None
    failure: Failure | None = None
    failed_at: datetime | None = None
    frozen: tuple[Line, ...] | None = None
    pulled: frozenset[str] = frozenset()
    clients_see: ClientColumns = NOTHING_MORE
    archived_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """One row of the queue. ``ids`` are ListIDs or TxnIDs; ``with_jobs`` asks for the one ListID's whole subtree. ``since``
    is a moment of QuickBooks' wall clock, ``newest`` the latest one received. ``sends`` counts how often the row went out, so
    that a late answer to an earlier send never matches."""

    id: int
    kind: RequestKind
    state: RequestState
    project_id: int | None = None
    ids: tuple[str, ...] = ()
    with_jobs: bool = False
    since: str = ""
    newest: str = ""
    sends: int = 0
    attempts: int = 0
    iterator_id: str = ""
    received: int = 0
    remaining: int | None = None
    trigger: str = ""
    requested_by: str = ""
    requested_at: datetime | None = None
    conversation_id: int | None = None
    error_code: str = ""

    @property
    def wire_id(self) -> str:
        """The ``requestID`` of the present send (at most 50 characters: status 1060)."""
        return f"{self.id}.{self.sends}"


@dataclass(frozen=True, slots=True)
class Conversation:
    """One update of the Web Connector, from ``authenticate`` to ``closeConnection``; also one line of the sync log.
    ``asked_by`` are the people whose requests it carries."""

    id: int
    company_id: int
    started: datetime
    last_call_at: datetime
    address: str = ""
    ended: datetime | None = None
    trigger: str = ""
    asked_by: tuple[str, ...] = ()
    verified: bool = False
    qbxml_version: str = ""
    file: CompanyFile | None = None
    rounds: int = 0
    progress: int = 0
    connection_errors: int = 0
    awaiting_answer: bool = False
    result: str = ""  # "" while open, then ok | failed | held | stopped
    failure: Failure | None = None
    added: int = 0
    changed: int = 0
    removed: int = 0
    quickbooks: "Tally | None" = None
    ours: "Tally | None" = None

    @property
    def mismatch(self) -> bool:
        """Did count or total of both sides differ when they were compared?"""
        return self.quickbooks != self.ours


@dataclass(frozen=True, slots=True)
class User:
    """A person. ``roles`` maps company id to role; an operator is an admin of every company.

    ``offered`` are the roles in companies whose link was not taken yet. They open nothing.
    """

    id: int
    email: str
    name: str = ""
    operator: bool = False
    roles: dict[int, Role] = field(default_factory=dict)
    session_epoch: int = 0
    offered: dict[int, Role] = field(default_factory=dict)

    def listed_as(self, company_id: int) -> Role | None:
        """What the people page of a company calls them, come or only invited; None for somebody else's people."""
        return self.roles.get(company_id) or self.offered.get(company_id)

    @property
    def companies(self) -> set[int]:
        """Every company that has them on its people page."""
        return set(self.roles) | set(self.offered)
