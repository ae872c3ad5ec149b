"""A WordPress newsroom in memory, served by a Site: its feed, REST API, sitemaps, listing and pages, with verbs."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.collect.conftest import Answer, Request, Site, feed, item

CATEGORIES = {11: "Navy", 12: "Drones &amp; UAV"}
AUTHORS = {3: "Ada Reporter", 4: "Ben Writer"}


@dataclass
class Piece:
    """An article as the newsroom holds it. `key` is what the tests know it by, whatever it is called outside."""

    key: int
    guid: str
    slug: str
    title: str
    text: str
    published: datetime
    modified: datetime
    standing: bool = True
    author: int = 3
    categories: tuple[int, ...] = (11,)

    @property
    def path(self) -> str:
        return f"/{self.published:%Y/%m}/{self.slug}/"


@dataclass
class Newsroom:
    """Publishes, edits and takes down; `window` articles stand in its feed."""

    site: Site
    now: datetime
    window: int = 10
    excerpts: bool = False
    announces_api: bool = True
    api_is_open: bool = True
    embeds: bool = True
    pages_feed: bool = True
    tells_authors: bool = True
    forgets_to_change_its_etag: bool = False
    pieces: list[Piece] = field(default_factory=list)
    refuse: Callable[[Request], Answer | None] = lambda _: None

    def __post_init__(self) -> None:
        self.site.otherwise = self.answer

    # verbs

    def publish(self, count: int = 1, *, every: timedelta = timedelta(minutes=1), **given: Any) -> list[Piece]:
        """Publish articles one after the other, the last of them now."""
        new = []
        for place in range(count):
            key = len(self.pieces) + 1
            at = self.now - every * (count - 1 - place)
            piece = Piece(key, f"{self.site.url}/?p={key}", _slug(key), title_of(key), text_of(key), at, at)
            for name, value in given.items():
                setattr(piece, name, value)
            self.pieces.append(piece)
            new.append(piece)
        return new

    def standing(self) -> list[Piece]:
        """What stands, newest first."""
        shown = [piece for piece in self.pieces if piece.standing]
        return sorted(shown, key=lambda piece: (piece.published, piece.key), reverse=True)

    # what it shows

    def answer(self, request: Request) -> Answer:
        refused = self.refuse(request)
        if refused is not None:
            return refused
        parts = urlsplit(request.path)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        headers = {"ETag": '"never changes"'} if self.forgets_to_change_its_etag else {}
        if self.announces_api:
            headers["Link"] = f'<{self.site.url}/wp-json/>; rel="https://api.w.org/"'
        if parts.path == "/feed/":
            return self._feed(query, headers)
        route = query.get("rest_route", parts.path.removeprefix("/wp-json"))
        if parts.path.startswith("/wp-json") or "rest_route" in query:
            return self._rest(route, query)
        if parts.path == "/sitemap.xml":
            return Answer(200, self._sitemap().encode(), {"Content-Type": "application/xml"})
        if parts.path == "/":
            return Answer(
                200, self._front(int(query.get("page", "1"))).encode(), {"Content-Type": "text/html", **headers}
            )
        piece = next((one for one in self.pieces if one.standing and one.path == parts.path), None)
        if piece is None:
            return Answer(404, b"<p>gone</p>")
        return Answer(200, _page(piece).encode(), {"Content-Type": "text/html; charset=utf-8"})

    def _feed(self, query: dict[str, str], headers: dict[str, str]) -> Answer:
        page = int(query.get("paged", "1")) if self.pages_feed else 1
        shown = self.standing()[(page - 1) * self.window : page * self.window]
        if not shown and page > 1:
            return Answer(404, b"no such page")
        body = feed(*(self._item(piece) for piece in shown))
        return Answer(200, body.encode(), {"Content-Type": "application/rss+xml; charset=utf-8", **headers})

    def _item(self, piece: Piece) -> str:
        text = piece.text[:200] + " […]" if self.excerpts else piece.text
        return item(
            piece.key,
            title=piece.title,
            guid=piece.guid,
            link=self.site.url + piece.path,
            text=text,
            published=piece.published,
        )

    def _rest(self, route: str, query: dict[str, str]) -> Answer:
        if not self.api_is_open:
            return _json({"code": "rest_forbidden", "message": "Closed.", "data": {"status": 401}}, 401)
        if route.rstrip("/") == "":
            return _json({"name": "News", "namespaces": ["wp/v2"], "routes": {}})
        if route == "/wp/v2/posts":
            return self._posts(query)
        names: dict[str, dict[int, str]] = {"/wp/v2/categories": CATEGORIES, "/wp/v2/users": AUTHORS}
        if route not in names or (route == "/wp/v2/users" and not self.tells_authors):
            return _json({"code": "rest_user_cannot_view", "message": "No.", "data": {"status": 401}}, 401)
        wanted = {int(number) for number in query.get("include", "").split(",") if number}
        return _json([{"id": n, "name": name} for n, name in names[route].items() if n in wanted])

    def _posts(self, query: dict[str, str]) -> Answer:
        if "_embed" in query and not self.embeds:
            return _json({"code": "rest_invalid_param", "message": "_embed is not allowed", "data": {}}, 400)
        size, page = int(query.get("per_page", "10")), int(query.get("page", "1"))
        shown = self.standing()
        if "modified_after" in query:
            since = query["modified_after"]
            shown = [piece for piece in shown if f"{piece.modified:%Y-%m-%dT%H:%M:%S}" > since]
        if query.get("orderby") == "modified":
            shown.sort(key=lambda piece: piece.modified, reverse=True)
        pages = -(-len(shown) // size)
        if page > max(pages, 1):
            return _json({"code": "rest_post_invalid_page_number", "message": "Too far.", "data": {}}, 400)
        rows = [self._post(piece, embed="_embed" in query) for piece in shown[(page - 1) * size : page * size]]
        return _json(rows, headers={"X-WP-Total": str(len(shown)), "X-WP-TotalPages": str(pages)})

    def _post(self, piece: Piece, *, embed: bool) -> dict[str, Any]:
        told: dict[str, Any] = {
            "id": piece.key,
            "date_gmt": f"{piece.published:%Y-%m-%dT%H:%M:%S}",
            "modified_gmt": f"{piece.modified:%Y-%m-%dT%H:%M:%S}",
            "guid": {"rendered": piece.guid},
            "link": self.site.url + piece.path,
            "title": {"rendered": piece.title},
            "content": {"rendered": f"<p>{piece.text}</p>", "protected": False},
            "excerpt": {"rendered": "<p>An excerpt.</p>", "protected": False},
            "author": piece.author,
            "categories": list(piece.categories),
            "tags": [],
        }
        if embed:
            user = {"id": piece.author, "name": AUTHORS[piece.author]}
            hidden = {"code": "rest_user_invalid_id", "message": "Invalid user ID.", "data": {"status": 404}}
            told["_embedded"] = {
                "author": [user if self.tells_authors else hidden],
                "wp:term": [[{"id": n, "name": CATEGORIES[n]} for n in piece.categories], []],
            }
        return told

    def _sitemap(self) -> str:
        urls = "".join(
            f"<url><loc>{self.site.url}{piece.path}</loc><lastmod>{piece.modified.isoformat()}</lastmod></url>"
            for piece in self.standing()
        )
        return f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{urls}</urlset>'

    def _front(self, page: int) -> str:
        shown = self.standing()[(page - 1) * self.window : page * self.window]
        cards = "".join(
            f'<article><h2><a href="{piece.path}">{piece.title}</a></h2><a href="{piece.path}">Read more</a>'
            f'<time datetime="{piece.published.isoformat()}">then</time></article>'
            for piece in shown
        )
        more = f'<link rel="next" href="/?page={page + 1}">' if len(self.standing()) > page * self.window else ""
        feeds = '<link rel="alternate" type="application/rss+xml" title="News » Feed" href="/feed/">'
        return (
            f"<html lang='en'><head><title>News</title>{feeds}{more}</head><body><nav><a href='/about/'>About</a></nav>"
            f"<main>{cards}</main></body></html>"
        )


def _word(key: int) -> str:
    """A word for a number, so that no two slugs share one."""
    letters = "bcdfghjklmnpqrstvwz"
    word = ""
    while key:
        key, rest = divmod(key, len(letters))
        word += letters[rest] + "aeiou"[rest % 5]
    return word * 2


def title_of(key: int) -> str:
    return f"{_word(key).title()} {_word(key + 5000)} {_word(key + 90_000)}"


def text_of(key: int) -> str:
    """160 words of which no other article has any."""
    return " ".join(f"{_word(key * 1000 + number)}." for number in range(160))


def _slug(key: int) -> str:
    return f"{_word(key)}-{_word(key + 7000)}"


def _page(piece: Piece) -> str:
    return (
        f"<html lang='en'><head><title>{piece.title}</title>"
        f"<meta property='article:published_time' content='{piece.published.isoformat()}'></head>"
        f"<body><article><h1>{piece.title}</h1><p>{piece.text}</p></article></body></html>"
    )


def _json(value: object, status: int = 200, headers: dict[str, str] | None = None) -> Answer:
    return Answer(status, json.dumps(value).encode(), {"Content-Type": "application/json", **(headers or {})})
