"""The tables. Every row but the installation's own and people's has its company; there is no query without it.
Money is integer cents, instants are UTC, QuickBooks' wall-clock times are text as received."""

from qbwc_bridge.store.models.books import customers, history, invoices, parts, payments
from qbwc_bridge.store.models.metadata import metadata
from qbwc_bridge.store.models.notices import deliveries, notices
from qbwc_bridge.store.models.office import companies, installation
from qbwc_bridge.store.models.people import audit, grants, invitations, memberships, shares, tokens, users
from qbwc_bridge.store.models.projects import manual_payments, projects
from qbwc_bridge.store.models.syncing import conversations, marks, messages, requests, staged_payments

__all__ = [
    "audit",
    "companies",
    "conversations",
    "customers",
    "deliveries",
    "grants",
    "history",
    "installation",
    "invitations",
    "invoices",
    "manual_payments",
    "marks",
    "memberships",
    "messages",
    "metadata",
    "notices",
    "parts",
    "payments",
    "projects",
    "requests",
    "shares",
    "staged_payments",
    "tokens",
    "users",
]
