"""How fast and how right feeds are parsed, beside feedparser; and what damaged and hostile ones come to."""

from __future__ import annotations

import calendar
import resource
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.table import Table

warnings.simplefilter("ignore")

import fastfeedparser  # noqa: E402
import feedparser  # noqa: E402

from benchmarks.collect_material import Captured, Material, rates  # noqa: E402
from worker.collect.documents import ParsedArticle, ParsedFeed  # noqa: E402
from worker.collect.parse import parse_feed  # noqa: E402
from worker.collect.plain import one_line  # noqa: E402
from worker.collect.sandbox import Sandbox  # noqa: E402

_FIELDS = ("entries", "titles", "links", "dates", "authors")


@dataclass(frozen=True)
class Checked:
    """One thing that a document should say."""

    field: str
    right: bool
    said: str = ""


def speed(material: Material, rounds: int) -> Table:
    """Feeds a second, all of them in this process."""
    feeds = [captured.data for captured in material.folder("feeds")]
    measured = rates(
        {
            "sitrep: parse, repair, clean text": parse_feed,
            "fastfeedparser alone": _forgiving(fastfeedparser.parse),
            "feedparser": feedparser.parse,
        },
        feeds,
        rounds,
    )
    size = sum(map(len, feeds)) / 1e6
    table = Table("parser", "feeds/s", "x feedparser", title=f"{len(feeds)} captured feeds, {size:.1f} MB")
    for name, rate in measured.items():
        table.add_row(name, f"{rate:.0f}", f"{rate / measured['feedparser']:.1f}")
    return table


def rightness(material: Material) -> Table:
    """Every entry against index.jsonl, and against what feedparser reads of the same bytes."""
    checks = {"as index.jsonl says": list(_by_index(material)), "as feedparser reads": list(_by_feedparser(material))}
    table = Table("right of all", *_FIELDS, title="captured feeds, WordPress answers and sitemaps")
    for name, found in checks.items():
        right, every = Counter(one.field for one in found if one.right), Counter(one.field for one in found)
        table.add_row(name, *(f"{right[field]:,}/{every[field]:,}" for field in _FIELDS))
    wrong = [one for found in checks.values() for one in found if not one.right]
    table.caption = "\n".join(one.said for one in wrong) if wrong else "nothing is wrong or lost"
    return table


def malformed(material: Material) -> Table:
    """What each malformed document's own expectation is, and what came of it."""
    table = Table("malformed file", "expected", "what came of it", title="malformed files")
    for captured in material.folder("malformed"):
        table.add_row(captured.file, str(captured.expected.get("expect") or "-"), came_of(parse_feed(captured.data)))
    return table


def hostile(material: Material) -> Table:
    """Each hostile file in a fresh child: CPU time with the child's start, and its peak of memory."""
    table = Table("hostile file", "CPU s", "peak MB", "what came of it", title="hostile files, one child process each")
    for captured in material.folder("hostile"):
        sandbox = Sandbox()
        before = _children()
        parsed = sandbox.parse_feed(captured.data)
        peak = max((_peak(child.process.pid) for child in sandbox._idle), default=0.0)
        sandbox.close()
        table.add_row(captured.file, f"{_children() - before:.2f}", f"{peak:.0f}", came_of(parsed))
    return table


def came_of(parsed: ParsedFeed) -> str:
    """The named reason, or how much was read and what was mended."""
    first = f" ({parsed.articles[0].title[:40]!r})" if parsed.articles else ""
    return parsed.error or f"{len(parsed.articles)} articles{first}" + "".join(f"; {note}" for note in parsed.notes)


def _by_index(material: Material) -> Iterator[Checked]:
    for captured in material.folder("feeds"):
        feed = parse_feed(captured.data)
        if (entries := captured.expected.get("entries")) is not None:
            yield _check(captured, "entries", len(feed.articles), entries)
        items = list(captured.expected.get("items", ()))
        if not items and "first_title" in captured.expected:
            items = [_first(captured.expected)]
        for article, item in zip(feed.articles, items, strict=False):
            yield from _compare(captured, article, _told(item))
    for captured in material.folder("wpjson"):
        feed = parse_feed(captured.data)
        yield _check(captured, "entries", len(feed.articles), captured.expected["posts"])
        for article, item in zip(feed.articles, captured.expected["items"], strict=False):
            yield from _compare(captured, article, {**_told(item), "date": item["date_gmt"] or item["date"]})
    for captured in material.folder("sitemaps"):
        feed = parse_feed(captured.data)
        yield _check(captured, "entries", len(feed.articles), captured.expected["locs"])
        yield _check(captured, "links", feed.articles[0].url, captured.expected["first_loc"])


def _by_feedparser(material: Material) -> Iterator[Checked]:
    for captured in material.folder("feeds"):
        if captured.file.endswith(".json"):
            continue  # feedparser 6.0 reads no JSON Feed
        ours, theirs = parse_feed(captured.data).articles, feedparser.parse(captured.data).entries
        yield _check(captured, "entries", len(ours), len(theirs))
        for article, entry in zip(ours, theirs, strict=False):
            yield from _compare(captured, article, _told(entry))


def _first(expected: dict[str, Any]) -> dict[str, Any]:
    return {
        "title": expected["first_title"],
        "link": expected.get("first_link"),
        "published": expected.get("first_date_utc"),
        "author": expected.get("first_author_feedparser"),
    }


def _told(entry: Any) -> dict[str, Any]:
    """What an oracle says of an entry: title, link, date and author, where it says it."""
    stamp = entry.get("published_parsed") or entry.get("updated_parsed")
    date = datetime.fromtimestamp(calendar.timegm(stamp), UTC).isoformat() if stamp else None
    written = entry.get("published") or entry.get("updated")
    return {
        "title": one_line(entry.get("title") or "", limit=500),
        "link": entry.get("link") or next(iter(link for link in entry.get("links", ()) if isinstance(link, str)), None),
        "date": date or (written if written and written[:4].isdigit() else None),
        "author": entry.get("author"),
    }


def _compare(captured: Captured, article: ParsedArticle, told: dict[str, Any]) -> Iterator[Checked]:
    yield _check(captured, "titles", article.title, told["title"])
    link = told["link"]
    if link and str(link).startswith("http"):
        yield _check(captured, "links", article.url.casefold(), str(link).casefold())
    if told["date"]:
        found = article.published_at or article.updated_at
        yield _check(captured, "dates", found.isoformat()[:19] if found else None, told["date"][:19])
    if told["author"]:
        # feedparser writes `Name (mail)`; we keep the name
        yield Checked(
            "authors",
            bool(article.author) and article.author in told["author"],
            _said(captured, "author", article.author, told["author"]),
        )


def _check(captured: Captured, field: str, found: object, wanted: object) -> Checked:
    return Checked(field, found == wanted, _said(captured, field, found, wanted))


def _said(captured: Captured, field: str, found: object, wanted: object) -> str:
    return f"{captured.file}, {field}: {found!r} for {wanted!r}"


def _forgiving(parse: Callable[[bytes], object]) -> Callable[[bytes], object]:
    def parsed(data: bytes) -> object:
        try:
            return parse(data)
        except ValueError:
            return None

    return parsed


def _children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _peak(pid: int) -> float:
    status = Path(f"/proc/{pid}/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")), 0.0)
