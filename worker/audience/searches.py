"""Saved searches as the audience holds them: saved, listed, ended. What a query means is the match stage's affair."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, exists, func, or_, select, update
from sqlmodel import Session

from worker.audience.choices import check_frequency, offered_frequencies
from worker.audience.consent import record_consent
from worker.audience.people import find_subscriber, hold_subscriber, move_state
from worker.audience.subscriptions import change_subscriptions, open_subscriptions
from worker.database import SEARCH_LOCK, lock_exclusive, table
from worker.errors import InvalidInput, NotFound
from worker.models import Frequency, Match, SavedSearch, Subscriber, SubscriberState, Subscription, Topic

MOST = 20
"""Searches that one person may hold."""
TITLE_LENGTH = 80
KEEP_FORSAKEN = timedelta(days=2)
"""Leaving can be taken back for a day; a search that nobody subscribes to for longer is ended."""

_MAY_SAVE = (SubscriberState.ACTIVE, SubscriberState.UNSUBSCRIBED)
_SEARCH, _SUBSCRIPTION, _TOPIC = table(SavedSearch), table(Subscription), table(Topic)


@dataclass(frozen=True)
class HeldSearch:
    """A search that somebody subscribes to."""

    id: int
    topic_id: int
    query: str
    frequency: Frequency
    created_at: datetime


def held_searches(session: Session, public_id: uuid.UUID) -> list[HeldSearch]:
    """The searches of the person of a link, the oldest first."""
    subscriber = find_subscriber(session, public_id)
    if subscriber is None:
        return []
    rows = session.execute(
        select(_SEARCH.c.id, _SEARCH.c.topic_id, _SEARCH.c.query, _SUBSCRIPTION.c.frequency, _SEARCH.c.created_at)
        .join(_SUBSCRIPTION, _SUBSCRIPTION.c.topic_id == _SEARCH.c.topic_id)
        .where(
            _SEARCH.c.subscriber_id == subscriber.id, _SEARCH.c.ended_at.is_(None), _SUBSCRIPTION.c.ended_at.is_(None)
        )
        .order_by(_SEARCH.c.id)
    )
    return [HeldSearch(row.id, row.topic_id, row.query, Frequency(row.frequency), row.created_at) for row in rows]


@dataclass(frozen=True)
class ListedSearch:
    """An open search as operators see it; `found` counts the articles that answered it."""

    id: int
    address: str
    query: str
    frequency: str | None
    """None: its owner has left; it ends by itself."""
    found: int
    created_at: datetime

    def to_json(self) -> dict[str, object]:
        return asdict(self)


def list_searches(session: Session, *, address_key: str | None = None, limit: int = 50) -> list[ListedSearch]:
    """The open searches, the newest first."""
    people, matches = table(Subscriber), table(Match)
    found = select(func.count()).where(matches.c.topic_id == _SEARCH.c.topic_id).scalar_subquery()
    is_open = and_(_SUBSCRIPTION.c.topic_id == _SEARCH.c.topic_id, _SUBSCRIPTION.c.ended_at.is_(None))
    wanted = (
        select(
            *(_SEARCH.c.id, people.c.address, _SEARCH.c.query, _SUBSCRIPTION.c.frequency),
            *(found.label("found"), _SEARCH.c.created_at),
        )
        .join(people, people.c.id == _SEARCH.c.subscriber_id)
        .outerjoin(_SUBSCRIPTION, is_open)
        .where(_SEARCH.c.ended_at.is_(None))
        .order_by(_SEARCH.c.id.desc())
        .limit(limit)
    )
    if address_key is not None:
        wanted = wanted.where(people.c.address_key == address_key)
    return [ListedSearch(*row) for row in session.execute(wanted)]


def save_search(
    session: Session,
    public_id: uuid.UUID,
    *,
    query: str,
    normal: str,
    frequency: str,
    now: datetime,
    source: str = "web",
) -> HeldSearch | None:
    """Subscribe the person to what `query` finds from now on, and commit; None where the link is nobody's or may not.

    `normal` is the query's normal form; one that the person holds already is refused. InvalidInput says what is wrong.
    """
    subscriber = find_subscriber(session, public_id)
    if subscriber is None or subscriber.state not in _MAY_SAVE:
        return None
    chosen = check_frequency(frequency, offered_frequencies(session))
    hold_subscriber(session, subscriber)
    if subscriber.state not in _MAY_SAVE:
        session.rollback()
        return None
    _refuse(session, subscriber, normal)
    title = query if len(query) <= TITLE_LENGTH else f"{query[: TITLE_LENGTH - 1]}…"
    topic = Topic(
        slug=f"search-{uuid.uuid4().hex}", title=title, version=0, created_at=now, subscriber_id=subscriber.id
    )
    session.add(topic)
    session.flush()
    search = SavedSearch(
        subscriber_id=subscriber.id,
        topic_id=topic.id,
        query=query,
        normal=normal,
        created_at=now,
        change_number=_next_change(session),
    )
    session.add(search)
    session.flush()
    held = open_subscriptions(session, subscriber.id)
    change_subscriptions(session, subscriber, held | {topic.id: chosen}, now=now, reason="unsubscribed")
    move_state(subscriber, SubscriberState.ACTIVE, now=now)
    record_consent(session, [subscriber.id], "change", at=now, source=source, detail={"search_saved": search.id})
    session.commit()
    return HeldSearch(search.id, topic.id, query, chosen, now)


def end_search(session: Session, public_id: uuid.UUID, search_id: int, *, now: datetime, source: str = "web") -> bool:
    """End one of the person's searches, and commit; whether it was open."""
    subscriber = find_subscriber(session, public_id)
    if subscriber is None:
        return False
    hold_subscriber(session, subscriber)
    found = _open_one(session, subscriber.id, search_id)
    if found is None:
        session.rollback()
        return False
    _end(session, [found.id], reason="unsubscribed", now=now)
    held = open_subscriptions(session, subscriber.id)
    held.pop(found.topic_id, None)
    change_subscriptions(session, subscriber, held, now=now, reason="unsubscribed")
    if not held:
        move_state(subscriber, SubscriberState.UNSUBSCRIBED, now=now)
    record_consent(session, [subscriber.id], "change", at=now, source=source, detail={"search_ended": found.id})
    session.commit()
    return True


def change_frequency(
    session: Session, public_id: uuid.UUID, search_id: int, frequency: str, *, now: datetime, source: str = "web"
) -> bool:
    """Have one of the person's searches come at another frequency, and commit; whether it is theirs."""
    subscriber = find_subscriber(session, public_id)
    if subscriber is None:
        return False
    chosen = check_frequency(frequency, offered_frequencies(session))
    hold_subscriber(session, subscriber)
    found = _open_one(session, subscriber.id, search_id)
    held = open_subscriptions(session, subscriber.id)
    if found is None or found.topic_id not in held:
        session.rollback()
        return False
    change_subscriptions(session, subscriber, held | {found.topic_id: chosen}, now=now, reason="unsubscribed")
    detail = {"search": found.id, "frequency": chosen}
    record_consent(session, [subscriber.id], "change", at=now, source=source, detail=detail)
    session.commit()
    return True


def end_forsaken_searches(session: Session, *, now: datetime, limit: int = 1000) -> int:
    """End searches that nobody has subscribed to for two days: their owner left. Commits; returns how many."""
    mine = _SUBSCRIPTION.c.topic_id == _SEARCH.c.topic_id
    going_on = or_(_SUBSCRIPTION.c.ended_at.is_(None), _SUBSCRIPTION.c.ended_at > now - KEEP_FORSAKEN)
    ids = list(
        session.execute(
            select(_SEARCH.c.id)
            .where(_SEARCH.c.ended_at.is_(None), ~exists().where(and_(mine, going_on)))
            .order_by(_SEARCH.c.id)
            .limit(limit)
        ).scalars()
    )
    _end(session, ids, reason="forsaken", now=now)
    session.commit()
    return len(ids)


def private_topics(session: Session, subscriber_id: int) -> dict[str, int]:
    """The topics of somebody's open searches: slug to id."""
    rows = session.execute(
        select(_TOPIC.c.slug, _TOPIC.c.id)
        .join(_SEARCH, _SEARCH.c.topic_id == _TOPIC.c.id)
        .where(_SEARCH.c.subscriber_id == subscriber_id, _SEARCH.c.ended_at.is_(None))
    )
    return {row.slug: row.id for row in rows}


def _refuse(session: Session, subscriber: Subscriber, normal: str) -> None:
    mine = session.execute(
        select(_SEARCH.c.normal).where(_SEARCH.c.subscriber_id == subscriber.id, _SEARCH.c.ended_at.is_(None))
    ).scalars()
    there = list(mine)
    if normal in there:
        session.rollback()
        raise InvalidInput("You have saved this search already.", field="query")
    if len(there) >= MOST:
        session.rollback()
        raise InvalidInput(f"You hold {MOST} saved searches, the most there may be: remove one first.", field="query")


def _open_one(session: Session, subscriber_id: int, search_id: int) -> SavedSearch | None:
    return session.execute(
        select(SavedSearch).where(
            _SEARCH.c.id == search_id, _SEARCH.c.subscriber_id == subscriber_id, _SEARCH.c.ended_at.is_(None)
        )
    ).scalar_one_or_none()


def _end(session: Session, ids: Iterable[int], *, reason: str, now: datetime) -> None:
    for search_id in ids:
        session.execute(
            update(_SEARCH)
            .where(_SEARCH.c.id == search_id, _SEARCH.c.ended_at.is_(None))
            .values(ended_at=now, end_reason=reason, change_number=_next_change(session))
        )


def _next_change(session: Session) -> int:
    """The next change number; they become visible in their order, because the lock is held until the commit."""
    lock_exclusive(session, SEARCH_LOCK)
    last: int | None = session.execute(select(func.max(_SEARCH.c.change_number))).scalar()
    return (last or 0) + 1


def public_id_of(session: Session, address_key: str) -> uuid.UUID:
    """The link id of an address; NotFound where nobody has it."""
    rows = table(Subscriber)
    found = session.execute(select(rows.c.public_id).where(rows.c.address_key == address_key)).scalar()
    if found is None:
        raise NotFound("Nobody has this address: `sitrep explain ADDRESS` tells what is known of one")
    return uuid.UUID(str(found))
