"""Which links of a page are its articles, when nobody has said so. Pure."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from urllib.parse import urlsplit

from worker.collect.documents import PageLink
from worker.collect.listings.page import chosen

_HEADLINE_WORDS = 4
_ENOUGH = 5
_DATE = re.compile(r"^/((?:[\w-]+/)*?)(?:19|20)\d\d/")


def guess_pattern(links: Iterable[PageLink], *, url: str) -> str | None:
    """The pattern that takes the most headlines of a page and little else; None where no pattern does."""
    own = [link for link in links if _host(link.url) == _host(url)]
    headlines = [link for link in own if _is_headline(link)]
    votes = Counter(pattern for link in headlines for pattern in set(_patterns(link.url)))
    best: tuple[float, str] | None = None
    for pattern, _ in votes.most_common(12):
        taken = chosen(own, (pattern,), url=url)
        good = sum(_is_headline(link) for link in taken)
        if good < _ENOUGH or good * 2 < len(taken):
            continue
        score = good - 0.5 * (len(taken) - good) + 0.1 * pattern.count("/")
        if best is None or score > best[0]:
            best = (score, pattern)
    return best[1] if best else None


def _is_headline(link: PageLink) -> bool:
    return not link.aside and len(link.text.split()) >= (_HEADLINE_WORDS - 1 if link.headline else _HEADLINE_WORDS)


def _patterns(url: str) -> list[str]:
    """Patterns that would take this address: its directory, the one above, its year, its ending."""
    path = urlsplit(url).path
    found = []
    dated = _DATE.match(path)
    if dated:  # this month's directory would be empty next month
        return [f"/{dated.group(1)}20*/*"]
    parts = [part for part in path.split("/") if part]
    if len(parts) > 1 and not any(part.isdigit() for part in parts[:-1]):
        found += [f"/{parts[0]}/*", "/" + "/".join([*parts[:-1], "*"])]
    if parts and "." in parts[-1]:
        found.append(f"/*-*.{parts[-1].rpartition('.')[2]}")
    elif parts and parts[-1].count("-") >= 2:
        found.append("/*-*-*")
    return found


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")
