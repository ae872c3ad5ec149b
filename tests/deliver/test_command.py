"""`sitrep deliveries`, as an operator types it: a process with its exit code, stdout and stderr."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine

from tests.deliver.scene import Scene
from tests.deliver.test_settling import leave_uncertain
from worker.deliver.mailers.maildir import MaildirMailer

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
NO_BATCH = "11111111-2222-4333-8444-555555555555"


@pytest.fixture
def environment(engine: Engine, tmp_path: Path) -> dict[str, str]:
    return {
        "SITREP_DATABASE_URL": engine.url.render_as_string(hide_password=False).replace("+psycopg", ""),
        "SITREP_STATE_DIR": str(tmp_path / "state"),
        "SITREP_SECRET": "s" * 32,
        "COLUMNS": "250",
    }


def run(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "worker", "deliveries", *arguments]
    return subprocess.run(command, cwd=ROOT, env=os.environ | environment, capture_output=True, text=True, timeout=60)


def printed(environment: dict[str, str], *arguments: str) -> Any:
    result = run(environment, *arguments, "--json")
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def test_deliveries_are_listed_with_state_and_reason(
    scene: Scene, maildir: MaildirMailer, environment: dict[str, str]
) -> None:
    edition = scene.edition(["ann@mail.example", "ben@mail.example"])
    scene.gone = {one.id: "withdrawn" for one in scene.deliveries() if scene.address_of(one).startswith("ben")}
    scene.send_all(maildir)
    rows = printed(environment, "list", "--edition", str(edition.id))
    assert {(row["address"], row["state"], row["reason"]) for row in rows} == {
        ("ann@mail.example", "accepted", None),
        ("ben@mail.example", "skipped", "withdrawn"),
    }
    assert [row["address"] for row in printed(environment, "list", "--state", "skipped")] == ["ben@mail.example"]
    assert len(printed(environment, "list", "--address", "ANN@mail.example")) == 1
    assert printed(environment, "list", "--doubled") == []
    assert "withdrawn" in run(environment, "list").stdout


def test_what_is_uncertain_is_listed_with_advice_and_settled(scene: Scene, environment: dict[str, str]) -> None:
    scene.edition(3)
    batch = leave_uncertain(scene, evidence="none", mailer="smtp")
    (row,) = printed(environment, "uncertain")
    assert (row["batch"], row["uncertain"]) == (str(batch), 3)
    assert "mail server's log" in row["advice"]
    assert str(batch) in run(environment, "uncertain").stdout
    done = printed(environment, "settle", str(batch), "--sent", "--by", "Ann")
    assert (done["accepted"], done["by"]) == (3, "Ann")
    assert scene.states() == {"accepted": 3}
    assert "Nothing is uncertain" in run(environment, "uncertain").stdout


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["list", "--state", "lost"], 2, "uncertain"),
        (["list", "--address", "ann"], 2, "@"),
        (["settle", NO_BATCH, "--by", "Ann"], 2, "--sent or --not-sent"),
        (["settle", NO_BATCH, "--sent"], 2, "--by NAME"),
        (["settle", NO_BATCH, "--sent", "--by", "Ann"], 1, "deliveries uncertain"),
        (["settle", "seven", "--sent", "--by", "Ann"], 2, "valid UUID"),
    ],
)
def test_a_call_that_cannot_be_followed_says_what_to_write(
    environment: dict[str, str], arguments: list[str], code: int, told: str
) -> None:
    result = run(environment, *arguments)
    assert (result.returncode, result.stdout) == (code, "")
    assert told in result.stderr
    assert "Traceback" not in result.stderr


def test_a_database_without_its_tables_is_said_in_a_sentence(environment: dict[str, str], tmp_path: Path) -> None:
    result = run(environment | {"SITREP_DATABASE_URL": f"sqlite:///{tmp_path / 'empty.sqlite'}"}, "uncertain")
    assert (result.returncode, result.stdout) == (1, "")
    assert "sitrep migrate" in result.stderr
    assert "Traceback" not in result.stderr
