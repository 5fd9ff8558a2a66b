"""The conversations with the Web Connector, the queue, and the marks reached."""

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text

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
from qbwc_bridge.store.models.metadata import metadata

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
    words("asked_by"),  # one person a line
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
    Index("ix_conversations_ended", "ended"),
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
    Index("ix_requests_conversation_id", "conversation_id"),  # asked for each conversation that is forgotten
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
    number("size"),  # of the document, in characters
    Column("body", LargeBinary, nullable=False),
    Index("ix_messages_conversation_id", "conversation_id"),
    Index("ix_messages_company_id_at", "company_id", "at"),
)
