"""Recording: nothing refused, nothing twice, nothing lost."""

from __future__ import annotations

import json
import threading
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Engine, func, select
from sqlmodel import Session

from worker.database import session_on, table
from worker.errors import InvalidInput
from worker.models import Event
from worker.track.record import record_events
from worker.track.translate import categories, parse_body, translate

_EVENT = table(Event)


def stored(session: Session) -> list[Any]:
    return list(session.execute(select(_EVENT).order_by(_EVENT.c.id)).all())


def test_an_event_is_recorded_once_however_often_and_in_whatever_order_it_comes(
    session: Session, now: datetime
) -> None:
    events = [{"event": "delivered", "sg_event_id": f"id-{n}", "email": "a@mail.example"} for n in range(5)]
    first = record_events(session, events, now=now)
    again = [record_events(session, list(reversed(events)) * 9, now=now) for _ in range(5)]
    assert (len(first), again) == (5, [[]] * 5)
    assert len(stored(session)) == 5


def test_several_webhooks_at_once_record_each_event_once(engine: Engine, session: Session, now: datetime) -> None:
    events = [{"event": "delivered", "sg_event_id": f"id-{n}"} for n in range(200)]
    inserted: list[int] = []

    def receive() -> None:
        with session_on(engine) as own:
            inserted.extend(record_events(own, events, now=now))

    threads = [threading.Thread(target=receive) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(inserted) == len(set(inserted)) == len(stored(session)) == 200


def test_an_event_without_an_id_is_known_by_its_content(session: Session, now: datetime) -> None:
    one = {"event": "open", "email": "a@mail.example", "timestamp": 5}
    record_events(session, [one, dict(reversed(one.items())), one | {"timestamp": 6}], now=now)
    assert len(stored(session)) == 2


def test_our_ids_and_the_time_are_read_and_the_raw_event_is_kept(session: Session, now: datetime) -> None:
    delivery, batch = uuid.uuid4(), uuid.uuid4()
    event = {
        "event": "spamreport",
        "sg_event_id": "x",
        "delivery_id": str(delivery),
        "batch_id": str(batch),
        "timestamp": 1600112492,
        "category": ["daily", "x"],
    }
    record_events(session, [event], now=now)
    (row,) = stored(session)
    assert (row.kind, row.delivery_id, row.batch_id, row.notice_id) == ("complaint", delivery, batch, None)
    assert row.occurred_at == datetime(2020, 9, 14, 19, 41, 32, tzinfo=UTC)
    assert (row.raw, row.received_at, row.applied_at) == (event, now, None)


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("processed", "processed"),
        ("Processed", "processed"),
        (" DELIVERED ", "delivered"),
        ("deferred", "deferred"),
        ("bounce", "bounce"),
        ("dropped", "dropped"),
        ("spamreport", "complaint"),
        ("open", "open"),
        ("click", "click"),
        ("unsubscribe", "unsubscribe"),
        ("group_unsubscribe", "unsubscribe"),
        ("group_resubscribe", "unknown"),
        ("machine_dreamt_of", "unknown"),
        ("", "unknown"),
        (None, "unknown"),
        (7, "unknown"),
    ],
)
def test_the_providers_words_become_ours(word: Any, kind: str) -> None:
    assert translate({"event": word}).kind == kind


@pytest.mark.parametrize("when", [None, True, "soon", -1, 0, 1e300, float("inf"), [], {}, "9" * 400])
def test_a_time_that_is_none_is_unknown(when: Any) -> None:
    assert translate({"event": "open", "timestamp": when}).occurred_at is None


def test_a_time_may_be_text() -> None:
    assert translate({"timestamp": "1600112492"}).occurred_at == datetime(2020, 9, 14, 19, 41, 32, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "found"), [("daily", ("daily",)), (["a", "b"], ("a", "b")), (None, ()), (7, ()), ([], ())]
)
def test_a_category_is_text_a_list_or_missing(value: Any, found: tuple[str, ...]) -> None:
    assert categories({"category": value}) == found


@pytest.mark.parametrize("member", [None, 7, "text", [], [[{}]], {}, {"event": {"nested": 1}}, {"sg_event_id": 5}])
def test_whatever_stands_in_the_list_is_kept(session: Session, now: datetime, member: Any) -> None:
    assert len(record_events(session, [member], now=now)) == 1


@pytest.mark.parametrize(
    "text", ["nul \x00 inside", "half \ud83d", "\u2028", "x" * 100_000, '"; DROP TABLE event; --'], ids=range(5)
)
def test_hostile_text_is_kept_in_either_database(session: Session, now: datetime, text: str) -> None:
    record_events(session, [{"event": "bounce", "reason": text, "sg_event_id": text, "delivery_id": text}], now=now)
    (row,) = stored(session)
    assert (row.raw["reason"], row.delivery_id) == (text, None)


@pytest.mark.parametrize("body", [b"", b"nonsense", b'"text"', b"7", b"\xff\xfe", b"[" * 100_000, b"null"])
def test_a_body_that_is_no_list_of_events_is_refused_with_a_sentence(body: bytes) -> None:
    with pytest.raises(InvalidInput):
        parse_body(body)


def test_a_body_with_numbers_that_json_has_not_is_still_read(session: Session, now: datetime) -> None:
    record_events(session, parse_body(b'[{"event":"open","timestamp":NaN,"x":-Infinity}]'), now=now)
    assert stored(session)[0].raw == {"event": "open", "timestamp": None, "x": None}


def test_every_captured_event_is_recorded_without_loss(session: Session, now: datetime, shared_data: Path) -> None:
    directory = shared_data / "sending"
    docs = json.loads((directory / "event_samples_sendgrid_docs.json").read_text())
    anymail = json.loads((directory / "event_samples_anymail.json").read_text())
    extra = json.loads((directory / "event_samples_extra.json").read_text())
    samples = [*docs, *(event for case in anymail for event in case["events"]), *(case["event"] for case in extra)]
    record_events(session, samples, now=now)
    ids = {translate(sample).provider_event_id for sample in samples}
    assert {row.provider_event_id for row in stored(session)} == ids
    record_events(session, samples, now=now)
    assert session.execute(select(func.count()).select_from(_EVENT)).scalar_one() == len(ids)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=10,
)
names = st.sampled_from(["event", "sg_event_id", "timestamp", "delivery_id", "category", "unique_args", "email"])


@given(event=st.dictionaries(names, json_values) | json_values)
def test_no_event_is_beyond_translation(event: Any) -> None:
    translated = translate(event)
    assert 0 < len(translated.provider_event_id) <= 200
    assert translate(json.loads(json.dumps(event))).provider_event_id == translated.provider_event_id
