"""What can be written as a search, how it is understood, and how a mistake is told."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from worker.match.search.parse import MAX_DEPTH, MAX_LEAVES, MAX_LENGTH, QueryError, parse
from worker.match.search.query import normal


@pytest.mark.parametrize(
    ("written", "understood"),
    [
        ("drones", "drones"),
        ("Drones Minsk", "drones AND minsk"),
        ("drones AND Minsk OR Arctic ice", "drones AND minsk OR arctic AND ice"),
        ("drones (Minsk OR Brest)", "drones AND (minsk OR brest)"),
        ("drones -Minsk", "drones AND NOT minsk"),
        ("drones NOT (Minsk OR Brest)", "drones AND NOT (minsk OR brest)"),
        ("drones -(Minsk Brest)", "drones AND NOT (minsk AND brest)"),
        ('drones -"war games" -title:Brest', 'drones AND NOT "war games" AND NOT title:brest'),
        ('"War Games"', '"war games"'),
        ("“war games”", '"war games"'),
        ("MQ-9", '"mq 9"'),
        ("Russia's", "russia"),
        ("U.S. Navy", "us AND navy"),
        ("icebreak*", "icebreak*"),
        ('"northern sea rout*"', '"northern sea rout*"'),
        ("title:Svalbard source:reuters", "title:svalbard AND source:reuters"),
        ("TITLE:Svalbard", "title:svalbard"),
        ('title:"war games"', 'title:"war games"'),
        ("title:(Minsk OR Brest)", "title:minsk OR title:brest"),
        ("about:icebreaker", "about:icebreaker"),
        ("about:(drones OR UAV) Minsk", "about:(drones OR uav) AND minsk"),
        ('"and" drones', '"and" AND drones'),
        ("дроны Минск", "дроны AND минск"),
        ("Łódź", "łódź"),
        ("  drones  ", "drones"),
    ],
)
def test_a_search_is_understood(written: str, understood: str) -> None:
    assert str(parse(written)) == understood


@pytest.mark.parametrize(
    ("written", "problem", "position"),
    [
        ("", "is empty", 1),
        ("   ", "is empty", 1),
        ("drones )", "closes nothing", 8),
        ("(drones", "never closed", 1),
        ('drones "war games', "phrase is never closed", 8),
        ("drones AND", "Something is missing", 11),
        ("AND drones", "missing before AND", 1),
        ("drones OR OR Minsk", "missing before OR", 11),
        ("drones or Minsk", "in capitals", 8),
        ("drones AND ()", "brackets are empty", 13),
        ("dr*", "needs 3 letters", 1),
        ("dro*nes", "only at the end", 4),
        ("--- drones", "no letter or digit", 3),
        ("Zapad - 2025", "no letter or digit", 7),
        ("drones -", "no letter or digit", 8),
        ("title:-border ice", "put it first", 7),
        ("about:NOT drones", "before any field", 7),
        ("drones Or Minsk", "in capitals", 8),
        ("drones \uff2f\uff32 Minsk", "in capitals", 8),
        ('drones "ice bre*ker"', "only at the end", 16),
        ("dron\ua66e", "no word has", 1),
        ("title:()", "brackets are empty", 8),
        ('""', "no letter or digit", 1),
        ("colour:red", "is no field", 1),
        ("title: Minsk", "Nothing follows title", 1),
        ("title:source:x", "cannot stand in another", 7),
        ("about:(a1 about:b2)", "already", 11),
        ("title:(about:Minsk)", "cannot stand inside", 7),
        ("NOT drones", "nearly every article", 1),
        ("drones OR NOT Minsk", "nearly every article", 1),
        ("the", "nearly every article", 1),
        ("the OR drones", "nearly every article", 1),
        ("dr\u043enes", "two alphabets", 1),
        ("drones\x07", "no word has", 1),
        ('"one two three four five six seven eight nine"', "may have 8 words", 1),
        ("x" * (MAX_LENGTH + 1), f"may have {MAX_LENGTH} characters", 1),
        (" ".join(f"word{number}" for number in range(MAX_LEAVES + 1)), f"may have {MAX_LEAVES} words", 271),
        ("(" * 9 + "drones" + ")" * 9, f"More than {MAX_DEPTH} brackets", 9),
        ("NOT " * 20 + "drones", f"More than {MAX_DEPTH} brackets", 33),
        ("-" * 30 + "drones", f"More than {MAX_DEPTH} brackets", 9),
    ],
)
def test_a_mistake_is_told_with_its_place(written: str, problem: str, position: int) -> None:
    with pytest.raises(QueryError) as caught:
        parse(written)
    assert problem in caught.value.problem
    assert caught.value.position == position
    *_, caret = str(caught.value).splitlines()
    assert caret == "  " + " " * (position - 1) + "^"


@settings(max_examples=500, deadline=None)
@given(
    st.one_of(
        st.text(max_size=80),
        st.lists(
            st.sampled_from(
                [
                    "AND",
                    "OR",
                    "NOT",
                    "(",
                    ")",
                    '"',
                    "-",
                    "drone",
                    "ice*",
                    "title:",
                    "about:",
                    ":",
                    "*",
                    "é",
                    "\u202e",
                    "🚁",
                ]
            ),
            max_size=30,
        ).map(" ".join),
        st.lists(st.sampled_from(list('()"-*: aAорш\x00\u200b')), max_size=60).map("".join),
    )
)
@example("(" * 500)
@example("-" * 500)
@example('"' * 499)
@example("title:" * 80)
def test_whatever_is_typed_is_a_search_or_a_mistake_with_a_place(written: str) -> None:
    mistake, query = None, None
    try:
        query = parse(written)
    except QueryError as error:
        mistake = error
    if mistake is not None:
        assert 1 <= mistake.position <= len(written) + 1
        assert "\n" not in mistake.problem
    elif query is not None:
        assert normal(parse(str(query))) == normal(query)


def test_two_spellings_of_one_search_have_one_normal_form() -> None:
    spellings = ("drones AND (Minsk OR Brest)", "(brest OR minsk) drones", "DRONES (Minsk OR (Brest OR Minsk)) drones")
    assert len({normal(parse(written)) for written in spellings}) == 1
    assert normal(parse("drones NOT NOT Minsk")) == normal(parse("drones Minsk"))
