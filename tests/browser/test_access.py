"""Every page, light and dark, narrow and wide: no violation that axe knows, nothing to scroll sideways."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.conftest import OpenPage
from tests.browser.scene import Installation, follow_mail

LONG_SEARCH = '(icebreakers OR "northern sea route") AND NOT title:Monkeys AND about:(Svalbard OR Kirkenes OR Murmansk)'
SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


def violations(page: Page) -> list[str]:
    found: list[dict[str, Any]] = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['help']}: {[node['html'][:200] for node in one['nodes']]}" for one in found]


@pytest.mark.parametrize("width", [320, 1000])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_accessible(open_page: OpenPage, installation: Installation, scheme: str, width: int) -> None:
    page = open_page(
        color_scheme=scheme, viewport={"width": width, "height": 700}, timezone_id="America/Argentina/Buenos_Aires"
    )
    base = installation.services.settings.base_url
    seen: list[str] = []

    def check(name: str, go: Callable[[], object]) -> None:
        go()
        page.wait_for_load_state()
        assert violations(page) == [], name
        assert not page.evaluate(SIDEWAYS), f"{name} scrolls sideways"
        seen.append(page.title())

    def press(name: str) -> Callable[[], None]:
        return lambda: page.get_by_role("button", name=name).click()

    def visit(path: str) -> Callable[[], object]:
        return lambda: page.goto(base + path)

    def fill() -> None:
        page.goto(base)
        for box in page.get_by_role("checkbox").all():
            box.check()
        page.get_by_label("Email address").fill("somebody-with-a-very-long-address@subdomain.of.example.org")
        page.get_by_role("button", name="Subscribe").click()

    def pause_without_date() -> None:
        page.get_by_role("radio", name="Pause").check()
        page.get_by_role("button", name="Save").click()

    check("signup", lambda: None)
    check("signup with faults", press("Subscribe"))
    check("check mail", fill)
    check("outbox", visit("/outbox"))
    check("mail", lambda: page.get_by_role("link", name="Confirm").click())
    check("confirm", lambda: follow_mail(page, "Confirm", "/confirm/"))
    confirm_url = page.url
    check("confirmed", press("Confirm"))
    check("confirmed already", lambda: page.goto(confirm_url))
    check("preferences", lambda: follow_mail(page, "", "/preferences/"))
    preferences_url = page.url
    check("preferences with a fault", pause_without_date)
    check("left", press("Unsubscribe from everything"))
    check("undone", press("Undo"))
    token = installation.services.links.unsubscribe_url(installation.person().public_id, "daily")
    check("unsubscribe", lambda: page.goto(token))
    check("left one", lambda: page.get_by_role("button", name="Stop").first.click())
    check("link by mail", visit("/preferences"))
    check("link mailed", lambda: (page.get_by_label("Email address").fill("jo@example.org"), press("Mail me")()))
    page.goto(preferences_url)
    check("preferences saved", press("Save"))
    check("searches", lambda: page.get_by_role("link", name="Your searches").click())
    check("searches with a fault", press("Show what it would have found"))
    check("a search tried", lambda: (page.get_by_label("What to look for").fill(LONG_SEARCH), press("Show what")()))
    check("a search saved", press("Save the search"))


@pytest.mark.parametrize("path", ["/nothing", "/confirm/nonsense"])
def test_error_pages_are_accessible(chromium_page: Page, installation: Installation, path: str) -> None:
    chromium_page.goto(installation.services.settings.base_url + path)
    assert violations(chromium_page) == []
