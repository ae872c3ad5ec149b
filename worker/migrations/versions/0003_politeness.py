"""What politeness, pushes and the health of sources need."""

from __future__ import annotations

from urllib.parse import urlsplit

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("source", sa.Column("host", sa.String(), nullable=False, server_default=""))
    op.add_column("source", sa.Column("recent", sa.JSON(), nullable=False, server_default="[]"))
    op.add_column("source", sa.Column("pace_seconds", sa.Integer(), nullable=True))
    for instant in ("silent_at", "failing_since", "alarm_at"):
        op.add_column("source", sa.Column(instant, _INSTANT, nullable=True))
    op.add_column("source", sa.Column("alarm", sa.String(), nullable=True))
    op.add_column("article", sa.Column("text_reason", sa.Text(), nullable=True))
    needs_text = sa.text("text_state IN ('pending', 'stale') AND NOT baseline")
    op.create_index(
        "ix_article_needs_text",
        "article",
        ["text_next_at"],
        unique=False,
        sqlite_where=needs_text,
        postgresql_where=needs_text,
    )
    _create_host()
    _create_push()
    _fill_hosts()


def _create_host() -> None:
    op.create_table(
        "host",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("free_at", _INSTANT, nullable=False),
        sa.Column("crawl_delay", sa.Float(), nullable=False),
        sa.Column("slow", sa.Integer(), nullable=False),
        sa.Column("robots", sa.Text(), nullable=True),
        sa.Column("robots_until", _INSTANT, nullable=True),
        sa.Column("robots_failing_since", _INSTANT, nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_host")),
    )


def _create_push() -> None:
    op.create_table(
        "push",
        sa.Column("id", _ID, nullable=False),
        sa.Column("source_id", _ID, nullable=False),
        sa.Column("hub", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked_at", _INSTANT, nullable=True),
        sa.Column("verified_at", _INSTANT, nullable=True),
        sa.Column("lease_until", _INSTANT, nullable=True),
        sa.Column("next_at", _INSTANT, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_push_at", _INSTANT, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_push_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push")),
        sa.UniqueConstraint("token", name=op.f("uq_push_token")),
    )
    op.create_index(op.f("ix_push_next_at"), "push", ["next_at"], unique=False)
    op.create_index(op.f("ix_push_source_id"), "push", ["source_id"], unique=False)


def _fill_hosts() -> None:
    """The hosts of the sources that are known already (as worker.collect.hosts.host_of names them)."""
    source = sa.table("source", sa.column("id"), sa.column("url"), sa.column("host"))
    connection = op.get_bind()
    for row in connection.execute(sa.select(source.c.id, source.c.url)).all():
        parts = urlsplit(row.url)
        usual = {"http": 80, "https": 443}.get(parts.scheme)
        name = parts.hostname or ""
        host = name if parts.port in (None, usual) else f"{name}:{parts.port}"
        connection.execute(sa.update(source).where(source.c.id == row.id).values(host=host))


def downgrade() -> None:
    op.drop_table("push")
    op.drop_table("host")
    op.drop_index("ix_article_needs_text", table_name="article")
    op.drop_column("article", "text_reason")
    for column in ("alarm", "alarm_at", "failing_since", "silent_at", "pace_seconds", "recent", "host"):
        op.drop_column("source", column)
