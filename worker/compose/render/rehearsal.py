"""Makes every mail once from samples, so that a mistake in a template shows before a mail does."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from jinja2 import Environment, meta
from jinja2 import TemplateError as JinjaError

from worker.compose.render.catalogues import read_language, untranslated
from worker.compose.render.digest import render_digest, render_web_view
from worker.compose.render.faults import FILES, TemplateError, TemplateFault
from worker.compose.render.inputs import NoticeInput, TopicChange
from worker.compose.render.notices import NOTICES, render_notice
from worker.compose.render.samples import bare_digest, sample_digest, sample_notice
from worker.compose.render.templates import EmailTemplates
from worker.errors import SitrepError

_GIVEN = {
    "site newsletter sender shown_on subject unsubscribe_url preferences_url view_url confirm_url expires_at choices",
    "change count topics others teaser headline article exact cards more lines online frequency hour weekday zone",
}
_KNOWN = {name for names in _GIVEN for name in names.split()}
_NAME = re.compile(r"'([^']+)'(?: is undefined|$)")


def check_templates(directory: Path) -> list[TemplateFault]:
    """Every fault of the mails' templates, for `sitrep check`; an empty list means that all mails can be made."""
    try:
        templates = EmailTemplates(directory)
    except TemplateError as error:
        return list(error.faults)
    faults = dict.fromkeys([*_unknown_names(templates), *_failures(templates, directory)])
    return [*faults, *_untranslated(templates, directory)]


def _unknown_names(templates: EmailTemplates) -> Iterator[TemplateFault]:
    """Variables that no template is given, also in branches that no sample takes."""
    for name, environment, source in _sources(templates):
        for unknown in sorted(
            meta.find_undeclared_variables(environment.parse(source)) - _KNOWN - set(environment.globals)
        ):
            line = next((n for n, text in enumerate(source.splitlines(), 1) if unknown in text), None)
            yield TemplateFault(name, f"{unknown!r} is unknown; there are {', '.join(sorted(_KNOWN))}", line)


def _sources(templates: EmailTemplates) -> Iterator[tuple[str, Environment, str]]:
    voice = templates.in_language("en")
    for name in FILES:
        if name.endswith((".html", ".txt")):
            environment = voice.environment(name.rpartition(".")[2])
            assert environment.loader is not None
            yield name, environment, environment.loader.get_source(environment, name)[0]


def _failures(templates: EmailTemplates, directory: Path) -> Iterator[TemplateFault]:
    for language in templates.languages:
        for message, make in _mails(templates, language):
            try:
                make()
            except JinjaError as error:
                yield _fault_of(error, message, directory)
            except (TypeError, ValueError, KeyError, AttributeError, SitrepError) as error:
                yield _fault_of(error, message, directory)


def _mails(templates: EmailTemplates, language: str) -> Iterator[tuple[str, Callable[[], object]]]:
    for frequency, message in (("instant", "alert"), ("daily", "digest")):
        cases = [sample_digest(n, frequency=frequency, language=language) for n in (1, 2, 8, 60, 600)]
        for given in [*cases, bare_digest(frequency=frequency, language=language)]:
            yield message, lambda given=given: render_digest(templates, given)  # type: ignore[misc]
            yield message, lambda given=given: render_web_view(templates, given)  # type: ignore[misc]
    full = sample_notice(language)
    plain: NoticeInput = replace(full, choices=(), expires_at=None, unsubscribe_url=None)
    changes = [replace(plain, change=TopicChange(what, "Drones", "Aircraft")) for what in ("renamed", "retired")]
    for kind in NOTICES:
        for notice in (full, *changes):
            yield kind, lambda kind=kind, notice=notice: render_notice(templates, kind, notice)  # type: ignore[misc]


def _fault_of(error: Exception, message: str, directory: Path) -> TemplateFault:
    """The fault with the template and line that the error came from."""
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        if path.is_relative_to(directory):
            name = str(path.relative_to(directory))
            return TemplateFault(name, str(error), _line(path, frame.lineno, str(error)))
    return TemplateFault(f"{message}/", f"{type(error).__name__}: {error}")


def _line(path: Path, reported: int | None, message: str) -> int | None:
    """The line in the file as it was written: inlining the styles may have moved it."""
    lines = path.read_text(encoding="utf-8").splitlines()
    found = _NAME.findall(message)
    if not found:
        return reported
    name = found[-1]
    if reported and reported <= len(lines) and name in lines[reported - 1]:
        return reported
    return next((number for number, line in enumerate(lines, 1) if name in line), reported)


def _untranslated(templates: EmailTemplates, directory: Path) -> Iterator[TemplateFault]:
    sentences = list(sentences_of(templates))
    for path in sorted((directory / "language").glob("*.po")):
        _, catalog, _ = read_language(path)
        if catalog is not None:
            for sentence in untranslated(catalog, sentences):
                yield TemplateFault(f"language/{path.name}", f"has no translation of {sentence!r}")


def sentences_of(templates: EmailTemplates) -> dict[str, str | None]:
    """Every sentence of the templates, with its plural where it has one."""
    found: dict[str, str | None] = {}
    for _, environment, source in _sources(templates):
        for _, _, message in environment.extract_translations(source):  # type: ignore[attr-defined]
            texts = [text for text in (message if isinstance(message, tuple) else (message,)) if text]
            found.setdefault(texts[0], texts[1] if len(texts) > 1 else None)
    return found
