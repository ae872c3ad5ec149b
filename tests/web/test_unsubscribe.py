"""RFC 8058, and the page behind the link."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx
import pytest

from tests.web.scene import Newsroom, forms_in, rows_of

ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.mark.parametrize("encoding", ["urlencoded", "form-data"])
def test_one_click_unsubscribes_in_either_encoding(client: httpx.Client, newsroom: Newsroom, encoding: str) -> None:
    newsroom.join(client)
    url = newsroom.token_url("unsubscribe")
    for _ in range(2):
        if encoding == "urlencoded":
            answer = client.post(url, data=ONE_CLICK)
        else:
            answer = client.post(url, files={"List-Unsubscribe": (None, "One-Click")})
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
        assert "location" not in answer.headers
    assert newsroom.open_now() == {}
    assert newsroom.person().state == "unsubscribed"


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://elsewhere.example"}, {"Cookie": "a=b"}])
def test_one_click_asks_for_no_cookie_origin_or_token_beside_the_url(
    client: httpx.Client, newsroom: Newsroom, headers: dict[str, str]
) -> None:
    newsroom.join(client)
    assert client.post(newsroom.token_url("unsubscribe"), data=ONE_CLICK, headers=headers).status_code == 200
    assert newsroom.open_now() == {}


@pytest.mark.parametrize("body", [b"", b"List-Unsubscribe=One-Click\r\n", b"nonsense"])
def test_whoever_posts_there_wants_out_whatever_the_body(client: httpx.Client, newsroom: Newsroom, body: bytes) -> None:
    newsroom.join(client)
    headers = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
    assert client.post(newsroom.token_url("unsubscribe"), content=body, headers=headers).status_code == 200
    assert newsroom.open_now() == {}


@pytest.mark.parametrize("kind", ["multipart/form-data", "multipart/form-data; boundary=x", "text/plain", "a/b", ""])
def test_whoever_posts_there_wants_out_whatever_they_say_it_is(
    client: httpx.Client, newsroom: Newsroom, kind: str
) -> None:
    newsroom.join(client)
    url, headers = newsroom.token_url("unsubscribe"), {"Content-Type": kind}
    assert client.post(url, content=b"List-Unsubscribe=One-Click", headers=headers).status_code == 200
    assert newsroom.open_now() == {}


def test_one_click_works_years_later(client: httpx.Client, newsroom: Newsroom) -> None:
    newsroom.join(client)
    newsroom.clock += timedelta(days=4000)
    assert client.post(newsroom.token_url("unsubscribe"), data=ONE_CLICK).status_code == 200
    assert newsroom.open_now() == {}


def test_one_click_ends_that_newsletter_and_leaves_the_others(client: httpx.Client, newsroom: Newsroom) -> None:
    newsroom.join(client)
    client.post(newsroom.token_url("preferences"), data={"topic.arctic": "weekly"})
    client.post(newsroom.token_url("unsubscribe", "daily"), data=ONE_CLICK)
    assert newsroom.open_now() == {"arctic": "weekly"}


def test_the_token_opens_nothing_else(client: httpx.Client, newsroom: Newsroom) -> None:
    newsroom.join(client)
    token = newsroom.token_url("unsubscribe").rpartition("/")[2]
    before = rows_of(newsroom.engine)
    for path in ("/preferences/", "/confirm/", "/view/"):
        assert client.get(path + token).status_code == 404
    for path in (f"/preferences/{token}", f"/preferences/{token}/leave", f"/unsubscribe/{token}/undo"):
        assert client.post(path, data={"topic.drones": "off"}).status_code == 404
    assert rows_of(newsroom.engine) == before


def test_the_page_has_a_button_and_masks_the_address(client: httpx.Client, newsroom: Newsroom) -> None:
    newsroom.join(client)
    client.post(newsroom.token_url("preferences"), data={"topic.arctic": "weekly"})
    url = newsroom.token_url("unsubscribe")
    page = client.get(url)
    assert page.status_code == 200
    assert forms_in(page.text) == [url]
    assert "Unsubscribe from The daily" in page.text
    assert "jo@example.org" not in page.text
    for value in ("newsletter", "all", "topic:drones", "topic:arctic"):
        assert f'value="{value}"' in page.text


@pytest.mark.parametrize(
    ("what", "goes_on"),
    [
        ("newsletter", {"arctic": "weekly"}),
        ("topic:drones", {"belarus": "daily", "arctic": "weekly"}),
        ("topic:arctic", {"drones": "daily", "belarus": "daily"}),
        ("all", {}),
    ],
)
def test_the_page_ends_what_was_pressed_and_can_undo_it(
    client: httpx.Client, newsroom: Newsroom, what: str, goes_on: dict[str, str]
) -> None:
    newsroom.join(client)
    client.post(newsroom.token_url("preferences"), data={"topic.arctic": "weekly"})
    newsroom.clock += timedelta(minutes=1)
    page = client.post(newsroom.token_url("unsubscribe"), data={"what": what})
    assert page.status_code == 200
    assert "You are unsubscribed" in page.text
    assert newsroom.open_now() == goes_on
    (undo,) = re.findall(r'action="(/unsubscribe/[^"]+/undo)"', page.text)
    newsroom.clock += timedelta(minutes=1)
    assert "It is as it was" in client.post(undo).text
    assert newsroom.open_now() == {"drones": "daily", "belarus": "daily", "arctic": "weekly"}


def test_reloading_the_answer_ends_nothing_more(client: httpx.Client, newsroom: Newsroom) -> None:
    newsroom.join(client)
    client.post(newsroom.token_url("preferences"), data={"topic.arctic": "weekly"})
    for _ in range(2):
        page = client.post(newsroom.token_url("unsubscribe"), data={"what": "newsletter"})
        assert page.status_code == 200
    assert "That had ended already" in page.text
    assert newsroom.open_now() == {"arctic": "weekly"}


def test_undo_says_when_it_is_too_late(client: httpx.Client, newsroom: Newsroom) -> None:
    newsroom.join(client)
    page = client.post(newsroom.token_url("unsubscribe"), data={"what": "all"})
    (undo,) = re.findall(r'action="(/unsubscribe/[^"]+/undo)"', page.text)
    newsroom.clock += timedelta(days=2)
    late = client.post(undo)
    assert late.status_code == 410
    assert "Too late to undo" in late.text
    assert newsroom.open_now() == {}


def test_a_page_for_somebody_without_subscriptions_says_so(client: httpx.Client, newsroom: Newsroom) -> None:
    newsroom.join(client)
    url = newsroom.token_url("unsubscribe")
    client.post(url, data=ONE_CLICK)
    page = client.get(url)
    assert page.status_code == 200
    assert "You are not subscribed" in page.text
    assert "<form" not in page.text


def test_the_link_of_a_person_who_is_gone_still_answers(client: httpx.Client, newsroom: Newsroom) -> None:
    newsroom.join(client)
    url = newsroom.token_url("unsubscribe")
    with newsroom.engine.begin() as connection:
        from worker.models import Subscriber

        connection.execute(Subscriber.metadata.tables["subscriber"].update().values(state="forgotten"))
    assert client.get(url).status_code == 200
    assert client.post(url, data=ONE_CLICK).status_code == 200
