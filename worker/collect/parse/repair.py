"""What real feeds get wrong, put right before an XML parser sees it. Linear in the document's length.

It works on UTF-8 bytes: a search in them is faster than one in text, and the XML parser takes bytes anyway.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass

from worker.collect.limits import Unparsable

_HEAD = 65_536
"""A root element that starts later than this is not looked for."""
ROOT = re.compile(rb"<(?:[\w.-]{1,30}:)?(rss|feed|rdf|urlset|sitemapindex|channel|html)(?=[\s>/])", re.IGNORECASE)
_FEED_IN_PAGE = re.compile(rb"<(?:rss\s[^<>]*version|feed\s[^<>]*xmlns|rdf:rdf\s[^<>]*xmlns)", re.IGNORECASE)
_PROLOGUE = re.compile(rb"<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^<>\[]*(?:\[.*?\]\s*)?>", re.DOTALL | re.IGNORECASE)
_BLANK = "\ufeff \t\r\n".encode()
_PREFIXES = {
    b"content": b"http://purl.org/rss/1.0/modules/content/",
    b"dc": b"http://purl.org/dc/elements/1.1/",
    b"media": b"http://search.yahoo.com/mrss/",
    b"atom": b"http://www.w3.org/2005/Atom",
    b"itunes": b"http://www.itunes.com/dtds/podcast-1.0.dtd",
    b"slash": b"http://purl.org/rss/1.0/modules/slash/",
    b"wfw": b"http://wellformedweb.org/CommentAPI/",
    b"sy": b"http://purl.org/rss/1.0/modules/syndication/",
    b"news": b"http://www.google.com/schemas/sitemap-news/0.9",
    b"image": b"http://www.google.com/schemas/sitemap-image/1.1",
}
_PREFIXED = re.compile(b"<(" + b"|".join(_PREFIXES) + b"):")
_DUBIOUS = (
    rb"&(?!(?:amp|lt|gt|quot|apos);|#0{0,2}(?:3[2-9]|[4-9]\d|[1-9]\d{2,3}|[1-46-9]\d{4}|1\d{5});"
    rb"|#x0{0,2}[2-9a-cA-C][0-9a-fA-F]{1,3};)"
)
"""Anything but an entity of XML's own or the number of a harmless character; a match is looked at closely."""
_REFERENCE = re.compile(
    _DUBIOUS + rb"(?:#(\d{5});&#(\d{5});|(?:#(\d{1,8})|#[xX]([0-9a-fA-F]{1,7})|([A-Za-z][A-Za-z0-9]{1,31}));|)"
)
_ILLEGAL = re.compile(b"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_ATOM_AUTHOR = re.compile(
    rb"<author>\s*<name>([^<]{0,300})</name>\s*(?:<(?:email|uri)>[^<]{0,300}</(?:email|uri)>\s*){0,2}</author>"
)
"""Some RSS generators write an author as Atom does."""
_CONTROLS = bytes(code for code in range(0x20) if code not in (0x9, 0xA, 0xD))
_CDATA, _CDATA_END = b"<![CDATA[", b"]]>"
_LONG = 8192
_LONG_TAG = re.compile(rb"<[A-Za-z][^<>]{%d,}" % _LONG)
_MAX_ATTRIBUTES = 256
_MAX_TAGS = 1_000_000


def encoded(text: str) -> bytes:
    """The document as UTF-8; two characters that XML forbids and UTF-8 does not become one that `repair` replaces."""
    if "\ufffe" in text or "\uffff" in text:
        text = text.replace("\ufffe", "\x00").replace("\uffff", "\x00")
    return text.encode("utf-8", "replace")


def find_root(document: bytes) -> re.Match[bytes] | None:
    """Where the document's root element begins, if it is one that we know; group 1 is its local name."""
    found = _outside_comments(document)
    if found and root_name(found) == "html":
        inner = _FEED_IN_PAGE.search(document, 0, _HEAD)
        return ROOT.match(document, inner.start()) if inner else found
    return found


def root_name(root: re.Match[bytes]) -> str:
    """The lower-case local name of a root element that find_root found."""
    return root.group(1).decode().lower()


def _outside_comments(document: bytes) -> re.Match[bytes] | None:
    found = ROOT.search(document, 0, _HEAD)
    position = 0
    while found:
        opened = document.find(b"<!--", position, found.start())
        closed = document.find(b"-->", opened + 4) if opened >= 0 else -1
        if closed < 0:
            return found
        position = closed + 3
        if position > found.start():
            found = ROOT.search(document, position, _HEAD)
    return None


@dataclass(frozen=True, slots=True)
class Repaired:
    """XML in UTF-8 that parses, from its root element on, and what had to be done to get there."""

    xml: bytes
    notes: tuple[str, ...]
    whole: bool
    cut_article: bool
    """The document ends inside its last article."""


def repair(document: bytes, root: re.Match[bytes]) -> Repaired:
    """The document with what real feeds get wrong put right.

    Junk and declarations before the root go (with them every entity declaration: no bombs, no external files),
    HTML entities become characters, stray ampersands are escaped, characters that XML forbids become spaces.
    """
    name = root_name(root)
    notes: list[str] = []
    if _PROLOGUE.sub(b"", document[: root.start()]).strip(_BLANK):
        notes.append("text before the feed was left out")
    body = document[root.start() :]
    if _has_illegal(body):
        body = _ILLEGAL.sub(b" ", body)
        notes.append("characters that XML forbids were replaced")
    whole = _is_whole(body, name)
    cut = not whole and _ends_inside_an_article(body)
    if not whole:
        notes.append("the document is cut off")
    repaired = _mend_outside_cdata(body)
    if repaired is not body:
        notes.append("entities were mended")
    if name == "rss" and b"<name>" in repaired:
        repaired = _ATOM_AUTHOR.sub(rb"<author>\1</author>", repaired)
    if repaired.count(b"<") > _MAX_TAGS:
        raise Unparsable(f"too complex: more than {_MAX_TAGS:,} tags")
    return Repaired(_declare_namespaces(repaired, name), tuple(notes), whole, cut)


def _has_illegal(body: bytes) -> bool:
    """Whether a character is there that XML forbids. Counting bytes is ten times faster than a search."""
    return len(body) != len(body.translate(None, _CONTROLS))


def _is_whole(body: bytes, root: str) -> bool:
    """Whether the root element is closed; most documents show it in their last bytes."""
    closing = re.compile(rb"</(?:[\w.-]{1,30}:)?%s\s*>" % root.encode(), re.IGNORECASE)
    return bool(closing.search(body[-2048:]) or closing.search(body) or re.match(rb"<[^<>]*/>", body))


def _ends_inside_an_article(body: bytes) -> bool:
    opened = max(body.rfind(b"<item"), body.rfind(b"<entry"))
    closed = max(body.rfind(b"</item"), body.rfind(b"</entry"))
    return opened > closed


def _mend_outside_cdata(document: bytes) -> bytes:
    """References mended wherever no CDATA section is; an unclosed section is closed. The same object if all is well."""
    pieces: list[bytes] = []
    copied = position = 0
    while position < len(document):
        start = document.find(_CDATA, position)
        until = start if start >= 0 else len(document)
        if until - position > _LONG:
            _refuse_long_tags(document, position, until)
        if document.find(b"&", position, until) >= 0 and _REFERENCE.search(document, position, until):
            mended = _REFERENCE.sub(_mended, document[position:until])
            if mended != document[position:until]:
                pieces += (document[copied:position], mended)
                copied = until
        end = document.find(_CDATA_END, start) if start >= 0 else -1
        if start >= 0 and end < 0:
            return b"".join((*pieces, document[copied:], _CDATA_END))
        position = end + 3 if end >= 0 else until
    return b"".join((*pieces, document[copied:])) if pieces else document


def _mended(found: re.Match[bytes]) -> bytes:
    high, low, decimal, hexadecimal, name = found.groups()
    written = found.group()
    if high:
        return _pair(int(high), int(low), written)
    if name:
        character = html.unescape(written.decode())
        return character.encode() if character != written.decode() else b"&amp;" + written[1:]
    if decimal or hexadecimal:
        code = int(decimal) if decimal else int(hexadecimal, 16)
        return written if _is_legal(code) else b" "
    return b"&amp;"


def _pair(high: int, low: int, written: bytes) -> bytes:
    """Two references in a row, which some generators use to write one character in UTF-16."""
    if 0xD800 <= high <= 0xDBFF and 0xDC00 <= low <= 0xDFFF:
        return chr(0x10000 + ((high - 0xD800) << 10) + (low - 0xDC00)).encode()
    return written if _is_legal(high) and _is_legal(low) else b" "


def _is_legal(code: int) -> bool:
    """Whether XML 1.0 allows the character."""
    if code < 0x20:
        return code in (0x9, 0xA, 0xD)
    return code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF


def _refuse_long_tags(document: bytes, start: int, end: int) -> None:
    for tag in _LONG_TAG.finditer(document, start, end):
        if tag.group().count(b"=") > _MAX_ATTRIBUTES:
            raise Unparsable(f"too complex: an element with more than {_MAX_ATTRIBUTES} attributes")


def _declare_namespaces(document: bytes, root: str) -> bytes:
    """Prefixes that are used by custom and were not declared, and Atom's own namespace, are declared."""
    opening = re.match(rb"<[\w.:-]+", document)
    end = document.find(b">")
    if opening is None or end < 0:
        return document
    tag = document[: end + 1]
    used = set(_PREFIXED.findall(document, 0, _HEAD))
    missing = [
        b' xmlns:%s="%s"' % (prefix, _PREFIXES[prefix])
        for prefix in sorted(used)
        if b"xmlns:" + prefix not in tag and b"xmlns:" + prefix not in document
    ]
    if root == "feed" and b"xmlns=" not in tag and b":" not in opening.group():
        missing.append(b' xmlns="%s"' % _PREFIXES[b"atom"])
    return document[: opening.end()] + b"".join(missing) + document[opening.end() :] if missing else document
