"""The small things every format has: dates, links, names, images."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import urljoin, urlsplit

from worker.collect.limits import MAX_ADDRESS, MAX_CATEGORIES
from worker.collect.plain import one_line

_PLAIN_LINK = re.compile(r"https?://[\w.-]+(?::\d+)?(?:[/?#][^\s\\\x00-\x1f\x7f]*)?", re.ASCII)
_ACTIVE = re.compile(r"(?:java|vb|live)script:|data:|file:|blob:|about:", re.IGNORECASE)
_BLANKS = re.compile(r"[\x00-\x20\x7f]|%20|%0[0-9a-d]", re.IGNORECASE)
_MAIL_AND_NAME = re.compile(r"^\s*[^\s@()]+@[^\s@()]+\s*\((.+)\)\s*$")
_NAME_AND_MAIL = re.compile(r"^\s*(.*?)\s*[(<\[]\s*(?:mailto:)?[^\s@()<>]+@[^\s@()<>]+\s*[)>\]]\s*$")
_IMAGE = re.compile(r"<[iI][mM][gG]\s[^>]{0,4000}>")
_ATTRIBUTE = re.compile(
    r"""\b(src|alt|width|height|data-src|data-lazy-src)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE
)
_NO_PICTURE = re.compile(
    r"s\.w\.org/images/core/emoji|gravatar\.com/avatar|feedburner\.com/~|feeds\.wordpress\.com|pixel\.|/pixel|stats\.|"
    r"doubleclick|b\.scorecardresearch|/smilies/|^data:",
    re.IGNORECASE,
)


def instant(text: str | None) -> datetime | None:
    """An ISO 8601 text as an aware UTC instant; None where there is none or it cannot be one."""
    if not text:
        return None
    try:
        parsed = datetime.fromisoformat(text)
        return parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def link(href: str | None, base: str) -> str:
    """An http(s) address, absolute where `base` allows; empty for javascript:, data: and other schemes.

    One that is longer than any browser's address is none: no index takes it.
    """
    address = _absolute(href, base) if href else ""
    if len(address) > MAX_ADDRESS:
        return ""
    try:
        return address if address.isascii() or len(address.encode()) <= MAX_ADDRESS else ""
    except UnicodeEncodeError:
        return ""


def _absolute(href: str, base: str) -> str:
    if _PLAIN_LINK.fullmatch(href):
        return href
    if _ACTIVE.match(_BLANKS.sub("", href[:100])):
        return ""
    href = re.sub(r"[\x00-\x20\x7f]+", lambda gap: "" if gap.group().strip(" ") else "%20", href.strip())
    try:
        absolute = urljoin(base, href) if base else href
        scheme = urlsplit(absolute).scheme.lower()
    except ValueError:
        return ""
    return absolute if scheme in ("http", "https", "") else ""


def person(text: str) -> str:
    """A name without the mail address that RSS wants beside it."""
    for pattern in (_MAIL_AND_NAME, _NAME_AND_MAIL) if "@" in text else ():
        found = pattern.match(text)
        if found and found.group(1).strip():
            text = found.group(1)
            break
    return one_line(text, limit=200)


def terms(values: Iterable[object]) -> tuple[str, ...]:
    """Categories in their order, each once."""
    seen: dict[str, None] = {}
    for value in values:
        if isinstance(value, str) and (term := one_line(value, limit=100)):
            seen.setdefault(term)
        if len(seen) >= MAX_CATEGORIES:
            break
    return tuple(seen)


def first_image(markup: str, base: str) -> tuple[str | None, str]:
    """The first real picture in some HTML (no emoji, avatar or tracking pixel) and its alternative text."""
    for tag in _IMAGE.finditer(markup):
        attributes = {
            name.lower(): double or single or bare for name, double, single, bare in _ATTRIBUTE.findall(tag.group())
        }
        source = attributes.get("data-lazy-src") or attributes.get("data-src") or attributes.get("src", "")
        if _NO_PICTURE.search(source) or attributes.get("width") == "1" or attributes.get("height") == "1":
            continue
        if address := link(one_line(source, limit=2000), base):
            return address, one_line(attributes.get("alt", ""), limit=300)
    return None, ""
