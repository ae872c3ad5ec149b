"""Articles that tell the same event share a story: a digest shows it once.

Every article leaves bands behind (worker.collect.sketch): one for its address, one for its content, some for its
wording. What shares a band with a new article is looked up in one query and compared with it. Each article has a story
of its own from the start, so that joining one changes no row but the newcomer's: pollers never wait for each other's
articles.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import Row, bindparam, delete, func, insert, select, tuple_
from sqlmodel import Session

from worker.collect.identity import is_telling, names_an_article, url_key
from worker.collect.sketch import MOST_TEXT, Telling, bands, key_band, same_story, telling
from worker.collect.store import NewArticle, insert_new
from worker.database import STORY_LOCK, lock_exclusive, table
from worker.models import Article, Story, StoryBand

_ARTICLE, _BAND, _STORY = table(Article), table(StoryBand), table(Story)
WITHIN = timedelta(days=7)
"""The same text a week later is an anniversary, not the same news."""
_AT_ONCE = 500
_MOST_SKETCHED = 500
"""Of one poll: the first articles of a source that releases its whole archive; the others are known by their keys."""
_MOST_SHARING = 10_000
_MOST_COMPARED = 8
_SHARING = (
    select(_BAND.c.band, _BAND.c.article_id, _BAND.c.seen_at)
    .where(_BAND.c.band.in_(bindparam("bands", expanding=True)))
    .order_by(_BAND.c.band, _BAND.c.article_id)
    .limit(_MOST_SHARING)
)
_OF_OTHERS = select(_ARTICLE.c.id).where(
    _ARTICLE.c.id.in_(bindparam("ids", expanding=True)),
    _ARTICLE.c.source_id != bindparam("source"),
    _ARTICLE.c.withdrawn_at.is_(None),
)
_NEW_BANDS = insert(_BAND)
_NEW_STORIES = insert(_STORY).returning(_STORY.c.id, sort_by_parameter_order=True)


def lock_stories(session: Session) -> None:
    """Let nobody else join stories until this transaction ends."""
    lock_exclusive(session, STORY_LOCK)


def join_stories(session: Session, articles: Iterable[Article | NewArticle], *, now: datetime) -> int:
    """Give each article the story of another source's with the same address or nearly the same words, else its own.

    An article that has a story leaves it only if it is alone there; nothing that is out is taken back. What is not
    stored yet is stored with its story. Flushes, the caller commits. Returns how many articles joined another.
    """
    joined = 0
    for _, some in groupby(articles, key=lambda article: article.source_id):
        joined += _join(session, list(some), now=now)
    return joined


def forget_bands(session: Session, *, now: datetime, limit: int = 5_000) -> int:
    """Delete bands that are too old to be asked for. Returns how many; at `limit` there may be more. Commits."""
    lock_stories(session)
    old = select(_BAND.c.band, _BAND.c.article_id).where(_BAND.c.seen_at < now - WITHIN).limit(limit)
    gone = session.execute(delete(_BAND).where(tuple_(_BAND.c.band, _BAND.c.article_id).in_(old)))
    session.commit()
    return int(gone.rowcount)  # type: ignore[attr-defined]


def _join(session: Session, articles: list[Article | NewArticle], *, now: datetime) -> int:
    """The same for articles of one source."""
    tellings = [_telling(article, place) for place, article in enumerate(articles)]
    keys = [_keys(article) for article in articles]
    marks = [{*own, *(bands(told) if told else ())} for own, told in zip(keys, tellings, strict=True)]
    lock_stories(session)
    sharing = _sharing(session, set().union(*marks), articles[0].source_id, now=now)
    joined = 0
    for article, told, own, some in zip(articles, tellings, keys, marks, strict=True):
        near = Counter(other for band in some for other in sharing.get(band, ()))
        same = {other for band in own for other in sharing.get(band, ())}
        twin = _twin(session, told, near, same) if near else None
        joined += twin is not None and _take_story(session, article, twin, now=now)
    _give_stories(session, [article for article in articles if article.story_id is None], now=now)
    stored = [article.id for article in articles if article.id]
    session.flush()
    insert_new(session, [article for article in articles if isinstance(article, NewArticle)])
    for ids in _portions(stored):
        session.execute(delete(_BAND).where(_BAND.c.article_id.in_(ids)))
    _remember(session, articles, marks)
    return joined


def _telling(article: Article | NewArticle, place: int) -> Telling | None:
    """What it is compared by; None where it reaches nobody (baseline), or is one of very many."""
    return None if article.baseline or place >= _MOST_SKETCHED else telling(article.title, article.text)


def _keys(article: Article | NewArticle) -> set[int]:
    """Bands that only the very same article has."""
    addresses = {url_key(url) for url in (article.url, article.page_url) if url}
    found = {key_band("address", address) for address in addresses if names_an_article(address)}
    return found | {key_band("content", article.content_hash)} if is_telling(article.text) else found


def _sharing(session: Session, marks: set[int], source_id: int, *, now: datetime) -> dict[int, list[int]]:
    """For each band, the articles of other sources that have it, seen within a week and not withdrawn.

    In two statements, the first by the bands alone: with the time in it PostgreSQL, as long as it knows little of the
    table, reads all bands of the week instead. Mostly there is nothing to ask in the second.
    """
    pairs = [
        (row.band, row.article_id)
        for some in _portions(sorted(marks))
        for row in session.execute(_SHARING, {"bands": some})
        if row.seen_at >= now - WITHIN
    ]
    others: set[int] = set()
    for some in _portions(sorted({article_id for _, article_id in pairs})):
        others.update(session.scalars(_OF_OTHERS, {"ids": some, "source": source_id}))
    found: dict[int, list[int]] = {}
    for band, article_id in pairs:
        if article_id in others:
            found.setdefault(band, []).append(article_id)
    return found


def _portions(numbers: Sequence[int]) -> Iterator[Sequence[int]]:
    return (numbers[start : start + _AT_ONCE] for start in range(0, len(numbers), _AT_ONCE))


def _twin(session: Session, told: Telling | None, near: Counter[int], same: set[int]) -> Row[Any] | None:
    """The article that is the same, or the one that is most alike and tells the same story."""
    ids = [min(same)] if same else [id_ for id_, _ in near.most_common(_MOST_COMPARED)]
    rows = session.execute(
        select(
            _ARTICLE.c.id,
            _ARTICLE.c.story_id,
            _ARTICLE.c.title,
            func.substr(_ARTICLE.c.text, 1, MOST_TEXT).label("text"),
        )
        .where(_ARTICLE.c.id.in_(ids))
        .order_by(_ARTICLE.c.id)
    ).all()
    if same or told is None:
        return rows[0] if same and rows else None
    alike = [(same_story(told, telling(row.title, row.text)), row) for row in rows]
    best = max(alike, key=lambda pair: pair[0], default=(0.0, None))
    return best[1] if best[0] else None


def _take_story(session: Session, article: Article | NewArticle, twin: Row[Any], *, now: datetime) -> bool:
    """Whether the article is in its twin's story from now on and was not before."""
    story_id = twin.story_id
    if story_id is None:  # stored before every article had a story
        story_id = _new_story(session, now=now)
        twin_row = session.get(Article, twin.id)
        assert twin_row is not None
        twin_row.story_id = story_id
    left = article.story_id
    if left == story_id:
        return False
    if left is not None and not _is_alone(session, article):
        return False
    article.story_id = story_id
    if left is not None:
        session.flush()
        session.execute(delete(_STORY).where(_STORY.c.id == left))
    return True


def _is_alone(session: Session, article: Article | NewArticle) -> bool:
    other = select(_ARTICLE.c.id).where(_ARTICLE.c.story_id == article.story_id, _ARTICLE.c.id != article.id).limit(1)
    return session.execute(other).first() is None


def _new_story(session: Session, *, now: datetime) -> int:
    story = Story(created_at=now)
    session.add(story)
    session.flush()
    return story.id


def _give_stories(session: Session, articles: Sequence[Article | NewArticle], *, now: datetime) -> None:
    if not articles:
        return
    rows = [{"created_at": now} for _ in articles]
    stories = session.execute(_NEW_STORIES, rows).scalars()
    for article, story_id in zip(articles, stories, strict=True):
        article.story_id = story_id


def _remember(session: Session, articles: Sequence[Article | NewArticle], marks: Sequence[set[int]]) -> None:
    """Leave the articles' bands for those that come."""
    rows = [
        {"band": band, "article_id": article.id, "seen_at": article.first_seen_at}
        for article, some in zip(articles, marks, strict=True)
        for band in sorted(some)
    ]
    if rows:
        session.execute(_NEW_BANDS, rows)
