"""Subscribe, confirm, an article is released at T, the clock stands at T + 1 d: what lies in the mailbox?"""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select

from demo.accounts import received
from demo.newsroom import Newsroom
from demo.readers import Reader
from tests.flow.flow import Flow, reader
from worker.database import table
from worker.deliver.closing import edition_sums
from worker.models import Delivery, Edition, EditionState, Subscriber

BELARUS = "belarus-court-railway-workers"
DRONES = "loitering-munitions-first-live-trial"
BOTH = "belarus-drone-assembly-line-orsha"
NEITHER = "diary-of-an-office-drone"
DAY = timedelta(days=1)
ON_SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
"""For what differs by no database: the stages' own tests run on both."""


def publish(site: Newsroom, flow: Flow, *slugs: str) -> datetime:
    """An hour on, these articles are out and collected."""
    site.now += timedelta(hours=1)
    for slug in slugs:
        site.publish(slug)
    flow.tick(site.now)
    return site.now


def live_until(site: Newsroom, flow: Flow, end: datetime, *, step: timedelta = timedelta(hours=4)) -> None:
    """Tick every few hours; nothing further is published by hand."""
    while site.now < end:
        site.now = min(site.now + step, end)
        flow.tick(site.now)


def slugs_of(site: Newsroom, flow: Flow, name: str) -> dict[str, int]:
    return dict(received(flow.mails(f"{name}@readers.example.org"), site.url))


def assert_balanced(flow: Flow) -> None:
    with flow.session() as session:
        for edition in session.execute(select(Edition)).scalars():
            assert edition_sums(session, edition.id).balanced
            assert edition.state in (EditionState.CLOSED, EditionState.MISSED)
        doubled = select(func.count()).where(table(Delivery).c.doubled)
        assert session.execute(doubled).scalar_one() == 0


def only_these(site: Newsroom, *slugs: str) -> None:
    """Nothing but these will ever be published beside what stands there already."""
    for slug in site.archive.manuscripts:
        if site.archive.find(slug, site.now) is None and slug not in slugs:
            site.withdraw(slug)


@pytest.mark.parametrize(
    ("frequency", "until_mail", "step"),
    [
        ("instant", timedelta(), timedelta(hours=4)),
        ("daily", DAY, timedelta(hours=5)),
        ("weekly", 7 * DAY, timedelta(hours=20)),
    ],
)
def test_whoever_asked_for_the_topic_gets_the_article_once_at_their_hour(
    flow: Flow, newsroom: Newsroom, frequency: str, until_mail: timedelta, step: timedelta
) -> None:
    only_these(newsroom, BELARUS, NEITHER)
    flow.subscribe([reader("ann", "belarus", frequency), reader("ben", "drones", frequency)])
    released = publish(newsroom, flow, BELARUS, NEITHER)
    if until_mail:
        assert flow.mails() == []
    live_until(newsroom, flow, released + until_mail, step=step)

    assert slugs_of(newsroom, flow, "ann") == {BELARUS: 1}
    assert slugs_of(newsroom, flow, "ben") == {}
    (mail,) = flow.mails()
    assert mail.state == "delivered"
    assert "List-Unsubscribe" in mail.headers
    assert_balanced(flow)

    live_until(newsroom, flow, newsroom.now + 2 * DAY, step=step)
    assert len(flow.mails()) == 1


@ON_SQLITE
def test_one_article_about_two_topics_comes_once_by_the_faster_frequency(flow: Flow, newsroom: Newsroom) -> None:
    only_these(newsroom, BOTH)
    ann = reader("ann", ["belarus", "drones"], "daily")
    flow.subscribe([ann])
    set_frequencies(flow, ann, belarus="instant", drones="daily")
    publish(newsroom, flow, BOTH)
    assert slugs_of(newsroom, flow, "ann") == {BOTH: 1}
    live_until(newsroom, flow, newsroom.now + DAY)
    assert slugs_of(newsroom, flow, "ann") == {BOTH: 1}
    assert_balanced(flow)


def set_frequencies(flow: Flow, who: Reader, **frequencies: str) -> None:
    """By the preference page, whose link stands in each of their mails."""
    with flow.session() as session:
        public_id = session.execute(select(table(Subscriber).c.public_id)).scalar_one()
    browser = flow.browser()
    browser.change(flow.services.links.preferences_url(public_id), frequencies, who)
    browser.close()


@ON_SQLITE
def test_each_reader_s_digest_comes_at_their_own_hour(flow: Flow, newsroom: Newsroom) -> None:
    only_these(newsroom, DRONES)
    zones = {"kathmandu": "Asia/Kathmandu", "berlin": "Europe/Berlin", "stjohns": "America/St_Johns"}
    flow.subscribe(reader(name, "drones", "daily", zone=zone) for name, zone in zones.items())
    publish(newsroom, flow, DRONES)
    for utc_hour in (2, 2.5, 6.5, 7, 11, 11.5, 12):
        flow.tick(newsroom.archive.base + DAY + timedelta(hours=utc_hour))

    came = {
        mail.to.split("@")[0]: datetime.fromtimestamp(mail.received_at, newsroom.now.tzinfo) for mail in flow.mails()
    }
    # 8:00 there, in UTC: Kathmandu's 2:15 is seen by the tick of 2:30, and none comes early.
    assert {name: f"{at:%H:%M}" for name, at in came.items()} == {
        "kathmandu": "02:30",
        "berlin": "07:00",
        "stjohns": "11:30",
    }


@ON_SQLITE
def test_what_was_there_before_the_first_poll_is_sent_to_nobody(flow: Flow, newsroom: Newsroom) -> None:
    only_these(newsroom)
    flow.subscribe([reader("ann", ["arctic", "belarus", "drones"], "instant")])
    live_until(newsroom, flow, newsroom.now + DAY)
    assert flow.mails() == []


@ON_SQLITE
def test_who_never_confirms_gets_nothing(flow: Flow, newsroom: Newsroom) -> None:
    only_these(newsroom, BELARUS)
    browser = flow.browser()
    browser.sign_up(reader("ann", "belarus", "instant"))
    browser.close()
    publish(newsroom, flow, BELARUS)
    live_until(newsroom, flow, newsroom.now + 4 * DAY, step=DAY)
    assert flow.mails() == []
    assert len(flow.counterpart.mails_to("ann@readers.example.org")) == 1


@ON_SQLITE
def test_an_edited_article_is_not_sent_again_and_a_withdrawn_one_not_at_all(flow: Flow, newsroom: Newsroom) -> None:
    only_these(newsroom, BELARUS, DRONES)
    flow.subscribe([reader("ann", ["belarus", "drones"], "instant"), reader("ben", ["belarus", "drones"], "daily")])
    publish(newsroom, flow, BELARUS, DRONES)
    newsroom.edit(BELARUS, title="Belarus Court Jails Six Railway Workers")
    newsroom.withdraw(DRONES)
    live_until(newsroom, flow, newsroom.now + DAY)

    assert slugs_of(newsroom, flow, "ann") == {BELARUS: 1, DRONES: 1}
    assert slugs_of(newsroom, flow, "ben") == {BELARUS: 1}
    (digest,) = flow.mails("ben@readers.example.org")
    assert "Six Railway Workers" in digest.text


@ON_SQLITE
def test_one_click_ends_it_and_what_was_pending_stays_unsent(flow: Flow, newsroom: Newsroom) -> None:
    only_these(newsroom, BELARUS, DRONES)
    flow.subscribe([reader("ann", ["belarus", "drones"], "daily")])
    publish(newsroom, flow, BELARUS)
    live_until(newsroom, flow, newsroom.now + DAY)
    (digest,) = flow.mails()
    publish(newsroom, flow, DRONES)
    browser = flow.browser()
    browser.leave(digest)
    browser.leave(digest)
    browser.close()
    live_until(newsroom, flow, newsroom.now + 2 * DAY)
    assert flow.mails() == [digest]


def test_a_doubled_tick_changes_nothing(flow: Flow, newsroom: Newsroom) -> None:
    only_these(newsroom, BELARUS, DRONES)
    flow.subscribe([reader("ann", "belarus", "instant"), reader("ben", "drones", "daily")])
    publish(newsroom, flow, BELARUS, DRONES)
    for _ in range(3):
        flow.tick()
    live_until(newsroom, flow, newsroom.now + timedelta(hours=10))
    for _ in range(3):
        flow.tick()
    live_until(newsroom, flow, newsroom.now + DAY)
    assert [mail.to.split("@")[0] for mail in flow.mails()] == ["ann", "ben"]
    assert_balanced(flow)
