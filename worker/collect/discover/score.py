"""Which of a site's offers is the best source, and why. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from worker.collect.discover.model import Candidate, Scope

_KIND = {"feed": 40.0, "wordpress": 30.0, "sitemap": 12.0, "page": 6.0}
"""A feed is what a site means to be polled: small, and answered with 304 where nothing is new."""
_STALE = timedelta(days=90)


def ranked(candidates: Sequence[Candidate], *, asked: str, now: datetime) -> tuple[Candidate, ...]:
    """The candidates with their score and reason, the best first."""
    scored = [replace(one, score=_score(one, asked=asked, now=now), reason=_reason(one, now=now)) for one in candidates]
    return tuple(sorted(scored, key=lambda one: one.score, reverse=True))


def _score(one: Candidate, *, asked: str, now: datetime) -> float:
    if one.error is not None:
        return -1000
    count = len(one.articles)
    score = _KIND.get(one.kind, 0.0) + (12 if one.format == "news-sitemap" else 0) + min(count, 20) / 2
    if count:
        score += 30 * one.whole / count + 10 * one.dated / count
    else:
        score -= 50
    score += 3 * one.pages_back
    if one.url == asked:
        score += 30
    score += {Scope.SITE: 0, Scope.PART: 45 if _is_of(one.url, asked) else -40, Scope.COMMENTS: -500}[one.scope]
    if one.newest is not None and now - one.newest > _STALE:
        score -= 30
    return score


def _is_of(url: str, asked: str) -> bool:
    """Whether a part's feed is that of the very page that was named."""
    path = urlsplit(asked).path.rstrip("/")
    return bool(path) and urlsplit(url).path.startswith(f"{path}/")


def _reason(one: Candidate, *, now: datetime) -> str:
    """In a sentence or two, what speaks for it and against it."""
    if one.error is not None:
        return one.error
    if one.scope is Scope.COMMENTS:
        return "it holds readers' comments, not articles"
    count = len(one.articles)
    if not count:
        return "it is empty at the moment"
    said = [_of_texts(one, count)]
    if one.scope is Scope.PART:
        said.append("it holds a part of the site only")
    if not one.dated and one.kind != "sitemap":
        said.append("it gives no dates")
    if one.pages_back:
        said.append("after a burst its older pages can be read")
    if one.newest is not None and now - one.newest > _STALE:
        said.append(f"nothing new since {one.newest:%Y-%m-%d}")
    return "; ".join(said)


def _of_texts(one: Candidate, count: int) -> str:
    if one.kind == "sitemap":
        told = "titles and dates" if one.dated else "addresses"
        return f"it gives {told} only; the texts are on the articles' pages"
    if one.kind == "page":
        return f"its links fit {one.link_pattern}; the texts are on the articles' pages"
    if one.whole == count:
        return "its articles are whole"
    if one.whole:
        return f"{one.whole} of its {count} articles are whole; of the others the pages are fetched"
    return "it gives excerpts; the pages are fetched for the texts"
