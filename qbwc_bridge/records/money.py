"""Money as the product keeps and shows it: parts, history, typed payments, and the summary of a project."""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from qbwc_bridge.records.quickbooks import ZERO, Application, CustomerJob, Payment
from qbwc_bridge.records.words import State


class Part(NamedTuple):
    """The share of a payment that belongs to one customer:job; ``application`` is None for money not set against an invoice."""

    list_id: str
    amount: Decimal
    application: Application | None = None


class BookedPayment(NamedTuple):
    """A payment with its attribution, as it is stored. All its parts add up to the payment's total."""

    payment: Payment
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """One line of history: what happened to a payment, as one customer:job sees it."""

    txn_id: str
    list_id: str
    what: str  # added | changed | voided | removed
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
class Tally:
    """How many payments and how much, on one side of the comparison."""

    count: int
    total: Decimal


class Line(NamedTuple):
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


@dataclass(frozen=True, slots=True)
class Failure:
    """A problem in words. ``code`` is an HRESULT, a qbXML status code or a name of our own; ``hint`` says who does what."""

    code: str
    sentence: str
    hint: str = ""
