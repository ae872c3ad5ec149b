"""A digest or an alert from its articles: cards that are rendered once, joined in a frame that is rendered once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from markupsafe import Markup, escape

from worker.compose.render.articles import CardArticle
from worker.compose.render.fitting import LARGEST_HTML, Fit, fit
from worker.compose.render.headers import bulk_headers
from worker.compose.render.inputs import DigestInput
from worker.compose.render.placeholders import LONGEST_PERSONAL_LINK, placeholders
from worker.compose.render.prepared import Layout
from worker.compose.render.summary import headline, summarise
from worker.compose.render.templates import EmailTemplates
from worker.compose.render.voice import Card, Occasion, Summary, Voice
from worker.errors import SitrepError
from worker.message import Content, header_text


class EmptyMail(SitrepError):
    """A mail without articles was asked for: whoever plans must leave such a cohort out."""


def render_digest(templates: EmailTemplates, given: DigestInput) -> Content:
    """The mail that a cohort shares. Its HTML is at most 100,000 bytes when the personal links have been put in."""
    draft = _draft(templates, given, web=False)
    chosen = _choose(draft, given.publication.max_articles)
    return Content(
        subject=draft.subject,
        text=_body(draft, "txt", chosen),
        html=_body(draft, "html", chosen),
        sender=draft.occasion.sender,
        reply_to=given.site.reply_to,
        headers=bulk_headers(given.publication, given.site, given.shown_on, draft.voice.language.tag),
        categories=(given.publication.slug, draft.occasion.message),
    )


def render_web_view(templates: EmailTemplates, given: DigestInput) -> str:
    """The same edition as a page: all articles as cards, and nothing personal, for such pages are passed on."""
    draft = _draft(templates, given, web=True)
    return _body(draft, "html", Fit(len(given.articles), 0, 0))


@dataclass(frozen=True)
class _Draft:
    """One mail on its way."""

    voice: Voice
    occasion: Occasion
    articles: tuple[CardArticle, ...]
    subject: str
    summary: Summary
    marks: Mapping[str, str]

    def card(self, position: int) -> Card:
        layout = Layout.STANDARD
        if position == 0:
            alone = self.occasion.message == "alert" and len(self.articles) == 1
            layout = Layout.ALERT if alone else Layout.LEAD
        return self.voice.card(self.articles[position], layout)

    def line(self, position: int) -> Card:
        return self.voice.card(self.articles[position], Layout.LINE)


def _draft(templates: EmailTemplates, given: DigestInput, *, web: bool) -> _Draft:
    if not given.articles:
        raise EmptyMail(f"The {given.publication.title} of {given.shown_on} has no articles")
    voice = templates.in_language(given.language)
    message = "alert" if given.publication.frequency == "instant" else "digest"
    return _Draft(
        voice=voice,
        occasion=Occasion(message, given.publication, given.site, given.shown_on, web),
        articles=given.articles,
        subject=header_text(voice.subject(message, headline(given.articles[0]), len(given.articles))),
        summary=summarise(given.articles),
        marks=asdict(placeholders(given.placeholder_key)),
    )


def _choose(draft: _Draft, max_cards: int) -> Fit:
    """What is shown as a card, what as a title, what only online."""
    count = range(len(draft.articles))
    cards = [draft.card(position).size for position in count[:max_cards]]
    room = LARGEST_HTML - _taken(draft)
    if len(cards) == len(count) and sum(cards) <= room:
        return Fit(len(cards), 0, 0)
    lines = [draft.line(position).size for position in count]
    frame_of_more = len(_more(draft, "html", Fit(0, 0, len(count))).encode()) + LONGEST_PERSONAL_LINK
    return fit(cards, lines, room=room, frame_of_more=frame_of_more)


def _taken(draft: _Draft) -> int:
    """The bytes of the HTML besides cards and titles, with personal links as long as they may be."""
    frame = draft.voice.frame(draft.occasion, "html")
    links = sum(frame.count(name) for name in draft.marks) * LONGEST_PERSONAL_LINK
    short = [_changing(draft, "html", "intro"), _changing(draft, "html", "preheader"), escape(draft.subject)]
    return frame.size + links + sum(len(text.encode()) for text in short)


def _body(draft: _Draft, kind: str, chosen: Fit) -> str:
    cards = [draft.card(position) for position in range(chosen.cards)]
    values = {
        **draft.marks,
        "subject": escape(draft.subject) if kind == "html" else draft.subject,
        "preheader": _changing(draft, kind, "preheader") if kind == "html" else "",
        "intro": _changing(draft, kind, "intro"),
        "cards": _joined(cards, kind),
        "more": _more(draft, kind, chosen),
    }
    return draft.voice.frame(draft.occasion, kind).fill(values)


def _changing(draft: _Draft, kind: str, block: str) -> str:
    return draft.voice.block(draft.occasion, kind, block, draft.summary)


def _more(draft: _Draft, kind: str, chosen: Fit) -> str:
    if not chosen.lines and not chosen.online:
        return ""
    lines = [draft.line(position) for position in range(chosen.cards, chosen.cards + chosen.lines)]
    rendered = Markup(_joined(lines, kind))  # noqa: S704 - our own templates made it, escaped
    return draft.voice.render(
        f"parts/more.{kind}", lines=rendered, online=chosen.online, view_url=draft.marks["view_url"]
    )


def _joined(cards: Sequence[Card], kind: str) -> str:
    return "".join([card.html if kind == "html" else card.text for card in cards])
