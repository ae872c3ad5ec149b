"""Whether the pages can be shown: every file there, every template readable, every page rendered with samples."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from jinja2 import TemplateError, TemplateNotFound, TemplateSyntaxError

from worker.errors import SettingsError
from worker.services.pages.samples import page_samples
from worker.services.pages.templates import PageTemplates
from worker.services.site import Site

_SAMPLE_DAY = datetime(2026, 3, 2, 12, tzinfo=UTC)
_SITE = Site("Sample", "https://example.org", "https://example.org/contact", "Sample, Street 1, City")
_LANGUAGES = {"en": "English", "de": "Deutsch"}


def page_faults(directory: Path, *, site: Site = _SITE, languages: Mapping[str, str] = _LANGUAGES) -> list[str]:
    """Each fault of the pages' templates with its file, and the line where that is known; empty where all is well."""
    try:
        templates = PageTemplates(directory, site=site, languages=languages)
    except SettingsError as error:
        return [str(error)]
    except OSError as error:
        return [f"{error.filename}: cannot be read: {error.strerror}"]
    broken = [*_missing(directory), *_unreadable(templates)]
    return broken or list(dict.fromkeys(_failing(templates)))


def _missing(directory: Path) -> Iterator[str]:
    needed = ("base.html", *dict.fromkeys(name for name, _ in page_samples(_SAMPLE_DAY)))
    for name in needed:
        if not (directory / name).is_file():
            yield f"{directory / name} is missing: copy it from our templates/web"


def _unreadable(templates: PageTemplates) -> Iterator[str]:
    for name in templates.environment.list_templates(extensions=["html"]):
        path = templates.directory / name
        try:
            templates.environment.get_template(name)
        except TemplateSyntaxError as error:
            yield f"{path}:{error.lineno}: {error.message}"
        except (OSError, UnicodeDecodeError) as error:
            yield f"{path}: cannot be read: {error}"


def _failing(templates: PageTemplates) -> Iterator[str]:
    """Each page is rendered in every state that it has: a name that means nothing shows only there."""
    for name, context in page_samples(_SAMPLE_DAY):
        try:
            templates.render(name, now=_SAMPLE_DAY, **context)
        except TemplateNotFound as error:
            yield f"{templates.directory / name}: uses {error.name}, which is not there"
        except (TemplateError, TypeError, ValueError, LookupError, AttributeError) as error:
            yield f"{_place(error, templates.directory, name)}: {error}"


def _place(error: Exception, directory: Path, name: str) -> str:
    """The template's line that the error came from; Jinja puts it among the frames."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        if Path(frame.filename).is_relative_to(directory):
            return f"{frame.filename}:{frame.lineno}"
    return str(directory / name)
