"""How fast and how right articles are extracted from their pages, beside trafilatura."""

from __future__ import annotations

import re
import warnings
from collections import Counter
from collections.abc import Callable, Sequence

from rich.table import Table

warnings.simplefilter("ignore")

import trafilatura  # noqa: E402

from benchmarks.collect_material import Captured, Material, rates, unpacked  # noqa: E402
from worker.collect.documents import ExtractedPage  # noqa: E402
from worker.collect.extract import extract_page  # noqa: E402

Page = tuple[Captured, bytes]


def texts(material: Material, rounds: int) -> Table:
    """F1 of the text, leaked and missed segments, pages a second."""
    pages = [(captured, unpacked(captured)) for captured in material.folder("articles")]
    ways: dict[str, Callable[[Page], str]] = {
        "sitrep: text and metadata": lambda page: _extracted(page).text,
        "trafilatura, precision": lambda page: _trafilatura(page, favor_precision=True),
        "trafilatura, default": lambda page: _trafilatura(page),
        "trafilatura, precision, fast": lambda page: _trafilatura(page, favor_precision=True, fast=True),
    }
    speeds = rates(ways, pages, rounds)
    columns = ("extractor", "F1", "precision", "recall", "leaked", "missed", "pages/s")
    table = Table(*columns, title=f"{len(pages)} pages")
    for name, way in ways.items():
        table.add_row(name, *_quality(pages, [way(page) for page in pages]), f"{speeds[name]:.0f}")
    return table


def by_origin(material: Material) -> Table:
    """The same for each origin of the pages, beside trafilatura's best mode; and what else the pages tell."""
    pages = [(captured, unpacked(captured)) for captured in material.folder("articles")]
    columns = (
        "origin",
        "pages",
        "F1",
        "trafilatura",
        "precision",
        "recall",
        "leaked",
        "missed",
        "titles",
        "authors",
        "dates",
    )
    table = Table(*columns, title="by origin")
    for origin in dict.fromkeys(captured.file.partition("_")[0] for captured, _ in pages):
        some = [page for page in pages if page[0].file.startswith(f"{origin}_")]
        found = [_extracted(page) for page in some]
        f1, *rest = _quality(some, [one.text for one in found])
        theirs = _quality(some, [_trafilatura(page, favor_precision=True) for page in some])[0]
        table.add_row(origin, str(len(some)), f1, theirs, *rest, *_told(some, found))
    return table


def _extracted(page: Page) -> ExtractedPage:
    return extract_page(page[1], url=page[0].url)


def _trafilatura(page: Page, **given: bool) -> str:
    return trafilatura.extract(page[1], url=page[0].url or None, include_comments=False, **given) or ""


def _quality(pages: Sequence[Page], found: Sequence[str]) -> tuple[str, str, str, str, str]:
    """F1, precision, recall; leaked and missed segments."""
    overlap = _overlap(pages, found)
    scores = ("-", "-", "-") if overlap is None else (f"{overlap[0]:.4f}", f"{overlap[1]:.3f}", f"{overlap[2]:.3f}")
    return (*scores, *_segments(pages, found))


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    return Counter(tuple(words[start : start + 4]) for start in range(max(1, len(words) - 3))) if words else Counter()


def _overlap(pages: Sequence[Page], texts: Sequence[str]) -> tuple[float, float, float] | None:
    """F1, precision and recall of four-word shingles, each page counting the same (scrapinghub's measure)."""
    found = surplus = lost = 0.0
    for (captured, _), text in zip(pages, texts, strict=True):
        if "articleBody" not in captured.expected:
            continue
        truth, given = _shingles(captured.expected["articleBody"]), _shingles(text)
        both, more, less = (sum(part.values()) for part in (truth & given, given - truth, truth - given))
        total = both + more + less or 1
        found, surplus, lost = found + both / total, surplus + more / total, lost + less / total
    if not found:
        return None
    precision, recall = found / (found + surplus), found / (found + lost)
    return 2 * precision * recall / (precision + recall), precision, recall


def _segments(pages: Sequence[Page], texts: Sequence[str]) -> tuple[str, str]:
    """How many segments that must not be in a text are, and how many that must be are not."""
    counts: Counter[str] = Counter()
    for (captured, _), text in zip(pages, texts, strict=True):
        flat = " ".join(text.split())
        for kind in ("with", "without"):
            for segment in captured.expected.get(kind, ()):
                counts[kind] += 1
                counts[f"{kind} in it"] += " ".join(segment.split()) in flat
    return f"{counts['without in it']}/{counts['without']}", f"{counts['with'] - counts['with in it']}/{counts['with']}"


def _told(pages: Sequence[Page], found: Sequence[ExtractedPage]) -> tuple[str, str, str]:
    """Titles, authors and dates right of all that are known; letter case and kinds of quotation marks do not count."""
    right: Counter[str] = Counter()
    for (captured, _), page in zip(pages, found, strict=True):
        expected = captured.expected
        names = expected.get("authors") or [expected[key] for key in ("author",) if expected.get(key)]
        day = expected.get("publishing_date") or expected.get("date")
        judged = {
            "title": (expected.get("title"), _plain(page.title) == _plain(expected.get("title") or "")),
            "author": (names, all(_plain(name) in _plain(page.author) for name in names)),
            "date": (day, page.published_at is not None and page.published_at.date().isoformat() == str(day)[:10]),
        }
        for name, (known, is_right) in judged.items():
            right[f"all {name}"] += bool(known)
            right[name] += bool(known) and is_right
    return tuple(f"{right[name]}/{right[f'all {name}']}" for name in ("title", "author", "date"))  # type: ignore[return-value]


def _plain(text: str) -> str:
    return " ".join(re.sub('[‘’“”"]', "'", text).casefold().split())
