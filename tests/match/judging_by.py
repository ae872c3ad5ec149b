"""Definitions and articles in one line each, for the tests of this directory."""

from __future__ import annotations

from typing import Any

from worker.match.matcher import Matcher, Verdict
from worker.match.text import ArticleText
from worker.schedules.topics import TopicDefinition

FILLER = "The committee met again in the afternoon and heard from several witnesses about the budget. "


def topic(slug: str = "harbours", **keys: Any) -> TopicDefinition:
    return TopicDefinition(slug=slug, title=keys.pop("title", slug.title()), **keys)


def judge(definition: TopicDefinition, title: str = "", body: str = "", **keys: Any) -> Verdict:
    """The verdict of one topic on one article."""
    return Matcher([definition]).judge(ArticleText(title, body=body, **keys))[definition.slug]


def found_terms(definition: TopicDefinition, text: str, **keys: Any) -> list[tuple[str, int]]:
    """(term, count) of what is found in a body, in order of first appearance."""
    verdict = judge(definition, body=text, **keys)
    pieces = [piece for piece in verdict.evidence if piece.field == "body"]
    return [(piece.term, piece.count) for piece in sorted(pieces, key=lambda piece: piece.positions)]
