"""Leaves out a page's furniture (menus, share bars, related posts, tag clouds) that was left in an article's text.

Furniture is short lines without a sentence's end that stand in runs, follow a word such as `Related`, or are
repeated; bars of short pieces between | or •; and, where a page was flattened into one line, long runs of capitalised
words without punctuation. A heading stands alone between paragraphs and stays, so do a list after a colon, quotes,
tables of figures, and text that was wrapped into short lines.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from worker.match.flattened import BARS, without_bars, without_title_runs
from worker.match.link_lines import heads_links, points_elsewhere

_SHORT = 120
_TEASER = 240
_RUN = 3
_RUN_ABOVE = 4
"""A headline, a byline and a date may stand above the text."""
_RUN_BELOW = 2
_SHARE = 0.6
_PAGE_END = 5
"""Links in a run after which (or, above the text, before which) nothing but the page's furniture comes."""
_NARROW = 100
"""Text is wrapped where no line is longer."""
_WRAPPED_LINE = 30
_FLATTENED = 4
"""A text of so few lines may be a page whose line breaks were lost..."""
_LONG = 200
"""... where a line is longer than this."""

_SENTENCE_ENDS = (".", "!", "?", ";", ",", '"', "”", "»", "’", "'", ")", "。", "।", "؟")
_TEASER_ENDS = ("…", "...", "[…]", "[...]")
_BULLETS = " \t\r\xa0•·-–—*»|›▸►→◦‣#>"

_INTRODUCING = re.compile(
    r"(?:key (?:points|takeaways|facts)|at a glance|in brief|highlights|what we know|the basics|in short)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+")
_MONTH = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_DATE = re.compile(rf"\d{{1,2}}[./-]\d{{1,2}}[./-]\d{{2,4}}|\d{{4}}-\d\d-\d\d|{_MONTH}[a-z]*\.? \d|\d\.? {_MONTH}")

# What a line looks like.
_EMPTY, _TEXT, _LINK = "empty", "text", "link"
_SENTENCE = "sentence"  # short, and ends as a sentence does
_MARKER = "marker"  # heads links, as `Related` does, or is one in itself
_INTRO = "intro"  # heads a list of the article
_REST = "rest"  # begins in small letters: the rest of the line before, or a link


def without_furniture(body: str) -> str:
    """`body` with furniture blanked; equally long, so that positions stay true."""
    lines = body.split("\n")
    longest = max(map(len, lines))
    if any(map(body.__contains__, BARS)):
        lines = [without_bars(line) for line in lines]
    if longest > _LONG and len(lines) <= _FLATTENED:
        lines = [without_title_runs(line) if len(line) > _LONG else line for line in lines]
    if len(lines) > 1:
        lines = _without_link_lines(lines, longest)
    return "\n".join(lines)


def _without_link_lines(lines: list[str], longest: int) -> list[str]:
    kinds = [
        _EMPTY if not line else _TEXT if len(line) > _TEASER and not line.isspace() else _kind(line) for line in lines
    ]
    _mark_continued(kinds)
    if longest <= _NARROW:
        _mark_wrapped(lines, kinds)
    if _LINK not in kinds and _MARKER not in kinds:
        return lines
    if _TEXT not in kinds:
        kinds = [_TEXT if kind == _SENTENCE else kind for kind in kinds]  # short sentences are the article
    dropped = _runs(kinds) | _repeated(lines, kinds)
    if not any(kind in (_TEXT, _SENTENCE) and number not in dropped for number, kind in enumerate(kinds)):
        return lines  # nothing would be left that reads like text: short lines are all there is
    for number in dropped:
        lines[number] = " " * len(lines[number])
    return lines


def _kind(line: str) -> str:
    line = line.strip(_BULLETS)
    if not line:
        return _EMPTY
    if points_elsewhere(line):
        return _MARKER
    if line.endswith(_TEASER_ENDS):
        return _LINK
    if len(line) > _SHORT:
        return _TEXT
    if line[-1] == ":":
        return _MARKER if heads_links(line) else _INTRO
    if line.endswith(_SENTENCE_ENDS):
        return _LINK if line[-1] in "?!" and _is_headline(line) else _SENTENCE
    if heads_links(line):
        return _MARKER
    if _INTRODUCING.match(line):
        return _INTRO
    if line[0].islower():
        return _LINK if _is_tag(line) else _REST
    return _TEXT if _is_table_row(line) else _LINK


def _is_headline(line: str) -> bool:
    """Whether most words are capitalised, as in a link's headline."""
    words = [word for word in _WORD.findall(line) if len(word) > 3]
    return len(words) > 2 and sum(word[0].isupper() for word in words) >= 0.7 * len(words)


def _is_tag(line: str) -> bool:
    """Whether a line in small letters is a tag or several, rather than the rest of a sentence."""
    items = line.split(",") if "," in line else line.split("#")
    return len(items) != 2 and max(len(item.split()) for item in items) <= 3


def _is_table_row(line: str) -> bool:
    numbers = sum(word[0].isdigit() for word in line.split())
    return numbers > 1 and _DATE.search(line) is None


def _mark_continued(kinds: list[str]) -> None:
    """A line in small letters is text where the one right before it leaves a sentence open, else a link."""
    for number, kind in enumerate(kinds):
        if kind == _REST:
            kinds[number] = _TEXT if number > 0 and kinds[number - 1] in (_TEXT, _LINK) else _LINK


def _mark_wrapped(lines: list[str], kinds: list[str]) -> None:
    """Lines of a paragraph that was wrapped are text, and so is what stands in one block with a table."""
    start = 0
    for number in range(len(lines) + 1):
        if number < len(lines) and kinds[number] != _EMPTY:
            continue
        block = range(start, number)
        start = number + 1
        if len(block) > 1 and (_is_paragraph(block, lines, kinds) or _is_table(block, kinds)):
            for one in block:
                kinds[one] = _TEXT


def _is_paragraph(block: range, lines: list[str], kinds: list[str]) -> bool:
    """Whether sentences end in it and most of its lines but the last are long."""
    long = sum(len(lines[one].strip()) >= _WRAPPED_LINE for one in block[:-1])
    return long > len(block[:-1]) / 2 and any(kinds[one] == _SENTENCE for one in block)


def _is_table(block: range, kinds: list[str]) -> bool:
    return sum(kinds[one] == _TEXT for one in block) >= len(block) / 2


def _runs(kinds: list[str]) -> set[int]:
    """Numbers of the lines in runs of short lines that are mostly links."""
    dropped: set[int] = set()
    first_text = kinds.index(_TEXT) if _TEXT in kinds else len(kinds)
    last_text = len(kinds) - 1 - kinds[::-1].index(_TEXT) if _TEXT in kinds else -1
    for whole in _split_runs(kinds):
        run = _without_outer_sentences(whole, kinds)
        if not run:
            continue
        before, after = run[-1] < first_text, run[0] > last_text
        if not _mostly_links(run, kinds, _RUN_ABOVE if before else _RUN_BELOW if after else _RUN):
            marked = [position for position, member in enumerate(run) if kinds[member] == _MARKER]
            run = run[marked[0] :] if marked else []
            if not _mostly_links(run, kinds, 1):
                continue
        dropped.update(run)
        if len(run) >= _PAGE_END and after:
            dropped.update(range(run[0], len(kinds)))
        elif len(run) >= _PAGE_END and before:
            dropped.update(range(run[-1]))
    return dropped


def _mostly_links(run: list[int], kinds: list[str], enough: int) -> bool:
    links = sum(kinds[member] in (_LINK, _MARKER) for member in run)
    return links >= enough and links >= _SHARE * len(run)


def _without_outer_sentences(run: list[int], kinds: list[str]) -> list[int]:
    """Short sentences before and after the links are paragraphs; only those among the links are teasers."""
    begin, end = 0, len(run)
    while begin < end and kinds[run[begin]] == _SENTENCE:
        begin += 1
    while end > begin and kinds[run[end - 1]] == _SENTENCE:
        end -= 1
    return run[begin:end]


def _split_runs(kinds: list[str]) -> Iterator[list[int]]:
    """Short lines between text; without the lists that the article itself introduces."""
    run: list[int] = []
    introduced = False
    for number, kind in enumerate(kinds):
        if kind == _EMPTY:
            continue
        if kind in (_TEXT, _INTRO):
            if run:
                yield run
            run = []
            introduced = kind == _INTRO
        elif introduced and kind == _LINK:
            continue
        else:
            introduced = False
            run.append(number)
    if run:
        yield run


def _repeated(lines: list[str], kinds: list[str]) -> set[int]:
    """Link-like lines that stand more than once, and short sentences from the second time on."""
    short = {
        number: lines[number].strip(_BULLETS)
        for number, kind in enumerate(kinds)
        if kind in (_LINK, _MARKER, _SENTENCE)
    }
    if len(short) < 2:
        return set()
    times = Counter(short.values())
    seen: set[str] = set()
    repeated: set[int] = set()
    for number, line in short.items():
        if times[line] > 1 and (kinds[number] != _SENTENCE or line in seen):
            repeated.add(number)
        seen.add(line)
    return repeated
