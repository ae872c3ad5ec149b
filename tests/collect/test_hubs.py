"""What sources say about their hub, and hubs about their subscriptions: pure."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.collect.hubs import granted_lease, hub_and_topic, is_signed, linked, renew_after, retry_after
from worker.collect.parse import parse_feed
from worker.services.pushes import callback_root
from worker.settings import Settings

FEED = "https://news.example/feed/"


@pytest.mark.parametrize(
    ("header", "links"),
    [
        ('<https://hub.example/>; rel="hub"', [("hub", "https://hub.example/")]),
        ("<https://hub.example/>;rel=hub , </feed/>; REL=self", [("hub", "https://hub.example/"), ("self", FEED)]),
        ('<https://hub.example/?a=1,2>; title="a, b; c"; rel="x HUB"', [
            ("x", "https://hub.example/?a=1,2"), ("hub", "https://hub.example/?a=1,2")]),
        ("<https://hub.example/>", []),
        ("<javascript:alert(1)>; rel=hub", []),
        ("<http://[half>; rel=hub", []),
        ("garbage <<>>; rel", []),
        ("", []),
        (None, []),
    ],
)  # fmt: skip
def test_link_headers_are_read(header: str | None, links: list[tuple[str, str]]) -> None:
    assert linked(header, FEED) == links


def test_the_header_goes_before_the_feed_and_both_hub_and_topic_are_needed() -> None:
    in_feed = [("hub", "https://one.example/"), ("hub", "https://two.example/"), ("self", FEED)]
    assert hub_and_topic([], in_feed) == ("https://one.example/", FEED)
    assert hub_and_topic([("hub", "https://three.example/")], in_feed) == ("https://three.example/", FEED)
    assert hub_and_topic([], in_feed[:2]) is None
    assert hub_and_topic([], [("self", FEED)]) is None


@pytest.mark.parametrize(
    ("head", "seconds"),
    [
        ("<ttl>60</ttl>", 3600),
        ("<ttl> 5 </ttl>", 300),
        ("<ttl>0</ttl>", None),
        ("<ttl>soon</ttl>", None),
        ("<sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>1</sy:updateFrequency>", 3600),
        ("<sy:updatePeriod>\n\tdaily\t</sy:updatePeriod><sy:updateFrequency>\n\t4\t</sy:updateFrequency>", 21_600),
        ("<sy:updatePeriod>weekly</sy:updatePeriod>", 604_800),
        ("<sy:updatePeriod>never</sy:updatePeriod>", None),
        ("", None),
    ],
)
def test_a_feeds_own_pace_is_read_before_its_first_article(head: str, seconds: int | None) -> None:
    document = (
        '<rss version="2.0" xmlns:sy="http://purl.org/rss/1.0/modules/syndication/"><channel><title>N</title>'
        f"{head}<item><title>A</title><link>https://news.example/1</link><ttl>7</ttl></item></channel></rss>"
    )
    assert parse_feed(document.encode()).pace_seconds == seconds


@given(st.binary(max_size=50), st.one_of(st.none(), st.text(max_size=80)))
def test_only_the_right_signature_is_believed(body: bytes, signature: str | None) -> None:
    assert not is_signed(body, signature, secret="s" * 32)


@given(st.one_of(st.none(), st.text(max_size=30)), st.integers(-5, 10_000))
def test_leases_and_retries_are_bounded(told: str | None, tries: int) -> None:
    lease = granted_lease(told)
    assert timedelta(minutes=10) <= lease <= timedelta(days=30)
    assert timedelta() < renew_after(lease) < lease
    assert timedelta(minutes=10) <= retry_after(tries) <= timedelta(days=1)


@pytest.mark.parametrize(
    ("base_url", "push", "asked"),
    [
        ("https://mail.news.example", "auto", True),
        ("https://mail.news.example/sub", "auto", True),
        ("http://mail.news.example", "auto", False),
        ("https://localhost", "auto", False),
        ("https://news.local", "auto", False),
        ("https://10.0.0.5", "auto", False),
        ("https://[::1]:8000", "auto", False),
        ("https://9.9.9.9", "auto", True),
        ("http://127.0.0.1:8000", "on", True),
        ("https://mail.news.example", "off", False),
    ],
)
def test_hubs_are_asked_where_they_can_reach_us(base_url: str, push: str, asked: bool) -> None:
    root = callback_root(Settings(base_url=base_url, push=push))  # type: ignore[arg-type]
    assert root == (f"{base_url}/push/" if asked else None)
