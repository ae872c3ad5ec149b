"""`python -m demo` as an operator runs it, on both databases, once with its worker killed in mid-sending."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from demo.processes import ROOT
from worker.database import make_engine


def books_of(directory: Path, *options: str, **environment: str) -> dict[str, Any]:
    """What the demo printed; it must have ended with exit code 0."""
    done = subprocess.run(
        [sys.executable, "-m", "demo", "--directory", str(directory), "--readers", "12", "--json", *options],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=280,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    books: dict[str, Any] = json.loads(done.stdout)
    return books | {"told": done.stderr}


def assert_in_order(books: dict[str, Any]) -> None:
    assert books["faults"] == []
    assert (books["readers_complete"], books["readers_gone"]) == (8, 4)
    assert books["mails"]["digests and alerts"] == sum(books["deliveries"].values())
    assert set(books["deliveries"]) == {"delivered", "bounced", "complained"}
    assert books["batches"]["settled"] >= 1, "the cut connection was settled by its events"
    assert {topic: counts["missed"] + counts["wrong"] for topic, counts in books["topics"].items()} == {
        "arctic": 0,
        "belarus": 0,
        "drones": 0,
    }
    assert Path(books["mails_at"]).is_file()


def test_with_sqlite_and_the_bundled_redis_and_a_worker_that_is_killed(tmp_path: Path) -> None:
    books = books_of(tmp_path / "demo", "--kill-worker")
    assert_in_order(books)
    assert "kill -9 of the worker" in books["told"]
    assert "has died (exit code -9)" in books["told"]


@pytest.mark.postgresql
def test_with_postgresql(tmp_path: Path, postgresql_server: str) -> None:
    engine = make_engine(postgresql_server)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("DROP DATABASE IF EXISTS demo WITH (FORCE)"))
        connection.execute(text("CREATE DATABASE demo"))
    url = engine.url.set(database="demo", drivername="postgresql").render_as_string(hide_password=False)
    engine.dispose()
    secret = "a secret of thirty-two characters"
    assert_in_order(books_of(tmp_path / "demo", SITREP_DATABASE_URL=url, SITREP_SECRET=secret))
