"""Saved searches: held like topics, private to one person, ended with everything else and brought back by an undo."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select
from sqlmodel import Session

from tests.audience.scene import DAILY, INSTANT, WEEKLY, person
from worker.audience.choices import DeliveryTime, offered_topics
from worker.audience.leaving import leave_all, undo_leaving
from worker.audience.preferences import PreferencesChange, save_preferences
from worker.audience.searches import (
    KEEP_FORSAKEN,
    MOST,
    HeldSearch,
    change_frequency,
    end_forsaken_searches,
    end_search,
    held_searches,
    save_search,
)
from worker.audience.subscriptions import open_subscriptions
from worker.database import table
from worker.errors import InvalidInput
from worker.models import SavedSearch, Subscriber, SubscriberState, Topic

pytestmark = pytest.mark.usefixtures("topics")
BERLIN = DeliveryTime("Europe/Berlin", 8, 0)


def save(
    session: Session, who: Subscriber, now: datetime, query: str = "drones AND Minsk", frequency: str = DAILY
) -> HeldSearch:
    made = save_search(session, who.public_id, query=query, normal=query.lower(), frequency=frequency, now=now)
    assert made is not None
    return made


def test_a_search_is_a_subscription_to_a_topic_of_ones_own(session: Session, now: datetime) -> None:
    who = person(session, now)
    made = save(session, who, now)
    assert open_subscriptions(session, who.id) == {made.topic_id: DAILY}
    assert [one.query for one in held_searches(session, who.public_id)] == ["drones AND Minsk"]
    assert made.topic_id not in {offer.id for offer in offered_topics(session)}


def test_the_same_search_is_not_saved_twice_but_again_once_it_has_ended(session: Session, now: datetime) -> None:
    who = person(session, now)
    made = save(session, who, now)
    with pytest.raises(InvalidInput, match="already"):
        save(session, who, now)
    assert end_search(session, who.public_id, made.id, now=now)
    assert not end_search(session, who.public_id, made.id, now=now)
    save(session, who, now)


def test_two_people_may_save_the_same_search_and_see_only_their_own(session: Session, now: datetime) -> None:
    jo, kim = person(session, now), person(session, now, "kim@example.org")
    first, second = save(session, jo, now), save(session, kim, now)
    assert [one.id for one in held_searches(session, kim.public_id)] == [second.id]
    assert not end_search(session, kim.public_id, first.id, now=now)


def test_nobody_holds_more_searches_than_the_most(session: Session, now: datetime) -> None:
    who = person(session, now)
    for number in range(MOST):
        save(session, who, now, f"drones{number}")
    with pytest.raises(InvalidInput, match=f"{MOST} saved searches"):
        save(session, who, now, "one more")


def test_a_frequency_that_nobody_serves_is_refused(session: Session, now: datetime) -> None:
    with pytest.raises(InvalidInput, match="how often"):
        save(session, person(session, now), now, frequency="hourly")


@pytest.mark.parametrize("state", [SubscriberState.PENDING, SubscriberState.SUPPRESSED, SubscriberState.FORGOTTEN])
def test_who_may_not_choose_may_not_save(session: Session, now: datetime, state: SubscriberState) -> None:
    who = person(session, now, state=state)
    assert save_search(session, who.public_id, query="x", normal="x", frequency=DAILY, now=now) is None


def test_a_search_comes_at_another_frequency(session: Session, now: datetime) -> None:
    who = person(session, now)
    made = save(session, who, now)
    assert change_frequency(session, who.public_id, made.id, INSTANT, now=now)
    assert [one.frequency for one in held_searches(session, who.public_id)] == [INSTANT]
    assert not change_frequency(session, who.public_id, made.id + 1, INSTANT, now=now)


def test_ending_the_last_wish_unsubscribes_and_saving_one_subscribes_again(session: Session, now: datetime) -> None:
    who = person(session, now)
    end_search(session, who.public_id, save(session, who, now).id, now=now)
    session.refresh(who)
    assert who.state == SubscriberState.UNSUBSCRIBED
    save(session, who, now)
    session.refresh(who)
    assert who.state == SubscriberState.ACTIVE


def test_the_preference_form_leaves_searches_alone(session: Session, now: datetime) -> None:
    who = person(session, now)
    save(session, who, now)
    for frequencies in ({"drones": WEEKLY}, {}):
        save_preferences(session, who.public_id, PreferencesChange(frequencies, BERLIN, "en", None), now=now)
        assert len(held_searches(session, who.public_id)) == 1
    session.refresh(who)
    assert who.state == SubscriberState.ACTIVE


def test_leaving_ends_searches_too_and_an_undo_brings_them_back(session: Session, now: datetime) -> None:
    who = person(session, now)
    save(session, who, now)
    left = leave_all(session, who.public_id, now=now)
    assert held_searches(session, who.public_id) == []
    undo_leaving(session, who.public_id, left.at, now=now + timedelta(hours=1))
    assert len(held_searches(session, who.public_id)) == 1


def test_a_search_that_its_owner_left_is_ended_when_no_undo_is_possible_any_more(
    session: Session, now: datetime
) -> None:
    who, stays = person(session, now), person(session, now, "kim@example.org")
    save(session, who, now)
    save(session, stays, now)
    leave_all(session, who.public_id, now=now)
    assert end_forsaken_searches(session, now=now + KEEP_FORSAKEN - timedelta(minutes=1)) == 0
    assert end_forsaken_searches(session, now=now + KEEP_FORSAKEN) == 1
    assert end_forsaken_searches(session, now=now + KEEP_FORSAKEN) == 0
    assert len(held_searches(session, stays.public_id)) == 1


def test_every_change_has_a_higher_number_than_the_one_before(session: Session, now: datetime) -> None:
    who = person(session, now)
    rows = table(SavedSearch)

    def last() -> int:
        numbers = session.execute(select(rows.c.change_number)).scalars().all()
        return max(numbers)

    first = save(session, who, now)
    seen = [last()]
    save(session, who, now, "icebreakers")
    seen.append(last())
    end_search(session, who.public_id, first.id, now=now)
    seen.append(last())
    assert seen == sorted(set(seen))


def test_a_private_topic_has_no_version_and_its_owner(session: Session, now: datetime) -> None:
    who = person(session, now)
    made = save(session, who, now, "x" * 300)
    topic = session.get(Topic, made.topic_id)
    assert topic is not None
    assert (topic.version, topic.subscriber_id, len(topic.title)) == (0, who.id, 80)
