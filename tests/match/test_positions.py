"""Positions point into the text as it was written, whatever Unicode does to it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.match.judging_by import judge, topic
from worker.match.positions import places_of
from worker.match.text import STOP, cut, fold, plain, words_of

DRONES = topic("drones", words=["drone", "Ålesund", "İzmir", "дрон", "מל״ט", "fire", "Lukašenka"])

ODD = [
    "soft hyphens: \xad\xad \xad",
    "decomposed: " + unicodedata.normalize("NFD", "Ünëvén çödë Ångström Việt "),
    "Turkish: İSTANBUL Iğdır ıİıİ ",
    "ligatures: ﬁne ﬂow oﬃce ĳs ",
    "right to left: שלום עולם \u200fمرحبا\u200e ",
    "pointed: שָׁלוֹם مَرْحَبًا ",
    "emoji: \U0001f6f8\U0001f468\u200d\U0001f469\u200d\U0001f467 ✈️ ",
    "lone surrogates: \ud83d \udc00 ",
    "zero width: \u200b\u2060\ufeff \u200d ",
    "Hangul jamo: \u1112\u1161\u11ab\u1100\u116e\u11a8 ",
    "full width: ＡＢＣ　１２３ ",
    "Devanagari: ड्रोन हमला ",
    "sharp: ẞß ŉ ǰ ΐ ΟΔΟΣ ",
    "possessives: Belarus's harbour’s ships' ",
    "stress: Лукаше́нко ",
]


@pytest.mark.parametrize("odd", ODD)
@pytest.mark.parametrize("term", ["drone", "DRONE", "dro\xadne", "ﬁre", "İzmir", "A\u030alesund", "дрон"])
def test_a_term_is_found_where_it_stands(odd: str, term: str) -> None:
    body = f"{odd}{term}, {odd}; {odd} and {term}."
    first = body.index(term)
    (piece,) = judge(DRONES, body=body).evidence
    assert piece.positions == (first, body.index(term, first + 1))


texts = st.text(
    alphabet=st.one_of(
        st.sampled_from(
            "aB1.!? \n'’s—éå\u0301\u030aİıßøſﬁﬄ_,;“”\xad\u200b\u200dΣσ\u1112\u1161\u11abड्रोשָ\ud83d\U0001f6f8Ａ①ᾳ"
        ),
        st.characters(),
    ),
    max_size=60,
)


@given(texts)
@example("\xad1")
@example("e\u200b\u0301x")
@example("ﬃ ﬃ")
@example("\u0301a")
def test_each_word_begins_where_its_position_says(text: str) -> None:
    found = cut(text)
    spoken = {number for number, word in enumerate(found.words) if plain(word)}
    places = places_of(found, spoken)
    assert set(places) == spoken
    for number, place in places.items():
        run = found.words[number].strip(STOP).split(STOP)[0]
        assert fold(text[place:]).replace("ς", "σ").lstrip().startswith(run.replace("ς", "σ"))


@given(texts)
def test_positions_rise_with_the_words(text: str) -> None:
    found = cut(text)
    places = places_of(found, {number for number, word in enumerate(found.words) if plain(word)})
    assert [places[number] for number in sorted(places)] == sorted(set(places.values()))


@given(texts)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(texts)
def test_cutting_is_folding_and_then_cutting(text: str) -> None:
    assert cut(text).words == words_of(fold(text))
