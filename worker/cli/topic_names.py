"""Which topic a name means: the one that it is, the one that it was, or the one that took it over."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from worker.cli.printing import fail
from worker.cli.topic_options import topics_dir
from worker.errors import InvalidInput, NotFound
from worker.schedules.topic_definition import SLUG

if TYPE_CHECKING:
    from sqlmodel import Session

    from worker.models import Topic


def tell_former(given: str, slug: str) -> str:
    """`slug`; where it was named by a former name, one line on stderr says so."""
    if slug != given:
        fail(f"{given} is a former name: the topic is {slug} now")
    return slug


def meant(session: Session, given: str) -> Topic:
    """The topic of that name or former name, also one that is over; NotFound names those there are."""
    from worker.match.marks import find_topic

    topic: Topic = find_topic(session, given)
    tell_former(given, topic.slug)
    return topic


def meant_to_change(session: Session, given: str, directory: Path, *, ending: bool = False) -> str:
    """The slug of the topic whose file is edited; InvalidInput tells of one that is retired. Where it would end by the
    change, the name of a topic that was merged does not do: the one that took it over is another one."""
    from worker.match.marks import find_topic, when_retired

    if SLUG.fullmatch(given) and (directory / f"{given}.toml").is_file():
        return given
    topic: Topic = find_topic(session, given)
    if ending and topic.slug != given and _was_merged(session, given):
        raise InvalidInput(f"{given} was merged into {topic.slug}: name {topic.slug} where that one is meant")
    if topic.retired_by is not None and not (directory / f"{topic.slug}.toml").is_file():
        raise InvalidInput(f"{when_retired(topic)}: there is nothing to change")
    return tell_former(given, topic.slug)


def meant_by_file(given: str, directory: Path | None) -> str:
    """The slug of the topic file that is meant, of `directory` or of this installation, which also knows former names
    that no file tells. InvalidInput tells of a retired topic, NotFound of a name that no topic has."""
    from worker.schedules.topics import load_topics

    chosen = topics_dir(directory)
    if SLUG.fullmatch(given):
        if (chosen / f"{given}.toml").is_file():
            return given
        for slug, topic in load_topics(chosen)[0].items():
            if given in topic.formerly:
                return tell_former(given, slug)
        if directory is None and (stored := _stored(given)) and (chosen / f"{stored}.toml").is_file():
            return tell_former(given, stored)
    there = ", ".join(sorted(path.stem for path in chosen.glob("*.toml"))) or "none"
    raise NotFound(f"There is no topic {given!r} in {chosen}; there are {there}")


def meant_or_new(given: str) -> str:
    """The slug of the topic file that is meant; the name itself where it is that of a topic to be."""
    try:
        return meant_by_file(given, None)
    except (NotFound, InvalidInput):
        return given


def _stored(given: str) -> str | None:
    """What the installation calls the topic now, where there is one; InvalidInput where it is retired."""
    from worker.match.marks import find_topic, when_retired
    from worker.services import make_services
    from worker.services.check import database_faults, missing_database

    made = make_services()
    if missing_database(made.settings) or database_faults(made.engine):
        return None
    with made.session(read_only=True) as session:
        try:
            topic = find_topic(session, given)
        except NotFound:
            return None
        if topic.retired_at is not None:
            raise InvalidInput(f"{when_retired(topic)}: it has no definition in force")
        return str(topic.slug)


def _was_merged(session: Session, given: str) -> bool:
    """Whether the topic of that name or former name ended in another one."""
    from sqlalchemy import or_, select

    from worker.database import table
    from worker.models import Topic, TopicAlias

    rows, alias = table(Topic), table(TopicAlias)
    renamed = select(alias.c.topic_id).where(alias.c.slug == given)
    named = or_(rows.c.slug == given, rows.c.id.in_(renamed))
    query = select(rows.c.id).where(named, rows.c.merged_into_id.is_not(None))
    return session.execute(query).first() is not None
