"""Suggestions say what they would change, and what they are worth on other articles."""

from __future__ import annotations

import random
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tests.match.judging_by import FILLER, topic
from worker.match.evaluation import LabelledArticle, evaluate
from worker.match.matcher import Matcher
from worker.match.phrases import contexts_in, finder, phrases_in, sentences_of
from worker.match.suggest import FEWEST, apply, suggest
from worker.match.text import ArticleText

DRONES = topic("drones", words=["drone", "buzzer"], exclude=["drone music"])
SUBJECTS = ["budget", "harbour", "election", "railway", "museum", "weather", "orchard", "cinema", "festival", "library"]


def labelled(number: int, title: str, body: str, label: str) -> LabelledArticle:
    return LabelledArticle(str(number), ArticleText(title, body=f"{body} {FILLER * 2}"), {"drones": label})


def corpus(each: int = 12) -> list[LabelledArticle]:
    """Drones under a name that the definition does not know, drone shots in travel pieces, and other news."""
    chance = random.Random(3)
    made = []
    for number in range(each):
        subject = chance.choice(SUBJECTS)
        made.append(
            labelled(number, f"Quadcopter over the {subject}", f"A quadcopter. Quadcopters {subject}.", "about")
        )
        made.append(labelled(1000 + number, "Drone strike", f"The drone hit the {subject}. The drone.", "about"))
        body = f"Our drone footage shows the {subject}. Drone footage. Drone footage."
        made.append(labelled(2000 + number, f"Drone footage of the {subject}", body, "mention"))
        made.append(labelled(3000 + number, f"The {subject} opens", f"The {subject} is open.", "none"))
    return made


def test_words_that_find_what_is_missed_and_exclusions_for_what_is_wrongly_taken() -> None:
    found = suggest(DRONES, corpus())
    assert ("words", "quadcopter") in {(each.kind, each.term) for each in found.suggestions}
    assert ("exclude", "drone footage") in {(each.kind, each.term) for each in found.suggestions}
    assert found.after.f1 == 1.0
    assert found.checked is not None
    assert found.checked.after.f1 > found.checked.before.f1


def test_the_effect_of_each_is_what_the_matcher_says() -> None:
    articles = corpus()
    found = suggest(DRONES, articles)
    steps = [DRONES, *(apply(DRONES, found.suggestions[: n + 1]) for n in range(len(found.suggestions)))]
    figures = [evaluate(Matcher([each]), articles)["drones"].figures() for each in steps]
    assert [(each.before, each.after) for each in found.suggestions] == list(pairwise(figures))
    assert found.after == figures[-1]


def test_with_few_articles_nothing_is_claimed_beyond_them() -> None:
    found = suggest(DRONES, corpus(FEWEST // 2 - 1))
    assert found.checked is None


def test_a_word_that_finds_a_single_article_is_no_suggestion() -> None:
    odd = labelled(1, "A gyroplane lands", "The gyroplane. The gyroplane.", "about")
    others = [labelled(n, "Drone strike", "A drone. A drone.", "about") for n in range(2, 6)]
    assert suggest(DRONES, [odd, *others]).suggestions == ()


def test_a_term_that_does_harm_is_proposed_for_removal() -> None:
    wrong = [labelled(n, "Buzzer beater", "The buzzer. The buzzer wins.", "none") for n in range(4)]
    right = [labelled(n, "Drone strike", "A drone. A drone.", "about") for n in range(10, 14)]
    kinds = {(each.kind, each.term) for each in suggest(DRONES, [*wrong, *right]).suggestions}
    assert kinds & {("remove", "buzzer"), ("exclude", "buzzer beater"), ("exclude", "buzzer wins")}


def test_articles_without_a_label_for_the_topic_are_left_out() -> None:
    other = LabelledArticle("x", ArticleText("Quadcopter"), {"ships": "about"})
    assert suggest(DRONES, [other]).articles == 0


def test_phrases_never_run_across_a_sentence_and_are_no_filler() -> None:
    sentences = sentences_of(ArticleText("", body="The army has it. Drones fly over the town of Nida."))
    found = phrases_in(sentences)
    assert ("drones", "fly") in found
    assert not {("army", "drones"), ("the",), ("town", "of")} & found


def test_the_surroundings_of_a_term_are_those_that_name_something() -> None:
    sentences = sentences_of(ArticleText("", body="The wedding drone photos are here. A drone. Drones and men."))
    found = contexts_in(sentences, finder(["drone"]))
    assert found == {("wedding", "drone"), ("drone", "photos"), ("wedding", "drone", "photos")}


@given(st.text(max_size=200), st.lists(st.sampled_from(["drone", "counter-drone", "dron*", "U.S. Navy"]), min_size=1))
def test_no_text_is_too_odd(text: str, terms: list[str]) -> None:
    sentences = sentences_of(ArticleText(text, body=text, tags=(text,)))
    assert all(1 <= len(phrase) <= 2 for phrase in phrases_in(sentences))
    contexts_in(sentences, finder(terms))
