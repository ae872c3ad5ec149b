"""What the topic commands share: their options, the definitions they work on, a span of days."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from worker.cli.printing import exit_code_of, fail
from worker.errors import InvalidInput, SitrepError
from worker.resources import shipped
from worker.schedules.topics import TopicDefinition, load_topics, read_topic

TopicsDir = Annotated[
    Path | None,
    typer.Option("--topics", help="Directory with the definitions, one <slug>.toml for each topic."),
]
ByWhom = Annotated[str, typer.Option("--by", help="Your name; it is recorded.")]
Name = Annotated[str, typer.Argument(help="The topic's slug; a former one does too.", show_default=False)]

_SPAN = re.compile(r"(\d{1,4})\s*([dhw])")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


@contextmanager
def told() -> Iterator[None]:
    """What is wrong is one sentence on stderr, and the exit code."""
    try:
        yield
    except SitrepError as error:
        fail(str(error))
        raise typer.Exit(exit_code_of(error)) from error


def parse_since(given: str, now: datetime) -> datetime:
    """`30d`, `12h`, `4w`, or a date such as 2026-03-01 (UTC)."""
    if found := _SPAN.fullmatch(given.strip()):
        return now - int(found.group(1)) * _UNITS[found.group(2)]
    try:
        return datetime.fromisoformat(given).replace(tzinfo=now.tzinfo)
    except ValueError as error:
        raise InvalidInput(f"--since {given!r}: write 30d, 12h, 4w or a date such as 2026-03-01") from error


def topics_dir(directory: Path | None) -> Path:
    """The directory, or this installation's."""
    if directory is not None:
        return directory
    from worker.settings import load_settings

    return (load_settings().schedules_dir or shipped("schedules")) / "topics"


def definitions(directory: Path | None) -> dict[str, TopicDefinition]:
    """The definitions of `directory`; without one, of this installation's schedules."""
    chosen = topics_dir(directory)
    found, problems = load_topics(chosen)
    if problems:
        raise InvalidInput("\n".join(str(problem) for problem in problems))
    if not found:
        raise InvalidInput(f"{chosen} holds no topic: add a file <slug>.toml, docs/add-a-topic.md shows how")
    return found


def edited_definition(slug: str, file: Path | None) -> TopicDefinition:
    """The topic as a file says: the one given, whatever its name, else its own under schedules/topics."""
    path = file or topics_dir(None) / f"{slug}.toml"
    if not path.is_file():
        raise InvalidInput(f"{path} is not there: --file names the edited definition")
    return read_topic(path).model_copy(update={"slug": slug})
