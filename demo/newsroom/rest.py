"""The REST API under /wp-json/ as far as readers of a site use it: posts, users, categories."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from html import escape
from typing import Any

from demo.newsroom.archive import Article, slug_of
from demo.newsroom.feeds import figure
from demo.newsroom.loopback import Response, json_response
from demo.newsroom.markup import ascii_entities
from demo.newsroom.theme import MENU, SITE_TITLE, TAGLINE

PREFIX = "/wp-json"
_DATES = {"date": lambda a: a.published_at, "modified": lambda a: a.modified_at, "id": lambda a: a.number}


class BadParameter(ValueError):
    """A parameter of the REST API that WordPress would refuse with 400."""


class RestApi:
    """Answers for one site; `authors` and `categories` give the stable numbers."""

    def __init__(self, site: str, authors: Sequence[str], categories: Sequence[str]) -> None:
        self._site = site
        self._authors = {name: number for number, name in enumerate(sorted(set(authors)), start=2)}
        names = dict.fromkeys([*MENU, *categories])
        self._categories = {name: number for number, name in enumerate(names, start=11)}

    def answer(self, path: str, query: Mapping[str, str], articles: Sequence[Article]) -> Response:
        """What stands at `path` below /wp-json."""
        match path.strip("/").split("/"):
            case [""]:
                return json_response({"name": SITE_TITLE, "description": TAGLINE, "namespaces": ["wp/v2"]})
            case ["wp", "v2", "posts"]:
                return self._collection(query, lambda: self._posts(query, articles))
            case ["wp", "v2", "users"]:
                return self._collection(query, lambda: [self._user(name) for name in self._authors])
            case ["wp", "v2", "categories"]:
                return self._collection(query, lambda: [self._category(name, articles) for name in self._categories])
            case ["wp", "v2", kind, number] if number.isdecimal():
                return self._one(kind, int(number), articles)
            case _:
                return _error(404, "rest_no_route", "No route was found matching the URL and request method.")

    def _collection(self, query: Mapping[str, str], rows: Callable[[], list[dict[str, Any]]]) -> Response:
        try:
            size = _whole(query, "per_page", default=10, most=100)
            page = _whole(query, "page", default=1)
            found = rows()
        except BadParameter as error:
            return _error(400, "rest_invalid_param", str(error))
        pages = -(-len(found) // size)
        if page > max(pages, 1):
            message = "The page number requested is larger than the number of pages available."
            return _error(400, "rest_post_invalid_page_number", message)
        headers = {"X-WP-Total": str(len(found)), "X-WP-TotalPages": str(pages)}
        return json_response(found[(page - 1) * size : page * size], headers=headers)

    def _posts(self, query: Mapping[str, str], articles: Sequence[Article]) -> list[dict[str, Any]]:
        order = query.get("orderby", "date")
        if order not in _DATES:
            raise BadParameter("Invalid parameter(s): orderby")
        found = [article for article in articles if self._wanted(query, article)]
        found.sort(key=_DATES[order], reverse=query.get("order", "desc") == "desc")
        return [_chosen(query, self._post(article, embed="_embed" in query)) for article in found]

    def _wanted(self, query: Mapping[str, str], article: Article) -> bool:
        bounds = (
            ("after", article.published_at, 1),
            ("before", article.published_at, -1),
            ("modified_after", article.modified_at, 1),
            ("modified_before", article.modified_at, -1),
        )
        for name, instant, sign in bounds:
            if name in query and (instant - _instant(query, name)).total_seconds() * sign <= 0:
                return False
        numbers = _numbers(query, "include")
        categories = _numbers(query, "categories")
        return (
            ("slug" not in query or article.slug in query["slug"].split(","))
            and (not numbers or article.number in numbers)
            and (not categories or any(self._categories[name] in categories for name in article.categories))
        )

    def _one(self, kind: str, number: int, articles: Sequence[Article]) -> Response:
        if kind == "posts":
            rows = [self._post(article) for article in articles if article.number == number]
        elif kind == "users":
            rows = [self._user(name) for name, known in self._authors.items() if known == number]
        else:
            names = [name for name, known in self._categories.items() if known == number]
            rows = [self._category(name, articles) for name in names]
        if not rows:
            return _error(404, f"rest_{kind.rstrip('s')}_invalid_id", "Invalid ID.")
        return json_response(rows[0])

    def _post(self, article: Article, *, embed: bool = False) -> dict[str, Any]:
        link = self._site + article.path
        body = figure(self._site, article) + ascii_entities(article.html)
        author = self._authors[article.author]
        author_link = f"{self._site}{PREFIX}/wp/v2/users/{author}"
        return {
            "id": article.number,
            "date": _local(article.published_at),
            "date_gmt": _local(article.published_at),
            "guid": {"rendered": f"{self._site}/?p={article.number}"},
            "modified": _local(article.modified_at),
            "modified_gmt": _local(article.modified_at),
            "slug": article.slug,
            "status": "publish",
            "type": "post",
            "link": link,
            "title": {"rendered": _html(article.title)},
            "content": {"rendered": f"\n{body}\n", "protected": False},
            "excerpt": {"rendered": f"<p>{_html(article.excerpt)}</p>\n", "protected": False},
            "author": author,
            "featured_media": 0,
            "comment_status": "open",
            "format": "standard",
            "categories": [self._categories[name] for name in article.categories],
            "tags": [],
            "_links": {"author": [{"href": author_link, "embeddable": True}]},
            **({"_embedded": {"author": [self._user(article.author)]}} if embed else {}),
        }

    def _user(self, name: str) -> dict[str, Any]:
        slug = slug_of(name)
        link = f"{self._site}/author/{slug}/"
        return {"id": self._authors[name], "name": name, "slug": slug, "link": link, "description": ""}

    def _category(self, name: str, articles: Sequence[Article]) -> dict[str, Any]:
        slug = slug_of(name)
        return {
            "id": self._categories[name],
            "count": sum(name in article.categories for article in articles),
            "description": "",
            "link": f"{self._site}/category/{slug}/",
            "name": escape(name),
            "slug": slug,
            "taxonomy": "category",
            "parent": 0,
        }


def _chosen(query: Mapping[str, str], row: dict[str, Any]) -> dict[str, Any]:
    """Only the members that `_fields` names, where it is given."""
    wanted = [name.strip().split(".")[0] for name in query.get("_fields", "").split(",") if name.strip()]
    return {key: value for key, value in row.items() if key in wanted} if wanted else row


def _html(text: str) -> str:
    return ascii_entities(escape(text, quote=False))


def _local(instant: datetime) -> str:
    """WordPress writes dates without an offset; this site's zone is UTC."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S")


def _whole(query: Mapping[str, str], name: str, *, default: int, most: int | None = None) -> int:
    text = query.get(name, str(default))
    if not text.isdecimal() or int(text) < 1 or (most is not None and int(text) > most):
        raise BadParameter(f"Invalid parameter(s): {name}")
    return int(text)


def _numbers(query: Mapping[str, str], name: str) -> set[int]:
    texts = [text for text in query.get(name, "").split(",") if text]
    if not all(text.isdecimal() for text in texts):
        raise BadParameter(f"Invalid parameter(s): {name}")
    return {int(text) for text in texts}


def _instant(query: Mapping[str, str], name: str) -> datetime:
    """A date as WordPress takes it: with an offset (whose unescaped + arrives as a space), or in UTC."""
    try:
        instant = datetime.fromisoformat(re.sub(r"(T.*) (\d\d:?\d\d)$", r"\1+\2", query[name]))
    except ValueError as error:
        raise BadParameter(f"Invalid parameter(s): {name}") from error
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _error(status: int, code: str, message: str) -> Response:
    return json_response({"code": code, "message": message, "data": {"status": status}}, status)
