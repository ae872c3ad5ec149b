"""What differs from person to person."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.compose.render import PersonalLinks, personal_parts, placeholders
from worker.compose.render.placeholders import check_personal_link
from worker.message import UnsafeMessage

KEY = "0123456789abcdef"


def links(base: str) -> PersonalLinks:
    return PersonalLinks(f"{base}/unsubscribe/t", f"{base}/preferences/t", f"{base}/view/t", f"{base}/feedback/t")


def test_each_place_gets_its_link_and_the_header_names_one_https_address() -> None:
    substitutions, headers = personal_parts(placeholders(KEY), links("https://mail.news.example"))
    assert sorted(substitutions.values()) == [
        "https://mail.news.example/feedback/t",
        "https://mail.news.example/preferences/t",
        "https://mail.news.example/unsubscribe/t",
        "https://mail.news.example/view/t",
    ]
    assert headers == {
        "List-Unsubscribe": "<https://mail.news.example/unsubscribe/t>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


@pytest.mark.parametrize("base", ["http://127.0.0.1:8000", "http://localhost", "http://[::1]:8000", "http://127.9.9.9"])
def test_plain_http_is_for_this_machine_only(base: str) -> None:
    assert personal_parts(placeholders(KEY), links(base))[1]["List-Unsubscribe"] == f"<{base}/unsubscribe/t>"


@pytest.mark.parametrize(
    "link",
    [
        "http://mail.news.example/x",
        "http://127.0.0.1.news.example/x",
        "http://localhost.news.example/x",
        "ftp://mail.news.example/x",
        "javascript:alert(1)",
        "https://mail.news.example/a&b",
        "https://mail.news.example/a b",
        "https://mail.news.example/a>",
        "https://mail.news.example/a\r\nBcc: x",
        "https://mail.news.example/a\n",
        'https://mail.news.example/"',
        "https://mail.news.example/" + "a" * 500,
        "",
    ],
)
def test_a_link_that_a_mail_cannot_carry_is_refused(link: str) -> None:
    with pytest.raises(UnsafeMessage):
        check_personal_link(link)


@given(st.text())
def test_a_key_that_an_article_could_guess_or_break_is_refused(key: str) -> None:
    with pytest.raises(UnsafeMessage):
        placeholders(key + "!")


def test_cohorts_have_different_marks() -> None:
    assert not set(vars(placeholders("a" * 32)).values()) & set(vars(placeholders("b" * 32)).values())
