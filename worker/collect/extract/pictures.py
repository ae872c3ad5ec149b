"""The picture of an article whose page gives none to networks."""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from worker.collect.parse import fields
from worker.collect.plain import one_line

_LAZY = ("data-lazy-src", "data-src", "data-original", "data-orig-file")
_SETS = ("srcset", "data-srcset", "data-lazy-srcset")
_HOLDERS = ("article", "main")
_NOT_IN = frozenset({"aside", "nav", "footer", "header", "form"})
_MOST = 60
_LONGEST_SET = 5_000
_SMALL = 200
"""Pixels: icons, avatars and buttons are smaller."""
_NO_PICTURE = re.compile(
    r"gravatar|avatar|emoji|/smilies/|logo|icon|sprite|pixel|spacer|blank\.|placeholder|doubleclick|badge",
    re.IGNORECASE,
)
_WIDTH = re.compile(r"(\S{1,2000})\s+(\d{1,5})w")


def first_picture(tree: HtmlElement, *, url: str) -> tuple[str | None, str]:
    """The first picture in a page's article that is large, or says what it shows; and what it says."""
    for holder in (element for tag in _HOLDERS for element in tree.iter(tag)):
        for place, image in enumerate(holder.iter("img", "amp-img")):
            if place >= _MOST:
                break
            address = fields.link(picture_address(image), url)
            if address.startswith("http") and _is_picture(image, address):
                return address, one_line(image.get("alt") or "", limit=300)
        return None, ""
    return None, ""


def picture_address(image: HtmlElement) -> str:
    """Where a picture is, also if a script is to load it later; of several sizes the largest."""
    for name in _LAZY:
        if address := (image.get(name) or "").strip():
            return address
    source = (image.get("src") or "").strip()
    if source and not source.startswith("data:"):
        return source
    sizes = [found for name in _SETS for found in _WIDTH.findall((image.get(name) or "")[:_LONGEST_SET])]
    return str(max(sizes, key=lambda size: int(size[1]))[0]).lstrip(",") if sizes else ""


def _is_picture(image: HtmlElement, address: str) -> bool:
    if _NO_PICTURE.search(address) or any(element.tag in _NOT_IN for element in image.iterancestors()):
        return False
    stated = [int(size) for name in ("width", "height") if (size := image.get(name) or "").isascii() and size.isdigit()]
    if stated:
        return min(stated) >= _SMALL
    return bool((image.get("alt") or "").strip())
