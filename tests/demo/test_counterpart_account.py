"""The API around sending, asked with SendGrid's own package."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
from python_http_client.exceptions import NotFoundError, UnauthorizedError
from sendgrid import SendGridAPIClient

from demo.counterpart import Counterpart
from demo.counterpart.suppressions import KINDS


@pytest.fixture
def api(counterpart: Counterpart) -> Any:
    package = SendGridAPIClient(counterpart.api_key, host=counterpart.url)
    package.client.timeout = 10
    return package.client


def read(answer: Any) -> Any:
    return json.loads(answer.body)


def test_the_key_can_be_tried_before_anything_is_sent(counterpart: Counterpart, api: Any) -> None:
    assert "mail.send" in read(api.scopes.get())["scopes"]
    assert read(api.user.account.get())["reputation"] == 100.0

    with pytest.raises(UnauthorizedError):
        SendGridAPIClient("SG.wrong", host=counterpart.url).client.scopes.get()


def test_bounces_are_listed_and_deleted(counterpart: Counterpart, api: Any) -> None:
    for number in range(3):
        counterpart.suppressions.add(
            "bounces", f"gone{number}@example.org", created=1000 + number, reason="550", status="5.1.1"
        )

    listed = read(api.suppression.bounces.get())
    assert listed[0] == {"created": 1002, "email": "gone2@example.org", "reason": "550", "status": "5.1.1"}
    window = read(api.suppression.bounces.get(query_params={"start_time": 1001, "limit": 1, "offset": 1}))
    assert [row["email"] for row in window] == ["gone1@example.org"]
    assert read(api.suppression.bounces.get(query_params={"email": "gone0"}))[0]["created"] == 1000
    assert len(read(api.suppression.bounces._("gone0@example.org").get())) == 1

    assert api.suppression.bounces._("gone0@example.org").delete().status_code == 204
    with pytest.raises(NotFoundError):
        api.suppression.bounces._("gone0@example.org").delete()
    api.suppression.bounces.delete(request_body={"emails": ["gone1@example.org"]})
    assert [row["email"] for row in read(api.suppression.bounces.get())] == ["gone2@example.org"]
    api.suppression.bounces.delete(request_body={"delete_all": True})
    assert read(api.suppression.bounces.get()) == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_list_can_be_read(counterpart: Counterpart, api: Any, kind: str) -> None:
    counterpart.suppressions.add(kind, "ann@example.org", created=1000)

    rows = read(api.suppression._(kind).get())

    assert [(row["created"], row["email"]) for row in rows] == [(1000, "ann@example.org")]


def test_an_address_can_be_unsubscribed_from_everything(counterpart: Counterpart, api: Any) -> None:
    groups = api.asm.suppressions._("global")
    answer = groups.post(request_body={"recipient_emails": ["Ann@example.org"]})

    assert (answer.status_code, read(answer)) == (201, {"recipient_emails": ["Ann@example.org"]})
    assert [row["email"] for row in read(api.suppression.unsubscribes.get())] == ["ann@example.org"]
    assert read(groups._("ann@example.org").get()) == {"recipient_email": "ann@example.org"}
    assert groups._("ann@example.org").delete().status_code == 204
    assert read(groups._("ann@example.org").get()) == {}


def test_the_webhook_settings_are_shown_and_changed(counterpart: Counterpart, api: Any) -> None:
    settings = api.user.webhooks.event.settings
    assert read(settings.get())["enabled"] is False

    changed = read(settings.patch(request_body={"enabled": True, "url": "https://news.example/events"}))

    assert (changed["enabled"], changed["url"]) == (True, "https://news.example/events")
    assert counterpart.webhook_url == "https://news.example/events"
    assert read(settings.signed.get())["public_key"] == counterpart.public_key
    assert read(settings.all.get())["webhooks"][0]["delivered"] is True
    settings.patch(request_body={"enabled": False})
    assert counterpart.webhook_url is None


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("DELETE", "suppression/bounces", {}, 400),
        ("DELETE", "suppression/bounces", {"emails": "x"}, 400),
        ("GET", "suppression/bounces?limit=many", None, 400),
        ("POST", "asm/suppressions/global", {"recipient_emails": []}, 400),
        ("POST", "asm/suppressions/global", [], 400),
        ("PATCH", "user/webhooks/event/settings", {"enabled": True, "url": "nowhere"}, 400),
        ("PUT", "suppression/bounces", {}, 405),
        ("GET", "suppression/unknown", None, 404),
        ("GET", "nothing", None, 404),
    ],
)
def test_what_cannot_be_done_is_refused_as_sendgrid_does(
    counterpart: Counterpart, method: str, path: str, body: object, status: int
) -> None:
    answer = httpx.request(
        method,
        f"{counterpart.url}/v3/{path}",
        json=body,
        headers={"Authorization": f"Bearer {counterpart.api_key}"},
    )

    assert answer.status_code == status
    assert answer.json()["errors"][0]["message"]
