"""Every captured feed gives what its own index says, and what feedparser says."""

from __future__ import annotations

import calendar
import warnings
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from worker.collect.documents import ParsedArticle
from worker.collect.parse import parse_feed
from worker.collect.plain import one_line

Index = list[dict[str, Any]]


def _cases(index: Index, folder: str) -> list[dict[str, Any]]:
    return [row for row in index if row["file"].startswith(folder + "/")]


def _date(article: ParsedArticle) -> str | None:
    return article.published_at.isoformat()[:19] if article.published_at else None


def _same_person(ours: str, theirs: str) -> bool:
    """feedparser writes `Name (mail)` or `mail (Name)`; we keep the name."""
    return ours == theirs or (bool(ours) and ours in theirs)


def test_every_feed_gives_the_entries_that_two_parsers_agree_on(captured: Path, index: Index) -> None:
    faults = []
    for row in _cases(index, "feeds"):
        expected = row["expected"] or {}
        if "first_title" not in expected:
            continue
        feed = parse_feed((captured / row["file"]).read_bytes())
        first = feed.articles[0]
        found = {
            "entries": len(feed.articles),
            "format": feed.format,
            "feed_title": feed.title,
            "first_title": first.title,
            "first_link": first.url,
            "first_id": first.external_id,
        }
        wanted = {key: expected[key] for key in found if expected.get(key) is not None}
        wanted["first_title"] = one_line(expected["first_title"], limit=500)
        faults += [
            f"{row['file']} {key}: {found[key]!r} for {wanted[key]!r}" for key in wanted if found[key] != wanted[key]
        ]
        if date := expected.get("first_date_utc"):
            faults += [f"{row['file']}: {_date(first)}"] if _date(first) != date[:19] else []
        if author := expected.get("first_author_feedparser"):
            faults += [] if _same_person(first.author, author) else [f"{row['file']}: {first.author!r} for {author!r}"]
    assert faults == []


def test_every_feed_gives_the_items_of_its_own_expectation(captured: Path, index: Index) -> None:
    faults = []
    for row in _cases(index, "feeds"):
        for place, item in enumerate((row["expected"] or {}).get("items", ())):
            article = parse_feed((captured / row["file"]).read_bytes()).articles[place]
            link = item.get("link") or next(iter(item.get("links", ())), None)
            date = item.get("published") or item.get("updated")
            if article.title != (item["title"] or ""):
                faults.append(f"{row['file']} {place}: {article.title!r} for {item['title']!r}")
            if link and article.url.casefold() != link.casefold():
                faults.append(f"{row['file']} {place}: {article.url!r} for {link!r}")
            if date and _date(article) != date[:19]:
                faults.append(f"{row['file']} {place}: {_date(article)} for {date}")
    assert faults == []


def test_no_entry_differs_from_what_feedparser_reads(captured: Path, index: Index) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import feedparser

        faults = []
        for row in _cases(index, "feeds"):
            if row["file"].endswith(".json"):
                continue  # feedparser 6.0 reads no JSON Feed
            data = (captured / row["file"]).read_bytes()
            ours, theirs = parse_feed(data).articles, feedparser.parse(data).entries
            if len(ours) != len(theirs):
                faults.append(f"{row['file']}: {len(ours)} for {len(theirs)}")
            for article, entry in zip(ours, theirs, strict=False):
                faults += [f"{row['file']}: {fault}" for fault in _differences(article, entry)]
    assert faults == []


def _differences(article: ParsedArticle, entry: Any) -> list[str]:
    faults = []
    if article.title != one_line(entry.get("title", ""), limit=500):
        faults.append(f"title {article.title!r} for {entry.get('title')!r}")
    link = entry.get("link", "")
    if article.url != link and link.startswith("http"):
        faults.append(f"link {article.url!r} for {link!r}")
    stamp = entry.get("published_parsed") or entry.get("updated_parsed")
    if stamp and _date(article) != datetime.fromtimestamp(calendar.timegm(stamp), UTC).isoformat()[:19]:
        faults.append(f"date {_date(article)} for {stamp}")
    author = entry.get("author", "")
    if author and not _same_person(article.author, author):
        faults.append(f"author {article.author!r} for {author!r}")
    return faults


def test_wordpress_posts_from_the_rest_api_are_read(captured: Path, index: Index) -> None:
    for row in _cases(index, "wpjson"):
        feed = parse_feed((captured / row["file"]).read_bytes())
        assert (feed.format, len(feed.articles)) == ("wp-json", row["expected"]["posts"])
        for article, item in zip(feed.articles, row["expected"]["items"], strict=True):
            assert (article.url, article.title) == (item["link"], item["title"])
            assert _date(article) == (item["date_gmt"] or item["date"])


def test_sitemaps_are_read_packed_or_not(captured: Path, index: Index) -> None:
    for row in _cases(index, "sitemaps"):
        feed = parse_feed((captured / row["file"]).read_bytes())
        expected = row["expected"]
        assert (len(feed.articles), feed.articles[0].url) == (expected["locs"], expected["first_loc"])
        titles = [one_line(title, limit=500) for title in expected["news_titles"]]
        assert [article.title for article in feed.articles][: len(titles)] == titles


@pytest.mark.parametrize("flaw", ["malformed", "hostile"])
def test_damaged_and_hostile_documents_give_articles_or_a_named_reason(captured: Path, index: Index, flaw: str) -> None:
    for row in _cases(index, flaw):
        feed = parse_feed((captured / row["file"]).read_bytes())
        assert feed.format or feed.error, row["file"]
        for article in feed.articles:
            assert "\n" not in article.title, row["file"]
            assert not article.url.lower().startswith(("javascript:", "data:", "file:")), row["file"]
            assert "root:" not in article.text, row["file"]


def test_malformed_documents_give_what_their_own_expectation_says(captured: Path, index: Index) -> None:
    def first(name: str) -> ParsedArticle:
        return parse_feed((captured / "malformed" / name).read_bytes()).articles[0]

    assert first("fp_encoding_bozo_double-encoded-html.xml").text == "…"
    assert first("fp_encoding_demoronize-1.xml").text == "don’t"
    assert first("fp_encoding_http_text_xml_charset_2.xml").text == "This is a £“test.”"
    euc = parse_feed((captured / "malformed" / "fp_encoding_euc-kr.xml").read_bytes())
    assert (euc.title, euc.error) == ("년", None)
    assert first("fp_illformed_chardet_koi8r.xml").title == "Как пережить новогоднюю ночь"
    for row in _cases(index, "malformed"):
        expect = row["expected"]["expect"] or "not bozo"
        feed = parse_feed((captured / row["file"]).read_bytes())
        if expect.startswith("not bozo"):
            assert feed.error is None, row["file"]
        elif expect.startswith("bozo"):
            assert feed.error or feed.notes, row["file"]
