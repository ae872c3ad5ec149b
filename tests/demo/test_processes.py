"""Both servers as processes of their own: they start, say where they are, stop, and lose nothing when killed."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from demo.counterpart.counterpart import API_KEY
from tests.demo.letters import letter

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def started(module: str, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The process and the address that its first line names."""
    command = [sys.executable, "-m", module, "--port", "0", *arguments]
    environment = {"PATH": os.environ.get("PATH", ""), "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            found = re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())
            assert found is not None
            yield process, found[0]
        finally:
            process.kill()


def test_the_newsroom_starts_shows_its_feed_and_stops_when_asked() -> None:
    with started("demo.newsroom", "--now", "2026-03-03T00:00:00Z") as (process, url):
        assert httpx.get(f"{url}/feed/").text.count("<item>") == 8
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0


def test_the_counterpart_stops_when_asked() -> None:
    with started("demo.counterpart", "--bounce", "gone*") as (process, url):
        assert httpx.get(f"{url}/-/behaviour").json() == {"behaviour": {"bounce": ["gone*"]}}
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


def test_a_killed_counterpart_has_every_mail_that_it_accepted(tmp_path: Path) -> None:
    ledger = str(tmp_path / "ledger.sqlite")
    headers = {"Authorization": f"Bearer {API_KEY}"}
    with started("demo.counterpart", "--ledger", ledger) as (process, url):
        answer = httpx.post(f"{url}/v3/mail/send", json=letter("ann@example.org"), headers=headers)
        process.kill()
        process.wait(20)

    assert answer.status_code == 202
    with started("demo.counterpart", "--ledger", ledger) as (_, url):
        mails = httpx.get(f"{url}/-/mails").json()["mails"]
        assert [mail["message_id"] for mail in mails] == [answer.headers["x-message-id"]]


@pytest.mark.parametrize(
    ("module", "arguments"),
    [
        ("demo.newsroom", ["--now", "tomorrow"]),
        ("demo.counterpart", ["--port", "99999"]),
        ("demo.counterpart", ["--ledger", "/nowhere/at/all.sqlite"]),
    ],
)
def test_what_cannot_start_says_why_in_one_line(module: str, arguments: list[str]) -> None:
    command = [sys.executable, "-m", module, *(["--port", "0"] if "--port" not in arguments else []), *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60)

    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "cannot start" in done.stderr
