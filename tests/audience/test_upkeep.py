"""The audience's part of upkeep, as the tick asks for it every minute."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Engine

from tests.audience.scene import ask, furnish, request
from tests.audience.test_purge import LATE
from worker.clock import FileClock
from worker.services import make_services
from worker.services.upkeep import purge
from worker.settings import Settings


def test_people_are_forgotten_at_most_once_an_hour(sqlite_engine: Engine, tmp_path: Path, now: datetime) -> None:
    clock = FileClock(tmp_path / "clock")
    url = sqlite_engine.url.render_as_string(hide_password=False)
    made = make_services(Settings(state_dir=tmp_path, database_url=url, clock=f"file:{tmp_path / 'clock'}"))
    with made.session() as session:
        furnish(session, now)
        for name in ("first", "second", "last"):
            ask(session, now, request(f"{name}@example.org"))
        for minutes, gone in ((-30, 0), (0, 0), (29, 0), (31, 2), (32, 0)):
            clock.set(now + LATE + timedelta(minutes=minutes))
            assert purge(made, session) == gone
    made.engine.dispose()
