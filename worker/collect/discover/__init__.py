"""What a site offers to collect from, given any address on it: asked politely, read in the sandbox, ranked."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

from worker.collect import robots
from worker.collect.discover.model import Candidate, Discovery, Place, Scope
from worker.collect.discover.pattern import guess_pattern
from worker.collect.discover.places import MOST, announced, each_once, scope_of, sitemaps, usual
from worker.collect.discover.probe import probe
from worker.collect.discover.score import ranked
from worker.collect.documents import ParsedArticle, SitePage
from worker.collect.fetch.model import Fetched, FetchError, Fetches, ForbiddenAddress, may_be_private
from worker.collect.listings.feed import rest_root
from worker.collect.listings.page import listed, nothing_fits
from worker.collect.sandbox import Reader
from worker.errors import SitrepError

__all__ = ["Candidate", "Discovery", "NothingFound", "Scope", "as_page", "discover"]

_ACCEPT = (
    "text/html, application/xhtml+xml, application/rss+xml, application/atom+xml, application/json;q=0.8, */*;q=0.5"
)
_SITEMAP_LINE = re.compile(r"^\s*sitemap\s*:\s*(https?://\S{1,2000})", re.IGNORECASE | re.MULTILINE)
_ENOUGH_ARTICLES = 5

Tell = Callable[[str], None]


class NothingFound(SitrepError):
    """The address cannot be asked; the message says what to do about it."""


def discover(
    url: str,
    *,
    fetcher: Fetches,
    reader: Reader,
    now: datetime,
    allow_private: bool = False,
    tell: Tell = lambda _: None,
) -> Discovery:
    """Look at an address, and from there at what its site offers. NothingFound where it does not answer.

    `tell` is called with each address before it is asked. At most some fifteen requests, one after the other.
    """
    search = _Search(fetcher, reader, now, url if allow_private else None, tell)
    first = search.open(url)
    own = search.look(Place(first.url, _kind_of(first.url), "it is the address that was named"), given=first)
    if own.error is None and own.articles and own.scope is not Scope.COMMENTS:
        search.found.append(own)
        search.look_around_feed(own, first)
        return search.result(first.url)
    if own.error is None:
        search.found.append(own)
    page = reader.read_site_page(first.body, content_type=first.content_type, url=first.url)
    if page.error and own.error is not None:
        raise NothingFound(f"{first.url} is neither a page nor a feed: {own.error}")
    search.look_around_page(first, page)
    return search.result(first.url, page)


def as_page(pattern: str) -> Callable[..., Discovery]:
    """`discover` for somebody who knows the page and which of its links are articles."""

    def look(
        url: str,
        *,
        fetcher: Fetches,
        reader: Reader,
        now: datetime,
        allow_private: bool = False,
        tell: Tell = lambda _: None,
    ) -> Discovery:
        search = _Search(fetcher, reader, now, url if allow_private else None, tell)
        first = search.open(url)
        page = reader.read_site_page(first.body, content_type=first.content_type, url=first.url)
        articles = listed(page, (pattern,), url=first.url)
        if not articles:
            raise NothingFound(f"{first.url}: {page.error or nothing_fits(page, (pattern,))}")
        search.consider_page(first, page, pattern)
        return search.result(first.url, page)

    return look


def _kind_of(url: str) -> str:
    parts = urlsplit(url)
    if "/wp-json" in parts.path or "rest_route=" in parts.query:
        return "wordpress"
    return "sitemap" if "sitemap" in parts.path.lower() else "feed"


def _with_scheme(url: str) -> str:
    return url if "://" in url or not url else f"https://{url}"


@dataclass(frozen=True)
class _AskedAlready:
    """A fetcher that need not ask for one address again."""

    answer: Fetched
    fetcher: Fetches

    def get(self, url: str, **given: Any) -> Fetched:
        return self.answer if url == self.answer.url else self.fetcher.get(url, **given)


@dataclass
class _Search:
    """One look at one site."""

    fetcher: Fetches
    reader: Reader
    now: datetime
    own: str | None
    """The address whose machine may be on a private network."""
    tell: Tell
    found: list[Candidate] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    asked: int = 0
    known: robots.Robots = field(default_factory=lambda: robots.Robots(""))

    def open(self, url: str) -> Fetched:
        """The answer at the address; without a scheme https is tried, then http."""
        tries = [url] if "://" in url else [f"https://{url}", f"http://{url}"]
        problem = ""
        for address in tries:
            self.tell(address)
            try:
                fetched = self.fetcher.get(address, accept=_ACCEPT, allow_private=self.own is not None)
            except ForbiddenAddress as error:
                told, private, _ = str(error).partition("; where that is wanted")
                advice = "if it is yours, add it with --allow-private" if private else "check the address"
                raise NothingFound(f"{told}; {advice}") from error
            except FetchError as error:
                problem = problem or str(error)
                continue
            if fetched.status == 200:
                return fetched
            problem = f"{fetched.url} answers with status {fetched.status}: check the address"
        raise NothingFound(problem)

    def look(self, place: Place, *, given: Fetched | None = None) -> Candidate:
        """Ask one place (unless its answer is given), and see what is there."""
        if given is None:
            self.asked += 1
            self.tell(place.url)
        fetcher = self.fetcher if given is None else _AskedAlready(given, self.fetcher)
        named, allowed = self.own or "", self.own is not None
        return probe(
            place, fetcher=fetcher, reader=self.reader, now=self.now, allow_private=allowed, named=_with_scheme(named)
        )

    def look_around_feed(self, own: Candidate, first: Fetched) -> None:
        """The address is a feed itself. Where it gives excerpts only, the site's API may give whole articles."""
        root = rest_root(first)
        if own.kind == "feed" and own.whole < len(own.articles) and root and own.scope is Scope.SITE:
            self.try_all(announced(SitePage(), rest_root=root))

    def look_around_page(self, first: Fetched, page: SitePage) -> None:
        """The address is a page: what it announces, what robots.txt names, then the usual places."""
        self.read_robots(first.url)
        root = rest_root(first) or page.rest_root
        self.try_all(announced(page, rest_root=root))
        feeds = not any(
            one.kind == "feed" and one.error is None and one.scope is not Scope.COMMENTS for one in self.found
        )
        self.try_all(usual(first.url, page, feeds=feeds, api=root is None), until_one=True)
        if not self.is_content():
            self.try_all(sitemaps(first.url, _SITEMAP_LINE.findall(self.known.text or "")), until_one=True)
        self.consider_page(first, page, guess_pattern(page.links, url=first.url))

    def read_robots(self, url: str) -> None:
        """What the site wants left alone, and the sitemaps that it names."""
        address = urljoin(url, "/robots.txt")
        self.asked += 1
        self.tell(address)
        status, body = None, b""
        try:
            private = may_be_private(address, named=_with_scheme(self.own or ""), allowed=self.own is not None)
            answer = self.fetcher.get(address, accept="text/plain, */*;q=0.5", allow_private=private)
            status, body = answer.status, answer.body
        except FetchError as error:
            self.notes.append(f"robots.txt cannot be had: {error}")
        self.known = robots.learnt(robots.Robots(), status=status, body=body, now=self.now)

    def try_all(self, places: list[Place], *, until_one: bool = False) -> None:
        """Ask them in turn; with `until_one` the first guess that is right ends the guessing."""
        seen = {one.url for one in self.found}
        for place in each_once(places):
            if place.url in seen or self.asked >= MOST:
                continue
            if scope_of(place.url, place.title) is Scope.COMMENTS:
                told = Candidate(place.url, place.kind, place.origin, title=place.title, scope=Scope.COMMENTS)
                self.found.append(told)
                continue
            refused = robots.refusal(self.known, place.url, now=self.now) if place.guessed else None
            if refused is not None:
                self.notes.append(f"{place.url} was left alone: {refused.reason}")
                continue
            candidate = self.look(place)
            if candidate.error is not None and place.guessed:
                continue
            self.found.append(candidate)
            if until_one and candidate.error is None and candidate.articles:
                return

    def is_content(self) -> bool:
        """Whether something good enough was found to spare the site further questions."""
        return any(
            one.error is None and one.scope is Scope.SITE and len(one.articles) >= _ENOUGH_ARTICLES and one.dated
            for one in self.found
        )

    def consider_page(self, first: Fetched, page: SitePage, pattern: str | None) -> None:
        """The page itself as a listing; it costs no request."""
        if pattern is None:
            return
        articles: tuple[ParsedArticle, ...] = listed(page, (pattern,), url=first.url)
        self.found.append(
            Candidate(
                first.url,
                "page",
                "it is the address that was named",
                format="page",
                title=page.title,
                articles=articles,
                link_pattern=pattern,
                pages_back=page.next_url is not None,
            )
        )

    def result(self, url: str, page: SitePage | None = None) -> Discovery:
        """All that was found, ranked."""
        candidates = ranked(self.found, asked=url, now=self.now)
        return Discovery(url, candidates, page.title if page else "", tuple(self.notes))
