"""The article's headline among a page's headings, what it says to networks, and its window title."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lxml.html import HtmlElement

from worker.collect.extract.told import Told, text_of
from worker.collect.limits import MAX_TITLE
from worker.collect.plain import one_line

_SITE_SUFFIX = re.compile(r"\s+(?:[|»–—·•⋆:-]|&raquo;)\s+[^|»–—·•⋆]{2,60}$")
_SEPARATOR = re.compile(r"\s*[|»·•⋆«]\s*|\s+[–—:-]+\s+|:\s+")
_MARKS = " |»–—·•⋆:«-"
_TYPOGRAPHY = str.maketrans({"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "."})
_MOST_HEADINGS = 50
_NOT_IN = frozenset({"footer", "aside", "form", "nav", "dialog"})


def page_title(tree: HtmlElement, told: Told) -> str:
    """The heading that the page's own description repeats, else that description without the site's name."""
    site = _plain(told.meta("og:site_name", "application-name"))
    described = _line(told.meta("og:title", "twitter:title")), _line(_text_of_first(tree, "title"))
    shared, window = (_without_site(title, site) for title in described)
    headline = _line(text_of(told.article.get("headline")) or text_of(told.article.get("name")))
    headings = [heading for heading in _headings(tree) if _plain(heading) != site]
    for wanted in (shared, headline, window):
        for heading in headings:
            if wanted and _plain(heading) == _plain(wanted):
                return heading
    around = _plain(f"{window} \n {shared} \n {headline}")
    repeated = [heading for heading in headings if len(heading) > 3 and _plain(heading) in around]
    own = [heading for heading in repeated if _plain(heading) not in _last_parts(described)]
    if repeated:
        return max(own or repeated, key=len)
    if headline and _plain(headline) != site:
        return headline
    if len(headings) == 1 and len(headings[0].split()) > 2:
        return headings[0]
    return _of_its_own(headings, shared or window, described)


def _last_parts(titles: Iterable[str]) -> set[str]:
    """What stands last in them, behind a mark: where sites put their name."""
    parted = [[part for part in _SEPARATOR.split(title) if part] for title in titles]
    return {_plain(parts[-1]) for parts in parted if len(parts) > 1}


def _of_its_own(headings: list[str], title: str, described: Iterable[str]) -> str:
    """A first heading that says more than two words about what the page's title says, else that title."""
    words = set(_plain(title).split())
    for heading in headings[:1]:
        own = _plain(heading).split()
        if len(own) > 2 and len(words & set(own)) >= 2:
            return heading
    return _SITE_SUFFIX.sub("", title) if title in described else title


def _headings(tree: HtmlElement) -> list[str]:
    found = []
    for place, heading in enumerate(tree.iter("h1")):
        if place >= _MOST_HEADINGS:
            break
        if any(element.tag in _NOT_IN for element in heading.iterancestors()):
            continue
        found.append(_line(" ".join(heading.itertext())))
    return [heading for heading in found if heading]


def _without_site(title: str, site: str) -> str:
    """The title without the site's name before or after it."""
    if not site:
        return title
    parts = [part for part in _SEPARATOR.split(title) if part]
    if len(parts) > 1 and _plain(parts[-1]) == site:
        return title[: title.rindex(parts[-1])].rstrip(_MARKS)
    if len(parts) > 1 and _plain(parts[0]) == site:
        return title[title.index(parts[0]) + len(parts[0]) :].lstrip(_MARKS)
    return title


def _text_of_first(tree: HtmlElement, tag: str) -> str:
    element = next(tree.iter(tag), None)
    return "" if element is None else " ".join(element.itertext())


def _line(text: str) -> str:
    return one_line(text, limit=MAX_TITLE)


def _plain(text: str) -> str:
    """As titles are compared: typography and case do not matter."""
    return " ".join(one_line(text, limit=2 * MAX_TITLE).translate(_TYPOGRAPHY).casefold().split())
