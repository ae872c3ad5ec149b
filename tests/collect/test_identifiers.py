"""Identifiers that flip, are reused or shared; addresses that move; titles that change: which article is it?"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.collect.newsroom import text_of
from worker.collect.decide import Decisions, Setting, decide
from worker.collect.documents import ParsedArticle
from worker.collect.recognise import Incoming, Known, incoming, likeness

NOW = datetime(2026, 3, 2, 12, 0, 5, tzinfo=UTC)
GUID = "https://news.example/?p=1"
FRIGATE = ParsedArticle(
    external_id=GUID,
    url="https://news.example/frigate-leaves-port-early/",
    title="Frigate leaves port a day early",
    text=text_of(1),
    published_at=NOW,
)
BUDGET = ParsedArticle(
    external_id=GUID,
    url="https://news.example/parliament-votes-on-budget/",
    title="Parliament votes on the budget tonight",
    text=text_of(2),
    published_at=NOW + timedelta(days=2),
)


def changed(article: ParsedArticle, **given: object) -> ParsedArticle:
    values = {name: getattr(article, name) for name in article.__slots__}
    return ParsedArticle(**{**values, **given})  # type: ignore[arg-type]


def stored(article: ParsedArticle, id_: int = 1, *, rendition: str = "") -> Known:
    (item,) = incoming([article], rendition=rendition)
    return Known(
        id_,
        item.external_id,
        item.url_key,
        item.content_hash,
        article.title,
        article.summary,
        article.published_at,
        opening=article.text[:400],
        rendition=rendition,
        modified_at=article.updated_at,
    )


def told(decisions: Decisions) -> tuple[int, int, int]:
    return len(decisions.new), len(decisions.revised), len(decisions.unchanged)


def poll(*articles: ParsedArticle, knowing: tuple[Known, ...], rendition: str = "") -> Decisions:
    return decide(incoming(articles, rendition=rendition), knowing)


SAME = {
    "nothing changed": {},
    "retitled": {"title": "Navy ship sails ahead of schedule"},
    "retitled and moved": {"title": "Navy ship sails", "url": "https://news.example/navy-ship-sails/"},
    "rewritten": {"text": text_of(9)},
    "rewritten and retitled": {"text": text_of(9), "title": "Navy ship sails ahead of schedule"},
    "rewritten and moved": {"text": text_of(9), "url": "https://news.example/b/"},
    "moved to a date's folder, retitled a little": {
        "url": "https://news.example/2026/03/frigate-leaves-port/",
        "title": "Frigate leaves port",
        "text": text_of(9),
    },
    "http": {"external_id": "http://news.example/?p=1"},
    "another identifier": {"external_id": "tag:news.example,2026:1"},
    "another identifier and title": {"external_id": "tag:news.example,2026:1", "title": "Navy ship sails"},
    "another identifier and text": {"external_id": "tag:news.example,2026:1", "text": text_of(9)},
    "another identifier and address": {"external_id": "tag:x,2026:1", "url": "https://www.other.example/1/"},
    "another identifier, address and footer": {
        "external_id": "tag:x,2026:1",
        "url": "https://www.other.example/1/",
        "text": text_of(1) + " Follow us.",
    },
    "no identifier any more": {"external_id": ""},
    "tracking in the address": {"external_id": "", "url": FRIGATE.url + "?utm_source=rss#comments"},
}


@pytest.mark.parametrize("edit", SAME.values(), ids=SAME)
def test_an_article_stays_the_same_whatever_is_edited(edit: dict[str, object]) -> None:
    decisions = poll(changed(FRIGATE, **edit), knowing=(stored(FRIGATE),))
    assert decisions.new == []
    assert decisions.reused == []


def test_an_identifier_that_stands_for_quite_another_article_makes_a_new_one() -> None:
    decisions = poll(BUDGET, knowing=(stored(FRIGATE),))
    assert told(decisions) == (1, 0, 0)
    assert decisions.reused == [1]


def test_a_reused_identifier_without_texts_to_compare_goes_by_address_and_title() -> None:
    bare = changed(BUDGET, text="", summary="")
    assert told(poll(bare, knowing=(stored(changed(FRIGATE, text="")),))) == (1, 0, 0)


def test_after_that_each_is_found_again() -> None:
    aside = Known(**{**_values(stored(FRIGATE)), "external_id": "news.example/?p=1 (until 1)"})
    knowing = (aside, stored(BUDGET, 2))
    assert told(poll(BUDGET, knowing=knowing)) == (0, 0, 1)
    assert told(poll(changed(FRIGATE, external_id="other"), BUDGET, knowing=knowing)) == (0, 0, 2)
    assert told(poll(FRIGATE, BUDGET, knowing=knowing)) == (0, 0, 2)


def _values(known: Known) -> dict[str, object]:
    return {name: getattr(known, name) for name in known.__slots__}


def test_one_identifier_for_several_articles_of_a_poll_identifies_none() -> None:
    first = poll(FRIGATE, BUDGET, knowing=())
    assert len({item.external_id for item in first.new}) == 2
    again = tuple(_known(item, number) for number, item in enumerate(first.new, start=1))
    assert told(poll(BUDGET, FRIGATE, knowing=again)) == (0, 0, 2)
    assert told(poll(BUDGET, knowing=again)) == (0, 0, 1)


def _known(item: Incoming, number: int) -> Known:
    return Known(**{**_values(stored(item.article, number)), "external_id": item.external_id})  # type: ignore[arg-type]


def test_an_article_listed_twice_with_one_identifier_counts_once() -> None:
    again = changed(FRIGATE, url=FRIGATE.url + "?utm_medium=rss", title="Frigate leaves port")
    assert len(poll(FRIGATE, again, knowing=()).new) == 1


def test_a_retitled_article_is_a_revision_of_its_title_only() -> None:
    decisions = poll(changed(FRIGATE, title="Navy ship sails"), knowing=(stored(FRIGATE),))
    assert [revision.changed for revision in decisions.revised] == [("title",)]


def test_what_a_listing_does_not_tell_did_not_change() -> None:
    bare = changed(FRIGATE, title="", text="", external_id="")
    known = Known(**{**_values(stored(bare)), "title": "From its page"})
    assert told(poll(bare, knowing=(known,))) == (0, 0, 1)


def test_a_listing_without_texts_tells_that_a_page_was_edited() -> None:
    bare = changed(FRIGATE, title="", text="", updated_at=NOW)
    known = stored(bare)
    later = changed(bare, updated_at=NOW + timedelta(hours=1))
    assert poll(later, knowing=(known,)).stale == [1]
    assert poll(bare, knowing=(known,)).stale == []


def test_two_renditions_of_one_text_are_no_edit() -> None:
    excerpt = changed(FRIGATE, text=text_of(1)[:200])
    known = stored(excerpt, rendition="rss20")
    decisions = poll(FRIGATE, knowing=(known,), rendition="wp-json")
    assert told(decisions) == (0, 0, 1)
    assert [id_ for id_, _ in decisions.to_follow] == [1]
    assert told(poll(FRIGATE, knowing=(known,), rendition="rss20")) == (0, 1, 0)


def test_articles_of_one_title_at_one_moment_are_one_unless_only_the_day_is_known() -> None:
    moved = changed(FRIGATE, external_id="x", url="https://other.example/1/", text="Short.")
    assert told(poll(moved, knowing=(stored(FRIGATE),))) == (0, 1, 0)
    midnight = NOW.replace(hour=0, minute=0, second=0)
    daily = stored(changed(FRIGATE, published_at=midnight))
    assert told(poll(changed(moved, published_at=midnight), knowing=(daily,))) == (1, 0, 0)


def test_what_is_older_than_the_first_poll_and_stands_below_all_is_archive() -> None:
    setting = Setting(horizon=NOW)
    old = changed(BUDGET, external_id="old", published_at=NOW - timedelta(days=3))
    items = incoming([FRIGATE, old])
    assert [item.external_id for item in decide(items, [stored(FRIGATE)], setting).archived] == ["old"]
    assert decide(list(reversed(items)), [stored(FRIGATE)], setting).archived == []
    undated = incoming([FRIGATE, changed(old, published_at=None)])
    assert decide(undated, [stored(FRIGATE)], setting).archived == []
    assert decide(items, [stored(FRIGATE)], Setting()).archived == []


def test_likeness_is_the_share_of_common_words() -> None:
    assert likeness("frigate leaves port", "Frigate leaves harbour") == 0.5
    assert likeness("", "Frigate") == 0
