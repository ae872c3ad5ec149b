"""The mails' templates, loaded once per process."""

from __future__ import annotations

from pathlib import Path

from worker.compose.render.catalogues import SOURCE_LANGUAGE, Language, read_language, source_language
from worker.compose.render.environments import InlinedLoader
from worker.compose.render.faults import TemplateError, file_faults
from worker.compose.render.voice import Voice


class EmailTemplates:
    """The templates of one directory, in all its languages; TemplateError lists what keeps them from loading."""

    def __init__(self, directory: Path) -> None:
        if faults := file_faults(directory):
            raise TemplateError(faults)
        loader = InlinedLoader(directory)
        self._voices = {language.tag.lower(): Voice(loader, language) for language in _languages(directory)}

    @property
    def languages(self) -> tuple[str, ...]:
        """The tags of the languages that mails can be written in, English first."""
        return tuple(voice.language.tag for voice in self._voices.values())

    def in_language(self, tag: str) -> Voice:
        """The language asked for, else its nearest relative (de for de-AT), else English."""
        tag = tag.lower().replace("_", "-")
        found = self._voices.get(tag) or self._voices.get(tag.partition("-")[0])
        return found or self._voices[SOURCE_LANGUAGE]


def _languages(directory: Path) -> list[Language]:
    found = [source_language()]
    for path in sorted((directory / "language").glob("*.po")):
        language, _, _ = read_language(path)
        if language is not None:
            found.append(language)
    return found
