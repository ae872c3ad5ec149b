"""The two databases behave alike where the flow relies on it."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, literal, select, text, union_all, update
from sqlalchemy.exc import OperationalError, StatementError
from sqlmodel import Session

from worker.database import make_engine, session_on, table
from worker.database.functions import join_sorted, new_uuid
from worker.errors import SettingsError
from worker.models import ReleaseCounter, Story


def test_an_instant_comes_back_in_utc_whatever_offset_it_was_given_in(session: Session) -> None:
    berlin = datetime(2026, 7, 1, 10, tzinfo=timezone(timedelta(hours=2)))
    session.add(Story(created_at=berlin))
    session.commit()
    session.expire_all()
    found = session.execute(select(Story)).scalar_one()
    assert found.created_at == datetime(2026, 7, 1, 8, tzinfo=UTC)
    assert found.created_at.utcoffset() == timedelta(0)


def test_an_instant_without_zone_is_refused(session: Session) -> None:
    session.add(Story(created_at=datetime(2026, 7, 1, 10)))  # noqa: DTZ001 - the mistake under test
    with pytest.raises(StatementError, match="has no zone"):
        session.commit()


def test_aggregates_give_the_same_on_both(session: Session) -> None:
    rows = union_all(
        *(
            select(literal(bits).label("bits"), literal(word).label("word"))
            for bits, word in [(1, "b"), (4, "a"), (4, "Z")]
        )
    ).subquery()
    bits, words = session.execute(select(func.bit_or(rows.c.bits), join_sorted(rows.c.word))).one()
    assert (bits, words) == (5, "Z,a,b")


def test_the_database_makes_a_uuid_for_each_row(session: Session) -> None:
    rows = union_all(select(literal(1).label("n")), select(literal(2).label("n"))).subquery()
    made = session.execute(select(new_uuid(), rows.c.n)).all()
    assert len({uuid for uuid, _ in made}) == 2


def test_no_update_is_lost_between_concurrent_workers(engine: Engine) -> None:
    with session_on(engine) as session:
        session.add(ReleaseCounter(id=1, number=0))
        session.commit()

    def count_up() -> None:
        for _ in range(25):
            with session_on(engine) as session:
                counter = table(ReleaseCounter)
                seen = session.execute(select(counter.c.number).with_for_update()).scalar_one()
                session.execute(update(counter).values(number=seen + literal(1)))
                session.commit()

    threads = [threading.Thread(target=count_up) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with session_on(engine, read_only=True) as session:
        assert session.execute(select(ReleaseCounter.number)).scalar_one() == 100


def _counted(engine: Engine) -> int:
    """What the counter holds after another thread wrote to it."""
    with session_on(engine) as session:
        session.merge(ReleaseCounter(id=1, number=0))
        session.commit()

    def write() -> None:
        with session_on(engine) as session:
            session.execute(update(table(ReleaseCounter)).values(number=7))
            session.commit()

    thread = threading.Thread(target=write)
    thread.start()
    thread.join(20)
    assert not thread.is_alive(), "it still waits for its turn"
    with session_on(engine, read_only=True) as session:
        return session.execute(select(ReleaseCounter.number).where(table(ReleaseCounter).c.id == 1)).scalar_one()


@pytest.mark.parametrize("ending", ["commits", "rolls back", "closes", "fails", "is lost"])
def test_a_writer_gives_its_turn_back_however_it_ends(sqlite_engine: Engine, ending: str) -> None:
    with pytest.raises(RuntimeError) if ending == "fails" else nullcontext(), session_on(sqlite_engine) as session:
        session.add(ReleaseCounter(id=2, number=1))
        session.flush()
        if ending == "commits":
            session.commit()
        elif ending == "rolls back":
            session.rollback()
        elif ending == "is lost":
            session.connection().invalidate()
        elif ending == "fails":
            raise RuntimeError
    assert _counted(sqlite_engine) == 7


def test_a_writer_whom_another_process_keeps_out_gives_its_turn_back(sqlite_engine: Engine, tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "sitrep.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with session_on(sqlite_engine, read_only=True) as session:
        session.execute(text("PRAGMA busy_timeout=10"))  # of the one connection there is
    with session_on(sqlite_engine) as session, pytest.raises(OperationalError, match="locked"):
        session.execute(select(ReleaseCounter.id))
    other.close()
    assert _counted(sqlite_engine) == 7


@pytest.mark.parametrize("url", ["mysql://localhost/x", "nonsense", "oracle+cx://x"])
def test_a_database_we_cannot_use_is_refused_with_what_to_write(url: str) -> None:
    with pytest.raises(SettingsError, match="SITREP_DATABASE_URL"):
        make_engine(url)
