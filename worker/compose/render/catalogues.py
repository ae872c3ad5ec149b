"""The languages that mails can be written in: English is in the templates, each other one is a file language/TAG.po."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from gettext import GNUTranslations, NullTranslations
from pathlib import Path

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time, get_day_names
from babel.messages import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

SOURCE_LANGUAGE = "en"
_FORMATS = {"en": "en_001"}
"""English is read all over the world: the day before the month, 24 hours."""


@dataclass(frozen=True)
class CatalogueFault:
    """What is wrong with a .po file, and on which line."""

    message: str
    line: int | None = None


@dataclass(frozen=True, eq=False)
class Language:
    """One language: its sentences, and how it writes dates."""

    tag: str
    locale: Locale
    translations: NullTranslations

    @property
    def direction(self) -> str:
        return "rtl" if self.locale.text_direction == "rtl" else "ltr"

    def day(self, on: date) -> str:
        """Monday, 2 March 2026."""
        return format_date(on, "full", locale=self.locale)

    def short_day(self, at: datetime) -> str:
        """2 March 2026, by UTC."""
        return format_date(at.astimezone(UTC).date(), "long", locale=self.locale)

    def moment(self, at: datetime) -> str:
        """2 March 2026, 14:05 UTC."""
        at = at.astimezone(UTC)
        return f"{self.short_day(at)}, {self.clock_time(at.hour, at.minute)} UTC"

    def clock_time(self, hour: int, minute: int = 0) -> str:
        """14:05."""
        return format_time(time(hour, minute), "HH:mm", locale=self.locale)

    def weekday(self, number: int) -> str:
        """Monday for 0."""
        return str(get_day_names("wide", locale=self.locale)[number])

    def listing(self, words: Sequence[str]) -> str:
        """Belarus, Drones and Arctic."""
        from babel.lists import format_list

        return format_list(list(words), locale=self.locale)


def source_language() -> Language:
    """English: what the templates say."""
    return Language(SOURCE_LANGUAGE, Locale.parse(_FORMATS["en"]), NullTranslations())


def read_language(path: Path) -> tuple[Language | None, Catalog | None, list[CatalogueFault]]:
    """The language of one .po file, or what keeps it from being used."""
    tag = path.stem
    try:
        locale = Locale.parse(_FORMATS.get(tag, tag), sep="-" if "-" in tag else "_")
    except (ValueError, UnknownLocaleError):
        return None, None, [CatalogueFault(f"{tag!r} is no language: name the file de.po, fr.po, pt_BR.po, ...")]
    try:
        with path.open("rb") as file:
            catalog = read_po(file, locale=locale, abort_invalid=True)
    except PoFileError as error:
        what = str(error).rpartition(" on ")[0] or str(error)
        return None, None, [CatalogueFault(f"cannot be read: {what}", error.lineno + 1)]  # babel counts from 0 here
    except (OSError, UnicodeDecodeError, ValueError) as error:
        return None, None, [CatalogueFault(f"cannot be read: {error}")]
    compiled = io.BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return Language(tag.replace("_", "-"), locale, GNUTranslations(compiled)), catalog, _wrong_places(catalog)


def _wrong_places(catalog: Catalog) -> list[CatalogueFault]:
    """Translations whose %(name)s places differ from the sentence's own: they would fail when a mail is made."""
    return [
        CatalogueFault(f"{_first(message.id)!r}: {error}", message.lineno)
        for message, errors in catalog.check()
        for error in errors
    ]


def untranslated(catalog: Catalog, sentences: Sequence[str]) -> list[str]:
    """The sentences that the catalogue has no translation for."""
    done = {_first(message.id) for message in catalog if message.id and message.string and not message.fuzzy}
    done = {sentence for sentence in done if _has_words(catalog, sentence)}
    return [sentence for sentence in sentences if sentence not in done]


def _has_words(catalog: Catalog, sentence: str) -> bool:
    message = catalog.get(sentence)
    if message is None:
        return False
    strings = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
    return all(strings)


def _first(id_: str | Sequence[str]) -> str:
    return id_ if isinstance(id_, str) else id_[0]
