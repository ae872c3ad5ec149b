"""Articles out of pages."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.collect.conftest import LONG, unpacked
from worker.collect.documents import ExtractedPage
from worker.collect.extract import extract_page
from worker.collect.extract.guards import clean_lines
from worker.collect.plain import plain_text

Index = list[dict[str, Any]]


def page(*body: str, head: str = "<title>Ships sail - News</title>") -> str:
    return f"<!doctype html><html lang='en-GB'><head>{head}</head><body>{''.join(body)}</body></html>"


ARTICLE = f"<h1>Ships sail</h1><p>One. {LONG}</p><p>Two. {LONG}</p>"


def test_furniture_around_an_article_goes() -> None:
    extracted = extract_page(
        page(
            "<nav><ul><li><a href='/d'>Drones and more drones for everybody who reads this menu</a></li></ul></nav>",
            "<div class='post-share'><a>Facebook</a><a>Twitter</a></div>",
            f"<article>{ARTICLE}</article>",
            "<div class='author-box'><p>Ada Brown writes about ships and has done so for twenty long years.</p></div>",
            "<section class='related-posts'><h4>Related Posts</h4>"
            "<p>Arctic base opens, and everybody came to see.</p></section>",
            "<div id='comments'><p>First comment, which is long enough to be taken for a paragraph of it.</p></div>",
            "<aside class='sidebar'><p>What is hot: the Arctic, told in a sentence of some length.</p></aside>",
        )
    )
    assert extracted.text == f"One. {LONG}\n\nTwo. {LONG}"
    assert (extracted.title, extracted.language, extracted.error) == ("Ships sail", "en-GB", None)


def test_a_body_in_an_element_with_an_unlucky_name_stays() -> None:
    assert extract_page(page(f"<div class='content with-sidebar'>{ARTICLE}</div>")).text.startswith("One.")
    assert extract_page(page(f"<div class='related-content-wrapper'>{ARTICLE}</div>")).text.startswith("One.")


def test_what_a_page_says_about_its_article_is_read_from_json_ld() -> None:
    data = {
        "@graph": [
            {"@type": "WebSite", "name": "News"},
            {
                "@type": ["NewsArticle"],
                "headline": "Ships sail",
                "datePublished": "2026-03-01T08:00:00+02:00",
                "author": [{"@type": "Person", "name": "Ada Brown"}, {"name": "Bo Li"}],
                "image": {"url": "/ships.jpg"},
            },
        ]
    }
    linked = f"<script type='application/ld+json'>{json.dumps(data)}</script>"
    head = f"<title>x</title><link rel='canonical' href='/ships/'>{linked}"
    extracted = extract_page(page(ARTICLE, head=head), url="https://news.example/ships/?utm_source=x")
    assert extracted.author == "Ada Brown, Bo Li"
    assert extracted.published_at == datetime(2026, 3, 1, 6, tzinfo=UTC)
    assert extracted.image_url == "https://news.example/ships.jpg"
    assert extracted.canonical_url == "https://news.example/ships/"


def test_a_canonical_address_on_another_site_is_not_believed() -> None:
    head = "<title>x</title><link rel='canonical' href='https://other.example/'>"
    assert extract_page(page(ARTICLE, head=head), url="https://news.example/a").canonical_url is None


@pytest.mark.parametrize(
    ("markup", "author"),
    [
        ("<meta name='author' content='Ada Brown'>", "Ada Brown"),
        ("<meta property='article:author' content='https://facebook.com/ada'>", ""),
        ("<span class='byline'>By Ada Brown</span>", "Ada Brown"),
        ("<a rel='author' href='/ada'>Ada Brown</a>", "Ada Brown"),
    ],
)
def test_authors_are_names(markup: str, author: str) -> None:
    assert extract_page(page(markup, ARTICLE)).author == author


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("Related Posts", False),
        ("You may also like", False),
        ("Leave a Reply", False),
        ("The post Ships sail appeared first on News.", False),
        ("Subscribe now to our edition for the full story.", False),
        ("ALSO READ: Another article", False),
        ("Follow us on Twitter for more", False),
        ("© 2026 News. All rights reserved.", False),
        ("Ada Brown is a senior reporter covering the navy.", False),
        ("Share", False),
        ("The related posts were abolished by the ministry.", True),
        ("Readers will follow the ships on their way north.", True),
        ("Subscribe to the idea or not, the fleet sails.", True),
        ("Ada Brown, the minister, said that the fleet sails.", True),
        ("Comments by the minister did not help the matter.", True),
    ],
)
def test_a_last_line_that_is_furniture_goes_and_others_stay(line: str, kept: bool) -> None:
    text = clean_lines(f"One. {LONG}\nTwo. {LONG}\n{line}", title="Ships sail", author="")
    assert (line in text) is kept
    assert "Two." in text


def test_everything_after_related_posts_goes() -> None:
    lines = f"One. {LONG}\nRelated Posts\nArctic base opens\nA long story. {LONG} {LONG} {LONG} {LONG}"
    assert clean_lines(lines, title="Ships sail", author="") == f"One. {LONG}"


def test_a_heading_that_repeats_the_title_and_the_byline_go() -> None:
    assert (
        clean_lines(f"Ships sail\nBy Ada Brown\nOne. {LONG}", title="Ships Sail", author="Ada Brown") == f"One. {LONG}"
    )


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"\x1f\x8b damaged", "damaged gzip"),
        (b"<html><body><form>Hi</form></body></html>", "no article text"),
        (b"<p " + b" ".join(b"a%d=1" % n for n in range(5000)) + b">x</p>", "too complex"),
        (b"<p>x</p>" * 70_000, "too complex"),
    ],
)
def test_what_holds_no_article_gives_a_named_reason(data: bytes, reason: str) -> None:
    assert (extract_page(data).error or "").startswith(reason)


def test_a_page_goes_through_json_unchanged() -> None:
    extracted = extract_page(page(ARTICLE))
    assert ExtractedPage.from_json(json.loads(json.dumps(extracted.to_json()))) == extracted


@given(st.binary(max_size=300))
def test_no_bytes_make_the_extractor_raise(data: bytes) -> None:
    extract_page(data)


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("<P>One<BR>Two</P>", "One\n\nTwo"),
        ("a <b>bold</b> <a href='x'>link</a>", "a bold link"),
        ("<ul><li>a</li><li>b</li></ul>", "a\n\nb"),
        ("x<script>alert(1)</script><style>p{}</style>y", "xy"),
        ("1 &lt; 2 &amp; 3", "1 < 2 & 3"),
        ("no markup\n\nat all", "no markup\n\nat all"),
        ("<figure><img src=a><figcaption>Caption</figcaption></figure><p>Text</p>", "Text"),
        ("<p>\u200bzero\u00ad width\x07</p>", "zero width"),
        ("", ""),
    ],
)
def test_html_becomes_paragraphs(markup: str, text: str) -> None:
    assert plain_text(markup, limit=1000) == text


def test_deep_nesting_costs_no_more_than_reading() -> None:
    assert plain_text("<div>" * 50_000 + "deep" + "</div>" * 50_000, limit=1000) == "deep"


# --- the captured pages -------------------------------------------------------------------------------------------


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    return Counter(tuple(words[start : start + 4]) for start in range(max(1, len(words) - 3)))


def test_the_captured_pages_give_their_articles_and_little_else(captured: Path, index: Index) -> None:
    shares = []
    leaked = missed = lines = 0
    for row in index:
        if not row["file"].startswith("articles/"):
            continue
        expected = row["expected"]
        text = extract_page(unpacked(captured / row["file"]), url=row.get("url") or "").text
        if "articleBody" in expected:
            truth, found = _shingles(expected["articleBody"]), _shingles(text)
            both = sum((truth & found).values())
            shares.append((both / max(1, sum(found.values())), both / max(1, sum(truth.values()))))
            continue
        flat = " ".join(text.split())
        leaked += sum(" ".join(line.split()) in flat for line in expected["without"])
        missed += sum(" ".join(line.split()) not in flat for line in expected["with"])
        lines += len(expected["without"])
    precision = sum(share[0] for share in shares) / len(shares)
    recall = sum(share[1] for share in shares) / len(shares)
    assert 2 * precision * recall / (precision + recall) > 0.965
    assert leaked <= 3
    assert missed <= 6
    assert lines > 100


def test_the_sample_page_of_the_site_gives_exactly_its_paragraphs(captured: Path, index: Index) -> None:
    (row,) = [row for row in index if row["file"] == "articles/recon_smartmag_seed.html"]
    extracted = extract_page((captured / row["file"]).read_bytes())
    assert extracted.text.split("\n\n") == row["expected"]["with"]
    assert extracted.title == row["expected"]["title"]
    assert extracted.published_at is not None
    assert extracted.published_at.date().isoformat() == row["expected"]["date"]
