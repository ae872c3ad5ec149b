"""What Alembic runs: revisions on the connection that worker.migrations.steps opened."""

from __future__ import annotations

from alembic import context
from sqlmodel import SQLModel

import worker.models  # noqa: F401 - declares the tables
from worker.migrations.rendering import plain_types

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=SQLModel.metadata,
    transactional_ddl=True,
    compare_type=True,
    render_item=plain_types,
    # A later revision that changes a table must make it anew on SQLite; the first one only creates.
    render_as_batch=context.config.attributes.get("changes_tables", False),
)
with context.begin_transaction():
    context.run_migrations()
