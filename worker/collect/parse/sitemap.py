"""XML sitemaps, sitemap indexes and Google News sitemaps (sitemaps.org)."""

from __future__ import annotations

import re

import fastfeedparser.main
from lxml import etree

from worker.collect.documents import ParsedArticle, ParsedFeed
from worker.collect.limits import MAX_ARTICLES, MAX_TITLE, Unparsable
from worker.collect.parse import fields
from worker.collect.plain import one_line

_MEDIA = re.compile(r"\.(?:jpe?g|png|gif|webp|avif|svg|ico|mp[34]|webm|mov|css|js)(?:[?#]|$)", re.IGNORECASE)
"""Sites that list their pictures do so in sitemaps of their own, and sometimes as if they were pages."""


def parse_sitemap(text: str, *, url: str) -> ParsedFeed:
    """A repaired sitemap; an address is an article's identity there."""
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(text.encode("utf-8", "replace"), parser=parser)
    except etree.XMLSyntaxError as error:
        raise Unparsable(f"not well-formed: {error}") from error
    if root is None:
        raise Unparsable("not well-formed: no element could be read")
    if _local(root) == "sitemapindex":
        return _index(root, url)
    articles = [_article(_values(node), url) for node in root if _local(node) == "url"]
    articles = [article for article in articles if article.url and not _MEDIA.search(article.url)]
    with_news = any(article.title for article in articles)
    return ParsedFeed(
        format="news-sitemap" if with_news else "sitemap",
        articles=tuple(articles[:MAX_ARTICLES]),
    )


def _index(root: etree._Element, url: str) -> ParsedFeed:
    named: dict[str, str] = {}
    for node in root:
        values = _values(node)
        if address := fields.link(values.get("loc"), url):
            named.setdefault(address, one_line(values.get("lastmod", ""), limit=40))
        if len(named) >= MAX_ARTICLES:
            break
    return ParsedFeed(format="sitemap-index", sitemaps=tuple(named), sitemap_changes=tuple(named.values()))


def _local(node: etree._Element) -> str:
    return str(node.tag).rpartition("}")[2] if isinstance(node.tag, str) else ""


def _values(node: etree._Element) -> dict[str, str]:
    """The texts below a node by `prefix:name`, prefixes as the sitemap protocols call them."""
    values: dict[str, str] = {}
    for child in node.iter():
        if not isinstance(child.tag, str) or not child.text or not child.text.strip():
            continue
        space, _, name = child.tag.rpartition("}")
        prefix = "news:" if "sitemap-news" in space else "image:" if "sitemap-image" in space else ""
        values.setdefault(prefix + name, child.text.strip())
    return values


def _article(values: dict[str, str], url: str) -> ParsedArticle:
    address = fields.link(values.get("loc"), url)
    published = fastfeedparser.main._parse_date(values.get("news:publication_date", ""))
    updated = fastfeedparser.main._parse_date(values.get("lastmod", ""))
    return ParsedArticle(
        external_id="",
        url=address,
        title=one_line(values.get("news:title", ""), limit=MAX_TITLE),
        published_at=fields.instant(published),
        updated_at=fields.instant(updated),
        categories=fields.terms(values.get("news:keywords", "").split(",")),
        image_url=fields.link(values.get("image:loc"), url) or None,
        language=values.get("news:language"),
    )
