"""What tests may do to the newsroom: publish, edit, withdraw, fail, hang, move its clock."""

from __future__ import annotations

import threading
from datetime import timedelta

import httpx
import pytest

from demo.newsroom import Newsroom
from tests.demo.conftest import BASE


def test_publish_edit_and_withdraw_change_the_site_at_once(site: Newsroom, reader: httpx.Client) -> None:
    site.now = BASE + timedelta(hours=7)
    site.publish("academy-rowers-and-the-swan")
    path = site.article("academy-rowers-and-the-swan").path
    assert path.startswith("/2026/03/")
    assert reader.get(path).status_code == 200

    number = site.article("academy-rowers-and-the-swan").number
    site.now += timedelta(minutes=5)
    site.edit("academy-rowers-and-the-swan", title="The Swan Wins")
    edited = site.article("academy-rowers-and-the-swan")
    assert (edited.title, edited.number, edited.path) == ("The Swan Wins", number, path)
    assert edited.modified_at == site.now > edited.published_at

    site.withdraw("academy-rowers-and-the-swan")
    assert reader.get(path).status_code == 404
    assert "The Swan Wins" not in reader.get("/feed/").text
    assert reader.get(f"/wp-json/wp/v2/posts/{number}").status_code == 404


def test_it_fails_as_often_as_it_was_told(site: Newsroom, reader: httpx.Client) -> None:
    site.fail_next(503, times=2, retry_after=120)

    answers = [reader.get("/feed/") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [503, 503, 200]
    assert answers[0].headers["retry-after"] == "120"
    assert [seen.status for seen in site.seen] == [503, 503, 200]


def test_a_hanging_request_gets_no_answer_and_the_next_one_does(site: Newsroom, reader: httpx.Client) -> None:
    site.hang()

    with pytest.raises(httpx.ReadTimeout):
        reader.get("/feed/", timeout=0.2)
    assert reader.get("/feed/").status_code == 200


def test_released_requests_are_cut_off_without_an_answer(site: Newsroom) -> None:
    site.hang()
    outcome: list[Exception] = []

    def ask() -> None:
        try:
            httpx.get(f"{site.url}/feed/", timeout=10)
        except httpx.HTTPError as error:
            outcome.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    site.hanging.wait(10)
    site.release()
    asking.join(10)

    assert [type(error) for error in outcome] == [httpx.RemoteProtocolError]


def test_the_clock_and_the_verbs_can_be_driven_over_http(site: Newsroom, reader: httpx.Client) -> None:
    moved = reader.post("/-/clock", json={"now": "2026-03-02T06:00:00Z"})
    assert moved.json() == {"now": "2026-03-02T06:00:00+00:00"} == reader.get("/-/clock").json()
    assert site.published == []

    assert reader.post("/-/publish", json={"slug": "army-buys-boots"}).status_code == 200
    reader.post("/-/edit", json={"slug": "army-buys-boots", "title": "Boots!"})
    rows = {row["slug"]: row for row in reader.get("/-/articles").json()["articles"]}
    assert rows["army-buys-boots"]["title"] == "Boots!"
    assert rows["army-buys-boots"]["url"] == f"{site.url}/2026/03/army-buys-boots/"
    assert rows["drones-strike-kola-fuel-depot"]["labels"] == ["arctic", "drones"]

    reader.post("/-/withdraw", json={"slug": "army-buys-boots"})
    reader.post("/-/fail", json={"status": 500, "times": 1})
    assert site.published == []
    assert [reader.get("/").status_code for _ in range(2)] == [500, 200]


@pytest.mark.parametrize(
    ("verb", "body", "status"),
    [
        ("clock", {"now": "yesterday"}, 400),
        ("clock", {"now": "2026-03-02T06:00:00"}, 400),
        ("clock", {}, 400),
        ("publish", {"slug": "no-such-article"}, 404),
        ("publish", {}, 400),
        ("fail", {"status": "500"}, 400),
        ("explode", {}, 404),
        ("clock", [], 400),
    ],
)
def test_a_verb_that_cannot_be_done_is_refused_with_a_reason(
    reader: httpx.Client, verb: str, body: object, status: int
) -> None:
    answer = reader.post(f"/-/{verb}", json=body)

    assert answer.status_code == status
    assert answer.json()["error"]


def test_labels_answer_what_is_about_a_topic(site: Newsroom) -> None:
    assert "long-range-drones-arctic-ice-patrol" in site.about("arctic") & site.about("drones")
    assert "garrison-town-arctic-monkeys" not in site.about("arctic")
    assert site.archive.about("belarus", until=BASE + timedelta(days=1)) == {"belarus-border-brigades-rotate"}


def test_a_clock_with_speed_moves_by_itself() -> None:
    with Newsroom.running(base=BASE, speed=1e6) as site:
        assert site.now > BASE
