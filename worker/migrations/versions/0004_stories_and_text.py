"""What stories, repeated lines and teasers need."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "story_band",
        sa.Column("band", _BIG, autoincrement=False, nullable=False),
        sa.Column("article_id", _BIG, nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name=op.f("fk_story_band_article_id")),
        sa.PrimaryKeyConstraint("band", "article_id", name=op.f("pk_story_band")),
    )
    op.create_index(op.f("ix_story_band_article_id"), "story_band", ["article_id"], unique=False)
    op.create_index(op.f("ix_story_band_seen_at"), "story_band", ["seen_at"], unique=False)
    op.create_table(
        "site_line",
        sa.Column("site", sa.Text(), nullable=False),
        sa.Column("line", _BIG, autoincrement=False, nullable=False),
        sa.Column("articles", sa.Integer(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("first_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("site", "line", name=op.f("pk_site_line")),
    )
    op.create_index(op.f("ix_site_line_last_seen_at"), "site_line", ["last_seen_at"], unique=False)
    op.add_column("article", sa.Column("page_url", sa.Text(), nullable=True))
    op.add_column("article", sa.Column("paywalled", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    op.drop_column("article", "paywalled")
    op.drop_column("article", "page_url")
    op.drop_index(op.f("ix_site_line_last_seen_at"), table_name="site_line")
    op.drop_table("site_line")
    op.drop_index(op.f("ix_story_band_seen_at"), table_name="story_band")
    op.drop_index(op.f("ix_story_band_article_id"), table_name="story_band")
    op.drop_table("story_band")
