"""Who is told when something is wrong, and the messages on their way."""

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text, text

from qbwc_bridge.store.columns import Instant, company, company_key, flag, number, words
from qbwc_bridge.store.models.metadata import metadata

notices = Table(
    "notices",
    metadata,
    company_key(),
    words("emails"),  # one address a line
    words("webhook_url"),
    words("webhook_secret"),  # signs what is sent, so it cannot be a hash
    Column("after_failures", Integer, nullable=False, server_default=text("3")),
    flag("new_payments"),
    words("episode"),  # the trouble that was told and is not over
    Column("episode_since", Instant),
    Column("left_alone_at", Instant),  # when syncing was last seen paused
    number("told_history", BigInteger),  # the last line of history that was told
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", Integer, primary_key=True),
    company(),
    Column("kind", String(20), nullable=False),
    Column("channel", String(10), nullable=False),
    words("target"),
    Column("document", Text, nullable=False),
    Column("made_at", Instant, nullable=False),
    number("attempts"),
    Column("next_at", Instant),  # empty once it is sent or given up
    Column("sent_at", Instant),
    words("error"),
    Index("ix_deliveries_next_at", "next_at"),
    Index("ix_deliveries_company_id_id", "company_id", "id"),
)
