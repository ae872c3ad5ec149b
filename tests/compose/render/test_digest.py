"""Digests and alerts: what every mail must have (docs/change-the-mails.md lists the rules)."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from markupsafe import Markup

from tests.compose.render.reading import LINKS, LONGEST, as_message, delivered, faults, hrefs, missing_in_text, visible
from worker.compose.render import (
    CardArticle,
    DigestInput,
    EmailTemplates,
    EmptyMail,
    personal_parts,
    placeholders,
    render_digest,
    render_web_view,
)
from worker.compose.render.digest import _body, _cards, _draft, _joined
from worker.compose.render.fitting import LARGEST_HTML, Fit
from worker.compose.render.samples import bare_digest, sample_articles, sample_digest
from worker.compose.render.summary import summarise

FREQUENCIES = ["instant", "daily", "weekly"]
COUNTS = [1, 2, 8, 40]


def preheader(html: str) -> str:
    found = re.search(r'<div class="preheader"[^>]*>(.*?)</div>', html, re.DOTALL)
    assert found is not None
    return Markup(found.group(1)).unescape().replace("\u200c", "").strip()


@pytest.fixture(params=[(f, n, tag) for f in FREQUENCIES for n in COUNTS for tag in ("en", "de")], ids=str)
def given(request: pytest.FixtureRequest) -> DigestInput:
    frequency, count, language = request.param
    return sample_digest(count, frequency=frequency, language=language)


def test_the_page_is_well_made(templates: EmailTemplates, given: DigestInput) -> None:
    html, _ = delivered(render_digest(templates, given), given.placeholder_key)
    assert faults(html) == []


def test_every_link_is_in_the_text_too(templates: EmailTemplates, given: DigestInput) -> None:
    html, text = delivered(render_digest(templates, given), given.placeholder_key)
    assert missing_in_text(html, text) == set()
    assert hrefs(html) >= {LINKS.unsubscribe_url, LINKS.preferences_url, LINKS.view_url}


def test_both_parts_say_who_sends_why_and_how_to_leave(templates: EmailTemplates, given: DigestInput) -> None:
    content = render_digest(templates, given)
    html, text = delivered(content, given.placeholder_key)
    because = "You get this mail because" if given.language == "en" else "Sie bekommen diese Mail, weil"
    for part in (visible(html), " ".join(text.split())):
        assert given.site.postal_address in part
        assert content.sender.address in part
        assert because in part
    assert re.search(r"<a [^>]*>(Unsubscribe from the|[^<]* abbestellen)", html)


def test_the_headers_are_those_of_bulk_mail(templates: EmailTemplates, given: DigestInput) -> None:
    content = render_digest(templates, given)
    html, text = delivered(content, given.placeholder_key)
    _, headers = personal_parts(placeholders(given.placeholder_key), LINKS)
    message = as_message(content, html, text, headers)
    assert message["List-Id"].endswith(f"<{given.publication.slug}.news.example>")
    assert message["Precedence"] == "bulk"
    assert re.fullmatch(r"[^:]+:[^:]+:[^:]+:news-example", message["Feedback-ID"])
    assert message["List-Unsubscribe"] == f"<{LINKS.unsubscribe_url}>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


def test_the_preheader_says_something_else_than_the_subject(templates: EmailTemplates, given: DigestInput) -> None:
    content = render_digest(templates, given)
    words = preheader(content.html)
    assert words
    assert content.subject not in words


@pytest.mark.parametrize(
    ("title", "lead", "words"),
    [
        ("Title", "How it begins.", "How it begins."),
        ("Title", "Title: how it begins.", "how it begins."),
        ("Title", "Title", "Daily Digest, Monday, 2 March 2026"),
        ("Title", "", "Daily Digest, Monday, 2 March 2026"),
        ("Title", "<b>&", "<b>&"),
    ],
)
def test_the_preheader_of_a_single_article_never_repeats_its_title(
    templates: EmailTemplates, title: str, lead: str, words: str
) -> None:
    given = sample_digest(1)
    article = replace(given.articles[0], title=title, lead=lead)
    assert preheader(render_digest(templates, replace(given, articles=(article,))).html) == words


@pytest.mark.parametrize(
    ("title", "topics", "count", "subject"),
    [
        ("US sends observers to war games", ("Belarus",), 5, "Belarus: US sends observers to war games, and 4 more"),
        ("Observers in Belarus", ("Belarus",), 2, "Observers in Belarus, and 1 more"),
        ("A drone school in Norway", ("Drones",), 1, "A drone school in Norway"),
        ("Who won?", (), 3, "Who won? (and 2 more)"),
        ("It is over.", (), 3, "It is over, and 2 more"),
        ("שלום", ("Belarus",), 2, "\u2068שלום\u2069, and 1 more"),
        ("", (), 1, "Coast Gazette"),
        ("50% off %(num)s {{ 7*7 }}", (), 2, "50% off %(num)s {{ 7*7 }}, and 1 more"),
    ],
)
def test_the_subject_says_what_is_inside(
    templates: EmailTemplates, title: str, topics: tuple[str, ...], count: int, subject: str
) -> None:
    given = sample_digest(count)
    first = replace(given.articles[0], title=title, topics=topics)
    content = render_digest(templates, replace(given, articles=(first, *given.articles[1:])))
    assert content.subject == subject


def test_a_long_title_leaves_room_for_the_rest_of_the_subject(templates: EmailTemplates) -> None:
    given = sample_digest(3)
    first = replace(given.articles[0], title="word " * 100)
    content = render_digest(templates, replace(given, articles=(first, *given.articles[1:])))
    assert len(content.subject) < 120
    assert content.subject.endswith("… (and 2 more)")


def test_the_joined_body_is_what_the_template_alone_would_give(templates: EmailTemplates, given: DigestInput) -> None:
    draft = _draft(templates, given, web=False)
    cards = _cards(draft, len(given.articles))
    for kind in ("html", "txt"):
        whole = draft.voice.render(
            f"{draft.stationery.occasion.message}/body.{kind}",
            **draft.stationery.occasion.context,
            **vars(summarise(given.articles)),
            **vars(placeholders(given.placeholder_key)),
            subject=draft.subject,
            cards=Markup(_joined(cards, kind)),
            more="",
        )
        joined = _body(draft, kind, cards, Fit(len(cards), 0, 0))
        assert re.sub(r"\n+", "\n", joined) == re.sub(r"\n+", "\n", whole)


def test_an_article_is_rendered_once_however_many_cohorts_get_it(templates: EmailTemplates) -> None:
    voice = templates.in_language("en")
    voice.card.cache_clear()
    articles = sample_articles(8)
    for first in range(8):
        order = articles[first:] + articles[:first]
        render_digest(templates, replace(sample_digest(), articles=order))
    assert voice.card.cache_info().misses == 16, "each once as the first article, once as a further one"


def test_equal_articles_share_a_card_and_edited_ones_do_not(templates: EmailTemplates) -> None:
    (article,) = sample_articles(1)
    assert hash(replace(article)) == hash(article)
    assert replace(article, revision=2) != article


@pytest.mark.parametrize("frequency", FREQUENCIES)
@pytest.mark.parametrize("count", [1, 15, 16, 86, 150, 200, 210, 220, 230, 250, 300, 2000])
def test_the_html_stays_below_what_gmail_cuts_off(templates: EmailTemplates, frequency: str, count: int) -> None:
    given = sample_digest(count, frequency=frequency)
    html, text = delivered(render_digest(templates, given), given.placeholder_key, LONGEST)
    assert len(html.encode()) <= LARGEST_HTML
    assert faults(html) == []
    assert missing_in_text(html, text) == set()


def test_what_has_no_room_is_listed_and_then_counted(templates: EmailTemplates) -> None:
    given = sample_digest(2000)
    html, text = delivered(render_digest(templates, given), given.placeholder_key)
    titles = len(set(re.findall(r"https://news\.example/2026/03/article-(\d+)/", html)))
    assert html.count('class="title ') == 15
    assert titles > 100
    assert f"And {2000 - titles} more online" in visible(html)
    assert f"And {2000 - titles} more online:\n{LINKS.view_url}" in text
    assert all(f"article-{n}/" in html for n in range(1, titles + 1)), "nobody's article is skipped in between"


def test_the_web_view_shows_all_and_nothing_personal(templates: EmailTemplates) -> None:
    given = sample_digest(300)
    page = render_web_view(templates, given)
    assert page.count('class="title ') == 300
    assert faults(page) == []
    assert given.placeholder_key not in page
    assert not {href for href in hrefs(page) if "unsubscribe" in href or "preferences" in href or "/view" in href}


def test_an_article_of_which_only_the_title_is_known_makes_a_whole_mail(templates: EmailTemplates) -> None:
    for frequency in FREQUENCIES:
        given = bare_digest(frequency=frequency)
        html, text = delivered(render_digest(templates, given), given.placeholder_key)
        assert faults(html) == []
        assert "A title and nothing else" in visible(html)
        assert "A title and nothing else" in text


def test_a_mail_without_articles_is_refused(templates: EmailTemplates) -> None:
    with pytest.raises(EmptyMail, match="no articles"):
        render_digest(templates, replace(sample_digest(), articles=()))


def test_words_read_from_right_to_left_keep_their_direction(templates: EmailTemplates) -> None:
    article = CardArticle(1, 1, "https://news.example/he", "שלום עולם", lead="טקסט", language="he")
    html = render_digest(templates, replace(sample_digest(), articles=(article, *sample_articles(2)))).html
    assert re.search(r'<h2 [^>]*dir="rtl"[^>]*lang="he"|<h2 [^>]*lang="he"[^>]*dir="rtl"', html)


def test_an_unknown_language_gets_english_and_a_regional_one_its_relative(templates: EmailTemplates) -> None:
    assert "Unsubscribe" in render_digest(templates, sample_digest(language="xx")).html
    austrian = render_digest(templates, sample_digest(language="de_AT")).html
    assert "abbestellen" in austrian
    assert '<html lang="de"' in austrian


def test_the_same_input_gives_the_same_bytes(templates: EmailTemplates) -> None:
    assert render_digest(templates, sample_digest()) == render_digest(templates, sample_digest())
