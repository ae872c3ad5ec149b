"""Furniture inside a line: bars of short pieces, and a page's headlines run together by whoever dropped its lines."""

from __future__ import annotations

import re
from collections.abc import Iterator

BARS = "|•·»›"
_PIECE = 110
_PIECES = 3
_BAR = re.compile(r"\s*[|•·»›]+\s*|\s+/\s+")
_ENDS = re.compile(r"[.!?;](?:\s|$)")

_CAPITAL = r"""[A-ZÀ-ÞЀ-Я0-9&$€£(“‘"']"""
_REST = r"""(?<!\S.)[^\s.,;]*(?:\.[^\s.,;]+)*(?:(?<=\d),|(?<=\.[A-Z])\.)?\s+"""
_SMALL = r"(?:(?:an?|and|are|as|at|by|for|from|in|into|is|its|of|on|or|over|than|the|to|up|vs|was|with)\s+){0,3}"
_TITLE_RUN = re.compile(f"{_CAPITAL}{_REST}{_SMALL}(?:{_CAPITAL}{_REST}{_SMALL}){{15,}}")
"""Sixteen capitalised words or more (official names have fewer), small ones between them, no full stops or commas."""


_SHORTEST_RUN = 70
_LETTERS = bytes(ord("a") if chr(code).islower() else ord(" ") if chr(code).isspace() else code for code in range(256))


def without_bars(line: str) -> str:
    """`line` with bars such as `Home | World | Drones` blanked; equally long."""
    if sum(map(line.count, BARS)) < _PIECES - 1:
        return line
    kept: list[str] = []
    at = 0
    for begin, end in _bars_of_links(line):
        kept += line[at:begin], " " * (end - begin)
        at = end
    return "".join([*kept, line[at:]]) if kept else line


def _bars_of_links(line: str) -> Iterator[tuple[int, int]]:
    """Where three pieces or more stand side by side of which each could be a link."""
    first = start = pieces = 0
    for bar in [*_BAR.finditer(line), None]:
        end = bar.start() if bar is not None else len(line)
        if end - start <= _PIECE and _ENDS.search(line, start, end) is None:
            first = first if pieces else start
            pieces += 1
            last = end
        else:
            if pieces >= _PIECES:
                yield first, last
            pieces = 0
        start = bar.end() if bar is not None else end
    if pieces >= _PIECES:
        yield first, last


def without_title_runs(line: str) -> str:
    """`line` with long runs of capitalised words blanked; equally long."""
    if not _may_hold_run(line):
        return line
    return _TITLE_RUN.sub(lambda run: " " * len(run.group()), line)


def _may_hold_run(line: str) -> bool:
    """Whether so much stands somewhere between two words in small letters, as cheaply as can be told."""
    letters = line.encode("ascii", "replace").translate(_LETTERS)
    return max(map(len, letters.split(b" aaaa"))) >= _SHORTEST_RUN
