"""Reading TOML that people write: a mistake is reported with file, line, key and what is allowed."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from worker.errors import SitrepError

MAX_BYTES = 1_000_000
"""The largest file that is read, so that one gone wrong costs neither time nor memory."""
NOT_UTF8 = "it is not UTF-8 text; save it as UTF-8"
_MARK = "\ufeff"
_PART = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')"""
_DEEP_KEY = re.compile(rf"(?:^[ \t]*\[{{0,2}}|[{{,])[ \t]*{_PART}(?:[ \t]*\.[ \t]*{_PART}){{10}}", re.MULTILINE)


@dataclass(frozen=True)
class ScheduleProblem:
    """One mistake in one file. `line` counts from 1; `key` is dotted, such as `weights.title`."""

    file: str
    message: str
    line: int | None = None
    key: str | None = None
    allowed: tuple[str, ...] = field(default=())

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        key = f" {self.key}:" if self.key else ""
        allowed = f" (allowed: {', '.join(self.allowed)})" if self.allowed else ""
        return f"{place}:{key} {self.message}{allowed}"


class ScheduleError(SitrepError):
    """A schedule, topic or source file cannot be used; nothing of it takes effect."""

    def __init__(self, problems: Iterable[ScheduleProblem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class LineIndex:
    """Knows on which line each dotted key of a TOML text stands (arrays of tables as `source.0.url`)."""

    _HEADER = re.compile(r"^\s*(\[\[?)([^\]]+)\]")  # in linear time: any text may hold such a line
    _KEY = re.compile(r"^\s*((?:[\w-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[\w-]+|\"[^\"]*\"))*)\s*=")

    def __init__(self, text: str) -> None:
        self._lines: dict[str, int] = {}
        prefix = ""
        counts: dict[str, int] = {}
        for number, line in enumerate(text.splitlines(), start=1):
            if header := self._HEADER.match(line):
                name = self._clean(header.group(2))
                if header.group(1) == "[[":
                    self._lines.setdefault(name, number)
                    counts[name] = counts.get(name, -1) + 1
                    name = f"{name}.{counts[name]}"
                self._lines.setdefault(name, number)
                prefix = f"{name}."
            elif key := self._KEY.match(line):
                self._lines.setdefault(prefix + self._clean(key.group(1)), number)

    @staticmethod
    def _clean(name: str) -> str:
        return ".".join(part.strip().strip("\"'") for part in name.split("."))

    def line_of(self, key: str) -> int | None:
        """The line of `key`, else of the nearest table or key that holds it."""
        while key:
            if key in self._lines:
                return self._lines[key]
            key = key.rpartition(".")[0]
        return None


def read_toml(path: Path) -> tuple[dict[str, Any], LineIndex]:
    """The file's content and its line index; raises ScheduleError where it cannot be read or is no TOML."""
    try:
        if (size := path.stat().st_size) > MAX_BYTES:
            message = f"has {size:,} bytes; {MAX_BYTES:,} are allowed"
            raise ScheduleError([ScheduleProblem(str(path), message)])
        text = path.read_text(encoding="utf-8-sig")  # some editors begin a file with an invisible mark
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else NOT_UTF8
        raise ScheduleError([ScheduleProblem(str(path), f"cannot be read: {reason}")]) from error
    if deep := _DEEP_KEY.search(text):
        line = text.count("\n", 0, deep.end()) + 1
        raise ScheduleError([ScheduleProblem(str(path), "has a key of more than ten parts", line)])
    try:
        return tomllib.loads(text), LineIndex(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        line = int(found.group(1)) if found else len(text.splitlines())
        raise ScheduleError([ScheduleProblem(str(path), f"is not valid TOML: {error}", line=line)]) from error
    except ValueError as error:  # of a number that is too long to be read
        raise ScheduleError([ScheduleProblem(str(path), "has a number of thousands of digits")]) from error
    except RecursionError as error:
        message = "nests lists or tables deeper than anything here needs"
        raise ScheduleError([ScheduleProblem(str(path), message)]) from error


def read_as_it_is(path: Path) -> tuple[str, str]:
    """The byte order mark with which some editors begin a file, or nothing; and its text with its own line ends."""
    with path.open(encoding="utf-8", newline="") as file:
        text = file.read()
    return (_MARK, text[1:]) if text.startswith(_MARK) else ("", text)


def unknown_keys(
    given: Iterable[str], allowed: Iterable[str], *, file: Path, lines: LineIndex, prefix: str = ""
) -> list[ScheduleProblem]:
    """A problem for each key that nobody knows, with the nearest known one as a hint."""
    known = sorted(allowed)
    problems = []
    for key in given:
        if key in known:
            continue
        near = difflib.get_close_matches(key, known, n=1)
        hint = f"unknown key; did you mean {near[0]!r}?" if near else "unknown key"
        dotted = prefix + key
        problems.append(ScheduleProblem(str(file), hint, lines.line_of(dotted), dotted, tuple(known)))
    return problems
