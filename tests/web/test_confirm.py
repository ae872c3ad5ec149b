from __future__ import annotations

from datetime import timedelta

import httpx

from tests.audience.scene import suppress
from tests.web.scene import FORM, Newsroom, forms_in, rows_of
from worker.database import session_on


def test_the_page_shows_the_choice_and_a_button_that_posts(client: httpx.Client, newsroom: Newsroom) -> None:
    client.post("/subscribe", data=FORM)
    url = newsroom.token_url("confirm")
    page = client.get(url)
    assert page.status_code == 200
    assert forms_in(page.text) == [url]
    for text in ("Drones", "Belarus", "daily at 08:00, Berlin time", "j•••@e•••.org"):
        assert text in page.text
    assert "Arctic" not in page.text
    assert "jo@example.org" not in page.text


def test_a_prefetch_confirms_nothing_and_the_button_still_works(client: httpx.Client, newsroom: Newsroom) -> None:
    client.post("/subscribe", data=FORM)
    url = newsroom.token_url("confirm")
    before = rows_of(newsroom.engine)
    for _ in range(3):
        client.get(url)
        client.head(url)
    assert rows_of(newsroom.engine) == before
    page = client.post(url)
    assert page.status_code == 200
    assert "You are subscribed" in page.text
    assert newsroom.token_url("preferences") in page.text
    assert newsroom.open_now() == {"drones": "daily", "belarus": "daily"}
    assert [name for name, _ in newsroom.hints] == ["notice", "notice"], "the confirmation, then the welcome"


def test_a_used_link_says_so_and_leads_nowhere_private(client: httpx.Client, newsroom: Newsroom) -> None:
    newsroom.join(client)
    url = newsroom.token_url("confirm")
    before = rows_of(newsroom.engine)
    for page in (client.get(url), client.post(url)):
        assert page.status_code == 200
        assert "Already confirmed" in page.text
        assert "/preferences/" not in page.text
    assert rows_of(newsroom.engine) == before


def test_a_link_that_is_too_old_says_how_to_get_a_new_one(client: httpx.Client, newsroom: Newsroom) -> None:
    client.post("/subscribe", data=FORM)
    url = newsroom.token_url("confirm")
    newsroom.clock += timedelta(hours=73)
    for page in (client.get(url), client.post(url)):
        assert page.status_code == 410
        assert "too old" in page.text
        assert "Back to the form" in page.text
    newsroom.clock += timedelta(hours=1)
    newsroom.join(client)
    assert newsroom.open_now() == {"drones": "daily", "belarus": "daily"}


def test_a_used_link_brings_nobody_back(client: httpx.Client, newsroom: Newsroom) -> None:
    newsroom.join(client)
    url = newsroom.token_url("confirm")
    client.post(newsroom.token_url("unsubscribe"), data={"what": "all"})
    page = client.post(url)
    assert "This link has been used" in page.text
    assert newsroom.open_now() == {}


def test_an_address_barred_meanwhile_is_told_so(client: httpx.Client, newsroom: Newsroom) -> None:
    client.post("/subscribe", data=FORM)
    with session_on(newsroom.engine) as session:
        suppress(session, "jo@example.org", "operator", newsroom.now())
    page = client.post(newsroom.token_url("confirm"))
    assert "cannot be subscribed" in page.text
    assert newsroom.open_now() == {}
