"""Putting the operators' files in force: what is right takes effect; a faulty file leaves its last good version."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from sqlalchemy import delete, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from worker.audience.topic_changes import settle_topic_changes
from worker.collect.sources import sync_sources
from worker.compose.newsletters import contested, sync_newsletters
from worker.database import SCHEDULES_LOCK, dialect, holding, table
from worker.logs import log
from worker.match.definitions import adopt_topics
from worker.models import ScheduleFault
from worker.schedules.files import ScheduleProblem
from worker.schedules.newsletters import NewsletterDefinition, load_newsletters
from worker.schedules.sources import SourceDefinition, load_sources
from worker.schedules.topics import TopicDefinition, load_topics

_FAULT = table(ScheduleFault)


@dataclass
class Schedules:
    """Everything under schedules/, as far as it is right, and what is not."""

    topics: dict[str, TopicDefinition] = field(default_factory=dict)
    newsletters: dict[str, NewsletterDefinition] = field(default_factory=dict)
    sources: list[SourceDefinition] = field(default_factory=list)
    problems: list[ScheduleProblem] = field(default_factory=list)

    def faulty(self, directory: Path) -> set[str]:
        """The slugs of the faulty files in a directory; what they defined before stays as it was."""
        return {Path(p.file).stem for p in self.problems if Path(p.file).parent == directory}


def read_schedules(directory: Path) -> Schedules:
    """Read all files; never raises for a mistake in one."""
    topics, problems = load_topics(directory / "topics")
    newsletters, more = load_newsletters(directory / "newsletters")
    sources, most = load_sources(directory / "sources.toml")
    everything = [*problems, *more, *most]
    for name, found in (("topics", topics), ("newsletters", newsletters)):
        if not found and not (directory / name).is_dir():
            everything.append(ScheduleProblem(str(directory / name), "is no directory: nothing is changed"))
    return Schedules(topics, newsletters, list(sources), everything)


def put_in_force(session: Session, directory: Path, *, now: datetime, by: str = "schedules") -> Schedules:
    """Read the files and bring the tables in line; commits. `by` is who changed the files, where that is known.

    One at a time: two who read a new file at once would both make its rows.
    """
    with holding(session, SCHEDULES_LOCK):
        return _put_in_force(session, directory, now=now, by=by)


def _put_in_force(session: Session, directory: Path, *, now: datetime, by: str) -> Schedules:
    found = read_schedules(directory)
    if (directory / "topics").is_dir():
        adopt_topics(session, found.topics, faulty=found.faulty(directory / "topics"), now=now)
        settle_topic_changes(session, now=now, by=by)
    if (directory / "newsletters").is_dir():
        _put_newsletters_in_force(session, found, directory / "newsletters", now=now)
    if not any(Path(problem.file).name == "sources.toml" for problem in found.problems):
        sync_sources(session, found.sources, now=now)
    _note_faults(session, found.problems, now=now)
    return found


def _put_newsletters_in_force(session: Session, found: Schedules, directory: Path, *, now: datetime) -> None:
    """Of several files with one frequency the one in force stays, and the others are named."""
    unread = found.faulty(directory) - set(found.newsletters)
    for slug, holder in contested(session, found.newsletters, faulty=unread).items():
        told = f"{holder} is in force for this frequency; one newsletter for each"
        problem = ScheduleProblem(str(directory / f"{slug}.toml"), told, key="frequency")
        if slug not in found.faulty(directory):
            found.problems.append(problem)
    chosen: dict[str, NewsletterDefinition] = {}
    for slug, definition in found.newsletters.items():
        taken = {each.frequency for each in chosen.values()}
        if slug not in contested(session, found.newsletters, faulty=unread) and definition.frequency not in taken:
            chosen[slug] = definition
    sync_newsletters(session, chosen, faulty=unread, now=now)


def standing_faults(session: Session, directory: Path) -> list[str]:
    """What was wrong when the files were read last, each under its path inside `directory`."""
    rows = session.execute(select(_FAULT.c.file, _FAULT.c.problems).order_by(_FAULT.c.file))
    told = [str(ScheduleProblem(**problem)) for _, problems in rows for problem in problems]
    return [each.removeprefix(f"{directory}/") for each in told]


def _note_faults(session: Session, problems: Iterable[ScheduleProblem], *, now: datetime) -> None:
    """Keep what is wrong, by file, and say what is new and what is mended: once, not at every reading."""
    by_file: dict[str, list[ScheduleProblem]] = {}
    for problem in problems:
        by_file.setdefault(problem.file, []).append(problem)
    rows = {file: json.loads(json.dumps([asdict(problem) for problem in found])) for file, found in by_file.items()}
    known = dict(session.execute(select(_FAULT.c.file, _FAULT.c.problems)).all())
    session.execute(delete(_FAULT).where(_FAULT.c.file.not_in(by_file)))
    make = postgresql.insert if dialect(session) == "postgresql" else sqlite.insert
    for file, stored in rows.items():  # two workers may read the files at once
        statement = make(_FAULT).values(file=file, problems=stored, since=now)
        session.execute(
            statement.on_conflict_do_update(index_elements=["file"], set_={"problems": statement.excluded.problems})
        )
    session.commit()
    for file, found in by_file.items():
        if known.get(file) != rows[file]:
            log().warning("schedule_fault", file=file, problems=[str(problem) for problem in found])
    for file in sorted(known.keys() - by_file.keys()):
        log().info("schedule_mended", file=file)
