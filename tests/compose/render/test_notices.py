"""Single mails about somebody's own affairs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.compose.render.reading import as_message, faults, hrefs, missing_in_text, visible
from worker.compose.render import NOTICES, Choice, EmailTemplates, render_notice
from worker.compose.render.notices import UnknownNotice
from worker.compose.render.samples import sample_notice
from worker.message import UnsafeMessage
from worker.models import NoticeKind


def test_there_is_a_mail_for_each_kind_of_notice() -> None:
    assert set(NOTICES) == set(NoticeKind)


@pytest.mark.parametrize("kind", NOTICES)
@pytest.mark.parametrize("language", ["en", "de"])
def test_the_page_is_well_made_and_the_text_has_every_link(templates: EmailTemplates, kind: str, language: str) -> None:
    given = sample_notice(language)
    content = render_notice(templates, kind, given)
    assert faults(content.html) == []
    assert missing_in_text(content.html, content.text) == set()
    assert given.site.postal_address in content.text
    assert given.site.postal_address in visible(content.html)


@pytest.mark.parametrize("kind", NOTICES)
def test_a_notice_says_that_a_machine_sent_it(templates: EmailTemplates, kind: str) -> None:
    content = render_notice(templates, kind, sample_notice())
    message = as_message(content, content.html, content.text, {})
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Id"] is None
    assert message["Precedence"] is None


def test_a_confirmation_says_what_was_chosen_and_until_when(templates: EmailTemplates) -> None:
    content = render_notice(templates, "confirmation", sample_notice())
    for part in (visible(content.html), content.text):
        assert "Drones" in part
        assert "as soon as it is published" in part
        assert "daily at 07:00 (Berlin)" in part
        assert "weekly, on Monday at 07:00 (Berlin)" in part
        assert "5 March 2026, 09:30 UTC" in part


def test_a_confirmation_offers_nothing_but_to_confirm(templates: EmailTemplates) -> None:
    given = replace(sample_notice(), preferences_url=None, unsubscribe_url=None)
    links = hrefs(render_notice(templates, "confirmation", given).html)
    assert links == {given.confirm_url, given.site.url, given.site.contact}


@pytest.mark.parametrize("kind", [kind for kind in NOTICES if kind != "confirmation"])
def test_a_subscriber_can_change_or_leave_from_every_notice(templates: EmailTemplates, kind: str) -> None:
    given = sample_notice()
    assert hrefs(render_notice(templates, kind, given).html) >= {given.preferences_url, given.unsubscribe_url}


def test_a_notice_without_the_link_it_is_about_is_refused(templates: EmailTemplates) -> None:
    with pytest.raises(UnknownNotice, match="confirm_url"):
        render_notice(templates, "confirmation", replace(sample_notice(), confirm_url=None))
    with pytest.raises(UnknownNotice, match="preferences_url"):
        render_notice(templates, "welcome", replace(sample_notice(), preferences_url=None))


def test_an_unknown_notice_is_refused_with_those_that_exist(templates: EmailTemplates) -> None:
    with pytest.raises(UnknownNotice, match="confirmation, already_subscribed"):
        render_notice(templates, "goodby", sample_notice())


def test_a_link_that_a_mail_cannot_carry_is_refused(templates: EmailTemplates) -> None:
    with pytest.raises(UnsafeMessage, match="SITREP_BASE_URL"):
        render_notice(templates, "confirmation", replace(sample_notice(), confirm_url="http://news.example/c"))


def test_a_topic_with_markup_in_its_title_is_just_words(templates: EmailTemplates) -> None:
    given = replace(sample_notice(), choices=(Choice("<b>Guns</b>\r\n{{ x }}", "daily"),))
    content = render_notice(templates, "welcome", given)
    assert faults(content.html) == []
    assert "<b>Guns</b> {{ x }}" in visible(content.html)


@pytest.mark.parametrize(
    ("frequencies", "digests"), [(["instant"], False), (["daily"], True), (["instant", "weekly"], True)]
)
def test_a_welcome_speaks_of_digests_to_whoever_gets_some(
    templates: EmailTemplates, frequencies: list[str], digests: bool
) -> None:
    given = replace(sample_notice(), choices=tuple(Choice("Drones", often) for often in frequencies))
    content = render_notice(templates, "welcome", given)
    for part in (visible(content.html), content.text):
        assert ("A digest comes only when" in part) is digests
        assert ("An alert comes as soon as" in part) is not digests
