"""What a mail is made from, besides the articles: the site, the newsletter, the person's own affairs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from worker.compose.render.articles import CardArticle
from worker.message import Mailbox


@dataclass(frozen=True)
class Site:
    """Who sends. `list_domain` ends the List-Id of each newsletter; `base_url` is where subscribers reach us."""

    name: str
    url: str
    base_url: str
    contact: str
    postal_address: str
    list_domain: str
    sender: Mailbox
    reply_to: Mailbox | None = None


@dataclass(frozen=True)
class Publication:
    """A newsletter as its mails show it. `max_articles`: full cards in one mail, the rest is listed by title."""

    slug: str
    title: str
    frequency: str
    max_articles: int = 15
    sender: Mailbox | None = None
    """Where the newsletter has another sender than the site."""


@dataclass(frozen=True)
class DigestInput:
    """One cohort's mail. The articles come in the order they are shown in.

    `placeholder_key` (hex, unguessable: the cohort's public id) marks the personal places, so that no article can
    hold such a mark.
    """

    publication: Publication
    site: Site
    articles: tuple[CardArticle, ...]
    shown_on: date
    language: str
    placeholder_key: str


@dataclass(frozen=True)
class Choice:
    """A topic and how often: instant, daily or weekly."""

    topic: str
    frequency: str


@dataclass(frozen=True)
class TopicChange:
    """What became of a topic that somebody followed: merged, renamed or retired; by title, before and after."""

    what: str
    old: str
    new: str = ""


@dataclass(frozen=True)
class NoticeInput:
    """A single mail about somebody's own affairs. It holds nothing that a person typed; links are complete.

    `hour` (0 to 23) and `weekday` (0 is Monday) are in the zone named.
    """

    site: Site
    language: str
    choices: tuple[Choice, ...] = ()
    zone: str = "UTC"
    hour: int = 8
    weekday: int = 0
    expires_at: datetime | None = None
    confirm_url: str | None = None
    preferences_url: str | None = None
    unsubscribe_url: str | None = None
    change: TopicChange | None = None
