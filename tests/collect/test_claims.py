"""Claiming sources: many at once, each by one worker, one of each host, and given back where nobody polls them."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine, select
from sqlmodel import Session

from tests.collect.conftest import Site, feed, item
from worker.collect.claims import Claim, claim_sources, release_claims
from worker.collect.fetch import Fetcher
from worker.collect.hosts import LEASE, take_turn
from worker.collect.picking import pick_sources
from worker.collect.poll import poll_source
from worker.collect.sources import sync_sources
from worker.database import session_on, table
from worker.models import Article, Host, Source
from worker.schedules.sources import SourceDefinition

SECOND = timedelta(seconds=1)


def name(session: Session, now: datetime, *urls: str, private: bool = False) -> list[int]:
    definitions = [SourceDefinition(url=url, name=url, allow_private=private) for url in urls]
    sync_sources(session, definitions, now=now)
    ids = {source.url: source.id for source in session.scalars(select(Source))}
    session.commit()
    return [ids[url] for url in urls]


def names_of(claims: list[Claim]) -> list[int]:
    return [claim.source_id for claim in claims]


def free_at(session: Session, host: str) -> datetime:
    found = session.execute(select(table(Host).c.free_at).where(table(Host).c.name == host)).scalar_one()
    session.rollback()
    assert isinstance(found, datetime)
    return found


def test_sources_are_claimed_in_the_order_asked_for_and_once(session: Session, now: datetime) -> None:
    first, second, third = name(session, now, "https://a.example/", "https://b.example/", "https://c.example/")
    assert names_of(claim_sources(session, [third, first], now=now)) == [third, first]
    assert names_of(claim_sources(session, [first, second, third], now=now)) == [second]
    assert claim_sources(session, [first, second, third], now=now) == []
    assert names_of(claim_sources(session, [first, second, third], now=now + LEASE)) == [first, second, third]
    assert claim_sources(session, [], now=now) == []


def test_only_what_is_due_unless_that_does_not_matter(session: Session, now: datetime) -> None:
    ids = name(session, now + SECOND, "https://a.example/", "https://b.example/")
    assert claim_sources(session, ids, now=now) == []
    take_turn(session, "a.example", now=now)
    session.commit()
    assert names_of(claim_sources(session, ids, now=now, force=True)) == ids


def test_of_sources_that_share_a_host_one_is_claimed_and_none_of_a_host_that_is_asked(
    session: Session, now: datetime
) -> None:
    ids = name(session, now, "https://a.example/1", "https://a.example/2", "https://b.example/", "https://c.example/")
    take_turn(session, "b.example", now=now)
    session.commit()
    assert names_of(claim_sources(session, ids, now=now)) == [ids[0], ids[3]]
    assert names_of(claim_sources(session, ids[:2], now=now + SECOND)) == [], "the host's turn is not over"
    assert names_of(claim_sources(session, ids[:2], now=now + LEASE)) == ids[:1]


def test_what_moved_counts_for_the_host_it_moved_to(session: Session, now: datetime) -> None:
    ids = name(session, now, "https://a.example/", "https://old.example/")
    moved = session.get(Source, ids[1])
    assert moved is not None
    moved.moved_to, moved.moved_seen_at = "https://a.example/2", now - timedelta(days=30)
    session.commit()
    assert names_of(claim_sources(session, ids, now=now)) == ids[:1]


def test_two_workers_share_what_is_due(engine: Engine, now: datetime) -> None:
    with session_on(engine) as session:
        ids = name(session, now, *(f"https://{number}.example/" for number in range(60)))
    claimed: list[list[int]] = []
    together = threading.Barrier(4)

    def work() -> None:
        with session_on(engine) as session:
            together.wait(30)
            claimed.append(names_of(claim_sources(session, ids, now=now)))

    workers = [threading.Thread(target=work) for _ in range(4)]
    for one in workers:
        one.start()
    for one in workers:
        one.join(60)
    assert len(claimed) == 4
    assert sorted(source_id for some in claimed for source_id in some) == sorted(ids)


def test_what_is_given_back_is_due_and_its_host_free_at_once(session: Session, now: datetime) -> None:
    ids = name(session, now, "https://a.example/", "https://b.example/", "https://c.example/")
    claims = claim_sources(session, ids, now=now)
    release_claims(session, claims[:2], now=now + SECOND)
    assert pick_sources(session, now=now + SECOND, limit=10) == ids[:2]
    assert names_of(claim_sources(session, ids, now=now + SECOND)) == ids[:2]
    release_claims(session, [], now=now)


def test_a_claim_that_ran_out_takes_nothing_from_who_has_the_source_now(session: Session, now: datetime) -> None:
    ids = name(session, now, "https://a.example/")
    ran_out = claim_sources(session, ids, now=now)
    later = now + LEASE
    claim_sources(session, ids, now=later)
    release_claims(session, ran_out, now=later)
    assert claim_sources(session, ids, now=later) == []
    assert free_at(session, "a.example") == later + LEASE


@pytest.mark.parametrize(("late", "waited"), [(SECOND, True), (LEASE, True), (LEASE + SECOND, True), (LEASE, False)])
def test_a_claim_that_waited_is_polled_once_whoever_claimed_it(
    session: Session, site: Site, fetcher: Fetcher, now: datetime, late: timedelta, waited: bool
) -> None:
    url = site.serve("/feed/", feed(item(1), item(2)))
    (source_id,) = name(session, now, url, private=True)
    (claim,) = claim_sources(session, [source_id], now=now)
    later = now + late
    if not waited:  # somebody else has it by then
        assert claim_sources(session, [source_id], now=later)
    result = poll_source(session, source_id, fetcher=fetcher, now=later, claim=claim)
    assert (result.outcome is not None) is waited
    stored = session.execute(select(table(Article).c.id)).all()
    session.rollback()
    assert len(stored) == (2 if waited else 0)
    if waited:
        source = session.get(Source, source_id, populate_existing=True)
        assert source is not None
        assert (source.lease_until, source.last_success_at) == (None, later)
        assert free_at(session, claim.host) == later, "our own network needs no pause"
