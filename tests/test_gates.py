"""Rules of the code base that no linter knows, each with its reason."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LONGEST_FILE = 320
LONGEST_SHELL = 16
"""Statements' lines of a task: over that there is logic in it, which belongs to a stage."""
SLEEPERS = {"worker/collect/fetch/politeness.py", "worker/cli/up/redis_server.py", "worker/cli/up/run.py"}
"""Who may sleep: the pause between two requests to a host, and waiting for a server that starts."""


def sources(*folders: str) -> Iterator[tuple[str, str]]:
    """Each module of these folders: its path from the root, and its text."""
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "versions" not in path.parts:
                yield path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")


def test_no_module_is_longer_than_one_can_read() -> None:
    lengths = {name: text.count("\n") for name, text in sources("worker", "demo")}
    assert {name: lines for name, lines in lengths.items() if lines > LONGEST_FILE} == {}


def test_every_module_says_what_it_is_for() -> None:
    trees = {name: ast.parse(text) for name, text in sources("worker", "demo")}
    assert [name for name, tree in trees.items() if tree.body and ast.get_docstring(tree) is None] == []


def test_nothing_is_patched_and_nothing_sleeps_in_tests() -> None:
    forbidden = re.compile(r"\b(monkeypatch\.setattr|unittest\.mock|MagicMock|time\.sleep)\b")
    here = Path(__file__).relative_to(ROOT).as_posix()
    assert [name for name, text in sources("tests") if name != here and forbidden.search(text)] == []


def test_a_task_is_a_shell() -> None:
    long = []
    for name, text in sources("worker/tasks"):
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and any("shared_task" in ast.unparse(d) for d in node.decorator_list):
                lines = (node.end_lineno or 0) - node.lineno
                long += [f"{name}: {node.name} has {lines} lines"] if lines > LONGEST_SHELL else []
    assert long == []


def test_only_the_ends_read_a_clock_or_sleep() -> None:
    clock = re.compile(r"datetime\.now\(|datetime\.utcnow\(|date\.today\(|time\.time\(")
    stages = ("worker/collect", "worker/match", "worker/compose", "worker/deliver", "worker/track", "worker/audience")
    assert [name for name, text in sources(*stages) if clock.search(text)] == []
    asleep = [name for name, text in sources("worker") if re.search(r"\btime\.sleep\b", text)]
    assert set(asleep) <= SLEEPERS


def test_no_error_is_swallowed_whole() -> None:
    bare = re.compile(r"except\s*:|except\s+(Base)?Exception\s*:\s*\n\s*pass")
    assert [name for name, text in sources("worker", "demo") if bare.search(text)] == []
