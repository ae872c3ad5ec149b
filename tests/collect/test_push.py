"""Pushes: subscriptions at a real small hub, verified and renewed; and pushes, which are hints and nothing more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Engine, func, select
from sqlmodel import Session

from tests.collect.conftest import Answer, InProcess, Request, Site, feed, item
from tests.collect.hub import Hub
from tests.web.scene import Newsroom
from tests.web.serving import Server, running_server
from worker.collect.fetch import Fetcher
from worker.collect.fetch.model import AnswerTooSlow, Fetched
from worker.collect.poll import PollResult, poll_source
from worker.collect.push import SPACING, Taken, take_push
from worker.collect.sources import due_sources, sync_sources
from worker.collect.subscribing import ask_hub, due_pushes, end_retired, has_more_pushes
from worker.models import Article, Push, PushState, Source
from worker.schedules.sources import SourceDefinition

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with running_server() as running:
        yield running


@pytest.fixture
def hub() -> Iterator[Hub]:
    opened = Hub()
    yield opened
    opened.close()


@dataclass
class Wire:
    """A source with a hub, our web process, and time that passes for all."""

    session: Session
    site: Site
    hub: Hub
    web: Newsroom
    fetcher: Fetcher
    reader: InProcess
    root: str
    topic: str = ""

    @property
    def now(self) -> datetime:
        return self.web.clock

    def later(self, span: timedelta) -> None:
        self.web.clock += span

    def lists(self, *items: str, links: bool = True) -> None:
        """What the source's feed holds from now on."""
        told = feed(*items)
        if links:
            told = told.replace(
                "<channel>",
                f'<channel><atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="hub" href="{self.hub.url}"/>'
                f'<atom:link xmlns:atom="http://www.w3.org/2005/Atom" rel="self" href="{self.topic}"/>',
            )
        self.site.serve("/feed/", told)

    def poll(self, *, force: bool = True) -> PollResult:
        source_id = self.session.execute(select(Source.id)).scalar_one()  # type: ignore[call-overload]
        return poll_source(self.session, source_id, fetcher=self.fetcher, reader=self.reader, now=self.now, force=force)

    def ask(self) -> list[PushState | None]:
        """Ask hubs for what is due."""
        return [
            ask_hub(self.session, push_id, posts=self.fetcher, callback_root=f"{self.root}/push/", now=self.now)
            for push_id in due_pushes(self.session, now=self.now)
        ]

    @property
    def row(self) -> Push:
        """The latest subscription as it is stored."""
        row = self.session.scalars(select(Push).order_by(Push.id.desc())).first()  # type: ignore[attr-defined]
        assert row is not None
        self.session.refresh(row)
        self.session.commit()
        return row

    @property
    def source(self) -> Source:
        source = self.session.execute(select(Source)).scalar_one()
        self.session.refresh(source)
        self.session.commit()
        return source

    def is_due(self) -> bool:
        return bool(due_sources(self.session, now=self.now))


@pytest.fixture
def wire(
    engine: Engine,
    session: Session,
    site: Site,
    hub: Hub,
    server: Server,
    fetcher: Fetcher,
    reader: InProcess,
    now: datetime,
    tmp_path: Path,
) -> Wire:
    """The source has been polled once; its feed names the hub."""
    web = Newsroom(engine, now, mail_outbox=tmp_path / "outbox")
    server.put_on(web)
    made = Wire(session, site, hub, web, fetcher, reader, server.url, topic=site.url + "/feed/")
    made.lists(item(1))
    definition = SourceDefinition(url=site.url + "/feed/", name="News", allow_private=True, full_text="feed")
    sync_sources(session, [definition], now=now)
    made.poll()
    return made


@pytest.fixture
def pushed(wire: Wire) -> Wire:
    """A subscription is in force, and an hour has passed since the last poll."""
    wire.ask()
    assert wire.row.state == PushState.VERIFIED
    wire.later(HOUR)
    wire.poll()
    wire.later(timedelta(minutes=5))
    return wire


def test_a_hub_named_in_the_feed_is_asked_and_its_challenge_echoed(wire: Wire) -> None:
    wire.ask()
    (subscribed,) = wire.hub.subscribed
    row = wire.row
    assert subscribed.echoed
    assert (subscribed.topic, subscribed.secret) == (wire.topic, row.secret)
    assert (row.state, row.lease_until) == (PushState.VERIFIED, wire.now + DAY)
    assert len(row.token) >= 40
    assert row.token in subscribed.callback
    assert wire.ask() == [], "it is asked once"


def test_a_hub_named_in_link_headers_is_asked(wire: Wire, site: Site) -> None:
    told = f'<{wire.hub.url}>; rel="hub", <{wire.topic}>; rel=self'
    wire.ask()
    wire.lists(item(1), item(2), links=False)
    site.serve("/feed/", feed(item(1), item(2)), Link=told)
    wire.later(HOUR)
    wire.poll()
    assert (wire.row.state, wire.row.hub) == (PushState.VERIFIED, wire.hub.url), "the header says the same"


def test_a_lease_is_renewed_before_it_ends_by_the_same_callback(wire: Wire) -> None:
    wire.ask()
    wire.later(timedelta(hours=17))
    assert wire.ask() == []
    wire.later(timedelta(hours=2))
    wire.ask()
    assert [one.echoed for one in wire.hub.subscribed] == [True, True]
    assert len({one.callback for one in wire.hub.subscribed}) == 1
    assert wire.row.lease_until == wire.now + DAY


def test_a_hub_that_does_not_verify_the_renewal_is_asked_again_and_the_lease_ends(wire: Wire) -> None:
    wire.ask()
    wire.hub.mode = "silent"
    asked = 0
    for _ in range(48):
        wire.later(HOUR)
        asked += len(wire.ask())
    assert 3 <= asked <= 12
    assert wire.row.state == PushState.PENDING
    assert wire.row.reason == "the hub has taken the request and not verified it yet"


@pytest.mark.parametrize(
    ("mode", "state", "reason"),
    [
        ("denies", PushState.DENIED, "not for you"),
        ("refuses", PushState.DENIED, "the hub answers with status 422: We do not know this topic"),
        ("wrong_topic", PushState.PENDING, "the hub has taken the request and not verified it yet"),
        ("no_challenge", PushState.PENDING, "the hub has taken the request and not verified it yet"),
        ("silent", PushState.PENDING, "the hub has taken the request and not verified it yet"),
        ("breaks", PushState.PENDING, "the hub answers with status 500"),
    ],
)
def test_a_hub_that_does_not_want_us_or_misbehaves_changes_nothing_else(
    wire: Wire, mode: str, state: PushState, reason: str
) -> None:
    wire.hub.mode = mode
    assert wire.ask() == [state]
    assert (wire.row.state, wire.row.lease_until) == (state, None)
    assert (wire.row.reason or "").startswith(reason)
    assert "\n" not in (wire.row.reason or "")
    assert wire.ask() == [], "it is left alone for a while"
    wire.hub.mode = "verifies"
    wire.later(DAY)
    wire.ask()
    assert wire.row.state == PushState.VERIFIED


def test_a_hub_that_has_moved_is_followed(wire: Wire) -> None:
    wire.hub.mode = "moves"
    wire.ask()
    assert wire.row.state == PushState.VERIFIED


def test_a_hub_on_a_private_address_is_not_asked_for_a_public_source(wire: Wire) -> None:
    source = wire.source
    source.allow_private = False
    wire.session.add(source)
    wire.session.commit()
    assert wire.ask() == [PushState.DENIED]
    assert wire.hub.requests == []
    assert "not on the public internet" in (wire.row.reason or "")


def test_a_question_that_nobody_asked_for_is_not_answered(wire: Wire) -> None:
    row = wire.row
    question = {"hub.mode": "subscribe", "hub.topic": row.topic, "hub.challenge": "x", "hub.lease_seconds": "60"}
    callback = f"{wire.root}/push/{row.token}"
    assert httpx.get(callback, params=question).status_code == 404, "not asked yet"
    wire.ask()
    assert httpx.get(callback, params=question).status_code == 404, "verified already"
    assert httpx.get(f"{wire.root}/push/guessed", params=question).status_code == 404
    assert httpx.get(callback, params=question | {"hub.mode": "unsubscribe"}).status_code == 404
    assert httpx.get(callback).status_code == 404
    assert wire.row.state == PushState.VERIFIED


@pytest.mark.parametrize("told", ["0", "-1", "soon", "99999999999999999999", None])
def test_a_lease_that_makes_no_sense_is_kept_within_bounds(wire: Wire, told: str | None) -> None:
    wire.hub.lease_seconds = told
    wire.ask()
    until = wire.row.lease_until
    assert until is not None
    assert timedelta(minutes=10) <= until - wire.now <= 30 * DAY


@pytest.mark.parametrize("method", ["sha1", "sha256", "sha384", "sha512"])
def test_a_push_has_the_source_polled_now_and_what_it_holds_is_not_read(pushed: Wire, method: str) -> None:
    assert not pushed.is_due()
    pushed.lists(item(1), item(2))
    answer = pushed.hub.push(feed(item(66, title="Forged")).encode(), method=method)
    assert answer.status_code == 202
    assert pushed.is_due()
    assert pushed.web.hints == [("source", (pushed.source.id,))]
    assert len(pushed.poll(force=False).new) == 1
    titles = pushed.session.execute(select(Article.title)).scalars().all()  # type: ignore[call-overload]
    assert "Forged" not in titles


@pytest.mark.parametrize(
    "given",
    [
        {"secret": "guessed"},
        {"signature": ""},
        {"signature": "sha256="},
        {"signature": "md5=d41d8cd98f00b204e9800998ecf8427e"},
        {"signature": "plain"},
    ],
)
def test_a_push_with_a_wrong_signature_is_taken_and_ignored(pushed: Wire, given: dict[str, Any]) -> None:
    assert pushed.hub.push(b"<rss/>", **given).status_code == 202
    assert not pushed.is_due()
    assert pushed.web.hints == []
    assert pushed.row.last_push_at is None


def test_a_push_that_comes_while_the_source_is_polled_brings_another_poll(pushed: Wire) -> None:
    read_before = feed(item(1))

    def told_meanwhile(_: Request) -> Answer:
        pushed.lists(item(1), item(2))
        pushed.hub.push(b"<rss/>")
        return Answer(200, read_before.encode())

    pushed.site.serve_with("/feed/", told_meanwhile)
    pushed.later(HOUR)
    assert pushed.poll(force=False).new == []
    pushed.later(SPACING)
    assert len(pushed.poll(force=False).new) == 1


def test_pushes_with_http_guids_bring_no_article_twice(pushed: Wire) -> None:
    pushed.lists(item(1), item(2, guid="https://news.example/?p=2"))
    pushed.hub.push(feed(item(2, guid="http://news.example/?p=2")).encode())
    assert len(pushed.poll(force=False).new) == 1
    pushed.later(HOUR)
    pushed.lists(item(1), item(2, guid="http://news.example/?p=2"))
    pushed.hub.push(feed(item(2, guid="http://news.example/?p=2")).encode())
    assert pushed.poll(force=False).new == []
    assert pushed.session.execute(select(func.count(Article.id))).scalar() == 2  # type: ignore[arg-type]


def test_a_storm_of_pushes_brings_one_poll_a_minute(pushed: Wire) -> None:
    polls = 0
    for second in range(0, 180, 4):
        pushed.hub.push(b"<rss>" + b"x" * 10_000 + b"</rss>")
        pushed.poll(force=False)
        polls = pushed.site.asked_for("/feed/") - 2
        pushed.later(timedelta(seconds=4))
        assert polls <= second // SPACING.total_seconds() + 1
    assert polls == 3
    assert len(pushed.web.hints) <= 3


def test_a_body_that_is_too_large_is_refused(pushed: Wire) -> None:
    refused = pushed.hub.push(b"x" * (2 * 1024 * 1024 + 1))
    assert (refused.status_code, refused.headers["x-content-type-options"]) == (413, "nosniff")
    assert not pushed.is_due()


def test_a_source_that_asked_us_to_wait_is_not_asked_sooner_because_of_a_push(pushed: Wire) -> None:
    pushed.site.serve("/feed/", "", status=429, Retry_After="7200")
    pushed.poll()
    pushed.hub.push(b"<rss/>")
    assert not pushed.is_due()


def test_polls_are_rarer_while_pushes_come_and_as_before_when_the_hub_goes_silent(pushed: Wire) -> None:
    def wait_after(*items: str, push: bool) -> timedelta:
        pushed.later(3 * HOUR)
        pushed.lists(item(1), *items)
        if push:
            pushed.hub.push(b"<rss/>")
        following = pushed.poll().next_poll_at
        assert following is not None
        return following - pushed.now

    slow = wait_after(item(2), push=True)
    usual = wait_after(item(2), item(3), push=False)
    assert timedelta(minutes=55) < slow < timedelta(minutes=65)
    assert timedelta(minutes=14) < usual < timedelta(minutes=16)
    assert wait_after(item(2), item(3), item(4), push=True) > timedelta(minutes=55), "the hub is back"


def test_a_feed_that_names_its_hub_no_more_ends_the_subscription(pushed: Wire) -> None:
    pushed.lists(item(1), item(2), links=False)
    pushed.poll()
    assert pushed.row.state == PushState.ENDING
    assert pushed.ask() == [PushState.ENDED]
    assert pushed.hub.requests[-1]["hub.mode"] == "unsubscribe"
    assert pushed.hub.push(b"<rss/>").status_code == 410
    assert not pushed.is_due()


def test_a_source_that_names_another_hub_changes_over(pushed: Wire, hub: Hub) -> None:
    other = Hub()
    try:
        pushed.hub = other
        pushed.lists(item(1), item(2))
        pushed.poll()
        assert sorted(map(str, pushed.ask())) == ["ended", "verified"]
        assert other.subscribed[-1].echoed
        assert hub.requests[-1]["hub.mode"] == "unsubscribe"
        pushed.later(SPACING)
        pushed.hub.push(b"<rss/>")
        assert pushed.is_due()
    finally:
        other.close()


def test_a_source_no_longer_named_leaves_its_hub_even_if_that_does_not_hear(pushed: Wire) -> None:
    sync_sources(pushed.session, [], now=pushed.now)
    end_retired(pushed.session, now=pushed.now)
    pushed.hub.mode = "breaks"
    for _ in range(20):
        pushed.ask()
        pushed.later(DAY)
    assert pushed.row.state == PushState.ENDED
    assert sum(one["hub.mode"] == "unsubscribe" for one in pushed.hub.requests) == 3


def add_pushes(wire: Wire, hub: str, count: int) -> list[int]:
    rows = [
        Push(source_id=wire.source.id, hub=hub, topic=f"t{each}", token=f"{hub} {each}", secret="s", next_at=wire.now)
        for each in range(count)
    ]
    wire.session.add_all(rows)
    wire.session.commit()
    return [row.id for row in rows]


def test_many_sources_at_one_hub_that_hangs_take_one_thread_and_hold_up_no_other_hub(wire: Wire) -> None:
    wire.ask()
    wire.later(timedelta(minutes=1))
    slow_ids = add_pushes(wire, wire.site.url.replace("127.0.0.1", "127.0.0.2") + "/hub", 50)
    (other,) = add_pushes(wire, "https://hub.example/", 1)
    assert due_pushes(wire.session, now=wire.now, limit=20) == [slow_ids[0], other]
    end_turn_slowly(wire, slow_ids[0])
    assert due_pushes(wire.session, now=wire.now, limit=20) == [other]
    assert due_pushes(wire.session, now=wire.now, limit=20, slow=True) == []
    assert has_more_pushes(wire.session, now=wire.now, within=timedelta(seconds=5))
    wire.later(timedelta(seconds=2))
    assert due_pushes(wire.session, now=wire.now, limit=20, slow=True) == [slow_ids[1]]


def end_turn_slowly(wire: Wire, push_id: int) -> None:
    """Ask a hub that never answers, as another source's."""

    class Hangs:
        def post(self, url: str, form: object, *, allow_private: bool = False) -> Fetched:
            assert due_pushes(wire.session, now=wire.now, limit=20, slow=False) != [push_id], "its host is being asked"
            raise AnswerTooSlow(f"{url} did not answer in time")

    ask_hub(wire.session, push_id, posts=Hangs(), callback_root="https://us.example/push/", now=wire.now)


@pytest.mark.parametrize(("address", "told"), [("https://hub.example/", True), ("http://hub.example/", False)])
def test_a_secret_is_told_over_https_alone(wire: Wire, address: str, told: bool) -> None:
    (push_id,) = add_pushes(wire, address, 1)
    asked: list[dict[str, str]] = []

    class Takes:
        def post(self, url: str, form: Mapping[str, str], *, allow_private: bool = False) -> Fetched:
            asked.append(dict(form))
            return Fetched(url, 202)

    ask_hub(wire.session, push_id, posts=Takes(), callback_root="https://us.example/push/", now=wire.now)
    assert ["hub.secret" in form for form in asked] == [told]
    taken = take_push(wire.session, f"{address} 0", b"<rss/>", None, now=wire.now + HOUR)[0]
    assert taken is (Taken.IGNORED if told else Taken.POLL), "an unsigned push is a hint where none can be signed"
