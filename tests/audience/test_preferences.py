from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, update
from sqlmodel import Session

from tests.audience.scene import DAILY, INSTANT, WEEKLY, ask, join, open_now, person, release, state_of
from worker.audience.addresses import parse_address
from worker.audience.choices import DeliveryTime
from worker.audience.leaving import leave_all
from worker.audience.pauses import PauseWish
from worker.audience.preferences import (
    Preferences,
    PreferencesChange,
    load_preferences,
    request_link,
    save_preferences,
)
from worker.database import table
from worker.errors import InvalidInput
from worker.models import Consent, DueTime, Frequency, Notice, Pause, PauseMode, Subscriber, SubscriberState, Topic

pytestmark = pytest.mark.usefixtures("topics")
BERLIN = DeliveryTime("Europe/Berlin", 8, 0)
CONSENT, PAUSE = table(Consent), table(Pause)


def save(
    session: Session,
    subscriber: Subscriber,
    frequencies: Mapping[str, Frequency],
    *,
    now: datetime,
    time: DeliveryTime = BERLIN,
    pause: PauseWish | None = None,
) -> Preferences | None:
    change = PreferencesChange(frequencies, time, "en", pause)
    return save_preferences(session, subscriber.public_id, change, now=now)


def pauses(session: Session) -> list[tuple[str, int, int | None, datetime]]:
    rows = session.execute(
        select(PAUSE.c.mode, PAUSE.c.from_release, PAUSE.c.until_release, PAUSE.c.ends_at).order_by(PAUSE.c.id)
    )
    return [tuple(row) for row in rows]


def test_the_page_shows_what_was_chosen_and_masks_the_address(session: Session, now: datetime) -> None:
    subscriber = join(session, now)
    shown = load_preferences(session, subscriber.public_id, now=now)
    assert shown is not None
    assert shown.address == "j•••@e•••.org"
    assert shown.frequencies == {"drones": DAILY, "belarus": DAILY}
    assert [topic.slug for topic in shown.topics] == ["drones", "belarus", "arctic"]
    assert shown.time == BERLIN
    assert shown.next_due == {DAILY: datetime(2026, 3, 3, 7, tzinfo=UTC)}


def test_each_topic_has_its_own_frequency(session: Session, now: datetime) -> None:
    subscriber = join(session, now)
    wanted = {"drones": INSTANT, "belarus": WEEKLY, "arctic": DAILY}
    shown = save(session, subscriber, wanted, now=now)
    assert shown is not None
    assert shown.frequencies == wanted
    assert open_now(session, subscriber) == wanted


def test_saving_the_same_again_records_nothing(session: Session, now: datetime) -> None:
    subscriber = join(session, now)
    save(session, subscriber, {"drones": WEEKLY}, now=now)
    before = session.execute(select(CONSENT)).all()
    save(session, subscriber, {"drones": WEEKLY}, now=now + timedelta(days=1))
    assert session.execute(select(CONSENT)).all() == before
    assert before[-1].action == "change"
    assert before[-1].detail["after"]["topics"] == {"drones": "weekly"}


def test_turning_everything_off_is_leaving_and_turning_on_is_coming_back(session: Session, now: datetime) -> None:
    subscriber = join(session, now)
    save(session, subscriber, {}, now=now)
    assert state_of(session, subscriber) == "unsubscribed"
    save(session, subscriber, {"arctic": DAILY}, now=now)
    assert state_of(session, subscriber) == "active"
    actions = session.execute(select(CONSENT.c.action).order_by(CONSENT.c.id)).scalars().all()
    assert actions == ["signup", "confirm", "unsubscribe", "reopen"]


@pytest.mark.parametrize("state", [SubscriberState.PENDING, SubscriberState.SUPPRESSED, SubscriberState.FORGOTTEN])
def test_who_may_not_be_mailed_cannot_turn_anything_on(session: Session, now: datetime, state: SubscriberState) -> None:
    someone = person(session, now, state=state)
    assert save(session, someone, {"arctic": DAILY}, now=now) is None
    assert open_now(session, someone) == {}
    assert state_of(session, someone) == state


def test_nobodys_link_shows_nothing(session: Session, now: datetime) -> None:
    assert load_preferences(session, uuid.uuid4(), now=now) is None


def test_a_move_keeps_the_watermark_and_moves_the_due_time(session: Session, now: datetime) -> None:
    subscriber = join(session, now)
    release(session, 3)
    tokyo = DeliveryTime("Asia/Tokyo", 6, 4)
    shown = save(session, subscriber, {"drones": DAILY, "belarus": DAILY}, now=now, time=tokyo)
    assert shown is not None
    assert shown.next_due == {DAILY: datetime(2026, 3, 2, 21, tzinfo=UTC)}
    assert session.execute(select(DueTime.watermark)).scalar_one() == 0


def test_a_topic_whose_file_is_gone_survives_a_save(session: Session, now: datetime) -> None:
    subscriber = join(session, now)
    topics = table(Topic)
    session.execute(update(topics).where(topics.c.slug == "belarus").values(retired_at=now))
    session.commit()
    save(session, subscriber, {"drones": WEEKLY}, now=now)
    assert open_now(session, subscriber) == {"drones": "weekly", "belarus": "daily"}
    save(session, subscriber, {}, now=now)
    assert open_now(session, subscriber) == {}


@pytest.mark.parametrize("mode", list(PauseMode))
def test_a_pause_is_a_range_of_releases_until_a_local_midnight(
    session: Session, now: datetime, mode: PauseMode
) -> None:
    subscriber = join(session, now)
    release(session, 5)
    wish = PauseWish(mode, date(2026, 4, 1))
    shown = save(session, subscriber, {"drones": DAILY}, now=now, pause=wish)
    assert shown is not None
    assert shown.pause == wish
    assert pauses(session) == [(mode, 5, None, datetime(2026, 3, 31, 22, tzinfo=UTC))]


def test_a_pause_can_be_moved_changed_and_ended(session: Session, now: datetime) -> None:
    subscriber = join(session, now)
    topics = {"drones": DAILY}
    skip_until = PauseWish(PauseMode.SKIP, date(2026, 4, 1))
    save(session, subscriber, topics, now=now, pause=skip_until)
    longer = PauseWish(PauseMode.SKIP, date(2026, 4, 8))
    save(session, subscriber, topics, now=now + timedelta(days=1), pause=longer)
    assert pauses(session) == [("skip", 0, None, datetime(2026, 4, 7, 22, tzinfo=UTC))]
    release(session, 2)
    two_days_on = now + timedelta(days=2)
    save(session, subscriber, topics, now=two_days_on, pause=PauseWish(PauseMode.CATCH_UP, date(2026, 4, 8)))
    assert pauses(session) == [
        ("skip", 0, 2, two_days_on),
        ("catch_up", 2, None, datetime(2026, 4, 7, 22, tzinfo=UTC)),
    ]
    release(session, 1)
    back = now + timedelta(days=3)
    shown = save(session, subscriber, topics, now=back)
    assert shown is not None
    assert shown.pause is None
    assert pauses(session)[1] == ("catch_up", 2, 3, back)


@pytest.mark.parametrize("until", [date(2026, 3, 1), date(2026, 3, 2), date(2027, 3, 4)])
def test_a_pause_ends_after_today_and_within_a_year(session: Session, now: datetime, until: date) -> None:
    subscriber = join(session, now)
    with pytest.raises(InvalidInput) as fault:
        save(session, subscriber, {"arctic": DAILY}, now=now, pause=PauseWish(PauseMode.SKIP, until))
    assert fault.value.field == "pause_until"
    session.rollback()
    assert open_now(session, subscriber) == {"drones": "daily", "belarus": "daily"}


def kind_of(session: Session, notice_id: uuid.UUID | None) -> str | None:
    notice = session.get(Notice, notice_id) if notice_id else None
    return notice.kind if notice else None


def test_a_link_is_mailed_to_whoever_may_use_it(session: Session, now: datetime) -> None:
    jo = parse_address("Jo@Example.org")
    assert request_link(session, jo, now=now) is None
    ask(session, now)
    later = now + timedelta(minutes=5)
    assert kind_of(session, request_link(session, jo, now=later)) == "confirmation"
    subscriber = join(session, now + timedelta(minutes=10))
    assert kind_of(session, request_link(session, jo, now=later)) == "preference_link"
    assert request_link(session, jo, now=later + timedelta(minutes=1)) is None
    leave_all(session, subscriber.public_id, now=now)
    assert kind_of(session, request_link(session, jo, now=later + timedelta(hours=1))) == "preference_link"
    subscriber.state = SubscriberState.SUPPRESSED
    session.commit()
    assert request_link(session, jo, now=later + timedelta(hours=5)) is None
