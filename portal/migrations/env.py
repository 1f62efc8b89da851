"""What Alembic runs: the migrations over the connection that `upgrade` gives."""

from alembic import context

from portal.tables import METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=METADATA,
    render_as_batch=True,
    user_module_prefix="vault.base.database.",
)
with context.begin_transaction():
    context.run_migrations()
