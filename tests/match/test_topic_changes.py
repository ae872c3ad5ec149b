"""Topics are renamed, merged and retired by their files; subscribers are moved, told once, and lose nothing."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from tests.match.judging_by import topic
from tests.match.stored import Desk
from worker.audience.choices import current_slugs, offered_topics
from worker.audience.topic_changes import settle_topic_changes
from worker.compose.newsletters import sync_newsletters
from worker.compose.plan_digests import plan_digests
from worker.match.definitions import StoredMatcher, adopt_topics, load_matcher
from worker.match.matcher import Matcher
from worker.match.search.stored import StoredSearches
from worker.models import Consent, Delivery, DueTime, Frequency, Notice, Subscriber, Subscription, Topic
from worker.schedules.newsletters import NewsletterDefinition
from worker.schedules.topics import TopicDefinition

DAILY, WEEKLY, INSTANT = Frequency.DAILY, Frequency.WEEKLY, Frequency.INSTANT
PORTS, HARBOURS = topic("ports", words=["port"]), topic("harbours", words=["harbour"])
OTHER = topic("other", words=["other"])
HEIR = topic("harbours", words=["harbour", "port"], formerly=("ports",))
DIGEST = NewsletterDefinition("daily", "Daily", "daily", max_age_days=30, not_after_minutes=360)


@pytest.fixture
def desk(session: Session, now: datetime) -> Desk:
    return Desk(session, now, PORTS, HARBOURS, OTHER)


def adopt(desk: Desk, *definitions: TopicDefinition) -> None:
    desk.session.expire_all()
    adopt_topics(desk.session, {each.slug: each for each in definitions}, now=desk.now)
    settle_topic_changes(desk.session, now=desk.now, by="olga")
    desk.session.expire_all()


def held(desk: Desk, person: Subscriber) -> dict[str, str]:
    rows = desk.session.exec(select(Topic.slug, Subscription).where(Subscription.topic_id == Topic.id)).all()
    return {slug: sub.frequency for slug, sub in rows if sub.subscriber_id == person.id and sub.ended_at is None}


def ended(desk: Desk, person: Subscriber) -> dict[str, str | None]:
    rows = desk.session.exec(select(Topic.slug, Subscription).where(Subscription.topic_id == Topic.id)).all()
    return {slug: sub.end_reason for slug, sub in rows if sub.subscriber_id == person.id and sub.ended_at is not None}


def notices(desk: Desk) -> list[tuple[int, dict[str, str]]]:
    rows = desk.session.exec(select(Notice).order_by(Notice.subscriber_id)).all()
    return [(row.subscriber_id, row.detail) for row in rows]


@pytest.mark.parametrize(
    ("old", "heir", "after", "reasons"),
    [
        (DAILY, None, DAILY, {"ports": "merged"}),
        (INSTANT, DAILY, INSTANT, {"ports": "merged", "harbours": "changed"}),
        (WEEKLY, DAILY, DAILY, {"ports": "merged"}),
        (DAILY, DAILY, DAILY, {"ports": "merged"}),
    ],
)
def test_whoever_held_a_merged_topic_holds_its_heir_at_the_faster_frequency(
    desk: Desk, old: Frequency, heir: Frequency | None, after: Frequency, reasons: dict[str, str]
) -> None:
    person = desk.person({"ports": old, **({"harbours": heir} if heir else {})})
    adopt(desk, HEIR, OTHER)
    assert held(desk, person) == {"harbours": after}
    assert ended(desk, person) == reasons
    told = {"what": "merged", "old": "Ports", "new": "Harbours"}
    assert notices(desk) == [(person.id, told)]
    assert settle_topic_changes(desk.session, now=desk.now) == []
    assert len(notices(desk)) == 1


def test_a_frequency_that_the_merge_ended_drains_and_others_stay(desk: Desk) -> None:
    person = desk.person({"ports": DAILY, "harbours": WEEKLY})
    adopt(desk, HEIR, OTHER)
    rows = desk.session.exec(select(DueTime).where(DueTime.subscriber_id == person.id)).all()
    assert {row.frequency: row.draining for row in rows} == {"daily": False, "weekly": True}


def test_who_held_another_topic_is_left_alone(desk: Desk) -> None:
    person = desk.person({"other": DAILY})
    adopt(desk, HEIR, OTHER)
    assert held(desk, person) == {"other": "daily"}
    assert notices(desk) == []


def test_what_was_pending_when_the_topic_was_merged_is_still_given_once(desk: Desk) -> None:
    sync_newsletters(desk.session, {"daily": DIGEST}, now=desk.now)
    desk.person({"ports": DAILY})
    desk.publish("A port burns")
    adopt(desk, HEIR, OTHER)
    desk.publish("A port is rebuilt")
    plan_digests(desk.session, DIGEST, version=1, now=desk.now + timedelta(hours=21))
    assert desk.total(Delivery) == 1
    (delivery,) = desk.session.exec(select(Delivery)).all()
    from worker.audience.marks import look_at_feedback

    mail = look_at_feedback(desk.session, delivery.id, now=desk.now)
    assert mail is not None
    assert [article.title for article in mail.articles] == ["A port is rebuilt", "A port burns"]


def test_an_article_judged_before_the_merge_goes_to_the_heirs_subscribers(desk: Desk) -> None:
    from worker.compose.release import release_ready
    from worker.match.definitions import load_matcher
    from worker.match.judging import match_article
    from worker.models import TopicRelease

    before = load_matcher(desk.session)
    adopt(desk, HEIR, OTHER)
    article = desk.article("A port burns")
    match_article(desk.session, article, matcher=before, now=desk.now)
    release_ready(desk.session, now=desk.now, text_wait=timedelta(0))
    rows = desk.session.exec(select(TopicRelease)).all()
    assert {row.topic_id for row in rows} == {desk.topic("harbours").id, desk.topic("ports").id}


def test_a_renamed_topic_is_the_same_row_and_its_subscribers_stay(desk: Desk) -> None:
    person, row = desk.person({"ports": DAILY}), desk.topic("ports").id
    renamed = topic("docks", title="Ports", words=["port"], formerly=("ports",))
    adopt(desk, renamed, HARBOURS, OTHER)
    assert desk.topic("docks").id == row
    assert held(desk, person) == {"docks": "daily"}
    assert notices(desk) == [], "its title is the same"
    assert current_slugs(desk.session, ["ports", "harbours", "none"]) == {
        "ports": "docks",
        "harbours": "harbours",
        "none": "none",
    }
    adopt(desk, topic("quays", title="Quays", words=["port"], formerly=("docks",)), HARBOURS, OTHER)
    assert notices(desk) == [(person.id, {"what": "renamed", "old": "Ports", "new": "Quays"})]
    assert current_slugs(desk.session, ["ports", "docks"]) == {"ports": "quays", "docks": "quays"}


def test_merged_after_merged_goes_to_the_last_heir(desk: Desk) -> None:
    person = desk.person({"ports": DAILY})
    adopt(desk, HEIR, OTHER)
    adopt(desk, topic("other", words=["other"], formerly=("harbours", "ports")))
    assert held(desk, person) == {"other": "daily"}
    assert set(current_slugs(desk.session, ["ports", "harbours"]).values()) == {"other"}
    assert [offer.slug for offer in offered_topics(desk.session)] == ["other"]


def test_a_merged_topic_whose_file_comes_back_is_itself_again(desk: Desk) -> None:
    person = desk.person({"ports": DAILY})
    adopt(desk, HEIR, OTHER)
    adopt(desk, PORTS, HARBOURS, OTHER)
    assert {offer.slug for offer in offered_topics(desk.session)} == {"ports", "harbours", "other"}
    assert held(desk, person) == {"harbours": "daily"}
    assert current_slugs(desk.session, ["ports"]) == {"ports": "ports"}


def test_a_missing_file_ends_nothing_and_a_topic_retired_for_good_ends_everything(desk: Desk) -> None:
    person, other = desk.person({"ports": DAILY}), desk.person({"ports": WEEKLY, "other": DAILY}, "bo@example.org")
    adopt(desk, HARBOURS, OTHER)
    assert held(desk, person) == {"ports": "daily"}
    assert notices(desk) == []
    desk.topic("ports").retired_by = "olga"
    desk.session.commit()
    (settled,) = settle_topic_changes(desk.session, now=desk.now)
    desk.session.expire_all()
    assert (settled.slug, settled.into, settled.subscribers) == ("ports", None, 2)
    assert (held(desk, person), ended(desk, person)) == ({}, {"ports": "retired"})
    assert held(desk, other) == {"other": "daily"}
    assert [desk.session.get_one(Subscriber, each.id).state for each in (person, other)] == ["unsubscribed", "active"]
    assert [detail["what"] for _, detail in notices(desk)] == ["retired", "retired"]
    recorded = [row.detail for row in desk.session.exec(select(Consent)).all() if row.source == "operator"]
    assert recorded == [{"topic": "ports", "by": "olga"}] * 2


def test_people_are_moved_in_portions_and_the_rest_by_the_next_call(desk: Desk) -> None:
    people = [desk.person({"ports": DAILY}, f"p{number}@example.org") for number in range(5)]
    adopt_topics(desk.session, {"harbours": HEIR, "other": OTHER}, now=desk.now)
    (first,) = settle_topic_changes(desk.session, now=desk.now, by="olga", most=3)
    assert (first.subscribers, first.finished) == (3, False)
    assert desk.topic("ports").retired_at is None, "it is matched for those who still hold it"
    number = desk.publish("A port burns")
    (rest,) = settle_topic_changes(desk.session, now=desk.now, by="olga")
    assert (rest.subscribers, rest.finished) == (2, True)
    sync_newsletters(desk.session, {"daily": DIGEST}, now=desk.now)
    plan_digests(desk.session, DIGEST, version=1, now=desk.now + timedelta(hours=21))
    assert desk.total(Delivery) == len(people), f"everybody gets article {number}"
    assert len(notices(desk)) == len(people)


@pytest.mark.parametrize("state", ["suppressed", "forgotten", "pending"])
def test_who_may_not_be_mailed_is_not_told(desk: Desk, state: str) -> None:
    person = desk.person({"ports": DAILY})
    person.state = state
    desk.session.commit()
    adopt(desk, HEIR, OTHER)
    assert notices(desk) == []


class Interrupted(StoredSearches):
    """Searches that take so long to load that the topics are changed and renamed meanwhile."""

    def __init__(self, desk: Desk, *definitions: TopicDefinition) -> None:
        super().__init__()
        self.desk, self.definitions = desk, definitions

    def catch_up(self, session: Session) -> int:
        definitions, self.definitions = self.definitions, ()
        if definitions:
            adopt(self.desk, *definitions)
        return super().catch_up(session)


def test_a_matcher_names_the_versions_it_was_made_of_whatever_is_adopted_meanwhile(desk: Desk) -> None:
    searches = Interrupted(
        desk, topic("ports", words=["quay"]), HARBOURS, topic("others", formerly=("other",), words=["x"])
    )
    made = load_matcher(desk.session, StoredMatcher(Matcher([]), {}, searches))
    assert made.topics["ports"].version == 1
    assert made.matcher.definitions["ports"].words == ("port",)
    assert set(made.topics) == {"ports", "harbours", "other"}
    after = load_matcher(desk.session, made)
    assert (after.topics["ports"].version, after.matcher.definitions["ports"].words) == (2, ("quay",))
    assert set(after.topics) == {"ports", "harbours", "others"}
