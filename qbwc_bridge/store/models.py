"""The tables. Every row but the installation's own and people's has its company; there is no query without it.
Money is integer cents, instants are UTC, QuickBooks' wall-clock times are text as received."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from qbwc_bridge.store.columns import (
    Cents,
    Instant,
    company,
    company_key,
    failure,
    flag,
    number,
    project,
    same_company_project,
    words,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


installation = Table(
    "installation",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("owner_id", String(38), nullable=False),
    Column("created_at", Instant, nullable=False),
)

companies = Table(
    "companies",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("connector_user", String(100), nullable=False, unique=True),
    Column("connector_password_hash", String(64), nullable=False),
    Column("file_id", String(38), nullable=False, unique=True),
    flag("client_payments_default"),
    Column("daily_at", String(5), nullable=False, server_default=text("'02:00'")),
    Column("timezone", String(64), nullable=False, server_default=text("'UTC'")),
    Column("created_at", Instant, nullable=False),
    Column("last_contact_at", Instant),
    words("last_reason"),
    Column("idle_ticket_hash", String(64), index=True),
    Column("last_success_at", Instant),
    Column("customers_received_at", Instant),
    Column("daily_queued_at", Instant),
    flag("paused"),
    *(Column(name, String(5)) for name in ("quiet_from", "quiet_until")),  # HH:MM of the company's own clock
    Column("complete_at", Instant),  # when all links were last re-read completely
    Column("restored_at", Text),
    Column("condensed_at", Text),
    words("connector_version"),
    words("product"),
    words("country"),
    Column("file_name", Text),
    Column("file_path", Text),
    Column("other_file_name", Text),
    Column("other_file_path", Text),
    *failure(),
)

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
)

invitations = Table(
    "invitations",
    metadata,
    Column("token_hash", String(64), primary_key=True),
    Column("user_id", ForeignKey("users.id", ondelete="CASCADE"), nullable=False),
    Column("expires_at", Instant, nullable=False),
    Column("used_at", Instant),
)

projects = Table(
    "projects",
    metadata,
    Column("id", Integer, primary_key=True),
    company(),
    Column("name", String(200), nullable=False),
    words("client_name"),
    Column("contract_price", Cents),
    flag("client_payments"),
    Column("list_id", String(36), nullable=False, server_default=text("''")),
    flag("include_jobs"),
    Column("created_at", Instant, nullable=False),
    Column("linked_at", Instant),
    Column("synced_at", Instant),
    Column("held_at", Instant),
    *failure(),
    Column("pulled", JSON),  # the ListIDs the last complete pull covered
    Column("frozen", Text),  # the lines shown last, once the job is gone
    UniqueConstraint("company_id", "name"),
    UniqueConstraint("company_id", "id"),  # so that other tables can point at (company, project) together
    Index("ix_projects_company_id_list_id", "company_id", "list_id"),
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
    same_company_project(),
)

manual_payments = Table(
    "manual_payments",
    metadata,
    Column("id", Integer, primary_key=True),
    company(),
    project(),
    Column("date", Date, nullable=False),
    Column("amount", Cents, nullable=False),
    words("method"),
    words("ref_number"),
    words("memo"),
    words("created_by"),
    Column("created_at", Instant, nullable=False),
    Column("changed_at", Instant),
    Column("archived_at", Instant),
    Column("deleted_at", Instant),
    same_company_project(),
    Index("ix_manual_payments_company_id_project_id", "company_id", "project_id"),
)

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
    Index("ix_history_company_id_list_id", "company_id", "list_id"),
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", Integer, primary_key=True),
    company(),
    Column("ticket_hash", String(64), nullable=False, unique=True),
    Column("started", Instant, nullable=False),
    Column("last_call_at", Instant, nullable=False),
    words("address"),
    Column("ended", Instant),
    words("trigger"),
    flag("verified"),
    words("qbxml_version"),
    Column("file_name", Text),
    Column("file_path", Text),
    number("rounds"),
    number("progress"),
    number("connection_errors"),
    flag("awaiting_answer"),
    words("result"),
    *failure(),
    number("added"),
    number("changed"),
    number("removed"),
    Column("quickbooks_count", Integer),
    Column("quickbooks_total", Cents),
    Column("our_count", Integer),
    Column("our_total", Cents),
    Index("ix_conversations_company_id_started", "company_id", "started"),
)

requests = Table(
    "requests",
    metadata,
    Column("id", Integer, primary_key=True),
    company(),
    project(nullable=True),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="SET NULL")),
    Column("kind", String(20), nullable=False),
    Column("state", String(10), nullable=False),
    Column("ids", JSON, nullable=False),
    flag("with_jobs"),
    words("since"),
    words("newest"),
    number("sends"),
    number("attempts"),
    words("iterator_id"),
    number("received"),
    Column("remaining", Integer),
    words("trigger"),
    words("requested_by"),
    Column("requested_at", Instant, nullable=False),
    Column("ended_at", Instant),
    words("error_code"),
    same_company_project(),
    Index("ix_requests_company_id_state", "company_id", "state"),
)

marks = Table(
    "marks",
    metadata,
    company_key(),
    Column("kind", String(20), primary_key=True),
    Column("mark", String(19), nullable=False),  # QuickBooks' wall clock
)

staged_payments = Table(
    "staged_payments",
    metadata,
    company_key(),
    Column("request_id", ForeignKey("requests.id", ondelete="CASCADE"), primary_key=True),
    Column("txn_id", String(36), primary_key=True),
    Column("document", Text, nullable=False),
)

messages = Table(
    "messages",
    metadata,
    Column("id", Integer, primary_key=True),
    company(),
    Column("conversation_id", ForeignKey("conversations.id", ondelete="CASCADE"), nullable=False),
    Column("round", Integer, nullable=False),
    Column("direction", String(8), nullable=False),
    Column("at", Instant, nullable=False),
    words("hresult"),
    words("message"),
    Column("body", LargeBinary, nullable=False),
    Index("ix_messages_conversation_id", "conversation_id"),
)
