"""A digest or an alert from its articles: cards that are rendered once, joined in a frame that is rendered once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from worker.compose.render.articles import CardArticle
from worker.compose.render.fitting import LARGEST_HTML, Fit, fit
from worker.compose.render.inputs import DigestInput
from worker.compose.render.placeholders import LONGEST_PERSONAL_LINK, placeholders
from worker.compose.render.prepared import Layout
from worker.compose.render.stationery import PERSONAL, Occasion, Stationery
from worker.compose.render.summary import summarise
from worker.compose.render.templates import EmailTemplates
from worker.compose.render.voice import Card, Voice
from worker.errors import SitrepError
from worker.message import Content, header_text

_SPARE = 200
"""Bytes: another number may have a longer plural."""


class EmptyMail(SitrepError):
    """A mail without articles was asked for: whoever plans must leave such a cohort out."""


def render_digest(templates: EmailTemplates, given: DigestInput) -> Content:
    """The mail that a cohort shares. Its HTML is at most 100,000 bytes when the personal links have been put in."""
    draft = _draft(templates, given, web=False)
    cards = _cards(draft, given.publication.max_articles)
    chosen = _choose(draft, cards)
    return Content(
        subject=draft.subject,
        text=_body(draft, "txt", cards, chosen),
        html=_body(draft, "html", cards, chosen),
        sender=draft.stationery.occasion.sender,
        reply_to=given.site.reply_to,
        headers=draft.stationery.headers,
        categories=(given.publication.slug, draft.stationery.occasion.message),
    )


def render_web_view(templates: EmailTemplates, given: DigestInput) -> str:
    """The same edition as a page: all articles as cards, and nothing personal, for such pages are passed on."""
    draft = _draft(templates, given, web=True)
    count = len(given.articles)
    return _body(draft, "html", _cards(draft, count), Fit(count, 0, 0))


@dataclass(frozen=True)
class _Draft:
    """One mail on its way. `changing` are the HTML and text of its short parts."""

    voice: Voice
    stationery: Stationery
    articles: tuple[CardArticle, ...]
    subject: str
    changing: Mapping[str, Mapping[str, str]]


def _draft(templates: EmailTemplates, given: DigestInput, *, web: bool) -> _Draft:
    if not given.articles:
        raise EmptyMail(f"The {given.publication.title} of {given.shown_on} has no articles")
    voice = templates.in_language(given.language)
    message = "alert" if given.publication.frequency == "instant" else "digest"
    stationery = voice.stationery(Occasion(message, given.publication, given.site, given.shown_on, web))
    short = summarise(given.articles)
    subject = header_text(stationery.subject(short.headline, short.count))
    marks = vars(placeholders(given.placeholder_key))
    return _Draft(
        voice=voice,
        stationery=stationery,
        articles=given.articles,
        subject=subject,
        changing={
            "html": {
                **marks,
                "subject": escape(subject),
                "preheader": stationery.preheader(short.others, short.teaser),
                "intro": stationery.intro("html", short.count, short.topics),
            },
            "txt": {**marks, "subject": subject, "intro": stationery.intro("txt", short.count, short.topics)},
        },
    )


def _cards(draft: _Draft, most: int) -> list[Card]:
    alone = draft.stationery.occasion.message == "alert" and len(draft.articles) == 1
    personal = not draft.stationery.occasion.web
    first = draft.voice.card(draft.articles[0], Layout.ALERT if alone else Layout.LEAD, personal)
    cards = [first, *(draft.voice.card(article, Layout.STANDARD, personal) for article in draft.articles[1:most])]
    return [card.marked(draft.changing["html"]["feedback_url"]) for card in cards] if personal else cards


def _choose(draft: _Draft, cards: Sequence[Card]) -> Fit:
    """What is shown as a card, what as a title, what only online."""
    count, sizes = len(draft.articles), [card.size for card in cards]
    room = LARGEST_HTML - _taken(draft)
    if len(sizes) == count and sum(sizes) <= room:
        return Fit(count, 0, 0)
    lines = [draft.voice.card(article, Layout.LINE).size for article in draft.articles]
    empty = _more_of(draft, "html", " ", online=count)  # with its list, and with the longest number
    frame_of_more = len(empty.encode()) + LONGEST_PERSONAL_LINK + _SPARE
    return fit(sizes, lines, room=room, frame_of_more=frame_of_more)


def _taken(draft: _Draft) -> int:
    """The bytes of the HTML besides cards and titles, with personal links as long as they may be."""
    frame, changing = draft.stationery.frames["html"], draft.changing["html"]
    links = sum(frame.count(name) for name in PERSONAL) * LONGEST_PERSONAL_LINK
    short = sum(frame.count(name) * len(changing[name].encode()) for name in ("subject", "preheader", "intro"))
    return frame.size + links + short


def _body(draft: _Draft, kind: str, cards: Sequence[Card], chosen: Fit) -> str:
    values = {
        **draft.changing[kind],
        "cards": _joined(cards[: chosen.cards], kind),
        "more": _more(draft, kind, chosen),
    }
    return draft.stationery.frames[kind].fill(values)


def _more(draft: _Draft, kind: str, chosen: Fit) -> str:
    if not chosen.lines and not chosen.online:
        return ""
    listed = draft.articles[chosen.cards : chosen.cards + chosen.lines]
    lines = _joined([draft.voice.card(article, Layout.LINE) for article in listed], kind)
    return _more_of(draft, kind, lines, online=chosen.online)


def _more_of(draft: _Draft, kind: str, lines: str, *, online: int) -> str:
    rendered = Markup(lines)  # noqa: S704 - our own templates made it, escaped
    view_url = draft.changing[kind]["view_url"]
    return draft.voice.render(f"parts/more.{kind}", lines=rendered, online=online, view_url=view_url)


def _joined(cards: Sequence[Card], kind: str) -> str:
    return "".join([card.html if kind == "html" else card.text for card in cards])
