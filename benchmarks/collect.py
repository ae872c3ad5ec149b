"""How fast and how right feeds are parsed and articles extracted, beside the libraries underneath, in one run.

    python -m benchmarks.collect [--material DIRECTORY] [--rounds 3]

The material is the captured one (shared/data/collect, or SITREP_SHARED_DATA/collect). Times are CPU times of this
process, the best of some rounds, so that a busy machine does not decide the ratios.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import re
import resource
import time
import warnings
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

warnings.simplefilter("ignore")

import fastfeedparser  # noqa: E402
import feedparser  # noqa: E402
import trafilatura  # noqa: E402

from worker.collect.extract import extract_page  # noqa: E402
from worker.collect.parse import parse_feed  # noqa: E402
from worker.collect.sandbox import Sandbox  # noqa: E402

_HERE = Path(__file__).resolve().parent.parent
_DEFAULT = Path(os.environ.get("SITREP_SHARED_DATA", _HERE.parent / "shared" / "data")) / "collect"


@dataclass(frozen=True)
class Page:
    url: str
    data: bytes
    expected: dict[str, Any]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--material", type=Path, default=_DEFAULT)
    options.add_argument("--rounds", type=int, default=3)
    chosen = options.parse_args()
    if not (chosen.material / "index.jsonl").is_file():
        raise SystemExit(f"{chosen.material} holds no index.jsonl: name the captured material with --material")
    index = [json.loads(line) for line in (chosen.material / "index.jsonl").read_text().splitlines()]
    console = Console()
    console.print(_parsing(chosen.material, index, chosen.rounds))
    console.print(_extracting(chosen.material, index, chosen.rounds))
    console.print(_hostile(chosen.material, index))


def _parsing(material: Path, index: list[dict[str, Any]], rounds: int) -> Table:
    feeds = [(material / row["file"]).read_bytes() for row in index if row["file"].startswith("feeds/")]
    size = sum(map(len, feeds)) / 1e6
    measured = {
        "sitrep: parse, repair, clean text": _rate(parse_feed, feeds, rounds),
        "fastfeedparser alone": _rate(_forgiving(fastfeedparser.parse), feeds, rounds),
        "feedparser": _rate(feedparser.parse, feeds, 1),
    }
    slowest = measured["feedparser"]
    table = Table("parser", "feeds/s", "x feedparser", title=f"{len(feeds)} captured feeds, {size:.1f} MB")
    for name, rate in measured.items():
        table.add_row(name, f"{rate:.0f}", f"{rate / slowest:.1f}")
    return table


def _forgiving(parse: Callable[[bytes], object]) -> Callable[[bytes], object]:
    def parsed(data: bytes) -> object:
        try:
            return parse(data)
        except ValueError:
            return None

    return parsed


def _extracting(material: Path, index: list[dict[str, Any]], rounds: int) -> Table:
    pages = [
        Page(row.get("url") or "", _unpacked(material / row["file"]), row["expected"])
        for row in index
        if row["file"].startswith("articles/")
    ]
    ways: dict[str, Callable[[Page], str]] = {
        "sitrep: text and metadata": lambda page: extract_page(page.data, url=page.url).text,
        "trafilatura, precision": lambda page: _trafilatura(page, favor_precision=True),
        "trafilatura, default": lambda page: _trafilatura(page),
        "trafilatura, precision, fast": lambda page: _trafilatura(page, favor_precision=True, fast=True),
    }
    table = Table("extractor", "F1", "precision", "recall", "leaked", "missed", "pages/s", title=f"{len(pages)} pages")
    for name, way in ways.items():
        texts = [way(page) for page in pages]
        f1, precision, recall = _overlap(pages, texts)
        leaked, missed = _segments(pages, texts)
        rate = _rate(way, pages, rounds)
        table.add_row(name, f"{f1:.4f}", f"{precision:.3f}", f"{recall:.3f}", leaked, missed, f"{rate:.0f}")
    return table


def _trafilatura(page: Page, **given: bool) -> str:
    return trafilatura.extract(page.data, url=page.url or None, include_comments=False, **given) or ""


def _unpacked(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


def _shingles(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    return Counter(tuple(words[start : start + 4]) for start in range(max(1, len(words) - 3))) if words else Counter()


def _overlap(pages: list[Page], texts: list[str]) -> tuple[float, float, float]:
    """F1, precision and recall of four-word shingles, each page counting the same (scrapinghub's measure)."""
    found = surplus = lost = 0.0
    for page, text in zip(pages, texts, strict=True):
        if "articleBody" not in page.expected:
            continue
        truth, given = _shingles(page.expected["articleBody"]), _shingles(text)
        both, more, less = (sum(part.values()) for part in (truth & given, given - truth, truth - given))
        total = both + more + less or 1
        found, surplus, lost = found + both / total, surplus + more / total, lost + less / total
    precision, recall = found / (found + surplus), found / (found + lost)
    return 2 * precision * recall / (precision + recall), precision, recall


def _segments(pages: list[Page], texts: list[str]) -> tuple[str, str]:
    """How many segments that must not be in a text are, and how many that must be are not."""
    counts: Counter[str] = Counter()
    for page, text in zip(pages, texts, strict=True):
        flat = " ".join(text.split())
        for kind in ("with", "without"):
            for segment in page.expected.get(kind, ()):
                counts[kind] += 1
                counts[f"{kind} in it"] += " ".join(segment.split()) in flat
    return f"{counts['without in it']}/{counts['without']}", f"{counts['with'] - counts['with in it']}/{counts['with']}"


def _hostile(material: Path, index: list[dict[str, Any]]) -> Table:
    """Each hostile file in a fresh child: CPU time with the child's start, and its peak of memory."""
    table = Table("hostile file", "CPU s", "peak MB", "what came of it", title="hostile files, one child process each")
    for row in index:
        if not row["file"].startswith("hostile/"):
            continue
        sandbox = Sandbox()
        before = _children()
        parsed = sandbox.parse_feed((material / row["file"]).read_bytes())
        peak = max((_peak(child.process.pid) for child in sandbox._idle), default=0.0)
        sandbox.close()
        came = parsed.error or f"{len(parsed.articles)} articles" + "".join(f"; {note}" for note in parsed.notes)
        table.add_row(row["file"].removeprefix("hostile/"), f"{_children() - before:.2f}", f"{peak:.0f}", came)
    return table


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _peak(pid: int) -> float:
    status = Path(f"/proc/{pid}/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)


def _rate(work: Callable[[Any], object], items: list[Any], rounds: int) -> float:
    """Items a second, by the best of the rounds; one round before them warms caches and imports."""
    for item in items[:10]:
        work(item)
    best = float("inf")
    for _ in range(rounds):
        start = time.process_time()
        for item in items:
            work(item)
        best = min(best, time.process_time() - start)
    return len(items) / best


if __name__ == "__main__":
    main()
