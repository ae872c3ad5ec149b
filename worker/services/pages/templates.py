"""templates/web/*.html with what every page is given: the site, words for frequencies, filters, static files."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, TemplateRuntimeError

from worker.errors import SettingsError
from worker.models import Frequency
from worker.services.pages.zones import zone_label, zone_name, zone_regions
from worker.services.site import Site

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

FREQUENCY_WORDS: dict[Frequency, tuple[str, str]] = {
    Frequency.INSTANT: ("At once", "An alert as soon as we publish"),
    Frequency.DAILY: ("Daily", "One digest a day"),
    Frequency.WEEKLY: ("Weekly", "One digest a week"),
}
"""How a frequency is called, and what it brings where its newsletter has no description."""


class PageTemplates:
    """Renders pages by name. SettingsError where the directory holds none."""

    def __init__(self, directory: Path, *, site: Site, languages: Mapping[str, str]) -> None:
        if not (directory / "static").is_dir():
            raise SettingsError(f"{directory} holds no pages: SITREP_TEMPLATES_DIR needs a copy of our templates/web")
        self.directory = directory
        self.environment = Environment(
            loader=FileSystemLoader(directory), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        filters = {"local_time": local_time, "long_date": long_date, "zone_label": zone_label, "zone_name": zone_name}
        self.environment.filters.update(filters)
        self.environment.globals.update(
            site=site,
            weekdays=WEEKDAYS,
            frequency_words=FREQUENCY_WORDS,
            languages=dict(languages),
            asset=_Assets(directory / "static").url,
        )

    def render(self, template: str, *, now: datetime, **context: Any) -> str:
        """The page as HTML; `faults` are those of a form, by field."""
        context.setdefault("faults", {})
        regions = zone_regions(now)
        return self.environment.get_template(template).render(
            zone_regions=regions, zone_names={zone.name for region in regions for zone in region.zones}, **context
        )


class _Assets:
    """Static files under a name that changes with their content, so that browsers may keep them."""

    def __init__(self, directory: Path) -> None:
        self._versions = {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()[:10]
            for path in sorted(directory.iterdir())
            if path.is_file()
        }

    def url(self, name: str) -> str:
        if name not in self._versions:
            raise TemplateRuntimeError(f"there is no static/{name}")
        return f"/static/{name}?v={self._versions[name]}"


def local_time(instant: datetime, zone: str) -> str:
    """`Tuesday, 3 March, 08:00`, the day and its month on one line."""
    local = instant.astimezone(ZoneInfo(zone))
    return f"{WEEKDAYS[local.weekday()]}, {local.day}\N{NO-BREAK SPACE}{local:%B}, {local:%H:%M}"


def long_date(day: date) -> str:
    """`Tuesday, 3 March 2026`, the day and its month on one line."""
    return f"{WEEKDAYS[day.weekday()]}, {day.day}\N{NO-BREAK SPACE}{day:%B} {day.year}"
