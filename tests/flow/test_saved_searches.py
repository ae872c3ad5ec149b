"""Through the whole flow: somebody saves a search and gets what it finds, once, with the reason; nobody else does."""

from __future__ import annotations

from datetime import timedelta

import pytest

from demo.newsroom import Newsroom
from tests.flow.commands import environment_of, sitrep, sitrep_json
from tests.flow.flow import Flow, reader
from tests.flow.test_subscribe_to_mail import BELARUS, DRONES, live_until, only_these, publish, slugs_of
from worker.audience.searches import end_search, public_id_of
from worker.services.searches import save_checked_search

ANN, BEN = "ann@readers.example.org", "ben@readers.example.org"


def save(flow: Flow, address: str, query: str, frequency: str = "daily") -> int:
    with flow.services.session() as session:
        who = public_id_of(session, address)
        saved, _ = save_checked_search(session, who, query, frequency, now=flow.services.now())
    assert saved is not None
    return saved.id


def test_a_search_brings_what_it_finds_beside_the_topics_and_each_article_once(flow: Flow, newsroom: Newsroom) -> None:
    only_these(newsroom, BELARUS, DRONES)
    flow.subscribe([reader("ann", "arctic", "daily"), reader("ben", "belarus", "daily")])
    save(flow, ANN, "Belarus OR Minsk")
    save(flow, BEN, "title:Belarus OR Minsk")
    published = publish(newsroom, flow, BELARUS)
    publish(newsroom, flow, DRONES)
    live_until(newsroom, flow, published + timedelta(days=2))
    assert slugs_of(newsroom, flow, "ann") == {BELARUS: 1}
    assert slugs_of(newsroom, flow, "ben") == {BELARUS: 1}
    (mail,) = flow.mails(ANN)
    assert "OR Minsk" not in mail.text, "a mail's body is shared: nobody's search stands in it"
    told = sitrep(environment_of(flow), "explain", ANN, f"{BELARUS}/")
    assert "your search 'Belarus OR Minsk' found" in " ".join(told.stdout.split())
    assert "title:Belarus" not in told.stdout, "what another searches for is not told of this person"


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_what_no_topic_is_about_still_reaches_who_searches_for_it(flow: Flow, newsroom: Newsroom) -> None:
    only_these(newsroom, BELARUS)
    flow.subscribe([reader("ann", "arctic", "daily"), reader("ben", "arctic", "daily")])
    number = save(flow, ANN, "about:Belarus", "instant")
    publish(newsroom, flow, BELARUS)
    assert slugs_of(newsroom, flow, "ann") == {BELARUS: 1}
    assert slugs_of(newsroom, flow, "ben") == {}
    environment = environment_of(flow)
    (listed,) = sitrep_json(environment, "searches", "list")
    assert (listed["address"], listed["query"], listed["frequency"], listed["found"]) == (
        ANN,
        "about:Belarus",
        "instant",
        1,
    )
    with flow.services.session() as session:
        assert end_search(session, public_id_of(session, ANN), number, now=flow.services.now())
    assert sitrep_json(environment, "searches", "list") == []


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_operators_try_add_and_remove_searches(flow: Flow, newsroom: Newsroom) -> None:
    only_these(newsroom, BELARUS)
    flow.subscribe([reader("ann", "belarus", "daily")])
    publish(newsroom, flow, BELARUS)
    environment = environment_of(flow)
    tried = sitrep_json(environment, "searches", "test", "Belarus -drones*")
    assert (tried["understood"], tried["found"]) == ("belarus AND NOT drones*", tried["looked_at"])
    wrong = sitrep(environment, "searches", "test", "Belarus AND (Minsk")
    assert wrong.returncode == 2
    assert "never closed" in wrong.stderr
    assert wrong.stderr.splitlines()[-1].strip() == "^"
    added = sitrep_json(environment, "searches", "add", ANN, "icebreakers", "--frequency", "weekly")
    assert sitrep_json(environment, "searches", "remove", ANN, str(added["id"])) == {"removed": added["id"]}
    assert sitrep(environment, "searches", "remove", ANN, str(added["id"])).returncode == 1
    assert sitrep(environment, "searches", "add", "nobody@readers.example.org", "ice").returncode == 1
