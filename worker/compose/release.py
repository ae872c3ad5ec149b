"""Release: an article gets its number, once, when its matches are complete.

Numbers have no gaps and become visible in the order of their commits, because a release holds RELEASE_LOCK alone while
every change of somebody's subscriptions holds it shared. So `from number n on` means the same to everyone.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import and_, func, insert, literal, select, update
from sqlmodel import Session

from worker.compose.bits import bits_by_block, upsert_bits
from worker.database import RELEASE_LOCK, lock_exclusive, table
from worker.errors import InvalidInput, NotFound
from worker.models import BY_OPERATOR, Article, Match, Release, ReleaseCounter, TextState, Topic, TopicRelease, Verdict

_ARTICLE, _MATCH, _RELEASE, _COUNTER = table(Article), table(Match), table(Release), table(ReleaseCounter)
_TOPIC = table(Topic)
_ABOUT = _MATCH.c.verdict == Verdict.ABOUT


@dataclass
class ReleaseResult:
    """Release numbers given, and articles decided against with the reason."""

    numbers: list[int] = field(default_factory=list)
    withheld: dict[int, str] = field(default_factory=dict)


def release_ready(session: Session, *, now: datetime, text_wait: timedelta, limit: int = 500) -> ReleaseResult:
    """Release every matched article that is ready, oldest first, in one transaction.

    An article whose full text is still being fetched waits for it, at most `text_wait` from when it was first seen.
    What is about no topic, or belongs to a story that is out already, is withheld with that reason.
    """
    lock_exclusive(session, RELEASE_LOCK)
    waiting = and_(_ARTICLE.c.text_state == TextState.PENDING, _ARTICLE.c.first_seen_at > now - text_wait)
    ready = session.execute(
        select(_ARTICLE.c.id, _ARTICLE.c.story_id, _ARTICLE.c.is_update)
        .where(
            _ARTICLE.c.released_at.is_(None),
            _ARTICLE.c.withheld_reason.is_(None),
            ~_ARTICLE.c.baseline,
            _ARTICLE.c.withdrawn_at.is_(None),
            _ARTICLE.c.matched_at.is_not(None),
            ~waiting,
        )
        .order_by(func.coalesce(_ARTICLE.c.published_at, _ARTICLE.c.first_seen_at), _ARTICLE.c.id)
        .limit(limit)
    ).all()
    result = ReleaseResult()
    if ready:
        about = _articles_about_something(session, [row.id for row in ready])
        told = _stories_told(session, [row.story_id for row in ready if row.story_id is not None])
        chosen: list[int] = []
        for row in ready:
            if row.id not in about:
                result.withheld[row.id] = "no_topic"
            elif row.story_id in told and not row.is_update:
                result.withheld[row.id] = "story"
            else:
                chosen.append(row.id)
                if row.story_id is not None:
                    told.add(row.story_id)
        result.numbers = _give_numbers(session, chosen, now=now, by="flow")
        _withhold(session, result.withheld)
    session.commit()
    return result


def release_again(session: Session, article_id: int, *, operator: str, now: datetime) -> int:
    """Give a released or withheld article a further number: it reaches only those who have not had it.

    One that an operator withdrew is released again by this; one that its source withdrew only by its source.
    """
    if not operator.strip():
        raise InvalidInput("Say who releases it: --by NAME")
    lock_exclusive(session, RELEASE_LOCK)
    article = session.get(Article, article_id)
    if article is None:
        raise NotFound(f"There is no article {article_id}: `sitrep articles list` shows them")
    if article.withdrawn_at is not None and not (article.withdrawn_reason or "").startswith(BY_OPERATOR):
        raise InvalidInput(f"Article {article_id} was withdrawn by its source: it is not sent to anybody")
    if not _articles_about_something(session, [article_id]):
        raise InvalidInput(f"Article {article_id} is about no topic: nobody would get it")
    article.withdrawn_at = article.withdrawn_reason = None
    session.flush()
    (number,) = _give_numbers(session, [article_id], now=now, by=operator)
    session.commit()
    return number


def mark_update(session: Session, article_id: int, *, operator: str, now: datetime) -> int | None:
    """Let an article out although another one of its story is: now, and under the operator's name, if it was withheld
    for that (returns its number); else when its turn comes (None)."""
    if not operator.strip():
        raise InvalidInput("Say who marks it as an update: --by NAME")
    lock_exclusive(session, RELEASE_LOCK)
    article = session.get(Article, article_id)
    if article is None:
        raise NotFound(f"There is no article {article_id}: `sitrep articles list` shows them")
    if article.withdrawn_at is not None:
        raise InvalidInput(f"Article {article_id} was withdrawn: it is not sent to anybody")
    if article.released_at is not None:
        raise InvalidInput(f"Article {article_id} is released already: there is nothing that holds it back")
    if article.withheld_reason not in (None, "story"):
        raise InvalidInput(
            f"Article {article_id} was not held back for its story but for another reason "
            f"({article.withheld_reason}): `sitrep articles release {article_id}` sends it all the same"
        )
    article.is_update = True
    session.flush()
    numbers = _give_numbers(session, [article_id] if article.withheld_reason else [], now=now, by=operator)
    session.commit()
    return numbers[0] if numbers else None


def release_to_topics(session: Session, gained: Mapping[int, Collection[int]], now: datetime, by: str) -> list[int]:
    """Give articles a further number for these topics only (article to topic ids): what a re-match found.

    Reaches whoever subscribes to them and has not had the article. What was withdrawn, or known from the start, stays
    where it is, and so does all of a story but the one article that is out. The caller holds RELEASE_LOCK alone, and
    commits.
    """
    alive = session.execute(
        select(_ARTICLE.c.id, _ARTICLE.c.story_id, _ARTICLE.c.is_update, _ARTICLE.c.released_at)
        .where(_ARTICLE.c.id.in_(gained), _ARTICLE.c.withdrawn_at.is_(None), ~_ARTICLE.c.baseline)
        .where(_ARTICLE.c.released_at.is_not(None) | (_ARTICLE.c.withheld_reason == "no_topic"))
        .order_by(_ARTICLE.c.id)
    ).all()
    told = _stories_told(session, [row.story_id for row in alive if row.story_id is not None])
    chosen: list[int] = []
    withheld: dict[int, str] = {}
    for row in alive:
        if row.released_at is None and row.story_id in told and not row.is_update:
            withheld[row.id] = "story"
            continue
        chosen.append(row.id)
        if row.story_id is not None:
            told.add(row.story_id)
    _withhold(session, withheld)
    return _give_numbers(session, chosen, now=now, by=by, only=gained)


def withdraw(session: Session, article_id: int, *, operator: str, now: datetime) -> datetime:
    """Take an article out of what is still to be sent; returns since when it is. `release_again` takes this back."""
    if not operator.strip():
        raise InvalidInput("Say who withdraws it: --by NAME")
    article = session.get(Article, article_id)
    if article is None:
        raise NotFound(f"There is no article {article_id}: `sitrep articles list` shows them")
    if article.withdrawn_at is None:
        article.withdrawn_at, article.withdrawn_reason = now, f"{BY_OPERATOR}{operator.strip()}"
        session.commit()
    return article.withdrawn_at


def last_release(session: Session) -> int:
    """The last number given out; 0 before the first."""
    number: int | None = session.execute(select(_COUNTER.c.number)).scalar()
    return number or 0


def _articles_about_something(session: Session, article_ids: Sequence[int]) -> set[int]:
    rows = session.execute(select(_MATCH.c.article_id).where(_MATCH.c.article_id.in_(article_ids), _ABOUT).distinct())
    return set(rows.scalars())


def _stories_told(session: Session, story_ids: Iterable[int]) -> set[int]:
    told = session.execute(
        select(_ARTICLE.c.story_id).where(
            _ARTICLE.c.story_id.in_(list(story_ids)),
            _ARTICLE.c.released_at.is_not(None),
            _ARTICLE.c.withdrawn_at.is_(None),
        )
    )
    return set(told.scalars())


def _give_numbers(
    session: Session,
    article_ids: Sequence[int],
    *,
    now: datetime,
    by: str,
    only: Mapping[int, Collection[int]] | None = None,
) -> list[int]:
    """Stamp the articles, in this order; the caller holds RELEASE_LOCK and commits. `only` names each one's topics."""
    if not article_ids:
        return []
    last = session.execute(
        update(_COUNTER).values(number=_COUNTER.c.number + len(article_ids)).returning(_COUNTER.c.number)
    ).scalar()
    if last is None:
        last = len(article_ids)
        session.execute(insert(_COUNTER).values(id=1, number=last))
    numbers = list(range(last - len(article_ids) + 1, last + 1))
    rows = [
        {"number": number, "article_id": article_id, "released_at": now, "released_by": by}
        for number, article_id in zip(numbers, article_ids, strict=True)
    ]
    session.execute(insert(_RELEASE), rows)
    session.execute(
        update(_ARTICLE)
        .where(_ARTICLE.c.id.in_(article_ids), _ARTICLE.c.release_number.is_(None))
        .values(
            released_at=now,
            withheld_reason=None,
            release_number=select(func.min(_RELEASE.c.number))
            .where(_RELEASE.c.article_id == _ARTICLE.c.id)
            .scalar_subquery(),
        )
    )
    _mark_topics(session, numbers[0], only)
    return numbers


def _mark_topics(session: Session, first: int, only: Mapping[int, Collection[int]] | None = None) -> None:
    """Add the releases from `first` on to the bit sets of the topics they are about.

    What is about a topic that was merged is its heir's too: some subscribers, or all, hold that by now.
    """
    rows = session.execute(
        select(
            *(_TOPIC.c.id, _TOPIC.c.merged_into_id, _RELEASE.c.article_id, _RELEASE.c.number),
        )
        .join(_MATCH, _MATCH.c.topic_id == _TOPIC.c.id)
        .join(_RELEASE, _RELEASE.c.article_id == _MATCH.c.article_id)
        .where(_RELEASE.c.number >= literal(first), _ABOUT)
    )
    by_topic: dict[int, list[int]] = {}
    for topic_id, heir_id, article_id, number in rows:
        if only is None or topic_id in only[article_id]:
            for each in {topic_id, heir_id or topic_id}:
                by_topic.setdefault(each, []).append(number)
    upsert_bits(
        session,
        table(TopicRelease),
        [
            {"topic_id": topic_id, "block": block, "bits": bits}
            for topic_id, numbers in by_topic.items()
            for block, bits in bits_by_block(numbers).items()
        ],
    )


def _withhold(session: Session, reasons: dict[int, str]) -> None:
    for reason in set(reasons.values()):
        ids = [article_id for article_id, given in reasons.items() if given == reason]
        session.execute(update(_ARTICLE).where(_ARTICLE.c.id.in_(ids)).values(withheld_reason=reason))
