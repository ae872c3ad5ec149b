"""Turns at a host: one visitor at a time across processes, and a pause between two."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from worker.collect.hosts import LEASE, PAUSE, end_turn, host_of, keep_robots, known_robots, take_turn
from worker.collect.robots import Robots
from worker.database import session_on
from worker.models import Host

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("https://News.Example/feed/", "news.example"),
        ("http://news.example:80/", "news.example"),
        ("https://news.example:443/", "news.example"),
        ("https://news.example:8443/", "news.example:8443"),
        ("http://news.example:443/", "news.example:443"),
        ("https://user:secret@news.example./x", "news.example"),
        ("http://127.0.0.1:8090/feed", "127.0.0.1:8090"),
        ("http://[::1]:99999/", ""),
        ("http://[half", ""),
        ("no address", ""),
    ],
)
def test_a_host_is_named_without_its_usual_port(url: str, host: str) -> None:
    assert host_of(url) == host


def end(session: Session, now: datetime, *, polite: bool = True, slow: bool = False) -> None:
    end_turn(session, "a.example", now=now, polite=polite, slow=slow)
    session.commit()


def test_a_second_visitor_is_told_when_to_come_back(session: Session, now: datetime) -> None:
    assert take_turn(session, "a.example", now=now) is None
    assert take_turn(session, "b.example", now=now) is None
    again = take_turn(session, "a.example", now=now)
    assert again is not None
    assert now < again <= now + 5 * SECOND
    session.commit()
    end(session, now)
    assert take_turn(session, "a.example", now=now) == now + PAUSE
    assert take_turn(session, "a.example", now=now + PAUSE) is None


def test_a_host_on_our_own_network_needs_no_pause(session: Session, now: datetime) -> None:
    take_turn(session, "a.example", now=now)
    end(session, now, polite=False)
    assert take_turn(session, "a.example", now=now) is None


def test_the_pause_that_robots_txt_wishes_is_kept(session: Session, now: datetime) -> None:
    keep_robots(session, "a.example", Robots(""), crawl_delay=20.0, now=now)
    assert take_turn(session, "a.example", now=now) is None
    end(session, now)
    assert take_turn(session, "a.example", now=now + 19 * SECOND) is not None
    assert take_turn(session, "a.example", now=now + 20 * SECOND) is None


def test_a_host_is_free_again_when_whoever_held_it_died(session: Session, now: datetime) -> None:
    take_turn(session, "a.example", now=now)
    assert take_turn(session, "a.example", now=now + LEASE - SECOND) is not None
    assert take_turn(session, "a.example", now=now + LEASE) is None


def test_who_comes_back_after_its_lease_does_not_end_the_next_ones_turn(session: Session, now: datetime) -> None:
    take_turn(session, "a.example", now=now)
    later = now + LEASE
    take_turn(session, "a.example", now=later)
    session.commit()
    end(session, now)
    assert take_turn(session, "a.example", now=later + SECOND) is not None


def test_a_host_that_does_not_answer_in_time_is_remembered_until_it_does(session: Session, now: datetime) -> None:
    for number, slow in enumerate((True, True, False)):
        at = now + number * LEASE
        take_turn(session, "a.example", now=at)
        end(session, at, slow=slow)
        session.expire_all()
        assert session.get_one(Host, "a.example").slow == (number + 1 if slow else 0)
        session.rollback()


def test_what_robots_txt_says_is_kept_for_every_worker(session: Session, now: datetime) -> None:
    learnt = Robots("User-agent: *\nDisallow: /", now, now - SECOND)
    keep_robots(session, "new.example", learnt, crawl_delay=1.5, now=now)
    keep_robots(session, "new.example", learnt, crawl_delay=2.5, now=now)
    session.commit()
    assert known_robots(session, "new.example") == learnt
    assert known_robots(session, "other.example") == Robots()
    assert session.get_one(Host, "new.example").crawl_delay == 2.5


def test_of_many_workers_at_once_one_gets_the_turn(engine: Engine, now: datetime) -> None:
    won: list[bool] = []
    start = threading.Barrier(8)

    def worker() -> None:
        start.wait()
        with session_on(engine) as session:
            won.append(take_turn(session, "a.example", now=now) is None)
            session.commit()

    threads = [threading.Thread(target=worker) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(won) == [False] * 7 + [True]
