"""Queries to one qbXML message, from the templates in ``qbxml_templates``.

Element order is significant and one illegal character makes QuickBooks refuse the whole message (HRESULT 0x80040400), so
everything comes from fixed templates, escaped, and leaves as ASCII with numeric references (reference: text and encoding).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from qbwc_bridge.records import RequestKind

TEMPLATES = {
    RequestKind.COMPANY: "company_query.xml",
    RequestKind.ACTIVITY: "company_activity_query.xml",
    RequestKind.CUSTOMERS: "customer_query.xml",
    RequestKind.DELETED_CUSTOMERS: "list_deleted_query.xml",
    RequestKind.INVOICES: "invoice_query.xml",
    RequestKind.CHANGED_INVOICES: "changed_invoice_query.xml",
    RequestKind.DELETED_INVOICES: "txn_deleted_query.xml",
    RequestKind.PAYMENTS: "receive_payment_query.xml",
    RequestKind.PAYMENTS_BY_ID: "receive_payment_query_by_id.xml",
    RequestKind.CHANGED_PAYMENTS: "changed_receive_payment_query.xml",
    RequestKind.DELETED_PAYMENTS: "txn_deleted_query.xml",
    RequestKind.COUNT: "receive_payment_count_query.xml",
}


@dataclass(frozen=True, slots=True)
class Query:
    """One query of a message. ``id`` travels as ``requestID`` (at most 50 characters); ``ids`` are ListIDs or TxnIDs."""

    id: str
    kind: RequestKind
    ids: tuple[str, ...] = ()
    with_jobs: bool = False
    since: str = ""
    iterator_id: str = ""
    page_size: int = 500
    owner_id: str = ""

    @property
    def template(self) -> str:
        """The file that renders this kind."""
        return TEMPLATES[self.kind]

    @property
    def txn_type(self) -> str:
        """The transaction type a deletion query names."""
        return "Invoice" if self.kind is RequestKind.DELETED_INVOICES else "ReceivePayment"


def render(queries: Sequence[Query], version: str) -> str:
    """One ``QBXMLMsgsRq`` with these queries, for qbXML ``version`` such as "13.0"."""
    text = _message().render(requests=queries, version=version)
    return text.encode("ascii", "xmlcharrefreplace").decode("ascii")


@cache
def _message() -> Template:
    loader = PackageLoader("qbxml_templates", package_path="")
    return Environment(loader=loader, autoescape=True, undefined=StrictUndefined).get_template("message.xml")
