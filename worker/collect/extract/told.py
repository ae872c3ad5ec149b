"""What a page says about itself in meta elements and in JSON-LD (schema.org), as it stands there."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml.html import HtmlElement

from worker.collect.parse.sound import load_json

_ARTICLE_TYPES = frozenset({
    "article", "newsarticle", "blogposting", "reportagenewsarticle", "analysisnewsarticle", "opinionnewsarticle",
    "report", "backgroundnewsarticle", "liveblogposting", "techarticle", "scholarlyarticle", "reviewnewsarticle",
})  # fmt: skip
_MAX_LINKED_DATA = 1_000_000
_WRAPPED_IN = 500
"""Where JSON has begun: before it templates put comments and CDATA marks."""
_BEGIN = re.compile(r"\[\s{0,50}\{|\{")
_COMMA_TOO_MANY = re.compile(r",(?=\s{0,100}[}\]])")
_REFERRING = ("author", "creator", "image")
_MOST_METAS = 2_000


@dataclass(frozen=True, slots=True)
class Told:
    """`metas` holds every value of each name, in their order; `article` is the JSON-LD of the page's article."""

    metas: dict[str, list[str]]
    article: dict[str, Any]

    def meta(self, *names: str) -> str:
        """The first value of the first of these names that is there; empty where none is."""
        return next((self.metas[name][0] for name in names if name in self.metas), "")

    def every(self, *names: str) -> list[str]:
        """All values of all of these names."""
        return [value for name in names for value in self.metas.get(name, ())]


def read_told(tree: HtmlElement) -> Told:
    """Read from a whole page."""
    return Told(_metas(tree), _linked_article(tree))


def text_of(value: object) -> str:
    """A text, or nothing."""
    return value if isinstance(value, str) else ""


def listed(value: object) -> list[object]:
    """What JSON-LD gives alone or in a list, as a short list."""
    return value[:20] if isinstance(value, list) else [value] if value else []


def _metas(tree: HtmlElement) -> dict[str, list[str]]:
    metas: dict[str, list[str]] = {}
    for place, meta in enumerate(tree.iter("meta")):
        if place >= _MOST_METAS:
            break
        name = (meta.get("property") or meta.get("name") or meta.get("itemprop") or "").strip().lower()
        content = (meta.get("content") or "").strip()
        if name and content:
            metas.setdefault(name, []).append(content)
    return metas


def _linked_article(tree: HtmlElement) -> dict[str, Any]:
    """The first article described as JSON-LD."""
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or "") or not script.text or len(script.text) > _MAX_LINKED_DATA:
            continue
        found = [*_objects(_loaded(script.text))]
        for candidate in found:
            kinds = candidate.get("@type")
            named = kinds if isinstance(kinds, list) else [kinds]
            if any(isinstance(kind, str) and _type_name(kind) in _ARTICLE_TYPES for kind in named):
                return _resolved(candidate, {one["@id"]: one for one in found if isinstance(one.get("@id"), str)})
    return {}


def _type_name(kind: str) -> str:
    """`https://schema.org/NewsArticle` and `schema:NewsArticle` are `newsarticle`."""
    return re.split(r"[/#:]", kind.strip().rstrip("/"))[-1].lower()


def _loaded(text: str) -> object:
    """What a script's JSON holds, without what templates wrap it in; None where it is none."""
    begin = _BEGIN.search(text, 0, _WRAPPED_IN)
    end = text.rfind("}") + 1
    if begin is None or not end:
        return None
    text = text[begin.start() : end] + ("]" if begin.group() != "{" else "")
    for attempt in dict.fromkeys((text, _COMMA_TOO_MANY.sub("", text), html.unescape(text))):
        try:
            return load_json(attempt, strict=False)
        except ValueError:
            continue
        except RecursionError:
            return None
    return None


def _resolved(article: dict[str, Any], by_id: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The article with those things that it refers to by their @id."""
    for key in _REFERRING:
        if key in article:
            article[key] = [
                by_id.get(one["@id"], one) if isinstance(one, dict) and isinstance(one.get("@id"), str) else one
                for one in listed(article[key])
            ]
    return article


def _objects(data: object) -> Iterator[dict[str, Any]]:
    """The objects at the top, in a list, in @graph or as mainEntity; no deeper."""
    if isinstance(data, dict):
        yield data
        for key in ("@graph", "mainEntity", "mainEntityOfPage"):
            inner = data.get(key)
            yield from (item for item in (inner if isinstance(inner, list) else [inner]) if isinstance(item, dict))
    elif isinstance(data, list):
        for item in data[:100]:
            if isinstance(item, dict):
                yield from _objects(item)
