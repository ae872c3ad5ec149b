"""Fetching over real HTTP on loopback."""

from __future__ import annotations

import gzip
import socket
import threading
import zlib

import httpx
import pytest

from tests.collect.conftest import Answer, Request, Site
from worker.collect.fetch import (
    AnswerTooLarge,
    AnswerTooSlow,
    Fetcher,
    FetchError,
    ForbiddenAddress,
    TooManyRedirects,
)
from worker.collect.fetch.network import is_public
from worker.collect.fetch.politeness import HostQueue


def test_the_user_agent_says_who_asks_and_how_to_reach_them(site: Site, fetcher: Fetcher) -> None:
    fetcher.get(site.serve("/feed", "x"), allow_private=True)
    assert site.requests[0].headers["user-agent"] == "Sitrep/test (+editor@example.org)"


def test_validators_are_sent_as_they_came_and_given_back_verbatim(site: Site, fetcher: Fetcher) -> None:
    url = site.serve("/feed", "x", ETag='W/"a b"', Last_Modified="yesterday, more or less", Content_Type="text/xml")
    fetched = fetcher.get(url, etag='W/"a b"', last_modified="yesterday, more or less", allow_private=True)
    asked = site.requests[0].headers
    assert (asked["if-none-match"], asked["if-modified-since"]) == ('W/"a b"', "yesterday, more or less")
    assert (fetched.etag, fetched.last_modified) == ('W/"a b"', "yesterday, more or less")
    assert (fetched.status, fetched.body, fetched.content_type) == (200, b"x", "text/xml")


@pytest.mark.parametrize("status", [304, 404, 410, 429, 500])
def test_an_answer_with_an_error_status_is_an_answer(site: Site, fetcher: Fetcher, status: int) -> None:
    url = site.serve("/feed", b"", status=status, Retry_After="60")
    fetched = fetcher.get(url, allow_private=True)
    assert (fetched.status, fetched.retry_after) == (status, "60")


@pytest.mark.parametrize(
    ("coding", "pack"), [("gzip", gzip.compress), ("deflate", zlib.compress), ("x-gzip", gzip.compress)]
)
def test_packed_answers_are_unpacked(site: Site, fetcher: Fetcher, coding: str, pack) -> None:  # type: ignore[no-untyped-def]
    url = site.serve("/feed", pack(b"hello " * 1000), Content_Encoding=coding)
    assert fetcher.get(url, allow_private=True).body == b"hello " * 1000


def test_a_bomb_is_noticed_while_it_unpacks(site: Site) -> None:
    url = site.serve("/feed", gzip.compress(b"\0" * 30_000_000), Content_Encoding="gzip")
    with Fetcher(contact="c", max_bytes=1_000_000) as fetcher, pytest.raises(AnswerTooLarge):
        fetcher.get(url, allow_private=True)


def test_an_answer_beyond_the_limit_is_refused(site: Site) -> None:
    url = site.serve("/feed", b"x" * 2_000_000)
    with Fetcher(contact="c", max_bytes=1_000_000) as fetcher, pytest.raises(AnswerTooLarge):
        fetcher.get(url, allow_private=True)


def test_damaged_and_unknown_encodings_are_named(site: Site, fetcher: Fetcher) -> None:
    with pytest.raises(FetchError, match="damaged"):
        fetcher.get(site.serve("/a", b"no gzip", Content_Encoding="gzip"), allow_private=True)
    with pytest.raises(FetchError, match="not asked for"):
        fetcher.get(site.serve("/b", b"?", Content_Encoding="br"), allow_private=True)


def test_a_server_that_never_answers_is_given_up() -> None:
    silent = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
    with silent, Fetcher(contact="c", timeout=httpx.Timeout(0.2)) as hasty, pytest.raises(AnswerTooSlow):
        hasty.get(url, allow_private=True)


@pytest.mark.parametrize(
    "beginning", [b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", b"HTTP/1.1 200 OK\r\nX-Slow: "]
)
def test_a_server_that_drips_is_given_up(beginning: bytes) -> None:
    stop = threading.Event()

    def drip(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(4096)
            connection.sendall(beginning)
            while not stop.wait(0.05):
                try:
                    connection.sendall(b"x")
                except OSError:
                    return

    with socket.create_server(("127.0.0.1", 0)) as server, Fetcher(contact="c", max_seconds=0.4) as hasty:
        thread = threading.Thread(target=drip, args=(server,), daemon=True)
        thread.start()
        with pytest.raises(AnswerTooSlow):
            hasty.get(f"http://127.0.0.1:{server.getsockname()[1]}/", allow_private=True)
        stop.set()
        thread.join()


def test_a_host_that_is_not_there_is_unreachable(fetcher: Fetcher) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(FetchError, match="cannot be reached"):
        fetcher.get(f"http://127.0.0.1:{port}/", allow_private=True)


def test_redirects_are_followed_and_a_lasting_move_is_reported(site: Site, fetcher: Fetcher) -> None:
    site.serve("/c", "here")
    site.serve("/b", "", status=308, Location="/c")
    fetched = fetcher.get(site.serve("/a", "", status=301, Location=site.url + "/b"), allow_private=True)
    assert (fetched.body, fetched.url, fetched.moved_to) == (b"here", site.url + "/c", site.url + "/c")
    fetched = fetcher.get(site.serve("/d", "", status=302, Location="/b"), allow_private=True)
    assert (fetched.body, fetched.moved_to) == (b"here", None)


def test_redirects_in_a_circle_end(site: Site, fetcher: Fetcher) -> None:
    with pytest.raises(TooManyRedirects):
        fetcher.get(site.serve("/a", "", status=302, Location="/a"), allow_private=True)


@pytest.mark.parametrize("target", ["file:///etc/passwd", "ftp://example.org/x", "javascript:alert(1)"])
def test_a_redirect_to_something_that_is_not_http_is_refused(site: Site, fetcher: Fetcher, target: str) -> None:
    with pytest.raises(ForbiddenAddress):
        fetcher.get(site.serve("/a", "", status=302, Location=target), allow_private=True)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.1.2.3", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.0.0.0", "100.64.0.1",
        "224.0.0.1", "255.255.255.255", "192.0.2.1", "::1", "::", "fe80::1", "fe80::1%eth0", "fc00::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "2002:7f00:1::", "64:ff9b::7f00:1", "64:ff9b::a00:1", "not an address",
    ],
)  # fmt: skip
def test_addresses_that_are_not_on_the_public_internet(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["93.184.215.14", "8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_addresses_that_are(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"])
def test_a_private_address_is_refused_however_it_is_written(site: Site, fetcher: Fetcher, host: str) -> None:
    port = site.url.rpartition(":")[2]
    with pytest.raises(ForbiddenAddress, match="allow_private"):
        fetcher.get(f"http://{host}:{port}/feed")
    assert site.requests == []


def test_a_name_is_checked_by_what_it_resolves_to_when_connecting(site: Site, fetcher: Fetcher) -> None:
    port = site.url.rpartition(":")[2]
    with pytest.raises(ForbiddenAddress):
        fetcher.get(f"http://localhost:{port}/feed")
    fetcher.get(f"http://localhost:{port}/feed", allow_private=True)
    with pytest.raises(ForbiddenAddress):  # a permission is not remembered for others
        fetcher.get(f"http://localhost:{port}/feed")


def test_a_page_with_an_error_status_is_an_error(site: Site, fetcher: Fetcher) -> None:
    with pytest.raises(FetchError, match="status 404"):
        fetcher.page(site.url + "/nothing", allow_private=True)
    assert fetcher.page(site.serve("/p", "page"), allow_private=True) == b"page"


def test_a_redirect_carries_the_validators_on(site: Site, fetcher: Fetcher) -> None:
    def conditional(request: Request) -> Answer:
        return Answer(304) if request.headers.get("if-none-match") == '"1"' else Answer(200, b"x")

    site.serve_with("/b", conditional)
    fetched = fetcher.get(site.serve("/a", "", status=301, Location="/b"), etag='"1"', allow_private=True)
    assert fetched.status == 304


def test_requests_to_one_host_pause_and_to_others_do_not() -> None:
    clock = [0.0]
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        clock[0] += seconds

    queue = HostQueue(pause=2.0, monotonic=lambda: clock[0], wait=wait)
    for host in ("a", "b", "a", "a"):
        with queue.turn(host):
            clock[0] += 0.5
    assert waits == [pytest.approx(1.5), pytest.approx(2.0)]


def test_a_host_that_holds_everybody_up_is_not_waited_for_without_end() -> None:
    queue = HostQueue(pause=0, patience=0.05)
    with queue.turn("hangs.example"), pytest.raises(AnswerTooSlow, match="by others"), queue.turn("hangs.example"):
        pass
    with queue.turn("hangs.example"):
        pass


@pytest.mark.parametrize(
    "address", ["http://xn--.example/", "http://xn--a.example/", "http://a..example/", "http://[", "http://a:99999/"]
)
def test_an_address_that_is_none_is_refused_also_where_a_redirect_leads_there(
    site: Site, fetcher: Fetcher, address: str
) -> None:
    with pytest.raises(FetchError):
        fetcher.get(address)
    with pytest.raises(FetchError):
        fetcher.get(site.serve("/a", "", status=302, Location=address), allow_private=True)
