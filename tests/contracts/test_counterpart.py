"""The counterpart against what SendGrid itself publishes: its schema, its samples, its own package.

The published files are read from the shared material; where that is absent these tests skip, the others run.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator, FormatChecker
from sendgrid import SendGridAPIClient
from sendgrid.helpers.eventwebhook import EventWebhook
from sendgrid.helpers.mail import (
    Category,
    Content,
    CustomArg,
    Header,
    Mail,
    Personalization,
    Subject,
    Substitution,
    To,
)

from demo.counterpart import Counterpart
from demo.counterpart.behaviour import Fate
from demo.counterpart.keys import SIGNATURE, TIMESTAMP
from demo.counterpart.rules import refusals
from demo.newsroom.loopback import Loopback, Request, Response
from tests.demo.letters import letter
from tests.demo.requests import FULL, LEGAL, MISSED, NOW, mutants, replies


@pytest.fixture(scope="module")
def schema(shared_data: Path) -> Draft202012Validator:
    published = json.loads((shared_data / "sending" / "mail_send_request.schema.json").read_text())
    return Draft202012Validator(published, format_checker=FormatChecker(["email"]))


@pytest.fixture
def counterpart() -> Iterator[Counterpart]:
    with Counterpart.running(now=NOW) as running:
        yield running


def send(counterpart: Counterpart, body: object) -> httpx.Response:
    headers = {"Authorization": f"Bearer {counterpart.api_key}"}
    return httpx.post(f"{counterpart.url}/v3/mail/send", json=body, headers=headers, timeout=30)


@pytest.mark.parametrize("name", LEGAL)
def test_what_is_legal_both_accept(schema: Draft202012Validator, counterpart: Counterpart, name: str) -> None:
    assert list(schema.iter_errors(LEGAL[name])) == []
    answer = send(counterpart, LEGAL[name])
    assert answer.status_code == 202, answer.text


@pytest.mark.parametrize("body", [FULL, replies(), letter("ann@example.org")], ids=["full", "replies", "plain"])
def test_whatever_the_schema_refuses_the_counterpart_refuses(schema: Draft202012Validator, body: Any) -> None:
    refused = [(name, mutant) for name, mutant in mutants(body) if not schema.is_valid(mutant)]
    missed = [name for name, mutant in refused if not refusals(mutant, now=NOW)]

    assert len(refused) > 100
    assert missed == []


def test_a_refusal_is_the_same_over_http(schema: Draft202012Validator, counterpart: Counterpart) -> None:
    refused = [mutant for _, mutant in mutants(letter("ann@example.org")) if not schema.is_valid(mutant)]
    answers = [send(counterpart, mutant) for mutant in refused[::9]]

    assert len(answers) > 15
    assert {answer.status_code for answer in answers} == {400}
    assert all(answer.json()["errors"] for answer in answers)
    assert counterpart.mails == []


@pytest.mark.parametrize("name", MISSED)
def test_what_the_schema_misses_the_counterpart_refuses(
    schema: Draft202012Validator, counterpart: Counterpart, name: str
) -> None:
    body, field = MISSED[name]

    assert schema.is_valid(body)
    answer = send(counterpart, body)
    assert answer.status_code == 400
    assert field in [error["field"] for error in answer.json()["errors"]]


def test_what_the_sendgrid_package_builds_is_accepted(counterpart: Counterpart) -> None:
    built = Mail(from_email=("desk@forwardpost.example", "Desk"))
    built.subject = Subject("Hello -name-")
    built.content = [Content("text/plain", "Hi -name-"), Content("text/html", "<p>Hi -name-</p>")]
    built.category = Category("daily")
    for name in ("ann", "ben"):
        one = Personalization()
        one.add_to(To(f"{name}@example.org", name.title()))
        one.add_substitution(Substitution("-name-", name.title()))
        one.add_custom_arg(CustomArg("delivery_id", f"d-{name}"))
        one.add_header(Header("List-Unsubscribe", f"<https://forwardpost.example/{name}>"))
        built.add_personalization(one)
    package = SendGridAPIClient(counterpart.api_key, host=counterpart.url)
    package.client.timeout = 30

    answer = package.send(built)

    assert answer.status_code == 202
    assert {(mail.to, mail.text, mail.delivery_id) for mail in counterpart.mails} == {
        ("ann@example.org", "Hi Ann", "d-ann"),
        ("ben@example.org", "Hi Ben", "d-ben"),
    }


def posted(counterpart: Counterpart) -> list[Request]:
    """What a webhook gets when the counterpart's events are delivered."""
    requests: list[Request] = []

    def take(request: Request) -> Response:
        requests.append(request)
        return Response(200)

    server = Loopback(take)
    counterpart.webhook_url = server.url
    counterpart.deliver_all_events()
    server.close()
    return requests


def test_sendgrids_own_helper_verifies_the_signature(counterpart: Counterpart) -> None:
    send(counterpart, letter("ann@example.org", subject="\u0414\u0440\u043e\u043d\u044b"))
    shown = httpx.get(f"{counterpart.url}/-/public-key").json()["public_key"]
    request = posted(counterpart)[0]
    body, signature, stamp = request.body.decode(), request.headers[SIGNATURE], request.headers[TIMESTAMP]
    helper = EventWebhook(shown)

    assert shown == counterpart.public_key
    assert helper.verify_signature(body, signature, stamp)
    assert not helper.verify_signature(body.replace("ann", "bob"), signature, stamp)
    assert not helper.verify_signature(body, signature, str(int(stamp) + 1))
    with Counterpart.running() as other:
        assert not EventWebhook(other.public_key).verify_signature(body, signature, stamp)


def test_after_a_rotation_only_the_new_key_verifies(counterpart: Counterpart) -> None:
    old = counterpart.public_key
    counterpart.rotate_key()
    send(counterpart, letter("ann@example.org"))
    request = posted(counterpart)[0]
    given = (request.body.decode(), request.headers[SIGNATURE], request.headers[TIMESTAMP])

    assert EventWebhook(counterpart.public_key).verify_signature(*given)
    assert not EventWebhook(old).verify_signature(*given)


def test_every_event_has_the_keys_of_sendgrids_own_samples(shared_data: Path, counterpart: Counterpart) -> None:
    documented = json.loads((shared_data / "sending" / "event_samples_sendgrid_docs.json").read_text())
    captured = json.loads((shared_data / "sending" / "event_samples_anymail.json").read_text())
    samples = [*documented, *(event for group in captured for event in group["events"])]
    counterpart.behave({fate: [f"{fate}@example.org"] for fate in Fate})
    for _ in range(2):
        send(counterpart, letter(*(f"{fate}@example.org" for fate in Fate)))
    events = [event for request in posted(counterpart) for event in json.loads(request.body)]

    assert {event["event"] for event in events} == {
        *("processed", "delivered", "deferred", "bounce", "dropped", "spamreport")
    }
    for event in events:
        alike = [sample for sample in samples if sample.get("event") == event["event"]]
        always = set.intersection(*(set(sample) for sample in alike)) - {"anymail_id"}
        ever = set().union(*alike) | {"bounce_classification", "ip", "tls", "delivery_id", "batch_id"}
        assert always <= set(event) <= ever, event["event"]


def test_a_restart_keeps_the_ledger_and_the_lists(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.sqlite"
    with Counterpart.running(ledger=ledger, now=NOW, behaviour={"bounce": ["gone"]}) as first:
        send(first, letter("gone@example.org", "ann@example.org"))
        first.deliver_events()
        before, key = first.mails, first.public_key

    with Counterpart.running(ledger=ledger, now=NOW) as second:
        send(second, letter("gone@example.org"))
        second.deliver_events()

        assert [mail.as_json() for mail in second.mails[:2]] == [mail.as_json() for mail in before]
        assert second.mails[2].state == "dropped"
        assert second.public_key == key


ANSWERS = {
    "/v3/suppression/bounces": ("tsg_suppressions_v3.json", "/v3/suppression/bounces"),
    "/v3/suppression/bounces/gone@example.org": ("tsg_suppressions_v3.json", "/v3/suppression/bounces/{email}"),
    "/v3/suppression/blocks": ("tsg_suppressions_v3.json", "/v3/suppression/blocks"),
    "/v3/suppression/spam_reports": ("tsg_suppressions_v3.json", "/v3/suppression/spam_reports"),
    "/v3/suppression/unsubscribes": ("tsg_suppressions_v3.json", "/v3/suppression/unsubscribes"),
    "/v3/suppression/invalid_emails": ("tsg_suppressions_v3.json", "/v3/suppression/invalid_emails"),
    "/v3/asm/suppressions/global/gone@example.org": (
        "tsg_suppressions_v3.json",
        "/v3/asm/suppressions/global/{email}",
    ),
    "/v3/user/webhooks/event/settings/all": ("tsg_webhooks_v3.json", "/v3/user/webhooks/event/settings/all"),
    "/v3/user/webhooks/event/settings/x": ("tsg_webhooks_v3.json", "/v3/user/webhooks/event/settings/{id}"),
    "/v3/user/webhooks/event/settings/signed/x": (
        "tsg_webhooks_v3.json",
        "/v3/user/webhooks/event/settings/signed/{id}",
    ),
}


@pytest.mark.parametrize("path", ANSWERS)
def test_the_account_answers_as_the_openapi_says(shared_data: Path, counterpart: Counterpart, path: str) -> None:
    for kind in ("bounces", "blocks", "spam_reports", "unsubscribes", "invalid_emails"):
        counterpart.suppressions.add(kind, "gone@example.org", created=1, reason="550 5.1.1", status="5.1.1")
    name, place = ANSWERS[path]
    described = json.loads((shared_data / "sending" / name).read_text())
    published = described["paths"][place]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
    whole = {**published, "components": described["components"]}

    answer = httpx.get(counterpart.url + path, headers={"Authorization": f"Bearer {counterpart.api_key}"})

    assert answer.status_code == 200
    assert list(Draft202012Validator(whole).iter_errors(answer.json())) == []
