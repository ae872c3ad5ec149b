"""Which address shows what."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from demo.newsroom import feeds
from demo.newsroom.archive import Archive, Article, last_modified, slug_of
from demo.newsroom.images import draw
from demo.newsroom.loopback import Request, Response, json_response
from demo.newsroom.pages import Pages
from demo.newsroom.rest import PREFIX, RestApi
from demo.newsroom.theme import SITE_TITLE, environment

RSS = "application/rss+xml; charset=UTF-8"
ATOM = "application/atom+xml; charset=UTF-8"
XML = "application/xml; charset=UTF-8"


class Routes:
    """The public site at the address `site`, showing what `archive` has published at `now()`."""

    def __init__(self, site: str, archive: Archive, now: Callable[[], datetime]) -> None:
        self._site, self._archive, self._now = site, archive, now
        self._env = environment()
        self._pages = Pages(self._env, site)
        written = archive.manuscripts.values()
        self._rest = RestApi(site, [m.author for m in written], [name for m in written for name in m.categories])

    def answer(self, request: Request) -> Response:
        if request.method not in ("GET", "HEAD"):
            return self._refused(request)
        articles = self._archive.published(self._now())
        path = request.path
        if path.startswith(PREFIX):
            return self._rest.answer(path.removeprefix(PREFIX), request.query, articles)
        if path.startswith("/wp-content/"):
            return self._image(path, articles)
        if not path.endswith("/") and "." not in path:
            return Response(301, headers={"Location": f"{self._site}{path}/"})
        return self._document(request, path, articles)

    def _refused(self, request: Request) -> Response:
        if request.path == "/wp-comments-post.php":
            return Response(403, b"<p>Comments are held for moderation on this sample site.</p>")
        return json_response({"error": "method not allowed"}, 405, {"Allow": "GET, HEAD"})

    def _document(self, request: Request, path: str, articles: Sequence[Article]) -> Response:
        match [part for part in path.split("/") if part]:
            case [] if "p" in request.query:
                return self._by_number(request.query["p"], articles)
            case []:
                heading = f"Latest from {SITE_TITLE}"
                return Response(200, self._pages.listing(heading, articles[:20], articles))
            case ["feed", *kind]:
                return self._feed(request, kind, articles)
            case ["robots.txt"]:
                text = f"User-agent: *\nDisallow: /wp-admin/\n\nSitemap: {self._site}/wp-sitemap.xml\n"
                return Response(200, text.encode(), "text/plain; charset=utf-8")
            case ["wp-sitemap.xml"]:
                return self._sitemap_index()
            case [name] if name.startswith("wp-sitemap-"):
                return self._sitemap(name, articles)
            case ["category", name]:
                return self._listing(articles, name, lambda article: article.categories)
            case ["author", name]:
                return self._listing(articles, name, lambda article: (article.author,))
            case [year, month, slug] if re.fullmatch(r"\d{4}", year) and re.fullmatch(r"\d\d", month):
                return self._article(path, slug, articles)
            case _:
                return self._missing(articles)

    def _feed(self, request: Request, kind: list[str], articles: Sequence[Article]) -> Response:
        changed = last_modified(articles[: feeds.ITEMS], self._archive.base)
        match kind:
            case [] | ["rss2"]:
                body, content_type = feeds.rss(self._env, self._site, articles, changed), RSS
            case ["excerpts"]:
                body, content_type = feeds.rss(self._env, self._site, articles, changed, excerpts=True), RSS
            case ["atom"]:
                body, content_type = feeds.atom(self._env, self._site, articles, changed), ATOM
            case _:
                return self._missing(articles)
        return feeds.conditional(request.headers, body, content_type, changed)

    def _article(self, path: str, slug: str, articles: Sequence[Article]) -> Response:
        found = next((article for article in articles if article.slug == slug), None)
        if found is None:
            return self._missing(articles)
        if found.path != path:
            return Response(301, headers={"Location": self._site + found.path})
        return Response(200, self._pages.article(found, articles), headers=self._links(found))

    def _links(self, article: Article) -> dict[str, str]:
        api, short = f"{self._site}{PREFIX}/", f"{self._site}/?p={article.number}"
        return {"Link": f'<{api}>; rel="https://api.w.org/", <{short}>; rel=shortlink'}

    def _by_number(self, number: str, articles: Sequence[Article]) -> Response:
        found = next((article for article in articles if str(article.number) == number), None)
        if found is None:
            return self._missing(articles)
        return Response(301, headers={"Location": self._site + found.path})

    def _listing(self, articles: Sequence[Article], slug: str, names: Callable[[Article], tuple[str, ...]]) -> Response:
        shown = [article for article in articles if slug in map(slug_of, names(article))]
        heading = next((name for a in shown for name in names(a) if slug_of(name) == slug), slug)
        return Response(200, self._pages.listing(heading, shown, articles))

    def _sitemap_index(self) -> Response:
        kinds = ("posts-post-1", "taxonomies-category-1")
        maps = [f"{self._site}/wp-sitemap-{kind}.xml" for kind in kinds]
        return Response(200, self._pages.sitemap(maps=maps), XML)

    def _sitemap(self, name: str, articles: Sequence[Article]) -> Response:
        pages: list[tuple[str, datetime | None]]
        if name == "wp-sitemap-posts-post-1.xml":
            pages = [(self._site + article.path, article.modified_at) for article in reversed(articles)]
        elif name == "wp-sitemap-taxonomies-category-1.xml":
            names = dict.fromkeys(name for article in articles for name in article.categories)
            pages = [(f"{self._site}/category/{slug_of(category)}/", None) for category in names]
        else:
            return self._missing(articles)
        return Response(200, self._pages.sitemap(pages=pages), XML)

    def _image(self, path: str, articles: Sequence[Article]) -> Response:
        if path not in {article.image_path for article in articles}:
            return self._missing(articles)
        body, content_type = draw(path.rsplit("/", 1)[1])
        return Response(200, body, content_type, {"Cache-Control": "max-age=86400"})

    def _missing(self, articles: Sequence[Article]) -> Response:
        return replace(Response(404), body=self._pages.missing(articles))
