"""What a feed says, made harmless: text for one line, links that lead to the web, the direction it reads in.

Escaping is the templates' part; this is about what escaping leaves in: control characters, directions that
spill over, marks piled up without end, titles of any length, links that run programs.
"""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote, urlsplit

LONGEST_LINK = 2000
"""Mail programs and proxies cut longer ones."""

_SPACES = dict.fromkeys([*range(0x20), 0x7F, *range(0x80, 0xA0), 0x2028, 0x2029], " ")
_DROPPED = dict.fromkeys(
    [*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF, 0xFFFC, *range(0xFDD0, 0xFDF0), 0xFFFE, 0xFFFF]
)
"""Embeddings, overrides and isolates that may stay open, marks of byte order, and what is no character."""
_HARMLESS = str.maketrans({**_SPACES, **_DROPPED})
_SURROGATES = re.compile("[\ud800-\udfff]")
_MARKS = "[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_PILED_UP = re.compile(f"({_MARKS}{{3}}){_MARKS}+")
_CUT_SHORT = re.compile(r"\s*(\[\s*(\.{3}|…)\s*\]|\.{3}|…)\s*$")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*\Z")
_HOST = re.compile(r"[A-Za-z0-9._-]+\Z")
_URL_SAFE = "!#$%&'()*+,/:;=?@[]~-._"


def clean(text: str) -> str:
    """The text as one line without control characters."""
    text = _SURROGATES.sub("", text).translate(_HARMLESS)
    text = _PILED_UP.sub(r"\1", unicodedata.normalize("NFC", text))
    return " ".join(text.split())


def clip(text: str, length: int) -> str:
    """Clean text of at most `length` characters, cut between words; a feed's own `[...]` becomes an ellipsis too."""
    text = clean(text)
    shortened = _CUT_SHORT.sub("", text)
    was_short = shortened != text
    if len(shortened) + was_short <= length:
        return f"{_bare_end(shortened)}…" if was_short and shortened else shortened
    cut = shortened[: length - 1]
    if not shortened[length - 1].isspace() and (space := cut.rfind(" ")) > length // 2:
        cut = cut[:space]
    return f"{_bare_end(cut)}…"


def _bare_end(text: str) -> str:
    """Without a last character that would join with, or look odd before, an ellipsis."""
    while text and (text[-1] in " ,;:.–—-\u200d\ufe0f" or unicodedata.combining(text[-1])):
        text = text[:-1]
    return text


def web_link(url: str | None) -> str | None:
    """The link in plain ASCII, or None where a mail may not point to it: javascript:, data:, a password in it."""
    if not url or len(url) > LONGEST_LINK or clean(url) != url or any(c in url for c in ' \\<>"{}|^`'):
        return None
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna").decode("ascii")
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not _HOST.match(host) or "@" in parts.netloc:
        return None
    rest = url.split("://", 1)[1][len(parts.netloc) :]
    link = f"{parts.scheme}://{host}{port}{quote(rest, safe=_URL_SAFE)}"
    return link if len(link) <= LONGEST_LINK else None


def direction(text: str) -> str:
    """`rtl` where the first letter with a direction reads from right to left, else `ltr`."""
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind in ("R", "AL"):
            return "rtl"
        if kind == "L":
            return "ltr"
    return "ltr"


def language_tag(tag: str | None) -> str | None:
    """The tag as HTML wants it, or None where it is none."""
    return tag.replace("_", "-") if tag and _LANGUAGE.match(tag) else None
