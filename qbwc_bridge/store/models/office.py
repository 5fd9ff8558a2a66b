"""The installation, its companies, and what each company is told and allows."""

from sqlalchemy import Column, Integer, String, Table, Text, text

from qbwc_bridge.store.columns import Instant, failure, flag, words
from qbwc_bridge.store.models.metadata import metadata

installation = Table(
    "installation",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("owner_id", String(38), nullable=False),
    Column("created_at", Instant, nullable=False),
    Column("setup_code_hash", String(64)),  # opens the first-run page while there is no admin
    Column("checked_at", Instant),  # when the self-checks passed last, and for which address
    words("checked_url"),
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
    Column("qwc_downloaded_at", Instant),
    Column("password_shown_at", Instant),
    Column("last_contact_at", Instant),
    words("last_reason"),
    Column("idle_ticket_hash", String(64)),
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
    words("locale"),  # how money and dates are written; "" follows the country of the company file
    Column("file_name", Text),
    Column("file_path", Text),
    Column("other_file_name", Text),
    Column("other_file_path", Text),
    *failure(),
)
