"""What a definition can say beyond words: stems, words against it, weak mentions, dedicated sources."""

from __future__ import annotations

import pytest

from tests.match.judging_by import FILLER, found_terms, judge, topic

RU = topic("ships", languages={"ru": {"words": ["ледокол"], "phrases": ["Северный морской путь"], "stem": True}})
DE = topic("ships", languages={"de": {"words": ["Haus", "Schiff"], "phrases": ["nördlicher Seeweg"], "stem": True}})
EN = topic("wells", languages={"en": {"words": ["drilling", "MQ-9"], "stem": True}})


@pytest.mark.parametrize("form", ["ледокол", "ледокола", "ледоколы", "Ледоколами", "ледоколов"])
def test_an_inflected_word_is_found_by_its_stem(form: str) -> None:
    assert found_terms(RU, f"Вышел {form} утром.", language="ru") == [("ледокол", 1)]


@pytest.mark.parametrize("form", ["Северный морской путь", "Северного морского пути", "Северным морским путём"])
def test_a_phrase_is_found_with_each_of_its_words_inflected(form: str) -> None:
    assert found_terms(RU, f"Через {form} прошло судно.") == [("Северный морской путь", 1)]


@pytest.mark.parametrize(
    ("form", "term"), [("Häuser", "Haus"), ("Hauses", "Haus"), ("Schiffe", "Schiff"), ("Schiffen", "Schiff")]
)
def test_a_stem_is_found_under_its_umlaut(form: str, term: str) -> None:
    assert found_terms(DE, f"Dort stehen {form} am Hafen.", language="de") == [(term, 1)]


def test_adjectives_in_phrases_are_stemmed_too() -> None:
    assert found_terms(DE, "Der nördliche Seeweg. Des nördlichen Seewegs.") == [("nördlicher Seeweg", 2)]


def test_stems_are_for_the_language_alone() -> None:
    assert found_terms(EN, "They drilled, drill and drills; the MQ9 flew.", language="en") == [
        ("drilling", 3),
        ("MQ-9", 1),
    ]
    assert found_terms(EN, "They drilled.", language="no") == []


def test_another_word_of_the_same_beginning_is_not_found() -> None:
    assert found_terms(RU, "Ледник и лёд, северный ветер.", language="ru") == []


CAMERA = topic("drones", words=["drone"], against=["photographer", "aerial view*"])


def test_words_against_a_topic_make_its_own_count_less() -> None:
    story = "A drone rose over the abbey. " + FILLER
    plain = judge(CAMERA, "Drone rises", story)
    filmed = judge(CAMERA, "Drone rises", f"{story} The photographer sold aerial views.")
    assert filmed.score < plain.score
    assert [(piece.term, piece.shown) for piece in filmed.excluded] == [
        ("photographer", "photographer"),
        ("aerial view*", "aerial views"),
    ]
    assert filmed.sentence.endswith("('photographer' and 'aerial views' speak of something else).")


def test_words_against_a_topic_say_nothing_without_its_own() -> None:
    verdict = judge(CAMERA, "A photographer", FILLER)
    assert (verdict.verdict, verdict.excluded) == ("none", ())
    assert verdict.sentence == "Not about Drones: none of its terms was found."


WAR = topic(
    "drones",
    words=["drone"],
    supporting=[{"phrases": ["missiles and drones"], "weight": 0.5, "mentions": True}, {"words": ["swarm"]}],
)


def test_a_weaker_name_of_the_topic_is_a_mention() -> None:
    assert judge(WAR, "War", f"Missiles and drones fell. {FILLER * 4}").verdict == "mention"
    assert judge(WAR, "War", f"A swarm came. {FILLER * 4}").verdict == "none"


def test_ordinary_words_count_no_more_than_the_topics_own() -> None:
    named = topic("drones", words=["drone"], supporting=[{"words": ["Wing"], "needs": ["drone"], "weight": 0.5}])
    few = judge(named, "Firm", f"A drone. {'Wing grows. ' * 3}{FILLER * 4}")
    many = judge(named, "Firm", f"A drone. {'Wing grows. ' * 40}")
    assert many.verdict == few.verdict == "mention"


FROM_THE_NORTH = topic("arctic", words=["Arctic"], sources=["north.example", "Barents Weekly"])


@pytest.mark.parametrize(
    "source",
    [
        ("north.example",),
        ("Someone", "www.north.example"),
        ("Someone", "en.news.NORTH.example"),
        ("Barents Weekly", "b.example"),
        ("barents weekly",),
    ],
)
def test_a_dedicated_source_speaks_for_the_topic(source: tuple[str, ...]) -> None:
    elsewhere = judge(FROM_THE_NORTH, "Arctic harbour", FILLER)
    there = judge(FROM_THE_NORTH, "Arctic harbour", FILLER, source=source)
    assert there.score == pytest.approx(elsewhere.score + 1)
    assert "its source is dedicated to it" in there.sentence


@pytest.mark.parametrize("source", [(), ("north.example.evil.test",), ("notnorth.example",), ("Weekly",), ("example",)])
def test_another_source_does_not(source: tuple[str, ...]) -> None:
    assert judge(FROM_THE_NORTH, "Harbour", FILLER, source=source).score == 0


def test_a_source_alone_lets_nothing_in_unless_its_weight_says_so() -> None:
    assert judge(FROM_THE_NORTH, "Budget", FILLER, source=("north.example",)).verdict == "none"
    all_of_it = topic("arctic", words=["Arctic"], sources=["north.example"], weights={"source": 3})
    assert judge(all_of_it, "Budget", FILLER, source=("north.example",)).verdict == "about"


def test_required_terms_are_missed_in_the_sentence() -> None:
    jets = topic("jets", title="Jets", words=["Gripen"], require=["Sweden"])
    told = judge(jets, "Gripen order", "The Gripen flew. Gripen again.").sentence
    assert told.startswith(
        "Not about Jets: none of the terms that it requires was found, though the title says 'Gripen'"
    )


@pytest.mark.parametrize(
    ("term", "written", "shown"),
    [
        ("MQ-9*", "an MQ-9B Reaper", "MQ-9B"),
        ("Alexander Lukashenko", "the U.S. and Alexander\nLukashenko’s men", "Alexander Lukashenko"),
        ("US Navy", "the U.S. Navy’s ships", "U.S. Navy"),
        ("drone*", "DRO\xadNES came", "DRO\xadNES"),
    ],
)
def test_evidence_is_shown_as_the_article_writes_it(term: str, written: str, shown: str) -> None:
    (piece,) = judge(topic(words=[term]), body=written).evidence
    assert piece.shown == shown
