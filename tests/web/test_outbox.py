from __future__ import annotations

import os

import httpx
import pytest

from tests.web.scene import Newsroom, write_mail
from tests.web.serving import Server, visit


def outbox(newsroom: Newsroom, *subjects: str) -> None:
    assert newsroom.mail_outbox is not None
    for age, subject in enumerate(reversed(subjects)):
        write_mail(newsroom.mail_outbox, f"mail-{age}.sitrep", subject=subject, to=f"{subject.lower()}@example.org")
        os.utime(newsroom.mail_outbox / "new" / f"mail-{age}.sitrep", (1000 - age, 1000 - age))


def test_mails_are_listed_newest_first(client: httpx.Client, newsroom: Newsroom) -> None:
    assert "No mail yet" in client.get("/outbox").text
    outbox(newsroom, "Older", "Newer")
    page = client.get("/outbox").text
    assert page.index("Newer") < page.index("Older")


def test_mails_are_found_by_address_and_paged(client: httpx.Client, newsroom: Newsroom) -> None:
    outbox(newsroom, *[f"Mail{number:03}" for number in range(120)])
    first, last = client.get("/outbox").text, client.get("/outbox?page=3").text
    assert "Mail119" in first
    assert "Mail069" not in first
    assert "Mail000" in last
    assert "Older" not in last
    found = client.get("/outbox?to=MAIL007").text
    assert "Mail007" in found
    assert "Mail008" not in found
    assert client.get("/outbox?page=99999999999").status_code == 200
    assert "No mail here yet" in client.get("/outbox?page=4").text


def test_a_mail_is_shown_as_text_with_links_and_as_html_in_a_sandbox(client: httpx.Client, newsroom: Newsroom) -> None:
    assert newsroom.mail_outbox is not None
    write_mail(newsroom.mail_outbox, "a.sitrep", subject="Héllo <b>", html="<html><head></head><body>Hi</body></html>")
    page = client.get("/outbox/a.sitrep")
    assert page.status_code == 200
    assert "Héllo &lt;b&gt;" in page.text
    assert '<a href="https://rampart.example/a?b=1&amp;c=2">' in page.text
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page.text
    framed = client.get("/outbox/a.sitrep/html")
    assert framed.text.startswith('<html><head><base target="_blank">')
    assert "sandbox" in framed.headers["content-security-policy"]
    assert "frame-ancestors 'self'" in framed.headers["content-security-policy"]
    assert framed.headers["x-frame-options"] == "SAMEORIGIN"


def test_a_mail_that_a_mail_program_has_moved_is_still_found(client: httpx.Client, newsroom: Newsroom) -> None:
    assert newsroom.mail_outbox is not None
    outbox(newsroom, "Read")
    (newsroom.mail_outbox / "cur").mkdir()
    (newsroom.mail_outbox / "new" / "mail-0.sitrep").rename(newsroom.mail_outbox / "cur" / "mail-0.sitrep:2,S")
    assert "Read" in client.get("/outbox").text
    assert client.get("/outbox/mail-0.sitrep").status_code == 200


@pytest.mark.parametrize("key", ["nothing", "..%2f..%2fsecret", "%2e%2e", "a" * 500, ".hidden", "a%00b"])
def test_nothing_beside_the_outbox_can_be_read(client: httpx.Client, newsroom: Newsroom, key: str) -> None:
    outbox(newsroom, "One")
    assert newsroom.mail_outbox is not None
    (newsroom.mail_outbox / "secret").write_text("Subject: no\n\nno")
    assert client.get(f"/outbox/{key}").status_code == 404
    assert client.get(f"/outbox/{key}/html").status_code == 404


@pytest.mark.parametrize("base_url", ["https://news.example.org", "http://10.0.0.7:8000"])
def test_an_installation_that_others_reach_shows_no_outbox(newsroom: Newsroom, server: Server, base_url: str) -> None:
    newsroom.base_url = base_url
    with visit(server, newsroom) as client:
        assert client.get("/outbox").status_code == 404


def test_an_installation_that_sends_its_mail_has_none(newsroom: Newsroom, server: Server) -> None:
    newsroom.mail_outbox = None
    with visit(server, newsroom) as client:
        assert client.get("/outbox").status_code == 404


def test_a_foreign_name_that_points_here_sees_nothing(client: httpx.Client, newsroom: Newsroom) -> None:
    outbox(newsroom, "One")
    for path in ("/outbox", "/outbox/mail-0.sitrep", "/outbox/mail-0.sitrep/html"):
        assert client.get(path, headers={"Host": "evil.example"}).status_code == 404
