"""Topics that an operator would define, on a news wire's stories with the wire's own topics.

The words were written from what the topics mean, looking at one half of the stories only (`A` below); the other half
says what such definitions are worth on stories nobody has seen. Stories to which the wire gave no topic are left out:
half of them are plainly about one of its topics.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from worker.match.evaluation import Figures, LabelledArticle, article_of, evaluate
from worker.match.matcher import Matcher
from worker.schedules.topics import load_topics

DEFINITIONS = Path(__file__).with_name("reuters_topics")


def half_of(story_id: str) -> str:
    return "A" if hashlib.sha256(story_id.encode()).digest()[0] % 2 == 0 else "B"


@pytest.mark.parametrize("half", ["A", "B"])
def test_topics_of_words_alone_find_most_of_what_a_wire_filed_under_them(shared_data: Path, half: str) -> None:
    definitions, problems = load_topics(DEFINITIONS)
    assert problems == []
    lines = (shared_data / "topics" / "reuters_dev.jsonl").read_text(encoding="utf-8").splitlines()
    stories = [
        LabelledArticle(
            story["id"],
            article_of(story, story["id"]),
            {slug: "about" if slug in story["topics"] else "none" for slug in definitions},
        )
        for story in map(json.loads, lines)
        if story["topics"] and half_of(story["id"]) == half
    ]
    figures = [found.figures() for found in evaluate(Matcher(definitions.values()), stories).values()]
    together = Figures(sum(one.tp for one in figures), sum(one.fp for one in figures), sum(one.fn for one in figures))
    assert together.f1 >= 0.85, together
    assert together.precision >= 0.9, together
