"""The nouns of the product as frozen dataclasses. They travel between the rooms; they decide nothing.

Units, everywhere: money is ``Decimal`` with two places; instants are aware ``datetime`` in UTC; QuickBooks' own times are
its wall clock as text ``YYYY-MM-DDTHH:MM:SS`` without offset (older builds append a wrong one in summer); dates are
``datetime.date``; a missing text is ``""``.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from decimal import Decimal
from enum import StrEnum
from typing import Any

ZERO = Decimal("0.00")
INVOICE = "Invoice"
"""The TxnType whose applications decide to which customer:job a part of a payment belongs."""


class Role(StrEnum):
    """What a person may do in one company: admins configure, staff read, clients read the projects they are given."""

    ADMIN = "admin"
    STAFF = "staff"
    CLIENT = "client"


class State(StrEnum):
    """The nine states of a project, the same words on the page, in the log, on the command line, in JSON and metrics."""

    OFF = "off"
    UNLINKED = "unlinked"
    NO_CONNECTOR = "no-connector"
    QUEUED = "queued"
    SYNCING = "syncing"
    CURRENT = "current"
    STALE = "stale"
    FAILED = "failed"
    HELD = "held"


class RequestKind(StrEnum):
    """What one row of the queue asks QuickBooks for."""

    COMPANY = "company"  # which company file is open
    ACTIVITY = "activity"  # when it was last restored or condensed
    CUSTOMERS = "customers"  # the list, whole or since a moment
    DELETED_CUSTOMERS = "deleted customers"
    INVOICES = "invoices"  # by TxnID
    CHANGED_INVOICES = "changed invoices"
    DELETED_INVOICES = "deleted invoices"
    PAYMENTS = "payments"  # the complete pull of one link
    PAYMENTS_BY_ID = "payments by id"
    CHANGED_PAYMENTS = "changed payments"  # of the whole company
    DELETED_PAYMENTS = "deleted payments"
    COUNT = "count"  # how many payments QuickBooks has for some customer:jobs


class RequestState(StrEnum):
    """Where a row of the queue is. ``drained``: all its pages are here, its rows wait to be reconciled."""

    QUEUED = "queued"
    SENT = "sent"
    DRAINED = "drained"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Trigger(StrEnum):
    """Why a sync runs."""

    FIRST_LINK = "first link"
    PERSON = "Sync Data Now"
    DAILY = "daily"
    WEEKLY = "weekly re-reading"
    REPAIR = "repair"
    FIRST_POLL = "first poll"


@dataclass(frozen=True, slots=True)
class Failure:
    """A problem in words. ``code`` is an HRESULT, a qbXML status code or a name of our own; ``hint`` says who does what."""

    code: str
    sentence: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class CustomerJob:
    """An entry of QuickBooks' customer list; a job has a parent. ``deleted``: QuickBooks no longer has it."""

    list_id: str
    name: str
    full_name: str
    parent_list_id: str = ""
    active: bool = True
    currency: str = ""
    deleted: bool = False
    time_modified: str = ""


@dataclass(frozen=True, slots=True)
class Application:
    """The part of a payment that pays one other transaction, usually an invoice."""

    txn_id: str
    txn_type: str
    amount: Decimal
    ref_number: str = ""


@dataclass(frozen=True, slots=True)
class Payment:
    """A ReceivePayment as QuickBooks told it. ``unused`` is money not applied to anything."""

    txn_id: str
    list_id: str
    received_from: str
    date: date
    total: Decimal
    unused: Decimal = ZERO
    method: str = ""
    ref_number: str = ""
    memo: str = ""
    currency: str = ""
    voided: bool = False
    time_modified: str = ""
    edit_sequence: str = ""
    applications: tuple[Application, ...] = ()


@dataclass(frozen=True, slots=True)
class Invoice:
    """What is needed of an invoice: whose it is. ``list_id`` is "" when QuickBooks does not have the invoice any more."""

    txn_id: str
    list_id: str
    ref_number: str = ""
    time_modified: str = ""
    edit_sequence: str = ""


@dataclass(frozen=True, slots=True)
class Deletion:
    """A line of QuickBooks' deletion log, which remembers 90 days. ``key`` is a TxnID or a ListID."""

    key: str
    time_modified: str = ""


@dataclass(frozen=True, slots=True)
class Activity:
    """When the company file was last restored from a backup and last condensed, on its own wall clock, or ""."""

    restored_at: str = ""
    condensed_at: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """The share of a payment that belongs to one customer:job; ``application`` is None for money not set against an invoice."""

    list_id: str
    amount: Decimal
    application: Application | None = None


@dataclass(frozen=True, slots=True)
class BookedPayment:
    """A payment with its attribution, as it is stored. The parts add up to the payment's total."""

    payment: Payment
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One line of history: what happened to a payment, as one customer:job sees it."""

    txn_id: str
    list_id: str
    what: str  # added | changed | voided | removed | restored
    before: Decimal | None
    after: Decimal | None
    details: dict[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ManualPayment:
    """A payment typed by a person. ``archived_at`` is set while QuickBooks' payments stand in its place."""

    id: int
    date: date
    amount: Decimal
    method: str = ""
    ref_number: str = ""
    memo: str = ""
    archived_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class CompanyFile:
    """The QuickBooks company file a conversation is talking to, or the one a company is locked to."""

    name: str
    path: str


@dataclass(frozen=True, slots=True)
class Company:
    """One set of books and the connection to it. ``failure`` goes with the next success."""

    id: int
    name: str
    connector_user: str
    owner_id: str
    file_id: str
    client_payments_default: bool
    daily_at: time
    timezone: str
    created_at: datetime
    last_contact_at: datetime | None = None
    last_reason: str = ""
    last_success_at: datetime | None = None
    customers_received_at: datetime | None = None
    daily_queued_at: datetime | None = None
    complete_at: datetime | None = None
    activity: Activity | None = None
    connector_version: str = ""
    product: str = ""
    country: str = ""
    file: CompanyFile | None = None
    other_file: CompanyFile | None = None
    failure: Failure | None = None
    failed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a payment summary, in date order. ``amount`` is what counts for the project."""

    source: str  # quickbooks | manual
    date: date
    amount: Decimal
    total_amount: Decimal
    running_total: Decimal
    status: str = "posted"  # posted | voided
    txn_id: str = ""
    manual_id: int | None = None
    method: str = ""
    ref_number: str = ""
    memo: str = ""
    received_from: str = ""
    applied_to: tuple[Application, ...] = ()
    unapplied: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Project:
    """A project and its link. ``list_id`` is "" while it is not linked; ``synced_at`` is None before the first success.
    ``frozen`` are the lines shown last, once the customer:job is gone from QuickBooks."""

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
    """One update of the Web Connector, from ``authenticate`` to ``closeConnection``; also one line of the sync log."""

    id: int
    company_id: int
    started: datetime
    last_call_at: datetime
    address: str = ""
    ended: datetime | None = None
    trigger: str = ""
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


@dataclass(frozen=True, slots=True)
class Tally:
    """How many payments and how much, on one side of the comparison."""

    count: int
    total: Decimal


@dataclass(frozen=True, slots=True)
class Answer:
    """One ``…Rs`` of an answer: its status and its rows. ``remaining`` is None when QuickBooks did not page, ``count``
    when it was not asked to count."""

    request_id: str
    status_code: int
    severity: str
    message: str
    rows: tuple[Any, ...]
    iterator_id: str = ""
    remaining: int | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True)
class User:
    """A person. ``roles`` maps company id to role; an operator is an admin of every company."""

    id: int
    email: str
    name: str = ""
    operator: bool = False
    roles: dict[int, Role] = field(default_factory=dict)
    session_epoch: int = 0


@dataclass(frozen=True, slots=True)
class Summary:
    """The payment summary of one project: the only source of the page, the exports, the JSON and the chart."""

    company: str
    project: str
    customer: CustomerJob | None
    client_payments: bool
    state: State
    synced_at: datetime | None
    currency: str
    contract_price: Decimal | None
    paid_to_date: Decimal
    unapplied: Decimal
    count: int
    lines: tuple[Line, ...]
    on_parent: Decimal = ZERO
    parent_name: str = ""
