"""Every way in which the counterpart may fail, and that it fails as often as it was told."""

from __future__ import annotations

import socket
import threading
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from demo.counterpart import Counterpart
from demo.counterpart.faults import Faults, Mode
from tests.demo.conftest import NOW
from tests.demo.letters import letter, send


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


def test_a_client_that_goes_away_before_reading_the_whole_answer_has_sent_its_mails(tmp_path: Path) -> None:
    ledger = tmp_path / "ledger.sqlite"
    with Counterpart.running(ledger=ledger, now=NOW) as counterpart:
        request = httpx.Request(
            "POST",
            f"{counterpart.url}/v3/mail/send",
            json=letter("ann@example.org"),
            headers={"Authorization": f"Bearer {counterpart.api_key}"},
        )
        head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
        with socket.create_connection(("127.0.0.1", counterpart.port)) as connection:
            connection.sendall(f"POST /v3/mail/send HTTP/1.1\r\n{head}\r\n".encode() + request.content)
            connection.shutdown(socket.SHUT_WR)
            connection.recv(1)

    with Counterpart.running(ledger=ledger, now=NOW) as counterpart:
        assert [mail.to for mail in counterpart.mails] == ["ann@example.org"]


def test_a_client_that_goes_away_in_the_middle_has_sent_nothing() -> None:
    with Counterpart.running(now=NOW) as counterpart:
        with socket.create_connection(("127.0.0.1", counterpart.port)) as connection:
            head = f"Authorization: Bearer {counterpart.api_key}\r\nContent-Length: 5000"
            connection.sendall(f"POST /v3/mail/send HTTP/1.1\r\n{head}\r\n\r\n{{".encode())
            connection.shutdown(socket.SHUT_WR)
            assert connection.recv(100) == b""

        assert counterpart.mails == []
