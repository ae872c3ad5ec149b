from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, inspect, text
from sqlalchemy.engine import make_url
from sqlmodel import SQLModel

from tools.migration import write_revision
from worker.database import make_engine
from worker.errors import UnusableDatabase
from worker.migrations import current, expected, migrate
from worker.migrations.steps import config

REVISION = """
import sqlalchemy as sa
from alembic import op
revision, down_revision, branch_labels, depends_on = {revision!r}, {down!r}, None, None
def upgrade():
    {upgrade}
def downgrade():
    {downgrade}
"""


@pytest.fixture
def empty_sqlite(tmp_path: Path) -> Iterator[Engine]:
    engine = make_engine(f"sqlite:///{tmp_path / 'empty.sqlite'}")
    yield engine
    engine.dispose()


@pytest.fixture
def empty_postgresql(postgresql_server: str) -> Iterator[Engine]:
    name = f"empty_{uuid.uuid4().hex}"
    server = make_engine(postgresql_server)
    outside = server.execution_options(isolation_level="AUTOCOMMIT")
    with outside.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine = make_engine(make_url(postgresql_server).set(database=name).render_as_string(hide_password=False))
    yield engine
    engine.dispose()
    with outside.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name}"))
    server.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgresql)])
def empty(request: pytest.FixtureRequest) -> Engine:
    """A database without any table, of each kind in turn."""
    chosen: Engine = request.getfixturevalue(f"empty_{request.param}")
    return chosen


@pytest.fixture
def versions(tmp_path: Path) -> Path:
    """A place for revisions of a test's own."""
    place = tmp_path / "versions"
    place.mkdir()
    return place


def write(versions: Path, revision: str, upgrade: str, *, down: str | None = None, downgrade: str = "pass") -> None:
    body = REVISION.format(revision=revision, down=down, upgrade=upgrade, downgrade=downgrade)
    (versions / f"{revision}.py").write_text(body)


def differences(engine: Engine) -> list[object]:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, SQLModel.metadata))


def test_the_shipped_revisions_make_exactly_the_tables_of_the_models(empty: Engine) -> None:
    assert expected() is not None, "there is no revision yet: make migration MESSAGE='initial tables'"
    migrate(empty)
    assert current(empty) == expected()
    assert differences(empty) == []


def test_the_shipped_revisions_can_be_undone(empty: Engine) -> None:
    migrate(empty)
    with empty.begin() as connection:
        settings = config()
        settings.attributes["connection"] = connection
        command.downgrade(settings, "base")
    assert set(inspect(empty).get_table_names()) <= {"alembic_version"}


def test_a_written_revision_makes_the_models_tables_on_both(empty: Engine, versions: Path) -> None:
    written = write_revision("all tables", versions)
    assert written is not None
    migrate(empty, versions)
    assert differences(empty) == []
    assert write_revision("again", versions) is None


def test_before_the_first_migration_a_database_has_no_revision(empty: Engine) -> None:
    assert current(empty) is None


def test_migrating_again_changes_nothing(empty: Engine, versions: Path) -> None:
    write(versions, "one", "op.create_table('bird', sa.Column('id', sa.Integer, primary_key=True))")
    migrate(empty, versions)
    with empty.begin() as connection:
        connection.execute(text("INSERT INTO bird (id) VALUES (1)"))
    migrate(empty, versions)
    with empty.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM bird")).scalar_one() == 1
    assert current(empty) == expected(versions) == "one"


def test_a_migration_that_fails_leaves_all_as_it_was(empty: Engine, versions: Path) -> None:
    write(versions, "one", "op.create_table('bird', sa.Column('id', sa.Integer, primary_key=True))")
    migrate(empty, versions)
    write(versions, "two", "op.create_table('nest', sa.Column('id', sa.Integer)); 1 / 0", down="one")
    with pytest.raises(ZeroDivisionError):
        migrate(empty, versions)
    assert current(empty) == "one"
    assert "nest" not in inspect(empty).get_table_names()


def test_changing_a_table_keeps_the_rows_that_refer_to_it(empty: Engine, versions: Path) -> None:
    write(
        versions,
        "one",
        "op.create_table('nest', sa.Column('id', sa.Integer, primary_key=True), sa.Column('tree', sa.String))\n"
        "    op.create_table('bird', sa.Column('id', sa.Integer, primary_key=True),"
        " sa.Column('nest', sa.Integer, sa.ForeignKey('nest.id', ondelete='CASCADE')))",
    )
    migrate(empty, versions)
    with empty.begin() as connection:
        connection.execute(text("INSERT INTO nest (id, tree) VALUES (1, 'oak')"))
        connection.execute(text("INSERT INTO bird (id, nest) VALUES (1, 1)"))
    change = (
        "with op.batch_alter_table('nest') as nest:"
        " nest.alter_column('tree', nullable=False, existing_type=sa.String())"
    )
    write(versions, "two", change, down="one")
    migrate(empty, versions)
    with empty.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM bird")).scalar_one() == 1
        if empty.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar_one() == 1


def test_several_at_once_migrate_once(empty: Engine, versions: Path) -> None:
    write(versions, "one", "op.create_table('bird', sa.Column('id', sa.Integer, primary_key=True))")
    failed: list[Exception] = []

    def run() -> None:
        engine = make_engine(empty.url.render_as_string(hide_password=False))
        try:
            migrate(engine, versions)
        except Exception as error:  # noqa: BLE001 - told to the main thread
            failed.append(error)
        finally:
            engine.dispose()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert current(empty) == "one"


def test_a_database_of_a_newer_version_is_refused_with_what_to_do(empty: Engine, versions: Path) -> None:
    write(versions, "one", "op.create_table('bird', sa.Column('id', sa.Integer, primary_key=True))")
    migrate(empty, versions)
    with empty.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'of_tomorrow'"))
    with pytest.raises(UnusableDatabase, match="run the Sitrep that made them"):
        migrate(empty, versions)


@pytest.mark.parametrize("url", ["postgresql://nobody:secret@127.0.0.1:9/none", "sqlite:////no/such/place/x.sqlite"])
def test_a_database_that_cannot_be_reached_is_named_without_its_password(url: str) -> None:
    engine = make_engine(url)
    with pytest.raises(UnusableDatabase, match="SITREP_DATABASE_URL") as raised:
        migrate(engine)
    assert "secret" not in str(raised.value)
    engine.dispose()
