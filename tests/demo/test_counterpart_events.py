"""The events that the counterpart sends back: what they say, when, signed, and again until taken."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from demo.counterpart import Counterpart
from demo.counterpart.behaviour import Behaviour, Fate
from demo.counterpart.events import payload, posts
from demo.counterpart.keys import SIGNATURE, TIMESTAMP
from demo.newsroom.loopback import Loopback, Request, Response
from tests.demo.conftest import NOW
from tests.demo.letters import letter


@dataclass
class Webhook:
    """A receiver of events: remembers every post, answers the statuses it was given, then 200."""

    statuses: list[int] = field(default_factory=list)
    requests: list[Request] = field(default_factory=list)
    url: str = ""
    arrived: threading.Event = field(default_factory=threading.Event)

    def answer(self, request: Request) -> Response:
        self.requests.append(request)
        self.arrived.set()
        return Response(self.statuses.pop(0) if self.statuses else 200)

    @property
    def posts(self) -> list[list[dict[str, Any]]]:
        return [json.loads(request.body) for request in self.requests]

    @property
    def events(self) -> list[dict[str, Any]]:
        return [event for post in self.posts for event in post]

    @property
    def kinds(self) -> list[tuple[str, str]]:
        return [(event["email"], event["event"]) for event in self.events]


@pytest.fixture
def webhook() -> Iterator[Webhook]:
    receiver = Webhook()
    server = Loopback(receiver.answer)
    receiver.url = f"{server.url}/events"
    yield receiver
    server.close()


@pytest.fixture
def counterpart(webhook: Webhook) -> Iterator[Counterpart]:
    with Counterpart.running(now=NOW, webhook_url=webhook.url) as running:
        yield running


def send(counterpart: Counterpart, *addresses: str) -> str:
    headers = {"Authorization": f"Bearer {counterpart.api_key}"}
    answer = httpx.post(f"{counterpart.url}/v3/mail/send", json=letter(*addresses), headers=headers)
    assert answer.status_code == 202
    return answer.headers["x-message-id"]


def test_a_mail_is_processed_then_delivered(counterpart: Counterpart, webhook: Webhook) -> None:
    message_id = send(counterpart, "ann@example.org")

    assert counterpart.deliver_events() == 2

    processed, delivered = webhook.events
    assert (processed["event"], delivered["event"]) == ("processed", "delivered")
    assert processed["timestamp"] == int(NOW.timestamp())
    assert processed["sg_message_id"].partition(".")[0] == message_id
    assert processed["sg_event_id"] != delivered["sg_event_id"]
    assert (delivered["delivery_id"], delivered["batch_id"]) == ("d-0", "b-1")
    assert delivered["category"] == ["digest", "daily"]
    assert delivered["smtp-id"].startswith("<")
    assert counterpart.mails[0].state == "delivered"
    assert counterpart.pending_events == 0


def test_no_event_is_sent_twice_of_its_own_accord(counterpart: Counterpart, webhook: Webhook) -> None:
    send(counterpart, "ann@example.org")

    assert [counterpart.deliver_events() for _ in range(3)] == [2, 0, 0]
    assert len(webhook.requests) == 1


@pytest.mark.parametrize(
    ("fate", "kinds", "last"),
    [
        ("bounce", ["processed", "bounce"], {"status": "5.1.1", "bounce_classification": "Invalid Address"}),
        ("bounce_transient", ["processed", "bounce"], {"bounce_classification": "Mailbox Unavailable"}),
        ("block", ["processed", "bounce"], {"type": "blocked", "bounce_classification": "Reputation"}),
        ("complain", ["processed", "delivered", "spamreport"], {}),
        ("defer", ["processed", "deferred", "delivered"], {"response": "250 2.0.0 OK"}),
        ("silent", [], {}),
        ("deliver", ["processed", "delivered"], {}),
    ],
)
def test_each_fate_tells_its_own_story(
    counterpart: Counterpart, webhook: Webhook, fate: str, kinds: list[str], last: dict[str, str]
) -> None:
    counterpart.behave({fate: ["ann@example.org"]})
    send(counterpart, "ann@example.org")

    assert counterpart.deliver_all_events() == len(kinds)

    assert [event["event"] for event in webhook.events] == kinds
    assert not kinds or last.items() <= webhook.events[-1].items()


def test_a_deferred_mail_is_delivered_in_the_next_round(counterpart: Counterpart, webhook: Webhook) -> None:
    counterpart.behave({"defer": ["ann*"]})
    send(counterpart, "ann@example.org")

    counterpart.deliver_events()
    assert [kind for _, kind in webhook.kinds] == ["processed", "deferred"]
    counterpart.deliver_events()
    assert [kind for _, kind in webhook.kinds] == ["processed", "deferred", "delivered"]


@pytest.mark.parametrize(("fate", "reason"), [("bounce", "Bounced Address"), ("complain", "Spam Reporting Address")])
def test_a_later_mail_to_an_address_that_it_suppressed_is_dropped(
    counterpart: Counterpart, webhook: Webhook, fate: str, reason: str
) -> None:
    counterpart.behave({fate: ["ann@example.org"]})
    send(counterpart, "Ann@example.org")
    send(counterpart, "ann@example.org", "ben@example.org")

    counterpart.deliver_events()

    dropped = [event for event in webhook.events if event["event"] == "dropped"]
    assert [(event["email"], event["reason"]) for event in dropped] == [("ann@example.org", reason)]
    assert ("ben@example.org", "delivered") in webhook.kinds


@pytest.mark.parametrize("fate", ["bounce_transient", "block", "defer"])
def test_what_passes_is_tried_again_at_the_next_mail(counterpart: Counterpart, webhook: Webhook, fate: str) -> None:
    counterpart.behave({fate: ["ann@example.org"]})
    send(counterpart, "ann@example.org")
    send(counterpart, "ann@example.org")

    counterpart.deliver_all_events()

    assert "dropped" not in {kind for _, kind in webhook.kinds}


def test_events_that_were_not_taken_come_again_the_same(counterpart: Counterpart, webhook: Webhook) -> None:
    webhook.statuses = [500, 403]
    send(counterpart, "ann@example.org")

    assert [counterpart.deliver_events() for _ in range(3)] == [0, 0, 2]
    first, second, third = webhook.posts
    assert first == second == third


def test_a_webhook_that_is_not_there_loses_nothing(webhook: Webhook) -> None:
    with Counterpart.running(now=NOW, webhook_url="http://127.0.0.1:9/") as counterpart:
        send(counterpart, "ann@example.org")
        assert counterpart.deliver_events() == 0
        assert counterpart.pending_events == 2

        counterpart.webhook_url = webhook.url
        assert counterpart.deliver_events() == 2


def test_events_that_wait_outlive_a_restart(tmp_path: Path, webhook: Webhook) -> None:
    ledger = tmp_path / "ledger.sqlite"
    with Counterpart.running(now=NOW, ledger=ledger, behaviour={"defer": ["ann"]}) as counterpart:
        send(counterpart, "ann@example.org")
        counterpart.deliver_events()

    with Counterpart.running(now=NOW, ledger=ledger, webhook_url=webhook.url) as counterpart:
        counterpart.deliver_all_events()

    assert [kind for _, kind in webhook.kinds] == ["processed", "deferred", "delivered"]


def test_events_can_come_doubled(counterpart: Counterpart, webhook: Webhook) -> None:
    counterpart.faults.double_events()
    send(counterpart, "ann@example.org")

    assert counterpart.deliver_events() == 2

    first, second = webhook.posts
    assert first == second


def test_events_can_come_in_reverse(counterpart: Counterpart, webhook: Webhook) -> None:
    counterpart.faults.reverse_events()
    send(counterpart, "ann@example.org", "ben@example.org")

    counterpart.deliver_events()

    assert webhook.kinds == [
        ("ben@example.org", "delivered"),
        ("ben@example.org", "processed"),
        ("ann@example.org", "delivered"),
        ("ann@example.org", "processed"),
    ]


def test_events_can_come_later(counterpart: Counterpart, webhook: Webhook) -> None:
    counterpart.faults.delay_events(times=2)
    send(counterpart, "ann@example.org")

    assert [counterpart.deliver_events() for _ in range(3)] == [0, 0, 2]


def test_events_can_be_forged(counterpart: Counterpart, webhook: Webhook) -> None:
    counterpart.faults.forge_events()
    webhook.statuses = [403]
    send(counterpart, "ann@example.org")

    assert [counterpart.deliver_events() for _ in range(2)] == [0, 2]
    signatures = {request.headers[SIGNATURE] for request in webhook.requests}
    assert len(signatures) == 2
    assert webhook.requests[0].headers[TIMESTAMP] == str(int(NOW.timestamp()))


def test_a_post_holds_at_most_a_thousand_events(counterpart: Counterpart, webhook: Webhook) -> None:
    send(counterpart, *(f"reader{i}@example.org" for i in range(700)))

    assert counterpart.deliver_events() == 1400

    assert [len(post) for post in webhook.posts] == [1000, 400]
    assert len({event["sg_event_id"] for event in webhook.events}) == 1400


def test_a_post_stays_below_the_size_that_sendgrid_keeps_to() -> None:
    bodies = ['{"x":"' + "y" * 300_000 + '"}'] * 5

    portions = list(posts(bodies))

    assert [len(portion) for portion in portions] == [2, 2, 1]
    assert max(len(payload(portion)) for portion in portions) <= 768 * 1024
    assert payload(["{}", "{}"]) == b"[{},\r\n{}]\r\n"


def test_a_background_thread_delivers_without_being_asked(webhook: Webhook) -> None:
    with Counterpart.running(now=NOW, webhook_url=webhook.url, pump_every=0.01) as counterpart:
        send(counterpart, "ann@example.org")
        assert webhook.arrived.wait(10)


def test_rules_name_addresses_local_parts_and_patterns() -> None:
    behaviour = Behaviour(
        {"bounce": ["Gone@example.org", "no-such-*"], "complain": ["angry"], "block": ["*@far.example"]}
    )

    assert behaviour.fate("gone@EXAMPLE.org") is Fate.BOUNCE
    assert behaviour.fate("no-such-7@example.org") is Fate.BOUNCE
    assert behaviour.fate("angry@anywhere.example") is Fate.COMPLAIN
    assert behaviour.fate("angry.man@anywhere.example") is Fate.DELIVER
    assert behaviour.fate("anybody@far.example") is Fate.BLOCK


def test_behaviour_and_clock_are_set_over_http(counterpart: Counterpart, webhook: Webhook) -> None:
    def post(verb: str, body: object) -> httpx.Response:
        return httpx.post(f"{counterpart.url}/-/{verb}", json=body)

    assert post("behaviour", {"bounce": ["ann@example.org"]}).json() == {"behaviour": {"bounce": ["ann@example.org"]}}
    assert post("clock", {"now": "2026-03-05T00:00:00Z"}).json() == {"now": "2026-03-05T00:00:00+00:00"}
    send(counterpart, "ann@example.org")
    assert post("events", {}).json() == {"events": 2, "pending": 0}
    assert [event["timestamp"] for event in webhook.events] == [1772668800, 1772668801]

    assert post("behaviour", {"explode": ["x"]}).status_code == 400
    assert post("behaviour", {"bounce": "ann@example.org"}).status_code == 400
    assert post("clock", {"now": "soon"}).status_code == 400
    assert post("webhook", {"url": "ftp://x"}).status_code == 400
    assert post("webhook", {"url": None}).json() == {"url": None}
    assert counterpart.behaviour.fate("ann@example.org") is Fate.BOUNCE
