"""What the counterpart takes, how it answers, and what can be read of its ledger."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from demo.counterpart import Counterpart
from tests.demo.conftest import NOW
from tests.demo.letters import letter, personal, send


def test_an_accepted_request_is_answered_202_with_its_message_id(
    counterpart: Counterpart, client: httpx.Client
) -> None:
    answer = send(client, letter("ann@example.org", "ben@example.org"))

    assert (answer.status_code, answer.content) == (202, b"")
    assert [mail.message_id for mail in counterpart.mails] == [answer.headers["x-message-id"]] * 2
    assert "." not in answer.headers["x-message-id"]


def test_each_person_gets_a_mail_with_their_own_words_and_headers(
    counterpart: Counterpart, client: httpx.Client
) -> None:
    send(client, letter("Ann@Example.org", "ben@example.org"))

    mail = counterpart.mails_to("ann@example.org")[0]
    assert (mail.to, mail.subject) == ("Ann@Example.org", "Ann, your digest")
    assert mail.text == "Good morning Ann. Leave: https://forwardpost.example/leave/d-0"
    assert "href='https://forwardpost.example/leave/d-0'" in mail.html
    assert mail.headers == {
        "List-Id": "daily.forwardpost.example",
        "List-Unsubscribe": "<https://forwardpost.example/leave/d-0>",
        "x-both": "personal",
    }
    assert mail.custom_args == {"batch_id": "b-1", "delivery_id": "d-0"}
    assert mail.delivery_id == "d-0"
    assert mail.header("list-id") == "daily.forwardpost.example"


def test_a_substituted_value_is_not_searched_for_tags_again(counterpart: Counterpart, client: httpx.Client) -> None:
    body = letter("ann@example.org")
    body["personalizations"][0]["substitutions"] = {"-name-": "-leave-", "-leave-": "-name-", "-nam": "!"}
    send(client, body)

    assert counterpart.mails[0].text == "Good morning -leave-. Leave: -name-"


def test_a_mail_can_be_had_as_the_message_that_would_travel(counterpart: Counterpart, client: httpx.Client) -> None:
    send(
        client,
        letter("ann@example.org", headers={"List-Id": "daily.forwardpost.example", "Message-ID": "<1@x.example>"}),
    )
    message = counterpart.mails[0].mime()

    assert message["Message-ID"] == "<1@x.example>"
    assert message["To"] == "Reader <ann@example.org>"
    assert message["List-Id"] == "daily.forwardpost.example"
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]
    assert client.get("/-/mails/1.eml").content.startswith(b"From: Forward Post <desk@forwardpost.example>")


def test_mails_are_found_over_http_by_address_delivery_and_request(
    counterpart: Counterpart, client: httpx.Client
) -> None:
    first = send(client, letter("ann@example.org", "ben+news@example.org")).headers["x-message-id"]
    send(client, letter("ann@example.org"))

    def found(**query: Any) -> list[int]:
        return [mail["n"] for mail in client.get("/-/mails", params=query).json()["mails"]]

    assert found() == [1, 2, 3]
    assert found(to="ann@example.org") == [1, 3]
    assert found(to="BEN+news@example.org") == [2]
    assert found(delivery_id="d-1") == [2]
    assert found(message_id=first) == [1, 2]
    assert found(after=1, limit=1) == [2]
    assert "html" not in client.get("/-/mails").json()["mails"][0]
    assert client.get("/-/mails", params={"bodies": "1"}).json()["mails"][0]["html"].startswith("<p>")


def test_one_mail_is_shown_as_json_html_text_and_in_the_outbox(counterpart: Counterpart, client: httpx.Client) -> None:
    send(client, letter("ann@example.org"))

    assert client.get("/-/mails/1").json()["subject"] == "ann, your digest"
    assert client.get("/-/mails/1.html").text.startswith("<p>Good morning ann.")
    assert client.get("/-/mails/1.txt").headers["content-type"].startswith("text/plain")
    assert client.get("/-/mails/2").status_code == client.get("/-/mails/1.pdf").status_code == 404
    outbox = client.get("/")
    assert "1 mails accepted" in outbox.text
    assert "ann, your digest" in outbox.text


def test_stats_show_what_came_twice(counterpart: Counterpart, client: httpx.Client) -> None:
    send(client, letter("ann@example.org", "ben@example.org"))
    send(client, letter("ann@example.org"))

    stats = client.get("/-/stats").json()

    assert (stats["requests"], stats["mails"], stats["delivery_ids"]) == (2, 3, 2)
    assert stats["twice"] == ["d-0"]
    assert stats["answers"] == {"202": 2}


@pytest.mark.parametrize("key", ["Bearer SG.wrong", "", "Basic abc"])
def test_a_wrong_key_is_refused_with_401(counterpart: Counterpart, key: str) -> None:
    answer = httpx.post(
        f"{counterpart.url}/v3/mail/send", json=letter("ann@example.org"), headers={"Authorization": key}
    )

    assert answer.status_code == 401
    assert answer.json()["errors"][0]["field"] is None
    assert counterpart.mails == []


def test_an_error_names_the_field_as_sendgrid_does(counterpart: Counterpart, client: httpx.Client) -> None:
    answer = send(client, letter("ann@example.org", "nonsense"))

    assert answer.status_code == 400
    assert [set(error) for error in answer.json()["errors"]] == [{"message", "field", "help"}]
    assert answer.json()["errors"][0]["field"] == "personalizations.1.to.0.email"
    assert answer.json()["errors"][0]["message"] == "Does not contain a valid address."
    assert counterpart.mails == []


def test_a_body_that_is_no_json_or_too_large_is_refused(counterpart: Counterpart, client: httpx.Client) -> None:
    assert client.post("/v3/mail/send", content=b"{").status_code == 400
    assert client.post("/v3/mail/send", content=b"[]").status_code == 400
    assert client.post("/v3/mail/send", content=b" " * 30_000_001).status_code == 413
    assert client.get("/v3/mail/send").status_code == 405
    assert counterpart.mails == []


def test_a_sandbox_request_is_checked_answered_200_and_not_kept(counterpart: Counterpart, client: httpx.Client) -> None:
    sandbox = {"sandbox_mode": {"enable": True}}

    assert send(client, letter("ann@example.org", mail_settings=sandbox)).status_code == 200
    assert send(client, letter("nonsense", mail_settings=sandbox)).status_code == 400
    assert counterpart.mails == []


def test_the_ledger_outlives_the_counterpart(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.sqlite"
    with Counterpart.running(ledger=ledger, now=NOW) as first:
        httpx.post(
            f"{first.url}/v3/mail/send",
            json=letter("ann@example.org"),
            headers={"Authorization": f"Bearer {first.api_key}"},
        )
        key = first.public_key

    with Counterpart.running(ledger=ledger, now=NOW) as second:
        assert [mail.delivery_id for mail in second.mails] == ["d-0"]
        assert second.public_key == key
        assert second.pending_events == 1


def test_mails_with_a_time_to_send_are_kept_at_once(counterpart: Counterpart, client: httpx.Client) -> None:
    later = int((NOW + timedelta(hours=1)).timestamp())
    body = letter() | {"personalizations": [personal("ann@example.org", "d-0", send_at=later)]}

    assert send(client, body).status_code == 202
    assert (len(counterpart.mails), counterpart.deliver_events()) == (1, 0)
    assert counterpart.pending_events == 1
    counterpart.now = NOW + timedelta(hours=2)
    counterpart.deliver_events()
    assert counterpart.mails[0].state == "delivered"
