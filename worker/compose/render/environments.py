"""Jinja for mails: one environment for HTML, one for text, per language.

In HTML, blocks are written `<!--% if ... %-->`, so that an HTML parser sees a comment and css-inline, which is
applied once when a template is loaded, leaves them where they are.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import css_inline
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from worker.compose.render.catalogues import Language
from worker.compose.render.untrusted import clip

STYLE = "style.css"
LAYOUT = "layout.html"
_TEXT_WIDTH = 72
_INDENTATION = re.compile(r"\n[ \t]+")


class InlinedLoader(FileSystemLoader):
    """Loads a template with its styles inlined and its indentation removed; each file is inlined once."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self._inliner = css_inline.CSSInliner(load_remote_stylesheets=False)
        self._style = (directory / STYLE).read_text(encoding="utf-8")
        self._inlined: dict[str, str] = {}

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        source, filename, uptodate = super().get_source(environment, template)
        if template.endswith(".html"):
            if template not in self._inlined:
                self._inlined[template] = self._inline(template, source)
            source = self._inlined[template]
        return source, filename, uptodate

    def _inline(self, template: str, source: str) -> str:
        if template == LAYOUT:
            done = self._inliner.inline(source.replace("</head>", f"<style>{self._style}</style></head>", 1))
        else:
            done = self._inliner.inline_fragment(source, self._style)
        return _INDENTATION.sub("\n", done)


def make_environment(loader: FileSystemLoader, language: Language, *, html: bool) -> Environment:
    """The environment of one language and one kind of part; an unknown variable is an error, never an empty place."""
    marks: dict[str, Any] = {}
    if html:
        marks = {
            "block_start_string": "<!--%",
            "block_end_string": "%-->",
            "comment_start_string": "<!--#",
            "comment_end_string": "#-->",
        }
    environment = Environment(
        loader=loader,
        autoescape=html,  # noqa: S701 - the text part is no HTML
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
        **marks,
    )
    environment.install_gettext_translations(language.translations, newstyle=True)  # type: ignore[attr-defined]
    environment.globals.update(_words_of(language))
    environment.filters.update({"clip": clip, "wrap": wrap, "underline": underline})
    return environment


def _words_of(language: Language) -> Mapping[str, Any]:
    return {
        "lang": language.tag,
        "dir": language.direction,
        "day": language.day,
        "short_day": language.short_day,
        "moment": language.moment,
        "clock_time": language.clock_time,
        "weekday_name": language.weekday,
        "listing": language.listing,
    }


def wrap(text: str, indent: str = "") -> str:
    """Lines of at most 72 characters, for the text part; words and links stay whole."""
    return textwrap.fill(
        text,
        _TEXT_WIDTH,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def underline(text: str, mark: str = "=") -> str:
    """The text with a line below it, as headings are set in plain text."""
    longest = max((len(line) for line in text.splitlines()), default=0)
    return f"{text}\n{mark * min(longest, _TEXT_WIDTH)}"
