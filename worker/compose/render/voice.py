"""The mails in one language: each card rendered once, and each edition's stationery, in bounded caches."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from jinja2 import Environment, FileSystemLoader

from worker.compose.render.articles import CardArticle
from worker.compose.render.catalogues import Language
from worker.compose.render.environments import make_environment
from worker.compose.render.frames import slot
from worker.compose.render.placeholders import LONGEST_PERSONAL_LINK
from worker.compose.render.prepared import Layout, prepare
from worker.compose.render.stationery import Occasion, Stationery

_CARDS, _OCCASIONS = 8_000, 128
_FEEDBACK = slot("feedback_url")
"""A card is shared by all cohorts: each puts its own mark here."""


@dataclass(frozen=True)
class Card:
    """An article rendered for both parts; `size` is the HTML's bytes, with links as long as they may be."""

    html: str
    text: str
    size: int

    def marked(self, mark: str) -> Card:
        """The card of one cohort, with its mark where a person's link will stand."""
        return Card(self.html.replace(_FEEDBACK, mark), self.text.replace(_FEEDBACK, mark), self.size)


class Voice:
    """Renders the templates in one language. Its caches may be read by many threads."""

    def __init__(self, loader: FileSystemLoader, language: Language) -> None:
        self.language = language
        self._environments = {kind: make_environment(loader, language, html=kind == "html") for kind in ("html", "txt")}
        self.card = lru_cache(_CARDS)(self._card)
        self.stationery = lru_cache(_OCCASIONS)(self._stationery)

    def environment(self, kind: str) -> Environment:
        """Of the `html` or the `txt` part."""
        return self._environments[kind]

    def render(self, name: str, **context: Any) -> str:
        """One template file, whole."""
        return self.environment(name.rpartition(".")[2]).get_template(name).render(context)

    def _card(self, article: CardArticle, layout: Layout, personal: bool = False) -> Card:
        shown = prepare(article, layout)
        if personal:
            shown = replace(shown, feedback_url=f"{_FEEDBACK}/{article.id}")
        exact = layout is Layout.ALERT
        text = "line" if layout is Layout.LINE else "article"
        html = self.render(f"parts/{layout}.html", article=shown, exact=exact).strip() + "\n"
        return Card(html, self.render(f"parts/{text}.txt", article=shown, exact=exact), _size(html))

    def _stationery(self, occasion: Occasion) -> Stationery:
        return Stationery(occasion, self.language.tag, self._environments)


def _size(html: str) -> int:
    return len(html.encode()) + html.count(_FEEDBACK) * (LONGEST_PERSONAL_LINK - len(_FEEDBACK))
