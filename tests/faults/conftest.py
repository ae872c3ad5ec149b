from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from tests.faults.plant import Plant
from tests.flow.flow import reader
from worker.database import make_engine


@pytest.fixture(scope="session")
def empty_database(postgresql_server: str) -> str:
    """A database of its own on the tests' PostgreSQL, for processes that migrate it themselves."""
    engine = make_engine(postgresql_server)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("DROP DATABASE IF EXISTS plant WITH (FORCE)"))
        connection.execute(text("CREATE DATABASE plant"))
    url = engine.url.set(database="plant", drivername="postgresql").render_as_string(hide_password=False)
    engine.dispose()
    return url


@pytest.fixture(scope="session", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def running_plant(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Plant]:
    """One plant for all faults: each of them must leave it in order."""
    url = request.getfixturevalue("empty_database") if request.param == "postgresql" else None
    plant = Plant(tmp_path_factory.mktemp("plant"), database_url=url)
    try:
        plant.start()
        plant.sign_up(*(reader(name, ["arctic", "belarus", "drones"], "instant") for name in ("ann", "ben", "cat")))
        yield plant
    finally:
        plant.close()


@pytest.fixture
def plant(running_plant: Plant) -> Iterator[Plant]:
    """In order when the test begins, and when it ends."""
    running_plant.counterpart.faults.clear()
    yield running_plant
    running_plant.wind_up()
    assert running_plant.faults() == []
