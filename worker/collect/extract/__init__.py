"""An article's page -> ExtractedPage. Whatever comes from the network goes through worker.collect.sandbox."""

from __future__ import annotations

import re

import lxml.html
from lxml import etree

from worker.collect.documents import ExtractedPage
from worker.collect.extract.complete import completed, paragraphs
from worker.collect.extract.guards import clean_lines
from worker.collect.extract.metadata import read_metadata
from worker.collect.extract.paywall import is_gated
from worker.collect.extract.prune import prose_length, prune
from worker.collect.limits import MAX_BYTES, MAX_TEXT, Unparsable, gunzip_bounded
from worker.collect.parse.charset import decode

__all__ = ["ExtractedPage", "extract_page"]

_ALL_HTML = etree.ElementDefaultClassLookup(element=lxml.html.HtmlElement)
"""Elements of one class, chosen in C: lxml.html's own lookup is a Python call for every element touched."""
_MAX_ELEMENTS = 60_000
_MAX_ATTRIBUTES = 500
_LONG = 8192
_LONG_TAG = re.compile(rf"<[A-Za-z][^<>]{{{_LONG},}}")
_ENOUGH = 0.6
"""A first extraction with less than this share of the page's prose is compared with a more thorough one."""


def extract_page(data: bytes | str, *, url: str = "", content_type: str = "", limit: int = MAX_BYTES) -> ExtractedPage:
    """The article on a page. Never raises for what the page holds; a reason stands in `error` instead."""
    try:
        html = decode(gunzip_bounded(data, limit), content_type)[0] if isinstance(data, bytes) else data
        tree = _tree(html)
    except Unparsable as error:
        return ExtractedPage(title="", text="", error=str(error))
    about = read_metadata(tree, url=url)
    cleaned = clean_lines(_main_text(prune(tree), url)[: 2 * MAX_TEXT], title=about.title, author=about.author)
    text = cleaned.text[:MAX_TEXT]
    return ExtractedPage(
        title=about.title,
        text=text,
        author=about.author,
        published_at=about.published_at,
        language=about.language or _guess_language(text),
        image_url=about.image_url,
        image_alt=about.image_alt,
        canonical_url=about.canonical_url,
        lead=about.lead,
        categories=about.categories,
        paywalled=about.paywalled or cleaned.is_teaser or is_gated(html, text),
        error=None if text else "no article text was found on the page",
    )


def _tree(html: str) -> lxml.html.HtmlElement:
    if not html.strip("\ufeff \t\r\n\x00"):
        raise Unparsable("empty: the page holds nothing")
    long = any(len(piece) > _LONG for piece in html.split(">"))  # far faster than looking for it by a pattern
    for tag in _LONG_TAG.finditer(html) if long else ():
        if tag.group().count("=") > _MAX_ATTRIBUTES:
            raise Unparsable(f"too complex: an element with more than {_MAX_ATTRIBUTES} attributes")
    parser = etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    parser.set_element_class_lookup(_ALL_HTML)
    try:
        tree = lxml.html.document_fromstring(html.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise Unparsable(f"not HTML: {error}") from error
    count = tree.xpath("count(//*)")
    if not isinstance(count, float) or count > _MAX_ELEMENTS:
        raise Unparsable(f"too complex: more than {_MAX_ELEMENTS:,} elements")
    return tree


def _main_text(tree: lxml.html.HtmlElement, url: str) -> str:
    """The quick extraction where it holds most of the page's prose, else the better of it and the thorough one."""
    from worker.collect.extract.engine import main_text  # loads slowly

    page = paragraphs(tree)
    prose = prose_length(tree)
    quick = completed(main_text(tree, url=url, fast=True), page)
    if len(quick) >= _ENOUGH * prose:
        return quick
    thorough = main_text(tree, url=url, fast=False)
    return completed(thorough, page) if len(thorough) > 1.3 * len(quick) else quick


def _guess_language(text: str) -> str | None:
    if len(text) < 100:
        return None
    import py3langid  # loads a model; only for pages that name no language

    return str(py3langid.classify(text[:3000])[0])
