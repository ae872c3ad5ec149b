"""The pages people see: articles in the full dress of a magazine theme, listings, sitemaps."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from jinja2 import Environment

from demo.newsroom.archive import Article, slug_of
from demo.newsroom.markup import words_of
from demo.newsroom.theme import SITE_TITLE

Dated = tuple[str, datetime | None]
WORDS_A_MINUTE = 220
# Headlines and remarks that stand on every page, whatever its article is about: what a reader of
# pages has to leave out. They speak of each topic on purpose.
_EVERGREEN = (
    ("Ten Drones That Changed the Way Armies Think", "Drone & UAV", "From target drone to swarm…"),
    ("Belarus at a Glance: Bases, Brigades and Borders", "Military & Defence", "Who commands what in Minsk…"),
    ("Who Owns the Arctic? A Reader's Map", "High North", "Eight states, one ocean and a great deal of ice…"),
)
_REMARKS = (
    ("Quartermaster", "Every week another drone story. Could we hear about boots for once?"),
    ("northern_lights", "Served two winters in the Arctic. The author never had frozen lashes."),
    ("Greta from Gomel", "As somebody who left Belarus I read every line of this site. Thank you."),
    ("old_sapper", "Good piece. There is a typo in the third paragraph."),
)


class Pages:
    """Renders for one site; every method is given the articles that stand on it, newest first."""

    def __init__(self, env: Environment, site: str) -> None:
        self._env, self._site = env, site

    def article(self, article: Article, articles: Sequence[Article]) -> bytes:
        place = articles.index(article)
        others = [other for other in articles if other is not article]
        related = [other for other in others if set(other.categories) & set(article.categories)]
        return self._render(
            "article.html",
            articles,
            article=article,
            schema=self._schema(article),
            comments=_comments(article),
            minutes=max(1, round(len(words_of(article.blocks)) / WORDS_A_MINUTE)),
            hot=[self._item(other) for other in others if other.labels != article.labels][:4],
            previous=self._item(articles[place + 1]) if place + 1 < len(articles) else None,
            following=self._item(articles[place - 1]) if place else None,
            related=[self._item(other) for other in (related + others)[:4]],
        )

    def listing(self, heading: str, shown: Sequence[Article], articles: Sequence[Article]) -> bytes:
        items = [self._item(article) for article in shown]
        return self._render("listing.html", articles, heading=heading, items=items)

    def missing(self, articles: Sequence[Article]) -> bytes:
        return self._render("missing.html", articles)

    def sitemap(self, *, maps: Sequence[str] = (), pages: Sequence[Dated] = ()) -> bytes:
        return self._env.get_template("sitemap.xml").render(maps=maps, pages=pages).encode()

    def _render(self, name: str, articles: Sequence[Article], **values: Any) -> bytes:
        year = articles[0].published_at.year if articles else ""
        values.setdefault("hot", [self._item(article) for article in articles[:4]])
        template = self._env.get_template(name)
        return template.render(site=self._site, evergreen=self._evergreen(), year=year, **values).encode()

    def _item(self, article: Article) -> dict[str, str]:
        return {
            "url": self._site + article.path,
            "title": article.title,
            "date": f"{article.published_at:%B} {article.published_at.day}, {article.published_at.year}",
            "teaser": article.excerpt,
        }

    def _evergreen(self) -> list[dict[str, str]]:
        return [
            {
                "url": f"{self._site}/category/{slug_of(category)}/",
                "title": title,
                "date": "Editors' choice",
                "teaser": teaser,
            }
            for title, category, teaser in _EVERGREEN
        ]

    def _schema(self, article: Article) -> dict[str, Any]:
        return {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "headline": article.title,
            "datePublished": article.published_at.isoformat(timespec="seconds"),
            "dateModified": article.modified_at.isoformat(timespec="seconds"),
            "author": {"@type": "Person", "name": article.author},
            "publisher": {"@type": "Organization", "name": SITE_TITLE},
            "mainEntityOfPage": self._site + article.path,
            "inLanguage": "en-GB",
        }


def _comments(article: Article) -> list[dict[str, str]]:
    """Every other article has two remarks of readers, which wander off its subject."""
    if article.number % 2:
        return []
    first = article.number // 2
    chosen = (_REMARKS[first % len(_REMARKS)], _REMARKS[(first + 1) % len(_REMARKS)])
    return [{"name": name, "text": text} for name, text in chosen]
