"""Single mails about somebody's own affairs: a confirmation, a welcome, a link."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from worker.compose.render.headers import notice_headers
from worker.compose.render.inputs import NoticeInput, TopicChange
from worker.compose.render.placeholders import check_personal_link
from worker.compose.render.templates import EmailTemplates
from worker.compose.render.untrusted import clean
from worker.compose.render.voice import Voice
from worker.errors import SitrepError
from worker.message import Content, header_text

NOTICES = ("confirmation", "already_subscribed", "welcome", "preference_link", "topic_changed")
"""Each is a directory under templates/email."""

_ASKED_FOR = ("confirmation", "preference_link")
_NEEDED = {"confirmation": "confirm_url"}


class UnknownNotice(SitrepError):
    """There is no notice of that kind."""


@dataclass(frozen=True)
class ShownChoice:
    """A topic and how often, in words; `frequency` is ours: instant, daily, weekly."""

    topic: str
    often: str
    frequency: str


def render_notice(templates: EmailTemplates, kind: str, given: NoticeInput) -> Content:
    """The notice for one person, its links in place."""
    if kind not in NOTICES:
        raise UnknownNotice(f"There is no notice {kind!r}: {', '.join(NOTICES)}")
    needed = _NEEDED.get(kind, "preferences_url")
    if getattr(given, needed) is None:
        raise UnknownNotice(f"A {kind} mail without its {needed} is of no use to anybody")
    if kind == "topic_changed" and given.change is None:
        raise UnknownNotice("A topic_changed mail must say what has changed")
    voice = templates.in_language(given.language)
    context = _context(voice, given)
    subject = header_text(voice.render(f"{kind}/subject.txt", **context))
    return Content(
        subject=subject,
        text=voice.render(f"{kind}/body.txt", **context),
        html=voice.render(f"{kind}/body.html", **context, subject=subject),
        sender=given.site.sender,
        reply_to=given.site.reply_to,
        headers=notice_headers(),
        categories=("notice", kind),
        asked_for=kind in _ASKED_FOR,
    )


def _context(voice: Voice, given: NoticeInput) -> dict[str, Any]:
    links = {name: getattr(given, name) for name in ("confirm_url", "preferences_url", "unsubscribe_url")}
    for link in filter(None, links.values()):
        check_personal_link(link)
    return {
        **links,
        "view_url": None,
        "site": given.site,
        "sender": given.site.sender,
        "expires_at": given.expires_at,
        "change": given.change and TopicChange(given.change.what, clean(given.change.old), clean(given.change.new)),
        "choices": [ShownChoice(clean(c.topic), _often(voice, given, c.frequency), c.frequency) for c in given.choices],
    }


def _often(voice: Voice, given: NoticeInput, frequency: str) -> str:
    zone = given.zone.rpartition("/")[2].replace("_", " ")
    return voice.render(
        "parts/often.txt", frequency=frequency, hour=given.hour, weekday=given.weekday, zone=zone
    ).strip()
