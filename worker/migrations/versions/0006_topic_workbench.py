"""What marks, merged topics and re-matching need."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("topic", sa.Column("retired_by", sa.String(), nullable=True))
    op.add_column("topic", sa.Column("retired_reason", sa.Text(), nullable=True))
    op.add_column("topic", sa.Column("merged_into_id", sa.BigInteger(), nullable=True))
    op.create_index("ix_topic_merged_into_id", "topic", ["merged_into_id"], unique=False)
    op.add_column("subscription", sa.Column("continued_by", sa.BigInteger(), nullable=True))
    op.add_column("notice", sa.Column("detail", sa.JSON(), nullable=False, server_default="{}"))
    op.create_table(
        "topic_alias",
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("topic_id", BIG_ID, nullable=False),
        sa.Column("since", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("slug", name="pk_topic_alias"),
        sa.ForeignKeyConstraint(["topic_id"], ["topic.id"], name="fk_topic_alias_topic_id"),
    )
    op.create_index("ix_topic_alias_topic_id", "topic_alias", ["topic_id"], unique=False)
    _create_marks()
    _create_rematch()


def _create_marks() -> None:
    op.create_table(
        "topic_mark",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("article_id", BIG_ID, nullable=False),
        sa.Column("topic_id", BIG_ID, nullable=False),
        sa.Column("subscriber_id", BIG_ID, nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("marked_at", INSTANT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_topic_mark"),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name="fk_topic_mark_article_id"),
        sa.ForeignKeyConstraint(["topic_id"], ["topic.id"], name="fk_topic_mark_topic_id"),
        sa.ForeignKeyConstraint(["subscriber_id"], ["subscriber.id"], name="fk_topic_mark_subscriber_id"),
    )
    for name, columns, where in (
        ("uq_topic_mark_operator", ["article_id", "topic_id", "by"], "subscriber_id IS NULL"),
        ("uq_topic_mark_subscriber", ["article_id", "topic_id", "subscriber_id"], "subscriber_id IS NOT NULL"),
    ):
        op.create_index(
            name, "topic_mark", columns, unique=True, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
        )
    op.create_index("ix_topic_mark_topic", "topic_mark", ["topic_id", "article_id"], unique=False)
    op.create_index("ix_topic_mark_subscriber", "topic_mark", ["subscriber_id"], unique=False)


def _create_rematch() -> None:
    op.create_table(
        "rematch",
        sa.Column("id", BIG_ID, nullable=False),
        sa.Column("topic_id", BIG_ID, nullable=True),
        sa.Column("since", INSTANT, nullable=False),
        sa.Column("send", sa.Boolean(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", INSTANT, nullable=False),
        sa.Column("finished_at", INSTANT, nullable=True),
        sa.Column("last_article_id", sa.BigInteger(), nullable=False),
        sa.Column("until_article_id", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("total", "judged", "gained", "lost", "released")),
        sa.PrimaryKeyConstraint("id", name="pk_rematch"),
        sa.ForeignKeyConstraint(["topic_id"], ["topic.id"], name="fk_rematch_topic_id"),
    )
    op.create_index("ix_rematch_state", "rematch", ["state"], unique=False)


def downgrade() -> None:
    op.drop_table("rematch")
    op.drop_table("topic_mark")
    op.drop_table("topic_alias")
    op.drop_column("notice", "detail")
    op.drop_column("subscription", "continued_by")
    op.drop_index("ix_topic_merged_into_id", table_name="topic")
    for name in ("merged_into_id", "retired_reason", "retired_by"):
        op.drop_column("topic", name)
