"""What is wrong with the mails' templates: files that are missing, mistakes in them, names that mean nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from css_inline import InlineError
from jinja2 import Environment, TemplateSyntaxError

from worker.compose.render.catalogues import read_language, source_language
from worker.compose.render.environments import LAYOUT, STYLE, InlinedLoader, make_environment
from worker.errors import SitrepError

MESSAGES = ("digest", "alert", "confirmation", "already_subscribed", "welcome", "preference_link", "topic_changed")
_SHARED = (
    STYLE,
    LAYOUT,
    "layout.txt",
    "edition.html",
    "edition.txt",
    "notice.html",
    "notice.txt",
    *(f"parts/{name}.html" for name in ("alert", "lead", "standard", "line", "more", "byline", "choices")),
    *(f"parts/{name}.txt" for name in ("article", "line", "more", "choices", "often")),
)
FILES = (*_SHARED, *(f"{message}/{part}" for message in MESSAGES for part in ("subject.txt", "body.txt", "body.html")))
_CELLS = re.compile(r"<(?:tr|td|th)[\s>]")


@dataclass(frozen=True)
class TemplateFault:
    """One fault, in which file, and on which line where that is known."""

    file: str
    message: str
    line: int | None = None

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.message}"


class TemplateError(SitrepError):
    """The mails' templates cannot be used."""

    def __init__(self, faults: Iterable[TemplateFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


def file_faults(directory: Path) -> list[TemplateFault]:
    """What can be seen without making a mail: missing files, mistakes in the syntax, unusable languages."""
    missing = [TemplateFault(name, "is missing") for name in FILES if not (directory / name).is_file()]
    if missing:
        return [TemplateFault(fault.file, f"is missing in {directory}") for fault in missing]
    loader = InlinedLoader(directory)
    html, text = (make_environment(loader, source_language(), html=kind) for kind in (True, False))
    faults = []
    for name in FILES:
        if name != STYLE:
            environment = html if name.endswith(".html") else text
            faults += list(_faults_of(environment, loader, directory, name))
    for path in sorted((directory / "language").glob("*.po")):
        _, _, found = read_language(path)
        faults += [TemplateFault(f"language/{path.name}", fault.message, fault.line) for fault in found]
    return faults


def _faults_of(environment: Environment, loader: InlinedLoader, directory: Path, name: str) -> Iterator[TemplateFault]:
    try:
        source = (directory / name).read_text(encoding="utf-8")
        environment.compile(source, name, name)
        inlined, _, _ = loader.get_source(environment, name)
    except TemplateSyntaxError as error:
        yield TemplateFault(name, error.message or "cannot be understood", error.lineno)
    except (OSError, UnicodeDecodeError) as error:
        yield TemplateFault(name, f"cannot be read: {error}")
    except InlineError as error:
        yield TemplateFault(name, f"its styles cannot be inlined: {error}")
    else:
        if len(_CELLS.findall(source)) != len(_CELLS.findall(inlined)):
            yield TemplateFault(name, "holds a <tr> or <td> outside of a <table>: an HTML parser drops it")
