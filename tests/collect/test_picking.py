"""What is fetched now: one piece of work for each host that is free."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlmodel import Session

from worker.collect.hosts import LEASE, end_turn, take_turn
from worker.collect.picking import has_more, pick_sources, pick_texts
from worker.collect.sources import sync_sources
from worker.models import Article, Source, TextState
from worker.schedules.sources import SourceDefinition

SECOND = timedelta(seconds=1)


def name(session: Session, now: datetime, *urls: str) -> dict[str, int]:
    """Sources at these addresses, the first due longest; their ids."""
    for count in range(1, len(urls) + 1):
        definitions = [SourceDefinition(url=url, name=url) for url in urls[:count]]
        sync_sources(session, definitions, now=now - timedelta(minutes=len(urls) - count + 1))
    found = {source.url: source.id for source in session.scalars(select(Source))}
    session.commit()
    return found


def test_of_each_host_the_source_that_waits_longest(session: Session, now: datetime) -> None:
    ids = name(session, now, "https://a.example/1", "https://a.example/2", "https://b.example/1", "https://c.example/1")
    picked = pick_sources(session, now=now, limit=10)
    assert picked == [ids["https://a.example/1"], ids["https://b.example/1"], ids["https://c.example/1"]]
    assert pick_sources(session, now=now, limit=2) == picked[:2]
    assert pick_sources(session, now=now, limit=0) == []


def test_none_of_a_host_that_is_being_asked_or_rests(session: Session, now: datetime) -> None:
    ids = name(session, now, "https://a.example/1", "https://b.example/1")
    take_turn(session, "a.example", now=now)
    session.commit()
    assert pick_sources(session, now=now, limit=10) == [ids["https://b.example/1"]]
    end_turn(session, "a.example", now=now, polite=True, slow=False)
    session.commit()
    assert pick_sources(session, now=now, limit=10) == [ids["https://b.example/1"]]
    assert pick_sources(session, now=now + SECOND, limit=10) == list(ids.values())


def test_hosts_that_did_not_answer_in_time_are_picked_apart(session: Session, now: datetime) -> None:
    ids = name(session, now, "https://a.example/1", "https://b.example/1")
    take_turn(session, "a.example", now=now - LEASE)
    end_turn(session, "a.example", now=now - LEASE, polite=True, slow=True)
    session.commit()
    assert pick_sources(session, now=now, limit=10) == [ids["https://b.example/1"]]
    assert pick_sources(session, now=now, limit=10, slow=True) == [ids["https://a.example/1"]]


def test_sources_of_one_busy_host_do_not_keep_others_from_being_seen(session: Session, now: datetime) -> None:
    urls = [*(f"https://big.example/{number}" for number in range(300)), "https://small.example/"]
    definitions = [SourceDefinition(url=url, name=url) for url in urls]
    sync_sources(session, definitions[:-1], now=now - timedelta(hours=1))
    sync_sources(session, definitions, now=now)
    assert len(pick_sources(session, now=now, limit=2)) == 1, "the rows looked at are all of one host"
    take_turn(session, "big.example", now=now)
    session.commit()
    assert len(pick_sources(session, now=now, limit=2)) == 1, "and while that is asked, the other is seen"


@pytest.fixture
def pending(session: Session, now: datetime) -> list[int]:
    """Two articles of one source and one of another that wait for their page, and one of a baseline that does not."""
    sources = name(session, now, "https://a.example/feed", "https://b.example/feed")
    rows = [
        Article(
            source_id=source_id,
            external_id=str(number),
            url=f"https://a.example/{number}/",
            content_hash="",
            title="",
            first_seen_at=now,
            updated_at=now,
            text_state=state,
            baseline=baseline,
        )
        for number, (source_id, state, baseline) in enumerate(
            zip(
                [*sources.values(), sources["https://a.example/feed"], sources["https://b.example/feed"]],
                [TextState.PENDING, TextState.STALE, TextState.PENDING, TextState.PENDING],
                [False, False, False, True],
                strict=True,
            )
        )
    ]
    session.add_all(rows)
    session.commit()
    return [row.id for row in rows]


def test_texts_are_picked_one_of_each_source_at_a_time(session: Session, now: datetime, pending: Sequence[int]) -> None:
    assert pick_texts(session, now=now, limit=10) == pending[:2]
    take_turn(session, "a.example", now=now)
    session.commit()
    assert pick_texts(session, now=now, limit=10) == [pending[1]]


def test_a_host_that_only_rests_is_worth_waiting_for(session: Session, now: datetime, pending: Sequence[int]) -> None:
    for host in ("a.example", "b.example"):
        take_turn(session, host, now=now)
        end_turn(session, host, now=now, polite=True, slow=False)
    session.commit()
    assert pick_sources(session, now=now, limit=10) == []
    assert has_more(session, now=now, within=5 * SECOND)
    assert not has_more(session, now=now, within=timedelta())
