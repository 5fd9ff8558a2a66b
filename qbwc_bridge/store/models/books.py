"""What QuickBooks has: customer:jobs, invoices, payments and their parts, and how they changed."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    text,
)

from qbwc_bridge.store.columns import Cents, Instant, company, company_key, flag, number, words
from qbwc_bridge.store.models.metadata import metadata

customers = Table(
    "customers",
    metadata,
    company_key(),
    Column("list_id", String(36), primary_key=True),
    words("name"),
    words("full_name"),
    Column("parent_list_id", String(36), nullable=False, server_default=text("''")),
    Column("active", Boolean, nullable=False),
    words("currency"),
    number("seen_in"),  # the conversation that brought it last
    Column("deleted_at", Instant),
    Index("ix_customers_company_id_parent_list_id", "company_id", "parent_list_id"),
)

invoices = Table(
    "invoices",
    metadata,
    company_key(),
    Column("txn_id", String(36), primary_key=True),
    Column("list_id", String(36), nullable=False),
    words("ref_number"),
    words("edit_sequence"),  # the edition whose consequences are applied
    words("newest_edition"),
    number("seen_in"),  # the conversation that brought it last
)

payments = Table(
    "payments",
    metadata,
    company_key(),
    Column("txn_id", String(36), primary_key=True),
    Column("list_id", String(36), nullable=False),
    words("received_from"),
    Column("date", Date, nullable=False),
    Column("total", Cents, nullable=False),
    Column("unused", Cents, nullable=False),
    words("method"),
    words("ref_number"),
    words("memo"),
    words("currency"),
    flag("voided"),
    words("time_modified"),
    words("edit_sequence"),
    Column("removed_at", Instant),
    words("removed_because"),
    Index("ix_payments_company_id_list_id", "company_id", "list_id"),
)

parts = Table(
    "parts",
    metadata,
    company_key(),
    Column("txn_id", String(36), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("list_id", String(36), nullable=False),
    Column("amount", Cents, nullable=False),
    Column("applied_txn_id", String(36), nullable=False, server_default=text("''")),
    words("applied_txn_type"),
    words("applied_ref_number"),
    ForeignKeyConstraint(["company_id", "txn_id"], ["payments.company_id", "payments.txn_id"], ondelete="CASCADE"),
    Index("ix_parts_company_id_list_id", "company_id", "list_id"),
)

history = Table(
    "history",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    company(),
    Column("list_id", String(36), nullable=False),
    Column("txn_id", String(36), nullable=False),
    Column("at", Instant, nullable=False),
    Column("what", String(10), nullable=False),
    Column("before", Cents),
    Column("after", Cents),
    Column("details", JSON, nullable=False),
    Column("conversation_id", Integer),  # the sync that brought it; empty when a person did it
    Column("project_id", Integer),  # only where it happened to a project itself
    Index("ix_history_company_id_list_id", "company_id", "list_id"),
    Index("ix_history_company_id_conversation_id", "company_id", "conversation_id"),
    Index("ix_history_company_id_project_id", "company_id", "project_id"),
)
