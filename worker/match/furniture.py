"""Leaves out a page's furniture (menus, share bars, related posts) that was left in an article's text.

Furniture is short lines without a sentence's end that stand in runs or are repeated; a heading stands alone
between paragraphs and stays. Text that was wrapped into short lines goes on in lower case and stays too.
"""

from __future__ import annotations

from collections import Counter

_SHORT = 100
_TEASER = 240
_RUN = 3
_SHARE = 0.6
_MANY_LINES = 4

_SENTENCE_ENDS = (".", "!", "?", ":", ";", ",", '"', "”", "»", "。")
_TEASER_ENDS = ("…", "...", "[…]")
_BULLETS = " \t\xa0•·-–*»|›▸"


def without_furniture(body: str) -> str:
    """`body` with furniture lines blanked; equally long, so that positions stay true."""
    if body.count("\n") < _MANY_LINES:
        return body
    lines = body.split("\n")
    if max(map(len, lines)) <= _SHORT:
        return body  # wrapped or tabular text: nothing tells its short lines from a menu's
    kinds = [_kind(line) for line in lines]
    dropped = _runs(kinds) | _repeated(lines, kinds)
    if not dropped:
        return body
    return "\n".join(" " * len(line) if number in dropped else line for number, line in enumerate(lines))


def _kind(line: str) -> str:
    line = line.strip(_BULLETS)
    if not line:
        return "empty"
    if len(line) <= _TEASER and line.endswith(_TEASER_ENDS):
        return "link"
    if len(line) > _SHORT or line[0].islower():
        return "text"
    return "sentence" if line.endswith(_SENTENCE_ENDS) else "link"


def _runs(kinds: list[str]) -> set[int]:
    """Numbers of the lines in runs of short lines that are mostly links."""
    dropped: set[int] = set()
    run: list[int] = []
    for number, kind in enumerate([*kinds, "text"]):
        if kind == "text":
            links = sum(kinds[member] == "link" for member in run)
            if links >= _RUN and links >= _SHARE * len(run):
                dropped.update(run)
            run = []
        elif kind != "empty":
            run.append(number)
    return dropped


def _repeated(lines: list[str], kinds: list[str]) -> set[int]:
    short = {number: lines[number].strip(_BULLETS) for number, kind in enumerate(kinds) if kind in ("link", "sentence")}
    times = Counter(short.values())
    return {number for number, line in short.items() if times[line] > 1}
