"""HTML from feeds to plain text that is safe in a subject line, a match and a mail."""

from __future__ import annotations

import html
import re
from itertools import accumulate

from selectolax.lexbor import LexborHTMLParser, LexborNode

_BLOCKS = (
    "p(?:re)?|div|li|br|h(?:[1-6r]|eader)|[uo]l|t(?:able|body|[dhr]|foot|head)|d(?:[dlt]|etails)|figure|fo(?:oter|rm)|"
    "blockquote|s(?:ection|ummary)|a(?:ddress|rticle|side)|c(?:aption|enter)|main|nav"
)
"""The frequent ones first, then by their first letter: it is tried at every tag."""
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
_ANY_TAG = re.compile(r"<[^<>]*>")
_OPEN_OR_CLOSE = re.compile(
    r"<(/?)(?!(?:br|img|hr|input|meta|link|source|wbr|area|col|embed|track|param)\b)[a-zA-Z]", re.IGNORECASE
)
_MANY_TAGS = 1_000
_LONG = 3 * _MANY_TAGS
_VERY_LONG = 8_192
_LONG_TAG = re.compile(rf"<[A-Za-z][^<>]{{{_VERY_LONG},}}>?")
_MAX_ATTRIBUTES = 500
_MAX_DEPTH = 400
_BREAK = "\x1e"
_NO_TEXT = [
    "script", "style", "noscript", "template", "iframe", "object", "embed", "svg", "form", "button", "select",
    "textarea", "figcaption", "audio", "video", "math",
]  # fmt: skip
_NO_TEXT_SELECTOR = ", ".join(_NO_TEXT)
_SPECIAL_TAG = re.compile(rf"<(?:{'|'.join(_NO_TEXT)}|[A-Z])")
"""Of an element without text to read, or written in capitals."""
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
    if not text.isprintable() or "  " in text:
        text = _SPACE.sub(" ", _UNSEEN.sub(_keep_space, unmangle(text)))
    text = text.strip()
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
    if len(fragment) > _VERY_LONG and fragment.count("=") > _MANY_TAGS:
        fragment = _LONG_TAG.sub(_without_attributes, fragment)
    special = _SPECIAL_TAG.search(fragment) is not None
    block = _BLOCK_ANY_CASE if special and _SHOUTED_TAG.search(fragment) else _BLOCK
    source = block.sub(_BREAK + "<", fragment)
    if len(source) > _LONG and source.count("<") > _MANY_TAGS and _is_too_deep(source):
        return _paragraphs(html.unescape(_ANY_TAG.sub(" ", _ACTIVE.sub(" ", source))), limit)
    root = LexborHTMLParser(source).root
    if root is None:
        return ""
    if drop and "class=" in source and _DROPPABLE.search(source):
        _leave_out(root, drop)
    if special:
        _leave_out(root, _NO_TEXT_SELECTOR)
    return _paragraphs(root.text(deep=True), limit)


def _without_attributes(tag: re.Match[str]) -> str:
    """A tag with very many attributes costs the square of their number, and is none."""
    return " " if tag.group().count("=") > _MAX_ATTRIBUTES else tag.group()


def _leave_out(root: LexborNode, selector: str) -> None:
    """Inner elements first: an element frees what it holds."""
    for node in reversed(root.css(selector)):
        node.decompose()


def _is_too_deep(source: str) -> bool:
    """Whether elements nest deeper than any real page; walking such a tree takes quadratic time."""
    steps = (-1 if slash else 1 for slash in _OPEN_OR_CLOSE.findall(source))
    return max(accumulate(steps), default=0) > _MAX_DEPTH


def _paragraph_breaks(text: str) -> str:
    """Plain text: a blank line parts paragraphs."""
    return re.sub(r"\r?\n[ \t]*\r?\n\s*", _BREAK, text)


def _paragraphs(text: str, limit: int) -> str:
    parts = [
        part if part.isprintable() and "  " not in part else _tidy(part)
        for part in map(str.strip, text.split(_BREAK))
        if part
    ]
    joined = "\n\n".join(filter(None, parts))
    return joined if len(joined) <= limit else joined[:limit].rsplit(" ", 1)[0]


def _tidy(part: str) -> str:
    """One space for each run of them, and nothing that cannot be seen."""
    part = " ".join(part.split())
    return part if part.isprintable() else " ".join(_UNSEEN.sub(_keep_space, unmangle(part)).split())
