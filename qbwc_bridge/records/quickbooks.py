"""What QuickBooks tells: customers and jobs, payments, invoices, deletions, and the answers they come in."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

ZERO = Decimal("0.00")
INVOICE = "Invoice"
"""The TxnType whose applications decide to which customer:job a part of a payment belongs."""


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


class Application(NamedTuple):
    """The part of a payment that pays one other transaction, usually an invoice."""

    txn_id: str
    txn_type: str
    amount: Decimal
    ref_number: str = ""


class Payment(NamedTuple):
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
class CompanyFile:
    """The QuickBooks company file a conversation is talking to, or the one a company is locked to."""

    name: str
    path: str
