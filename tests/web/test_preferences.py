from __future__ import annotations

import re
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import update

from tests.audience.scene import suppress
from tests.web.scene import FORM, Newsroom, rows_of
from worker.database import session_on, table
from worker.models import Subscriber

SAVE = {
    "topic.drones": "weekly",
    "topic.belarus": "off",
    "topic.arctic": "instant",
    "zone": "Asia/Kathmandu",
    "hour": "6",
    "weekday": "4",
    "pause": "no",
}


def chosen(page: str, name: str) -> list[str]:
    return re.findall(rf'name="{re.escape(name)}" value="([^"]+)" checked', page)


def test_the_page_shows_each_topic_with_its_frequency(client: httpx.Client, newsroom: Newsroom) -> None:
    newsroom.join(client)
    page = client.get(newsroom.token_url("preferences"))
    assert page.status_code == 200
    assert chosen(page.text, "topic.drones") == ["daily"]
    assert chosen(page.text, "topic.arctic") == ["off"]
    assert "j•••@e•••.org" in page.text
    assert "jo@example.org" not in page.text
    assert "Tuesday, 3\N{NO-BREAK SPACE}March, 08:00" in page.text


def test_saving_takes_effect_and_says_so(client: httpx.Client, newsroom: Newsroom) -> None:
    newsroom.join(client)
    page = client.post(newsroom.token_url("preferences"), data=SAVE)
    assert page.status_code == 200
    assert "Saved." in page.text
    assert newsroom.open_now() == {"drones": "weekly", "arctic": "instant"}
    person = newsroom.person()
    assert (person.zone, person.hour, person.weekday) == ("Asia/Kathmandu", 6, 4)
    assert chosen(page.text, "topic.drones") == ["weekly"]


def test_fields_that_the_form_did_not_have_keep_their_values(client: httpx.Client, newsroom: Newsroom) -> None:
    newsroom.join(client)
    client.post(newsroom.token_url("preferences"), data={"topic.arctic": "weekly"})
    assert newsroom.open_now() == {"drones": "daily", "belarus": "daily", "arctic": "weekly"}
    assert newsroom.person().zone == "Europe/Berlin"


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"topic.drones": "hourly"}, "frequency", "Please choose how often"),
        ({"zone": "Mars"}, "zone", "time zone"),
        ({"hour": "99"}, "hour", "an hour"),
        ({"pause": "yes"}, "pause_until", "Please enter the day"),
        ({"pause": "yes", "pause_until": "tomorrow"}, "pause_until", "Please enter the day"),
        ({"pause": "yes", "pause_until": "2026-03-01"}, "pause_until", "a day after today"),
        ({"pause": "yes", "pause_until": "2036-03-01"}, "pause_until", "within the next twelve months"),
    ],
)
def test_a_fault_changes_nothing_and_keeps_what_was_chosen(
    client: httpx.Client, newsroom: Newsroom, changes: dict[str, str], field: str, says: str
) -> None:
    newsroom.join(client)
    before = rows_of(newsroom.engine)
    page = client.post(newsroom.token_url("preferences"), data=SAVE | changes)
    assert page.status_code == 422
    assert f'id="{field}-fault"' in page.text
    assert says in page.text
    assert chosen(page.text, "topic.arctic") == ["instant"]
    assert rows_of(newsroom.engine) == before


def test_a_pause_shows_until_when_and_can_be_ended(client: httpx.Client, newsroom: Newsroom) -> None:
    newsroom.join(client)
    url = newsroom.token_url("preferences")
    pause = {"pause": "yes", "pause_until": "2026-03-20", "pause_mode": "skip"}
    page = client.post(url, data=pause)
    assert "paused until Friday, 20\N{NO-BREAK SPACE}March 2026" in page.text
    assert chosen(page.text, "pause") == ["yes"]
    newsroom.clock += timedelta(days=17)
    assert "paused until" in client.post(url, data=pause).text, "a running pause may be saved on its last day"
    assert "paused until" not in client.post(url, data={"pause": "no"}).text
    assert "paused until" not in client.get(url).text


def test_everything_can_be_left_and_undone_from_here(client: httpx.Client, newsroom: Newsroom) -> None:
    newsroom.join(client)
    page = client.post(newsroom.token_url("preferences") + "/leave")
    assert page.status_code == 200
    assert "You are unsubscribed" in page.text
    assert newsroom.open_now() == {}
    (undo,) = re.findall(r'action="(/unsubscribe/[^"]+/undo)"', page.text)
    assert "It is as it was" in client.post(undo).text
    assert newsroom.open_now() == {"drones": "daily", "belarus": "daily"}


def test_turning_a_topic_on_after_leaving_brings_somebody_back(client: httpx.Client, newsroom: Newsroom) -> None:
    newsroom.join(client)
    url = newsroom.token_url("preferences")
    client.post(url + "/leave")
    assert "All topics are off" in client.get(url).text
    client.post(url, data=SAVE)
    assert newsroom.person().state == "active"


@pytest.mark.parametrize(
    ("state", "says"), [("pending", "Not confirmed yet"), ("suppressed", "Mail to you is stopped")]
)
def test_who_may_not_be_mailed_is_told_why_and_changes_nothing(
    client: httpx.Client, newsroom: Newsroom, state: str, says: str
) -> None:
    newsroom.join(client)
    with session_on(newsroom.engine) as session:
        session.execute(update(table(Subscriber)).values(state=state))
        session.commit()
    url = newsroom.token_url("preferences")
    before = rows_of(newsroom.engine)
    assert says in client.get(url).text
    page = client.post(url, data=SAVE)
    assert page.status_code == 409
    assert says in page.text
    assert rows_of(newsroom.engine) == before


def test_a_link_by_mail_is_promised_to_everybody_alike(client: httpx.Client, newsroom: Newsroom) -> None:
    unknown = client.post("/preferences", data={"address": "jo@example.org"})
    newsroom.join(client)
    newsroom.hints.clear()
    known = client.post("/preferences", data={"address": "Jo@Example.org"})
    with session_on(newsroom.engine) as session:
        suppress(session, "jo@example.org", "complained", newsroom.now())
        session.execute(update(table(Subscriber)).values(state="suppressed"))
        session.commit()
    suppressed = client.post("/preferences", data={"address": "jo@example.org"})
    assert unknown.status_code == known.status_code == suppressed.status_code == 200
    assert unknown.text == suppressed.text
    assert unknown.text == known.text.replace("Jo@example.org", "jo@example.org")
    assert [name for name, _ in newsroom.hints] == ["notice"]


def test_a_link_by_mail_needs_an_address(client: httpx.Client) -> None:
    page = client.post("/preferences", data={"address": "jo"})
    assert page.status_code == 422
    assert 'value="jo"' in page.text
    assert "The @ is missing" in page.text


def test_a_frequency_that_is_no_longer_offered_stays_with_whoever_has_it(
    client: httpx.Client, newsroom: Newsroom
) -> None:
    newsroom.join(client, frequency="weekly")
    with session_on(newsroom.engine) as session:
        tables = Subscriber.metadata.tables
        session.execute(
            update(tables["newsletter"]).where(tables["newsletter"].c.slug == "weekly").values(active=False)
        )
        session.commit()
    url = newsroom.token_url("preferences")
    assert chosen(client.get(url).text, "topic.drones") == ["weekly"]
    assert client.post(url, data={"topic.drones": "weekly"}).status_code == 200
    assert newsroom.open_now() == {"drones": "weekly", "belarus": "weekly"}


def test_the_form_of_the_start_page_is_where_the_defaults_come_from(client: httpx.Client) -> None:
    assert set(FORM) == {"address", "topics", "frequency", "zone", "hour", "weekday"}
    page = client.get("/").text
    assert re.search(r'<option value="7" selected>07:00', page)


def test_going_to_the_address_of_the_leaving_leads_back_and_changes_nothing(
    client: httpx.Client, newsroom: Newsroom
) -> None:
    newsroom.join(client)
    url = newsroom.token_url("preferences")
    before = rows_of(newsroom.engine)
    answer = client.get(url + "/leave")
    assert (answer.status_code, answer.headers["location"]) == (303, url)
    assert rows_of(newsroom.engine) == before
