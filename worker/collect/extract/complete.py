"""Puts back what the extractor loses of an article: later containers of a divided body, opening paragraphs, link texts.

The extractor says which paragraphs are the article's. A paragraph that it left out is the article's too if it stands
among those, or in an element made like the ones that hold them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

from lxml import etree
from lxml.html import HtmlElement

_PARAGRAPHS = etree.XPath(
    ".//*[self::p or self::blockquote[not(.//p)] or"
    " ((self::div or self::section or self::span) and text()[string-length(normalize-space()) > 60]"
    " and not(.//p) and not(.//div) and not(ancestor::p))]"
)
_LINK_TEXT = etree.XPath(".//a//text()")
_LABEL = re.compile(r"^\W*\w+(?:\s+\w+){0,4}\s*[:|»›>–—-]\W*$")
"""What stands before a link to another article: a few words and a mark, in any language."""
_LONGEST_ASIDE = 250
_WORDS = re.compile(r"\w+")
_SENTENCE_END = re.compile(r"[.!?…:][\"”’'»)\]]*$")
_BEGINNING = 3
_FEWEST_WORDS = 8
_SAME = 0.6
"""The share of a paragraph's word groups that a line must hold to be it."""
_SAME_LINE = 0.9
_SHORT = 15
_LONG = 80
_LINKED = 0.35
_SIBLINGS = 2
_SHARE = 0.25
"""An element that holds this share of the text, or one made like it, is where the article stands."""


@dataclass(slots=True)
class Paragraph:
    """A paragraph of the page. `line` is the extracted line that it became, if it did."""

    text: str
    parent: HtmlElement
    linked: float
    """The share of it that is the text of links."""
    is_aside: bool = False
    """A label and a link to another article, nothing else."""
    line: int | None = None
    lost_words: bool = False
    """Its line holds nearly all of it, but not all."""


def paragraphs(tree: HtmlElement) -> list[Paragraph]:
    """The paragraphs of a pruned page in their order. To be read before the extractor changes the tree."""
    for line_break in tree.iter("br"):
        line_break.tail = f" {line_break.tail or ''}"
    found = []
    for element in cast(list[HtmlElement], _PARAGRAPHS(tree)):
        text = " ".join("".join(element.itertext()).split())
        parent = element.getparent()
        if len(text) < _SHORT or parent is None:
            continue
        link = " ".join("".join(cast(list[str], _LINK_TEXT(element))).split())
        aside = (
            bool(link)
            and len(text) <= _LONGEST_ASIDE
            and text.endswith(link)
            and bool(_LABEL.match(text[: -len(link)]))
        )
        found.append(Paragraph(text, parent, len(link) / len(text), aside))
    return found


def completed(text: str, page: Sequence[Paragraph]) -> str:
    """The extractor's lines, with the paragraphs that belong to them."""
    asides = {one.text for one in page if one.is_aside}
    lines = [line for line in text.split("\n") if line.strip() and " ".join(line.split()).lstrip("- ") not in asides]
    if not lines or not page:
        return text
    _recognise(lines, page)
    for one in page:
        if one.line is not None and one.lost_words and len(lines[one.line]) < len(one.text) < 2 * len(lines[one.line]):
            lines[one.line] = one.text
    missing = _missing(page)
    if not missing:
        return "\n".join(lines)
    return "\n".join(_merged(lines, page, missing))


def _recognise(lines: Sequence[str], page: Sequence[Paragraph]) -> None:
    """Find the line of each paragraph: most are lines as they are, the others are compared."""
    exact = {" ".join(line.split()): place for place, line in enumerate(lines)}
    for one in page:
        one.line = exact.get(one.text)
    if strangers := _near_known(page):
        _compare(lines, strangers)


def _near_known(page: Sequence[Paragraph]) -> list[Paragraph]:
    """Paragraphs that are no line and stand where others are one; all of them where none is."""
    known = [one for one in page if one.line is not None]
    parents, makes = {one.parent for one in known}, {_make(one.parent) for one in known}
    return [
        one for one in page if one.line is None and (not known or one.parent in parents or _make(one.parent) in makes)
    ]


def _compare(lines: Sequence[str], strangers: Iterable[Paragraph]) -> None:
    """Find the lines that hold most of a paragraph, or begin like it and lack a part of it."""
    where: dict[tuple[str, ...], int] = {}
    begins: dict[tuple[str, ...], int] = {}
    words_of = [_WORDS.findall(line) for line in lines]
    for place, words in enumerate(words_of):
        begins.setdefault(tuple(words[:_BEGINNING]), place)
        for gram in _grams(words):
            where.setdefault(gram, place)
    for one in strangers:
        words = _WORDS.findall(one.text)
        grams = _grams(words)
        votes = Counter(where[gram] for gram in grams if gram in where)
        if grams and sum(votes.values()) >= _SAME * len(grams):
            one.line, most = votes.most_common(1)[0]
            one.lost_words = _SAME * len(grams) <= most < len(grams) and most >= _SAME_LINE * sum(votes.values())
        elif grams:
            begun = begins.get(tuple(words[:_BEGINNING]))
            if begun is not None and _is_shortened(words_of[begun], words):
                one.line, one.lost_words = begun, True


def _is_shortened(line: Sequence[str], words: Sequence[str]) -> bool:
    """Whether a line is a paragraph without a part in its middle."""
    rest = iter(words)
    return 2 * len(line) >= len(words) and all(word in rest for word in line)


def _grams(words: Sequence[str]) -> list[tuple[str, ...]]:
    if len(words) < _FEWEST_WORDS:
        return []
    return list(zip(words, words[1:], words[2:], words[3:], strict=False))


def _missing(page: Sequence[Paragraph]) -> list[Paragraph]:
    """Paragraphs left out that stand where the article stands."""
    known = [one for one in page if one.line is not None]
    total = sum(len(one.text) for one in known)
    beside = Counter(one.parent for one in known)
    made = Counter[tuple[str, ...]]()
    for one in known:
        made[_make(one.parent)] += len(one.text)
    alike = {make for make, size in made.items() if make[1] and size >= _SHARE * total}
    return [
        one
        for one in page
        if one.line is None and _is_prose(one) and (beside[one.parent] >= _SIBLINGS or _make(one.parent) in alike)
    ]


def _make(parent: HtmlElement) -> tuple[str, ...]:
    """Tag and class of the element and of the one around it. Page builders put everything on a page into elements of
    one class, and give the ones around them names of their own."""
    around = parent.getparent()
    return tuple(
        part
        for element in (parent, around)
        if element is not None
        for part in (str(element.tag), str(element.get("class") or ""))
    )


def _is_prose(one: Paragraph) -> bool:
    return len(one.text) >= _LONG and one.linked <= _LINKED and _SENTENCE_END.search(one.text) is not None


def _merged(lines: Sequence[str], page: Sequence[Paragraph], missing: Iterable[Paragraph]) -> list[str]:
    """The lines with each missing paragraph after the line of the paragraph before it."""
    added = {id(one) for one in missing}
    after: dict[int, list[str]] = {}
    last = -1
    for one in page:
        if one.line is not None:
            last = max(last, one.line)
        elif id(one) in added:
            after.setdefault(last, []).append(one.text)
    merged = list(after.get(-1, ()))
    for place, line in enumerate(lines):
        merged.append(line)
        merged += after.get(place, ())
    return merged
