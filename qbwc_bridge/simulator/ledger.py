"""The records of a company file and the rules between them: what is linked to what, and what may be saved.

In: records that :mod:`.books` enters. Out: look-ups (full names, subtrees, balances, links) and refusals. Money is
Decimal, in the customer's currency. It will never know qbXML, nor the edits a person makes.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import ClassVar, TypeVar
from zoneinfo import ZoneInfo

ZERO = Decimal("0.00")
CENT = Decimal("0.01")
OPENING = datetime(2026, 1, 5, 12, 0, tzinfo=ZoneInfo("America/New_York"))
FIRST_TXN = 0x4E00
FIRST_LIST = 0x80000000
LEVELS = 5
VERSIONS = ("1.0", "1.1", "2.0", "2.1", *(f"{major}.0" for major in range(3, 17)))


class BooksRefused(ValueError):
    """QuickBooks would not let a person save this."""


@dataclass(frozen=True)
class Application:
    """One link of a payment or credit to what it pays. ``discount`` is forgiven, not received."""

    txn_id: str
    amount: Decimal
    discount: Decimal = ZERO


@dataclass(frozen=True)
class Deletion:
    """One line of the log. ``kind`` is a TxnDelType or ListDelType, ``label`` the RefNumber or FullName it had."""

    kind: str
    key: str
    created: datetime
    deleted: datetime
    label: str


@dataclass
class Saved:
    """What every record has from being saved. ``edit_sequence`` differs after each save, nothing more."""

    created: datetime
    modified: datetime
    edit_sequence: int


@dataclass
class Customer(Saved):
    """A customer, or a job when it has a ``parent`` (a ListID)."""

    list_id: str
    name: str
    parent: str = ""
    active: bool = True
    currency: str = ""


@dataclass
class Txn(Saved):
    """A transaction of one customer:job. ``amount``: billed, received, credited or refunded; never below 0."""

    kind: ClassVar[str] = ""
    txn_id: str
    txn_number: int
    customer: str
    amount: Decimal
    txn_date: date
    ref_number: str = ""
    memo: str = ""
    method: str = ""
    applications: tuple[Application, ...] = ()

    @property
    def voided(self) -> bool:
        return self.amount == 0 and self.memo.upper().startswith("VOID:")

    @property
    def unused(self) -> Decimal:
        return self.amount - sum((link.amount for link in self.applications), ZERO)


class Invoice(Txn):
    """What a customer or job owes."""

    kind = "Invoice"


class Payment(Txn):
    """Money received."""

    kind = "ReceivePayment"


class CreditMemo(Txn):
    """A credit without money."""

    kind = "CreditMemo"


class CardRefund(Txn):
    """Money given back to a card."""

    kind = "ARRefundCreditCard"


class RefundCheck(Txn):
    """Money given back by check."""

    kind = "Check"


AnyTxn = TypeVar("AnyTxn", bound=Txn)
AnySaved = TypeVar("AnySaved", bound=Saved)


@dataclass
class Ledger:
    """The state of one company file. ``file_ids``: OwnerID in capitals → FileID."""

    now: datetime = OPENING
    company: str = "Sample Builders"
    legal_name: str = "Sample Builders LLC"
    path: str = r"C:\QuickBooks\Sample Builders.QBW"
    product: str = "QuickBooks Enterprise Solutions 24.0"
    country: str = "US"
    versions: tuple[str, ...] = VERSIONS
    customers: dict[str, Customer] = field(default_factory=dict)
    txns: dict[str, Txn] = field(default_factory=dict)
    deletions: list[Deletion] = field(default_factory=list)
    file_ids: dict[str, str] = field(default_factory=dict)
    restored_at: datetime | None = None
    condensed_at: datetime | None = None
    _links: dict[str, dict[str, None]] = field(default_factory=dict, repr=False)
    _listed: int = field(default=0, repr=False)
    _entered: int = field(default=0, repr=False)

    # Looking things up ------------------------------------------------------------------------------------------

    def customer(self, key: str) -> Customer:
        """By ListID or by today's full name, whatever its case."""
        if key in self.customers:
            return self.customers[key]
        for customer in self.customers.values():
            if self.full_name(customer.list_id).lower() == key.lower():
                return customer
        raise BooksRefused(f"no customer:job {key!r}")

    def full_name(self, list_id: str) -> str:
        return ":".join(self.customers[key].name for key in reversed(list(self.lineage(list_id))))

    def lineage(self, list_id: str) -> Iterator[str]:
        """The ListID itself, its parent, its parent's parent …"""
        while list_id:
            yield list_id
            list_id = self.customers[list_id].parent

    def depth(self, list_id: str) -> int:
        """1 for a customer, 2 for its job …; 0 for no ListID."""
        return len(list(self.lineage(list_id)))

    def subtree(self, list_id: str) -> list[str]:
        """The ListID itself and all jobs below it."""
        return [key for key in self.customers if list_id in self.lineage(key)]

    def of(self, kind: type[AnyTxn]) -> list[AnyTxn]:
        """All transactions of one kind, in the order they were entered."""
        return [txn for txn in self.txns.values() if isinstance(txn, kind)]

    def find(self, kind: type[AnyTxn], txn_id: str) -> AnyTxn:
        txn = self.txns.get(txn_id)
        if not isinstance(txn, kind):
            raise BooksRefused(f"no {kind.kind} {txn_id!r}")
        return txn

    def links_to(self, txn_id: str) -> list[tuple[Txn, Application]]:
        """Everything applied to a transaction: ``(payment or credit, its application)``."""
        sources = [self.txns[key] for key in self._links.get(txn_id, ())]
        return [(txn, link) for txn in sources for link in txn.applications if link.txn_id == txn_id]

    def balance(self, txn_id: str, besides: str = "") -> Decimal:
        """What is still open on an invoice, leaving out the applications of the transaction ``besides``."""
        links = [link for txn, link in self.links_to(txn_id) if txn.txn_id != besides]
        return self.txns[txn_id].amount - sum((link.amount + link.discount for link in links), ZERO)

    def pays_into(self, txn: Txn, customers: Collection[str]) -> bool:
        return any(self.txns[link.txn_id].customer in customers for link in txn.applications)

    # Entering and saving ----------------------------------------------------------------------------------------

    def instant(self) -> datetime:
        return self.now.replace(microsecond=0)

    def fresh(self) -> tuple[datetime, datetime, int]:
        """``created, modified, edit_sequence`` of a record entered now."""
        return self.instant(), self.instant(), int(self.now.timestamp())

    def save(self, saved: AnySaved) -> AnySaved:
        saved.modified = self.instant()
        saved.edit_sequence = max(saved.edit_sequence + 1, int(self.now.timestamp()))
        return saved

    def next_list_id(self) -> str:
        self._listed += 1
        return f"{FIRST_LIST + self._listed:X}-{int(self.now.timestamp())}"

    def entered(
        self, customer: str, amount: Decimal, txn_date: date | None
    ) -> tuple[datetime, datetime, int, str, int, str, Decimal, date]:
        """What every transaction entered now begins with, up to its date."""
        self.check_amount(amount)
        list_id = self.customer(customer).list_id
        self._entered += 1
        txn_id = f"{FIRST_TXN + self._entered:X}-{int(self.now.timestamp())}"
        return *self.fresh(), txn_id, self._entered, list_id, amount.quantize(CENT), txn_date or self.now.date()

    def link(self, txn: AnyTxn, applications: tuple[Application, ...]) -> AnyTxn:
        """Replaces what a payment or credit is applied to, on both ends."""
        for old in txn.applications:
            self._links[old.txn_id].pop(txn.txn_id, None)
        for new in applications:
            self._links.setdefault(new.txn_id, {})[txn.txn_id] = None
        txn.applications = applications
        return txn

    def let_go(self, txn_id: str) -> None:
        """Whatever was applied to this transaction no longer is; nobody's TimeModified moves."""
        for txn, _ in self.links_to(txn_id):
            self.link(txn, tuple(link for link in txn.applications if link.txn_id != txn_id))

    # Rules ------------------------------------------------------------------------------------------------------

    def check_amount(self, amount: Decimal) -> None:
        if amount < 0 or amount != amount.quantize(CENT):
            raise BooksRefused(f"{amount} is no amount")

    def check_name(self, name: str, parent: str, besides: str = "") -> None:
        if not name or len(name) > 41 or ":" in name:
            raise BooksRefused(f"{name!r} is no name for a customer or job")
        if self.depth(parent) >= LEVELS:
            raise BooksRefused(f"the customer list has {LEVELS} levels")
        siblings = (other for other in self.customers.values() if other.parent == parent and other.list_id != besides)
        if any(other.name.lower() == name.lower() for other in siblings):
            raise BooksRefused(f"{name!r} is already in use")

    def checked(
        self,
        payer: str,
        amount: Decimal,
        applied: Mapping[str, Decimal],
        discounts: Mapping[str, Decimal],
        besides: str = "",
    ) -> tuple[Application, ...]:
        """The links of a payer's money to invoices, or a refusal: no more than there is, no more than is open."""
        keys = dict.fromkeys((*applied, *discounts))
        links = tuple(Application(key, applied.get(key, ZERO), discounts.get(key, ZERO)) for key in keys)
        if sum((link.amount for link in links), ZERO) > amount:
            raise BooksRefused("more applied than received")
        for link in links:
            self._check_link(payer, link, besides)
        return links

    def _check_link(self, payer: str, link: Application, besides: str) -> None:
        invoice = self.find(Invoice, link.txn_id)
        self.check_amount(link.amount)
        self.check_amount(link.discount)
        if payer not in self.lineage(invoice.customer):
            raise BooksRefused("a payer pays invoices of its own tree only")
        if link.amount + link.discount > self.balance(link.txn_id, besides):
            raise BooksRefused("more applied than is open on the invoice")
