"""`Not what I asked for`: looking changes nothing, pressing records one hint, undo takes it back, 90 days long."""

from __future__ import annotations

import uuid
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import update
from sqlmodel import select

from tests.match.judging_by import topic
from tests.match.stored import Desk
from tests.web.scene import Newsroom, forms_in, rows_of
from worker.audience.tokens import Tokens
from worker.compose.newsletters import sync_newsletters
from worker.compose.plan_alerts import plan_alerts
from worker.database import session_on, table
from worker.models import Delivery, Frequency, Subscriber, Topic, TopicMark
from worker.schedules.newsletters import NewsletterDefinition

ALERT = NewsletterDefinition("bells", "Bells", "instant", max_age_days=30, not_after_minutes=120)
PORTS, QUAYS = topic("ports", words=["port"]), topic("quays", title="Quays & more", words=["quay"])


class Mailed:
    """Two people were mailed two articles: one about both topics, one about ports only."""

    def __init__(self, newsroom: Newsroom) -> None:
        self.newsroom = newsroom
        with session_on(newsroom.engine) as session:
            sync_newsletters(session, {"bells": ALERT}, now=newsroom.clock)
            desk = Desk(session, newsroom.clock, PORTS, QUAYS)
            people = [
                desk.person({"ports": Frequency.INSTANT, "quays": Frequency.INSTANT}, "jo@example.org"),
                desk.person({"ports": Frequency.INSTANT}, "bo@example.org"),
            ]
            self.both = desk.publish("A port with a quay", "The port. The quay. The port. The quay.")
            self.port = desk.publish("Another port", "The port. The port.")
            self.unsent = desk.article("Nobody got this")
            plan_alerts(session, ALERT, version=1, now=newsroom.clock)
            by_person = {row.subscriber_id: row.id for row in session.exec(select(Delivery)).all()}
        self.jo, self.bo = (by_person[person.id] for person in people)

    def path(self, delivery: uuid.UUID, article: object = "") -> str:
        url = self.newsroom.links.feedback_url(delivery).removeprefix(self.newsroom.base_url)
        return f"{url}/{article}" if article != "" else url

    def marks(self) -> list[tuple[int, str, float | None]]:
        with session_on(self.newsroom.engine, read_only=True) as session:
            rows = session.exec(select(TopicMark)).all()
            return [(row.article_id, row.label, row.subscriber_id) for row in rows]


@pytest.fixture
def mailed(newsroom: Newsroom) -> Mailed:
    return Mailed(newsroom)


def test_looking_changes_nothing_and_shows_a_button_for_each_topic(client: httpx.Client, mailed: Mailed) -> None:
    before = rows_of(mailed.newsroom.engine)
    url = mailed.path(mailed.jo, mailed.both)
    page = client.get(url)
    assert page.status_code == 200
    assert forms_in(page.text) == [url]
    assert "It is not about Ports" in page.text
    assert "It is not about Quays &amp; more" in page.text
    assert client.head(url).status_code == 200
    assert client.get(mailed.path(mailed.jo)).text.count('href="/feedback/') == 2
    assert rows_of(mailed.newsroom.engine) == before


def test_only_topics_by_which_it_came_to_them_are_shown(client: httpx.Client, mailed: Mailed) -> None:
    assert "Quays" not in client.get(mailed.path(mailed.bo, mailed.both)).text


def test_an_own_search_has_no_button_and_takes_no_mark(client: httpx.Client, mailed: Mailed) -> None:
    with session_on(mailed.newsroom.engine) as session:
        owner = select(Subscriber.id).where(Subscriber.address == "jo@example.org").scalar_subquery()
        session.execute(update(table(Topic)).where(table(Topic).c.slug == "quays").values(subscriber_id=owner))
        session.commit()
    url = mailed.path(mailed.jo, mailed.both)
    page = client.get(url).text
    assert "This is your own search" in page
    assert "It is not about Ports" in page
    assert "It is not about Quays" not in page
    client.post(url, data={"wrong": "quays"})
    assert mailed.marks() == []


def test_pressing_records_one_hint_and_undo_takes_it_back(client: httpx.Client, mailed: Mailed) -> None:
    url = mailed.path(mailed.jo, mailed.both)
    for _ in range(2):
        page = client.post(url, data={"wrong": "ports"})
        assert page.status_code == 200
        assert "Noted, thank you" in page.text
        assert "Undo" in page.text
    assert [(article, label) for article, label, _ in mailed.marks()] == [(mailed.both, "none")]
    client.post(mailed.path(mailed.bo, mailed.both), data={"wrong": "ports"})
    assert len(mailed.marks()) == 2
    assert "Taken back" in client.post(url, data={"undo": "ports"}).text
    assert len(mailed.marks()) == 1


@pytest.mark.parametrize(
    "fields", [{}, {"wrong": "nothing"}, {"wrong": "quays"}, {"undo": "ports"}, {"wrong": ""}, {"what": "ports"}]
)
def test_what_was_not_theirs_is_not_recorded(client: httpx.Client, mailed: Mailed, fields: dict[str, str]) -> None:
    assert client.post(mailed.path(mailed.bo, mailed.both), data=fields).status_code == 200
    assert mailed.marks() == []


@pytest.mark.parametrize("article", ["77", "-1", "x", "9" * 30, "٣", "1.5", "%00"])
def test_an_article_that_was_not_in_the_mail_is_not_found(client: httpx.Client, mailed: Mailed, article: str) -> None:
    for number in (article, mailed.unsent):
        assert client.get(mailed.path(mailed.jo, number)).status_code == 404
        assert client.post(mailed.path(mailed.jo, number), data={"wrong": "ports"}).status_code == 404
    assert mailed.marks() == []


def test_the_link_is_good_for_ninety_days(client: httpx.Client, mailed: Mailed) -> None:
    url = mailed.path(mailed.jo, mailed.both)
    mailed.newsroom.clock += timedelta(days=89)
    assert client.post(url, data={"wrong": "ports"}).status_code == 200
    mailed.newsroom.clock += timedelta(days=1)
    for late in (client.get(url), client.post(url, data={"wrong": "quays"}), client.get(mailed.path(mailed.jo))):
        assert late.status_code == 410
        assert "too old" in late.text
    assert len(mailed.marks()) == 1


def test_the_link_says_nothing_of_the_person_and_opens_no_other_door(client: httpx.Client, mailed: Mailed) -> None:
    url = mailed.path(mailed.jo, mailed.both)
    page = client.get(url).text
    assert "jo@" not in page
    assert "bo@" not in page
    token = url.split("/")[2]
    for path in ("/preferences/", "/unsubscribe/", "/confirm/", "/view/"):
        assert client.get(path + token).status_code == 404
    assert client.get(f"/feedback/{mailed.newsroom.tokens.view(mailed.jo)}/{mailed.both}").status_code == 404
    forged = Tokens("another secret of thirty-two chars").feedback(mailed.jo)
    assert client.get(f"/feedback/{forged}/{mailed.both}").status_code == 404
    assert client.get(mailed.path(uuid.uuid4(), mailed.both)).status_code == 404


def test_somebody_who_was_forgotten_has_no_page(client: httpx.Client, mailed: Mailed) -> None:
    with mailed.newsroom.engine.begin() as connection:
        connection.execute(Subscriber.metadata.tables["subscriber"].update().values(state="forgotten"))
    assert client.get(mailed.path(mailed.jo, mailed.both)).status_code == 404


def test_it_works_after_they_left_and_after_the_topic_was_retired(client: httpx.Client, mailed: Mailed) -> None:
    with mailed.newsroom.engine.begin() as connection:
        tables = Subscriber.metadata.tables
        connection.execute(tables["subscription"].update().values(ended_at=mailed.newsroom.clock, until_release=2))
        connection.execute(tables["topic"].update().values(retired_at=mailed.newsroom.clock))
    assert client.post(mailed.path(mailed.jo, mailed.both), data={"wrong": "ports"}).status_code == 200
    assert len(mailed.marks()) == 1
