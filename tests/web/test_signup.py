from __future__ import annotations

import re
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import update
from sqlmodel import Session

from tests.audience.scene import count, person, suppress
from tests.web.scene import FORM, Newsroom
from worker.audience.consent import WORDING_IN_FORCE, WORDINGS
from worker.database import session_on, table
from worker.models import Newsletter, Signup, Subscriber, SubscriberState, Topic


def test_the_form_offers_what_there_is(client: httpx.Client, newsroom: Newsroom) -> None:
    page = client.get("/")
    assert page.status_code == 200
    for text in ("Drones", "All about arctic.", "At once", "Weekly", "Europe/Berlin", "Asia/Kathmandu"):
        assert text in page.text
    assert WORDINGS[WORDING_IN_FORCE].format(site=newsroom.site.name) in page.text


def test_the_form_offers_no_frequency_that_nobody_serves(client: httpx.Client, newsroom: Newsroom) -> None:
    with session_on(newsroom.engine) as session:
        session.execute(update(table(Newsletter)).where(table(Newsletter).c.slug == "weekly").values(active=False))
        session.commit()
    page = client.get("/").text
    assert 'value="weekly"' not in page
    assert "Day of the week" not in page
    assert client.post("/subscribe", data=FORM | {"frequency": "weekly"}).status_code == 422


def test_an_installation_without_topics_says_so(client: httpx.Client, newsroom: Newsroom) -> None:
    with session_on(newsroom.engine) as session:
        session.execute(update(table(Topic)).values(retired_at=newsroom.now()))
        session.commit()
    page = client.get("/")
    assert page.status_code == 200
    assert "nothing to subscribe to yet" in page.text
    assert "<form" not in page.text


def test_signing_up_leads_to_the_confirmation_and_mails_it(client: httpx.Client, newsroom: Newsroom) -> None:
    page = client.post("/subscribe", data=FORM)
    assert page.status_code == 200
    assert "Check your mail" in page.text
    assert "jo@example.org" in page.text
    assert "72 hours" in page.text
    ((name, ids),) = newsroom.hints
    assert name == "notice"
    assert len(ids) == 1


def prepare(session: Session, newsroom: Newsroom, kind: str) -> None:
    if kind in ("pending", "active", "unsubscribed", "suppressed"):
        person(session, newsroom.now(), "jo@example.org", SubscriberState(kind))
    if kind in ("suppressed", "complained", "operator"):
        suppress(session, "jo@example.org", "bounced" if kind == "suppressed" else kind, newsroom.now())


@pytest.mark.parametrize("times", [1, 6])
def test_every_state_of_the_address_gets_the_same_page(client: httpx.Client, newsroom: Newsroom, times: int) -> None:
    answers = set()
    for kind in ("new", "pending", "active", "unsubscribed", "suppressed", "complained", "operator"):
        with session_on(newsroom.engine) as session:
            for model in ("notice", "consent", "signup", "subscriber", "suppression"):
                session.execute(Subscriber.metadata.tables[model].delete())
            session.commit()
            prepare(session, newsroom, kind)
        for _ in range(times):
            newsroom.clock += timedelta(minutes=3)
            page = client.post("/subscribe", data=FORM)
            headers = tuple((name, value) for name, value in page.headers.items() if name != "date")
            answers.add((page.status_code, headers, page.text))
    assert len(answers) == 1


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"address": ""}, "address", "Please enter your email address."),
        ({"address": "jo"}, "address", "The @ is missing."),
        ({"topics": []}, "topics", "Please choose at least one topic."),
        ({"topics": ["drones", "no-such"]}, "topics", "no longer on offer"),
        ({"frequency": "hourly"}, "frequency", "Please choose how often"),
        ({"zone": "Mars/Olympus"}, "zone", "Please choose your time zone"),
        ({"zone": "localtime"}, "zone", "Please choose your time zone"),
        ({"zone": "../../etc/passwd"}, "zone", "Please choose your time zone"),
        ({"hour": "24"}, "hour", "Please choose an hour"),
        ({"hour": "eight"}, "hour", "Please choose an hour"),
        ({"hour": "٣"}, "hour", "Please choose an hour"),
        ({"weekday": "-2"}, "weekday", "Please choose a day"),
    ],
)
def test_a_fault_is_shown_beside_its_field_and_what_was_typed_is_kept(
    client: httpx.Client, newsroom: Newsroom, changes: dict[str, object], field: str, says: str
) -> None:
    page = client.post("/subscribe", data=FORM | changes)
    assert page.status_code == 422
    assert page.text.count(says) == 2, "once in the summary, once beside the field"
    assert f'href="#{field}"' in page.text
    assert f'id="{field}"' in page.text
    assert f'id="{field}-fault"' in page.text
    if field != "address":
        assert 'value="jo@example.org"' in page.text
    if field != "topics":
        assert re.search(r'value="drones"[^>]* checked', page.text)
    assert newsroom.hints == []
    with session_on(newsroom.engine) as session:
        assert count(session, Subscriber) == count(session, Signup) == 0


def test_all_faults_are_told_at_once(client: httpx.Client) -> None:
    page = client.post("/subscribe", data={})
    assert page.status_code == 422
    for field in ("topics", "frequency", "zone", "address"):
        assert f'id="{field}-fault"' in page.text
    assert "<title>Please check: " in page.text


def test_what_was_typed_comes_back_escaped(client: httpx.Client) -> None:
    page = client.post("/subscribe", data=FORM | {"address": '"><script>alert(1)</script>', "zone": "<b>x</b>"})
    assert page.status_code == 422
    assert "<script>alert" not in page.text
    assert "<b>x" not in page.text


def test_a_zone_by_an_older_name_is_taken(client: httpx.Client, newsroom: Newsroom) -> None:
    assert client.post("/subscribe", data=FORM | {"zone": "Asia/Calcutta"}).status_code == 200
    page = client.post("/subscribe", data=FORM | {"zone": "Asia/Calcutta", "topics": []})
    assert re.search(r'<option value="Asia/Calcutta" selected>', page.text)


def test_multipart_forms_are_read_too(client: httpx.Client, newsroom: Newsroom) -> None:
    fields = [(name, (None, value)) for name, value in FORM.items() if isinstance(value, str)]
    fields += [("topics", (None, "arctic")), ("topics", ("f.txt", b"a file is not a topic"))]
    page = client.post("/subscribe", files=fields)
    assert page.status_code == 200
    assert newsroom.hints


def test_a_language_that_is_not_on_offer_becomes_english(client: httpx.Client, newsroom: Newsroom) -> None:
    newsroom.join(client, language="xx")
    assert newsroom.person().language == "en"
