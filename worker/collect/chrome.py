"""Lines that a site puts on many of its articles are the site's, not theirs: prompts, notes, biographies, footers.

Each site's lines are counted, each article once. A line that many of the articles have that came since it was first
seen is left out from then on. What an agency repeats as background stands in few of a site's articles, and stays.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, case, delete, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from worker.collect.documents import ExtractedPage
from worker.collect.identity import site_of
from worker.collect.store import NewArticle
from worker.database import STORY_LOCK, dialect, lock_exclusive, table
from worker.models import Article, SiteLine, TextState

_LINE = table(SiteLine)
WITHIN = timedelta(days=30)
"""A line that was not seen for so long is forgotten."""
_ONCE_WITHIN = timedelta(days=3)
"""The same for one that a single article had."""
_FEWEST = 3
_SHARE = 0.3
"""Of the site's articles since the line was seen first."""
_HEAD, _TAIL = 3, 8
"""Where a site puts its lines: before and after the article."""
_LONGEST = 300
_FEWEST_WORDS = 3
_MOST_LOST = 0.3
"""If more of the text than this would go, the site writes its articles on a form; then they stay whole."""
_MOST_ARTICLES = 100
"""Of one poll that are looked at."""
_AT_ONCE = 400
_ALL = 0
"""The line that every article has: it counts the site's articles."""
_TOTAL = select(_LINE.c.articles).where(_LINE.c.site == bindparam("site"), _LINE.c.line == _ALL)
_WORDS = re.compile(r"\w+")


def drop_site_lines(session: Session, articles: Sequence[Article | NewArticle], *, new: bool, now: datetime) -> None:
    """Leave their site's lines out of articles of one source that were just stored; the `new` ones are counted first.

    One that waits for its page is left alone: the page counts. The caller holds the lock of worker.collect.stories.
    """
    whole = [article for article in articles if article.text and article.text_state != TextState.PENDING]
    site = site_of(whole[0].url) if whole else ""
    whole = [article for article in whole[:_MOST_ARTICLES] if site_of(article.url) == site]
    lines = [candidates(article.text) for article in whole]
    chrome = (learn if new else site_lines)(session, site, lines, now=now)
    for article in whole:
        article.text = without(article.text, chrome, own=f"{article.title}\n{article.summary}")


def tidied(session: Session, article: Article, page: ExtractedPage, *, now: datetime) -> ExtractedPage:
    """An article's page without its site's lines; they leave what is stored of the article as well, so that the two can
    be compared. The caller holds the lock of worker.collect.stories."""
    site = site_of(article.url)
    lines = [candidates(page.text), candidates(article.text)]
    if article.text_state == TextState.PENDING:
        learn(session, site, lines[:1], now=now)
    chrome = site_lines(session, site, lines, now=now)
    own = f"{article.title}\n{article.summary}"
    article.text = without(article.text, chrome, own=own)
    return replace(page, text=without(page.text, chrome, own=own))


def learn(session: Session, site: str, articles: Sequence[Mapping[int, str]], *, now: datetime) -> set[str]:
    """Count the `candidates` of a site's new articles; those of them that are the site's lines by now."""
    if not site or not articles:
        return set()
    (total,) = _add(session, site, [{"line": _ALL, "articles": len(articles), "since": 1}], now=now)
    since = total.articles - len(articles) + 1
    seen = Counter(line for lines in articles for line in lines)  # rows are locked in the order of the lines
    rows = [{"line": line, "articles": times, "since": since} for line, times in sorted(seen.items())]
    return _texts(articles, _add(session, site, rows, now=now) if rows else (), total.articles)


def site_lines(session: Session, site: str, articles: Sequence[Mapping[int, str]], *, now: datetime) -> set[str]:
    """Those of some texts' `candidates` that are the site's lines."""
    lines = sorted({line for found in articles for line in found})
    if not site or not lines:
        return set()
    total = session.execute(_TOTAL, {"site": site}).scalar() or 0
    return _texts(articles, _known(session, site, lines, now), total)


def forget_lines(session: Session, *, now: datetime, limit: int = 5_000) -> int:
    """Delete lines that were not seen for long. Returns how many; where it is `limit`, there may be more. Commits."""
    lock_exclusive(session, STORY_LOCK)
    last = _LINE.c.last_seen_at
    old = (
        select(_LINE.c.site, _LINE.c.line)
        .where(
            _LINE.c.line != _ALL,
            last < now - _ONCE_WITHIN,
            (_LINE.c.articles == 1) | (last < now - WITHIN),
        )
        .limit(limit)
    )
    gone = session.execute(delete(_LINE).where(tuple_(_LINE.c.site, _LINE.c.line).in_(old)))
    session.commit()
    return int(gone.rowcount)  # type: ignore[attr-defined]


def candidates(text: str) -> dict[int, str]:
    """The lines of a text that could be its site's, by their hash."""
    lines = text.split("\n\n")
    near = lines if len(lines) <= _HEAD + _TAIL else lines[:_HEAD] + lines[-_TAIL:]
    return {
        _hash(words): line
        for line in near
        if len(line) <= _LONGEST and len(words := _WORDS.findall(line.casefold())) >= _FEWEST_WORDS
    }


def without(text: str, chrome: set[str], *, own: str) -> str:
    """The text without these lines; the same object where none goes. What the article's own feed says of it stays."""
    chrome = {line for line in chrome if line not in own}
    if not chrome:
        return text
    lines = text.split("\n\n")
    kept = [line for line in lines if line not in chrome]
    joined = "\n\n".join(kept)
    return text if len(joined) < (1 - _MOST_LOST) * len(text) or len(kept) == len(lines) else joined


def is_sites_own(articles: int, *, since: int, total: int) -> bool:
    """Whether a line is the site's that `articles` have, the first of them number `since` of its `total`."""
    return articles >= _FEWEST and articles >= _SHARE * (total - since + 1)


def _hash(words: Sequence[str]) -> int:
    digest = hashlib.blake2b(" ".join(words).encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, signed=True) or 1


def _add(session: Session, site: str, rows: list[dict[str, Any]], *, now: datetime) -> Sequence[Row[Any]]:
    """Count these lines, and tell what their rows say then."""
    insert = postgresql.insert if dialect(session) == "postgresql" else sqlite.insert
    statement = insert(_LINE)
    old = (_LINE.c.last_seen_at < now - WITHIN) & (_LINE.c.line != _ALL)
    new = statement.excluded
    adding = statement.on_conflict_do_update(
        index_elements=[_LINE.c.site, _LINE.c.line],
        set_={
            "articles": case((old, new.articles), else_=_LINE.c.articles + new.articles),
            "since": case((old, new.since), else_=_LINE.c.since),
            "first_seen_at": case((old, new.first_seen_at), else_=_LINE.c.first_seen_at),
            "last_seen_at": new.last_seen_at,
        },
    ).returning(_LINE.c.line, _LINE.c.articles, _LINE.c.since)
    known = {"site": site, "first_seen_at": now, "last_seen_at": now}
    return session.execute(adding, [{**known, **row} for row in rows]).all()


def _known(session: Session, site: str, lines: Sequence[int], now: datetime) -> list[Row[Any]]:
    found: list[Row[Any]] = []
    for start in range(0, len(lines), _AT_ONCE):
        found += session.execute(
            select(_LINE.c.line, _LINE.c.articles, _LINE.c.since).where(
                _LINE.c.site == site,
                _LINE.c.line.in_(lines[start : start + _AT_ONCE]),
                _LINE.c.articles >= _FEWEST,
                _LINE.c.last_seen_at >= now - WITHIN,
            )
        ).all()
    return found


def _texts(articles: Sequence[Mapping[int, str]], rows: Iterable[Row[Any]], total: int) -> set[str]:
    """The lines of these rows that are the site's, as they stand in the articles."""
    texts = {line: text for found in articles for line, text in found.items()}
    return {texts[row.line] for row in rows if is_sites_own(row.articles, since=row.since, total=total)}
