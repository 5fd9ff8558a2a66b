"""People are told and programs may read."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("channel", sa.String(length=10), nullable=False),
        sa.Column("target", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_deliveries_company_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
    )
    op.create_index("ix_deliveries_company_id_id", "deliveries", ["company_id", "id"], unique=False)
    op.create_index("ix_deliveries_next_at", "deliveries", ["next_at"], unique=False)
    op.create_table(
        "notices",
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("emails", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("webhook_url", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("webhook_secret", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("after_failures", sa.Integer(), server_default=sa.text("3"), nullable=False),
        sa.Column("new_payments", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("episode", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("episode_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("left_alone_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_history", sa.BigInteger(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_notices_company_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("company_id", name=op.f("pk_notices")),
    )
    op.create_table(
        "tokens",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("fk_tokens_company_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_tokens_token_hash")),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("company_id", sa.Integer(), nullable=False),
        sa.Column("project_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("who", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.Column("what", sa.String(length=40), nullable=False),
        sa.Column("subject", sa.Text(), server_default=sa.text("''"), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id", "project_id"],
            ["projects.company_id", "projects.id"],
            name=op.f("fk_audit_company_id_project_id"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["company_id"], ["companies.id"], name=op.f("fk_audit_company_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    op.create_index("ix_audit_company_id_id", "audit", ["company_id", "id"], unique=False)
    op.add_column("companies", sa.Column("qwc_downloaded_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("companies", sa.Column("password_shown_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("companies", sa.Column("locale", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column("installation", sa.Column("setup_code_hash", sa.String(length=64), nullable=True))
    op.add_column("installation", sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("installation", sa.Column("checked_url", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column("memberships", sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("memberships", sa.Column("archived_by", sa.Text(), server_default=sa.text("''"), nullable=False))
    _memberships_are_accepted()
    _invitations_belong_to_a_company()
    op.add_column("projects", sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(
        "projects", sa.Column("clients_see_applied_to", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("projects", sa.Column("clients_see_memo", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("shares", sa.Column("label", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column("shares", sa.Column("applied_to", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("shares", sa.Column("memo", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("conversations", sa.Column("asked_by", sa.Text(), server_default=sa.text("''"), nullable=False))
    op.add_column("messages", sa.Column("size", sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.drop_index("ix_companies_idle_ticket_hash", table_name="companies")
    op.create_index(
        "ix_customers_company_id_parent_list_id", "customers", ["company_id", "parent_list_id"], unique=False
    )
    op.create_index("ix_conversations_ended", "conversations", ["ended"], unique=False)
    op.create_index("ix_requests_conversation_id", "requests", ["conversation_id"], unique=False)
    op.create_index("ix_messages_company_id_at", "messages", ["company_id", "at"], unique=False)
    op.add_column("history", sa.Column("conversation_id", sa.Integer(), nullable=True))
    op.add_column("history", sa.Column("project_id", sa.Integer(), nullable=True))
    op.create_index("ix_history_company_id_conversation_id", "history", ["company_id", "conversation_id"], unique=False)
    op.create_index("ix_history_company_id_project_id", "history", ["company_id", "project_id"], unique=False)


def _memberships_are_accepted() -> None:
    """Whoever could sign in until now goes on. Who has not chosen a password yet has not come yet."""
    op.add_column("memberships", sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True))
    since = "(select created_at from users where users.id = memberships.user_id)"
    came = "(select id from users where password_hash is not null or operator)"
    op.execute(f"update memberships set accepted_at = {since} where user_id in {came}")  # noqa: S608 - no input


def _invitations_belong_to_a_company() -> None:
    """An open link stays the one of the only company of its person; nobody can say whose it is when there are several."""
    with op.batch_alter_table("invitations") as batch_op:
        batch_op.add_column(sa.Column("company_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(
            "fk_invitations_company_id", "companies", ["company_id"], ["id"], ondelete="CASCADE"
        )
    mine = "from memberships where memberships.user_id = invitations.user_id"
    alone = f"not operator and 1 = (select count(*) {mine})"
    people = f"(select id from users where {alone})"  # noqa: S608 - no input
    op.execute(f"update invitations set company_id = (select company_id {mine}) where user_id in {people}")  # noqa: S608
    op.execute(
        "delete from invitations where company_id is null and user_id not in (select id from users where operator)"
    )


def downgrade() -> None:
    op.drop_index("ix_history_company_id_project_id", table_name="history")
    op.drop_index("ix_history_company_id_conversation_id", table_name="history")
    op.drop_column("history", "project_id")
    op.drop_column("history", "conversation_id")
    op.drop_index("ix_messages_company_id_at", table_name="messages")
    op.drop_index("ix_requests_conversation_id", table_name="requests")
    op.drop_index("ix_conversations_ended", table_name="conversations")
    op.drop_index("ix_customers_company_id_parent_list_id", table_name="customers")
    op.create_index("ix_companies_idle_ticket_hash", "companies", ["idle_ticket_hash"], unique=False)
    op.drop_column("messages", "size")
    op.drop_column("conversations", "asked_by")
    op.drop_column("shares", "memo")
    op.drop_column("shares", "applied_to")
    op.drop_column("shares", "label")
    op.drop_column("projects", "clients_see_memo")
    op.drop_column("projects", "clients_see_applied_to")
    op.drop_column("projects", "archived_at")
    op.execute("delete from invitations where company_id is not null")  # there, each of them would set a password
    with op.batch_alter_table("invitations") as batch_op:
        batch_op.drop_constraint("fk_invitations_company_id", type_="foreignkey")
        batch_op.drop_column("company_id")
    # the older version would let them in
    op.execute("delete from memberships where archived_at is not null or accepted_at is null")
    op.drop_column("memberships", "accepted_at")
    op.drop_column("memberships", "archived_by")
    op.drop_column("memberships", "archived_at")
    op.drop_column("installation", "checked_url")
    op.drop_column("installation", "checked_at")
    op.drop_column("installation", "setup_code_hash")
    op.drop_column("companies", "locale")
    op.drop_column("companies", "password_shown_at")
    op.drop_column("companies", "qwc_downloaded_at")
    op.drop_index("ix_audit_company_id_id", table_name="audit")
    op.drop_table("audit")
    op.drop_table("tokens")
    op.drop_table("notices")
    op.drop_index("ix_deliveries_next_at", table_name="deliveries")
    op.drop_index("ix_deliveries_company_id_id", table_name="deliveries")
    op.drop_table("deliveries")
