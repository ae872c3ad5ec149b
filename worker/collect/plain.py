"""HTML from feeds to plain text that is safe in a subject line, a match and a mail."""

from __future__ import annotations

import html
import re

from selectolax.lexbor import LexborHTMLParser

_BLOCKS = (
    "address|article|aside|blockquote|br|caption|center|dd|details|div|dl|dt|figure|footer|form|h[1-6]|header|hr|li|"
    "main|nav|ol|p|pre|section|summary|table|tbody|td|tfoot|th|thead|tr|ul"
)
_BLOCK = re.compile(rf"<(?=/?(?:{_BLOCKS})[\s>/])")
"""Where a tag begins or ends a block. It starts with a plain character and looks ahead, which is fast."""
_BLOCK_ANY_CASE = re.compile(_BLOCK.pattern, re.IGNORECASE)  # three times slower
_SHOUTED_TAG = re.compile("<[A-Z]")
_INLINE = (
    "a|abbr|acronym|b|bdi|bdo|big|cite|code|del|dfn|em|font|i|img|ins|kbd|mark|nobr|q|s|samp|small|span|strike|strong|"
    "sub|sup|time|tt|u|var|wbr|html|body|head|title|style|script|noscript|iframe|object|embed|svg|video|audio|link|meta"
)
_TAG = re.compile(rf"</?(?:{_BLOCKS}|{_INLINE})(?:\s[^<>]*)?/?>", re.IGNORECASE)
_ACTIVE = re.compile(r"<(script|style)\b[^>]*>.*?(?:</\1\s*>|$)", re.IGNORECASE | re.DOTALL)
_SPACE = re.compile(r"[ \t\r\n\f\v\xa0\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\xad\u200b\u2060\ufeff\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
_C1 = re.compile(r"[\x80-\x9f]")
_ODD = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1d\x1f\x7f-\x9f\xad\u200b\u2060\ufeff\u202a-\u202e\u2066-\u2069\ufffe\uffff]"
)
_ANY_TAG = re.compile(r"<[^<>]*>")
_OPEN_OR_CLOSE = re.compile(
    r"<(/?)(?!(?:br|img|hr|input|meta|link|source|wbr|area|col|embed|track|param)\b)[a-zA-Z]", re.IGNORECASE
)
_MANY_TAGS = 1_000
_MAX_DEPTH = 400
_BREAK = "\x1e"
_NO_TEXT = [
    "script", "style", "noscript", "template", "iframe", "object", "embed", "svg", "form", "button", "select",
    "textarea", "figcaption", "audio", "video", "math",
]  # fmt: skip
_HAS_NO_TEXT = re.compile(rf"<(?:{'|'.join(_NO_TEXT)}|[A-Z])")
_DROPPABLE = re.compile(r"""class=["'][^"'<>]*(?:shar|relat|flare|yarpp|jetpack|jp-|author|caption|wpcnt|crp)""")
"""A look before the search for elements to leave out, which costs as much as parsing."""


def unmangle(text: str) -> str:
    """`text` with the traces of wrong encodings undone: UTF-8 read as Latin-1, Windows-1252 read as Latin-1."""
    if not _C1.search(text):
        return text
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return _C1.sub(lambda found: found.group().encode("latin-1").decode("cp1252", "replace"), text)


def one_line(text: str, *, limit: int) -> str:
    """A title, name or category: one line, no markup, no control or invisible characters, at most `limit` long.

    Feeds escape titles once, twice or not at all; what still looks like an HTML tag or entity is one.
    """
    if "<" in text:
        text = _TAG.sub("", _ACTIVE.sub("", text))
    if "&" in text:
        text = html.unescape(text)
        if "<" in text:
            text = _TAG.sub("", _ACTIVE.sub("", text))
    text = _SPACE.sub(" ", _UNSEEN.sub(_keep_space, unmangle(text))).strip()
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _keep_space(found: re.Match[str]) -> str:
    """Control characters part words; invisible formatting does not."""
    return " " if found.group() < " " else ""


def plain_text(fragment: str, *, limit: int, drop: str | None = None) -> str:
    """The readable text of an HTML fragment: paragraphs parted by a blank line, nothing invisible in it.

    `drop` is a CSS selector of elements whose text does not belong to it. Linear in the input's length.
    """
    if _BREAK in fragment:
        fragment = fragment.replace(_BREAK, " ")
    if "<" not in fragment:
        text = html.unescape(fragment) if "&" in fragment else fragment
        return _paragraphs(_paragraph_breaks(text), limit)
    source = (_BLOCK_ANY_CASE if _SHOUTED_TAG.search(fragment) else _BLOCK).sub(_BREAK + "<", fragment)
    if source.count("<") > _MANY_TAGS and _is_too_deep(source):
        return _paragraphs(html.unescape(_ANY_TAG.sub(" ", _ACTIVE.sub(" ", source))), limit)
    root = LexborHTMLParser(source).root
    if root is None:
        return ""
    if drop and _DROPPABLE.search(source):
        for node in root.css(drop):
            node.decompose()
    if _HAS_NO_TEXT.search(source):
        root.strip_tags(_NO_TEXT, recursive=True)
    return _paragraphs(root.text(deep=True), limit)


def _is_too_deep(source: str) -> bool:
    """Whether elements nest deeper than any real page; walking such a tree takes quadratic time."""
    depth = 0
    for tag in _OPEN_OR_CLOSE.finditer(source):
        depth += -1 if tag.group(1) else 1
        if depth > _MAX_DEPTH:
            return True
    return False


def _paragraph_breaks(text: str) -> str:
    """Plain text: a blank line parts paragraphs."""
    return re.sub(r"\r?\n[ \t]*\r?\n\s*", _BREAK, text)


def _unspaced(part: str) -> str:
    """One space for each run of them. Most parts have no run, and looking is faster than joining."""
    if "\n" in part or "  " in part or "\xa0" in part or "\t" in part or "\r" in part:
        return " ".join(part.split())
    return part.strip()


def _paragraphs(text: str, limit: int) -> str:
    if _ODD.search(text):
        text = _BREAK.join(_UNSEEN.sub(_keep_space, unmangle(part)) for part in text.split(_BREAK))
    paragraphs = (_unspaced(part) for part in text.split(_BREAK) if part and not part.isspace())
    joined = "\n\n".join(paragraphs)
    return joined if len(joined) <= limit else joined[:limit].rsplit(" ", 1)[0]
