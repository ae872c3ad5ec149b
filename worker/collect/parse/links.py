"""What a feed says about itself before its first article: where its older articles, its hub and itself are."""

from __future__ import annotations

import html
import re

from worker.collect.parse import fields
from worker.collect.plain import one_line

_HEAD = 30_000
_FIRST_ARTICLE = re.compile(r"<(?:[\w.-]{1,30}:)?(?:item|entry)[\s>]")
_LINK = re.compile(r"<(?:[\w.-]{1,30}:)?link\s([^<>]{1,4000})>")
_ATTRIBUTE = re.compile(r"""\b(rel|href)\s*=\s*(?:"([^"]*)"|'([^']*)')""")
_GENERATOR = re.compile(r"<generator\b[^<>]*>\s*(?:<!\[CDATA\[)?\s*([^<\]]{1,200})")
_TTL = re.compile(r"<ttl>\s*(\d{1,6})\s*</ttl>")
_PERIOD = re.compile(r"<(?:[\w.-]{1,30}:)?updatePeriod>\s*(hourly|daily|weekly|monthly|yearly)\b", re.IGNORECASE)
_FREQUENCY = re.compile(r"<(?:[\w.-]{1,30}:)?updateFrequency>\s*(\d{1,6})\s*<")
_SECONDS = {"hourly": 3600, "daily": 86_400, "weekly": 604_800, "monthly": 2_592_000, "yearly": 31_536_000}
_TOLD = ("next", "prev-archive", "hub", "self")
_AT_MOST = 20


def told_links(text: str, url: str) -> tuple[tuple[tuple[str, str], ...], str]:
    """(relation, address) of each link that matters, in their order, and the generator's name (RFC 4287, RFC 5005)."""
    head = _head(text)
    links: list[tuple[str, str]] = []
    for tag in _LINK.finditer(head):
        values = {name: html.unescape(double or single) for name, double, single in _ATTRIBUTE.findall(tag.group(1))}
        address = fields.link(values.get("href"), url)
        for relation in values.get("rel", "").lower().split():
            if relation in _TOLD and address and len(links) < _AT_MOST:
                links.append((relation, address))
    generator = _GENERATOR.search(head)
    return tuple(links), one_line(generator.group(1), limit=200) if generator else ""


def told_pace(text: str) -> int | None:
    """How often a feed says that it is updated, in seconds: RSS's `ttl`, or the syndication module's period."""
    head = _head(text)
    if ttl := _TTL.search(head):
        return int(ttl.group(1)) * 60 or None
    period, frequency = _PERIOD.search(head), _FREQUENCY.search(head)
    if period is None:
        return None
    return _SECONDS[period.group(1).lower()] // max(1, int(frequency.group(1)) if frequency else 1) or None


def _head(text: str) -> str:
    """What stands before the first article."""
    head = text[:_HEAD]
    first = _FIRST_ARTICLE.search(head)
    return head[: first.start()] if first else head
