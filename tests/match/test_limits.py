"""Hostile texts and definitions cost no more than others."""

from __future__ import annotations

import time

import pytest

from tests.match.judging_by import topic
from worker.match.furniture import without_furniture
from worker.match.lexicon import Entrances, Lexicon
from worker.match.matcher import MAX_BODY, Matcher
from worker.match.text import ArticleText, fold, words_of
from worker.schedules.topic_definition import MAX_TERMS

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
    "capitalised words": "Drone Of The " * 30_000,
    "nearly a run of capitals": ("Drone A. B of the " * 15 + "x. ") * 1_500,
    "bars": "drone|" * 70_000,
    "bullets and dots": "• . " * 100_000,
    "dotted words": "A.b." * 100_000,
    "numbers in dates": "1, " * 130_000,
    "lists in lists": "Drones:\n- drone\n" * 22_000,
    "markers": "Read more: drone\nRelated\n" * 16_000,
    "tags": "drone, " * 57_000,
    "sentences": "A drone. " * 100_000,
    "stems": "дронами беспилотниками " * 18_000,
    "new words": " ".join(f"unmanned{number}" for number in range(30_000)),
    "new words to stem": " ".join(f"беспилотник{'аоеи'[number % 4]}{number}" for number in range(20_000)),
    "nothing visible": "\u200b\xad\ufeff" * 130_000,
}


def matcher() -> Matcher:
    overlapping = [" ".join(["unmanned aerial vehicle system"] * count) for count in (1, 2)]
    return Matcher(
        [
            topic(
                "drones",
                words=["drone", "unmanned*", "U.S."],
                phrases=overlapping,
                exclude=["drone drone"],
                against=["unmanned unmanned"],
                supporting=[{"phrases": ["drone drone drone"], "needs": ["unmanned"]}],
                languages={"ru": {"words": ["дрон", "беспилотник"], "stem": True}},
            )
        ]
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


@pytest.mark.parametrize("name", HOSTILE)
def test_furniture_is_told_in_time_in_proportion_to_length(name: str) -> None:
    text = HOSTILE[name][: 4 * MAX_BODY]

    def seconds(part: str) -> float:
        started = time.process_time()
        without_furniture(part)
        return time.process_time() - started

    quarter = min(seconds(text[:MAX_BODY]) for _ in range(3))
    whole = min(seconds(text) for _ in range(3))
    assert whole < 12 * quarter + 0.2


def test_a_large_definition_is_compiled_once_and_finds_its_words() -> None:
    large = topic("large", words=[f"word{number}" for number in range(MAX_TERMS)])
    started = time.process_time()
    compiled = Matcher([large])
    assert compiled.judge(ArticleText("Word7 and word8", body="word9 " * 9))["large"].verdict == "about"
    assert time.process_time() - started < 5


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
