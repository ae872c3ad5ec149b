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
from worker.collect.identity import same_site
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
    text = clean_lines(f"One. {LONG}\nTwo. {LONG}\n{line}", title="Ships sail", author="").text
    assert (line in text) is kept
    assert "Two." in text


def test_everything_after_related_posts_goes() -> None:
    lines = f"One. {LONG}\nRelated Posts\nArctic base opens\nA long story. {LONG} {LONG} {LONG} {LONG}"
    assert clean_lines(lines, title="Ships sail", author="").text == f"One. {LONG}"


def test_a_heading_that_repeats_the_title_and_the_byline_go() -> None:
    assert (
        clean_lines(f"Ships sail\nBy Ada Brown\nOne. {LONG}", title="Ships Sail", author="Ada Brown").text
        == f"One. {LONG}"
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


# --- a divided body, and what stands between its paragraphs ----------------------------------------------------------

BYTES_OF_AD = "<div class='x-unit'><span>Visit our shop today</span></div>"


def paragraphs(first: int, last: int) -> str:
    """Paragraphs that differ, each long enough to be one."""
    return "".join(
        f"<p>Paragraph {number} tells what the harbour master saw on day {number} of the exercise, at some length.</p>"
        for number in range(first, last + 1)
    )


def numbers_in(text: str) -> list[int]:
    return [int(found) for found in re.findall(r"Paragraph (\d+)", text)]


def test_a_body_in_several_containers_is_whole_and_in_its_order() -> None:
    containers = BYTES_OF_AD.join(
        f"<div class='grid'><div class='body__inner'>{paragraphs(start, start + 7)}</div></div>" for start in (1, 9, 17)
    )
    text = extract_page(page(f"<main><h1>Ships sail</h1>{containers}</main>")).text
    assert numbers_in(text) == list(range(1, 25))
    assert "shop" not in text


def test_paragraphs_each_in_an_element_of_its_own_are_all_kept() -> None:
    wrapped = "".join(f"<section class='element'>{paragraphs(number, number)}</section>" for number in range(1, 15))
    first = wrapped.replace("Paragraph 1 tells", "<span><span>Paragraph 1</span></span> tells")
    assert numbers_in(extract_page(page(f"<article><h1>Ships sail</h1>{first}</article>")).text) == list(range(1, 15))


def test_the_text_of_a_link_inside_other_elements_is_not_lost() -> None:
    link = "<span class='link'><a href='/x'>the navy will buy ships</a></span>"
    linked = (
        f"<p>The minister said that {link} next year, and that nobody had expected more of a budget made in haste.</p>"
    )
    text = extract_page(page(f"<article>{paragraphs(1, 6)}{linked}{paragraphs(7, 9)}</article>")).text
    assert "said that the navy will buy ships next year" in text


@pytest.mark.parametrize("label", ["READ MORE |", "Zobacz też:", "FUNDA OLUNYE UDABA –", "»"])
def test_a_label_and_a_link_between_paragraphs_go_in_any_language(label: str) -> None:
    aside = f"<p><strong>{label} <a href='/other'>Arctic base opens after a long delay</a></strong></p>"
    text = extract_page(page(f"<article>{paragraphs(1, 5)}{aside}{paragraphs(6, 9)}</article>")).text
    assert "Arctic" not in text
    assert numbers_in(text) == list(range(1, 10))


def test_a_paragraph_that_ends_in_a_link_stays() -> None:
    ending = "<p>The report was written by the committee that oversees the fleet: <a href='/r'>read it here</a></p>"
    assert (
        "the committee" in extract_page(page(f"<article>{paragraphs(1, 5)}{ending}{paragraphs(6, 9)}</article>")).text
    )


def test_teasers_of_other_articles_in_the_page_are_not_taken_for_a_part_of_it() -> None:
    cards = "".join(
        f"<div class='card'><p><a href='/{n}'>Teaser {n} of another article, long enough for a sentence.</a></p></div>"
        for n in range(9)
    )
    text = extract_page(
        page(f"<main><div class='body'>{paragraphs(1, 9)}</div><div class='more'>{cards}</div></main>")
    ).text
    assert "Teaser" not in text


def test_what_a_page_builder_puts_elsewhere_in_the_same_kind_of_element_is_not_taken() -> None:
    def built(name: str, inner: str) -> str:
        return f"<div class='element element-{name}'><div class='widget-container'>{inner}</div></div>"

    footer = "<p>Harbour News is made by people who love ships, in a house with a view of the sea and of the yard.</p>"
    text = extract_page(page(f"<main>{built('a1', paragraphs(1, 9))}</main>{built('b2', footer)}")).text
    assert numbers_in(text) == list(range(1, 10))
    assert "people who love ships" not in text


@pytest.mark.parametrize(
    "line",
    [
        "Reporting by Ada Brown in Bergvik; Editing by Bo Li",
        "(Additional reporting by Ada Brown)",
        "By signing up you agree to our Privacy Policy and to letters about our offers; unsubscribe at any time.",
    ],
)
def test_credits_and_small_print_go_wherever_they_stand(line: str) -> None:
    text = clean_lines(f"One. {LONG}\n{line}\nTwo. {LONG}", title="", author="").text
    assert text == f"One. {LONG}\n\nTwo. {LONG}"


def test_what_is_whispered_to_screen_readers_is_no_text() -> None:
    text = clean_lines(f"The report, opens new tab, was read. {LONG}", title="", author="").text
    assert text.startswith("The report, was read.")


# --- titles, pictures, sections, addresses --------------------------------------------------------------------------


NAMED = "<meta property='og:site_name' content='Harbour News'>"


@pytest.mark.parametrize(
    ("head", "headings", "title"),
    [
        ("<title>Ships sail | Harbour News</title>", ["Harbour News", "Ships sail"], "Ships sail"),
        ("<title>Ships sail – Harbour News</title>", ["Ships sail"], "Ships sail"),
        (f"<meta property='og:title' content='Ships sail - Harbour News'>{NAMED}", [], "Ships sail"),
        (f"<title>Harbour News: Ships sail - again</title>{NAMED}", [], "Ships sail - again"),
        ("<meta property='og:title' content=\"It's 'over'\">", ["It’s ‘over’"], "It’s ‘over’"),
        (
            "<title>Ships, live | Harbour News</title>",
            ["Ships sail as storms end, live"],
            "Ships sail as storms end, live",
        ),
        ("<title>Ships sail</title>", [], "Ships sail"),
        ("<meta property='og:title' content='Folge 70: Ships: sail'>", [], "Folge 70: Ships: sail"),
        ("<title>a &amp; b &lt;script&gt;</title>", [], "a & b"),
    ],
)
def test_the_headline_is_told_from_the_sites_name(head: str, headings: list[str], title: str) -> None:
    shown = "".join(f"<h1>{heading}</h1>" for heading in headings)
    assert extract_page(page(f"{shown}<article>{paragraphs(1, 6)}</article>", head=head)).title == title


def test_a_picture_brings_the_alternative_text_that_the_page_gives_it() -> None:
    head = "<title>x</title><meta property='og:image' content='https://n.example/u/Grey-Heron-scaled.jpg'>"
    image = "<img src='/logo.png' alt='Logo'><img src='/u/Grey-Heron-300x200.jpg' alt='The Grey Heron at the pier'>"
    extracted = extract_page(page(image, ARTICLE, head=head), url="https://n.example/1")
    assert extracted.image_alt == "The Grey Heron at the pier"


def test_sections_come_before_tags_and_keywords_only_where_there_is_neither() -> None:
    section = "<meta property='article:section' content='Sea'>"
    tags = "<meta property='article:tag' content='Ships'><meta property='article:tag' content='Storms'>"
    keywords = "<meta name='keywords' content='harbour, navy , harbour'>"
    assert extract_page(page(ARTICLE, head=tags + keywords + section)).categories == ("Sea", "Ships", "Storms")
    assert extract_page(page(ARTICLE, head=keywords)).categories == ("harbour", "navy")


def test_the_lead_is_what_the_page_says_it_is_about() -> None:
    head = "<meta name='description' content='Three ships\r\nsail &lt;b&gt;north&lt;/b&gt;.'>"
    assert extract_page(page(ARTICLE, head=head)).lead == "Three ships sail north."


@pytest.mark.parametrize(
    ("canonical", "believed"),
    [
        ("https://www.news.example.co.uk/ships?utm_source=feed&amp;id=3", "https://www.news.example.co.uk/ships?id=3"),
        ("https://amp.example.co.uk/ships", "https://amp.example.co.uk/ships"),
        ("/ships", "https://news.example.co.uk/ships"),
        ("https://other.co.uk/ships", None),
        ("https://news.example.co.uk/", None),
        ("javascript:alert(1)", None),
    ],
)
def test_a_canonical_address_is_believed_within_its_site(canonical: str, believed: str | None) -> None:
    head = f"<title>x</title><link rel='canonical' href='{canonical}'>"
    extracted = extract_page(page(ARTICLE, head=head), url="https://news.example.co.uk/ships?fbclid=9")
    assert extracted.canonical_url == believed


def test_neighbours_on_one_host_are_different_sites() -> None:
    assert same_site("https://news.example.com/1", "https://www.example.com/2")
    assert not same_site("https://ada.wordpress.com/1", "https://bo.wordpress.com/1")
    assert same_site("http://127.0.0.1:8000/1", "http://127.0.0.1:9000/2")
    assert not same_site("nonsense", "nonsense")


# --- paywalls -------------------------------------------------------------------------------------------------------


def linked_data(**said: object) -> str:
    return (
        f"<script type='application/ld+json'>{json.dumps({'@type': 'NewsArticle', 'headline': 'x', **said})}</script>"
    )


@pytest.mark.parametrize(
    ("markup", "paywalled"),
    [
        (linked_data(isAccessibleForFree=False), True),
        (linked_data(isAccessibleForFree="False"), True),
        (linked_data(isAccessibleForFree=0), True),
        (linked_data(isAccessibleForFree="yes"), False),
        (linked_data(isAccessibleForFree="https://schema.org/True"), False),
        (linked_data(hasPart={"@type": "WebPageElement", "isAccessibleForFree": False, "cssSelector": ".p"}), True),
        ("<meta property='article:content_tier' content='locked'>", True),
        ("<meta property='article:content_tier' content='free'>", False),
        ("<div class='pmpro_content_message'>Members only.</div>", True),
        ("", False),
    ],
)
def test_a_page_that_says_it_costs_is_paywalled(markup: str, paywalled: bool) -> None:
    assert extract_page(page(markup, ARTICLE)).paywalled is paywalled


@pytest.mark.parametrize(
    "prompt",
    [
        "To continue reading this article, please subscribe or log in.",
        "Already a subscriber? Log in",
        "This article is for subscribers only.",
        "You have reached your limit of free articles.",
        "Il vous reste 78% de cet article à lire.",
        "The rest of this story is available to members.",
    ],
)
def test_a_text_that_ends_in_a_call_to_subscribe_is_a_teaser(prompt: str) -> None:
    cleaned = clean_lines(f"One. {LONG}\n{prompt}\nUnlimited access, cancel any time", title="", author="")
    assert (cleaned.text, cleaned.is_teaser) == (f"One. {LONG}", True)


def test_a_call_to_subscribe_in_the_middle_of_an_article_ends_nothing() -> None:
    prompt = "Already a subscriber? Log in"
    cleaned = clean_lines(f"One. {LONG}\n{prompt}\nTwo. {LONG}", title="", author="")
    assert (cleaned.text, cleaned.is_teaser) == (f"One. {LONG}\n\nTwo. {LONG}", False)


def test_an_article_about_subscriptions_is_none() -> None:
    told = f"One. {LONG}\nReaders who subscribe to the paper read about ships, the editor said. {LONG}"
    assert not clean_lines(told, title="", author="").is_teaser


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
    assert 2 * precision * recall / (precision + recall) > 0.975
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


def test_a_body_that_a_button_unfolds_is_a_part_of_the_article() -> None:
    more = f"<div class='read-more-content'><p>Three. {LONG}</p></div>"
    extracted = extract_page(page(f"<article>{ARTICLE}<p>Again. {LONG}</p>{more}</article>"))
    assert extracted.text.endswith(f"Three. {LONG}")
