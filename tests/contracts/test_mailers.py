"""What every mailer promises, over all of them: each recipient gets one mail, their own, and nothing breaks it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import datetime
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from tests.contracts.outlets import MaildirOutlet, Outlet, SendGridOutlet, outlet
from tests.deliver.scene import LINK, content, recipient
from worker.deliver.mailers import Submission
from worker.deliver.outcome import OutcomeClass
from worker.message import Mailbox, Parcel, Recipient, UnsafeMessage, header_text

BATCH = uuid.UUID("11111111-2222-4333-8444-555555555555")
HOSTILE = [
    "Frigates\r\nBcc: everybody@mail.example",
    "Frigates\nSubject: other",
    "Tabs\tand\x00nulls\x0b",
    "{{7*7}} {% raw %} ${x} <script>",
    "\u202egnirts lamron \u2028 separators \u0085",
    "a" * 500,
    "=?utf-8?q?already_encoded?=",
]


@pytest.fixture(params=["maildir", "smtp", "sendgrid", "sendgrid_single"])
def out(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Outlet]:
    with outlet(request.param, tmp_path) as made:
        yield made


def people(out: Outlet, number: int = 3) -> tuple[Recipient, ...]:
    number = min(number, out.mailer.max_recipients)
    return tuple(recipient(uuid.uuid4(), f"p{n}@mail.example") for n in range(number))


def submit(out: Outlet, parcel: Parcel, now: datetime) -> Submission:
    return out.mailer.submit([parcel], batch_id=BATCH, now=now)


def test_each_recipient_gets_exactly_one_mail_with_their_own_link(out: Outlet, now: datetime) -> None:
    recipients = people(out)
    assert submit(out, Parcel(content(), recipients), now).outcome.kind == OutcomeClass.ACCEPTED
    received = {mail.to: mail for mail in out.received()}
    assert len(out.received()) == len(recipients) == len(received)
    for one in recipients:
        mail, link = received[one.mailbox.address], one.substitutions[LINK]
        assert mail.reference == str(one.reference)
        assert f"Leave: {link}" in mail.text
        assert f'href="{link}"' in mail.html
        assert LINK not in mail.text + mail.html


def test_personal_and_common_headers_arrive_as_they_are(out: Outlet, now: datetime) -> None:
    link = "https://forwardpost.example/unsubscribe/" + "t" * 300
    one = recipient(
        uuid.uuid4(),
        "ann@mail.example",
        headers={"List-Unsubscribe": f"<{link}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"},
    )
    submit(out, Parcel(content(), (one,)), now)
    (mail,) = out.received()
    assert mail.headers["list-unsubscribe"] == f"<{link}>"
    assert mail.headers["list-unsubscribe-post"] == "List-Unsubscribe=One-Click"
    assert mail.headers["list-id"] == "Daily <daily.forwardpost.example>"
    assert mail.headers["precedence"] == "bulk"


@pytest.mark.parametrize(
    "subject",
    ["Größe zählt: 12 Panzer für Łódź", "Беларусь отправляет наблюдателей", "演習 🚀 and more", "x" * 300, "Ünï" * 90],
)
def test_a_subject_of_any_script_arrives_whole(out: Outlet, now: datetime, subject: str) -> None:
    submit(out, Parcel(content(subject=subject), people(out, 1)), now)
    assert [mail.subject for mail in out.received()] == [subject]


@pytest.mark.parametrize("title", HOSTILE)
def test_a_title_can_neither_add_a_header_nor_break_the_mail(out: Outlet, now: datetime, title: str) -> None:
    with pytest.raises(UnsafeMessage) if title != header_text(title) else _nothing():
        content(subject=title)
    clean = header_text(title)
    submit(
        out, Parcel(content(subject=clean, text=f"{title}\n{LINK}", html=f"<p>{clean}</p>{LINK}"), people(out, 1)), now
    )
    (mail,) = out.received()
    (raw,) = out.raw()
    assert mail.headers.get("bcc") is None
    assert message_from_bytes(raw, policy=policy.default)["Bcc"] is None
    if clean.isascii() and not clean.startswith("=?"):
        assert mail.subject == clean


@pytest.mark.parametrize(
    "headers",
    [
        {"List-Unsubscribe": "<https://x.example>\r\nBcc: all@mail.example"},
        {"Subject": "other"},
        {"From": "other@mail.example"},
        {"Content-Type": "text/plain"},
        {"dkim-signature": "v=1"},
        {"Bad Name": "x"},
        {"Naïve": "x"},
    ],
)
def test_a_header_that_may_not_be_set_refuses_its_recipient_alone(
    out: Outlet, now: datetime, headers: dict[str, str]
) -> None:
    bad, good = recipient(uuid.uuid4(), "bad@mail.example", headers=headers), recipient(uuid.uuid4(), "ok@mail.example")
    both = (bad, good)[: out.mailer.max_recipients]
    submission = submit(out, Parcel(content(), both), now)
    assert submission.results[bad.reference].kind == OutcomeClass.BISECT
    assert [mail.to for mail in out.received()] == [one.mailbox.address for one in both if one is good]


@pytest.mark.parametrize("headers", [{"Subject": "other"}, {"Bcc": "x@mail.example"}, {"Received": "by me"}])
def test_a_content_with_a_header_that_may_not_be_set_is_refused_whole(
    out: Outlet, now: datetime, headers: dict[str, str]
) -> None:
    submission = submit(out, Parcel(content(headers=headers), people(out)), now)
    assert (submission.outcome.kind, submission.outcome.shared) == (OutcomeClass.BISECT, True)
    assert out.received() == []


def test_names_with_separators_and_any_script_leave_the_address_alone(out: Outlet, now: datetime) -> None:
    one = recipient(uuid.uuid4(), "ann@mail.example", mailbox=Mailbox("ann@mail.example", 'Müller, Ann; "A" <x@y.z>'))
    sender = Mailbox("updates@forwardpost.example", "Forward, Post; Ü")
    submit(out, Parcel(content(sender=sender), (one,)), now)
    assert [mail.to for mail in out.received()] == ["ann@mail.example"]


def test_no_line_of_the_body_is_lost_or_changed(out: Outlet, now: datetime) -> None:
    text = ".\n..\nFrom here\n  indented, trailing \t \nfinal = sign= \n" + "long " * 400 + f"\n{LINK}{LINK}\nÄ €\n"
    html = "<p>" + "wide" * 3000 + f"</p>\n.\n<a href='{LINK}'>leave</a>\n"
    submit(out, Parcel(content(text=text, html=html), people(out, 1)), now)
    (mail,) = out.received()
    link = mail.html.split("href='")[1].split("'")[0]
    assert mail.text.replace("\r\n", "\n") == text.replace(LINK, link)
    assert mail.html.replace("\r\n", "\n") == html.replace(LINK, link)


def test_a_lone_surrogate_in_a_feed_does_no_harm(out: Outlet, now: datetime) -> None:
    submit(
        out,
        Parcel(content(subject="Half \ud83d", text=f"half \ud83d {LINK}", html=f"half \ud83d{LINK}"), people(out, 1)),
        now,
    )
    assert len(out.received()) == 1


def test_a_notice_travels_without_a_batch(out: Outlet, now: datetime) -> None:
    one = recipient(uuid.uuid4(), "ann@mail.example", substitutions={}, headers={})
    confirmation = content(text="Confirm", html="<p>Confirm</p>", headers={"Auto-Submitted": "auto-generated"})
    submission = out.mailer.submit([Parcel(confirmation, (one,))], batch_id=None, now=now)
    assert submission.outcome.kind == OutcomeClass.ACCEPTED
    assert [mail.reference for mail in out.received()] == [str(one.reference)]
    if isinstance(out, SendGridOutlet):
        assert out.counterpart.mails[0].custom_args == {"notice_id": str(one.reference)}


def test_a_mailer_that_sees_what_it_has_accepts_a_mail_again_without_effect(tmp_path: Path, now: datetime) -> None:
    made = MaildirOutlet(tmp_path / "outbox")
    recipients = people(made)
    for _ in range(3):
        assert submit(made, Parcel(content(), recipients), now).outcome.kind == OutcomeClass.ACCEPTED
    assert len(made.received()) == 3
    assert made.mailer.found([one.reference for one in recipients] + [uuid.uuid4()]) == {
        one.reference for one in recipients
    }


def test_a_mail_that_was_read_is_not_delivered_a_second_time(tmp_path: Path, now: datetime) -> None:
    made = MaildirOutlet(tmp_path / "outbox")
    recipients = people(made, 1)
    submit(made, Parcel(content(), recipients), now)
    (path,) = (tmp_path / "outbox" / "new").iterdir()
    path.rename(tmp_path / "outbox" / "cur" / f"{path.name}:2,S")
    submit(made, Parcel(content(), recipients), now)
    assert made.received() == []
    assert made.mailer.found([recipients[0].reference]) == {recipients[0].reference}


def test_a_maildir_that_cannot_be_written_is_tried_again(tmp_path: Path, now: datetime) -> None:
    (tmp_path / "outbox").write_text("a file where the directory should be")
    made = MaildirOutlet(tmp_path / "outbox")
    assert submit(made, Parcel(content(), people(made)), now).outcome.kind == OutcomeClass.RETRY


def test_several_contents_go_out_together_where_the_mailer_takes_them(out: Outlet, now: datetime) -> None:
    if out.mailer.one_content_per_request:
        with pytest.raises(UnsafeMessage, match="one content"):
            out.mailer.submit([Parcel(content(n), people(out, 1)) for n in (1, 2)], batch_id=BATCH, now=now)
        return
    out.mailer.submit([Parcel(content(n), people(out, 1)) for n in (1, 2)], batch_id=BATCH, now=now)
    assert sorted(mail.subject for mail in out.received()) == ["Frigates, and 1 more", "Frigates, and 2 more"]


class _nothing:  # noqa: N801 - stands where pytest.raises would
    def __enter__(self) -> None: ...

    def __exit__(self, *_: object) -> None: ...
