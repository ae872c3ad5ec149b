"""Reads `sources.toml`: the places that articles are collected from."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from worker.schedules.files import LineIndex, ScheduleError, ScheduleProblem, read_toml, unknown_keys

KINDS = ("feed", "wordpress", "sitemap", "page")
FULL_TEXT = ("auto", "feed", "page")
_EVERY = re.compile(r"(\d{1,4})\s*(m|min|minutes?|h|hours?|d|days?)")
_UNITS = {"m": timedelta(minutes=1), "h": timedelta(hours=1), "d": timedelta(days=1)}
_SHORTEST, _LONGEST = timedelta(minutes=1), timedelta(days=7)
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z]{2,4})?")
_KEYS = ("url", "name", "kind", "full_text", "every", "allow_private", "release_baseline", "language", "link_pattern")
_TEXTLESS = ("sitemap", "page")


@dataclass(frozen=True, slots=True)
class SourceDefinition:
    """A source as an operator wrote it."""

    url: str
    name: str
    kind: str = "feed"
    full_text: str = "auto"
    every: timedelta = timedelta(minutes=15)
    allow_private: bool = False
    release_baseline: bool = False
    language: str | None = None
    link_pattern: tuple[str, ...] = ()
    """Of a page: which of its links are articles; one that begins with ! says which are not."""

    def columns(self) -> dict[str, Any]:
        """The values of the source table that a definition decides, without its key."""
        return {
            "name": self.name,
            "kind": self.kind,
            "full_text": self.full_text,
            "interval_seconds": int(self.every.total_seconds()),
            "allow_private": self.allow_private,
            "release_baseline": self.release_baseline,
            "language": self.language,
            "link_pattern": "\n".join(self.link_pattern) or None,
        }


def read_sources(path: Path) -> list[SourceDefinition]:
    """The sources in their order. Raises ScheduleError with every mistake in the file; then nothing of it counts."""
    content, lines = read_toml(path)
    problems = unknown_keys(content, ["source"], file=path, lines=lines)
    tables = content.get("source", [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        message = "must be a list of tables: begin each source with [[source]]"
        raise ScheduleError([*problems, ScheduleProblem(str(path), message, lines.line_of("source"), "source")])
    sources: list[SourceDefinition] = []
    first_place: dict[str, int] = {}
    for place, table in enumerate(tables):
        entry = _Entry(path, lines, f"source.{place}.", table)
        source = entry.read()
        problems += entry.problems
        if source is None:
            continue
        if source.url in first_place:
            message = f"{source.url} is named twice, first in source {first_place[source.url] + 1}"
            problems.append(ScheduleProblem(str(path), message, lines.line_of(f"source.{place}.url"), "url"))
        first_place.setdefault(source.url, place)
        sources.append(source)
    if problems:
        raise ScheduleError(problems)
    return sources


def load_sources(path: Path) -> tuple[list[SourceDefinition], list[ScheduleProblem]]:
    """The sources, or none of them and every mistake in the file."""
    try:
        return read_sources(path), []
    except ScheduleError as error:
        return [], list(error.problems)


def interval(text: object) -> timedelta | None:
    """`15m`, `2 hours`, `1d` as a duration; None for anything else."""
    found = _EVERY.fullmatch(text.strip()) if isinstance(text, str) else None
    return int(found.group(1)) * _UNITS[found.group(2)[0]] if found else None


class _Entry:
    """One [[source]] table being read; collects what is wrong with it."""

    def __init__(self, path: Path, lines: LineIndex, prefix: str, table: dict[str, Any]) -> None:
        self._path, self._lines, self._prefix, self._table = path, lines, prefix, table
        self.problems = unknown_keys(table, _KEYS, file=path, lines=lines, prefix=prefix)

    def read(self) -> SourceDefinition | None:
        """The definition; None where anything about it is wrong."""
        url = self._url()
        definition = SourceDefinition(
            url=url,
            name=self._text("name") or urlsplit(url).hostname or url,
            kind=self._one_of("kind", KINDS),
            full_text=self._one_of("full_text", FULL_TEXT),
            every=self._every(),
            allow_private=self._flag("allow_private"),
            release_baseline=self._flag("release_baseline"),
            language=self._language(),
            link_pattern=self._patterns(),
        )
        self._check_together(definition)
        return None if self.problems else definition

    def _wrong(self, key: str, message: str, allowed: tuple[str, ...] = ()) -> None:
        dotted = self._prefix + key
        self.problems.append(
            ScheduleProblem(str(self._path), message, self._lines.line_of(dotted), dotted, tuple(allowed))
        )

    def _text(self, key: str) -> str:
        value = self._table.get(key, "")
        if not isinstance(value, str):
            self._wrong(key, "must be a text in quotes")
            return ""
        return value.strip()

    def _url(self) -> str:
        text = self._text("url")
        if not text:
            if "url" not in self._table:
                self._wrong("url", 'is missing: every source needs its address, such as "https://example.org/feed/"')
            elif isinstance(self._table["url"], str):
                self._wrong("url", 'must not be empty; write an address such as "https://example.org/feed/"')
            return ""
        address = text if "://" in text else f"https://{text}"
        try:
            parts = urlsplit(address)
            usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            usable = False
        if not usable or re.search(r"\s", address):
            self._wrong("url", f"{text!r} is no web address; write one such as https://example.org/feed/")
            return ""
        return parts._replace(scheme=parts.scheme.lower(), netloc=parts.netloc.lower(), fragment="").geturl()

    def _one_of(self, key: str, allowed: tuple[str, ...]) -> str:
        value = self._table.get(key, allowed[0])
        if value not in allowed:
            self._wrong(key, f"{value!r} is not known", allowed)
            return allowed[0]
        return str(value)

    def _flag(self, key: str) -> bool:
        value = self._table.get(key, False)
        if not isinstance(value, bool):
            self._wrong(key, f"{value!r} must be true or false, without quotes", ("true", "false"))
            return False
        return value

    def _every(self) -> timedelta:
        text = self._table.get("every", "15m")
        every = interval(text)
        if every is None:
            self._wrong("every", f'{text!r} is no interval; write one such as "15m", "2h" or "1d"')
        elif not _SHORTEST <= every <= _LONGEST:
            self._wrong("every", f"{text!r} is out of range; from 1m to 7d is allowed")
        else:
            return every
        return timedelta(minutes=15)

    def _patterns(self) -> tuple[str, ...]:
        given = self._table.get("link_pattern", [])
        listed = [given] if isinstance(given, str) else given
        if not isinstance(listed, list) or not all(isinstance(one, str) for one in listed):
            self._wrong("link_pattern", 'must be a text in quotes such as "/news/*", or a list of them')
            return ()
        patterns = tuple(one.strip() for one in listed)
        for one in patterns:
            bare = one.removeprefix("!").strip()
            if (not bare.strip("/*") and "*" not in bare) or re.search(r"\s", bare):
                self._wrong("link_pattern", f"{one!r} is no pattern; write one such as /news/* or /2026/*/*")
        if patterns and all(one.startswith("!") for one in patterns):
            self._wrong("link_pattern", "only says which links are no articles; add a pattern for those that are")
        return patterns

    def _check_together(self, definition: SourceDefinition) -> None:
        """What goes with which kind."""
        if definition.kind == "page" and not self._table.get("link_pattern"):
            self._wrong("link_pattern", 'is missing: it says which links of the page are articles, such as "/news/*"')
        if definition.kind != "page" and "link_pattern" in self._table:
            self._wrong("link_pattern", 'goes with kind = "page" only; other kinds list nothing but articles')
        if definition.kind in _TEXTLESS and definition.full_text == "feed":
            self._wrong("full_text", f'a {definition.kind} gives no texts: leave it out, or write "page"')

    def _language(self) -> str | None:
        text = self._text("language")
        if text and not _LANGUAGE.fullmatch(text):
            self._wrong("language", f"{text!r} is no language code; write one such as en or de-CH")
        return text or None
