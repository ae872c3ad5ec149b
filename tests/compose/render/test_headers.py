"""The headers that all copies share."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given

from tests.compose.render.hostile import texts
from worker.compose.render.headers import bulk_headers, feedback_id, list_id
from worker.compose.render.samples import sample_publication, sample_site


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Daily Digest", '"Daily Digest" <daily.news.example>'),
        ('The "Daily" <b>', '"The Daily b" <daily.news.example>'),
        ("Täglich", "<daily.news.example>"),
        ("", "<daily.news.example>"),
        ("Two\r\nlines", '"Two lines" <daily.news.example>'),
    ],
)
def test_the_list_id_is_stable_whatever_the_title(title: str, expected: str) -> None:
    assert list_id(replace(sample_publication(), title=title), sample_site()) == expected


def test_the_feedback_id_names_the_edition_and_never_a_person() -> None:
    found = feedback_id(sample_publication("instant"), sample_site(), date(2026, 3, 2), "en")
    assert found == "20260302-en:alert:alert:news-example"


@given(texts)
def test_no_header_is_ever_more_than_a_line_of_ascii(title: str) -> None:
    headers = bulk_headers(replace(sample_publication(), title=title), sample_site(), date(2026, 3, 2), "en")
    assert all(value.isascii() and value.isprintable() for value in headers.values())
