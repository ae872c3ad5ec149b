"""What collecting keeps for comparing goes when it is too old, however much there is."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from sqlalchemy import Engine, func, insert, select

from worker.clock import FileClock
from worker.collect.chrome import WITHIN
from worker.database import table
from worker.models import SiteLine
from worker.services import make_services
from worker.services.upkeep import PURGE_EVERY, TRACES_A_TICK, TRACES_AT_ONCE, forget_traces
from worker.settings import Settings


def test_upkeep_forgets_so_much_at_a_time_until_nothing_old_is_left(
    sqlite_engine: Engine, tmp_path: Path, now: datetime
) -> None:
    clock = FileClock(tmp_path / "clock")
    clock.set(now + 2 * WITHIN)
    url = sqlite_engine.url.render_as_string(hide_password=False)
    made = make_services(Settings(state_dir=tmp_path, database_url=url, clock=f"file:{tmp_path / 'clock'}"))
    line = {"site": "news.example", "articles": 1, "since": 1, "first_seen_at": now, "last_seen_at": now}
    with made.session() as session:
        rows = [{**line, "line": number} for number in range(TRACES_A_TICK + TRACES_AT_ONCE + 1)]
        session.execute(insert(table(SiteLine)), [*rows, {**rows[-1], "line": -1, "last_seen_at": now + 2 * WITHIN}])
        session.commit()
        assert [forget_traces(made, session) for _ in range(3)] == [TRACES_A_TICK, TRACES_AT_ONCE, 0]
        session.execute(insert(table(SiteLine)), [{**line, "line": -2}])
        session.commit()
        assert forget_traces(made, session) == 0
        clock.set(now + 2 * WITHIN + 2 * PURGE_EVERY)
        assert forget_traces(made, session) == 1
        assert session.execute(select(func.count()).select_from(table(SiteLine))).scalar_one() == 2
    made.engine.dispose()
