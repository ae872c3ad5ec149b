"""What a feed says, made harmless."""

from __future__ import annotations

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.compose.render.hostile import PIECES, texts
from worker.compose.render.untrusted import clean, clip, direction, language_tag, web_link


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("  Two\r\n words\t\x00here ", "Two words here"),
        ("end\u2028of\u2029line\x85x", "end of line x"),
        ("\u202egnp.exe\u2066", "gnp.exe"),
        ("\ufeffmark", "mark"),
        ("e\u0301", "é"),
        ("\ud800broken", "broken"),
        ("👩‍🚀 stays whole", "👩‍🚀 stays whole"),
    ],
)
def test_text_is_one_clean_line(said: str, shown: str) -> None:
    assert clean(said) == shown


def test_marks_piled_on_a_letter_are_cut_down() -> None:
    assert sum(unicodedata.combining(c) > 0 for c in clean("Z" + "\u0321" * 100)) <= 3


@pytest.mark.parametrize(
    ("said", "length", "shown"),
    [
        ("short", 10, "short"),
        ("exactly ten", 11, "exactly ten"),
        ("one two three four", 12, "one two…"),
        ("one two three four", 14, "one two three…"),
        ("one, two, three", 9, "one, two…"),
        ("abcdefghijklmnop", 8, "abcdefg…"),
        ("An excerpt ends [&hellip;]".replace("&hellip;", "…"), 40, "An excerpt ends…"),
        ("An excerpt ends [...]", 40, "An excerpt ends…"),
        ("An excerpt ends...", 40, "An excerpt ends…"),
        ("…", 10, ""),
        ("", 10, ""),
    ],
)
def test_text_is_cut_between_words(said: str, length: int, shown: str) -> None:
    assert clip(said, length) == shown


@given(texts, st.integers(8, 300))
def test_a_cut_text_is_clean_and_never_too_long(said: str, length: int) -> None:
    shown = clip(said, length)
    assert len(shown) <= length
    assert shown == clean(shown)


@given(texts)
def test_cleaning_twice_changes_nothing(said: str) -> None:
    assert clean(clean(said)) == clean(said)


@pytest.mark.parametrize(
    ("url", "link"),
    [
        ("https://news.example/a?b=1&c=2#d", "https://news.example/a?b=1&c=2#d"),
        ("HTTP://News.Example:8080/A", "http://news.example:8080/A"),
        ("https://münchen.example/straße", "https://xn--mnchen-3ya.example/stra%C3%9Fe"),
        ("https://news.example/100%25", "https://news.example/100%25"),
        ("javascript:alert(1)", None),
        ("data:text/html,x", None),
        ("https://a@news.example/", None),
        ("https://news.example/a b", None),
        ("https://news.example/\n", None),
        ('https://news.example/"', None),
        ("https://news.example/" + "a" * 2000, None),
        ("https://news.example:99999/", None),
        ("//news.example", None),
        ("https://", None),
        ("", None),
        (None, None),
    ],
)
def test_only_links_into_the_web_pass(url: str | None, link: str | None) -> None:
    assert web_link(url) == link


@given(st.text(max_size=80) | st.sampled_from(PIECES).map("https://news.example/{}".format))
def test_a_link_that_passes_is_plain_ascii_on_the_web(url: str) -> None:
    link = web_link(url)
    assert link is None or re.fullmatch(r"https?://[A-Za-z0-9._-]+[!-~]*", link)
    assert link is None or not set(link) & set(' "<>\\^`{|}')


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Latin שלום", "ltr"), ("שלום Latin", "rtl"), ("123 مرحبا", "rtl"), ("123", "ltr"), ("", "ltr")],
)
def test_a_text_reads_as_its_first_letter_does(text: str, expected: str) -> None:
    assert direction(text) == expected


@pytest.mark.parametrize(
    ("tag", "shown"), [("en", "en"), ("de_AT", "de-AT"), ('"><script>', None), ("english!", None), ("", None)]
)
def test_a_language_that_is_none_is_not_named(tag: str, shown: str | None) -> None:
    assert language_tag(tag) == shown
