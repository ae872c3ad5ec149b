"""A newsroom and a counterpart for each test, with somebody to ask them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from demo.counterpart import Counterpart
from demo.newsroom import Newsroom

BASE = datetime(2026, 3, 2, tzinfo=UTC)
NOW = BASE + timedelta(hours=8)


@pytest.fixture
def site() -> Iterator[Newsroom]:
    """A newsroom at the end of its four days."""
    with Newsroom.running(base=BASE, now=BASE + timedelta(days=4)) as newsroom:
        yield newsroom


@pytest.fixture
def reader(site: Newsroom) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=site.url, timeout=10) as client:
        yield client


@pytest.fixture
def counterpart() -> Iterator[Counterpart]:
    with Counterpart.running(now=NOW) as running:
        yield running


@pytest.fixture
def client(counterpart: Counterpart) -> Iterator[httpx.Client]:
    """Somebody with the counterpart's key."""
    headers = {"Authorization": f"Bearer {counterpart.api_key}"}
    with httpx.Client(base_url=counterpart.url, headers=headers, timeout=10) as opened:
        yield opened
