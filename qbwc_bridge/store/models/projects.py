"""Projects, and the payments people typed for them."""

from sqlalchemy import JSON, Column, Date, Index, Integer, String, Table, Text, UniqueConstraint, text

from qbwc_bridge.store.columns import Cents, Instant, company, failure, flag, project, same_company_project, words
from qbwc_bridge.store.models.metadata import metadata

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
    Column("pulled", JSON(none_as_null=True)),  # the ListIDs the last complete pull covered
    Column("archived_at", Instant),
    *(flag(name) for name in ("clients_see_applied_to", "clients_see_memo")),
    Column("frozen", Text),  # the lines shown last, once the job is gone or the project is archived
    UniqueConstraint("company_id", "name"),
    UniqueConstraint("company_id", "id"),  # so that other tables can point at (company, project) together
    Index("ix_projects_company_id_list_id", "company_id", "list_id"),
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
