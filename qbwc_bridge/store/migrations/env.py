"""Alembic's entry: it runs on the connection that ``store.migrate`` hands over, in one transaction."""

from alembic import context

from qbwc_bridge.store.models import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    render_as_batch=False,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
