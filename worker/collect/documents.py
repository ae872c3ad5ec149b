"""What documents from outside are read into: feeds, their articles, and articles' pages."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class ParsedArticle:
    """One article as its feed tells it: plain texts, absolute http(s) links where a base is known, UTC instants."""

    external_id: str
    """The feed's own identifier, verbatim; empty where it gives none."""
    url: str
    title: str
    author: str = ""
    published_at: datetime | None = None
    updated_at: datetime | None = None
    summary: str = ""
    text: str = ""
    """The feed's body as clean text: the whole article, or an excerpt of it (see collect.excerpt)."""
    categories: tuple[str, ...] = ()
    image_url: str | None = None
    image_alt: str = ""
    language: str | None = None
    unresolved: tuple[str, ...] = ()
    """Categories, tags and authors that a WordPress answer gives by number only: `categories/11`, `users/3`."""

    def to_json(self) -> dict[str, Any]:
        """The article as JSON types, instants as ISO 8601."""
        return {
            "external_id": self.external_id,
            "url": self.url,
            "title": self.title,
            "author": self.author,
            "published_at": _iso(self.published_at),
            "updated_at": _iso(self.updated_at),
            "summary": self.summary,
            "text": self.text,
            "categories": list(self.categories),
            "image_url": self.image_url,
            "image_alt": self.image_alt,
            "language": self.language,
            "unresolved": list(self.unresolved),
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> ParsedArticle:
        """The inverse of to_json."""
        return cls(
            **{
                **data,
                "published_at": _instant(data["published_at"]),
                "updated_at": _instant(data["updated_at"]),
                "categories": tuple(data["categories"]),
                "unresolved": tuple(data["unresolved"]),
            }
        )


@dataclass(frozen=True, slots=True)
class ParsedFeed:
    """What a document holds. With `error` set it holds nothing usable and `error` names the reason."""

    format: str | None
    """rss20, rss10, rss092, rss091, rss090, rss, atom10, atom03, json10, json11, wp-json, sitemap, news-sitemap,
    sitemap-index, page (a listing of links), wp-root, wp-names; None where it is none of them."""
    title: str = ""
    articles: tuple[ParsedArticle, ...] = ()
    error: str | None = None
    notes: tuple[str, ...] = field(default=())
    """What had to be repaired."""
    link: str = ""
    language: str | None = None
    sitemaps: tuple[str, ...] = ()
    """Of a sitemap index: the sitemaps it names."""
    sitemap_changes: tuple[str, ...] = ()
    """For each of them, when the index says that it was changed last, verbatim; empty where it does not."""
    links: tuple[tuple[str, str], ...] = ()
    """What the feed itself links to, as (relation, address): next, prev-archive (RFC 5005), hub, self."""
    pace_seconds: int | None = None
    """How often the feed says that it is updated (`ttl`, `sy:updatePeriod`)."""
    generator: str = ""
    names: tuple[tuple[int, str], ...] = ()
    """Of a WordPress list of categories, tags or users: their names by number."""
    whole: bool = True
    """False where the document was cut off: it tells nothing about what it does not hold."""
    cut_article: bool = False
    """Its last article is cut off too."""

    @property
    def complete_articles(self) -> tuple[ParsedArticle, ...]:
        """Those that can be stored: without one that is cut off."""
        return self.articles[:-1] if self.cut_article else self.articles

    def linked(self, *relations: str) -> str | None:
        """The address of the first of these relations that the feed links to."""
        for relation in relations:
            for name, address in self.links:
                if name == relation:
                    return address
        return None

    def to_json(self) -> dict[str, Any]:
        """The feed as JSON types."""
        return {
            "format": self.format,
            "title": self.title,
            "articles": [article.to_json() for article in self.articles],
            "error": self.error,
            "notes": list(self.notes),
            "link": self.link,
            "language": self.language,
            "sitemaps": list(self.sitemaps),
            "sitemap_changes": list(self.sitemap_changes),
            "links": [list(link) for link in self.links],
            "pace_seconds": self.pace_seconds,
            "generator": self.generator,
            "names": [list(name) for name in self.names],
            "whole": self.whole,
            "cut_article": self.cut_article,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> ParsedFeed:
        """The inverse of to_json."""
        return cls(
            **{
                **data,
                "articles": tuple(ParsedArticle.from_json(article) for article in data["articles"]),
                "notes": tuple(data["notes"]),
                "sitemaps": tuple(data["sitemaps"]),
                "sitemap_changes": tuple(data["sitemap_changes"]),
                "links": tuple((relation, address) for relation, address in data["links"]),
                "names": tuple((number, name) for number, name in data["names"]),
            }
        )


@dataclass(frozen=True, slots=True)
class ExtractedPage:
    """What a page tells: paragraphs of `text` are parted by a blank line, `published_at` is UTC."""

    title: str
    text: str
    author: str = ""
    published_at: datetime | None = None
    language: str | None = None
    image_url: str | None = None
    image_alt: str = ""
    canonical_url: str | None = None
    lead: str = ""
    """What the page says in a sentence or two that it is about."""
    categories: tuple[str, ...] = ()
    """Its section, then its tags."""
    paywalled: bool = False
    """Readers without a subscription see only the beginning."""
    error: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The page as JSON types."""
        return {
            "title": self.title,
            "text": self.text,
            "author": self.author,
            "published_at": self.published_at.isoformat() if self.published_at else None,
            "language": self.language,
            "image_url": self.image_url,
            "image_alt": self.image_alt,
            "canonical_url": self.canonical_url,
            "lead": self.lead,
            "categories": list(self.categories),
            "paywalled": self.paywalled,
            "error": self.error,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> ExtractedPage:
        """The inverse of to_json."""
        published = data["published_at"]
        return cls(
            **{
                **data,
                "published_at": datetime.fromisoformat(published) if published else None,
                "categories": tuple(data["categories"]),
            }
        )


@dataclass(frozen=True, slots=True)
class PageLink:
    """A link on a page of a site. `text` is the best headline among the links to this address."""

    url: str
    text: str
    headline: bool = False
    """It stands in a heading."""
    aside: bool = False
    """It stands in the site's navigation, header or footer."""
    published_at: datetime | None = None
    """The one time that stands in the same card."""


@dataclass(frozen=True, slots=True)
class SitePage:
    """What a page of a site tells about the site: its feeds, its REST API, and where it links to."""

    title: str = ""
    feeds: tuple[tuple[str, str, str], ...] = ()
    """(address, media type, title) of each feed that the page announces."""
    links: tuple[PageLink, ...] = ()
    """To http(s) addresses, each once, in the page's order."""
    rest_root: str | None = None
    next_url: str | None = None
    generator: str = ""
    language: str | None = None
    error: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The page as JSON types."""
        rows = [(one.url, one.text, one.headline, one.aside, _iso(one.published_at)) for one in self.links]
        return {
            "title": self.title,
            "feeds": [list(feed) for feed in self.feeds],
            "links": [list(row) for row in rows],
            "rest_root": self.rest_root,
            "next_url": self.next_url,
            "generator": self.generator,
            "language": self.language,
            "error": self.error,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> SitePage:
        """The inverse of to_json."""
        links = tuple(
            PageLink(address, text, headline, aside, _instant(moment))
            for address, text, headline, aside, moment in data["links"]
        )
        feeds = tuple((address, kind, title) for address, kind, title in data["feeds"])
        return cls(**{**data, "links": links, "feeds": feeds})


def _iso(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
