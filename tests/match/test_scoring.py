"""About, or only mentioned? Where and how densely the evidence stands decides."""

from __future__ import annotations

import pytest

from tests.match.judging_by import FILLER, found_terms, judge, topic

DRONES = topic("drones", words=["drone"], exclude=["drone footage", "drone video"])


def test_title_and_text_together_make_it_about() -> None:
    verdict = judge(DRONES, "Drone strikes refinery", "A drone hit a refinery. " + FILLER * 2)
    assert (verdict.verdict, verdict.score >= verdict.threshold) == ("about", True)


def test_a_word_in_passing_is_a_mention() -> None:
    assert judge(DRONES, "Budget passes", FILLER * 10 + "A drone flew by. " + FILLER * 20).verdict == "mention"


def test_a_title_that_the_text_does_not_bear_out_is_a_mention() -> None:
    assert judge(DRONES, "Of robots, drones and men", FILLER * 40).verdict == "mention"


def test_a_dense_text_is_about_it_whatever_the_title_says() -> None:
    assert judge(DRONES, "A new kind of war", ("The drone turned. " + FILLER) * 20).verdict == "about"


def test_nothing_found_is_none() -> None:
    verdict = judge(DRONES, "Budget passes", FILLER)
    assert (verdict.verdict, verdict.score, verdict.evidence) == ("none", 0.0, ())


def test_a_homonym_alone_is_none() -> None:
    assert judge(DRONES, "Drone footage of the abbey", "Enjoy this drone video. " + FILLER).verdict == "none"


def test_a_text_that_means_something_else_counts_less_throughout() -> None:
    body = "The drone rose over the abbey, and the drone sank. " + FILLER * 6
    plain = judge(DRONES, "The abbey from above", body)
    filmed = judge(DRONES, "Drone footage of the abbey", "Enjoy this drone video. " + body)
    assert filmed.score < plain.score


def test_one_word_in_a_short_notice_is_not_taken_for_density() -> None:
    assert judge(DRONES, "Notice", "The drone and the rest of the equipment were stored safely.").verdict == "mention"


def test_more_evidence_never_lowers_the_score() -> None:
    scores = [judge(DRONES, "Budget", "drone " * count + FILLER * 10).score for count in range(1, 12)]
    assert scores == sorted(scores)


POLAR = topic(
    "arctic",
    words=["Arctic"],
    supporting=[{"words": ["icebreaker"], "weight": 0.5, "needs": ["northern"], "unless": ["Antarctic*"]}],
)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("The icebreaker sailed.", []),
        ("The icebreaker sailed in northern waters.", [("icebreaker", 1)]),
        ("The icebreaker sailed in the Arctic.", [("icebreaker", 1), ("Arctic", 1)]),
        ("The icebreaker sailed in northern and Antarctic waters.", []),
        ("The icebreaker knows the Arctic and the Antarctic.", [("icebreaker", 1), ("Arctic", 1)]),
    ],
)
def test_a_supporting_term_counts_in_the_right_company(text: str, terms: list[tuple[str, int]]) -> None:
    assert found_terms(POLAR, text) == terms


def test_supporting_terms_alone_are_no_mention() -> None:
    assert judge(POLAR, "Ships", "A northern icebreaker. " + FILLER * 10).verdict == "none"


def test_without_a_required_term_nothing_is_about_the_topic() -> None:
    jets = topic("jets", words=["Gripen"], require=["Sweden", "Swedish"])
    assert judge(jets, "Gripen order", "The Gripen flew. Gripen again.").verdict == "mention"
    assert judge(jets, "Gripen order", "The Swedish Gripen flew. Gripen again.").verdict == "about"


def test_a_tag_or_category_helps_but_does_not_decide() -> None:
    filed = topic("drones", words=["drone"], categories=["Robots & UAS"])
    bare = judge(filed, "Budget", FILLER)
    tagged = judge(filed, "Budget", FILLER, tags=("robots & uas",))
    assert bare.score < tagged.score < tagged.threshold
    assert judge(DRONES, "Budget", FILLER, tags=("Drone Warfare",)).score == tagged.score


def test_weights_of_a_definition_shift_what_counts() -> None:
    titles = topic("drones", words=["drone"], weights={"title": 2})
    assert judge(titles, "Of robots, drones and men", FILLER * 40).verdict == "about"
    blind = topic("drones", words=["drone"], weights={"title": 0, "body": 0, "lead": 0})
    assert judge(blind, "Drones", "drone " * 50).score == 0


def test_a_summary_that_the_body_repeats_is_counted_once() -> None:
    opening = "A drone crossed the border on Tuesday and was lost."
    once = judge(DRONES, "Border", f"{opening} {FILLER}", summary="")
    twice = judge(DRONES, "Border", f"{opening} {FILLER}", summary=opening)
    assert once.score == twice.score


def test_a_sentence_says_why() -> None:
    belarus = topic("belarus", title="Belarus", words=["Belarus", "Minsk"])
    verdict = judge(belarus, "Belarus votes", "Belarus voted. Minsk was calm. Belarus waits.")
    assert verdict.sentence == (
        "About Belarus because the title says 'Belarus' and the text speaks of it 3 times ('Belarus', 'Minsk')."
    )


def test_a_sentence_names_what_was_not_counted() -> None:
    verdict = judge(DRONES, "Abbey", "Enjoy this drone footage. A drone was lost there. " + FILLER * 10)
    assert verdict.sentence.startswith("Only mentions Drones: the text speaks of it once ('drone')")
    assert verdict.sentence.endswith("('drone footage' speaks of something else).")
