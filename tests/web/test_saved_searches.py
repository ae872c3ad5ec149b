"""The page of somebody's searches: tried, saved, changed and removed, without JavaScript."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import func, select

from tests.web.scene import Newsroom
from worker.database import session_on, table
from worker.models import Article, SavedSearch, Source, Subscription


def publish(newsroom: Newsroom, titles: list[str], *, days: float = 0) -> None:
    with session_on(newsroom.engine) as session:
        source = Source(url=f"https://s{days}{len(titles)}.example/feed", name="Northern Herald")
        session.add(source)
        session.flush()
        for number, title in enumerate(titles):
            at = newsroom.now() - timedelta(days=days, minutes=number)
            session.add(
                Article(
                    source_id=source.id, external_id=f"{days}/{number}", url="", content_hash=f"{days}/{number}",
                    title=title, first_seen_at=at, updated_at=at,
                )
            )  # fmt: skip
        session.commit()


def searches_url(newsroom: Newsroom) -> str:
    return f"{newsroom.token_url('preferences')}/searches"


def post(client: httpx.Client, newsroom: Newsroom, **fields: str) -> httpx.Response:
    return client.post(searches_url(newsroom), data={"frequency": "daily", **fields})


def held(newsroom: Newsroom) -> list[str]:
    searches, subscriptions = table(SavedSearch), table(Subscription)
    with session_on(newsroom.engine, read_only=True) as session:
        rows = session.execute(
            select(searches.c.query)
            .join(subscriptions, subscriptions.c.topic_id == searches.c.topic_id)
            .where(searches.c.ended_at.is_(None), subscriptions.c.ended_at.is_(None))
        )
        return list(rows.scalars())


def rows(newsroom: Newsroom) -> int:
    with session_on(newsroom.engine, read_only=True) as session:
        return int(session.execute(select(func.count()).select_from(table(SavedSearch))).scalar_one())


def test_trying_a_search_shows_what_it_would_have_found_and_saves_nothing(
    client: httpx.Client, newsroom: Newsroom
) -> None:
    newsroom.join(client)
    publish(newsroom, ["Drones over Minsk", "A port is dredged"], days=0)
    publish(newsroom, ["Drone factory in Minsk opens"], days=14)
    page = post(client, newsroom, query="drones Minsk", **{"try": "yes"})
    assert page.status_code == 200
    assert "2 of the last 3 articles: about 1.0 a week" in page.text
    assert "Drone factory in Minsk opens" in page.text
    assert "drones AND minsk" in page.text
    assert rows(newsroom) == 0


def test_a_saved_search_is_listed_and_removed_by_its_button(client: httpx.Client, newsroom: Newsroom) -> None:
    newsroom.join(client)
    page = post(client, newsroom, query="icebreakers OR Svalbard", save="yes", frequency="weekly")
    assert page.status_code == 200
    assert "From now on you get what it finds." in page.text
    assert held(newsroom) == ["icebreakers OR Svalbard"]
    number = re.findall(r'name="remove" value="(\d+)"', page.text)[0]
    page = post(client, newsroom, remove=number)
    assert "Removed." in page.text
    assert held(newsroom) == []


def test_a_search_comes_as_often_as_its_owner_says(client: httpx.Client, newsroom: Newsroom) -> None:
    newsroom.join(client)
    page = post(client, newsroom, query="icebreakers", save="yes")
    number = re.findall(r'name="change" value="(\d+)"', page.text)[0]
    page = post(client, newsroom, change=number, **{f"frequency.{number}": "weekly"})
    assert "Changed." in page.text
    assert re.search(r'value="weekly" selected', page.text)
    page = post(client, newsroom, change=number, **{f"frequency.{number}": "hourly"})
    assert page.status_code == 422


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ("", "The search is empty"),
        ("drones (Minsk", "never closed"),
        ("drones AND", "Something is missing here"),
        ("NOT drones", "finds nearly every article"),
        ("colour:red", "is no field"),
        ("<script>alert(1)</script> AND", "Something is missing here"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_was_typed_stays(
    client: httpx.Client, newsroom: Newsroom, query: str, says: str
) -> None:
    newsroom.join(client)
    for verb in ("try", "save"):
        page = post(client, newsroom, query=query, **{verb: "yes"})
        assert page.status_code == 422
        assert says in page.text
        assert "at character" in page.text
        assert "<script>alert" not in page.text
    assert rows(newsroom) == 0


def test_a_search_that_finds_nearly_everything_is_refused_with_the_figure(
    client: httpx.Client, newsroom: Newsroom
) -> None:
    newsroom.join(client)
    publish(newsroom, [f"Drones fly over town {number}" for number in range(30)])
    page = post(client, newsroom, query="drones", save="yes")
    assert page.status_code == 422
    assert "30 of the last 30 articles, about 30 a day" in page.text
    assert rows(newsroom) == 0


def test_the_same_search_in_other_words_is_not_saved_twice(client: httpx.Client, newsroom: Newsroom) -> None:
    newsroom.join(client)
    post(client, newsroom, query="drones AND Minsk", save="yes")
    page = post(client, newsroom, query="(minsk drones)", save="yes")
    assert page.status_code == 422
    assert "saved this search already" in page.text


def test_nobody_else_can_touch_a_search(client: httpx.Client, newsroom: Newsroom) -> None:
    newsroom.join(client)
    page = post(client, newsroom, query="icebreakers", save="yes")
    number = re.findall(r'name="remove" value="(\d+)"', page.text)[0]
    assert client.post(f"/preferences/{'x' * 60}/searches", data={"remove": number}).status_code == 404
    post(client, newsroom, remove=str(int(number) + 1))
    assert held(newsroom) == ["icebreakers"]


def test_looking_at_the_page_changes_nothing(client: httpx.Client, newsroom: Newsroom) -> None:
    newsroom.join(client)
    assert client.get(searches_url(newsroom)).status_code == 200
    assert client.head(searches_url(newsroom)).status_code == 200
    assert rows(newsroom) == 0
