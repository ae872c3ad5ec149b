"""The site's look: templates, and the filters they use."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from demo.newsroom.archive import slug_of
from demo.newsroom.markup import ascii_entities

SITE_TITLE = "Forward Post"
TAGLINE = "Defence, from the yard to the front"
MENU = (
    "Drone & UAV",
    "Drone Warfare",
    "Military & Defence",
    "Naval",
    "High North",
    "Defence Budgets",
    "Culture",
)


def _entities(text: str) -> Markup:
    """Text for an XML element, everything beyond ASCII as a reference."""
    return Markup(ascii_entities(escape(text)))


def _words(text: str) -> Markup:
    """Text for HTML inside CDATA, as WordPress writes it."""
    return Markup(ascii_entities(escape(text, quote=False)))


def _cdata(text: str) -> Markup:
    return Markup(text.replace("]]>", "]]]]><![CDATA[>"))


def environment() -> Environment:
    """Templates of this folder, escaping everything unless it is marked safe."""
    env = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined)
    env.filters |= {
        "entities": _entities,
        "words": _words,
        "cdata": _cdata,
        "slug": slug_of,
        "day": lambda instant: f"{instant:%B} {instant.day}, {instant.year}",
        "iso": lambda instant: instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "iso_offset": lambda instant: instant.astimezone(UTC).isoformat(timespec="seconds"),
        "rfc822": lambda instant: format_datetime(instant.astimezone(UTC)),
    }
    env.globals |= {"site_title": SITE_TITLE, "tagline": TAGLINE, "menu_names": MENU}
    return env


def http_date(instant: datetime) -> str:
    return format_datetime(instant.astimezone(UTC), usegmt=True)
