"""What people do on the pages, seen from the plans that follow: nothing of theirs is lost, nothing comes twice."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tests.audience.scene import DAILY, INSTANT, WEEKLY, join
from tests.browser.scene import Installation
from worker.audience.choices import DeliveryTime
from worker.audience.leaving import leave_all, undo_leaving
from worker.audience.pauses import PauseWish
from worker.audience.preferences import PreferencesChange, save_preferences
from worker.database import table
from worker.models import Frequency, PauseMode, Subscriber


class Reader:
    """Subscribes to drones and Belarus daily at 8 in Berlin; the installation stands at a Monday noon."""

    def __init__(self, installation: Installation) -> None:
        self._at = installation
        with installation.services.session() as session:
            self._subscriber = join(session, installation.services.now())

    def leave(self) -> datetime:
        with self._at.services.session() as session:
            return leave_all(session, self._subscriber.public_id, now=self._at.services.now()).at

    def undo(self, left_at: datetime) -> None:
        with self._at.services.session() as session:
            undo_leaving(session, self._subscriber.public_id, left_at, now=self._at.services.now())

    def save(self, frequency: Frequency, *, hour: int = 8, pause: PauseWish | None = None) -> None:
        topics = {"drones": frequency, "belarus": frequency}
        change = PreferencesChange(topics, DeliveryTime("Europe/Berlin", hour, 2), "en", pause)
        with self._at.services.session() as session:
            assert save_preferences(session, self._subscriber.public_id, change, now=self._at.services.now())

    def titles(self) -> list[str]:
        """The articles in all the mails that went to them."""
        outbox = self._at.services.mail_outbox
        assert outbox is not None
        texts = []
        for file in outbox.glob("new/*"):
            text = message_from_bytes(file.read_bytes(), policy=policy.default).get_body(("plain",))
            assert text is not None
            texts.append(text.get_content())
        mailed = "\n".join(texts)
        return sorted(word for word in ("Alpha", "Bravo", "Charlie") for _ in range(mailed.count(f"{word} headline\n")))


@pytest.fixture
def installation(tmp_path: Path, now: datetime) -> Installation:
    return Installation(tmp_path, "http://127.0.0.1:8000", now)


def pass_days(installation: Installation, days: int) -> None:
    """Hour by hour, as the ticks do."""
    for _ in range(days * 24):
        installation.pass_time(timedelta(hours=1))
        installation.send_editions()


def test_a_reader_gets_what_was_published_since_they_confirmed(installation: Installation) -> None:
    installation.publish("Alpha headline", "drones")
    reader = Reader(installation)
    installation.publish("Bravo headline", "drones", "belarus")
    pass_days(installation, 2)
    assert reader.titles() == ["Bravo"]


def test_leaving_forfeits_what_is_pending_and_undo_gets_it_back(installation: Installation) -> None:
    reader = Reader(installation)
    installation.publish("Alpha headline", "drones")
    left_at = reader.leave()
    installation.publish("Bravo headline", "drones")
    reader.undo(left_at)
    installation.publish("Charlie headline", "belarus")
    pass_days(installation, 2)
    assert reader.titles() == ["Alpha", "Charlie"]


def test_whoever_leaves_gets_nothing_more(installation: Installation) -> None:
    reader = Reader(installation)
    installation.publish("Alpha headline", "drones")
    reader.leave()
    pass_days(installation, 8)
    assert reader.titles() == []


@pytest.mark.parametrize("path", [(DAILY, WEEKLY), (DAILY, INSTANT), (WEEKLY, DAILY), (DAILY, WEEKLY, DAILY)])
def test_a_change_of_frequency_loses_and_doubles_nothing(
    installation: Installation, path: tuple[Frequency, ...]
) -> None:
    reader = Reader(installation)
    for title, frequency in zip(("Alpha", "Bravo", "Charlie"), path, strict=False):
        reader.save(frequency)
        installation.publish(f"{title} headline", "drones")
    pass_days(installation, 9)
    assert reader.titles() == ["Alpha", "Bravo", "Charlie"][: len(path)]


def test_a_move_of_the_hour_loses_and_doubles_nothing(installation: Installation) -> None:
    reader = Reader(installation)
    installation.publish("Alpha headline", "drones")
    reader.save(DAILY, hour=14)
    pass_days(installation, 1)
    installation.publish("Bravo headline", "drones")
    reader.save(DAILY, hour=20)
    pass_days(installation, 2)
    assert reader.titles() == ["Alpha", "Bravo"]


@pytest.mark.parametrize(
    ("mode", "expected"), [(PauseMode.CATCH_UP, ["Alpha", "Bravo", "Charlie"]), (PauseMode.SKIP, ["Alpha", "Charlie"])]
)
@pytest.mark.parametrize("ended", ["by its day", "by the reader"])
def test_a_pause_sends_later_or_skips_what_came_meanwhile(
    installation: Installation, mode: PauseMode, expected: list[str], ended: str
) -> None:
    reader = Reader(installation)
    installation.publish("Alpha headline", "drones")
    until = date(2026, 3, 6) if ended == "by its day" else date(2026, 3, 20)
    reader.save(DAILY, pause=PauseWish(mode, until))
    installation.publish("Bravo headline", "drones")
    pass_days(installation, 3)
    assert reader.titles() == []
    if ended == "by the reader":
        reader.save(DAILY)
    pass_days(installation, 1)
    installation.publish("Charlie headline", "drones")
    pass_days(installation, 2)
    assert reader.titles() == expected
    with installation.services.session(read_only=True) as session:
        assert session.execute(select(func.count()).select_from(table(Subscriber))).scalar_one() == 1
