"""The versions of a topic: when each came into force, and what it changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlmodel import Session

from worker.database import table
from worker.match.marks import find_topic
from worker.models import Match, TopicVersion

_MATCH, _VERSION = table(Match), table(TopicVersion)


@dataclass(frozen=True)
class VersionStep:
    """One version; `changes` are lines such as `words: + harbour`. `matches` were made by it and stand today."""

    version: int
    loaded_at: datetime
    changes: tuple[str, ...]
    matches: int
    in_force: bool


def topic_history(session: Session, slug: str) -> list[VersionStep]:
    """The versions of a topic, the latest first; NotFound where there is no such topic."""
    topic = find_topic(session, slug)
    by_version = select(_MATCH.c.topic_version, func.count().label("matches")).where(_MATCH.c.topic_id == topic.id)
    made = {row.topic_version: row.matches for row in session.execute(by_version.group_by(_MATCH.c.topic_version))}
    rows = session.execute(
        select(_VERSION.c.version, _VERSION.c.loaded_at, _VERSION.c.definition)
        .where(_VERSION.c.topic_id == topic.id)
        .order_by(_VERSION.c.version)
    )
    steps: list[VersionStep] = []
    before: Mapping[str, Any] = {}
    for row in rows:
        changes = tuple(changes_between(before, row.definition)) if steps else ("first version",)
        in_force = row.version == topic.version and topic.retired_at is None
        steps.append(VersionStep(row.version, row.loaded_at, changes, made.get(row.version, 0), in_force))
        before = row.definition
    return steps[::-1]


def changes_between(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[str]:
    """What differs between two stored definitions, one line for each key: terms added and dropped, values changed."""
    old, new = dict(_flat(before)), dict(_flat(after))
    for key in dict.fromkeys([*new, *old]):
        was, now = old.get(key), new.get(key)
        if was == now:
            continue
        if isinstance(was or now, list) and isinstance(now or was, list):
            added = [term for term in now or [] if term not in (was or [])]
            dropped = [term for term in was or [] if term not in (now or [])]
            parts = [*(f"+ {term}" for term in added), *(f"- {term}" for term in dropped)]
            yield f"{key}: {', '.join(parts) or 'another order'}"
        else:
            yield f"{key}: {_said(was)} -> {_said(now)}"


def _flat(value: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, one in value.items():
        if isinstance(one, Mapping):
            yield from _flat(one, f"{prefix}{key}.")
        elif isinstance(one, list) and any(isinstance(each, Mapping) for each in one):
            yield from _flat({str(number): each for number, each in enumerate(one, start=1)}, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", one


def _said(value: Any) -> str:
    return "the usual" if value is None else repr(value) if isinstance(value, str) else str(value)
