"""The best threshold is found among all there are, and how flat the optimum is."""

from __future__ import annotations

import sys

from hypothesis import given
from hypothesis import strategies as st

from tests.match.judging_by import FILLER, topic
from worker.cli.topic_plot import draw
from worker.match.calibration import TOLERANCE, calibrate, stretches
from worker.match.evaluation import LabelledArticle, TopicEvaluation, evaluate
from worker.match.matcher import Matcher
from worker.match.text import ArticleText

DRONES = topic("drones", words=["drone"])


def evaluation(*cases: tuple[int, str]) -> TopicEvaluation:
    """Articles that say drone so often, with their labels."""
    labelled = [
        LabelledArticle(str(number), ArticleText("News", body="A drone. " * times + FILLER * 3), {"drones": label})
        for number, (times, label) in enumerate(cases)
    ]
    return evaluate(Matcher([DRONES]), labelled)["drones"]


def test_a_gap_between_right_and_wrong_is_where_the_threshold_belongs() -> None:
    found = calibrate(evaluation((1, "mention"), (2, "mention"), (20, "about"), (30, "about")))
    assert found.best.f1 == 1.0
    assert found.threshold is not None
    assert found.flat_from < found.threshold < found.flat_to


def test_where_nothing_about_it_is_found_there_is_no_threshold() -> None:
    found = calibrate(evaluation((0, "about"), (3, "none")))
    assert found.threshold is None
    assert found.to_json()["threshold"] is None


def test_a_required_term_that_is_missing_bars_an_article_at_any_threshold() -> None:
    barred = topic("drones", words=["drone"], require=["army"])
    text = ArticleText("Drone", body="A drone. A drone.")
    result = evaluate(Matcher([barred]), [LabelledArticle("1", text, {"drones": "about"})])["drones"]
    assert stretches(result) == []
    assert result.figures(0.1).tp == 0


cases = st.lists(st.tuples(st.integers(0, 30), st.sampled_from(["about", "mention", "none"])), min_size=1, max_size=15)


@given(cases)
def test_no_threshold_is_better_and_all_in_the_flat_range_are_nearly_as_good(chosen: list[tuple[int, str]]) -> None:
    result = evaluation(*chosen)
    found = calibrate(result)
    candidates = [step.middle for step in stretches(result)]
    if found.threshold is None:
        assert all(result.figures(threshold).tp == 0 for threshold in candidates)
        return
    assert abs(found.best.f1 - max(result.figures(threshold).f1 for threshold in candidates)) < 1e-9
    for step in stretches(result):
        if found.flat_from - 0.005 <= step.low and step.high <= found.flat_to + 0.005:
            assert result.figures(step.middle).f1 >= found.best.f1 - TOLERANCE - 1e-9


def test_drawing_leaves_no_import_hook_behind_that_python_warns_of() -> None:
    draw({"drones": evaluation((1, "mention"), (20, "about"))})
    assert [finder for finder in sys.meta_path if not hasattr(finder, "find_spec")] == []
