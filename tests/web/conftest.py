from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import httpx
import pytest
from sqlalchemy import Engine

from tests.audience.scene import furnish
from tests.web.scene import Newsroom
from tests.web.serving import Server, running_server, visit
from worker.database import session_on


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with running_server() as running:
        yield running


@pytest.fixture
def newsroom(engine: Engine, now: datetime, tmp_path: Path) -> Newsroom:
    with session_on(engine) as session:
        furnish(session, now)
    return Newsroom(engine, now, mail_outbox=tmp_path / "outbox")


@pytest.fixture
def client(server: Server, newsroom: Newsroom) -> Iterator[httpx.Client]:
    with visit(server, newsroom) as visiting:
        yield visiting
