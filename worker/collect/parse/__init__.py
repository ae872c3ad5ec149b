"""Bytes from anywhere -> ParsedFeed. Never raises for what the bytes hold; a reason stands in `error` instead.

Whatever comes from the network is parsed through worker.collect.sandbox, which bounds time and memory as well.
"""

from __future__ import annotations

import dataclasses

from worker.collect.documents import ParsedArticle, ParsedFeed
from worker.collect.limits import MAX_ARTICLES, MAX_BYTES, Unparsable, gunzip_bounded
from worker.collect.parse.charset import decode
from worker.collect.parse.json import parse_json
from worker.collect.parse.links import told_links, told_pace
from worker.collect.parse.repair import encoded, find_root, repair, root_name
from worker.collect.parse.sitemap import parse_sitemap
from worker.collect.parse.xml import parse_xml

__all__ = ["ParsedArticle", "ParsedFeed", "parse_feed"]


def parse_feed(data: bytes, *, content_type: str = "", url: str = "", limit: int = MAX_BYTES) -> ParsedFeed:
    """The feed, REST answer or sitemap in `data`; gzip is unpacked. `url` is where it came from, for relative links."""
    try:
        data = gunzip_bounded(data, limit)
        if not data.strip():
            raise Unparsable("empty: the document holds nothing")
        text, flaw = decode(data, content_type)
        parsed = _parse_text(text, url)
    except Unparsable as error:
        return ParsedFeed(format=None, error=str(error))
    notes = [*parsed.notes, flaw] if flaw else list(parsed.notes)
    if len(parsed.articles) >= MAX_ARTICLES:
        notes.append(f"only the first {MAX_ARTICLES:,} articles were read")
    return dataclasses.replace(parsed, notes=tuple(notes))


def _parse_text(text: str, url: str) -> ParsedFeed:
    start = text.lstrip("\ufeff \t\r\n")[:1]
    if start in ("{", "["):
        return parse_json(text.lstrip("\ufeff"), url=url)
    document = encoded(text)
    found = find_root(document)
    if found is None:
        raise Unparsable("not a feed: no RSS, RDF, Atom or sitemap element was found")
    root = root_name(found)
    if root == "html":
        raise Unparsable("not a feed: an HTML page")
    repaired = repair(document, found)
    if root in ("urlset", "sitemapindex"):
        parsed = parse_sitemap(repaired.xml.decode(), url=url)
    elif root == "channel":
        parsed = parse_xml(b"<rss>%s</rss>" % repaired.xml, root="rss", url=url)
    else:
        parsed = parse_xml(repaired.xml, root=root, url=url)
    if not (repaired.whole or parsed.articles or parsed.sitemaps):
        raise Unparsable("cut off: the document ends before its first article")
    cut = repaired.cut_article and bool(parsed.articles)
    links, generator = told_links(text, url)
    return dataclasses.replace(
        parsed,
        notes=repaired.notes,
        whole=repaired.whole,
        cut_article=cut,
        links=links,
        generator=generator,
        pace_seconds=told_pace(text),
    )
