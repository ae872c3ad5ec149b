"""What the counterpart takes and keeps, and every way in which it may fail."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from demo.counterpart import Counterpart
from demo.counterpart.faults import Faults, Mode
from tests.demo.letters import letter, personal

NOW = datetime(2026, 3, 2, 8, tzinfo=UTC)


@pytest.fixture
def counterpart() -> Iterator[Counterpart]:
    with Counterpart.running(now=NOW) as running:
        yield running


@pytest.fixture
def client(counterpart: Counterpart) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {counterpart.api_key}"}
    with httpx.Client(base_url=counterpart.url, headers=headers, timeout=10) as opened:
        yield opened


def send(client: httpx.Client, body: object) -> httpx.Response:
    return client.post("/v3/mail/send", json=body)


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
    send(client, letter("ann@example.org"))
    message = counterpart.mails[0].mime()

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


@pytest.mark.parametrize("mode", [Mode.ACCEPT_THEN_CUT, Mode.TRUNCATED])
def test_it_can_keep_the_mails_and_give_no_whole_answer(
    counterpart: Counterpart, client: httpx.Client, mode: Mode
) -> None:
    counterpart.faults.add(mode)

    with pytest.raises(httpx.RemoteProtocolError):
        send(client, letter("ann@example.org"))

    assert [mail.to for mail in counterpart.mails] == ["ann@example.org"]
    assert send(client, letter("ben@example.org")).status_code == 202


def test_it_can_cut_the_connection_with_the_body_unread(counterpart: Counterpart, client: httpx.Client) -> None:
    counterpart.faults.cut_before_body()
    body = letter("ann@example.org", subject="x" * 5_000_000)

    with pytest.raises((httpx.RemoteProtocolError, httpx.WriteError, httpx.ReadError)):
        send(client, body)

    assert counterpart.mails == []
    assert counterpart.stats()["answers"] == {"cut": 1}
    assert send(client, letter("ben@example.org")).status_code == 202


def test_it_can_keep_the_mails_and_answer_too_late(counterpart: Counterpart, client: httpx.Client) -> None:
    counterpart.faults.hang(60)

    with pytest.raises(httpx.ReadTimeout):
        client.post("/v3/mail/send", json=letter("ann@example.org"), timeout=0.3)

    assert [mail.to for mail in counterpart.mails] == ["ann@example.org"]


def test_it_can_hang_without_keeping_anything(counterpart: Counterpart, client: httpx.Client) -> None:
    counterpart.faults.hang(0.01, accepting=False)

    with pytest.raises(httpx.RemoteProtocolError):
        send(client, letter("ann@example.org"))

    assert counterpart.mails == []


def test_closing_does_not_wait_for_those_who_hang() -> None:
    with Counterpart.running(now=NOW) as counterpart:
        counterpart.faults.hang(3600)
        headers = {"Authorization": f"Bearer {counterpart.api_key}"}
        url = f"{counterpart.url}/v3/mail/send"
        with pytest.raises(httpx.ReadTimeout):
            httpx.post(url, json=letter("ann@example.org"), headers=headers, timeout=0.3)


def test_it_can_answer_with_html_after_keeping_or_json_before(counterpart: Counterpart, client: httpx.Client) -> None:
    counterpart.faults.error_after_accepting(502)
    counterpart.faults.error_before_accepting(500)

    before = send(client, letter("ann@example.org"))
    kept_then = len(counterpart.mails)
    after = send(client, letter("ben@example.org"))

    assert (before.status_code, before.json()["errors"][0]["field"], kept_then) == (500, None, 0)
    assert (after.status_code, after.headers["content-type"]) == (502, "text/html")
    assert [mail.to for mail in counterpart.mails] == ["ben@example.org"]


def test_a_rate_limit_says_when_it_ends(counterpart: Counterpart, client: httpx.Client) -> None:
    counterpart.faults.rate_limit(45)

    answer = send(client, letter("ann@example.org"))

    assert answer.status_code == 429
    assert int(answer.headers["x-ratelimit-reset"]) == int((NOW + timedelta(seconds=45)).timestamp())
    assert send(client, letter("ann@example.org")).status_code == 202


@pytest.mark.parametrize("mode", [Mode.UNAUTHORIZED, Mode.FORBIDDEN, Mode.TOO_LARGE])
def test_it_can_refuse_as_often_as_it_is_told(counterpart: Counterpart, client: httpx.Client, mode: Mode) -> None:
    counterpart.faults.add(mode, times=2)

    statuses = [send(client, letter("ann@example.org")).status_code for _ in range(3)]

    assert statuses == [int(mode), int(mode), 202]
    assert len(counterpart.mails) == 1


def test_a_bad_recipient_spoils_every_request_it_is_in(counterpart: Counterpart, client: httpx.Client) -> None:
    counterpart.faults.bad_recipient("Ben@example.org")

    spoiled = send(client, letter("ann@example.org", "ben@example.org"))

    assert spoiled.status_code == 400
    assert spoiled.json()["errors"][0]["field"] == "personalizations.1.to.0.email"
    assert send(client, letter("ann@example.org")).status_code == 202
    assert send(client, letter("ben@example.org")).status_code == 400
    counterpart.faults.clear()
    assert send(client, letter("ben@example.org")).status_code == 202


def test_a_fault_can_wait_for_the_second_request_of_many_mails(counterpart: Counterpart, client: httpx.Client) -> None:
    counterpart.faults.too_large(min_mails=2, after=1)
    bodies = [letter("a@example.org"), *[letter("b@example.org", "c@example.org")] * 3]

    assert [send(client, body).status_code for body in bodies] == [202, 202, 413, 202]


def test_an_illegal_request_uses_up_no_fault(counterpart: Counterpart, client: httpx.Client) -> None:
    counterpart.faults.accept_then_cut()

    assert send(client, letter("nonsense")).status_code == 400
    with pytest.raises(httpx.RemoteProtocolError):
        send(client, letter("ann@example.org"))


def test_faults_are_planned_and_cleared_over_http(counterpart: Counterpart, client: httpx.Client) -> None:
    planned = client.post("/-/faults", json={"mode": "429", "times": 2, "seconds": 5}).json()["faults"]
    assert (planned[0]["mode"], planned[0]["times"]) == ("429", 2)
    assert send(client, letter("ann@example.org")).status_code == 429

    assert client.post("/-/faults", json={"mode": "clear"}).json() == {"faults": []}
    assert send(client, letter("ann@example.org")).status_code == 202


@pytest.mark.parametrize(
    "wrong",
    [
        {"mode": "explode"},
        {},
        {"mode": "429", "times": 0},
        {"mode": "429", "times": "2"},
        {"mode": "429", "colour": "red"},
        {"mode": "5xx", "status": 200},
        {"mode": "hang", "seconds": "long"},
        {"mode": "400_bad_recipient"},
        {"mode": "401", "address": 5},
    ],
)
def test_a_fault_that_makes_no_sense_is_refused_and_changes_nothing(client: httpx.Client, wrong: object) -> None:
    answer = client.post("/-/faults", json=wrong)

    assert answer.status_code == 400
    assert answer.json()["error"]
    assert client.get("/-/faults").json() == {"faults": []}


def test_many_threads_take_each_fault_once() -> None:
    faults = Faults()
    faults.rate_limit(times=50)
    taken: list[object] = []

    def take() -> None:
        for _ in range(40):
            if found := faults.take(Mode.RATE_LIMIT):
                taken.append(found)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(taken) == 50
    assert faults.as_json() == []


def test_mails_with_a_time_to_send_are_kept_at_once(counterpart: Counterpart, client: httpx.Client) -> None:
    later = int((NOW + timedelta(hours=1)).timestamp())
    body = letter() | {"personalizations": [personal("ann@example.org", "d-0", send_at=later)]}

    assert send(client, body).status_code == 202
    assert (len(counterpart.mails), counterpart.deliver_events()) == (1, 0)
    assert counterpart.pending_events == 1
    counterpart.now = NOW + timedelta(hours=2)
    counterpart.deliver_events()
    assert counterpart.mails[0].state == "delivered"
