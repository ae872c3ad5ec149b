"""A server's way: the commands one by one, on PostgreSQL and a Redis that were there before."""

from __future__ import annotations

import signal
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.engine import make_url

from tests.run.terminal import eventually, terminal
from tests.run.test_up import Installation
from worker.cli.up.redis_server import RedisServer
from worker.database import make_engine, session_on
from worker.models import Heartbeat
from worker.settings import Settings

pytestmark = pytest.mark.postgresql


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    settings = Settings(state_dir=tmp_path / "elsewhere")
    server = RedisServer(socket=settings.redis_socket, directory=settings.state_dir / "redis")
    child = server.start(lambda _: None, lambda _: None)
    yield settings.effective_redis_url
    child.kill()
    child.ended_within(5)


@pytest.fixture
def database_url(postgresql_server: str) -> Iterator[str]:
    name = f"server_{uuid.uuid4().hex}"
    server = make_engine(postgresql_server).execution_options(isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(postgresql_server).set(database=name).render_as_string(hide_password=False)
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    server.dispose()


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    made = make_engine(database_url)
    yield made
    made.dispose()


@pytest.fixture
def environment(tmp_path: Path, database_url: str, redis_url: str) -> dict[str, str]:
    return {
        **Installation(tmp_path).environment,
        "SITREP_DATABASE_URL": database_url,
        "SITREP_REDIS_URL": redis_url,
        "SITREP_SECRET": "a secret of thirty-two characters or more",
    }


def test_each_command_becomes_its_process_works_and_ends_softly(environment: dict[str, str], engine: Engine) -> None:
    with terminal(["-m", "worker", "migrate"], environment=environment) as migrate:
        assert migrate.code() == 0, migrate.text

    def beats() -> set[str]:
        with session_on(engine, read_only=True) as session:
            found = session.execute(select(Heartbeat)).scalars()
            return {beat.name for beat in found if beat.name.startswith(("beat", "queue."))}

    with ExitStack() as stack:
        running = {
            name: stack.enter_context(terminal(["-m", "worker", *name.split()], environment=environment))
            for name in ("worker --queues confirmation,alert", "worker --queues digest,collect,upkeep", "beat", "web")
        }
        running["web"].says("Uvicorn running")
        eventually(lambda: len(beats()) == 6, f"beat and five queues: {beats()}")
        assert not any(each.process.poll() for each in running.values())
        for name, process in running.items():
            process.send(signal.SIGTERM)
            ended = process.code()  # uvicorn ends in order, then by the very signal it was sent
            assert ended in (0, -signal.SIGTERM), f"{name}:\n{process.text}"
            assert "Traceback" not in process.text


def test_processes_on_one_database_refuse_to_start_without_their_common_secret(environment: dict[str, str]) -> None:
    without = {key: value for key, value in environment.items() if key != "SITREP_SECRET"}
    with terminal(["-m", "worker", "check"], environment=without) as check:
        assert check.code() == 1
        assert "SITREP_SECRET is not set" in check.text
        assert "Traceback" not in check.text
