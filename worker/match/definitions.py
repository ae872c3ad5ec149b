"""The definitions in force: from files into the database, from the database into a matcher."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import and_, select
from sqlmodel import Session
from sqlmodel import select as select_model

from worker.database import table
from worker.match.matcher import Matcher
from worker.models import Topic, TopicVersion
from worker.schedules.topics import TopicDefinition

_TOPIC, _VERSION = table(Topic), table(TopicVersion)


@dataclass
class Adopted:
    """What a look at the files changed, as slugs."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.retired)


def adopt_topics(
    session: Session, definitions: Mapping[str, TopicDefinition], *, faulty: Collection[str] = (), now: datetime
) -> Adopted:
    """Put definitions in force: a changed wording becomes a new version, a topic without a file is retired.

    `faulty` names the slugs whose files cannot be used just now: their last good version stays in force.
    Nothing that was matched before is matched or sent again. Commits.
    """
    adopted = Adopted()
    known = {topic.slug: topic for topic in session.exec(select_model(Topic)).all()}
    hashes = _hashes_in_force(session)
    for slug, definition in definitions.items():
        topic = known.get(slug)
        if topic is None:
            topic = Topic(slug=slug, title=definition.title, version=0, created_at=now)
            session.add(topic)
            session.flush()
            adopted.added.append(slug)
        elif topic.retired_at is not None or hashes.get(topic.id) != definition.hash:
            adopted.changed.append(slug)
        else:
            continue
        _put_in_force(session, topic, definition, current_hash=hashes.get(topic.id), now=now)
    for slug, topic in known.items():
        if slug not in definitions and slug not in faulty and topic.retired_at is None:
            topic.retired_at = now
            adopted.retired.append(slug)
    session.commit()
    return adopted


def _hashes_in_force(session: Session) -> dict[int, str]:
    in_force = and_(_VERSION.c.topic_id == _TOPIC.c.id, _VERSION.c.version == _TOPIC.c.version)
    rows = session.execute(select(_TOPIC.c.id, _VERSION.c.hash).join(_VERSION, in_force))
    return {row.id: row.hash for row in rows}


def _put_in_force(
    session: Session, topic: Topic, definition: TopicDefinition, *, current_hash: str | None, now: datetime
) -> None:
    topic.title, topic.description, topic.position = definition.title, definition.description, definition.position
    topic.retired_at = None
    if current_hash == definition.hash:
        return
    topic.version += 1
    session.add(
        TopicVersion(
            topic_id=topic.id,
            version=topic.version,
            definition=definition.to_json(),
            hash=definition.hash,
            loaded_at=now,
        )
    )


@dataclass(frozen=True)
class TopicInForce:
    """Which version of which topic a matcher uses."""

    topic_id: int
    version: int


@dataclass(frozen=True)
class StoredMatcher:
    """A matcher with the rows its definitions came from."""

    matcher: Matcher
    topics: Mapping[str, TopicInForce]


def load_matcher(session: Session, current: StoredMatcher | None = None) -> StoredMatcher:
    """The matcher of the definitions in force; `current` itself where nothing changed since it was loaded.

    Asking is one small query, so that a process can ask before each article and compile only after a change.
    """
    in_force = {
        slug: TopicInForce(topic_id, version)
        for slug, topic_id, version in session.execute(
            select(_TOPIC.c.slug, _TOPIC.c.id, _TOPIC.c.version)
            .where(_TOPIC.c.retired_at.is_(None), _TOPIC.c.version > 0)
            .order_by(_TOPIC.c.position, _TOPIC.c.title)
        )
    }
    if current is not None and current.topics == in_force:
        return current
    rows = session.execute(
        select(_TOPIC.c.slug, _VERSION.c.definition)
        .join(_VERSION, and_(_VERSION.c.topic_id == _TOPIC.c.id, _VERSION.c.version == _TOPIC.c.version))
        .where(_TOPIC.c.slug.in_(list(in_force)))
    )
    stored = {row.slug: row.definition for row in rows}
    definitions = [TopicDefinition.from_json(stored[slug]) for slug in in_force]
    return StoredMatcher(Matcher(definitions), in_force)
