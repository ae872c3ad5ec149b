"""Which articles are found to tell the same story: real repeats of an agency, rewrites made here, and hard negatives.

    python -m benchmarks.stories [--material DIRECTORY]

The material is the captured one (shared/data/topics, or SITREP_SHARED_DATA/topics): articles of one agency within a week,
where repeats and updates were marked by hand below, and labelled articles of many places, which are rewritten as other
newsrooms do. Every other pair of them is a negative. Forms are written by benchmarks.rewrites.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.rewrites import FORMS, REWRITES, sentences
from worker.collect.sketch import Telling, bands, same_story, telling

_HERE = Path(__file__).resolve().parent.parent
_DEFAULT = Path(os.environ.get("SITREP_SHARED_DATA", _HERE.parent / "shared" / "data")) / "topics"
REPEATS = {
    (4, 16), (32, 55), (175, 190), (230, 240), (230, 347), (240, 347), (248, 352), (252, 358), (258, 425), (264, 344),
    (279, 524), (414, 421), (415, 427), (419, 759), (483, 783), (489, 502), (491, 495), (505, 550), (561, 566), (567, 582),
    (598, 620), (626, 630), (656, 688), (740, 765), (854, 965), (873, 952), (877, 964), (878, 990), (888, 957), (889, 955),
    (891, 956), (893, 991), (907, 946), (911, 947), (912, 948), (921, 938), (926, 942), (930, 945),
}  # fmt: skip
"""The agency's repeats, corrections of spelling, and shortened or lengthened versions."""
EITHER = {(573, 728), (603, 731), (649, 686), (716, 989), (266, 362), (236, 353), (70, 117)}
"""Reports of the same event at another stage: as good apart as together."""
_ALIKE = 0.3
_FORMS_EACH = 60
_SENTENCES, _SHINGLES = 8, 100
"""A text with fewer is not rewritten."""

Article = tuple[str, str]
"""Title and text."""


@dataclass(frozen=True)
class Sketched:
    """An article as the database holds it and as it is compared."""

    told: Telling
    marks: frozenset[int]


Pairs = list[tuple[Sketched, Sketched]]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--material", type=Path, default=_DEFAULT)
    chosen = options.parse_args()
    if not (chosen.material / "reuters_dev.jsonl").is_file():
        raise SystemExit(f"{chosen.material} holds no reuters_dev.jsonl: name the captured material with --material")
    agency = _read(chosen.material / "reuters_dev.jsonl")
    labelled = _read(chosen.material / "dev.jsonl")
    table = Table("pairs", "should join", "joined", "wrong", "missed", title="same story?")
    wrong = missed = joined = 0
    for name, should, pairs in _cases(agency, labelled):
        found = sum(_joined(one, other) for one, other in pairs)
        wrong, missed = wrong + (0 if should else found), missed + (len(pairs) - found if should else 0)
        joined += found
        faults = ("", str(len(pairs) - found)) if should else (str(found), "")
        table.add_row(f"{len(pairs):,} {name}", "yes" if should else "no", f"{found:,}", *faults)
    right = joined - wrong
    table.add_section()
    table.add_row("precision, recall", "", f"{right / joined:.4f}", "", f"{right / (right + missed):.4f}")
    console = Console()
    console.print(table)
    console.print(_costs([text for _, text in (*agency.values(), *labelled.values())]))


def _cases(agency: dict[str, Article], labelled: dict[str, Article]) -> list[tuple[str, bool, Pairs]]:
    sketched = {id_: _sketched(*article) for id_, article in (agency | labelled).items()}
    repeats = [(sketched[str(one)], sketched[str(other)]) for one, other in sorted(REPEATS)]
    known = {frozenset(map(str, pair)) for pair in REPEATS | EITHER}
    rest = [
        (sketched[one], sketched[other])
        for one, other in combinations(sketched, 2)
        if frozenset((one, other)) not in known
    ]
    return [
        ("repeats of an agency", True, repeats),
        *((name, True, pairs) for name, pairs in _rewritten(labelled).items()),
        ("other pairs of real articles", False, rest),
        ("of them the most alike", False, [pair for pair in rest if _share(*pair) > _ALIKE]),
        *((f"reports on one form: {name}", False, pairs) for name, pairs in _on_forms().items()),
    ]


def _read(path: Path) -> dict[str, Article]:
    """Title and text by id."""
    rows = (json.loads(line) for line in path.read_text().splitlines())
    return {row["id"]: (row["title"], row["body"]) for row in rows}


def _sketched(title: str, text: str) -> Sketched:
    told = telling(title, text)
    return Sketched(told, frozenset(bands(told)))


def _joined(one: Sketched, other: Sketched) -> bool:
    """As in production: only what shares a band is compared."""
    return bool(one.marks & other.marks) and same_story(one.told, other.told) > 0


def _share(one: Sketched, other: Sketched) -> float:
    shorter = min(len(one.told.shingles), len(other.told.shingles))
    return len(one.told.shingles & other.told.shingles) / max(1, shorter)


def _rewritten(labelled: dict[str, Article]) -> dict[str, Pairs]:
    chance = random.Random(20260302)
    made: dict[str, Pairs] = defaultdict(list)
    for title, text in labelled.values():
        original = _sketched(title, text)
        if len(sentences(text)) < _SENTENCES or len(original.told.shingles) < _SHINGLES:
            continue
        for name, rewrite in REWRITES.items():
            made[name].append((original, _sketched("", rewrite(text, chance))))
    return dict(made)


def _on_forms() -> dict[str, Pairs]:
    reports = {
        name: [_sketched(name, form(random.Random(number))) for number in range(_FORMS_EACH)]
        for name, form in FORMS.items()
    }
    return {name: list(combinations(some, 2)) for name, some in reports.items()}


def _costs(texts: Sequence[str]) -> str:
    start = time.process_time()
    marks = sum(len(bands(telling("", text))) for text in texts)
    spent = time.process_time() - start
    return f"{spent / len(texts) * 1000:.2f} ms for an article's sketch, {marks / len(texts):.0f} bands kept for a week"


if __name__ == "__main__":
    main()
