"""Newsletters as operators define them: one file each under schedules/newsletters/."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import asdict, dataclass
from datetime import time, timedelta
from pathlib import Path
from typing import Any

from worker.schedules.files import LineIndex, ScheduleError, ScheduleProblem, read_toml, unknown_keys

FREQUENCIES = ("instant", "daily", "weekly")

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*\Z")
_QUIET = re.compile(r"([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-3]):([0-5]\d)\Z")
_NOT_AFTER_MINUTES = {"instant": 120, "daily": 360, "weekly": 1440}


@dataclass(frozen=True)
class NewsletterDefinition:
    """A publication: the digest of one frequency, or the alert.

    `not_after_minutes`: past its slot by more, nothing of an edition leaves; its articles join the next one.
    `max_age_days`: articles published longer ago are left out. `max_articles`: full cards in one mail, the rest is
    listed by title. `max_per_day` and `quiet_hours` (local, "22:00-07:00") are the alert's.
    """

    slug: str
    title: str
    frequency: str
    description: str = ""
    max_articles: int = 15
    max_age_days: int = 30
    not_after_minutes: int = 360
    sender_name: str | None = None
    sender_address: str | None = None
    max_per_day: int | None = None
    quiet_hours: str | None = None

    @property
    def not_after(self) -> timedelta:
        return timedelta(minutes=self.not_after_minutes)

    @property
    def max_age(self) -> timedelta:
        return timedelta(days=self.max_age_days)

    @property
    def quiet(self) -> tuple[time, time] | None:
        """Start and end of the quiet hours by the subscriber's local clock; the end may lie on the next morning."""
        found = _QUIET.match(self.quiet_hours or "")
        if not found:
            return None
        start_hour, start_minute, end_hour, end_minute = map(int, found.groups())
        return time(start_hour, start_minute), time(end_hour, end_minute)

    @property
    def hash(self) -> str:
        """The same for the same wording, whatever the order or comments of its file."""
        return hashlib.sha256(json.dumps(self.to_json(), sort_keys=True).encode()).hexdigest()[:16]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> NewsletterDefinition:
        return cls(**stored)


_TYPES: dict[str, tuple[Any, str]] = {
    "title": (str, "a text"),
    "frequency": (str, "one of instant, daily, weekly"),
    "description": (str, "a text"),
    "max_articles": (int, "a whole number from 1 to 100"),
    "max_age_days": (int, "a whole number from 1 to 3650"),
    "not_after_minutes": (int, "a whole number from 1 to 10080"),
    "sender_name": (str, "a text"),
    "sender_address": (str, "an e-mail address"),
    "max_per_day": (int, "a whole number from 1 to 1000"),
    "quiet_hours": (str, "local times such as 22:00-07:00"),
}
_RANGES = {
    "max_articles": (1, 100),
    "max_age_days": (1, 3650),
    "not_after_minutes": (1, 10080),
    "max_per_day": (1, 1000),
}


def load_newsletters(directory: Path) -> tuple[dict[str, NewsletterDefinition], list[ScheduleProblem]]:
    """The definitions of `directory` by slug, and the problems of the files that hold none.

    There is one newsletter for each frequency, so that nobody gets two mails for one wish. Where files share one, all
    but the first are a problem, and all are returned: which of them is in force only the database knows.
    """
    found: dict[str, NewsletterDefinition] = {}
    problems: list[ScheduleProblem] = []
    by_frequency: dict[str, list[str]] = {}
    for path in sorted(directory.glob("*.toml")):
        try:
            definition = read_newsletter(path)
        except ScheduleError as error:
            problems.extend(error.problems)
            continue
        found[definition.slug] = definition
        by_frequency.setdefault(definition.frequency, []).append(definition.slug)
    for frequency, slugs in by_frequency.items():
        for slug in slugs[1:]:
            told = f"{slugs[0]}.toml has the frequency {frequency} too; one newsletter for each"
            problems.append(ScheduleProblem(str(directory / f"{slug}.toml"), told, key="frequency"))
    return found, problems


def read_newsletter(path: Path) -> NewsletterDefinition:
    """The definition in one file; ScheduleError lists everything that is wrong with it."""
    content, lines = read_toml(path)
    problems = unknown_keys(content, _TYPES, file=path, lines=lines)
    if not _SLUG.match(path.stem):
        problems.append(ScheduleProblem(str(path), "the file's name becomes part of links: use a-z, 0-9 and hyphens"))
    for key in ("title", "frequency"):
        if key not in content:
            problems.append(ScheduleProblem(str(path), "is missing", line=1, key=key, allowed=(_TYPES[key][1],)))
    for key, value in content.items():
        problems.extend(_check(path, lines, key, value))
    if content.get("frequency") in ("daily", "weekly"):
        told = "only the instant newsletter can have it: a digest comes at the hour that its subscriber chose"
        for key in ("quiet_hours", "max_per_day"):
            if key in content:
                problems.append(ScheduleProblem(str(path), told, lines.line_of(key), key))
    if problems:
        raise ScheduleError(problems)
    frequency = content["frequency"]
    content.setdefault("not_after_minutes", _NOT_AFTER_MINUTES[frequency])
    return NewsletterDefinition(slug=path.stem, **content)


def _check(path: Path, lines: LineIndex, key: str, value: Any) -> list[ScheduleProblem]:
    if key not in _TYPES:
        return []
    kind, wanted = _TYPES[key]

    def problem(message: str, allowed: tuple[str, ...] = ()) -> list[ScheduleProblem]:
        return [ScheduleProblem(str(path), message, lines.line_of(key), key, allowed)]

    if not isinstance(value, kind) or isinstance(value, bool):
        return problem(f"is {value!r}, and must be {wanted}")
    if key == "title" and not value.strip():
        return problem("is empty: subscribers see it")
    if key == "frequency" and value not in FREQUENCIES:
        return problem(f"{value!r} is no frequency", FREQUENCIES)
    if key == "quiet_hours" and (not _QUIET.match(value) or value[:5] == value[6:]):
        return problem(f"is {value!r}, and must be {wanted}")
    if key == "sender_address" and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", value):
        return problem(f"is {value!r}, and must be {wanted}")
    if key in _RANGES and not _RANGES[key][0] <= value <= _RANGES[key][1]:
        return problem(f"is {value}, and must be {wanted}")
    return []
