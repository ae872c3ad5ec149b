"""Which words of a text are a term, and which only look like it."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.match.judging_by import found_terms, judge, topic
from worker.match.text import STOP, fold, words_of

DRONES = topic(
    "drones", words=["drone", "UAV", "MQ-9", "counter-drone"], phrases=["loitering munition"], exclude=["drone footage"]
)


@pytest.mark.parametrize(
    "text",
    [
        "A drone flew.",
        "Drones flew.",
        "the drone's engine",
        "the drone’s engine",
        "the drones' engines",
        "“drone”",
        "(drone)",
        "drone-borne radar",
        "anti-drone gun",
        "DRONE",
        "_drone_ and *mission*",
        "drone/missile",
        "dro\u00adne",
        "...drone...",
        "Really?!Drone",
        "復活！？drone",
    ],
)
def test_a_word_is_found_however_it_is_dressed(text: str) -> None:
    assert found_terms(DRONES, text) == [("drone", 1)]


@pytest.mark.parametrize("text", ["droned on", "dronebar", "a quadrone", "drôle", "d r o n e", ""])
def test_another_word_is_not(text: str) -> None:
    assert found_terms(DRONES, text) == []


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("city", "two cities"),
        ("bus", "two buses"),
        ("gunman", "two gunmen"),
        ("MQ-9", "the MQ9"),
        ("MQ-9", "an MQ 9"),
        ("counter-drone", "counterdrone work"),
        ("US Navy", "the U.S. Navy"),
        ("U.S. Navy", "the US Navy"),
        ("Tromsø", "TROMSØ"),
        ("Ny-Ålesund", unicodedata.normalize("NFD", "in Ny-Ålesund")),
        ("Weißrussland", "Weißrussland"),
        ("беларус*", "Беларусі"),
        ("Tikhanovskaya", "Tikhanovskaya's"),
        ("İzmir", "in İzmir"),
    ],
)
def test_a_term_is_found_in_its_other_forms(term: str, text: str) -> None:
    assert found_terms(topic(words=[term]), text) == [(term, 1)]


def test_a_name_counts_under_one_heading_in_all_its_spellings() -> None:
    belarus = topic("belarus", names={"Alexander Lukashenko": ["Lukashenko", "Lukashenka"]})
    text = "Alexander Lukashenko spoke. Lukashenka left; Lukashenko's aides stayed."
    assert found_terms(belarus, text) == [("Alexander Lukashenko", 3)]


@pytest.mark.parametrize(
    "text",
    [
        "They were loitering. Munitions arrived.",
        "They were loitering! Munitions arrived.",
        "They were loitering?” Munitions arrived.",
        "They were loitering; munitions arrived.",
        "Loitering\n\nMunitions",
        "They saw it loitering (again.) Munitions arrived.",
    ],
)
def test_a_phrase_never_crosses_the_end_of_a_sentence(text: str) -> None:
    assert found_terms(DRONES, text) == []


@pytest.mark.parametrize(
    "text", ["a loitering munition", "loitering-munitions", "a loitering\nmunition", "“loitering” munition"]
)
def test_a_phrase_is_found_across_what_ends_no_sentence(text: str) -> None:
    assert found_terms(DRONES, text) == [("loitering munition", 1)]


@pytest.mark.parametrize(
    "text", ["the U.S. Coast Guard sailed", "with St. Lawrence Island", "said Gen. Hill yesterday"]
)
def test_an_abbreviation_ends_no_sentence(text: str) -> None:
    places = topic(phrases=["US Coast Guard", "St Lawrence Island", "Gen Hill"])
    assert len(found_terms(places, text)) == 1


def test_a_sentence_may_end_with_one_digit() -> None:
    assert found_terms(topic(phrases=["5 drones", "F. Drones"]), "It was the type 5. Drones flew over.") == []
    assert found_terms(topic(phrases=["5 drones"]), "They saw 5 drones.") == [("5 drones", 1)]


def test_of_overlapping_terms_the_leftmost_longest_counts() -> None:
    polar = topic(words=["polar", "bear"], phrases=["polar bear", "bear island"])
    assert found_terms(polar, "a polar bear island") == [("polar bear", 1)]


def test_an_excluded_phrase_takes_its_words_away() -> None:
    verdict = judge(DRONES, body="Watch this drone footage. A drone was shot down.")
    assert [(piece.term, piece.count) for piece in verdict.evidence] == [("drone", 1)]
    assert [(piece.term, piece.count) for piece in verdict.excluded] == [("drone footage", 1)]


def test_a_longer_term_beats_an_exclusion_inside_it() -> None:
    kept = topic(words=["drone"], phrases=["combat drone footage"], exclude=["drone footage"])
    assert found_terms(kept, "combat drone footage") == [("combat drone footage", 1)]


def test_a_list_for_another_language_is_left_out() -> None:
    ports = topic(words=["harbour"], languages={"de": {"words": ["Hafen"]}})
    assert found_terms(ports, "Der Hafen", language="de") == [("Hafen", 1)]
    assert found_terms(ports, "Der Hafen", language=None) == [("Hafen", 1)]
    assert found_terms(ports, "Der Hafen", language="no") == []


def test_positions_point_at_the_term_in_the_text() -> None:
    body = "At first nothing. Then the U.S. said: a drone, “drones”, and the drone’s pilot."
    (piece,) = judge(DRONES, body=body).evidence
    assert [body[place : place + 5].lower() for place in piece.positions] == ["drone"] * 3


def test_topics_do_not_disturb_each_other() -> None:
    from worker.match.matcher import Matcher
    from worker.match.text import ArticleText

    ports = topic("ports", words=["port"], exclude=["port wine"])
    wines = topic("wines", phrases=["port wine"])
    verdicts = Matcher([ports, wines]).judge(ArticleText("Port wine", body="A glass of port wine."))
    assert verdicts["ports"].verdict == "none"
    assert verdicts["wines"].verdict == "about"


@given(st.text())
def test_words_are_the_runs_of_letters_and_digits(text: str) -> None:
    folded = fold(text)
    expected = "".join(one if one.isalnum() or unicodedata.category(one) in ("Mn", "Mc") else " " for one in folded)
    assert " ".join(words_of(folded)).replace(STOP, " ").split() == expected.split()


@given(st.from_regex(r"([a-zäøßA-Z0-9]{2,9}|[а-я]{2,9})([ .-][a-zäøßA-Z0-9]{2,9}){0,4}", fullmatch=True))
def test_every_usable_term_is_found_where_it_is_written(term: str) -> None:
    assert found_terms(topic(words=[term]), f"Before, {term}, after.") == [(term, 1)]
