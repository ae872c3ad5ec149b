"""How a generated revision writes column types: plainly, so that it never changes with the code that it came from."""

from __future__ import annotations

from typing import Any, Literal

from alembic.autogenerate.api import AutogenContext
from sqlmodel.sql.sqltypes import AutoString

from worker.database import UtcDateTime


def plain_types(kind: str, item: Any, context: AutogenContext) -> str | Literal[False]:
    """Alembic's render_item: SQLAlchemy's own name for our types; False leaves the rest to Alembic."""
    if kind != "type":
        return False
    if isinstance(item, UtcDateTime):
        return "sa.DateTime(timezone=True)"
    if isinstance(item, AutoString):
        return "sa.String()" if item.length is None else f"sa.String(length={item.length})"
    return False
