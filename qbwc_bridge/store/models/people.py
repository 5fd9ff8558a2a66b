"""People, their roles, and what was opened for whom."""

from sqlalchemy import BigInteger, Column, ForeignKey, Index, Integer, String, Table, Text

from qbwc_bridge.store.columns import Instant, company, company_key, flag, number, project, same_company_project, words
from qbwc_bridge.store.models.metadata import metadata

users = Table(
    "users",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("email", String(254), nullable=False, unique=True),
    words("name"),
    Column("password_hash", Text),
    flag("operator"),
    number("session_epoch"),
    Column("created_at", Instant, nullable=False),
    Column("archived_at", Instant),
)

memberships = Table(
    "memberships",
    metadata,
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    company_key(),
    Column("role", String(10), nullable=False),
    Column("accepted_at", Instant),  # until then it is an offer and opens nothing
    Column("archived_at", Instant),
    words("archived_by"),
)

invitations = Table(
    "invitations",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("company_id", ForeignKey("companies.id", ondelete="CASCADE")),  # none: of whoever runs the installation
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
)

grants = Table(
    "grants",
    metadata,
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), primary_key=True),
    company(),
    Column("project_id", Integer, primary_key=True),
    same_company_project(),
)

shares = Table(
    "shares",
    metadata,
    Column("id", Integer, primary_key=True),
    company(),
    project(),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
    words("created_by"),
    Column("expires_at", Instant),
    Column("revoked_at", Instant),
    words("label"),  # whom it was made for
    flag("applied_to"),
    flag("memo"),
    same_company_project(),
)

tokens = Table(
    "tokens",
    metadata,
    Column("id", Integer, primary_key=True),
    company(),
    Column("name", String(100), nullable=False),
    Column("token_hash", String(64), nullable=False, unique=True),
    Column("created_at", Instant, nullable=False),
    words("created_by"),
    Column("last_used_at", Instant),
    Column("revoked_at", Instant),
)

audit = Table(
    "audit",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    company(),
    project(nullable=True),
    Column("at", Instant, nullable=False),
    words("who"),
    Column("what", String(40), nullable=False),
    words("subject"),
    same_company_project(),
    Index("ix_audit_company_id_id", "company_id", "id"),
)
