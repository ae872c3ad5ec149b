"""What the mails of one edition day are written on: the body without what differs from cohort to cohort.

A message's templates/email/<message>/body.* are whole templates. Rendered once with slots in the places that change,
they give frames; the blocks that change are rendered by themselves and kept too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

from jinja2 import Environment
from jinja2 import TemplateError as JinjaError
from jinja2.utils import concat
from markupsafe import escape

from worker.compose.render.frames import Frame, slot
from worker.compose.render.headers import bulk_headers
from worker.compose.render.inputs import Publication, Site
from worker.message import Mailbox

PERSONAL = ("unsubscribe_url", "preferences_url", "view_url")
_CHANGING = ("preheader", "intro", "cards", "more")
"""The blocks of a body that differ from cohort to cohort."""
_INTROS, _SUBJECTS = 256, 1_000
_GAPS = re.compile(r"\n{3,}")


@dataclass(frozen=True)
class Occasion:
    """What stationery depends on. A web view shows nothing personal: such pages are passed on."""

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
        """The variables that every block may use."""
        return {
            "newsletter": self.publication,
            "site": self.site,
            "sender": self.sender,
            "shown_on": self.shown_on,
        }


class Stationery:
    """The frames of one occasion in one language, and its short texts."""

    def __init__(self, occasion: Occasion, language: str, environments: Mapping[str, Environment]) -> None:
        self.occasion = occasion
        self._environments = environments
        self.headers = bulk_headers(occasion.publication, occasion.site, occasion.shown_on, language)
        self.frames = {kind: self._frame(kind) for kind in environments}
        self._preheaders = {known: Frame(self._preheader(known)) for known in ("others", "teaser", "")}
        self.intro = lru_cache(_INTROS)(self._intro)
        self.subject = lru_cache(_SUBJECTS)(self._subject)

    def preheader(self, others: str, teaser: str) -> str:
        """The words after the subject in a list of mails, as HTML: the other titles, or how the only article begins."""
        known = "others" if others else "teaser" if teaser else ""
        return self._preheaders[known].fill({"others": escape(others), "teaser": escape(teaser)})

    def _subject(self, headline: str, count: int) -> str:
        template = self._environments["txt"].get_template(f"{self.occasion.message}/subject.txt")
        return template.render(headline=headline, count=count).strip()

    def _intro(self, kind: str, count: int, topics: tuple[str, ...]) -> str:
        return self._block(kind, "intro", {"count": count, "topics": topics})

    def _preheader(self, known: str) -> str:
        context = {name: slot(name) if name == known else "" for name in ("others", "teaser")}
        return self._block("html", "preheader", context)

    def _block(self, kind: str, block: str, context: Mapping[str, Any]) -> str:
        environment = self._environments[kind]
        template = environment.get_template(f"{self.occasion.message}/body.{kind}")
        try:
            return concat(template.blocks[block](template.new_context({**self.occasion.context, **context})))
        except JinjaError:
            environment.handle_exception()  # says where in the template it was

    def _frame(self, kind: str) -> Frame:
        start, end = ("<!--%", "%-->") if kind == "html" else ("{%", "%}")
        blocks = "".join(f"{start} block {name} {end}{slot(name)}{start} endblock {end}" for name in _CHANGING)
        name = f"{self.occasion.message}/body.{kind}"
        template = self._environments[kind].from_string(f'{start} extends "{name}" {end}{blocks}')
        links = {name: None if self.occasion.web else slot(name) for name in PERSONAL}
        rendered = template.render(**self.occasion.context, **links, subject=slot("subject"))
        return Frame(rendered if kind == "html" else _GAPS.sub("\n\n", rendered))
