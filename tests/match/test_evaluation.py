"""Definitions are measured on labelled articles; files that cannot be used are refused with their place."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.match.judging_by import FILLER, topic
from worker.errors import InvalidInput
from worker.match.evaluation import Figures, evaluate, read_labelled
from worker.match.matcher import Matcher

ABOUT = {"title": "Drone strike", "body": "A drone hit. The drone burned. " + FILLER}
OTHER = {"title": "Budget passes", "body": FILLER}


def labelled_file(tmp_path: Path, *lines: object) -> Path:
    path = tmp_path / "labelled.jsonl"
    path.write_text("\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines), encoding="utf-8")
    return path


def test_figures_count_what_is_right_wrongly_taken_and_missed(tmp_path: Path) -> None:
    path = labelled_file(
        tmp_path,
        {**ABOUT, "labels": {"drones": "about"}},
        {**ABOUT, "labels": {"drones": "mention"}},
        {**OTHER, "labels": {"drones": "about"}},
        {**OTHER, "labels": {"drones": "none"}},
    )
    evaluation = evaluate(Matcher([topic("drones", words=["drone"])]), read_labelled(path))["drones"]
    figures = evaluation.figures()
    assert (figures.tp, figures.fp, figures.fn) == (1, 1, 1)
    assert (figures.precision, figures.recall, figures.f1) == (0.5, 0.5, 0.5)
    assert {case.label for case in evaluation.errors()} == {"mention", "about"}
    assert evaluation.figures(threshold=0.0).recall == 1.0
    recalls = [figures.recall for _, figures in evaluation.curve()]
    assert recalls == sorted(recalls, reverse=True)


def test_with_nothing_to_find_and_nothing_found_all_is_right() -> None:
    assert Figures(0, 0, 0).f1 == 1.0


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "no JSON"),
        ("[1]", "must be a JSON object"),
        ({"title": "x"}, "has no labels"),
        ({"title": "x", "labels": {"drones": "maybe"}}, "'maybe' of 'drones' is not one of about, mention, none"),
        ({"title": 3, "labels": {"drones": "none"}}, "'title' must be a text"),
        ({"labels": {"drones": "none"}}, "neither title nor summary nor body"),
    ],
)
def test_a_line_that_cannot_be_used_is_named(tmp_path: Path, line: object, message: str) -> None:
    path = labelled_file(tmp_path, {**OTHER, "labels": {"drones": "none"}}, line)
    with pytest.raises(InvalidInput, match=r"labelled\.jsonl:2") as raised:
        read_labelled(path)
    assert message in str(raised.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_labelled(tmp_path / "absent.jsonl")
