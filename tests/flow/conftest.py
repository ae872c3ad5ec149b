from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from demo.counterpart import Counterpart
from demo.newsroom import Newsroom
from demo.processes import write_schedules
from tests.flow.flow import Flow
from tests.web.serving import Server, running_server

MakeFlow = Callable[[Path], Flow]


@pytest.fixture(scope="session")
def web() -> Iterator[Server]:
    with running_server() as server:
        yield server


@pytest.fixture
def counterpart() -> Iterator[Counterpart]:
    with Counterpart.running() as running:
        yield running


@pytest.fixture
def make_flow(tmp_path: Path, engine: Engine, counterpart: Counterpart, web: Server) -> Iterator[MakeFlow]:
    """A flow for a directory of schedules, its pages served."""
    made: list[Flow] = []

    def make(schedules: Path) -> Flow:
        flow = Flow(tmp_path, engine, counterpart, schedules=schedules, url=web.url)
        made.append(flow)
        web.put_on(flow.services)
        return flow

    yield make
    for flow in made:
        flow.close()


@pytest.fixture
def newsroom() -> Iterator[Newsroom]:
    """The sample newsroom on an evening, with an archive that stands there before anything is collected."""
    with Newsroom.running() as site:
        site.now = site.archive.base + timedelta(hours=20)
        yield site


@pytest.fixture
def flow(tmp_path: Path, make_flow: MakeFlow, newsroom: Newsroom) -> Flow:
    """The shipped topics and newsletters on the sample newsroom, its baseline read."""
    write_schedules(tmp_path / "schedules", f"{newsroom.url}/feed/")
    flow = make_flow(tmp_path / "schedules")
    flow.at(newsroom.now)
    flow.upkeep()
    flow.tick()
    return flow
