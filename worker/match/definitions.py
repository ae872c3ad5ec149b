"""The definitions in force: from files into the database, from the database into a matcher."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import and_, delete, select, tuple_, update
from sqlmodel import Session
from sqlmodel import select as select_model

from worker.audience.topic_changes import tell_holders
from worker.database import table
from worker.match.matcher import Matcher
from worker.match.search.stored import StoredSearches
from worker.models import Topic, TopicAlias, TopicVersion
from worker.schedules.topics import TopicDefinition

_TOPIC, _VERSION = table(Topic), table(TopicVersion)


@dataclass
class Adopted:
    """What a look at the files changed, as slugs."""

    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    retired: list[str] = field(default_factory=list)
    renamed: dict[str, str] = field(default_factory=dict)
    """Former slug to the new one; the topic's row, and all that hangs on it, is the same."""
    merged: dict[str, str] = field(default_factory=dict)
    """Slug of a topic to the one that takes over its subscribers (worker/audience/topic_changes.py moves them)."""

    def __bool__(self) -> bool:
        return bool(self.added or self.changed or self.retired or self.renamed or self.merged)


def adopt_topics(
    session: Session, definitions: Mapping[str, TopicDefinition], *, faulty: Collection[str] = (), now: datetime
) -> Adopted:
    """Put definitions in force: a changed wording becomes a new version, a topic without a file is retired.

    A topic whose file says what it was `formerly` is renamed, or takes over what bears that name.

    `faulty` names the slugs whose files cannot be used just now: their last good version stays in force.
    Nothing that was matched before is matched or sent again. Commits.
    """
    adopted = Adopted()
    public = select_model(Topic).where(_TOPIC.c.subscriber_id.is_(None))
    known = {topic.slug: topic for topic in session.exec(public).all()}
    hashes = _hashes_in_force(session)
    _follow_names(session, definitions, known, adopted, now=now)
    for slug, definition in definitions.items():
        topic = known.get(slug)
        if topic is None:
            topic = Topic(slug=slug, title=definition.title, version=0, created_at=now)
            session.add(topic)
            session.flush()
            session.execute(delete(table(TopicAlias)).where(table(TopicAlias).c.slug == slug))  # its own now
            adopted.added.append(slug)
        elif topic.retired_at is not None or topic.merged_into_id or hashes.get(topic.id) != definition.hash:
            adopted.changed.append(slug)
        else:
            continue
        _put_in_force(session, topic, definition, current_hash=hashes.get(topic.id), now=now)
    for slug, into in adopted.merged.items():
        _hand_over(session, known[slug], _topic_id(session, into))
    for slug, topic in known.items():
        if slug not in definitions and slug not in faulty and topic.retired_at is None and not topic.merged_into_id:
            topic.retired_at = now
            adopted.retired.append(slug)
    session.commit()
    return adopted


def _follow_names(
    session: Session,
    definitions: Mapping[str, TopicDefinition],
    known: dict[str, Topic],
    adopted: Adopted,
    *,
    now: datetime,
) -> None:
    """Rename what was called otherwise; of several former names the first one is the topic itself."""
    for slug, definition in definitions.items():
        for old in definition.formerly:
            topic = known.get(old)
            if topic is None or topic.merged_into_id or old in definitions:
                continue
            if slug in known:
                adopted.merged[old] = slug
                continue
            if topic.title != definition.title:
                tell_holders(session, topic.id, what="renamed", old=topic.title, new=definition.title, now=now)
            topic.slug = slug
            known[slug] = known.pop(old)
            adopted.renamed[old] = slug
            session.flush()
            _remember_name(session, old, topic.id, now=now)


def _remember_name(session: Session, old: str, topic_id: int, *, now: datetime) -> None:
    alias = session.get(TopicAlias, old)
    if alias is None:
        session.add(TopicAlias(slug=old, topic_id=topic_id, since=now))
    else:
        alias.topic_id, alias.since = topic_id, now


def _hand_over(session: Session, topic: Topic, heir_id: int) -> None:
    """Until its subscribers have been moved the topic is matched as before; what was merged into it goes along."""
    topic.merged_into_id = heir_id
    session.execute(update(_TOPIC).where(_TOPIC.c.merged_into_id == topic.id).values(merged_into_id=heir_id))


def _topic_id(session: Session, slug: str) -> int:
    return int(session.execute(select(_TOPIC.c.id).where(_TOPIC.c.slug == slug)).scalar_one())


def _hashes_in_force(session: Session) -> dict[int, str]:
    in_force = and_(_VERSION.c.topic_id == _TOPIC.c.id, _VERSION.c.version == _TOPIC.c.version)
    rows = session.execute(select(_TOPIC.c.id, _VERSION.c.hash).join(_VERSION, in_force))
    return {row.id: row.hash for row in rows}


def _put_in_force(
    session: Session, topic: Topic, definition: TopicDefinition, *, current_hash: str | None, now: datetime
) -> None:
    topic.title, topic.description, topic.position = definition.title, definition.description, definition.position
    topic.retired_at = topic.retired_by = topic.retired_reason = topic.merged_into_id = None
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


def definition_in_force(session: Session, slug: str) -> tuple[int | None, TopicDefinition | None]:
    """(topic id, definition) of a topic by its slug; None for what there is not. A retired one has no definition."""
    in_force = and_(_VERSION.c.topic_id == _TOPIC.c.id, _VERSION.c.version == _TOPIC.c.version)
    row = session.execute(
        select(_TOPIC.c.id, _TOPIC.c.retired_at, _VERSION.c.definition)
        .outerjoin(_VERSION, in_force)
        .where(_TOPIC.c.slug == slug)
    ).one_or_none()
    if row is None:
        return None, None
    usable = row.retired_at is None and row.definition is not None
    return row.id, TopicDefinition.from_json(row.definition) if usable else None


@dataclass(frozen=True)
class TopicInForce:
    """Which version of which topic a matcher uses."""

    topic_id: int
    version: int


@dataclass(frozen=True)
class StoredMatcher:
    """A matcher with the rows its definitions came from, and the saved searches in force."""

    matcher: Matcher
    topics: Mapping[str, TopicInForce]
    searches: StoredSearches = field(default_factory=StoredSearches)


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
    searches = current.searches if current is not None else StoredSearches()
    searches.catch_up(session)
    if current is not None and current.topics == in_force:
        return current
    wanted = tuple_(_VERSION.c.topic_id, _VERSION.c.version).in_(
        [(topic.topic_id, topic.version) for topic in in_force.values()]
    )  # and not by the topic's row, which may have been changed or renamed since the first look
    rows = session.execute(select(_VERSION.c.topic_id, _VERSION.c.definition).where(wanted))
    stored = {row.topic_id: row.definition for row in rows}
    definitions = [TopicDefinition.from_json(stored[topic.topic_id]) for topic in in_force.values()]
    return StoredMatcher(Matcher(definitions), in_force, searches)
