"""Which article is this, and what does a poll mean for it."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.collect.conftest import LONG
from worker.collect.decide import Decisions, decide, plausible
from worker.collect.documents import ParsedArticle
from worker.collect.identity import canonical_url, content_hash, external_id, scheme_less, stable_fraction, url_key
from worker.collect.recognise import Incoming, Known, incoming

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def parsed(
    guid: str = "https://news.example/?p=1",
    url: str = "https://news.example/one/",
    title: str = "One",
    text: str = LONG,
    published: datetime | None = None,
) -> ParsedArticle:
    return ParsedArticle(external_id=guid, url=url, title=title, text=text, published_at=published)


def known(item: Incoming, id_: int = 1) -> Known:
    return Known(
        id_, item.external_id, item.url_key, item.content_hash, item.article.title, "", item.article.published_at
    )


def poll(*articles: ParsedArticle, knowing: tuple[ParsedArticle, ...] = ()) -> Decisions:
    old = [known(item, number) for number, item in enumerate(incoming(knowing), start=1)]
    return decide(incoming(articles), old)


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://News.Example/a/?utm_source=x&id=3&fbclid=9", "news.example/a/?id=3"),
        ("http://www.news.example/a/#top", "news.example/a"),
        ("https://news.example/a/#section-2", "news.example/a/#section-2"),
        ("https://news.example:443/a", "news.example/a"),
        ("https://news.example/?p=12&utm_campaign=feed", "news.example/?p=12"),
    ],
)
def test_addresses_are_compared_without_scheme_tracking_and_idle_fragments(url: str, key: str) -> None:
    assert url_key(url) == key


def test_a_canonical_url_stays_canonical() -> None:
    once = canonical_url("https://news.example/a?b=2&a=1&utm_source=q")
    assert canonical_url(once) == once


HEADLINES = ("Navy buys four frigates", "Army closes old barracks", "Air force grounds trainers", "Yard lays a keel")


def undated(number: int, *, site: str = "old") -> ParsedArticle:
    return parsed(f"{site}-{number}", f"https://{site}.example/{site}/{number}", HEADLINES[number], text="")


def test_a_site_without_dates_that_moves_house_is_known_by_its_titles() -> None:
    old = tuple(undated(number) for number in range(4))
    moved = [undated(number, site="new") for number in (0, 1, 3)]
    news = parsed("new-9", "https://new.example/new/9", "Minister opens a shipyard", text="")
    decisions = poll(news, *moved, knowing=old)
    assert [item.external_id for item in decisions.new] == ["new-9"]
    assert {revision.article_id for revision in decisions.revised} == {1, 2, 4}


def test_a_title_that_comes_again_is_no_known_article() -> None:
    old = tuple(undated(number) for number in range(4))
    decisions = poll(undated(0, site="new"), undated(1, site="new"), knowing=old)
    assert len(decisions.new) == 2, "two are too few to tell that a site moved house"
    decisions = poll(undated(0, site="new"), *old[1:], knowing=old)
    assert len(decisions.new) == 1, "the others are known as they were"


@pytest.mark.parametrize(
    ("order", "listed", "new"),
    [
        ((0, 1, 2), (0, 1, 2, 3), False),  # seen in the order in which they stand: 3 moved up from below
        ((2, 1, 0), (0, 1, 2, 3), True),  # the oldest first: 3 was added
        ((0, 0, 0), (0, 1, 2, 3), True),  # all of the first poll: nothing tells their order
        ((2, 0, 1), (0, 1, 2, 3), True),  # pinned, or in no order
        ((0, 1, 2), (3, 0, 1, 2), True),
        ((0, 1, 2), (0, 3, 1, 2), True),
    ],
)
def test_without_dates_what_stands_below_all_known_ones_in_a_listing_that_is_newest_first_was_there(
    order: tuple[int, int, int], listed: tuple[int, ...], new: bool
) -> None:
    stored = incoming(undated(number) for number in range(3))
    old = [
        dataclasses.replace(known(item, number), first_seen_at=NOW - age * timedelta(days=1))
        for number, (item, age) in enumerate(zip(stored, order, strict=True), start=1)
    ]
    decisions = decide(incoming(undated(number) for number in listed), old)
    assert (len(decisions.new), len(decisions.archived)) == ((1, 0) if new else (0, 1))


def test_an_article_is_keyed_by_guid_then_address_then_content() -> None:
    assert external_id("http://News.example/?p=1", "https://x.example/a", "h") == "news.example/?p=1"
    assert external_id("", "https://x.example/a/", "h") == "x.example/a"
    assert external_id("", "", "h") == "content:h"
    assert scheme_less("tag:news.example,2026:1") == "tag:news.example,2026:1"


def test_typography_and_spacing_do_not_change_the_content() -> None:
    assert content_hash("It’s “on”", "a  b\n\nc") == content_hash('It\'s "on"', "a b c")
    assert content_hash("A", "b") != content_hash("A", "c")


def test_the_stable_fraction_is_one_and_spread() -> None:
    values = [stable_fraction("source", number) for number in range(1000)]
    assert values == [stable_fraction("source", number) for number in range(1000)]
    assert 0 <= min(values) < 0.01 < 0.99 < max(values) < 1


def test_what_is_not_known_is_new() -> None:
    decided = poll(parsed())
    assert [item.external_id for item in decided.new] == ["news.example/?p=1"]


def test_what_is_known_is_unchanged_also_when_its_guid_flips_to_https() -> None:
    decided = poll(parsed(guid="http://news.example/?p=1"), knowing=(parsed(),))
    assert (decided.new, decided.revised, len(decided.unchanged)) == ([], [], 1)


def test_an_edited_text_is_a_revision_and_says_what_changed() -> None:
    decided = poll(parsed(text=LONG + " Corrected."), knowing=(parsed(),))
    assert [(revision.article_id, revision.changed) for revision in decided.revised] == [(1, ("text",))]


def test_a_retitled_article_is_a_revision_also_where_the_title_is_in_the_guid() -> None:
    decided = poll(parsed(guid="Two", title="Two"), knowing=(parsed(guid="One", title="One"),))
    assert [revision.changed for revision in decided.revised] == [("title",)]
    assert decided.new == []


def test_a_moved_article_is_found_by_its_content() -> None:
    moved = parsed(guid="new", url="https://news.example/2026/one/")
    decided = poll(moved, knowing=(parsed(guid="old"),))
    assert [revision.changed for revision in decided.revised] == [("url",)]


def test_two_articles_of_one_poll_with_one_address_are_two() -> None:
    decided = poll(parsed(guid="a", title="A"), parsed(guid="b", title="B"))
    assert len(decided.new) == 2
    again = poll(
        parsed(guid="c", title="C"),
        parsed(guid="b", title="B"),
        knowing=(parsed(guid="a", title="A"), parsed(guid="b")),
    )
    assert [item.external_id for item in again.new] == ["c"]


def test_a_front_page_that_every_item_links_to_identifies_none() -> None:
    front = "https://kernel.example/"
    decided = poll(parsed(guid="5.8", url=front, title="5.8", text="x"), knowing=(parsed("5.7", front, "5.7", "x"),))
    assert [item.external_id for item in decided.new] == ["5.8"]


def test_two_short_notices_with_the_same_words_are_two() -> None:
    decided = poll(
        parsed("b", "https://news.example/b/", "Live", "Watch now"),
        knowing=(parsed("a", "https://news.example/a/", "Live", "Watch now"),),
    )
    assert len(decided.new) == 1


def test_an_item_listed_twice_counts_once() -> None:
    assert len(poll(parsed(), parsed()).new) == 1


def test_an_article_taken_out_of_the_middle_is_missing_and_one_pushed_out_is_not() -> None:
    def at(day: int) -> ParsedArticle:
        return parsed(
            f"g{day}", f"https://news.example/{day}/", f"Day {day}", f"{LONG} {day}", datetime(2026, 3, day, tzinfo=UTC)
        )

    old = tuple(at(day) for day in range(1, 11))
    decided = poll(*(at(day) for day in (3, 4, 5, 6, 7, 9, 10)), knowing=old)
    assert decided.missing == [8]


def test_dates_that_lie_are_none() -> None:
    assert plausible(datetime(1970, 1, 1, tzinfo=UTC), now=NOW) is None
    assert plausible(NOW + timedelta(days=2), now=NOW) is None
    assert plausible(NOW + timedelta(hours=3), now=NOW) == NOW + timedelta(hours=3)
    assert plausible(None, now=NOW) is None


_ITEM = st.builds(
    parsed,
    guid=st.sampled_from(["", "a", "b", "http://n.example/?p=1", "https://n.example/?p=1"]),
    url=st.sampled_from(
        ["", "https://n.example/", "https://n.example/x/", "http://n.example/x", "https://n.example/y"]
    ),
    title=st.sampled_from(["", "T", "U"]),
    text=st.sampled_from(["", "short", LONG, LONG + " More."]),
)


@given(st.lists(st.lists(_ITEM, max_size=5), max_size=6))
def test_whatever_is_polled_each_article_is_one_row_and_a_second_poll_adds_nothing(
    polls: list[list[ParsedArticle]],
) -> None:
    rows: dict[int, Known] = {}
    for articles in polls:
        polled = incoming(articles)
        decided = decide(polled, rows.values())
        touched = [revision.article_id for revision in decided.revised] + [id_ for id_, _ in decided.unchanged]
        assert len(touched) == len(set(touched))
        assert len(decided.new) + len(touched) == len(polled)
        keep = {revision.article_id: revision.incoming for revision in decided.revised} | dict(decided.unchanged)
        rows.update({id_: known(item, id_) for id_, item in keep.items()})
        for item in decided.new:
            rows[len(rows) + 1] = known(item, len(rows) + 1)
        ids = [row.external_id for row in rows.values()]
        assert len(ids) == len(set(ids))
        again = decide(polled, rows.values())
        assert (again.new, again.revised) == ([], [])
