"""The posts of a WordPress REST API: the newest ones, older ones that were edited, and the names behind numbers."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable

from worker.collect.documents import ParsedArticle, ParsedFeed
from worker.collect.fetch.model import Fetched, FetchError, Fetches
from worker.collect.listings.model import Asked, Harvest, Learned, ask, hash_of
from worker.collect.listings.rest import edits_address, listing_address, names_address, posts_address
from worker.collect.parse.fields import terms
from worker.collect.rhythm import Outcome
from worker.collect.sandbox import Reader
from worker.collect.taking import Listing

_REFUSALS = frozenset({400, 401, 403, 406, 500})
"""What sites answer that do not allow `_embed`: a parameter that a firewall or a plugin took exception to."""
_EDIT_PAGES = 2
_NAMES_AT_ONCE = 100
"""WordPress gives at most so many in one answer."""


def read_wordpress(asked: Asked, fetcher: Fetches, reader: Reader) -> Harvest:
    """The newest posts and, where it is time, those edited since; FRESH also where only one of them has news."""
    learned = Learned()
    address = posts_address(asked.address)
    harvest, embed = posts_page(asked, fetcher, learned, lambda embed: listing_address(address, embed=embed))
    if harvest.outcome not in (Outcome.FRESH, Outcome.UNCHANGED):
        return harvest
    newest: tuple[ParsedArticle, ...] = ()
    if harvest.outcome is Outcome.FRESH:
        assert harvest.fetched is not None
        feed = _read(reader, harvest.fetched)
        if feed.error or feed.format != "wp-json":
            said = feed.error or f"not WordPress posts but {feed.format}: name it as a feed"
            return Harvest(Outcome.UNUSABLE, harvest.fetched, error=f"{harvest.fetched.url}: {said}")
        newest = feed.articles
    edited = _edited(asked, address, fetcher, reader, learned, embed=embed)
    if not newest and not edited and harvest.outcome is Outcome.UNCHANGED:
        return dataclasses.replace(harvest, learned=learned)
    articles = resolved((*newest, *edited), asked, address, fetcher, reader, learned)
    fresh = harvest.outcome is Outcome.FRESH
    return Harvest(
        Outcome.FRESH,
        harvest.fetched,
        Listing(articles, rendition="wp-json", whole=fresh, window=len(newest)),
        learned=learned,
        body_hash=hash_of(harvest.fetched) if harvest.fetched and fresh else None,
    )


def posts_page(
    asked: Asked, fetcher: Fetches, learned: Learned, address_of: Callable[[bool], str]
) -> tuple[Harvest, bool]:
    """A page of posts, with names embedded where the site allows that; and whether it did."""
    if asked.refuses_embed:
        return ask(asked, fetcher, address=address_of(False)), False
    harvest = ask(asked, fetcher, address=address_of(True))
    status = harvest.fetched.status if harvest.fetched else None
    if status not in _REFUSALS:
        return harvest, True
    bare = ask(asked, fetcher, address=address_of(False))
    if bare.outcome not in (Outcome.FRESH, Outcome.UNCHANGED):
        return harvest, False
    learned.refuses_embed = True
    return bare, False


def _edited(
    asked: Asked, address: str, fetcher: Fetches, reader: Reader, learned: Learned, *, embed: bool
) -> tuple[ParsedArticle, ...]:
    """Posts changed since; a site that cannot tell (before WordPress 5.7, or hidden) simply tells the newest."""
    if asked.edits_since is None or asked.baseline_at is None:
        return ()
    learned.edits_asked = True
    found: list[ParsedArticle] = []
    for page in range(1, _EDIT_PAGES + 1):
        edits = edits_address(address, embed=embed, since=asked.edits_since, page=page)
        fetched = _try(fetcher, edits, asked)
        feed = _read(reader, fetched) if fetched else ParsedFeed(format=None, error="no answer")
        if feed.error or feed.format != "wp-json" or fetched is None:
            break
        found += feed.articles
        if page >= (fetched.total_pages or 1):
            break
    return tuple(found)


def resolved(
    articles: Iterable[ParsedArticle], asked: Asked, address: str, fetcher: Fetches, reader: Reader, learned: Learned
) -> tuple[ParsedArticle, ...]:
    """The articles with the names of their categories, tags and authors; each is asked for once."""
    articles = tuple(articles)
    wanted = {term for article in articles for term in article.unresolved} - asked.names.keys() - learned.names.keys()
    by_taxonomy: dict[str, list[str]] = {}
    for term in sorted(wanted):
        taxonomy, _, number = term.partition("/")
        by_taxonomy.setdefault(taxonomy, []).append(number)
    for taxonomy, numbers in by_taxonomy.items():
        some = numbers[:_NAMES_AT_ONCE]
        told = _names(fetcher, reader, names_address(address, taxonomy, some), asked)
        if told is not None:
            learned.names.update({f"{taxonomy}/{number}": told.get(int(number), "") for number in some})
    names = {**asked.names, **learned.names}
    return tuple(_named(article, names) for article in articles)


def _names(fetcher: Fetches, reader: Reader, address: str, asked: Asked) -> dict[int, str] | None:
    """Names by number; empty where the site keeps them to itself, None where it could not be asked."""
    fetched = _try(fetcher, address, asked)
    if fetched is None or fetched.status >= 500 or fetched.status == 429:
        return None
    return dict(_read(reader, fetched).names) if fetched.status == 200 else {}


def _named(article: ParsedArticle, names: dict[str, str]) -> ParsedArticle:
    if not article.unresolved:
        return article
    told = [(term, names.get(term, "")) for term in article.unresolved]
    author = next((name for term, name in told if term.startswith("users/") and name), "")
    categories = terms([*article.categories, *(name for term, name in told if not term.startswith("users/"))])
    return dataclasses.replace(article, author=article.author or author, categories=categories, unresolved=())


def _try(fetcher: Fetches, address: str, asked: Asked) -> Fetched | None:
    try:
        return fetcher.get(address, allow_private=asked.may_be_private(address))
    except FetchError:
        return None


def _read(reader: Reader, fetched: Fetched) -> ParsedFeed:
    return reader.parse_feed(fetched.body, content_type=fetched.content_type, url=fetched.url)
