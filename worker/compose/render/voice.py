"""The mails in one language: cards, frames and short texts, each rendered once and kept in a bounded cache."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from jinja2 import Environment, FileSystemLoader
from jinja2 import TemplateError as JinjaError
from jinja2.utils import concat

from worker.compose.render.articles import CardArticle
from worker.compose.render.catalogues import Language
from worker.compose.render.environments import make_environment
from worker.compose.render.frames import Frame, slot
from worker.compose.render.inputs import Publication, Site
from worker.compose.render.prepared import Layout, prepare
from worker.message import Mailbox

CHANGING = ("preheader", "intro", "cards", "more")
"""The blocks of a digest's body that differ from cohort to cohort; the rest is its frame."""
_CARDS, _FRAMES, _SHORT = 8_000, 256, 4_000
_GAPS = re.compile(r"\n{3,}")


@dataclass(frozen=True)
class Card:
    """An article rendered for both parts; `size` is the HTML's bytes."""

    html: str
    text: str
    size: int


@dataclass(frozen=True)
class Occasion:
    """What a frame depends on. In a web view nothing personal is shown: such pages are passed on."""

    message: str
    publication: Publication
    site: Site
    shown_on: date
    web: bool = False

    @property
    def sender(self) -> Mailbox:
        return self.publication.sender or self.site.sender

    @property
    def context(self) -> dict[str, Any]:
        return {
            "newsletter": self.publication,
            "site": self.site,
            "sender": self.sender,
            "shown_on": self.shown_on,
        }


@dataclass(frozen=True)
class Summary:
    """What the changing blocks say about the articles as a whole."""

    count: int
    topics: tuple[str, ...]
    others: tuple[str, ...]
    teaser: str


class Voice:
    """Renders the templates in one language. Its caches may be read by many threads."""

    def __init__(self, loader: FileSystemLoader, language: Language) -> None:
        self.language = language
        self.html: Environment = make_environment(loader, language, html=True)
        self.text: Environment = make_environment(loader, language, html=False)
        self.card = lru_cache(_CARDS)(self._card)
        self.frame = lru_cache(_FRAMES)(self._frame)
        self.subject = lru_cache(_SHORT)(self._subject)
        self.block = lru_cache(_SHORT)(self._block)

    def environment(self, kind: str) -> Environment:
        return self.html if kind == "html" else self.text

    def render(self, name: str, **context: Any) -> str:
        """One template file, whole."""
        kind = "html" if name.endswith(".html") else "txt"
        return self.environment(kind).get_template(name).render(context)

    def _card(self, article: CardArticle, layout: Layout) -> Card:
        shown = prepare(article, layout)
        exact = layout is Layout.ALERT
        text = "line" if layout is Layout.LINE else "article"
        html = self.render(f"parts/{layout}.html", article=shown, exact=exact).strip() + "\n"
        return Card(html, self.render(f"parts/{text}.txt", article=shown, exact=exact), len(html.encode()))

    def _subject(self, message: str, headline: str, count: int) -> str:
        return self.render(f"{message}/subject.txt", headline=headline, count=count).strip()

    def _frame(self, occasion: Occasion, kind: str) -> Frame:
        start, end = ("<!--%", "%-->") if kind == "html" else ("{%", "%}")
        blocks = "".join(f"{start} block {name} {end}{slot(name)}{start} endblock {end}" for name in CHANGING)
        template = self.environment(kind).from_string(f'{start} extends "{occasion.message}/body.{kind}" {end}{blocks}')
        links = dict.fromkeys(("unsubscribe_url", "preferences_url", "view_url"))
        if not occasion.web:
            links = {name: slot(name) for name in links}
        rendered = template.render(**occasion.context, **links, subject=slot("subject"))
        return Frame(rendered if kind == "html" else _GAPS.sub("\n\n", rendered))

    def _block(self, occasion: Occasion, kind: str, block: str, summary: Summary) -> str:
        """One changing block of a body: the intro, the preheader."""
        environment = self.environment(kind)
        template = environment.get_template(f"{occasion.message}/body.{kind}")
        context = template.new_context({**occasion.context, **vars(summary)})
        try:
            return concat(template.blocks[block](context))
        except JinjaError:
            environment.handle_exception()  # says where in the template it was
