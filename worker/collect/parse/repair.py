"""What real feeds get wrong, put right before an XML parser sees it. Linear in the document's length."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass

from worker.collect.limits import Unparsable

_HEAD = 65_536
"""A root element that starts later than this is not looked for."""
ROOT = re.compile(r"<(?:[\w.-]{1,30}:)?(rss|feed|rdf|urlset|sitemapindex|channel|html)(?=[\s>/])", re.IGNORECASE)
_FEED_IN_PAGE = re.compile(r"<(?:rss\s[^<>]*version|feed\s[^<>]*xmlns|rdf:rdf\s[^<>]*xmlns)", re.IGNORECASE)
_PROLOGUE = re.compile(r"<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^<>\[]*(?:\[.*?\]\s*)?>", re.DOTALL | re.IGNORECASE)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_PREFIXES = {
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "media": "http://search.yahoo.com/mrss/",
    "atom": "http://www.w3.org/2005/Atom",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "wfw": "http://wellformedweb.org/CommentAPI/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "news": "http://www.google.com/schemas/sitemap-news/0.9",
    "image": "http://www.google.com/schemas/sitemap-image/1.1",
}
_PREFIXED = re.compile(rf"<({'|'.join(_PREFIXES)}):")
_ATOM = "http://www.w3.org/2005/Atom"
_DUBIOUS = re.compile(
    r"&(?!(?:amp|lt|gt|quot|apos);|#(?:3[2-9]|[4-9]\d|[1-9]\d{2,3}|[1-46-9]\d{4}|1\d{5});|#x0{0,2}[2-9a-cA-C][0-9a-fA-F]{1,3};)"
)
"""Anything but an entity of XML's own or the number of a harmless character; a match is looked at closely."""
_REFERENCE = re.compile(r"&#(\d{5});&#(\d{5});|&(?:#(\d{1,8})|#[xX]([0-9a-fA-F]{1,7})|([A-Za-z][A-Za-z0-9]{1,31}));|&")
_OWN = frozenset({"amp", "lt", "gt", "quot", "apos"})
_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ATOM_AUTHOR = re.compile(
    r"<author>\s*<name>([^<]{0,300})</name>\s*(?:<(?:email|uri)>[^<]{0,300}</(?:email|uri)>\s*){0,2}</author>"
)
"""Some RSS generators write an author as Atom does."""
_CONTROLS = bytes(code for code in range(0x20) if code not in (0x9, 0xA, 0xD))
_LONG = 8192
_LONG_TAG = re.compile(rf"<[A-Za-z][^<>]{{{_LONG},}}")
_MAX_ATTRIBUTES = 256
_MAX_TAGS = 1_000_000


def root_name(text: str) -> str | None:
    """The lower-case local name of the document's root element, where it is one that we know."""
    found = _find_root(text)
    return found.group(1).lower() if found else None


def _find_root(text: str) -> re.Match[str] | None:
    found = ROOT.search(_blank_comments(text[:_HEAD]))
    if found and found.group(1).lower() == "html":
        inner = _FEED_IN_PAGE.search(text[:_HEAD])
        return ROOT.match(text, inner.start()) if inner else found
    return found


def _blank_comments(head: str) -> str:
    return _COMMENT.sub(lambda comment: " " * len(comment.group()), head)


@dataclass(frozen=True, slots=True)
class Repaired:
    """XML that parses, from its root element on, and what had to be done to get there."""

    xml: str
    notes: tuple[str, ...]
    whole: bool
    cut_article: bool
    """The document ends inside its last article."""


def repair(text: str) -> Repaired:
    """The document with what real feeds get wrong put right; Unparsable where it holds no feed at all.

    Junk and declarations before the root go (with them every entity declaration: no bombs, no external files),
    HTML entities become characters, stray ampersands are escaped, characters that XML forbids become spaces.
    """
    root = _find_root(text)
    if root is None:
        raise Unparsable("not a feed: no RSS, RDF, Atom or sitemap element was found")
    notes: list[str] = []
    if _PROLOGUE.sub("", text[: root.start()]).strip("\ufeff \t\r\n"):
        notes.append("text before the feed was left out")
    body = text[root.start() :]
    if _has_illegal(body):
        body = _ILLEGAL.sub(" ", body)
        notes.append("characters that XML forbids were replaced")
    whole = _is_whole(body, root.group(1).lower())
    cut = not whole and _ends_inside_an_article(body)
    if not whole:
        notes.append("the document is cut off")
    repaired = _outside_cdata(body, _mend_references)
    if repaired is not body and repaired != body:
        notes.append("entities were mended")
    if root.group(1).lower() == "rss" and "<name>" in repaired:
        repaired = _ATOM_AUTHOR.sub(r"<author>\1</author>", repaired)
    if repaired.count("<") > _MAX_TAGS:
        raise Unparsable(f"too complex: more than {_MAX_TAGS:,} tags")
    return Repaired(_declare_namespaces(repaired, root.group(1).lower()), tuple(notes), whole, cut)


def _has_illegal(body: str) -> bool:
    """Whether a character is there that XML forbids. Counting bytes is ten times faster than a search."""
    data = body.encode("utf-8", "replace")
    controls = len(data) != len(data.translate(None, _CONTROLS))
    return controls or "\ufffe" in body or "\uffff" in body


def _is_whole(body: str, root: str) -> bool:
    """Whether the root element is closed; most documents show it in their last bytes."""
    closing = re.compile(rf"</(?:[\w.-]{{1,30}}:)?{root}\b", re.IGNORECASE)
    return bool(closing.search(body[-2048:]) or closing.search(body) or re.match(r"<[^<>]*/>", body))


def _ends_inside_an_article(body: str) -> bool:
    opened = max(body.rfind("<item"), body.rfind("<entry"))
    closed = max(body.rfind("</item"), body.rfind("</entry"))
    return opened > closed


def _outside_cdata(text: str, mend: Callable[[str], str]) -> str:
    """`mend` applied to everything that is not inside a CDATA section; an unclosed section is closed."""
    if "<![CDATA[" not in text:
        return mend(text)
    pieces: list[str] = []
    position = 0
    while (start := text.find("<![CDATA[", position)) >= 0:
        pieces.append(mend(text[position:start]))
        end = text.find("]]>", start)
        if end < 0:
            pieces.append(text[start:] + "]]>")
            return "".join(pieces)
        pieces.append(text[start : end + 3])
        position = end + 3
    pieces.append(mend(text[position:]))
    return "".join(pieces)


def _mend_references(text: str) -> str:
    if len(text) > _LONG:
        _refuse_long_tags(text)
    if "&" not in text or not _DUBIOUS.search(text):
        return text
    return _REFERENCE.sub(_mended, text)


def _mended(found: re.Match[str]) -> str:
    high, low, decimal, hexadecimal, name = found.groups()
    if high:
        return _pair(int(high), int(low), found.group())
    if name:
        if name in _OWN:
            return found.group()
        character = html.unescape(found.group())
        return character if character != found.group() else "&amp;" + found.group()[1:]
    if decimal or hexadecimal:
        code = int(decimal) if decimal else int(hexadecimal, 16)
        return found.group() if _is_legal(code) else " "
    return "&amp;"


def _pair(high: int, low: int, written: str) -> str:
    """Two references in a row, which some generators use to write one character in UTF-16."""
    if 0xD800 <= high <= 0xDBFF and 0xDC00 <= low <= 0xDFFF:
        return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00))
    return written if _is_legal(high) and _is_legal(low) else " "


def _is_legal(code: int) -> bool:
    """Whether XML 1.0 allows the character."""
    if code < 0x20:
        return code in (0x9, 0xA, 0xD)
    return code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF


def _refuse_long_tags(text: str) -> None:
    for tag in _LONG_TAG.finditer(text):
        if tag.group().count("=") > _MAX_ATTRIBUTES:
            raise Unparsable(f"too complex: an element with more than {_MAX_ATTRIBUTES} attributes")


def _declare_namespaces(text: str, root: str) -> str:
    """Prefixes that are used by custom and were not declared, and Atom's own namespace, are declared."""
    opening = re.match(r"<[\w.:-]+", text)
    end = text.find(">")
    if opening is None or end < 0:
        return text
    tag = text[: end + 1]
    used = set(_PREFIXED.findall(text[:_HEAD]))
    missing = [
        f' xmlns:{prefix}="{_PREFIXES[prefix]}"'
        for prefix in sorted(used)
        if f"xmlns:{prefix}" not in tag and f"xmlns:{prefix}" not in text
    ]
    if root == "feed" and "xmlns=" not in tag and ":" not in opening.group():
        missing.append(f' xmlns="{_ATOM}"')
    return text[: opening.end()] + "".join(missing) + text[opening.end() :] if missing else text
