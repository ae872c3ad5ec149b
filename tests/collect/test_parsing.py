"""Formats, repairs and encodings, on samples of our own."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.collect.conftest import feed, item
from worker.collect.documents import ParsedArticle, ParsedFeed
from worker.collect.parse import parse_feed

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en"><title>Fleet</title>
<author><name>Fleet Desk</name></author>
<entry><id>tag:fleet.example,2026:1</id><title type="html">Minehunters &amp;amp; &lt;em&gt;divers&lt;/em&gt;</title>
<link rel="alternate" href="/1"/><published>2026-03-01T08:00:00+02:00</published><updated>2026-03-01T09:00:00Z</updated>
<category term="navy"/><content type="html">&lt;p&gt;One.&lt;/p&gt;&lt;p&gt;Two.&lt;/p&gt;</content></entry></feed>"""


def only(parsed: ParsedFeed) -> ParsedArticle:
    assert parsed.error is None
    (article,) = parsed.articles
    return article


def test_atom_gives_absolute_links_utc_dates_and_the_feeds_author() -> None:
    article = only(parse_feed(ATOM.encode(), url="https://fleet.example/atom.xml"))
    assert article.url == "https://fleet.example/1"
    assert article.title == "Minehunters & divers"
    assert article.published_at == datetime(2026, 3, 1, 6, tzinfo=UTC)
    assert article.updated_at == datetime(2026, 3, 1, 9, tzinfo=UTC)
    assert (article.author, article.categories, article.language) == ("Fleet Desk", ("navy",), "en")
    assert article.text == "One.\n\nTwo."


def test_atom_without_its_namespace_is_read_all_the_same() -> None:
    assert only(parse_feed(ATOM.replace(' xmlns="http://www.w3.org/2005/Atom"', "").encode())).author == "Fleet Desk"


@pytest.mark.parametrize("version", ["0.91", "0.92", "2.0"])
def test_each_rss_version_is_named(version: str) -> None:
    text = f'<rss version="{version}"><channel><item><title>A</title><link>https://e.example/a</link></item></channel></rss>'
    parsed = parse_feed(text.encode())
    assert parsed.format == "rss" + (version.replace(".", "") if version != "2.0" else "20")
    assert only(parsed).url == "https://e.example/a"


def test_rdf_is_read() -> None:
    text = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/"
    xmlns:dc="http://purl.org/dc/elements/1.1/"><channel rdf:about="x"><title>R</title></channel>
    <item rdf:about="https://e.example/1"><title>One</title><link>https://e.example/1</link>
    <dc:creator>Ada Brown</dc:creator><dc:date>2026-03-01T08:00:00Z</dc:date></item></rdf:RDF>"""
    parsed = parse_feed(text.encode())
    article = only(parsed)
    assert (parsed.format, article.author, article.published_at) == (
        "rss10",
        "Ada Brown",
        datetime(2026, 3, 1, 8, tzinfo=UTC),
    )


def test_json_feed_is_read_and_its_authors_are_inherited_only_by_items_without_any() -> None:
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "J",
        "authors": [{"name": "Desk"}],
        "items": [
            {
                "id": 7,
                "url": "https://e.example/7",
                "title": "Seven",
                "content_html": "<p>Text</p>",
                "tags": ["a", "a"],
            },
            {
                "id": "8",
                "content_text": "Eight",
                "authors": [{"name": "Ada"}],
                "date_published": "2026-03-01T08:00:00Z",
            },
            "no object",
        ],
    }
    parsed = parse_feed(json.dumps(document).encode())
    assert parsed.format == "json11"
    seven, eight = parsed.articles
    assert (seven.external_id, seven.author, seven.categories) == ("7", "Desk", ("a",))
    assert (eight.text, eight.author, eight.published_at) == ("Eight", "Ada", datetime(2026, 3, 1, 8, tzinfo=UTC))


def test_a_wordpress_post_brings_its_embedded_author_terms_and_picture() -> None:
    post = {
        "id": 3,
        "guid": {"rendered": "https://e.example/?p=3"},
        "link": "https://e.example/three/",
        "date_gmt": "2026-03-01T08:00:00",
        "title": {"rendered": "Three &#8211; a test"},
        "content": {"rendered": "<p>Body</p>"},
        "excerpt": {"rendered": "<p>Short [&hellip;]</p>"},
        "_embedded": {
            "author": [{"name": "Ada"}],
            "wp:term": [[{"name": "Navy"}], [{"name": "Drones"}]],
            "wp:featuredmedia": [{"source_url": "https://e.example/3.jpg", "alt_text": "A ship"}],
        },
    }
    article = only(parse_feed(json.dumps([post]).encode()))
    assert (article.title, article.author, article.categories) == ("Three – a test", "Ada", ("Navy", "Drones"))
    assert (article.image_url, article.image_alt, article.summary) == ("https://e.example/3.jpg", "A ship", "Short […]")


def test_an_empty_list_of_posts_is_a_feed_without_articles() -> None:
    assert parse_feed(b"[]") == ParsedFeed(format="wp-json")


@pytest.mark.parametrize(
    "text", ["<rss><channel><title>T</title>", "<rss>&b;", '<feed xmlns="http://www.w3.org/2005/Atom">']
)
def test_a_feed_that_ends_before_its_first_article_is_no_empty_feed(text: str) -> None:
    assert parse_feed(text.encode()).error == "cut off: the document ends before its first article"


def test_a_sitemap_index_names_its_sitemaps() -> None:
    text = '<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"><sitemap><loc>https://e.example/a.xml</loc></sitemap></sitemapindex>'
    assert parse_feed(text.encode()).sitemaps == ("https://e.example/a.xml",)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("AT&T &nbsp;rises", "AT&T rises"),
        ("Caf&eacute; &mdash; open", "Café — open"),
        ("1 & 2", "1 & 2"),
        ("&#55357;&#56842; ok", "😊 ok"),
        ("a&#0;b&#x1F;c", "a b c"),
        ("&unknown; stays", "&unknown; stays"),
        ("<![CDATA[Q&A &amp; R&#8217;s]]>", "Q&A & R’s"),
        ("<![CDATA[<b>Bold</b> move]]>", "Bold move"),
        ("War&#13;&#10;Bcc: x@e.example", "War Bcc: x@e.example"),
        ("<![CDATA[Safe<script>alert(1)</script>]]>", "Safe"),
        ("Map&amp;lt;Key, Value&amp;gt; explained", "Map<Key, Value> explained"),
        ("soft&#173;ware", "software"),
    ],
)
def test_titles_are_one_clean_line(written: str, read: str) -> None:
    text = f'<rss version="2.0"><channel><item><title>{written}</title><guid>1</guid></item></channel></rss>'
    assert only(parse_feed(text.encode())).title == read


@pytest.mark.parametrize(
    ("encoding", "declared"),
    [
        ("utf-8", "utf-8"),
        ("utf-8", "iso-8859-1"),  # mislabelled
        ("cp1252", "iso-8859-1"),
        ("cp1252", "utf-8"),  # mislabelled
        ("koi8-r", "koi8-r"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16"),
        ("gb18030", "gb2312"),
    ],
)
def test_text_survives_right_and_wrong_labels(encoding: str, declared: str) -> None:
    title = {"koi8-r": "Учения флота", "gb18030": "海军演习"}.get(encoding, "Café “Nord”")
    head = f'<?xml version="1.0" encoding="{declared}"?><rss version="2.0">'
    text = f"{head}<channel><item><title>{title}</title></item></channel></rss>"
    assert only(parse_feed(text.encode(encoding))).title == title


def test_the_servers_charset_counts_where_the_document_names_none() -> None:
    text = "<rss version='2.0'><channel><item><title>Учения флота</title></item></channel></rss>"
    assert (
        only(parse_feed(text.encode("cp1251"), content_type="text/xml; charset=windows-1251")).title == "Учения флота"
    )


def test_junk_before_the_feed_is_left_out() -> None:
    parsed = parse_feed(("Warning: x in /a.php\n\ufeff  " + feed(item(1))).encode())
    assert only(parsed).title == "Headline 1"
    assert parsed.notes == ("text before the feed was left out",)


def test_a_document_that_is_cut_off_gives_its_whole_articles_for_storing() -> None:
    text = feed(item(1), item(2))
    parsed = parse_feed(text[: text.index("Headline 2") + 10].encode())
    assert [article.title for article in parsed.articles] == ["Headline 1", "Headline 2"]
    assert [article.title for article in parsed.complete_articles] == ["Headline 1"]
    assert not parsed.whole


def test_an_undeclared_prefix_is_declared() -> None:
    text = feed(item(1)).replace(' xmlns:content="http://purl.org/rss/1.0/modules/content/"', "")
    assert "Article 1." in only(parse_feed(text.encode())).text


def test_the_appeared_first_on_footer_is_no_part_of_an_article() -> None:
    body = "Real news.</p><p>The post <a href='x'>Headline 1</a> appeared first on <a href='y'>News</a>."
    assert only(parse_feed(feed(item(1, text=body)).encode())).text == "Real news."


def test_pictures_come_with_their_alternative_text_and_never_from_trackers() -> None:
    body = '<img src="https://pixel.e.example/a.gif" width="1"><img alt="A &amp; B" src="/a.jpg">Text'
    article = only(parse_feed(feed(item(1, text=body)).encode(), url="https://e.example/feed/"))
    assert (article.image_url, article.image_alt) == ("https://e.example/a.jpg", "A & B")


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("press@e.example (Ada Brown)", "Ada Brown"),
        ("Ada Brown &lt;ada@e.example&gt;", "Ada Brown"),
        ("ada@e.example", "ada@e.example"),
        ("Ada Brown", "Ada Brown"),
    ],
)
def test_an_author_is_a_name_without_the_mail_address_beside_it(written: str, name: str) -> None:
    text = f'<rss version="2.0"><channel><item><title>A</title><author>{written}</author></item></channel></rss>'
    assert only(parse_feed(text.encode())).author == name


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        (b"", "empty"),
        (b" \n ", "empty"),
        (b"<!doctype html><html><body>404</body></html>", "not a feed: an HTML page"),
        (b"hello", "not a feed"),
        (b'{"a": 1}', "not a feed"),
        (b'{"items": [1, 2]}', "not a feed"),
        (b"{broken", "not well-formed"),
        (b"[" * 100_000, "too complex"),
        (gzip.compress(b" " * 20_000_000), "too large"),
        (b"\x1f\x8b damaged", "damaged gzip"),
        (
            b"<rss><channel><item " + b" ".join(b'a%d="1"' % n for n in range(2000)) + b"/></channel></rss>",
            "too complex",
        ),
    ],
)
def test_what_is_no_feed_gives_a_named_reason(document: bytes, reason: str) -> None:
    parsed = parse_feed(document)
    assert parsed.error is not None
    assert parsed.error.startswith(reason)
    assert parsed.articles == ()


def test_entities_are_never_expanded_and_files_never_read() -> None:
    text = (
        '<!DOCTYPE rss [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;"><!ENTITY f SYSTEM "file:///etc/passwd">]>'
        '<rss version="2.0"><channel><item><title>&b;&f;</title></item></channel></rss>'
    )
    assert only(parse_feed(text.encode())).title == "&b;&f;"


def test_a_feed_goes_through_json_unchanged() -> None:
    parsed = parse_feed(feed(item(1), item(2)).encode())
    assert ParsedFeed.from_json(json.loads(json.dumps(parsed.to_json()))) == parsed


@given(st.binary(max_size=400))
def test_no_bytes_make_the_parser_raise(data: bytes) -> None:
    parse_feed(data)


@given(st.integers(0, 2000), st.binary(max_size=8), st.integers(0, 40))
def test_no_damage_to_a_feed_makes_the_parser_raise(place: int, patch: bytes, cut: int) -> None:
    whole = feed(item(1), item(2)).encode()
    damaged = whole[:place] + patch + whole[place + cut :]
    for article in parse_feed(damaged).articles:
        assert "\n" not in article.title


@given(st.text(max_size=200))
def test_any_title_comes_out_as_one_line_without_control_characters(title: str) -> None:
    escaped = title.replace("&", "&amp;").replace("<", "&lt;")
    text = f'<rss version="2.0"><channel><item><title>{escaped}</title><guid>1</guid></item></channel></rss>'
    for article in parse_feed(text.encode("utf-8", "replace")).articles:
        assert all(character >= " " and character != "\x7f" for character in article.title)
