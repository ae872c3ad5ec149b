"""Turning templates/web/*.html into answers."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateSyntaxError

from worker.audience.tokens import is_loopback
from worker.errors import SettingsError
from worker.models import Frequency
from worker.web.guard import HEADERS
from worker.web.needs import WebServices
from worker.web.zones import zone_label, zone_regions

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

FREQUENCY_WORDS: dict[Frequency, tuple[str, str]] = {
    Frequency.INSTANT: ("At once", "An alert as soon as we publish"),
    Frequency.DAILY: ("Daily", "One digest a day"),
    Frequency.WEEKLY: ("Weekly", "One digest a week"),
}
"""How a frequency is called, and what it brings."""


class Pages:
    """Renders pages; each gets the site, the words for frequencies, and the paths of the static files."""

    def __init__(self, services: WebServices) -> None:
        self._services = services
        self.outbox = services.mail_outbox is not None and is_loopback(services.links.base_url)
        """Whether mails can be looked at under /outbox: they go into a maildir, and only this machine reaches us."""
        directory = services.templates_dir / "web"
        if not (directory / "static").is_dir():
            raise SettingsError(f"{directory} holds no pages: SITREP_TEMPLATES_DIR needs a copy of our templates/web")
        self._env = Environment(
            loader=FileSystemLoader(directory), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        self._env.filters["local_time"] = local_time
        self._env.filters["long_date"] = long_date
        self._env.filters["zone_label"] = zone_label
        self._env.globals.update(
            site=services.site,
            weekdays=WEEKDAYS,
            frequency_words=FREQUENCY_WORDS,
            languages=dict(services.languages),
            asset=_Assets(directory / "static").url,
        )
        self._check(directory)

    def _check(self, directory: Path) -> None:
        """A page that cannot be read is found when the process starts, not by a visitor."""
        for name in self._env.list_templates(extensions=["html"]):
            try:
                self._env.get_template(name)
            except TemplateSyntaxError as error:
                raise SettingsError(f"{directory / name}:{error.lineno}: {error.message}") from error

    def show(self, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
        """The page as an answer. `status` is 422 for a form with faults."""
        context.setdefault("faults", {})
        regions = zone_regions(self._services.now())
        html = self._env.get_template(template).render(
            zone_regions=regions, zone_names={zone.name for region in regions for zone in region.zones}, **context
        )
        return HTMLResponse(html, status_code=status, headers=dict(HEADERS))

    def not_found(self, request: Request) -> HTMLResponse:
        """A link that is none of ours, or of somebody who is no longer here."""
        return self.show("not_found.html", status=404, is_link=request.url.path.count("/") > 1)


class _Assets:
    """Static files under a name that changes with their content, so that browsers may keep them."""

    def __init__(self, directory: Path) -> None:
        self._versions = {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:10]
            for path in sorted(directory.iterdir())
            if path.is_file()
        }

    def url(self, name: str) -> str:
        return f"/static/{name}?v={self._versions[name]}"


def local_time(instant: datetime, zone: str) -> str:
    """`Tuesday, 3 March, 08:00`, the day and its month on one line."""
    local = instant.astimezone(ZoneInfo(zone))
    return f"{WEEKDAYS[local.weekday()]}, {local.day}\N{NO-BREAK SPACE}{local:%B}, {local:%H:%M}"


def long_date(day: date) -> str:
    """`Tuesday, 3 March 2026`, the day and its month on one line."""
    return f"{WEEKDAYS[day.weekday()]}, {day.day}\N{NO-BREAK SPACE}{day:%B} {day.year}"
