"""A real Chromium. CHROMIUM names it, else Debian's is used; without one these tests are skipped."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

from tests.browser.scene import FLAGS, Installation
from tests.web.serving import Server, running_server

OpenPage = Callable[..., Page]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
    if not path.exists():
        pytest.skip(f"there is no Chromium at {path} (apt-get install chromium, or set CHROMIUM)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def browser_server() -> Iterator[Server]:
    with running_server() as running:
        yield running


@pytest.fixture
def installation(browser_server: Server, tmp_path: Path, now: datetime) -> Installation:
    made = Installation(tmp_path, browser_server.url, now)
    browser_server.put_on(made.services)
    return made


def is_fault(message: ConsoleMessage) -> bool:
    """Not that a page was answered with 422 or 410: that is what the tests ask for."""
    return message.type == "error" and "the server responded with a status of 4" not in message.text


@pytest.fixture
def open_page(chromium: Browser, browser_server: Server) -> Iterator[OpenPage]:
    """Opens the start page in a context of its own: `open_page(java_script_enabled=False)`. A page that logs a fault
    (a refused script, a missing file) fails the test."""
    contexts = []
    faults: list[str] = []

    def opened(**options: Any) -> Page:
        options.setdefault("viewport", {"width": 1000, "height": 800})
        context = chromium.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", lambda message: faults.append(message.text) if is_fault(message) else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(browser_server.url)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def chromium_page(chromium: Browser) -> Iterator[Page]:
    """A page that may log faults: a missing file is one to Chromium."""
    with chromium.new_context() as context:
        yield context.new_page()
