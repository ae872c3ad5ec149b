"""The whole way of a reader: sign up, confirm, read, change, leave. With and without JavaScript."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenPage
from tests.browser.scene import Installation, follow_link, follow_mail


@pytest.mark.parametrize("scripts", [True, False], ids=["with JavaScript", "without"])
def test_a_reader_signs_up_reads_changes_and_leaves(
    open_page: OpenPage, installation: Installation, scripts: bool
) -> None:
    page = open_page(java_script_enabled=scripts, timezone_id="Europe/Berlin")

    page.get_by_role("checkbox", name="Drones").check()
    page.get_by_role("checkbox", name="Belarus").check()
    page.get_by_role("radio", name="Daily").check()
    page.get_by_label("Hour", exact=True).select_option("08:00")
    if not scripts:
        expect(page.get_by_label("Time zone")).to_have_value("")
        page.get_by_label("Time zone").select_option("Europe/Berlin")
    expect(page.get_by_label("Time zone")).to_have_value("Europe/Berlin")
    page.get_by_label("Email address").fill("jo@example.org")
    page.get_by_role("button", name="Subscribe").click()
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    assert installation.open_now() == {}

    follow_mail(page, "Confirm", "/confirm/")
    expect(page.get_by_role("heading", name="Confirm your subscription")).to_be_visible()
    assert installation.open_now() == {}
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", name="You are subscribed")).to_be_visible()
    assert installation.open_now() == {"drones": "daily", "belarus": "daily"}

    installation.publish("Minsk moves a brigade to the border", "belarus")
    installation.pass_time(timedelta(hours=20))
    installation.send_editions()
    page.goto(f"{installation.services.settings.base_url}/outbox")
    page.get_by_role("link", name="Minsk moves a brigade").click()
    framed = page.frame_locator("iframe.mail")
    expect(framed.get_by_role("heading", level=1)).to_be_visible()
    expect(framed.get_by_role("link", name="Minsk moves a brigade to the border").first).to_be_visible()

    follow_link(page, "/preferences/")
    page.get_by_role("group", name="Arctic").get_by_role("radio", name="Weekly").check()
    page.get_by_role("group", name="Drones").get_by_role("radio", name="Off").check()
    page.get_by_label("Day of the week").select_option("Friday")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_contain_text("Saved.")
    assert installation.open_now() == {"belarus": "daily", "arctic": "weekly"}
    assert installation.person().weekday == 4

    follow_mail(page, "Minsk moves a brigade", "/unsubscribe/")
    page.get_by_role("button", name="Unsubscribe from Daily Digest").click()
    expect(page.get_by_role("heading", name="You are unsubscribed")).to_be_visible()
    assert installation.open_now() == {"arctic": "weekly"}
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="It is as it was")).to_be_visible()
    assert installation.open_now() == {"belarus": "daily", "arctic": "weekly"}

    follow_mail(page, "Minsk moves a brigade", "/unsubscribe/")
    page.get_by_role("button", name="Unsubscribe from everything").click()
    expect(page.get_by_text("You get no more mail from us.")).to_be_visible()
    assert installation.person().state == "unsubscribed"


def test_the_button_of_a_mail_program_unsubscribes(open_page: OpenPage, installation: Installation) -> None:
    page = open_page(timezone_id="Asia/Tokyo")
    page.get_by_role("checkbox", name="Belarus").check()
    page.get_by_label("Email address").fill("jo@example.org")
    page.get_by_role("button", name="Subscribe").click()
    follow_mail(page, "Confirm", "/confirm/")
    page.get_by_role("button", name="Confirm").click()
    installation.publish("Minsk moves a brigade to the border", "belarus")
    installation.pass_time(timedelta(hours=10))
    installation.send_editions()
    page.goto(f"{installation.services.settings.base_url}/outbox")
    page.get_by_role("link", name="Minsk moves a brigade").click()
    link = page.locator("dt:text-is('List-Unsubscribe') + dd").inner_text()
    assert page.locator("dt:text-is('List-Unsubscribe-Post') + dd").inner_text() == "List-Unsubscribe=One-Click"
    answer = httpx.post(link.strip("<>"), data={"List-Unsubscribe": "One-Click"}, trust_env=False)
    assert answer.status_code == 200
    assert installation.open_now() == {}


@pytest.mark.parametrize(
    ("zone", "taken"), [("America/St_Johns", "America/St_Johns"), ("Asia/Kathmandu", "Asia/Kat"), ("UTC", "UTC")]
)
def test_the_zone_is_guessed_even_by_an_older_name_and_can_be_corrected(
    open_page: OpenPage, installation: Installation, zone: str, taken: str
) -> None:
    page = open_page(timezone_id=zone)
    guessed = page.get_by_label("Time zone").input_value()
    assert guessed.startswith(taken)
    page.get_by_role("checkbox", name="Belarus").check()
    page.get_by_label("Email address").fill("jo@example.org")
    page.get_by_role("button", name="Subscribe").click()
    expect(page.get_by_role("heading", name="Check your mail")).to_be_visible()
    page.goto(installation.services.settings.base_url)
    page.get_by_label("Time zone").select_option("Asia/Tokyo")
    page.get_by_role("button", name="Subscribe").click()
    expect(page.get_by_label("Time zone")).to_have_value("Asia/Tokyo")


def test_faults_lead_to_their_fields_and_keep_what_was_typed(open_page: OpenPage, installation: Installation) -> None:
    page = open_page(timezone_id="Europe/Berlin")
    page.get_by_role("radio", name="Weekly").check()
    page.get_by_label("Email address").fill("jo@")
    page.get_by_role("button", name="Subscribe").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Please check 2 things")
    alert.get_by_role("link", name="Please choose at least one topic.").click()
    expect(page.get_by_role("checkbox").first).to_be_focused()
    alert.get_by_role("link", name="This email address does not work").click()
    field = page.get_by_label("Email address")
    expect(field).to_be_focused()
    expect(field).to_have_value("jo@")
    expect(field).to_have_accessible_description(re.compile("This email address does not work"))
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("radio", name="Weekly")).to_be_checked()


def test_fields_that_the_choice_makes_pointless_step_back(open_page: OpenPage, installation: Installation) -> None:
    page = open_page(timezone_id="Europe/Berlin", java_script_enabled=False)
    hour, weekday = page.get_by_label("Hour", exact=True), page.get_by_label("Day of the week")
    for frequency, sees_hour, sees_weekday in (
        ("Daily", True, False),
        ("Weekly", True, True),
        ("At once", False, False),
    ):
        page.get_by_role("radio", name=frequency).check()
        expect(hour).to_be_visible(visible=sees_hour)
        expect(weekday).to_be_visible(visible=sees_weekday)
