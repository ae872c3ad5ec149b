"""Everything by keyboard alone; each stop shows where it is."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.scene import Installation, follow_mail, tab_to


def test_a_reader_signs_up_changes_and_leaves_without_a_mouse(open_page: OpenPage, installation: Installation) -> None:
    page = open_page(timezone_id="Europe/Berlin")
    keys = page.keyboard

    keys.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    expect(page.get_by_role("link", name="Skip to the content")).to_be_in_viewport()
    keys.press("Enter")

    tab_to(page, lambda: page.get_by_role("checkbox", name="Belarus"))
    keys.press("Space")
    tab_to(page, lambda: page.get_by_role("radio", name="Daily"))
    keys.press("ArrowRight")
    expect(page.get_by_role("radio", name="Weekly")).to_be_checked()
    tab_to(page, lambda: page.get_by_label("Hour", exact=True))
    keys.type("09")
    tab_to(page, lambda: page.get_by_label("Day of the week"))
    keys.type("Thu")
    tab_to(page, lambda: page.get_by_label("Email address"))
    keys.type("jo@example.org")
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()

    follow_mail(page, "Confirm", "/confirm/")
    tab_to(page, lambda: page.get_by_role("button", name="Confirm"))
    keys.press("Enter")
    expect(page.get_by_role("heading", name="You are subscribed")).to_be_visible()
    assert installation.open_now() == {"belarus": "weekly"}
    person = installation.person()
    assert (person.hour, person.weekday) == (9, 3)

    tab_to(page, lambda: page.get_by_role("link", name="Change your settings"))
    keys.press("Enter")
    expect(page.get_by_role("heading", name="Your subscription")).to_be_visible()
    arctic = page.get_by_role("group", name="Arctic")
    tab_to(page, lambda: arctic.get_by_role("radio", name="Off"))
    keys.press("ArrowRight")
    expect(arctic.get_by_role("radio", name="At once")).to_be_checked()
    tab_to(page, lambda: page.get_by_role("radio", name="Keep mail coming"))
    keys.press("ArrowRight")
    tab_to(page, lambda: page.get_by_label("Start again on"))
    keys.type("04012026")
    tab_to(page, lambda: page.get_by_role("button", name="Save"))
    keys.press("Enter")
    expect(page.get_by_text("It is paused until Wednesday, 1 April 2026.")).to_be_visible()
    assert installation.open_now() == {"belarus": "weekly", "arctic": "instant"}

    tab_to(page, lambda: page.get_by_role("button", name="Unsubscribe from everything"))
    keys.press("Enter")
    expect(page.get_by_role("heading", name="You are unsubscribed")).to_be_visible()
    tab_to(page, lambda: page.get_by_role("button", name="Undo"))
    keys.press("Enter")
    expect(page.get_by_role("heading", name="It is as it was")).to_be_visible()
    assert installation.open_now() == {"belarus": "weekly", "arctic": "instant"}
