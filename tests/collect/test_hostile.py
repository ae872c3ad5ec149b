"""What a hostile source sends harms only itself: samples of our own, of each kind, as a feed and as a page."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator

import pytest

from tests.collect.conftest import LONG
from worker.collect.extract import extract_page
from worker.collect.parse import parse_feed
from worker.collect.sandbox import Sandbox

ATTRIBUTES = " ".join(f'a{number}="1"' for number in range(50_000))
HEAD = '<?xml version="1.0"?>'
PROMPT = "subscribe to " * 30
PROSE = f"<article><p>One. {LONG}</p><p>Two. {LONG}</p></article>"


def rss(item: str, before: str = "") -> bytes:
    return f'{HEAD}{before}<rss version="2.0"><channel><title>F</title><item>{item}</item></channel></rss>'.encode()


def html(body: str = PROSE, head: str = "") -> bytes:
    return f"<!doctype html><html><head>{head}</head><body>{body}</body></html>".encode()


def laughs(levels: int) -> str:
    """Entities that would grow tenfold with each level."""
    lines = "".join(f'<!ENTITY l{level} "{f"&l{level - 1};" * 10}">' for level in range(1, levels))
    return f'<!DOCTYPE rss [<!ENTITY l0 "lol">{lines}]>'


FEEDS = {
    "entity bomb": rss("<title>&l9;</title>", laughs(10)),
    "one huge entity": rss(f"<title>{'&a;' * 10_000}</title>", f'<!DOCTYPE rss [<!ENTITY a "{"x" * 100_000}">]>'),
    "file entity": rss("<title>a&f;b</title>", '<!DOCTYPE rss [<!ENTITY f SYSTEM "file:///etc/passwd">]>'),
    "parameter entity": rss("<title>ok</title>", '<!DOCTYPE rss [<!ENTITY % p SYSTEM "http://127.0.0.1/x"> %p;]>'),
    "inclusion": rss(
        '<title>ok</title><x:include xmlns:x="http://www.w3.org/2001/XInclude" href="/etc/passwd" parse="text"/>'
    ),
    "deep elements": rss("<title>ok</title>" + "<a>" * 100_000 + "</a>" * 100_000),
    "deep markup in a text": rss(
        f"<title>ok</title><description><![CDATA[{'<b>' * 100_000}x{'</b>' * 100_000}]]></description>"
    ),
    "deep escaped markup": rss(f"<title>ok</title><description>{'&lt;div&gt;' * 100_000}x</description>"),
    "50,000 attributes": rss(f"<title {ATTRIBUTES}>ok</title>"),
    "50,000 attributes in a text": rss(f"<title>ok</title><description><![CDATA[<p {ATTRIBUTES}>x]]></description>"),
    "gzip bomb": gzip.compress(rss("<title>" + " " * 60_000_000)),
    "gzip bomb in a gzip": gzip.compress(gzip.compress(b" " * 60_000_000)),
    "deep JSON": b'{"items": ' + b"[" * 200_000,
    "long number in JSON": b'{"version": "https://jsonfeed.org/version/1", "items": [{"id": ' + b"9" * 100_000 + b"}]}",
    "many articles": rss("<title>x</title></item><item>" * 60_000),
    "unclosed comment": b"<!--" * 500_000 + rss("<title>ok</title>"),
    "unclosed CDATA": rss("<title>ok</title><description><![CDATA[" + "<p>x" * 200_000),
    "ampersands": rss("<title>" + "&" * 2_000_000),
    "zeros": b"<rss>" + b"\x00" * 3_000_000,
}
PAGES = {
    "deep elements": html("<div>" * 100_000 + LONG),
    "50,000 attributes": html(f"<p {ATTRIBUTES}>{LONG}</p>"),
    "gzip bomb": gzip.compress(b"<p>" + b" " * 60_000_000),
    "many elements": html("<i></i>" * 70_000),
    "many paragraphs": html(f"<article>{f'<p>{LONG[:200]}</p>' * 50_000}</article>"),
    "one line of 13 MB": html(f"<p>{LONG * 5_000}</p>"),
    "deep linked data": html(head=f"<script type='application/ld+json'>{'[' * 200_000}</script>"),
    "long title": html(head=f"<title>{'x | ' * 500_000}</title>"),
    "unclosed comment": html("<!--" + "-" * 3_000_000),
    "many names": html(f"<p>{'Ada Brown is a ' * 50_000}</p>"),
    "many prompts": html(f"<article><p>{LONG}</p>" + f"<p>{PROMPT}</p>" * 5_000),
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    opened = Sandbox()
    yield opened
    opened.close()


@pytest.mark.parametrize("name", FEEDS)
def test_a_hostile_feed_gives_articles_or_a_named_reason_and_the_next_one_is_read(sandbox: Sandbox, name: str) -> None:
    parsed = sandbox.parse_feed(FEEDS[name])
    assert parsed.format or parsed.error
    for article in parsed.articles:
        assert len(article.title) <= 500
        assert len(article.text) <= 200_000
        assert "root:" not in article.title + article.text
    assert sandbox.parse_feed(rss("<title>fine</title>")).articles[0].title == "fine"


@pytest.mark.parametrize("name", PAGES)
def test_a_hostile_page_gives_a_text_or_a_named_reason_and_the_next_one_is_read(sandbox: Sandbox, name: str) -> None:
    page = sandbox.extract_page(PAGES[name], url="https://news.example/1")
    assert page.text or page.error
    assert len(page.text) <= 200_000
    assert len(page.title) <= 500
    assert sandbox.extract_page(html()).text.startswith("One.")


BAD_ADDRESSES = ["javascript:alert(1)", "JaVa\tScRiPt:alert(1)", "data:text/html,x", "file:///etc/passwd", "vbscript:x"]


@pytest.mark.parametrize("address", BAD_ADDRESSES)
def test_addresses_that_are_no_web_addresses_are_none(address: str) -> None:
    item = f'<title>T</title><link>{address}</link><guid>{address}</guid><enclosure url="{address}" type="image/png"/>'
    (article,) = parse_feed(rss(item), url="https://news.example/feed/").articles
    assert (article.url, article.image_url) == ("", None)
    post = {"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "url": address, "image": address}]}
    (article,) = parse_feed(json.dumps(post).encode()).articles
    assert (article.url, article.image_url) == ("", None)
    head = f'<link rel="canonical" href="{address}"><meta property="og:image" content="{address}">'
    page = extract_page(html(head=head), url="https://news.example/1")
    assert (page.canonical_url, page.image_url) == (None, None)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("War\r\nBcc: all@example.org", "War Bcc: all@example.org"),
        ("War&#13;&#10;Bcc: all@example.org", "War Bcc: all@example.org"),
        ("War\u2028Subject: x", "War Subject: x"),
        ("War\x0b\x0c\x08x", "War x"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;War", "War"),
        ("&lt;img src=x onerror=alert(1)&gt;War", "War"),
        ("&amp;lt;b&amp;gt;War&amp;lt;/b&amp;gt;", "War"),
        ("War\u202egnp.exe", "Wargnp.exe"),
        ("A < B and C > D", "A < B and C > D"),
    ],
)
def test_titles_and_names_are_one_line_without_markup_wherever_they_come_from(written: str, read: str) -> None:
    in_xml = written if "&" in written else written.replace("<", "&lt;").replace(">", "&gt;")
    item = f"<title>{in_xml}</title><author>{in_xml}</author><category>{in_xml}</category><guid>1</guid>"
    (article,) = parse_feed(rss(item)).articles
    assert article.title == read
    for text in (article.author, *article.categories):
        assert text.isprintable()
        assert "<script" not in text
    in_html = in_xml.replace('"', "&quot;")
    head = f'<meta property="og:title" content="{in_html}"><meta name="author" content="{in_html}">'
    page = extract_page(html(head=head))
    assert page.title == read
    assert page.author.isprintable()


@pytest.mark.parametrize(
    "label", ["utf-8", "utf-16", "utf-7", "big5", "hz", "x-user-defined", "no-such-charset", "base64"]
)
def test_a_wrong_charset_harms_nothing(label: str) -> None:
    data = f'<?xml version="1.0" encoding="{label}"?><rss version="2.0"><channel><item><title>Caf\xe9 “Nord”'
    data += "</title><link>https://news.example/1</link></item></channel></rss>"
    for written in (data.encode("utf-8"), data.encode("utf-16"), data.encode("latin-1", "replace")):
        parsed = parse_feed(written, content_type=f"text/xml; charset={label}")
        assert parsed.error or "\x00" not in parsed.articles[0].title
        page = extract_page(html(f"<meta charset='{label}'>") + written, content_type=f"text/html; charset={label}")
        assert "\x00" not in page.text
