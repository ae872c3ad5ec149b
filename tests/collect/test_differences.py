"""What an edit changed, as people read it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from worker.collect.differences import Form, compare, differences

TEXT = (
    "The frigate left port on Monday. Officials said that 120 sailors were aboard.\n\n"
    "The voyage takes three weeks. Nobody would say where it leads."
)


def pairs(before: str, after: str) -> list[tuple[str, str]]:
    return [(change.removed, change.added) for change in compare(before, after)]


def test_a_changed_word_is_shown_with_what_stands_around_it() -> None:
    (change,) = compare(TEXT, TEXT.replace("120 sailors", "95 sailors"))
    assert (change.removed, change.added) == ("120", "95")
    assert change.before.endswith("Officials said that")
    assert change.after.startswith("sailors were aboard.")


def test_several_changes_are_told_in_their_order() -> None:
    edited = TEXT.replace("Monday", "Tuesday").replace("three weeks", "a month or so")
    assert pairs(TEXT, edited) == [("Monday", "Tuesday"), ("three weeks", "a month or so")]


def test_sentences_put_in_and_taken_out_are_shown_whole() -> None:
    added = "A correction was made to this article."
    assert pairs(TEXT, f"{TEXT} {added}") == [("", added)]
    assert pairs(TEXT, TEXT.replace("The voyage takes three weeks. ", "")) == [("The voyage takes three weeks.", "")]


def test_a_sentence_that_was_rewritten_is_shown_as_a_whole() -> None:
    new = "Its captain declined to talk about anything at all."
    assert pairs(TEXT, TEXT.replace("Nobody would say where it leads.", new)) == [
        ("Nobody would say where it leads.", new)
    ]


def test_spacing_and_paragraphs_do_not_count() -> None:
    assert compare(TEXT, TEXT.replace("\n\n", " ").replace(". ", ".  ")) == []


def test_each_field_is_compared_and_a_summary_only_where_the_text_says_nothing() -> None:
    old = Form("Frigate sails", "It sailed.", TEXT, "https://n.example/a/")
    new = Form("Frigate sails late", "It sailed late.", TEXT, "https://n.example/b/")
    assert [(one.field, one.words_removed, one.words_added) for one in differences(old, new)] == [
        ("title", 0, 1),
        ("summary", 0, 1),
        ("url", 1, 1),
    ]
    edited = Form(old.title, "Other.", TEXT.replace("120", "95"), old.url)
    assert [one.field for one in differences(old, edited)] == ["text"]
    assert differences(old, old) == ()


def test_a_long_text_is_compared_in_time() -> None:
    words = [f"Word{number} says {number % 7}." for number in range(20_000)]
    (change,) = compare(" ".join(words[:2_000]), " ".join([*words[:1_000], "New one here.", *words[1_000:2_000]]))
    assert change.added == "New one here."
    assert len(compare(" ".join(words), " ".join(words[1:]))) == 1


_WORDS = st.lists(
    st.sampled_from(["ship", "sails", "port.", "Navy", "says", "it", "10", "11", "“No”,", "\n\n"]), max_size=30
)


@given(_WORDS, _WORDS)
def test_what_was_taken_out_stood_in_the_old_text_and_what_came_stands_in_the_new(
    old: list[str], new: list[str]
) -> None:
    before, after = " ".join(old), " ".join(new)
    for change in compare(before, after):
        assert change.removed or change.added
        assert (
            not set(change.removed.split()) - set(" ".join(before.split()).replace(".", ". ").split()) - _pieces(before)
        )
        assert not set(change.added.split()) - _pieces(after)
    assert compare(before, before) == []


def _pieces(text: str) -> set[str]:
    """The words of a text, with and without what stands at their ends."""
    words = set(text.split())
    return words | {word.strip(".,“”") for word in words} | set(".,“”") | {"”,", "“No", "No”,", "No”"}
