"""How a source is, the alarm about it, and what an operator is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import Session
from typer.testing import CliRunner

from tests.collect.conftest import InProcess, Site, feed, item
from worker.cli import app
from worker.collect.fetch import Fetcher
from worker.collect.health import Alarms, alarms_raised, is_alarming, settle_alarms
from worker.collect.health_report import report, spoken
from worker.collect.poll import PollResult, poll_source
from worker.collect.sources import sync_sources
from worker.migrations import migrate
from worker.models import Push, PushState, Source
from worker.schedules.sources import SourceDefinition
from worker.services import make_services

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Poll = Callable[[float], PollResult]


@pytest.fixture
def source(session: Session, site: Site, now: datetime) -> Source:
    """A source that has brought ten articles, one every four hours."""
    url = site.serve("/feed/", feed(*(item(n, published=now - n * 4 * HOUR) for n in range(1, 11))))
    sync_sources(session, [SourceDefinition(url=url, name="News", allow_private=True, full_text="feed")], now=now)
    return session.execute(select(Source)).scalar_one()


@pytest.fixture
def poll(session: Session, source: Source, fetcher: Fetcher, reader: InProcess, now: datetime) -> Poll:
    """Poll the source so many hours after the first poll, which is done."""

    def at(hours: float) -> PollResult:
        return poll_source(session, source.id, fetcher=fetcher, reader=reader, now=now + hours * HOUR, force=True)

    at(0)
    return at


def state_of(session: Session, source: Source, now: datetime) -> str:
    session.refresh(source)
    health = report(source, now=now)
    session.rollback()
    return health.state


def test_the_interval_follows_the_sources_rhythm_from_the_first_poll(
    session: Session, source: Source, poll: Poll, now: datetime
) -> None:
    session.refresh(source)
    assert source.next_poll_at is not None
    assert timedelta(minutes=35) < source.next_poll_at - now < timedelta(minutes=45), "a sixth of four hours"


def test_max_age_and_a_hint_in_the_feed_are_heard(
    session: Session, site: Site, fetcher: Fetcher, now: datetime
) -> None:
    told = feed(item(1)).replace("<channel>", "<channel><ttl>50</ttl>")
    sources = [
        SourceDefinition(url=site.serve("/ttl/", told), name="A", allow_private=True),
        SourceDefinition(
            url=site.serve("/age/", feed(item(1)), Cache_Control="public, max-age=2400"), name="B", allow_private=True
        ),
    ]
    sync_sources(session, sources, now=now)
    waits = {}
    for source_id in session.execute(select(Source.id).order_by(Source.id)).scalars().all():  # type: ignore[call-overload]
        next_at = poll_source(session, source_id, fetcher=fetcher, now=now).next_poll_at
        assert next_at is not None
        waits[source_id] = round((next_at - now) / timedelta(minutes=10))
    assert list(waits.values()) == [5, 4]


def test_a_source_that_publishes_less_than_it_used_to_is_silent_and_the_alarm_is_raised_once(
    session: Session, source: Source, poll: Poll, now: datetime
) -> None:
    for hours in (1, 71):
        poll(hours)
        assert settle_alarms(session, now=now + hours * HOUR) == Alarms()
        assert state_of(session, source, now + hours * HOUR) == "well"
    poll(73)
    assert settle_alarms(session, now=now + 73 * HOUR) == Alarms(raised=[source.id])
    assert settle_alarms(session, now=now + 74 * HOUR) == Alarms()
    assert state_of(session, source, now + 74 * HOUR) == "silent"
    assert alarms_raised(session) == ["News has brought nothing new for longer than its rhythm explains"]


def test_the_alarm_is_lifted_once_when_something_new_comes(
    session: Session, source: Source, site: Site, poll: Poll, now: datetime
) -> None:
    poll(80)
    settle_alarms(session, now=now + 80 * HOUR)
    site.serve("/feed/", feed(item(99, published=now + 80 * HOUR)))
    poll(81)
    assert settle_alarms(session, now=now + 81 * HOUR) == Alarms(lifted=[source.id])
    assert settle_alarms(session, now=now + 82 * HOUR) == Alarms()
    assert alarms_raised(session) == []


def test_while_we_stand_still_no_source_is_silent(session: Session, source: Source, poll: Poll, now: datetime) -> None:
    poll(1)
    assert settle_alarms(session, now=now + 30 * DAY) == Alarms()
    assert state_of(session, source, now + 30 * DAY) == "well"


def test_a_source_that_fails_for_half_a_day_raises_an_alarm_and_says_why(
    session: Session, source: Source, site: Site, poll: Poll, now: datetime
) -> None:
    site.serve("/feed/", "", status=500)
    for hours in (1, 5, 11):
        poll(hours)
        assert settle_alarms(session, now=now + hours * HOUR) == Alarms()
    poll(13)
    assert settle_alarms(session, now=now + 13 * HOUR) == Alarms(raised=[source.id])
    (said,) = alarms_raised(session)
    assert "News has been failing since 2026-03-02 13:00 UTC" in said
    assert "status 500" in said
    site.serve("/feed/", feed(item(1)))
    poll(14)
    assert settle_alarms(session, now=now + 14 * HOUR) == Alarms(lifted=[source.id])


def test_one_failure_of_a_source_polled_once_a_day_is_no_alarm(
    session: Session, source: Source, site: Site, poll: Poll, now: datetime
) -> None:
    site.serve("/feed/", "", status=503)
    poll(1)
    assert settle_alarms(session, now=now + 20 * HOUR) == Alarms()


def test_a_silent_source_that_begins_to_fail_is_failing(
    session: Session, source: Source, site: Site, poll: Poll, now: datetime
) -> None:
    poll(80)
    settle_alarms(session, now=now + 80 * HOUR)
    site.serve("/feed/", "", status=404)
    for hours in (81, 87, 94):
        poll(hours)
    assert settle_alarms(session, now=now + 94 * HOUR) == Alarms(raised=[source.id])
    session.refresh(source)
    assert source.alarm == "failing"


def test_a_source_no_longer_named_has_no_alarm(session: Session, source: Source, poll: Poll, now: datetime) -> None:
    poll(80)
    settle_alarms(session, now=now + 80 * HOUR)
    sync_sources(session, [], now=now)
    assert settle_alarms(session, now=now + 81 * HOUR) == Alarms(lifted=[source.id])


@pytest.mark.parametrize(
    ("given", "beginning", "advice"),
    [
        ({"last_success_at": None}, "Not polled yet", ""),
        ({}, "Well: usually something new every 4 hours, the last article came 2 hours ago.", ""),
        ({"recent": []}, "Well: its rhythm is not known yet", ""),
        ({"silent_at": timedelta(hours=-2)}, "Silent since 2026-03-02 10:00 UTC, though polls succeed", "moved"),
        (
            {"failing_since": -HOUR, "last_status": 403},
            "Failing since 2026-03-02 11:00 UTC (4 times): why.",
            "webmaster",
        ),
        ({"last_new_at": -HOUR}, "Well: usually something new every 4 hours, the last article came an hour ago.", ""),
        ({"failing_since": -HOUR, "failures": 1}, "Failing since 2026-03-02 11:00 UTC (once): why.", ""),
        ({"failing_since": -HOUR, "last_status": 404}, "Failing since", "look for the new address"),
        ({"failing_since": -HOUR, "last_status": 410, "gone_count": 3}, "Failing since", "gone for good"),
        ({"failing_since": -HOUR, "last_status": 429}, "Failing since", "longer `every`"),
        ({"failing_since": -HOUR, "last_status": 502}, "Failing since", "fault"),
        ({"failing_since": -HOUR, "last_status": 200}, "Failing since", "sitrep sources parse"),
        ({"failing_since": -HOUR, "last_status": None}, "Failing since", "does not answer"),
    ],
)
def test_a_sentence_says_how_a_source_is_and_what_to_do(
    now: datetime, given: dict[str, Any], beginning: str, advice: str
) -> None:
    recent = [int((now - 2 * HOUR - n * 4 * HOUR).timestamp()) for n in range(10)]
    row: dict[str, Any] = {"last_success_at": now - HOUR, "last_new_at": now - 2 * HOUR, "recent": recent}
    row |= {"failures": 4, "last_error": "why."}
    row |= {key: now + value if isinstance(value, timedelta) else value for key, value in given.items()}
    health = report(Source(id=1, url="https://news.example/feed/", name="News", **row), now=now)
    assert health.sentence.startswith(beginning)
    assert advice in (health.advice or "")
    assert advice in health.sentence


def test_a_source_with_a_hub_says_how_the_subscription_stands(now: datetime) -> None:
    source = Source(id=1, url="https://news.example/feed/", name="News", last_success_at=now)
    push = Push(source_id=1, hub="https://hub.example/", topic="", token="t", secret="s", state=PushState.VERIFIED)
    assert report(source, now=now, push=push).push == "verified"


@pytest.mark.parametrize(
    ("span", "words"),
    [
        (timedelta(seconds=5), "minute or less"),
        (timedelta(minutes=1), "minute"),
        (timedelta(minutes=44), "44 minutes"),
        (timedelta(minutes=100), "2 hours"),
        (timedelta(hours=1), "hour"),
        (timedelta(days=3, hours=2), "3 days"),
        (-HOUR, "minute or less"),
    ],
)
def test_spans_are_spoken(span: timedelta, words: str) -> None:
    assert spoken(span) == words


@pytest.mark.parametrize("only", [[], ["--troubled"]])
def test_the_command_tells_it_and_fails_where_an_alarm_is_due_also_without_a_tick(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, now: datetime, only: list[str]
) -> None:
    clock = tmp_path / "clock"
    monkeypatch.setenv("SITREP_STATE_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("SITREP_SCHEDULES_DIR", str(tmp_path))
    monkeypatch.setenv("SITREP_CLOCK", f"file:{clock}")
    (tmp_path / "sources.toml").write_text(
        "".join(
            f'[[source]]\nurl = "{site.serve(path, body, status=status)}"\nname = "{name}"\nallow_private = true\n'
            for path, name, body, status in (("/a/", "Good", feed(item(1)), 200), ("/b/", "Bad", "", 500))
        )
    )
    migrate(make_services().engine)
    for hours in (0, 5, 14):
        if hours == 14:
            calm = CliRunner().invoke(app, ["sources", "health", *only])
            assert calm.exit_code == 0
        clock.write_text((now + hours * HOUR).isoformat())
        CliRunner().invoke(app, ["sources", "poll"])
    told = CliRunner().invoke(app, ["sources", "health", "--json", *only])
    found = [(one["name"], one["state"], one["alarm"]) for one in json.loads(told.stdout)]
    assert told.exit_code == 1
    assert found == [("Bad", "failing", True), ("Good", "well", False)][: 1 if only else 2]
    shown = CliRunner().invoke(app, ["sources", "health", *only]).stdout
    assert shown.startswith("! Bad: Failing since 2026-03-02 12:00 UTC (3 times): ")


def test_what_the_command_takes_for_an_alarm_is_what_a_tick_raises(
    session: Session, source: Source, poll: Poll, site: Site, now: datetime
) -> None:
    for status, hours in ((500, 1), (500, 5), (500, 14), (200, 15), (200, 3000)):
        site.serve("/feed/", feed(item(1)), status=status)
        poll(hours)
        for later in (hours, hours + 6):
            at = now + later * HOUR
            session.refresh(source)
            seen = is_alarming(source, now=at)
            settle_alarms(session, now=at)
            session.refresh(source)
            assert seen == (source.alarm is not None) == is_alarming(source, now=at), (status, later)
            session.rollback()
