"""How much of an edition fits into one mail."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.compose.render.fitting import Fit, fit


@pytest.mark.parametrize(
    ("cards", "lines", "room", "expected"),
    [
        ([10, 10], [2, 2], 100, Fit(2, 0, 0)),
        ([10, 10], [2, 2, 2], 100, Fit(2, 1, 0)),
        ([10, 10], [2, 2], 18, Fit(1, 1, 0)),
        ([40, 40, 40], [2] * 3, 100, Fit(2, 1, 0)),
        ([10], [2] * 40, 40, Fit(1, 12, 27)),
        ([90], [2], 20, Fit(0, 1, 0)),
        ([90], [90], 20, Fit(0, 0, 1)),
        ([], [2, 2], 50, Fit(0, 2, 0)),
    ],
)
def test_cards_come_first_then_titles_then_a_number(
    cards: list[int], lines: list[int], room: int, expected: Fit
) -> None:
    assert fit(cards, lines, room=room, frame_of_more=5) == expected


sizes = st.lists(st.integers(1, 20_000), max_size=60)


@given(sizes, sizes, st.integers(0, 100_000), st.integers(0, 3_000))
def test_every_article_has_its_place_and_nothing_overflows(
    cards: list[int], lines: list[int], room: int, frame: int
) -> None:
    lines = (lines + [100] * len(cards))[: max(len(lines), len(cards))]
    found = fit(cards, lines, room=room, frame_of_more=frame)
    assert found.cards + found.lines + found.online == len(lines)
    assert min(found.cards, found.lines, found.online) >= 0
    taken = sum(cards[: found.cards]) + sum(lines[found.cards : found.cards + found.lines])
    assert taken + (frame if found.lines else 0) <= max(room, 0) or found.cards == found.lines == 0
