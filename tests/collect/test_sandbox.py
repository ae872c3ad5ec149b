"""A document can cost only so much, and only itself."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.collect.conftest import feed, item
from worker.collect.documents import ParsedFeed
from worker.collect.parse import parse_feed
from worker.collect.sandbox import Sandbox


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    opened = Sandbox()
    yield opened
    opened.close()


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def test_it_gives_what_the_parser_gives(sandbox: Sandbox) -> None:
    data = feed(item(1), item(2)).encode()
    assert sandbox.parse_feed(data, url="https://news.example/feed/") == parse_feed(data)


def test_one_child_serves_many_documents(sandbox: Sandbox) -> None:
    for number in range(20):
        assert sandbox.parse_feed(feed(item(number)).encode()).articles[0].title == f"Headline {number}"
    assert len(sandbox._idle) == 1


def test_a_document_that_costs_too_much_time_is_stopped_and_the_next_is_served() -> None:
    bomb = b'<rss version="2.0"><channel><item><description>' + b"&lt;p&gt;x" * 1_400_000
    sandbox = Sandbox(cpu_seconds=0.5)
    before = _cpu_of_children()
    parsed = sandbox.parse_feed(bomb)
    assert parsed.error is not None
    assert parsed.error.startswith("too costly")
    assert _cpu_of_children() - before < 2
    assert sandbox.parse_feed(feed(item(1)).encode()).error is None
    sandbox.close()


def test_a_document_that_needs_too_much_memory_is_stopped() -> None:
    sandbox = Sandbox(memory_bytes=8_000_000)
    parsed = sandbox.parse_feed(b"<rss><channel>" + b"<item><title>x</title></item>" * 100_000)
    assert parsed.error is not None
    assert parsed.error.startswith("too costly")
    sandbox.close()


def test_every_hostile_file_stays_within_two_seconds_and_300_megabytes(
    captured: Path, index: list[dict[str, Any]]
) -> None:
    for row in index:
        if not row["file"].startswith("hostile/"):
            continue
        data = (captured / row["file"]).read_bytes()
        fresh = Sandbox()
        before = _cpu_of_children()
        parsed = fresh.parse_feed(data)
        child = fresh._idle[0].process if fresh._idle else None
        peak = _peak_megabytes(child.pid) if child else 0
        fresh.close()
        assert isinstance(parsed, ParsedFeed)
        assert peak < 300, row["file"]
        assert _cpu_of_children() - before < 2, row["file"]


def _peak_megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return 0
    peak = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
    return int(peak.split()[1]) / 1024


def test_a_forked_process_starts_children_of_its_own(sandbox: Sandbox) -> None:
    sandbox.parse_feed(feed(item(1)).encode())
    sandbox._owner = os.getpid() + 1  # as it looks after a fork
    mine = list(sandbox._idle)
    assert sandbox.parse_feed(feed(item(2)).encode()).articles[0].title == "Headline 2"
    assert sandbox._idle[0] not in mine
    sandbox._idle += mine
