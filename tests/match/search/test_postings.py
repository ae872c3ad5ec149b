"""Whatever is added and taken out in whatever order, what is found is what a list of the entries would give."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from worker.match.search.parse import parse
from worker.match.search.percolator import Percolator
from worker.match.search.postings import MOST_RECENT, Entry, Postings
from worker.match.text import ArticleText

TOKENS = st.integers(0, 12)
CHANGES = st.lists(
    st.tuples(st.integers(0, 30), st.lists(st.tuples(TOKENS, TOKENS), max_size=3) | st.none()), max_size=120
)


@settings(max_examples=300, deadline=None)
@given(changes=CHANGES, asked=st.lists(st.sets(st.integers(0, 20)), min_size=1, max_size=4))
def test_entries_are_found_where_both_words_are(
    changes: list[tuple[int, list[tuple[int, int]] | None]], asked: list[set[int]]
) -> None:
    postings = Postings(most_recent=5, largest=40)
    held: dict[int, list[tuple[int, int]]] = {}
    for search, pairs in changes:
        old = held.pop(search, [])
        postings.remove(search, {anchor for anchor, _ in old})
        if pairs is not None:
            held[search] = pairs
            postings.add(Entry(anchor, other, search) for anchor, other in pairs)
    for tokens in asked:
        wanted = {search for search, pairs in held.items() for pair in pairs if tokens.issuperset(pair)}
        assert postings.find(tokens) == wanted


def test_a_search_is_found_replaced_and_taken_out_whatever_came_after_it() -> None:
    percolator = Percolator()
    percolator.add(1, parse("drone"))
    percolator.add(2, parse("drone belarus"))
    for number in range(3 * MOST_RECENT):
        percolator.add(10 + number, parse(f"word{number} other{number}"))
    article = ArticleText("Drone over Belarus")
    assert percolator.find(article) == {1, 2}
    percolator.add(1, parse("submarine"))
    assert percolator.find(article) == {2}
    percolator.remove(2)
    assert percolator.find(article) == set()
    percolator.add(2, parse("belarus"))
    assert percolator.find(article) == {2}
    assert percolator.find(ArticleText("Submarine: other77 and word77")) == {1, 87}
    assert len(percolator) == 2 + 3 * MOST_RECENT


def test_a_number_as_large_as_the_database_has_is_kept() -> None:
    postings = Postings(most_recent=1)
    postings.add([Entry(3, 3, 2**62)])
    assert postings.find({3}) == {2**62}
