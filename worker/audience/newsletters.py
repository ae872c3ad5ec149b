"""What the newsletters say of themselves to whoever chooses among them."""

from __future__ import annotations

from sqlalchemy import select
from sqlmodel import Session

from worker.database import table
from worker.models import Frequency, Newsletter, NewsletterVersion

_NEWSLETTER, _VERSION = table(Newsletter), table(NewsletterVersion)


def descriptions(session: Session) -> dict[Frequency, str]:
    """The description of the newsletter that serves each frequency, where it has one."""
    rows = session.execute(
        select(_NEWSLETTER.c.frequency, _VERSION.c.definition)
        .join(_VERSION, (_VERSION.c.newsletter == _NEWSLETTER.c.slug) & (_VERSION.c.version == _NEWSLETTER.c.version))
        .where(_NEWSLETTER.c.active)
    )
    found = {Frequency(frequency): str(definition.get("description") or "") for frequency, definition in rows}
    return {frequency: text for frequency, text in found.items() if text}
