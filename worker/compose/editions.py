"""Opening an edition: one row for each newsletter and UTC instant, whoever comes first."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from worker.database import dialect, table
from worker.models import Edition, EditionState
from worker.schedules.newsletters import NewsletterDefinition

_EDITION = table(Edition)


def open_edition(
    session: Session,
    newsletter: NewsletterDefinition,
    version: int,
    slot: datetime,
    *,
    state: EditionState,
    now: datetime,
) -> int:
    """The id of the edition of this slot, made if it is not there. One that was missed or closed is opened again."""
    make = postgresql.insert if dialect(session) == "postgresql" else sqlite.insert
    statement = make(_EDITION).values(
        newsletter=newsletter.slug,
        newsletter_version=version,
        slot_at=slot,
        cutoff=0,
        planned_at=now,
        not_after=slot + newsletter.not_after,
        state=state,
        planned=0,
        sums={},
    )
    session.execute(statement.on_conflict_do_nothing(index_elements=["newsletter", "slot_at"]))
    mine = (_EDITION.c.newsletter == newsletter.slug) & (_EDITION.c.slot_at == slot)
    if state == EditionState.OPEN:
        session.execute(update(_EDITION).where(mine).values(state=state, closed_at=None))
    edition_id: int = session.execute(select(_EDITION.c.id).where(mine)).scalar_one()
    return edition_id


def slot_taken(session: Session, newsletter: str, slot: datetime) -> bool:
    """Whether the newsletter has an edition at this very instant."""
    found = session.execute(
        select(_EDITION.c.id).where(_EDITION.c.newsletter == newsletter, _EDITION.c.slot_at == slot)
    )
    return found.first() is not None


def note_cutoff(session: Session, edition_id: int, cutoff: int) -> None:
    """Record the last release number that the edition could contain."""
    session.execute(update(_EDITION).where(_EDITION.c.id == edition_id).values(cutoff=cutoff))
