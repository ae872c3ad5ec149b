"""Through the whole flow: a reader did not ask for an article and says so; a topic is merged while a digest waits."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx
import pytest

from demo.newsroom import Newsroom
from tests.flow.commands import environment_of, sitrep, sitrep_json
from tests.flow.flow import Flow, reader
from tests.flow.test_subscribe_to_mail import BELARUS, DRONES, live_until, only_these, publish, slugs_of

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


def test_the_link_of_a_mail_marks_its_article_for_operators_to_see(flow: Flow, newsroom: Newsroom) -> None:
    only_these(newsroom, BELARUS)
    flow.subscribe([reader("ann", "belarus", "instant"), reader("ben", "belarus", "instant")])
    publish(newsroom, flow, BELARUS)
    links = set()
    for name in ("ann", "ben"):
        (mail,) = flow.mails(f"{name}@readers.example.org")
        in_text, in_html = (
            set(re.findall(r"https?://\S+?/feedback/[\w.~-]+/\d+", part)) for part in (mail.text, mail.html)
        )
        assert in_text == in_html
        links |= in_text
    assert len(links) == 2, "each has a link of their own"
    with httpx.Client() as browser:
        page = browser.get(min(links))
        assert "It is not about Belarus" in page.text
        assert "Noted, thank you" in browser.post(min(links), data={"wrong": "belarus"}).text
    environment = environment_of(flow)
    (mark,) = sitrep(environment, "topics", "marks", "--json").stdout.splitlines()
    assert '"labels": {"belarus": "none"}' in mark
    told = [
        step["fact"]
        for name in ("ann", "ben")
        for step in sitrep_json(environment, "explain", f"{name}@readers.example.org", f"{BELARUS}/")["steps"]
        if step["stage"] == "marked"
    ]
    assert told == ["they said that it is not what they asked for under Belarus"]


def test_a_topic_merged_while_a_digest_waits_loses_nothing_and_tells_its_readers(
    flow: Flow, newsroom: Newsroom
) -> None:
    only_these(newsroom, BELARUS, DRONES)
    flow.subscribe([reader("ann", "belarus", "daily"), reader("ben", "drones", "daily")])
    published = publish(newsroom, flow, BELARUS)
    environment = environment_of(flow)
    done = sitrep(environment, "topics", "merge", "belarus", "drones", "--by", "olga", "--yes")
    assert done.returncode == 0, done.stderr
    flow.notify()
    notices = [
        mail for mail in flow.counterpart.mails_to("ann@readers.example.org") if "is now part of" in mail.subject
    ]
    assert [mail.subject for mail in notices] == ["“Belarus” is now part of “Drones”"]
    publish(newsroom, flow, DRONES)
    live_until(newsroom, flow, published + timedelta(days=1))
    assert slugs_of(newsroom, flow, "ann") == {BELARUS: 1, DRONES: 1}
    assert slugs_of(newsroom, flow, "ben") == {DRONES: 1}
    steps = sitrep_json(environment, "explain", "ann@readers.example.org", f"{BELARUS}/")["steps"]
    assert "scheduled" in {step["stage"] for step in steps}
    ended = sitrep_json(environment, "explain", "ann@readers.example.org")["subscriptions"]
    assert {(row["topic"], row["end_reason"]) for row in ended} == {("belarus", "merged"), ("drones", None)}
