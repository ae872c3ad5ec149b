"""What saved searches need."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("topic", sa.Column("subscriber_id", sa.BigInteger(), nullable=True))
    op.create_index("ix_topic_subscriber_id", "topic", ["subscriber_id"], unique=False)
    op.create_table(
        "saved_search",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("subscriber_id", BIG_ID, nullable=False),
        sa.Column("topic_id", BIG_ID, nullable=False),
        sa.Column("query", sa.Text(), nullable=False),
        sa.Column("normal", sa.Text(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("ended_at", INSTANT, nullable=True),
        sa.Column("end_reason", sa.String(), nullable=True),
        sa.Column("change_number", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscriber.id"], name="fk_saved_search_subscriber_id"),
        sa.ForeignKeyConstraint(["topic_id"], ["topic.id"], name="fk_saved_search_topic_id"),
        sa.PrimaryKeyConstraint("id", name="pk_saved_search"),
        sa.UniqueConstraint("change_number", name="uq_saved_search_change_number"),
    )
    op.create_index(
        "uq_saved_search_open",
        "saved_search",
        ["subscriber_id", "normal"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index("ix_saved_search_subscriber", "saved_search", ["subscriber_id"], unique=False)
    op.create_index("ix_saved_search_topic_id", "saved_search", ["topic_id"], unique=False)


def downgrade() -> None:
    op.drop_table("saved_search")
    op.drop_index("ix_topic_subscriber_id", table_name="topic")
    op.drop_column("topic", "subscriber_id")
