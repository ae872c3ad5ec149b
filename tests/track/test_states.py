"""The state machine of a delivery: the same end whatever the order and number of events."""

from __future__ import annotations

import uuid
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.models import DeliveryState
from worker.track.states import Known, Report, after_event, after_events

FIRST, SECOND = uuid.UUID(int=1), uuid.UUID(int=2)
KINDS = ["processed", "deferred", "dropped", "delivered", "bounce", "complaint", "open", "click", "unknown"]
reports = st.builds(Report, kind=st.sampled_from(KINDS), batch_id=st.sampled_from([FIRST, SECOND]))
knowns = st.builds(
    Known,
    state=st.sampled_from([*list(DeliveryState)[:3], DeliveryState.UNCERTAIN, DeliveryState.FAILED]),
    batch_id=st.sampled_from([FIRST, SECOND]),
    owed=st.booleans(),
    taken_by=st.none() | st.just(7),
)


def told(known: Known) -> tuple[object, ...]:
    return known.state, known.doubled, known.owed, known.accepted_by is None


@given(known=knowns, events=st.lists(reports, max_size=7), data=st.data())
def test_order_and_number_of_events_do_not_matter(known: Known, events: list[Report], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(events + data.draw(st.lists(st.sampled_from(events or [Report("unknown")])))))
    assert told(after_events(known, shuffled)) == told(after_events(known, events))


@given(known=knowns, event=reports)
def test_an_event_heard_again_changes_nothing(known: Known, event: Report) -> None:
    once = after_event(known, event)
    assert after_event(once, event) == once


@given(known=knowns, events=st.lists(reports, max_size=6))
def test_what_was_reached_is_never_taken_back(known: Known, events: list[Report]) -> None:
    order = ["accepted", "suppressed", "delivered", "bounced", "complained"]
    reached = [
        order.index(after_events(known, events[:n]).state) for n in range(1, len(events) + 1) if _proves(events[:n])
    ]
    assert reached == sorted(reached)


def _proves(events: list[Report]) -> bool:
    return any(event.kind != "unknown" for event in events)


@pytest.mark.parametrize(
    ("kinds", "state"),
    [
        (["processed"], "accepted"),
        (["deferred"], "accepted"),
        (["processed", "delivered"], "delivered"),
        (["processed", "deferred", "delivered"], "delivered"),
        (["processed", "delivered", "complaint"], "complained"),
        (["processed", "bounce"], "bounced"),
        (["delivered", "bounce"], "bounced"),
        (["dropped"], "suppressed"),
        (["open"], "delivered"),
        (["complaint"], "complained"),
        (["unknown"], "uncertain"),
    ],
)
def test_an_uncertain_delivery_becomes_what_the_events_say(kinds: list[str], state: str) -> None:
    known = Known(DeliveryState.UNCERTAIN, batch_id=FIRST)
    for order in permutations(kinds):
        assert after_events(known, [Report(kind, FIRST) for kind in order]).state == state


def test_evidence_of_an_earlier_attempt_marks_a_double() -> None:
    known = Known(DeliveryState.ACCEPTED, batch_id=SECOND, accepted_by=SECOND)
    assert not after_event(known, Report("delivered", SECOND)).doubled
    assert after_event(known, Report("delivered", FIRST)).doubled


def test_evidence_before_the_second_attempt_left_takes_it_back() -> None:
    then = after_event(Known(DeliveryState.PLANNED, batch_id=SECOND), Report("processed", FIRST))
    assert (then.state, then.batch_id, then.accepted_by, then.doubled) == ("accepted", FIRST, FIRST, False)


def test_evidence_while_the_second_attempt_is_in_flight_leaves_it_its_batch() -> None:
    then = after_event(Known(DeliveryState.SUBMITTING, batch_id=SECOND), Report("processed", FIRST))
    assert (then.state, then.batch_id, then.accepted_by) == ("accepted", SECOND, FIRST)


def test_what_was_owed_and_did_go_out_is_owed_no_more() -> None:
    failed = Known(DeliveryState.FAILED, reason="not_sent", batch_id=FIRST, owed=True)
    then = after_event(failed, Report("delivered", FIRST))
    assert (then.state, then.reason, then.owed, then.doubled) == ("delivered", None, False, False)


def test_what_another_edition_has_taken_up_already_comes_twice() -> None:
    taken = Known(DeliveryState.FAILED, batch_id=FIRST, owed=True, taken_by=9)
    assert after_event(taken, Report("delivered", FIRST)).doubled
