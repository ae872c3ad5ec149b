"""What holds for every page: looking changes nothing, unknown tokens open nothing, headers, bounds, errors."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.web.scene import FORM, Newsroom, rows_of, write_mail
from tests.web.serving import Server, visit
from worker.errors import SettingsError
from worker.web.app import make_app
from worker.web.guard import FORM_BYTES, WEBHOOK_BYTES

PURPOSES = ("confirm", "preferences", "unsubscribe", "view", "feedback")


def every_url(client: httpx.Client, newsroom: Newsroom) -> list[str]:
    """Each public and each mailed URL, of somebody who subscribes and of somebody pending."""
    newsroom.join(client)
    used = newsroom.token_url("confirm")
    preferences, unsubscribe = newsroom.token_url("preferences"), newsroom.token_url("unsubscribe")
    delivery_id = uuid.uuid4()
    newsroom.mails[delivery_id] = "<html><head></head><body>The mail</body></html>"
    client.post("/subscribe", data=FORM | {"address": "new@example.org"})
    pending = newsroom.links.confirm_url(newsroom.signups_mailed()[-1]).removeprefix(newsroom.base_url)
    assert newsroom.mail_outbox is not None
    write_mail(newsroom.mail_outbox, "one.sitrep")
    view = newsroom.links.view_url(delivery_id).removeprefix(newsroom.base_url)
    return [
        *("/", "/subscribe", "/preferences", used, pending, preferences, unsubscribe, view),
        *("/healthz", "/readyz", "/outbox", "/outbox/one.sitrep", "/outbox/one.sitrep/html", "/nothing"),
    ]


def test_looking_at_any_url_changes_no_row(client: httpx.Client, newsroom: Newsroom) -> None:
    urls = every_url(client, newsroom)
    before, hints = rows_of(newsroom.engine), list(newsroom.hints)
    for url in urls:
        for method in ("GET", "HEAD"):
            answer = client.request(method, url)
            assert answer.status_code == (404 if url == "/nothing" else 200), (method, url)
            assert "set-cookie" not in answer.headers
    assert rows_of(newsroom.engine) == before
    assert newsroom.hints == hints


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_change_nothing_either(client: httpx.Client, newsroom: Newsroom, method: str) -> None:
    urls = every_url(client, newsroom)
    before = rows_of(newsroom.engine)
    for url in urls:
        assert client.request(method, url).status_code in (404, 405)
    assert rows_of(newsroom.engine) == before


def test_pages_keep_to_themselves(client: httpx.Client, newsroom: Newsroom) -> None:
    for url in every_url(client, newsroom):
        headers = client.get(url).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors" in policy
        assert "script-src 'unsafe" not in policy
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"


def test_pages_fetch_nothing_from_elsewhere_and_run_nothing_inline(client: httpx.Client, newsroom: Newsroom) -> None:
    for url in every_url(client, newsroom):
        if url.startswith(("/view/", "/outbox/one.sitrep/html")):
            continue
        page = client.get(url).text
        for word in ("<style", " style=", "onclick", "onsubmit", "javascript:", "<img", "@import"):
            assert word not in page, (url, word)
        assert page.count("<script") == page.count('<script src="/static/')


def test_static_files_may_be_kept_for_good_because_their_name_changes(client: httpx.Client) -> None:
    page = client.get("/").text
    (path,) = {part.split('"')[0] for part in page.split('href="') if part.startswith("/static/style")}
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/css")
    assert "immutable" in answer.headers["cache-control"]
    assert client.get("/static/../base.html").status_code == 404
    assert client.get("/static/%2e%2e/base.html").status_code == 404


@pytest.mark.parametrize("purpose", PURPOSES)
@pytest.mark.parametrize(
    "token",
    ["x", "1.abc", "a" * 3000, "%00", "%ff%fe", "..%2f..%2fetc", "{{7*7}}", "%0d%0aSet-Cookie:x=1", "ü", "<script>"],
)
def test_an_unknown_token_gets_a_plain_page_and_changes_nothing(
    client: httpx.Client, newsroom: Newsroom, purpose: str, token: str
) -> None:
    newsroom.join(client)
    before = rows_of(newsroom.engine)
    looked = client.get(f"/{purpose}/{token}")
    posted = client.post(f"/{purpose}/{token}", data={"what": "all"})
    assert looked.status_code == 404
    assert posted.status_code == (405 if purpose in ("view", "feedback") and "%2f" not in token else 404)
    assert "<script>" not in looked.text
    assert "Traceback" not in looked.text
    assert rows_of(newsroom.engine) == before


def test_a_genuine_preference_link_of_nobody_is_not_found(client: httpx.Client, newsroom: Newsroom) -> None:
    url = newsroom.links.preferences_url(uuid.uuid4()).removeprefix(newsroom.base_url)
    assert client.get(url).status_code == 404
    assert client.post(url).status_code == 404


def test_a_form_that_is_too_long_is_refused(client: httpx.Client, newsroom: Newsroom) -> None:
    before = rows_of(newsroom.engine)
    assert client.post("/subscribe", data=FORM | {"address": "a" * FORM_BYTES}).status_code == 413

    def undeclared() -> Iterator[bytes]:
        for _ in range(FORM_BYTES // 1000 + 2):
            yield b"a" * 1000

    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    answer = client.post("/subscribe", content=undeclared(), headers=headers)
    assert answer.status_code == 413
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert rows_of(newsroom.engine) == before


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"--x\r\nnonsense", "multipart/form-data; boundary=x"),
        (b"--x\r\nnonsense", "multipart/form-data"),
        (b"\xff\xfe=\x00", "application/x-www-form-urlencoded"),
        (b"{}", "application/json"),
        (b"a=1&" * 2000, "application/x-www-form-urlencoded"),
    ],
)
def test_a_body_that_is_no_form_is_answered_not_crashed_on(client: httpx.Client, body: bytes, kind: str) -> None:
    answer = client.post("/subscribe", content=body, headers={"Content-Type": kind})
    assert answer.status_code in (400, 422)
    assert "Traceback" not in answer.text


def test_a_mistake_of_ours_shows_a_page_and_no_traceback(newsroom: Newsroom, server: Server) -> None:
    newsroom.engine.dispose()

    def fail(*_: object) -> str:
        raise RuntimeError("secret detail")

    newsroom.hash_address = fail  # type: ignore[method-assign, assignment]
    with visit(server, newsroom) as client:
        page = client.post("/subscribe", data=FORM)
    assert page.status_code == 500
    assert "The mistake is ours" in page.text
    assert "secret detail" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]


def test_an_installation_under_https_insists_on_it(newsroom: Newsroom, server: Server) -> None:
    newsroom.base_url = "https://news.example.org"
    with visit(server, newsroom) as client:
        assert "max-age" in client.get("/").headers["strict-transport-security"]


def test_the_viewed_mail_can_run_nothing(client: httpx.Client, newsroom: Newsroom) -> None:
    delivery_id = uuid.uuid4()
    newsroom.mails[delivery_id] = "<html><body><p style='color:red'>Hi<script>alert(1)</script></body></html>"
    url = newsroom.links.view_url(delivery_id).removeprefix(newsroom.base_url)
    answer = client.get(url)
    assert answer.status_code == 200
    policy = answer.headers["content-security-policy"]
    assert "sandbox" in policy
    assert "script-src" not in policy
    del newsroom.mails[delivery_id]
    assert client.get(url).status_code == 410


class TestWebhook:
    def post(self, client: httpx.Client, body: bytes, signature: str = "ours") -> int:
        headers = {"X-Twilio-Email-Event-Webhook-Signature": signature, "Content-Type": "application/json"}
        return client.post("/webhooks/sendgrid", content=body, headers=headers).status_code

    def test_kept_events_are_acknowledged(self, client: httpx.Client, newsroom: Newsroom) -> None:
        assert self.post(client, b'[{"event":"delivered"}]') == 204
        assert newsroom.kept == [b'[{"event":"delivered"}]']

    def test_a_wrong_signature_is_refused(self, client: httpx.Client, newsroom: Newsroom) -> None:
        assert self.post(client, b"[]", signature="theirs") == 403
        assert newsroom.kept == []

    def test_signed_nonsense_is_refused(self, client: httpx.Client) -> None:
        assert self.post(client, b"nonsense") == 400

    def test_a_body_up_to_the_cap_is_taken_and_one_beyond_is_not(
        self, client: httpx.Client, newsroom: Newsroom
    ) -> None:
        assert self.post(client, b"[" + b" " * (WEBHOOK_BYTES - 1)) == 204
        assert self.post(client, b"[" + b" " * WEBHOOK_BYTES) == 413
        assert len(newsroom.kept) == 1

    def test_events_that_could_not_be_kept_are_not_acknowledged(self, newsroom: Newsroom, server: Server) -> None:
        def fail(*_: object) -> bool:
            raise OSError("disk full")

        newsroom.record_webhook = fail  # type: ignore[method-assign, assignment]
        with visit(server, newsroom) as client:
            assert self.post(client, b"[]") == 500


def test_health_and_readiness(client: httpx.Client, newsroom: Newsroom) -> None:
    assert client.get("/healthz").text == "ok\n"
    assert client.get("/readyz").json() == {"ready": True, "faults": [], "schedules": [], "sources": []}
    newsroom.mistakes.append("topics/drones.toml:3: titel: no such key")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["ready"]) == (200, True), "the last good version works on"
    assert answer.json()["schedules"] == newsroom.mistakes
    newsroom.alarms.append("Example News has brought nothing new for longer than its rhythm explains")
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["sources"]) == (200, newsroom.alarms), "a source's fault is not ours"
    newsroom.broken.append("Redis cannot be reached")
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["faults"] == ["Redis cannot be reached"]
    assert client.get("/healthz").status_code == 200


NASTY = st.text(st.characters(codec="utf-8"), max_size=60) | st.sampled_from(
    ["\x00", "../../x", "{{7*7}}", "{% include 'base.html' %}", "' OR 1=1 --", "<svg onload=x>", "9" * 400, "-1", "٣"]
)


@pytest.fixture
def sqlite_newsroom(sqlite_engine: object, tmp_path: Path) -> Newsroom:
    from tests.audience.scene import furnish
    from tests.conftest import NOON
    from worker.database import session_on

    with session_on(sqlite_engine) as session:  # type: ignore[arg-type]
        furnish(session, NOON)
    return Newsroom(sqlite_engine, NOON, mail_outbox=tmp_path / "outbox")  # type: ignore[arg-type]


@pytest.mark.parametrize("nasty", ["\x00", "drones\x00", "\ud800", "x" * 5000])
def test_no_field_that_a_database_refuses_crashes_a_page(newsroom: Newsroom, client: httpx.Client, nasty: str) -> None:
    newsroom.join(client)
    value = nasty.encode("utf-8", "surrogatepass")
    pages = ("/subscribe", "/preferences", newsroom.token_url("preferences"), newsroom.token_url("unsubscribe"))
    for name in (*FORM, "topic.drones", "pause", "pause_until", "what", "language", nasty):
        fields = [
            (key, each)
            for key, each in FORM.items()
            if key != name
            for each in ([each] if isinstance(each, str) else each)
        ]
        body = urlencode([*fields, (name.encode("utf-8", "surrogatepass"), value)])
        for url in pages:
            answer = client.post(url, content=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
            assert answer.status_code in (200, 422), (url, name, answer.status_code)


def test_no_hostile_form_is_answered_with_a_crash(sqlite_newsroom: Newsroom, server: Server) -> None:
    newsroom = sqlite_newsroom
    with visit(server, newsroom) as client:
        newsroom.join(client)
        preferences, unsubscribe = newsroom.token_url("preferences"), newsroom.token_url("unsubscribe")

        @settings(max_examples=150)
        @given(
            st.dictionaries(st.sampled_from([*FORM, "topic.drones", "pause", "pause_until", "what", "language"]), NASTY)
        )
        def bombard(fields: dict[str, str]) -> None:
            for url in ("/subscribe", "/preferences", preferences, unsubscribe):
                assert client.post(url, data=fields).status_code in (200, 422)
                assert client.post(url, data=FORM | fields).status_code in (200, 422)

        bombard()


def test_a_template_with_a_mistake_is_named_when_the_process_starts(newsroom: Newsroom, tmp_path: Path) -> None:
    shutil.copytree(newsroom.templates_dir / "web", tmp_path / "web")
    newsroom.templates_dir = tmp_path
    make_app(newsroom)
    (tmp_path / "web" / "signup.html").write_text("<p>\n{% if %}</p>")
    with pytest.raises(SettingsError, match=r"signup\.html:2"):
        make_app(newsroom)
    shutil.rmtree(tmp_path / "web")
    with pytest.raises(SettingsError, match="holds no pages"):
        make_app(newsroom)
