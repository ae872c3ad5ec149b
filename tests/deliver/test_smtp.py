"""The SMTP mailer against real servers, and against one that misbehaves byte by byte."""

from __future__ import annotations

import socket
import ssl
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import BinaryIO

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from sqlalchemy import select

from tests.contracts.outlets import smtp_sink
from tests.deliver.scene import Scene, content, hash_address, recipient
from worker.database import table
from worker.deliver.closing import close_editions
from worker.deliver.mailers import Submission
from worker.deliver.mailers.smtp import SmtpMailer, parse_smtp_url
from worker.deliver.outcome import OutcomeClass
from worker.deliver.settle import settle_batches, settle_by_operator
from worker.errors import SettingsError
from worker.message import Parcel, Recipient
from worker.models import Event
from worker.track.apply import apply_events

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
PEOPLE = tuple(recipient(uuid.UUID(int=n), f"p{n}@mail.example") for n in range(4))


def send(url: str, people: tuple[Recipient, ...] = PEOPLE, **options: object) -> Submission:
    mailer = SmtpMailer(parse_smtp_url(url), **options)  # type: ignore[arg-type]
    submission = mailer.submit([Parcel(content(), people)], batch_id=uuid.uuid4(), now=NOW)
    mailer.close()
    return submission


def kinds(submission: Submission) -> list[str]:
    """What became of each of PEOPLE, by result or by the outcome of the rest."""
    return [str((submission.results.get(one.reference) or submission.outcome).kind) for one in PEOPLE]


@contextmanager
def scripted(*sessions: list[bytes | None]) -> Iterator[str]:
    """A server that follows a script: each connection gets the replies of the next session, None hangs up.

    A reply is sent at the start, after each command, and after the end of a mail.
    """
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        for replies in sessions:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection, suppress(OSError):  # the other side may hang up first
                _follow(connection, replies)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    yield f"smtp://127.0.0.1:{listener.getsockname()[1]}"
    listener.close()
    thread.join(5)


def _follow(connection: socket.socket, replies: list[bytes | None]) -> None:
    with connection.makefile("rb") as reader:
        _reply(connection, reader, replies)


def _reply(connection: socket.socket, reader: BinaryIO, replies: list[bytes | None]) -> None:
    in_mail = False
    for position, reply in enumerate(replies):
        if position:
            for line in iter(reader.readline, b""):
                if not in_mail or line == b".\r\n":
                    break
        if reply is None:
            return
        connection.sendall(reply + b"\r\n")
        in_mail = reply.startswith(b"354")
    reader.read(1)


HELLO = [b"220 here", b"250 hello"]
MAIL = [b"250 sender", b"250 recipient", b"354 go on"]
GOOD = [*MAIL, b"250 kept"]


def test_a_connection_is_used_for_many_mails_and_many_batches() -> None:
    with smtp_sink() as (sink, url):
        mailer = SmtpMailer(parse_smtp_url(url))
        for _ in range(3):
            mailer.submit([Parcel(content(), PEOPLE)], batch_id=uuid.uuid4(), now=NOW)
        assert len(mailer._idle) == 1
        mailer.close()
        assert len(sink.mails) == 12


def test_each_recipient_has_the_answer_of_their_own() -> None:
    with smtp_sink() as (sink, url):
        sink.refuse = {"p0@mail.example": "550 5.1.1 no such mailbox", "p1@mail.example": "451 4.7.1 later"}
        sink.refuse_data = {"p2@mail.example": "554 5.7.1 spam"}
        submission = send(url)
    assert kinds(submission) == ["bisect", "retry", "bisect", "accepted"]
    assert [submission.results[one.reference].status for one in PEOPLE] == ["5.1.1", "4.7.1", "5.7.1", "2.0.0"]


def test_a_sender_who_is_refused_stops_the_run() -> None:
    with smtp_sink() as (sink, url):
        sink.refuse_sender = "550 5.7.1 not from you"
        submission = send(url)
    assert kinds(submission) == ["stop"] * 4


def test_no_answer_after_the_end_of_a_mail_is_uncertain_for_that_recipient_alone() -> None:
    with scripted([*HELLO, *GOOD, *MAIL, None], [*HELLO, *GOOD, *GOOD, b"221 bye"]) as url:
        submission = send(url)
    assert kinds(submission) == ["accepted", "uncertain", "accepted", "accepted"]


@pytest.mark.parametrize("cut_after", range(3))
def test_a_line_cut_before_the_end_of_a_mail_is_a_retry(cut_after: int) -> None:
    with scripted([*HELLO, *MAIL[:cut_after], None], [*HELLO, *GOOD, *GOOD, *GOOD]) as url:
        submission = send(url)
    assert kinds(submission) == ["retry", "accepted", "accepted", "accepted"]


def test_a_server_that_keeps_hanging_up_is_left_alone_after_a_while() -> None:
    with scripted(*[[*HELLO, None]] * 3) as url:
        assert kinds(send(url)) == ["retry"] * 4


def test_a_server_that_shuts_down_is_come_back_to() -> None:
    with scripted([*HELLO, b"421 4.3.2 shutting down"], [*HELLO, *GOOD, *GOOD, *GOOD]) as url:
        assert kinds(send(url)) == ["retry", "accepted", "accepted", "accepted"]


@pytest.mark.parametrize("greeting", [b"554 no", b"421 busy", b"nonsense"])
def test_a_server_that_does_not_greet_is_a_retry(greeting: bytes) -> None:
    with scripted([greeting, b"221 bye"]) as url:
        assert kinds(send(url)) == ["retry"] * 4


def test_nobody_there_is_a_retry() -> None:
    with smtp_sink() as (_, url):
        pass
    assert kinds(send(url)) == ["retry"] * 4


def test_a_batch_ends_in_time_and_leaves_the_rest_for_the_next_attempt() -> None:
    with smtp_sink() as (sink, url):
        submission = send(url, seconds=0)
    assert kinds(submission) == ["retry"] * 4
    assert sink.mails == []


def test_an_address_beyond_ascii_goes_where_the_server_takes_it() -> None:
    people = (recipient(uuid.uuid4(), "jürgen@mail.example"),)
    with smtp_sink() as (sink, url):
        assert send(url, people).results[people[0].reference].kind == OutcomeClass.ACCEPTED
        ((address, mail),) = sink.mails
    assert address == "jürgen@mail.example"
    assert "To: jürgen@mail.example\r\n".encode() in mail
    with scripted([*HELLO, b"221 bye"]) as url:
        assert send(url, people).results[people[0].reference].status == "5.6.7"


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for localhost that nobody but this test knows, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path / "certificate.pem"
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(made.public_bytes(Encoding.PEM) + private)
    return path


def server_context(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def test_starttls_is_used_and_its_certificate_checked(certificate: Path) -> None:
    with smtp_sink(tls_context=server_context(certificate), require_starttls=True) as (sink, url):
        checked = url.replace("smtp://127.0.0.1", "smtp+starttls://localhost")
        refused = send(checked)
        trusted = send(checked, tls=ssl.create_default_context(cafile=str(certificate)))
        offered = send(url)
    assert [kinds(one)[0] for one in (refused, trusted, offered)] == ["retry", "accepted", "accepted"]
    assert refused.outcome.reason.startswith("tls")
    assert len(sink.mails) == 8


def test_tls_from_the_first_byte(certificate: Path) -> None:
    with smtp_sink(ssl_context=server_context(certificate)) as (sink, url):
        url = url.replace("smtp://127.0.0.1", "smtps://localhost")
        submission = send(url, tls=ssl.create_default_context(cafile=str(certificate)))
    assert kinds(submission) == ["accepted"] * 4
    assert len(sink.mails) == 4


def test_where_starttls_is_demanded_and_not_offered_nothing_is_sent() -> None:
    with smtp_sink() as (sink, url):
        assert kinds(send(url.replace("smtp://", "smtp+starttls://"))) == ["stop"] * 4
    assert sink.mails == []


def test_a_login_that_is_refused_stops_the_run() -> None:
    refuse: list[bytes | None] = [
        b"220 here",
        b"250-hello\r\n250 AUTH PLAIN LOGIN",
        b"535 5.7.8 no",
        b"535 5.7.8 no",
        b"221 bye",
    ]
    with scripted(refuse) as url:
        submission = send(url.replace("smtp://", "smtp://user:secret@"))
    assert kinds(submission) == ["stop"] * 4
    assert "secret" not in submission.outcome.reason


@pytest.mark.parametrize(
    ("url", "host", "port", "security", "user", "password"),
    [
        ("smtp://mail.example", "mail.example", 25, "offered", None, None),
        ("smtp+starttls://u:p%40ss@mail.example", "mail.example", 587, "starttls", "u", "p@ss"),
        ("smtps://u%40x:hidden@mail.example:4650", "mail.example", 4650, "tls", "u@x", "hidden"),
        ("smtp://u:hidden@127.0.0.1:2525", "127.0.0.1", 2525, "offered", "u", "hidden"),
    ],
)
def test_a_server_is_read_from_its_url(
    url: str, host: str, port: int, security: str, user: str | None, password: str | None
) -> None:
    server = parse_smtp_url(url)
    found = (server.host, server.port, server.security, server.user, server.password)
    assert found == (host, port, security, user, password)
    assert password is None or password not in repr(server)


@pytest.mark.parametrize(
    "url", ["", "mail.example", "http://mail.example", "smtp://", "smtp://x:notaport", "smtp://x/path", "smtp://[::1"]
)
def test_a_url_that_names_no_server_says_how_to_write_one(url: str) -> None:
    with pytest.raises(SettingsError, match="smtps://USER:PASSWORD@HOST:PORT"):
        parse_smtp_url(url)


def test_a_password_is_not_sent_in_clear_across_the_net() -> None:
    with pytest.raises(SettingsError, match=r"smtp\+starttls://"):
        parse_smtp_url("smtp://user:secret@mail.example")


def test_an_edition_over_smtp_keeps_what_each_recipient_was_told(scene: Scene) -> None:
    people = [f"{name}@mail.example" for name in ("ann", "gone", "later")]
    scene.edition(people)
    with smtp_sink() as (sink, url):
        sink.refuse = {"gone@mail.example": "550 5.1.1 no such mailbox", "later@mail.example": "450 4.2.0 greylisted"}
        mailer = SmtpMailer(parse_smtp_url(url))
        (result,) = scene.send_all(mailer)
        assert (result.state, result.accepted) == ("ready", 1)
        found = {scene.address_of(one): (one.state, one.owed) for one in scene.deliveries()}
        assert found == {people[0]: ("accepted", False), people[1]: ("failed", True), people[2]: ("planned", False)}
        sink.refuse = {}
        assert result.retry_at is not None
        assert scene.submit(result.batch_id, mailer, now=result.retry_at).accepted == 1
        mailer.close()
        assert [address for address, _ in sink.mails] == [people[0], people[2]]
    scene.session.commit()
    counts = apply_events(scene.session, now=scene.now, limit=10, hash_address=hash_address)
    assert counts.suppressed == 1
    assert scene.subscriber(people[1]).state == "suppressed"
    assert scene.states() == {"accepted": 2, "failed": 1}
    assert scene.session.execute(select(table(Event).c.provider)).scalars().all() == ["smtp"]


def test_what_smtp_leaves_uncertain_waits_for_an_operator(scene: Scene) -> None:
    edition = scene.edition(3)
    with scripted([*HELLO, *GOOD, *MAIL, None], [*HELLO, *GOOD]) as url:
        mailer = SmtpMailer(parse_smtp_url(url))
        (result,) = scene.send_all(mailer)
        mailer.close()
    assert scene.states() == {"accepted": 2, "uncertain": 1}
    later = scene.now + timedelta(days=2)
    held = settle_batches(scene.session, now=later, settle_after=timedelta(minutes=30)).held
    assert held == {result.batch_id: 1}
    settle_by_operator(scene.session, result.batch_id, sent=True, operator="Ann", now=later)
    assert scene.states() == {"accepted": 3}
    assert close_editions(scene.session, now=later) == [edition.id]
