"""The shipped topics on real articles, with the figures they must reach."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.match_baselines import without_own_words
from benchmarks.page_chrome import LAYOUTS, cluttered
from worker.match.evaluation import article_of, evaluate, read_labelled
from worker.match.matcher import Matcher
from worker.resources import shipped
from worker.schedules.topics import load_topics

GOALS = {"drones": 0.92, "belarus": 0.97, "arctic": 0.95}
CHROME_COSTS = 0.05


@pytest.fixture(scope="module")
def matcher() -> Matcher:
    definitions, _ = load_topics(shipped("schedules") / "topics")
    assert len({definitions[slug].threshold for slug in GOALS}) == 1
    return Matcher(definitions[slug] for slug in GOALS)


@pytest.fixture(scope="module")
def sample_page(shared_data: Path) -> dict[str, str]:
    page: dict[str, str] = json.loads((shared_data / "topics" / "seed.jsonl").read_text().splitlines()[0])
    return page


def test_topics_find_what_people_say_the_articles_are_about(matcher: Matcher, shared_data: Path) -> None:
    results = evaluate(matcher, read_labelled(shared_data / "topics" / "dev.jsonl"))
    reached = {slug: evaluation.figures().f1 for slug, evaluation in results.items()}
    assert {slug for slug, goal in GOALS.items() if reached[slug] < goal} == set(), reached


def test_menus_and_related_links_left_in_the_text_do_little_harm(
    matcher: Matcher, shared_data: Path, sample_page: dict[str, str]
) -> None:
    before, after = _around(sample_page)
    wrapped = [
        replace(one, article=replace(one.article, body=f"{before}{one.article.body}{after}"))
        for one in read_labelled(shared_data / "topics" / "dev.jsonl")
    ]
    reached = {slug: found.figures().f1 for slug, found in evaluate(matcher, wrapped).items()}
    assert {slug for slug, goal in GOALS.items() if reached[slug] < goal - CHROME_COSTS} == set(), reached


@pytest.mark.parametrize("layout", LAYOUTS)
def test_pages_of_any_layout_do_little_harm(matcher: Matcher, shared_data: Path, layout: str) -> None:
    wrapped = [
        replace(one, article=replace(one.article, body=cluttered(one.article.body, layout, number)))
        for number, one in enumerate(read_labelled(shared_data / "topics" / "dev.jsonl"))
    ]
    reached = {slug: found.figures().f1 for slug, found in evaluate(matcher, wrapped).items()}
    assert {slug for slug, goal in GOALS.items() if reached[slug] < goal - CHROME_COSTS} == set(), reached


def test_words_that_only_one_article_has_are_not_what_the_figures_rest_on(shared_data: Path) -> None:
    definitions, _ = load_topics(shipped("schedules") / "topics")
    reached = without_own_words(definitions, read_labelled(shared_data / "topics" / "dev.jsonl"))
    assert {slug for slug, goal in GOALS.items() if reached[slug] < goal - 0.03} == set(), reached


@pytest.mark.parametrize("flat", [False, True])
@pytest.mark.parametrize("key", ["body", "raw_page"])
def test_the_sample_page_is_about_belarus_only(
    matcher: Matcher, sample_page: dict[str, str], key: str, flat: bool
) -> None:
    body = " ".join(sample_page[key].split()) if flat else sample_page[key]
    verdicts = matcher.judge(article_of({**sample_page, "body": body}, "sample page"))
    assert {slug: verdict.verdict for slug, verdict in verdicts.items() if verdict.verdict != "none"} == {
        "belarus": "about",
        "drones": "mention",
    }


def _around(page: dict[str, str]) -> tuple[str, str]:
    """What the sample page has before and after its article."""
    raw, body = page["raw_page"], page["body"]
    return raw[: raw.index(body[:60])], raw[raw.index(body[-60:]) + 60 :]
