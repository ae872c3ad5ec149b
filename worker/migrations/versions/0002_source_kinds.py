"""What listings, paging and gaps need."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_INSTANT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("source", sa.Column("link_pattern", sa.Text(), nullable=True))
    op.add_column("source", sa.Column("rest_root", sa.Text(), nullable=True))
    op.add_column("source", sa.Column("refuses_embed", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("source", sa.Column("edits_asked_at", _INSTANT, nullable=True))
    op.add_column("source", sa.Column("horizon_at", _INSTANT, nullable=True))
    op.add_column("article", sa.Column("rendition", sa.String(), nullable=False, server_default=""))
    op.add_column("article", sa.Column("modified_at", _INSTANT, nullable=True))
    _create_gap()
    _create_sitemap_part()
    _create_term_name()


def _create_gap() -> None:
    op.create_table(
        "gap",
        sa.Column("id", _ID, nullable=False),
        sa.Column("source_id", _ID, nullable=False),
        sa.Column("from_at", _INSTANT, nullable=False),
        sa.Column("to_at", _INSTANT, nullable=True),
        sa.Column("noticed_at", _INSTANT, nullable=False),
        sa.Column("closed_at", _INSTANT, nullable=True),
        sa.Column("next_at", _INSTANT, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("methods", sa.String(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("next_url", sa.Text(), nullable=True),
        sa.Column("last_page_hash", sa.String(), nullable=True),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_gap_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gap")),
    )
    op.create_index(op.f("ix_gap_next_at"), "gap", ["next_at"], unique=False)
    op.create_index(op.f("ix_gap_source_id"), "gap", ["source_id"], unique=False)


def _create_sitemap_part() -> None:
    op.create_table(
        "sitemap_part",
        sa.Column("id", _ID, nullable=False),
        sa.Column("source_id", _ID, nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("changed", sa.String(), nullable=False),
        sa.Column("appeared", sa.Boolean(), nullable=False),
        sa.Column("read_at", _INSTANT, nullable=True),
        sa.Column("etag", sa.Text(), nullable=True),
        sa.Column("last_modified", sa.Text(), nullable=True),
        sa.Column("body_hash", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_sitemap_part_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sitemap_part")),
        sa.UniqueConstraint("source_id", "url", name=op.f("uq_sitemap_part_source_id_url")),
    )


def _create_term_name() -> None:
    op.create_table(
        "term_name",
        sa.Column("id", _ID, nullable=False),
        sa.Column("source_id", _ID, nullable=False),
        sa.Column("term", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("seen_at", _INSTANT, nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["source.id"], name=op.f("fk_term_name_source_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_term_name")),
        sa.UniqueConstraint("source_id", "term", name=op.f("uq_term_name_source_id_term")),
    )


def downgrade() -> None:
    for table in ("term_name", "sitemap_part", "gap"):
        op.drop_table(table)
    for column in ("modified_at", "rendition"):
        op.drop_column("article", column)
    for column in ("horizon_at", "edits_asked_at", "refuses_embed", "rest_root", "link_pattern"):
        op.drop_column("source", column)
