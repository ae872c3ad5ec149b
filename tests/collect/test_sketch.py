"""Whether two texts tell the same story."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.rewrites import FORMS, REWRITES
from tests.collect.wire import ALL, BRIDGE, RADAR, SHIPYARD, SHORT
from worker.collect.sketch import MOST_TEXT, bands, key_band, same_story, telling

Rewrite = Callable[[str, random.Random], str]


@pytest.mark.parametrize("story", ALL)
@pytest.mark.parametrize("rewrite", REWRITES.values(), ids=REWRITES)
def test_a_light_rewrite_tells_the_same_story(story: str, rewrite: Rewrite) -> None:
    original = telling("A headline", ALL[story])
    copy = telling("Another desk's headline", rewrite(ALL[story], random.Random(7)))
    assert same_story(original, copy) > 0.75
    assert set(bands(original)) & set(bands(copy))


def test_different_events_are_different_stories() -> None:
    for one, other in combinations(ALL.values(), 2):
        assert same_story(telling("A", one), telling("A", other)) == 0


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_reports_written_on_one_form_are_different_stories(form: Rewrite) -> None:
    reports = [telling("Daily report", form(random.Random(number))) for number in range(25)]
    assert [same_story(one, other) for one, other in combinations(reports, 2) if same_story(one, other)] == []


def test_the_same_words_about_somebody_else_are_another_story() -> None:
    elsewhere = SHIPYARD
    for name, other in {
        "Bergvik": "Dunmore", "Grey Heron": "Blue Tern", "Lena Farrow": "Ida Rask", "Tomas Quist": "Per Ulmer",
        "Castellane": "Eskild", "Marta Solberg": "Nora Hart", "Tuesday": "Friday", "September": "June", "May": "August",
    }.items():  # fmt: skip
        elsewhere = elsewhere.replace(name, other)
    assert same_story(telling("", SHIPYARD), telling("", elsewhere)) == 0


def test_a_correction_is_a_story_of_its_own_and_two_copies_of_it_are_one() -> None:
    corrected = f"(Corrects the number of the crew in the second paragraph.) {SHIPYARD.replace('45', '54')}"
    assert same_story(telling("Navy takes over ship", SHIPYARD), telling("Navy takes over ship", corrected)) == 0
    assert (
        same_story(telling("CORRECTED - Ship", corrected), telling("Corrected: Navy takes over ship", corrected)) == 1
    )


def test_a_paragraph_that_every_text_of_an_agency_ends_with_makes_no_story() -> None:
    about = " ".join(["This report was made by North Wire, whose desks in ten cities write for newspapers."] * 4)
    assert same_story(telling("", f"{BRIDGE} {about}"), telling("", f"{RADAR} {about}")) == 0


def test_a_short_text_is_no_evidence() -> None:
    assert bands(telling("Parade", SHORT)) == []
    assert same_story(telling("Parade", SHORT), telling("Parade", SHORT)) == 0


def test_a_sketch_is_the_same_in_every_process() -> None:
    program = (
        "from tests.collect.wire import SHIPYARD; from worker.collect.sketch import bands, key_band, telling;"
        "print(bands(telling('', SHIPYARD)), key_band('address', 'news.example/1'))"
    )
    other = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert other.strip() == f"{bands(telling('', SHIPYARD))} {key_band('address', 'news.example/1')}"


def test_bands_fit_the_databases_integers_and_are_few() -> None:
    marks = bands(telling("", SHIPYARD))
    assert len(marks) == 32
    assert all(-(2**63) <= mark < 2**63 for mark in marks)


def test_a_very_long_text_costs_no_more_than_its_beginning() -> None:
    assert telling("", SHIPYARD * 1000) == telling("", (SHIPYARD * 1000)[:MOST_TEXT])


@given(st.text(max_size=400), st.text(max_size=400))
def test_any_two_texts_can_be_compared_in_either_order(one: str, other: str) -> None:
    first, second = telling(one, one * 9), telling(other, other * 9)
    assert same_story(first, second) == same_story(second, first)
    bands(first)
