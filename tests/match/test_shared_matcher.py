"""The threads of a worker share one matcher, and nobody waits while it is loaded."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, update
from sqlmodel import Session

from tests.audience.scene import DAILY, furnish, person
from worker.audience.searches import save_search
from worker.database import table
from worker.match.definitions import StoredMatcher
from worker.match.matcher import Matcher
from worker.match.search.stored import StoredSearches
from worker.models import Source, Topic
from worker.services import Services, make_services
from worker.settings import Settings


@pytest.fixture
def made(sqlite_engine: Engine, tmp_path: Path, now: datetime) -> Iterator[Services]:
    url = sqlite_engine.url.render_as_string(hide_password=False)
    made = make_services(Settings(state_dir=tmp_path, database_url=url))
    with made.session() as session:
        furnish(session, now)
        session.execute(update(table(Topic)).values(version=0))  # they have no definitions
        who = person(session, now)
        save_search(session, who.public_id, query="drones", normal="drones", frequency=DAILY, now=now)
    yield made
    made.engine.dispose()


def test_threads_that_come_first_at_once_hold_one_set_of_searches(made: Services) -> None:
    together = threading.Barrier(4)
    got: list[StoredMatcher] = []

    def ask() -> None:
        together.wait()
        got.append(made.matcher())

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {len(one.searches) for one in got} == {1}
    assert len({id(one.searches) for one in got}) == 1


class Slow(StoredSearches):
    """Searches during whose loading somebody else has something to write."""

    def __init__(self, made: Services) -> None:
        super().__init__()
        self.made = made

    def catch_up(self, session: Session) -> int:
        changes = super().catch_up(session)
        with self.made.session() as other:
            other.add(Source(url="https://elsewhere.example/feed", name="Elsewhere"))
            other.commit()
        return changes


def test_others_can_write_while_searches_are_loaded(made: Services) -> None:
    made._matcher = StoredMatcher(Matcher([]), {}, Slow(made))
    assert len(made.matcher().searches) == 1
