"""Hostile texts and definitions cost no more than others."""

from __future__ import annotations

import time

import pytest

from tests.match.judging_by import topic
from worker.match.lexicon import Entrances, Lexicon
from worker.match.matcher import MAX_BODY, Matcher
from worker.match.text import ArticleText, fold, words_of

HOSTILE = {
    "one word repeated": "unmanned " * 40_000,
    "a phrase that never ends": "unmanned aerial vehicle system " * 20_000,
    "one endless word": "drone" * 80_000,
    "full stops": "." * 400_000,
    "blank lines": "\n \n" * 130_000,
    "spaced newlines": ("\n" + " " * 1000) * 400,
    "possessives": "drone's" * 60_000,
    "initials": "U.S." * 100_000,
    "combining marks": "e\u0301\u0302" * 130_000,
    "link-like lines": "Drone\n" * 70_000,
    "mixed scripts": "дроnе Ⅷ ﷽ İİİ ẞ ﬁ \U0001f6f8 " * 15_000,
    "lone surrogates": "drone \ud800 " * 40_000,
    "nothing visible": "\u200b\xad\ufeff" * 130_000,
}


def matcher() -> Matcher:
    overlapping = [" ".join(["unmanned aerial vehicle system"] * count) for count in (1, 2)]
    return Matcher(
        [topic("drones", words=["drone", "unmanned*", "U.S."], phrases=overlapping, exclude=["drone drone"])]
    )


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_is_judged_in_no_time(name: str) -> None:
    started = time.process_time()
    verdicts = matcher().judge(ArticleText(HOSTILE[name][:300], HOSTILE[name], HOSTILE[name], (HOSTILE[name],)))
    assert verdicts["drones"].sentence
    assert time.process_time() - started < 2


@pytest.mark.parametrize("name", HOSTILE)
def test_cutting_takes_time_in_proportion_to_length(name: str) -> None:
    text = HOSTILE[name]

    def seconds(part: str) -> float:
        started = time.process_time()
        words_of(fold(part))
        return time.process_time() - started

    quarter = min(seconds(text[: len(text) // 4]) for _ in range(3))
    whole = min(seconds(text) for _ in range(3))
    assert whole < 12 * quarter + 0.2


def test_only_the_beginning_of_an_endless_body_is_judged() -> None:
    drones = Matcher([topic("drones", words=["drone"])])
    late = ArticleText("Budget", body="budget " * MAX_BODY + "drone " * 1000)
    assert drones.judge(late)["drones"].verdict == "none"


def test_what_is_remembered_of_words_is_bounded() -> None:
    entrances: Entrances = Lexicon([topic("drones", words=["drone"])]).entrances
    for number in range(Entrances.remembered + 10):
        entrances[f"word{number}"]
    assert len(entrances) <= Entrances.remembered
    assert entrances["drone"]
