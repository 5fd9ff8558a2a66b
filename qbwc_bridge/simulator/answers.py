"""How QuickBooks words its records: one function per kind, its elements in the order the reference lists them.

In: a record of the company file. Out: ``(element name, value)`` pairs, a value being text, more pairs, or None for an
absent element. Names are today's, times are the wall clock with its offset. It will never know requests or filters.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TypeAlias

from lxml import etree

from .ledger import Application, CardRefund, CreditMemo, Customer, Deletion, Invoice, Ledger, Payment, RefundCheck, Txn

Fields: TypeAlias = "Sequence[tuple[str, str | Fields | None]]"

RECEIVABLE = "Accounts Receivable"
UNDEPOSITED = "Undeposited Funds"
BANK = "Checking"
FIXED_IDS = {
    RECEIVABLE: "8000000B-1218987298",
    UNDEPOSITED: "8000007C-1333734185",
    BANK: "80000003-1218985001",
    "US Dollar": "80000096-1218985570",
}
METHOD_IDS = {"Cash": "80000001-1218985625", "Check": "80000002-1218985625"}
# What only comes when asked for: element → the request element that brings it.
ASKED_FOR = {
    "AppliedToTxnRet": "IncludeLineItems",
    "RefundAppliedToTxnRet": "IncludeLineItems",
    "InvoiceLineRet": "IncludeLineItems",
    "ExpenseLineRet": "IncludeLineItems",
    "LinkedTxn": "IncludeLinkedTxns",
}


def append(parent: etree._Element, name: str, fields: Fields) -> etree._Element:
    """Writes the pairs as child elements; etree escapes."""
    element = etree.SubElement(parent, name)
    for key, value in fields:
        if isinstance(value, str):
            etree.SubElement(element, key).text = value
        elif value is not None:
            append(element, key, value)
    return element


def money(amount: Decimal) -> str:
    """An amount as QuickBooks writes it, always with two decimals."""
    return f"{amount:.2f}"


def stamp(moment: datetime | None) -> str | None:
    """``2026-03-03T11:06:40-05:00``; DATETIMETYPE knows no Z and no fraction."""
    return moment.isoformat(timespec="seconds") if moment else None


def _ref(name: str) -> Fields | None:
    if not name:
        return None
    list_id = FIXED_IDS.get(name) or METHOD_IDS.get(name) or f"8000{sum(name.encode()) % 0xFFFF:04X}-1218985625"
    return [("ListID", list_id), ("FullName", name)]


def _customer_ref(books: Ledger, list_id: str) -> Fields:
    return [("ListID", list_id), ("FullName", books.full_name(list_id))]


def _flag(value: bool) -> str:
    return "true" if value else "false"


# The company ----------------------------------------------------------------------------------------------------


def host(books: Ledger) -> Fields:
    """HostRet: the edition, its country, the qbXML versions it speaks."""
    return [
        ("ProductName", books.product),
        ("MajorVersion", "34"),
        ("MinorVersion", "0"),
        ("Country", books.country),
        *(("SupportedQBXMLVersion", version) for version in books.versions),
        ("IsAutomaticLogin", "false"),
        ("QBFileMode", "SingleUser"),
    ]


def company(books: Ledger, owners: Iterable[str], app_lock: str = "") -> Fields:
    """CompanyRet, with the private data extensions of the OwnerIDs asked for."""
    return [
        ("IsSampleCompany", "false"),
        ("CompanyName", books.company),
        ("LegalCompanyName", books.legal_name),
        ("FirstMonthFiscalYear", "January"),
        ("AccountantCopy", [("AccountantCopyExists", "false")]),
        *(row for owner in owners for row in _extensions(books, owner, app_lock)),
    ]


def _extensions(books: Ledger, owner: str, app_lock: str) -> Iterable[tuple[str, Fields]]:
    values = {"AppLock": app_lock, "FileID": books.file_ids.get(owner.upper(), "")}
    for name, value in values.items():
        if value:
            row = [("OwnerID", owner), ("DataExtName", name), ("DataExtType", "STR255TYPE"), ("DataExtValue", value)]
            yield "DataExtRet", row


def company_activity(books: Ledger) -> Fields:
    """CompanyActivityRet: the last restore and the last condensing."""
    return [("LastRestoreTime", stamp(books.restored_at)), ("LastCondenseTime", stamp(books.condensed_at))]


def preferences(books: Ledger) -> Fields:
    """PreferencesRet, as far as anybody here asks."""
    foreign = any(customer.currency for customer in books.customers.values())
    accounting = ["IsUsingAccountNumbers", "IsRequiringAccounts", "IsUsingClassTracking"]
    accounting += ["IsUsingAuditTrail", "IsAssigningJournalEntryNumbers"]
    currency: Fields = [
        ("IsMultiCurrencyOn", _flag(foreign)),
        ("HomeCurrencyRef", _ref("US Dollar" if foreign else "")),
    ]
    return [
        ("AccountingPreferences", [(name, _flag(name == "IsUsingAuditTrail")) for name in accounting]),
        ("MultiCurrencyPreferences", currency),
        (
            "SalesAndCustomersPreferences",
            [("IsTrackingReimbursedExpensesAsIncome", "false"), ("IsAutoApplyingPayments", "true")],
        ),
        (
            "CurrentAppAccessRights",
            [("IsAutomaticLoginAllowed", "false"), ("IsPersonalDataAccessAllowed", "false")],
        ),
    ]


# The customer list ----------------------------------------------------------------------------------------------


def customer(books: Ledger, entry: Customer) -> Fields:
    """CustomerRet."""
    return [
        ("ListID", entry.list_id),
        ("TimeCreated", stamp(entry.created)),
        ("TimeModified", stamp(entry.modified)),
        ("EditSequence", str(entry.edit_sequence)),
        ("Name", entry.name),
        ("FullName", books.full_name(entry.list_id)),
        ("IsActive", _flag(entry.active)),
        ("ParentRef", _customer_ref(books, entry.parent) if entry.parent else None),
        ("Sublevel", str(books.depth(entry.list_id) - 1)),
        ("CompanyName", entry.name),
        ("JobStatus", "InProgress" if entry.parent else None),
        ("CurrencyRef", _ref(entry.currency)),
    ]


# Transactions ---------------------------------------------------------------------------------------------------


def _opening(txn: Txn) -> Fields:
    return [
        ("TxnID", txn.txn_id),
        ("TimeCreated", stamp(txn.created)),
        ("TimeModified", stamp(txn.modified)),
        ("EditSequence", str(txn.edit_sequence)),
        ("TxnNumber", str(txn.txn_number)),
    ]


def _dated(txn: Txn) -> Fields:
    return [("TxnDate", txn.txn_date.isoformat()), ("RefNumber", txn.ref_number or None)]


def _currency(books: Ledger, txn: Txn) -> Fields:
    currency = books.customers[txn.customer].currency
    return [("CurrencyRef", _ref(currency)), ("ExchangeRate", "1" if currency else None)]


def payment(books: Ledger, txn: Payment) -> Fields:
    """ReceivePaymentRet; its applications come only with IncludeLineItems."""
    in_home = money(txn.amount) if books.customers[txn.customer].currency else None
    return [
        *_opening(txn),
        ("CustomerRef", _customer_ref(books, txn.customer)),
        ("ARAccountRef", _ref(RECEIVABLE)),
        *_dated(txn),
        ("TotalAmount", money(txn.amount)),
        *_currency(books, txn),
        ("TotalAmountInHomeCurrency", in_home),
        ("PaymentMethodRef", _ref(txn.method)),
        ("Memo", txn.memo or None),
        ("DepositToAccountRef", _ref(UNDEPOSITED)),
        ("UnusedPayment", money(txn.unused)),
        ("UnusedCredits", "0.00"),
        *(("AppliedToTxnRet", _applied(books, txn, link)) for link in txn.applications),
    ]


def _applied(books: Ledger, payer: Txn, link: Application) -> Fields:
    """``BalanceRemaining`` is today's; the LinkedTxn rows are other people's money (reference, trap 6)."""
    target = books.txns[link.txn_id]
    others = [(txn, other) for txn, other in books.links_to(link.txn_id) if txn is not payer]
    return [
        ("TxnID", target.txn_id),
        ("TxnType", target.kind),
        *_dated(target),
        ("BalanceRemaining", money(books.balance(target.txn_id))),
        ("Amount", money(link.amount)),
        ("DiscountAmount", money(link.discount) if link.discount else None),
        *(("LinkedTxn", _linked(txn, other.amount)) for txn, other in others),
    ]


def _linked(txn: Txn, amount: Decimal) -> Fields:
    return [
        ("TxnID", txn.txn_id),
        ("TxnType", txn.kind),
        *_dated(txn),
        ("LinkType", "AMTTYPE"),
        ("Amount", money(-amount)),
    ]


def invoice(books: Ledger, txn: Invoice) -> Fields:
    """InvoiceRet."""
    balance = books.balance(txn.txn_id)
    return [
        *_opening(txn),
        ("CustomerRef", _customer_ref(books, txn.customer)),
        ("ARAccountRef", _ref(RECEIVABLE)),
        *_dated(txn),
        ("IsPending", "false"),
        ("IsFinanceCharge", "false"),
        ("Subtotal", money(txn.amount)),
        ("SalesTaxTotal", "0.00"),
        ("AppliedAmount", money(balance - txn.amount)),
        ("BalanceRemaining", money(balance)),
        *_currency(books, txn),
        ("Memo", txn.memo or None),
        ("IsPaid", _flag(balance == 0)),
        *(("LinkedTxn", _linked(payer, link.amount)) for payer, link in books.links_to(txn.txn_id)),
        ("InvoiceLineRet", [("TxnLineID", f"{txn.txn_number:X}-1"), ("Desc", "Draw"), ("Amount", money(txn.amount))]),
    ]


def credit_memo(books: Ledger, txn: CreditMemo) -> Fields:
    """CreditMemoRet."""
    targets = [(books.txns[link.txn_id], link.amount) for link in txn.applications]
    return [
        *_opening(txn),
        ("CustomerRef", _customer_ref(books, txn.customer)),
        ("ARAccountRef", _ref(RECEIVABLE)),
        *_dated(txn),
        ("IsPending", "false"),
        ("Subtotal", money(txn.amount)),
        ("SalesTaxTotal", "0.00"),
        ("TotalAmount", money(txn.amount)),
        ("CreditRemaining", money(txn.unused)),
        *_currency(books, txn),
        ("Memo", txn.memo or None),
        *(("LinkedTxn", _linked(target, -amount)) for target, amount in targets),
    ]


def card_refund(books: Ledger, txn: CardRefund) -> Fields:
    """ARRefundCreditCardRet."""
    return [
        *_opening(txn),
        ("CustomerRef", _customer_ref(books, txn.customer)),
        ("RefundFromAccountRef", _ref(UNDEPOSITED)),
        ("ARAccountRef", _ref(RECEIVABLE)),
        *_dated(txn),
        ("TotalAmount", money(txn.amount)),
        *_currency(books, txn),
        ("PaymentMethodRef", _ref(txn.method)),
        ("Memo", txn.memo or None),
        *(("RefundAppliedToTxnRet", _refunded(source, link)) for source, link in books.links_to(txn.txn_id)),
    ]


def _refunded(source: Txn, link: Application) -> Fields:
    return [
        ("TxnID", source.txn_id),
        ("TxnType", source.kind),
        *_dated(source),
        ("CreditRemaining", money(source.unused)),
        ("RefundAmount", money(link.amount)),
    ]


def refund_check(books: Ledger, txn: RefundCheck) -> Fields:
    """What makes a check a refund is its expense line on Accounts Receivable (reference 5.10)."""
    line: Fields = [
        ("TxnLineID", f"{txn.txn_number:X}-1"),
        ("AccountRef", _ref(RECEIVABLE)),
        ("Amount", money(txn.amount)),
        ("CustomerRef", _customer_ref(books, txn.customer)),
    ]
    return [
        *_opening(txn),
        ("AccountRef", _ref(BANK)),
        ("PayeeEntityRef", _customer_ref(books, txn.customer)),
        ("RefNumber", txn.ref_number or None),
        ("TxnDate", txn.txn_date.isoformat()),
        ("Amount", money(txn.amount)),
        *_currency(books, txn),
        ("Memo", txn.memo or None),
        ("IsToBePrinted", "false"),
        *(("LinkedTxn", _linked(source, link.amount)) for source, link in books.links_to(txn.txn_id)),
        ("ExpenseLineRet", line),
    ]


# The log of deletions -------------------------------------------------------------------------------------------


def txn_deleted(entry: Deletion) -> Fields:
    """TxnDeletedRet."""
    return [
        ("TxnDelType", entry.kind),
        ("TxnID", entry.key),
        ("TimeCreated", stamp(entry.created)),
        ("TimeDeleted", stamp(entry.deleted)),
        ("RefNumber", entry.label or None),
    ]


def list_deleted(entry: Deletion) -> Fields:
    """ListDeletedRet."""
    return [
        ("ListDelType", entry.kind),
        ("ListID", entry.key),
        ("TimeCreated", stamp(entry.created)),
        ("TimeDeleted", stamp(entry.deleted)),
        ("FullName", entry.label or None),
    ]
