"""`sitrep explain` after a few days of the flow: every way to get an article, or not to, is told from the rows."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select

from demo.newsroom import Newsroom
from tests.flow.commands import environment_of, sitrep, sitrep_json
from tests.flow.flow import Flow, reader
from tests.flow.test_subscribe_to_mail import BELARUS, DAY, DRONES, live_until, only_these, publish
from worker.database import table
from worker.models import Subscriber

OLD = "garrison-town-arctic-monkeys"
"""Stood there before the first poll."""
OFF_TOPIC = "academy-rowers-and-the-swan"
pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


def told(flow: Flow, name: str, article: str) -> list[tuple[str, str]]:
    """The stations of an article's way to somebody; the article by the end of its address."""
    found = sitrep_json(environment_of(flow), "explain", f"{name}@readers.example.org", f"{article}/")
    return [(step["stage"], step["fact"]) for step in found["steps"]]


def last(flow: Flow, name: str, article: str) -> tuple[str, str]:
    return told(flow, name, article)[-1]


def test_each_outcome_is_told(flow: Flow, newsroom: Newsroom) -> None:
    alert = flow.services.schedules_dir / "newsletters" / "alert.toml"
    alert.write_text('title = "Alert"\nfrequency = "instant"\nmax_per_day = 1\n')
    flow.upkeep()
    second, mention = "belarus-releases-prisoners", "military-biathlon-results"
    only_these(newsroom, BELARUS, DRONES, OFF_TOPIC, second, mention)
    flow.subscribe(
        [
            reader("got", "belarus", "instant"),
            reader("other", "arctic", "daily"),
            reader("waits", "belarus", "daily"),
            reader("left", "belarus", "daily"),
            reader("away", "belarus", "daily", hour=9),
        ]
    )
    pause(flow, "away")
    publish(newsroom, flow, BELARUS, OFF_TOPIC, mention)
    leave(flow, "left")
    publish(newsroom, flow, second)
    flow.subscribe([reader("late", "belarus", "instant")])

    stages = [stage for stage, _ in told(flow, "got", BELARUS)]
    assert stages[-5:] == ["scheduled", "composed", "delivered", "reported", "reported"]
    assert last(flow, "got", second)[0] == "owed"
    assert any("daily number of alerts" in fact for _, fact in told(flow, "got", second))
    assert last(flow, "other", BELARUS) == ("not theirs", "they have never subscribed to a topic that it is about")
    assert last(flow, "waits", BELARUS) == ("waiting", "for their daily digest, due 2026-03-03 08:00 UTC")
    assert last(flow, "left", BELARUS)[0] == "forfeited"
    assert last(flow, "late", BELARUS)[1].startswith("they subscribed to Belarus on 2026-03-02")
    assert last(flow, "got", OLD)[1].startswith("it was there when its source was first read")
    assert last(flow, "got", OFF_TOPIC) == ("not released", "it is about none of the topics")
    assert [fact for _, fact in told(flow, "got", mention) if fact.startswith("Only mentions Belarus")]

    live_until(newsroom, flow, newsroom.now + DAY)
    assert any("their mail was paused" in fact for _, fact in told(flow, "away", BELARUS))
    assert ("reported", "delivered by the provider") in told(flow, "waits", BELARUS)


def pause(flow: Flow, name: str) -> None:
    """By the preference page: what comes until then is sent afterwards."""
    prefer(flow, name, pause="yes", pause_mode="catch_up", pause_until="2026-03-12")


def leave(flow: Flow, name: str) -> None:
    """By the preference page: the topic is switched off."""
    prefer(flow, name, **{"topic.belarus": "off"})


def prefer(flow: Flow, name: str, **form: str) -> None:
    with flow.session() as session:
        subscriber = session.execute(
            select(Subscriber).where(table(Subscriber).c.address == f"{name}@readers.example.org")
        ).scalar_one()
    answer = httpx.post(flow.services.links.preferences_url(subscriber.public_id), data=form, timeout=30)
    assert answer.status_code == 200


def test_articles_are_found_by_words_of_any_title_they_had_and_other_hits_are_named(
    flow: Flow, newsroom: Newsroom
) -> None:
    second = "belarus-releases-prisoners"
    only_these(newsroom, BELARUS, second)
    flow.subscribe([reader("ann", "belarus", "daily")])
    publish(newsroom, flow, BELARUS, second)
    before = newsroom.article(BELARUS).title
    newsroom.edit(BELARUS, title="Six Sentenced In Minsk")
    live_until(newsroom, flow, newsroom.now + DAY / 6)
    environment = environment_of(flow)

    def found(words: str) -> tuple[str, list[str]]:
        told = sitrep_json(environment, "explain", "ann@readers.example.org", words)
        return told["title"], [other["title"] for other in told["others"]]

    assert found(before) == ("Six Sentenced In Minsk", [])
    assert found("minsk sentenced")[0] == "Six Sentenced In Minsk", "any order, any case"
    first, others = found("belarus")
    assert others
    assert len({first, *others}) == 1 + len(others)
    shown = sitrep(environment, "explain", "ann@readers.example.org", "belarus").stdout
    assert "These fit 'belarus', too" in shown
    assert all(title in shown for title in (first, *others))
    assert sitrep(environment, "explain", "ann@readers.example.org", "belarus zeppelin").returncode == 1
    for odd in (" ", "%", "_", "''"):
        assert sitrep(environment, "explain", "ann@readers.example.org", odd).returncode == 1


def test_a_signup_that_nobody_confirmed_is_told(flow: Flow) -> None:
    browser = flow.browser()
    browser.sign_up(reader("ann", ["drones", "arctic"], "weekly"))
    browser.close()
    flow.notify()
    environment = environment_of(flow)
    found = sitrep_json(environment, "explain", "ann@readers.example.org")
    (signup,) = found["signups"]
    assert (found["state"], found["subscriptions"]) == ("pending", [])
    assert (set(signup["topics"]), signup["frequency"], signup["mail"]) == ({"drones", "arctic"}, "weekly", "accepted")
    shown = sitrep(environment, "explain", "ann@readers.example.org").stdout
    assert "not confirmed yet" in shown
    flow.at(flow.services.now() + 4 * DAY)
    assert "the link is too old" in sitrep(environment, "explain", "ann@readers.example.org").stdout


def test_people_and_articles_nobody_knows_are_one_sentence(flow: Flow) -> None:
    environment = environment_of(flow)
    flow.subscribe([reader("ann", "drones", "daily")])
    for arguments, code, said in (
        (("explain", "nobody@example.org"), 1, "Nobody has signed up as nobody@example.org"),
        (("explain", "not an address"), 2, "@"),
        (("explain", "ann@readers.example.org", "999999"), 1, "No article is known by '999999'"),
        (("editions", "show", "77"), 1, "There is no edition 77"),
        (("editions", "show", str(2**64)), 1, "There is none with the number 18446744073709551616"),
        (("editions", "show", "0"), 1, "There is no edition 0"),
        (("articles", "list", "--source", str(2**64)), 1, "There is no source '18446744073709551616'"),
        (("articles", "list", "--source", "77"), 1, "There is no source '77'"),
    ):
        done = sitrep(environment, *arguments)
        assert (done.returncode, done.stdout) == (code, "")
        assert said in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1


def test_somebody_s_standing_is_told_without_an_article(flow: Flow) -> None:
    flow.subscribe([reader("ann", ["drones", "arctic"], "weekly")])
    found = sitrep_json(environment_of(flow), "explain", "ann@readers.example.org")
    assert (found["state"], found["deliveries"]) == ("active", [])
    assert [(each["topic"], each["frequency"]) for each in found["subscriptions"]] == [
        ("arctic", "weekly"),
        ("drones", "weekly"),
    ]
    assert timedelta(hours=found["hour"]) == timedelta(hours=8)
