"""What operators decide about single articles: released although withheld, sent as an update, taken out."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from demo.newsroom import Newsroom
from tests.flow.commands import environment_of, sitrep, sitrep_json
from tests.flow.flow import Flow, reader
from tests.flow.test_explain import told
from tests.flow.test_subscribe_to_mail import BELARUS, DAY, DRONES, live_until, only_these, publish, slugs_of
from worker.database import table
from worker.models import Article, Story

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


def baseline(flow: Flow, newsroom: Newsroom, label: str) -> tuple[int, str]:
    """An article about this topic that stood there at the first poll: its number and its slug."""
    known = {each.slug for each in newsroom.published if label in each.labels}
    with flow.session() as session:
        for article in session.execute(select(Article).where(table(Article).c.baseline)).scalars():
            slug = article.url.rstrip("/").rpartition("/")[2]
            if slug in known:
                return article.id, slug
    raise AssertionError(f"no article of the baseline is about {label}")


def number_of(flow: Flow, slug: str) -> int:
    with flow.session() as session:
        return session.execute(select(Article.id).where(table(Article).c.url.contains(slug))).scalar_one()


def test_an_article_of_the_first_poll_can_be_sent_after_all(flow: Flow, newsroom: Newsroom) -> None:
    only_these(newsroom)
    flow.subscribe([reader("ann", ["arctic", "belarus", "drones"], "instant")])
    article_id, slug = baseline(flow, newsroom, "arctic")
    assert told(flow, "ann", slug)[1:] == [
        ("matched", "part of its source's first poll, so nobody judged it"),
        ("not released", "it was there when its source was first read: such articles are known, and sent to nobody"),
    ]
    released = sitrep_json(environment_of(flow), "articles", "release", str(article_id), "--by", "Olga")
    assert released["release_number"] == 1
    flow.tick()
    assert slugs_of(newsroom, flow, "ann") == {slug: 1}
    stages = [stage for stage, _ in told(flow, "ann", slug)]
    assert ("matched" in stages, stages[-1]) == (True, "reported")


def test_an_article_about_nothing_is_released_once_a_definition_finds_it(flow: Flow, newsroom: Newsroom) -> None:
    rowers = "academy-rowers-and-the-swan"
    only_these(newsroom, rowers)
    flow.subscribe([reader("ann", "arctic", "instant")])
    publish(newsroom, flow, rowers)
    environment, number = environment_of(flow), number_of(flow, rowers)
    refused = sitrep(environment, "articles", "release", str(number), "--by", "Olga")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "is about no topic" in refused.stderr
    path = flow.services.schedules_dir / "topics" / "arctic.toml"
    path.write_text('title = "Arctic"\nwords = ["swan", "rower", "rowers", "rowing"]\n')
    assert flow.upkeep() == []
    assert sitrep_json(environment, "articles", "release", str(number), "--by", "Olga")["release_number"] == 1
    flow.tick()
    assert slugs_of(newsroom, flow, "ann") == {rowers: 1}


def test_an_update_goes_out_although_its_story_is_told(flow: Flow, newsroom: Newsroom) -> None:
    second = "belarus-releases-prisoners"
    only_these(newsroom, BELARUS, second)
    flow.subscribe([reader("ann", "belarus", "instant")])
    publish(newsroom, flow, BELARUS)
    newsroom.now += DAY / 24
    newsroom.publish(second)
    flow.at(newsroom.now)
    flow.collect()
    with flow.session() as session:
        story = Story(created_at=newsroom.now)
        session.add(story)
        session.flush()
        for slug in (BELARUS, second):
            article = session.execute(select(Article).where(table(Article).c.url.contains(slug))).scalar_one()
            article.story_id = story.id
        session.commit()
    flow.tick(newsroom.now)
    assert told(flow, "ann", second)[-1][0] == "not released"
    environment, number = environment_of(flow), number_of(flow, second)
    released = sitrep_json(environment, "articles", "update", str(number), "--by", "Olga")
    assert released["release_number"] == 2
    flow.tick(newsroom.now)
    assert slugs_of(newsroom, flow, "ann") == {BELARUS: 1, second: 1}
    again = sitrep(environment, "articles", "update", str(number), "--by", "Olga")
    assert (again.returncode, "is released already" in again.stderr) == (2, True)


def test_what_an_operator_withdrew_stays_so_until_it_is_released_by_hand(flow: Flow, newsroom: Newsroom) -> None:
    only_these(newsroom, BELARUS)
    flow.subscribe([reader("ann", "belarus", "daily")])
    publish(newsroom, flow, BELARUS)
    environment, number = environment_of(flow), str(number_of(flow, BELARUS))
    sitrep_json(environment, "articles", "withdraw", number, "--by", "Olga")
    live_until(newsroom, flow, newsroom.now + DAY)
    assert slugs_of(newsroom, flow, "ann") == {}, "though its source lists it as before"
    sitrep_json(environment, "articles", "release", number, "--by", "Olga")
    live_until(newsroom, flow, newsroom.now + DAY)
    assert slugs_of(newsroom, flow, "ann") == {BELARUS: 1}


def test_what_a_withdrawal_came_between_is_told_in_its_order(flow: Flow, newsroom: Newsroom) -> None:
    only_these(newsroom, BELARUS, DRONES)
    flow.subscribe([reader("ann", ["belarus", "drones"], "instant"), reader("ben", ["belarus", "drones"], "daily")])
    publish(newsroom, flow, BELARUS)
    flow.at(newsroom.now + DAY / 24)
    sitrep_json(environment_of(flow), "articles", "withdraw", str(number_of(flow, BELARUS)), "--by", "Olga")
    assert told(flow, "ben", BELARUS)[-2:] == [
        ("withdrawn", "it is in no mail from then on (operator: Olga)"),
        ("left out", "it was withdrawn before its turn came"),
    ]
    assert told(flow, "ann", BELARUS)[-1] == ("withdrawn", "it is in no mail from then on (operator: Olga)")
    live_until(newsroom, flow, newsroom.now + DAY)
    assert told(flow, "ben", BELARUS)[-1] == ("left out", "it was withdrawn before its turn came")
