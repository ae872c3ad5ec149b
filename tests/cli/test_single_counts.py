"""What commands say where there is just one."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.installation import Installation
from worker.cli.printing import counted
from worker.cli.searches import _print_estimate
from worker.match.search.estimate import Estimate


@pytest.mark.parametrize(
    ("looked_at", "words"), [(1, "the only article of the last 30 days"), (7, "the last 7 articles")]
)
def test_a_trial_of_a_search_counts_one_article_as_one(
    looked_at: int, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _print_estimate("drones", Estimate(found=1, looked_at=looked_at, of=looked_at, days=7.0))
    assert f"It found 1 of {words}: about" in capsys.readouterr().out


@pytest.mark.parametrize(("number", "words"), [(0, "0 marks"), (1, "1 mark"), (2, "2 marks"), (1200, "1,200 marks")])
def test_a_noun_is_in_the_plural_unless_there_is_one(number: int, words: str) -> None:
    assert counted(number, "mark") == words


def test_a_change_of_a_topic_with_one_subscriber_speaks_of_one(installed: Installation) -> None:
    def said(*arguments: object) -> str:
        return installed.run(*arguments, "--by", "olga").stdout

    assert "quays with 1 subscriber would be called piers" in said("rename", "quays", "piers", "--dry-run")
    assert "1 subscriber keeps it\n" in said("rename", "quays", "piers")
    assert "1 subscriber of piers would go over" in said("merge", "piers", "ports", "--dry-run")
    assert "1 subscription of piers would end" in said("retire", "piers", "--dry-run")
    assert "piers is retired; 1 subscription ended, their holders told by mail" in said("retire", "piers", "--yes")


def test_nobody_is_told_where_nobody_subscribes(installed: Installation) -> None:
    (installed.topics / "locks.toml").write_text('title = "Locks"\nwords = ["lock"]\n')
    installed.json("rename", "quays", "piers", "--by", "olga")  # reads the files
    done = installed.run("retire", "locks", "--by", "olga", "--yes")
    assert done.stdout == "locks is retired; 0 subscriptions ended\n", done.output


def test_one_mark_is_one_labelled_article(installed: Installation, tmp_path: Path) -> None:
    installed.json("mark", installed.harbour, "ports", "mention", "--by", "olga")
    file = tmp_path / "marks.jsonl"
    assert f"1 labelled article written to {file}" in installed.run("marks", "--export", file).stdout
    assert len([json.loads(line) for line in file.read_text().splitlines()]) == 1
    suggested = installed.run("suggest", "ports", "--from", file)
    assert suggested.stdout.startswith("1 labelled article, 0 about ports;")
    assert "Nothing shows what is about ports: label or mark articles that are" in suggested.stdout
