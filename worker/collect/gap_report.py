"""What an operator is told about gaps."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlmodel import Session

from worker.database import table
from worker.models import Gap

_GAP = table(Gap)
_LATELY = timedelta(days=30)


def gaps_of(session: Session, source_ids: Iterable[int], *, now: datetime) -> dict[int, list[Gap]]:
    """The gaps of the last thirty days, and those still open, by source; the newest first."""
    rows = session.scalars(
        select(Gap)
        .where(
            _GAP.c.source_id.in_(list(source_ids)),
            or_(_GAP.c.noticed_at > now - _LATELY, _GAP.c.next_at.is_not(None)),
        )
        .order_by(_GAP.c.id.desc())
    )
    found: dict[int, list[Gap]] = {}
    for gap in rows:
        found.setdefault(gap.source_id, []).append(gap)
    return found


def state_of(gap: Gap) -> str:
    """closed, open (it is being paged back), or left (it could not be closed)."""
    if gap.closed_at is not None:
        return "closed"
    return "open" if gap.next_at is not None else "left"


def in_short(gaps: Iterable[Gap]) -> str:
    """A cell for a table: what is not closed."""
    states = [state_of(gap) for gap in gaps]
    return ", ".join(f"{states.count(state)} {state}" for state in ("open", "left") if state in states)


def gap_json(gap: Gap) -> dict[str, Any]:
    """The gap as JSON types, for scripts."""
    return {
        "id": gap.id,
        "state": state_of(gap),
        "from_at": gap.from_at,
        "to_at": gap.to_at,
        "noticed_at": gap.noticed_at,
        "closed_at": gap.closed_at,
        "next_at": gap.next_at,
        "pages": gap.pages,
        "found": gap.found,
        "reason": gap.reason,
    }


def sentence(gap: Gap) -> str:
    """What happened, and what may be missing."""
    between = f"between {gap.from_at:%Y-%m-%d %H:%M} and {gap.to_at or gap.noticed_at:%Y-%m-%d %H:%M}"
    brought = f"{gap.found} article{'' if gap.found == 1 else 's'} found on {gap.pages} older pages"
    match state_of(gap):
        case "closed":
            return f"More was published {between} than it lists: {brought}, {gap.reason}."
        case "open":
            return (
                f"More was published {between} than it lists: {brought} so far; next try {gap.next_at:%Y-%m-%d %H:%M}."
            )
    why = f" ({gap.reason})" if gap.reason else ""
    return (
        f"More was published {between} than it lists, and not all of it could be had{why}: {brought}. "
        "Poll it more often (`every`), or collect from its WordPress posts or sitemap instead (`sitrep sources add`)."
    )
