"""The newsletters in force: what schedules/newsletters/ said when it was last right."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlmodel import Session

from worker.database import table
from worker.models import Frequency, Newsletter, NewsletterVersion
from worker.schedules.newsletters import NewsletterDefinition

_NEWSLETTER, _VERSION = table(Newsletter), table(NewsletterVersion)


@dataclass(frozen=True)
class InForce:
    """A newsletter's definition and its version."""

    definition: NewsletterDefinition
    version: int


def sync_newsletters(
    session: Session, definitions: Mapping[str, NewsletterDefinition], *, faulty: Collection[str] = (), now: datetime
) -> list[str]:
    """Bring the rows in line with the files; a changed definition becomes a new version. Returns which changed.

    A newsletter whose file is gone is switched off; one whose file is `faulty` stays as it was, and keeps its
    frequency: another file cannot take it over (`contested`).
    """
    stored = {row.slug: row for row in session.execute(select(Newsletter)).scalars()}
    refused = contested(session, definitions, faulty=faulty)
    changed = []
    for slug, definition in definitions.items():
        if slug in refused:
            continue
        row = stored.get(slug)
        if row is None:
            row = Newsletter(slug=slug, title=definition.title, frequency=definition.frequency, version=0, active=False)
            session.add(row)
            session.flush()
        if row.active and _stored_hash(session, row) == definition.hash:
            continue
        if _stored_hash(session, row) != definition.hash:
            row.version += 1
            session.add(
                NewsletterVersion(
                    newsletter=slug,
                    version=row.version,
                    definition=definition.to_json(),
                    hash=definition.hash,
                    loaded_at=now,
                )
            )
        row.title, row.frequency, row.active = definition.title, definition.frequency, True
        changed.append(slug)
    for slug, row in stored.items():
        if row.active and slug not in definitions and slug not in faulty:
            row.active = False
            changed.append(slug)
    session.commit()
    return changed


def contested(
    session: Session, definitions: Mapping[str, NewsletterDefinition], *, faulty: Collection[str] = ()
) -> dict[str, str]:
    """The definitions that may not come into force, with the newsletter in force that has their frequency."""
    rows = session.execute(select(Newsletter).where(_NEWSLETTER.c.active)).scalars()
    holders = {row.frequency: row.slug for row in rows if row.slug in definitions or row.slug in faulty}
    return {
        slug: holders[definition.frequency]
        for slug, definition in definitions.items()
        if holders.get(definition.frequency, slug) != slug
        and _keeps(holders[definition.frequency], definition, definitions)
    }


def _keeps(holder: str, wanted: NewsletterDefinition, definitions: Mapping[str, NewsletterDefinition]) -> bool:
    """Whether the newsletter in force still has that frequency: its file says so, or cannot be read."""
    return holder not in definitions or definitions[holder].frequency == wanted.frequency


def _stored_hash(session: Session, row: Newsletter) -> str | None:
    found: str | None = session.execute(
        select(_VERSION.c.hash).where(_VERSION.c.newsletter == row.slug, _VERSION.c.version == row.version)
    ).scalar()
    return found


def newsletters_in_force(session: Session) -> dict[Frequency, InForce]:
    """The active newsletter of each frequency that has one."""
    rows = session.execute(
        select(_VERSION.c.definition, _VERSION.c.version)
        .join(
            _NEWSLETTER, (_NEWSLETTER.c.slug == _VERSION.c.newsletter) & (_NEWSLETTER.c.version == _VERSION.c.version)
        )
        .where(_NEWSLETTER.c.active)
    )
    found = [InForce(NewsletterDefinition.from_json(definition), version) for definition, version in rows]
    return {Frequency(each.definition.frequency): each for each in found}


def newsletter_version(session: Session, slug: str, version: int) -> NewsletterDefinition:
    """The definition that an edition was planned by."""
    stored = session.execute(
        select(_VERSION.c.definition).where(_VERSION.c.newsletter == slug, _VERSION.c.version == version)
    ).scalar_one()
    return NewsletterDefinition.from_json(stored)


def longest_age(session: Session, definition: NewsletterDefinition) -> timedelta:
    """The longest `max_age` of the newsletters in force and this one: what is owed may come from any of them."""
    ages = (each.definition.max_age for each in newsletters_in_force(session).values())
    return max(definition.max_age, *ages, timedelta(0))
