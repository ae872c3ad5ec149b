"""Whatever a feed holds, the mail stays whole."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.compose.render.hostile import articles, every_piece, texts
from tests.compose.render.reading import LONGEST, as_message, delivered, faults, missing_in_text, visible
from worker.compose.render import CardArticle, EmailTemplates, render_digest, render_web_view
from worker.compose.render.fitting import LARGEST_HTML
from worker.compose.render.samples import sample_articles, sample_digest
from worker.message import header_text

KEY = sample_digest().placeholder_key


def check(templates: EmailTemplates, shown: tuple[CardArticle, ...], frequency: str) -> None:
    content = render_digest(templates, replace(sample_digest(frequency=frequency), articles=shown))
    html, text = delivered(content, KEY, LONGEST)
    assert faults(html) == []
    assert missing_in_text(html, text) == set()
    assert len(html.encode()) <= LARGEST_HTML
    assert content.subject.strip()
    assert content.subject == header_text(content.subject)
    message = as_message(content, html, text, {})
    assert sorted(message.keys()) == sorted(
        ["From", "To", "Subject", "MIME-Version", "Content-Type", *content.headers]
    ), "a title added a header"
    assert html.count(LONGEST.unsubscribe_url) == 1, "the frame was broken, or an article held a placeholder"


@pytest.mark.parametrize("article", every_piece(), ids=lambda article: repr(article.title[:20]))
@pytest.mark.parametrize("frequency", ["instant", "daily"])
def test_one_hostile_article_breaks_nothing(templates: EmailTemplates, article: CardArticle, frequency: str) -> None:
    check(templates, (article,), frequency)
    check(templates, (*sample_articles(2), article), frequency)


def test_all_hostile_articles_together_break_nothing(templates: EmailTemplates) -> None:
    check(templates, tuple(every_piece() * 5), "daily")
    assert faults(render_web_view(templates, replace(sample_digest(), articles=tuple(every_piece())))) == []


@settings(max_examples=60)
@given(shown=st.lists(articles, min_size=1, max_size=25), frequency=st.sampled_from(["instant", "daily", "weekly"]))
def test_no_article_breaks_a_mail(templates: EmailTemplates, shown: list[CardArticle], frequency: str) -> None:
    check(templates, tuple(shown), frequency)


@settings(max_examples=60)
@given(title=texts)
def test_template_syntax_and_markup_in_a_title_are_just_words(templates: EmailTemplates, title: str) -> None:
    article = replace(sample_articles(1)[0], title=f"Start {{{{ 7*7 }}}} <b>bold</b> %(num)s {title}")
    html, text = delivered(render_digest(templates, replace(sample_digest(), articles=(article,))), KEY)
    for part in (visible(html), text):
        assert "Start {{ 7*7 }} <b>bold</b> %(num)s" in part


def test_an_article_cannot_hold_a_placeholder_of_its_cohort(templates: EmailTemplates) -> None:
    stolen = replace(sample_articles(1)[0], title=f"-unsubscribe-{'f' * 32}- and -view-{'0' * 32}-")
    content = render_digest(templates, replace(sample_digest(), articles=(stolen,)))
    html, _ = delivered(content, KEY)
    assert f"-unsubscribe-{'f' * 32}-" in visible(html)
