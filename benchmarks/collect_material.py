"""The captured material (shared/data/collect), and how work on it is timed."""

from __future__ import annotations

import gzip
import json
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_HERE = Path(__file__).resolve().parent.parent
DEFAULT = Path(os.environ.get("SITREP_SHARED_DATA", _HERE.parent / "shared" / "data")) / "collect"

_TURN = 2.0
_FEWEST_PASSES = 2
"""Seconds and passes that a way has at least in its turn."""


@dataclass(frozen=True)
class Captured:
    """A file with what is expected of it."""

    file: str
    data: bytes
    url: str
    expected: dict[str, Any]


@dataclass(frozen=True)
class Material:
    """The files that index.jsonl names."""

    directory: Path
    rows: tuple[dict[str, Any], ...]

    @classmethod
    def read(cls, directory: Path) -> Material:
        if not (directory / "index.jsonl").is_file():
            raise SystemExit(f"{directory} holds no index.jsonl: name the captured material with --material")
        rows = map(json.loads, (directory / "index.jsonl").read_text().splitlines())
        return cls(directory, tuple(rows))

    def folder(self, name: str) -> Iterator[Captured]:
        """The files of one folder, as they are."""
        for row in self.rows:
            if row["file"].startswith(f"{name}/"):
                data = (self.directory / row["file"]).read_bytes()
                yield Captured(row["file"].removeprefix(f"{name}/"), data, row.get("url") or "", row["expected"] or {})


def unpacked(captured: Captured) -> bytes:
    return gzip.decompress(captured.data) if captured.file.endswith(".gz") else captured.data


def rates(ways: dict[str, Callable[[Any], object]], items: Sequence[Any], rounds: int) -> dict[str, float]:
    """Items a second of each way in CPU time, by its best pass over all of them.

    The ways take turns, so that a busy machine slows all. In its turn a quick way makes several passes: what disturbs
    one for a moment must not decide.
    """
    best = dict.fromkeys(ways, float("inf"))
    for way in ways.values():
        for item in items[:10]:  # imports and caches
            way(item)
    for _ in range(rounds):
        for name, way in ways.items():
            best[name] = min(best[name], *_turn(way, items))
    return {name: len(items) / spent for name, spent in best.items()}


def _turn(way: Callable[[Any], object], items: Sequence[Any]) -> list[float]:
    """What each of the passes of one turn cost."""
    passes: list[float] = []
    while sum(passes) < _TURN or len(passes) < _FEWEST_PASSES:
        start = time.process_time()
        for item in items:
            way(item)
        passes.append(time.process_time() - start)
    return passes
