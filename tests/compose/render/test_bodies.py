"""Deliveries -> parcels, and notices -> parcels, from the rows of a real database."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from tests.compose.render.edition import Newsroom
from tests.compose.render.reading import faults, hrefs, visible
from worker.audience.tokens import LinkMaker, Tokens
from worker.compose.render import EmailTemplates, Site
from worker.compose.render.bodies import ComposedBatch, compose_batch, view_delivery
from worker.compose.render.personal import compose_notice
from worker.compose.render.samples import sample_site
from worker.errors import NotFound
from worker.message import Parcel, personal
from worker.models import (
    ArticleRevision,
    Cohort,
    Frequency,
    Notice,
    NoticeKind,
    Signup,
    Subscription,
)

TOKENS = Tokens("s" * 40)
LINKS = LinkMaker("https://mail.news.example", TOKENS)
SITE: Site = sample_site()


class Desk:
    """Composes what the newsroom planned."""

    def __init__(self, session: Session, templates: EmailTemplates, now: datetime) -> None:
        self.session, self.templates, self.now = session, templates, now
        self.room = Newsroom(session, now)

    def compose(self, *delivery_ids: uuid.UUID, now: datetime | None = None) -> ComposedBatch:
        return compose_batch(
            self.session, delivery_ids, templates=self.templates, links=LINKS, site=SITE, now=now or self.now
        )

    def html(self, cohort: Cohort, address: str = "a@example.org") -> str:
        (parcel,) = self.compose(self.room.delivery(cohort, address)).parcels
        return received(parcel)

    def notice(self, kind: NoticeKind, **fields: object) -> Parcel:
        person = self.room.person("reader@example.org", zone="Asia/Kolkata", hour=7, weekday=4)
        return self.notice_to(person.id, kind, **fields)

    def notice_to(self, subscriber_id: int, kind: NoticeKind, signup_id: int | None = None) -> Parcel:
        notice = Notice(subscriber_id=subscriber_id, kind=kind, created_at=self.now, signup_id=signup_id)
        self.session.add(notice)
        self.session.flush()
        return compose_notice(self.session, notice.id, templates=self.templates, links=LINKS, site=SITE)


def received(parcel: Parcel, place: int = 0) -> str:
    return personal(parcel.content.html, parcel.recipients[place].substitutions)


@pytest.fixture
def desk(session: Session, templates: EmailTemplates, now: datetime) -> Desk:
    return Desk(session, templates, now)


def test_a_cohort_shares_a_body_and_each_person_has_their_own_links(desk: Desk) -> None:
    cohort = desk.room.cohort(desk.room.edition(), [desk.room.article("A drone", "drones")])
    ids = [desk.room.delivery(cohort, f"{name}@example.org") for name in "ab"]
    (parcel,) = desk.compose(*ids).parcels
    assert {recipient.reference for recipient in parcel.recipients} == set(ids)
    assert {recipient.mailbox.address for recipient in parcel.recipients} == {"a@example.org", "b@example.org"}
    first, second = received(parcel, 0), received(parcel, 1)
    assert faults(first) == []
    assert hrefs(first) & hrefs(second) == {"https://news.example/61", SITE.url, SITE.contact}
    for recipient in parcel.recipients:
        unsubscribe = recipient.headers["List-Unsubscribe"].strip("<>")
        assert unsubscribe in hrefs(personal(parcel.content.html, recipient.substitutions))
        assert TOKENS.read_unsubscribe(unsubscribe.rpartition("/")[2])[1] == "daily"


def test_each_cohort_is_a_parcel_with_its_own_articles(desk: Desk) -> None:
    edition = desk.room.edition()
    articles = [desk.room.article(f"Number {n}", "drones") for n in range(4)]
    cohorts = [desk.room.cohort(edition, articles[:2]), desk.room.cohort(edition, articles[1:])]
    ids = [desk.room.delivery(cohort, f"{n}@example.org") for n, cohort in enumerate(cohorts)]
    found = {
        parcel.recipients[0].reference: {n for n in range(4) if f"Number {n}" in received(parcel)}
        for parcel in desk.compose(*ids).parcels
    }
    assert found == {ids[0]: {0, 1}, ids[1]: {1, 2, 3}}


def test_what_concerns_more_topics_comes_first_then_the_newest(desk: Desk) -> None:
    older = desk.room.article("Both", "drones", "belarus", published_at=desk.now - timedelta(days=3))
    newer = desk.room.article("New", "drones", published_at=desk.now)
    html = desk.html(desk.room.cohort(desk.room.edition(), [older, newer]))
    assert html.index(">Both<") < html.index(">New<")
    assert "Drones" in html
    assert "Belarus" in html


def test_an_article_withdrawn_or_too_old_by_now_is_left_out(desk: Desk) -> None:
    kept = desk.room.article("Kept", "drones")
    gone = desk.room.article("Gone", "drones", withdrawn_at=desk.now)
    aged = desk.room.article("Aged", "drones", published_at=desk.now - timedelta(days=15))
    html = desk.html(desk.room.cohort(desk.room.edition(), [kept, gone, aged]))
    assert "Kept" in html
    assert "Gone" not in html
    assert "Aged" not in html


@pytest.mark.parametrize(
    ("fields", "reason"), [({"withdrawn": True}, "withdrawn"), ({"withdrawn": False}, "too_old")], ids=str
)
def test_a_delivery_with_nothing_left_is_gone_with_the_reason(desk: Desk, fields: dict[str, bool], reason: str) -> None:
    article = desk.room.article(
        "Only one",
        "drones",
        withdrawn_at=desk.now if fields["withdrawn"] else None,
        published_at=desk.now - timedelta(days=40),
    )
    other = desk.room.article("Other", "drones")
    edition = desk.room.edition()
    lost = desk.room.delivery(desk.room.cohort(edition, [article]), "a@example.org")
    kept = desk.room.delivery(desk.room.cohort(edition, [other]), "b@example.org")
    composed = desk.compose(lost, kept)
    assert composed.gone == {lost: reason}
    assert [recipient.reference for parcel in composed.parcels for recipient in parcel.recipients] == [kept]


def test_an_article_comes_in_its_latest_form_and_a_correction_is_marked(desk: Desk) -> None:
    article = desk.room.article("Right title", "drones", revision=3)
    edition = desk.room.edition()
    before = ArticleRevision(
        article_id=article.id,
        revision=1,
        seen_at=desk.now - timedelta(days=1),
        title="Draft",
        summary="",
        text="",
        url="",
        content_hash="1",
        changed=["title"],
    )
    desk.session.add(before)
    desk.session.flush()
    assert "Updated" not in visible(desk.html(desk.room.cohort(edition, [article]), "a@example.org"))
    desk.session.add(
        ArticleRevision(
            **{**before.model_dump(exclude={"id"}), "revision": 2, "seen_at": desk.now, "changed": ["text", "title"]}
        )
    )
    desk.session.flush()
    html = visible(desk.html(desk.room.cohort(edition, [article]), "b@example.org"))
    assert "Right title" in html
    assert "Updated" in html


def test_an_article_released_twice_is_shown_once(desk: Desk) -> None:
    article = desk.room.article("Again", "drones")
    desk.room.release(article, 200)
    html = desk.html(desk.room.cohort_of([61, 200], desk.room.edition()))
    assert html.count("<h2") == 1


def test_other_sources_of_the_story_are_named_with_their_links(desk: Desk) -> None:
    story = desk.room.story()
    own = desk.room.article("Ours", "drones", story_id=story)
    for source, url in ((0, "https://own.example/"), (1, "https://one.example/"), (1, "https://one.example/again")):
        desk.room.article("Theirs", source=source, released=False, story_id=story, url=url)
    desk.room.article(
        "Theirs", source=2, released=False, story_id=story, withdrawn_at=desk.now, url="https://x.example"
    )
    html = desk.html(desk.room.cohort(desk.room.edition(), [own]))
    assert "Also reported by Source 1" in visible(html)
    assert "https://one.example/" in hrefs(html)
    assert not hrefs(html) & {"https://own.example/", "https://one.example/again", "https://x.example"}


def test_without_a_summary_the_beginning_of_the_text_serves(desk: Desk) -> None:
    article = desk.room.article("Title", "drones", text="The text begins so. " * 200)
    assert "The text begins so." in visible(desk.html(desk.room.cohort(desk.room.edition(), [article])))


def test_an_alert_has_its_own_form_and_sender(desk: Desk) -> None:
    cohort = desk.room.cohort(desk.room.edition("alert"), [desk.room.article("At once", "drones")])
    (parcel,) = desk.compose(desk.room.delivery(cohort, "a@example.org")).parcels
    assert parcel.content.sender.name == "Alerts"
    assert parcel.content.sender.address == SITE.sender.address
    assert parcel.content.headers["List-Id"].endswith("<alert.news.example>")
    assert "Read the whole article" in visible(received(parcel))


def test_a_cohort_gets_its_language(desk: Desk) -> None:
    cohort = desk.room.cohort(desk.room.edition(), [desk.room.article("Title", "drones")], language="de")
    assert "abbestellen" in desk.html(cohort)


def test_an_article_is_only_as_old_as_when_it_was_first_seen_where_no_date_is_known(desk: Desk) -> None:
    article = desk.room.article("Undated", "drones", published_at=None)
    assert "Undated" in desk.html(desk.room.cohort(desk.room.edition(), [article]))


def test_composing_reads_only(desk: Desk) -> None:
    cohort = desk.room.cohort(desk.room.edition(), [desk.room.article("Title", "drones")])
    delivery = desk.room.delivery(cohort, "a@example.org")
    desk.session.commit()
    desk.compose(delivery)
    assert not desk.session.dirty
    assert not desk.session.new


def test_the_page_shows_all_articles_also_weeks_later_and_never_a_withdrawn_one(desk: Desk) -> None:
    articles = [desk.room.article(f"Number {n}", "drones") for n in range(6)]
    long_ago = desk.now - timedelta(days=60)
    for article in articles:
        article.published_at = long_ago
    articles[5].withdrawn_at = desk.now
    cohort = desk.room.cohort(desk.room.edition(planned_at=long_ago, slot_at=long_ago), articles)
    delivery = desk.room.delivery(cohort, "a@example.org")
    page = view_delivery(desk.session, delivery, templates=desk.templates, site=SITE)
    assert faults(page) == []
    assert [n for n in range(6) if f"Number {n}" in page] == [0, 1, 2, 3, 4]
    assert page.count("<h2") == 5, "all as cards, though the mail has three"
    assert not [href for href in hrefs(page) if "unsubscribe" in href or "preferences" in href]


def test_a_page_that_does_not_exist_is_not_found(desk: Desk) -> None:
    with pytest.raises(NotFound):
        view_delivery(desk.session, uuid.uuid4(), templates=desk.templates, site=SITE)
    gone = desk.room.article("Gone", "drones", withdrawn_at=desk.now)
    delivery = desk.room.delivery(desk.room.cohort(desk.room.edition(), [gone]), "a@example.org")
    with pytest.raises(NotFound, match="withdrawn"):
        view_delivery(desk.session, delivery, templates=desk.templates, site=SITE)


def test_a_confirmation_names_what_was_chosen_and_links_to_its_signup(desk: Desk) -> None:
    person = desk.room.person("new@example.org")
    signup = Signup(
        subscriber_id=person.id,
        topics=["belarus", "drones", "no-such-topic"],
        frequency=Frequency.WEEKLY,
        zone="America/New_York",
        hour=6,
        weekday=4,
        language="en",
        created_at=desk.now,
        expires_at=desk.now + timedelta(hours=72),
    )
    desk.session.add(signup)
    desk.session.flush()
    parcel = desk.notice_to(person.id, NoticeKind.CONFIRMATION, signup.id)
    words = visible(parcel.content.html)
    assert "Drones weekly, on Friday at 06:00 (New York) Belarus weekly" in words
    assert LINKS.confirm_url(signup.id).rpartition("/")[0] in parcel.content.text
    assert parcel.recipients[0].mailbox.address == "new@example.org"
    assert parcel.recipients[0].headers == {}
    assert "unsubscribe" not in parcel.content.html


def test_a_welcome_says_what_comes_when_and_how_to_leave(desk: Desk) -> None:
    person = desk.room.person("reader@example.org", zone="Asia/Kolkata", hour=7)
    for slug, frequency, ended in (("belarus", "daily", None), ("drones", "instant", desk.now)):
        desk.session.add(
            Subscription(
                subscriber_id=person.id,
                topic_id=desk.room.topics[slug].id,
                frequency=frequency,
                from_release=0,
                started_at=desk.now,
                ended_at=ended,
            )
        )
    desk.session.flush()
    parcel = desk.notice_to(person.id, NoticeKind.WELCOME)
    words = visible(parcel.content.html)
    assert "Belarus daily at 07:00 (Kolkata)" in words
    assert "Drones" not in words, "that subscription has ended"
    assert hrefs(parcel.content.html) >= {LINKS.preferences_url(person.public_id)}
    assert parcel.recipients[0].headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert parcel.content.headers["Auto-Submitted"] == "auto-generated"


@pytest.mark.parametrize("kind", [NoticeKind.ALREADY_SUBSCRIBED, NoticeKind.PREFERENCE_LINK])
def test_somebody_without_subscriptions_still_gets_the_link(desk: Desk, kind: NoticeKind) -> None:
    parcel = desk.notice(kind)
    assert any("/preferences/" in href for href in hrefs(parcel.content.html))
    assert parcel.recipients[0].headers == {}


def test_a_notice_that_is_gone_is_not_found(desk: Desk) -> None:
    with pytest.raises(NotFound):
        compose_notice(desk.session, uuid.uuid4(), templates=desk.templates, links=LINKS, site=SITE)
