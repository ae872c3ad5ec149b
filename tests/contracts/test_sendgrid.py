"""What goes to SendGrid: its published schema, and its own package, are the judges."""

from __future__ import annotations

import copy
import json
import logging
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from jsonschema import Draft202012Validator, FormatChecker

from demo.counterpart import Counterpart
from demo.counterpart.counterpart import API_KEY
from demo.newsroom.loopback import Answer, Cut, Loopback, Request, Response, json_response
from tests.deliver.scene import LINK, content, recipient
from worker.deliver.mailers.sendgrid import SendGridAccount, SendGridMailer, SendGridSingleMailer
from worker.deliver.mailers.sendgrid.body import encoded, mail_body
from worker.deliver.mailers.sendgrid.mailer import fault_of
from worker.deliver.mailers.sendgrid.package import SendGridRefused, package_mail
from worker.deliver.outcome import Fault, OutcomeClass
from worker.message import Mailbox, Parcel

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
BATCH = uuid.UUID(int=9)
PEOPLE = [
    recipient(uuid.UUID(int=n), f"p{n}@mail.example", mailbox=Mailbox(f"p{n}@mail.example", name))
    for n, name in enumerate(["", "Ann", "Müller; Ann", "x, y"])
]


def body(**changes: Any) -> dict[str, Any]:
    made = content(reply_to=Mailbox("desk@forwardpost.example", "Desk"), **changes)
    return mail_body(made, PEOPLE, batch_id=BATCH)


def sets_of_personalizations(made: dict[str, Any]) -> dict[str, Any]:
    made = copy.deepcopy(made)
    made["personalizations"] = sorted(json.dumps(one, sort_keys=True) for one in made["personalizations"])
    return made


def test_the_body_is_what_the_sendgrid_package_builds_for_the_same_mail() -> None:
    made = content(reply_to=Mailbox("desk@forwardpost.example", "Desk"))
    theirs = package_mail(made, PEOPLE, batch_id=BATCH).get()
    assert sets_of_personalizations(json.loads(json.dumps(theirs))) == sets_of_personalizations(body())


def test_the_body_is_valid_by_the_published_schema(shared_data: Path) -> None:
    schema = json.loads((shared_data / "sending" / "mail_send_request.schema.json").read_text())
    validator = Draft202012Validator(schema, format_checker=FormatChecker())
    for made in (
        body(),
        body(subject="Größe 🚀", categories=("a", "b")),
        mail_body(content(), PEOPLE[:1], batch_id=None, sandbox=True, ip_pool="news"),
        mail_body(
            content(headers={}, categories=()),
            [recipient(uuid.uuid4(), "a@b.example", substitutions={})],
            batch_id=BATCH,
        ),
    ):
        assert list(validator.iter_errors(made)) == []


def test_text_comes_before_html_and_everything_optional_is_off() -> None:
    made = body()
    assert [part["type"] for part in made["content"]] == ["text/plain", "text/html"]
    assert not any(setting["enable"] for setting in made["tracking_settings"].values())
    assert "asm" not in made
    assert made["mail_settings"] == {"sandbox_mode": {"enable": False}}


def test_custom_arguments_are_opaque_ids_and_nothing_else() -> None:
    for one, person in zip(PEOPLE, body()["personalizations"], strict=True):
        assert person["custom_args"] == {"delivery_id": str(one.reference), "batch_id": str(BATCH)}


def test_names_lose_what_sendgrid_refuses_in_them() -> None:
    names = [person["to"][0].get("name") for person in body()["personalizations"]]
    assert names == [None, "Ann", "Müller Ann", "x y"]


def test_a_header_beyond_ascii_is_encoded_on_one_line() -> None:
    made = body(headers={"List-Id": "Täglich " * 30 + "<daily.example>"})
    assert made["headers"]["List-Id"].isascii()
    assert "\n" not in made["headers"]["List-Id"]


def test_a_thousand_recipients_are_one_request(counterpart: Counterpart) -> None:
    mailer = SendGridMailer(API_KEY, url=counterpart.url)
    people = tuple(recipient(uuid.uuid4(), f"p{n}@mail.example") for n in range(1000))
    submission = mailer.submit([Parcel(content(), people)], batch_id=BATCH, now=NOW)
    mailer.close()
    assert submission.outcome.kind == OutcomeClass.ACCEPTED
    assert submission.status == 202
    assert submission.provider_id == counterpart.mails[0].message_id
    assert (counterpart.stats()["requests"], counterpart.ledger.count()) == (1, 1000)


@pytest.fixture
def counterpart() -> Any:
    with Counterpart.running(now=NOW) as running:
        yield running


def test_an_address_twice_in_a_request_is_refused_and_not_dropped_in_silence(counterpart: Counterpart) -> None:
    first, twice = recipient(uuid.uuid4(), "ann@mail.example"), recipient(uuid.uuid4(), "ANN@mail.example")
    mailer = SendGridMailer(API_KEY, url=counterpart.url)
    submission = mailer.submit([Parcel(content(), (first, twice))], batch_id=BATCH, now=NOW)
    mailer.close()
    assert submission.results[twice.reference].kind == OutcomeClass.BISECT
    assert [mail.delivery_id for mail in counterpart.mails] == [str(first.reference)]


@pytest.mark.parametrize(
    "changes",
    [
        {"mailbox": Mailbox("")},
        {"mailbox": Mailbox("nobody")},
        {"mailbox": Mailbox("jürgen@mail.example")},
        {"substitutions": {LINK: "x" * 10_001}},
        {"headers": {"X-SG-ID": "1"}},
        {"headers": {"cc": "all@mail.example"}},
    ],
)
def test_who_would_make_the_request_be_refused_is_left_out_of_it(
    counterpart: Counterpart, changes: dict[str, Any]
) -> None:
    bad, good = recipient(uuid.uuid4(), "bad@mail.example", **changes), recipient(uuid.uuid4(), "ok@mail.example")
    mailer = SendGridMailer(API_KEY, url=counterpart.url)
    submission = mailer.submit([Parcel(content(), (bad, good))], batch_id=BATCH, now=NOW)
    mailer.close()
    assert list(submission.results) == [bad.reference]
    assert [mail.to for mail in counterpart.mails] == ["ok@mail.example"]


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": ""},
        {"text": ""},
        {"html": ""},
        {"categories": tuple("abcdefghijk")},
        {"categories": ("x" * 256,)},
        {"headers": {"Reply-To": "x@y.example"}},
    ],
)
def test_a_content_that_no_request_can_carry_is_refused_before_it_leaves(
    counterpart: Counterpart, changes: dict[str, Any]
) -> None:
    mailer = SendGridMailer(API_KEY, url=counterpart.url)
    outcome = mailer.submit([Parcel(content(**changes), tuple(PEOPLE))], batch_id=BATCH, now=NOW).outcome
    mailer.close()
    assert (outcome.kind, outcome.shared) == (OutcomeClass.BISECT, True)
    assert counterpart.stats()["answers"] == {}


def test_a_request_beyond_thirty_megabytes_is_split_before_it_leaves(counterpart: Counterpart) -> None:
    mailer = SendGridMailer(API_KEY, url=counterpart.url)
    outcome = mailer.submit([Parcel(content(html="x" * 30_000_001), tuple(PEOPLE))], batch_id=BATCH, now=NOW).outcome
    mailer.close()
    assert outcome.kind == OutcomeClass.SPLIT


def test_the_sandbox_accepts_with_200_and_keeps_nothing(counterpart: Counterpart) -> None:
    mailer = SendGridMailer(API_KEY, url=counterpart.url, sandbox=True)
    submission = mailer.submit([Parcel(content(), tuple(PEOPLE))], batch_id=BATCH, now=NOW)
    mailer.close()
    assert (submission.outcome.kind, submission.status) == (OutcomeClass.ACCEPTED, 200)
    assert counterpart.mails == []


def test_the_body_is_compact_utf8() -> None:
    assert "Müller".encode() in encoded(body())
    assert b'": ' not in encoded(body())


@pytest.mark.parametrize(
    ("error", "begun", "fault"),
    [
        (httpx.ConnectError("[Errno -2] Name or service not known"), False, Fault.UNREACHABLE),
        (httpx.ConnectError("[SSL: CERTIFICATE_VERIFY_FAILED]"), False, Fault.TLS),
        (httpx.ConnectTimeout("x"), False, Fault.UNREACHABLE),
        (httpx.PoolTimeout("x"), False, Fault.POOL),
        (httpx.ProxyError("x"), False, Fault.UNREACHABLE),
        (httpx.UnsupportedProtocol("x"), False, Fault.MISDIRECTED),
        (httpx.InvalidURL("x"), False, Fault.MISDIRECTED),
        (httpx.WriteError("x"), False, Fault.NOT_BEGUN),
        (httpx.WriteError("x"), True, Fault.WRITE),
        (httpx.WriteTimeout("x"), True, Fault.WRITE),
        (httpx.ReadTimeout("x"), True, Fault.TIMEOUT),
        (httpx.ReadError("x"), True, Fault.CUT),
        (httpx.RemoteProtocolError("Server disconnected without sending a response."), True, Fault.CUT),
        (
            httpx.RemoteProtocolError("peer closed connection without sending complete message body"),
            True,
            Fault.TRUNCATED,
        ),
        (httpx.DecodingError("x"), True, Fault.TRUNCATED),
        (httpx.TransportError("something new"), True, Fault.CUT),
    ],
)
def test_an_error_of_httpx_is_the_fault_it_stands_for(error: Exception, begun: bool, fault: Fault) -> None:
    assert fault_of(error, begun=begun) == fault


def test_the_faults_of_real_connections_are_told_apart() -> None:
    """Over sockets: nobody listens, a cut before the status line, an answer cut in its body, one that never comes."""
    answers: dict[str, Answer] = {
        "cut": Cut(),
        "truncated": Cut(b"HTTP/1.1 202 Accepted\r\nContent-Length: 100\r\n\r\nhalf"),
        "no http": Cut(b"SMTP here\r\n\r\n"),
        "html": Response(502, b"<html>", "text/html"),
    }
    found = {}
    for name, answer in answers.items():
        server = Loopback(lambda request, answer=answer: answer)  # type: ignore[misc]
        found[name] = _outcome(server.url)
        server.close()
    found["nobody"] = _outcome(server.url)
    found["nonsense"] = _outcome("nonsense://x")
    kinds = {name: (outcome.kind.value, outcome.reason.split(":")[0]) for name, outcome in found.items()}
    assert kinds == {
        "cut": ("uncertain", "cut"),
        "truncated": ("uncertain", "truncated"),
        "no http": ("uncertain", "truncated"),
        "html": ("uncertain", "502"),
        "nobody": ("retry", "unreachable"),
        "nonsense": ("stop", "misdirected"),
    }


def _outcome(url: str) -> Any:
    mailer = SendGridMailer(API_KEY, url=url, timeout=httpx.Timeout(2))
    outcome = mailer.submit([Parcel(content(), tuple(PEOPLE))], batch_id=BATCH, now=NOW).outcome
    mailer.close()
    return outcome


@pytest.mark.parametrize(
    ("fault", "kind"),
    [
        ("accept_then_cut", "uncertain"),
        ("truncated_answer", "uncertain"),
        ("error_after_accepting", "uncertain"),
        ("rate_limit", "retry"),
        ("unauthorized", "stop"),
        ("too_large", "split"),
    ],
)
def test_single_mails_through_the_package_have_the_same_outcomes(
    counterpart: Counterpart, fault: str, kind: str
) -> None:
    getattr(counterpart.faults, fault)()
    mailer = SendGridSingleMailer(API_KEY, url=counterpart.url)
    assert mailer.submit([Parcel(content(), (PEOPLE[0],))], batch_id=None, now=NOW).outcome.kind == kind


def test_the_package_gives_up_after_its_timeout(counterpart: Counterpart) -> None:
    counterpart.faults.hang(5)
    mailer = SendGridSingleMailer(API_KEY, url=counterpart.url, timeout=0.3)
    assert mailer.submit([Parcel(content(), (PEOPLE[0],))], batch_id=None, now=NOW).outcome.kind == "uncertain"


def test_a_provider_that_is_down_is_a_retry_for_single_mails(counterpart: Counterpart) -> None:
    url = counterpart.url
    counterpart.close()
    mailer = SendGridSingleMailer(API_KEY, url=url)
    assert mailer.submit([Parcel(content(), (PEOPLE[0],))], batch_id=None, now=NOW).outcome.kind == "retry"


def test_neither_key_nor_payload_is_ever_logged(counterpart: Counterpart, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    mailer = SendGridSingleMailer(API_KEY, url=counterpart.url)
    mailer.submit([Parcel(content(), (PEOPLE[0],))], batch_id=None, now=NOW)
    SendGridAccount(API_KEY, url=counterpart.url).check()
    assert API_KEY not in caplog.text
    assert "Frigates" not in caplog.text


def test_the_account_says_what_its_key_may_do(counterpart: Counterpart) -> None:
    check = SendGridAccount(API_KEY, url=counterpart.url).check()
    assert "mail.send" in check.scopes
    assert not [problem for problem in check.problems if "mail.send" in problem]


def test_a_key_without_the_scope_to_send_is_named() -> None:
    server = Loopback(lambda request: json_response({"scopes": ["user.account.read"]}))
    problems = SendGridAccount("x", url=server.url).check().problems
    server.close()
    assert problems[0] == "The key may not mail.send: no mail can leave"


@pytest.mark.parametrize("call", ["check", "webhook"])
def test_a_refused_key_is_said_with_what_to_do(counterpart: Counterpart, call: str) -> None:
    with pytest.raises(SendGridRefused, match="SITREP_SENDGRID_API_KEY") as caught:
        getattr(SendGridAccount("wrong", url=counterpart.url), call)()
    assert caught.value.status == 401


def test_an_account_that_cannot_be_reached_is_said(counterpart: Counterpart) -> None:
    url = counterpart.url
    counterpart.close()
    with pytest.raises(SendGridRefused, match="could not be reached"):
        SendGridAccount(API_KEY, url=url).check()


def test_suppression_lists_are_pushed_pulled_and_lifted(counterpart: Counterpart) -> None:
    account = SendGridAccount(API_KEY, url=counterpart.url)
    account.suppress(["ann@mail.example", "ben@mail.example"])
    assert {(one.address, one.reason) for one in account.suppressed()} == {
        ("ann@mail.example", "unsubscribed"),
        ("ben@mail.example", "unsubscribed"),
    }
    account.lift("ann@mail.example")
    account.lift("never@mail.example")
    assert [one.address for one in account.suppressed()] == ["ben@mail.example"]


def test_a_long_suppression_list_is_read_page_by_page() -> None:
    rows = [{"email": f"p{n}@mail.example", "created": 1_600_000_000 + n, "reason": "550"} for n in range(1203)]

    def answer(request: Request) -> Response:
        if request.path != "/v3/suppression/bounces":
            return json_response([])
        start, most = int(request.query["offset"]), int(request.query["limit"])
        return json_response(rows[start : start + most])

    server = Loopback(answer)
    found = list(SendGridAccount("x", url=server.url).suppressed())
    server.close()
    assert [one.address for one in found] == [row["email"] for row in rows]
    assert found[0].since == datetime.fromtimestamp(1_600_000_000, UTC)
    assert found[0].reason == "bounced"


def test_a_webhook_that_would_leave_batches_uncertain_is_reported(counterpart: Counterpart) -> None:
    url = "https://news.example/webhooks/sendgrid"
    settings = SendGridAccount(API_KEY, url=counterpart.url).webhook()
    problems = settings.problems(url)
    assert any(url in problem for problem in problems)
    assert not any("not signed" in problem for problem in problems)
    assert settings.public_key == counterpart.public_key
