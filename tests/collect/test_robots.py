"""robots.txt by RFC 9309."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.collect.robots import LONGEST_DELAY, MAX_BYTES, Robots, crawl_delay, learnt, refusal

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
PAGE = "https://news.example/2026/03/patrol/"
CLOSED = b"User-agent: *\nDisallow: /\n"


def allows(text: str, url: str = PAGE) -> bool:
    return refusal(learnt(Robots(), status=200, body=text.encode(), now=NOW), url, now=NOW) is None


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("", True),
        ("User-agent: *\nDisallow: /", False),
        ("User-agent: *\nDisallow:", True),
        ("User-agent: *\nDisallow: /wp-admin/", True),
        ("User-agent: *\nDisallow: /2026/", False),
        ("User-agent: *\nDisallow: /*/03/", False),
        ("User-agent: *\nDisallow: /2026/03/patrol$", True),
        ("User-agent: *\nDisallow: /2026/03/patrol/$", False),
        ("User-agent: *\nDisallow: /\nAllow: /2026/", True),
        ("User-agent: *\nDisallow: /\n\nUser-agent: Sitrep\nDisallow: /private/", True),
        ("User-agent: sitrep\nDisallow: /\n\nUser-agent: *\nDisallow:", False),
        ("User-agent: Sitrepper\nDisallow: /", True),
        ("User-agent: GPTBot\nUser-agent: Sitrep\nDisallow: /", False),
        ("\ufeffUser-agent: *\r\nDisallow: /\r\n", False),
        ("<html><body>Not found</body></html>", True),
    ],
)
def test_the_rules_for_us_hold_else_those_for_all(text: str, allowed: bool) -> None:
    assert allows(text) is allowed


def test_a_refusal_says_who_refuses_what() -> None:
    found = refusal(Robots(CLOSED.decode(), NOW), PAGE, now=NOW)
    assert found is not None
    assert (found.wished, found.reason) == (
        True,
        f"robots.txt of news.example does not allow Sitrep to fetch {PAGE}",
    )


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_without_a_robots_txt_everything_is_allowed(status: int) -> None:
    known = learnt(Robots(), status=status, body=b"User-agent: *\nDisallow: /", now=NOW)
    assert refusal(known, PAGE, now=NOW) is None
    assert known.is_fresh(NOW + DAY - HOUR)
    assert not known.is_fresh(NOW + DAY)


@pytest.mark.parametrize("status", [500, 503, 429, None])
def test_while_robots_txt_fails_pages_are_left_alone_then_the_last_good_copy_counts(status: int | None) -> None:
    good = learnt(Robots(), status=200, body=b"User-agent: *\nDisallow: /private/", now=NOW - DAY)
    known = learnt(good, status=status, body=b"", now=NOW)
    refused = refusal(known, PAGE, now=NOW + 11 * HOUR)
    assert refused is not None
    assert not refused.wished
    assert refusal(known, PAGE, now=NOW + 12 * HOUR) is None
    assert refusal(known, "https://news.example/private/x", now=NOW + 12 * HOUR) is not None
    assert not known.is_fresh(NOW + HOUR), "it is asked again soon"


def test_without_a_good_copy_a_host_stays_closed_until_thirty_days_have_passed() -> None:
    known = Robots()
    for day in range(30):
        known = learnt(known, status=500, body=b"", now=NOW + day * DAY)
        assert refusal(known, PAGE, now=NOW + day * DAY) is not None
    assert known.failing_since == NOW
    assert refusal(known, PAGE, now=NOW + 30 * DAY) is None


def test_a_robots_txt_that_is_back_is_believed_at_once() -> None:
    failing = learnt(Robots(), status=500, body=b"", now=NOW)
    known = learnt(failing, status=200, body=CLOSED, now=NOW + HOUR)
    assert known.failing_since is None
    assert refusal(known, PAGE, now=NOW + HOUR) is not None


@pytest.mark.parametrize(
    ("text", "delay"),
    [
        ("User-agent: *\nCrawl-delay: 7", 7.0),
        ("User-agent: *\nCrawl-delay: 0.5", 0.5),
        ("User-agent: *\nCrawl-delay: 86400", LONGEST_DELAY),
        ("User-agent: *\nCrawl-delay: -5", 0.0),
        ("User-agent: *\nCrawl-delay: nan", 0.0),
        ("User-agent: *\nCrawl-delay: soon", 0.0),
        ("User-agent: other\nCrawl-delay: 7", 0.0),
        ("", 0.0),
    ],
)
def test_the_wished_pause_is_kept_within_its_bound(text: str, delay: float) -> None:
    assert crawl_delay(Robots(text, NOW)) == delay


def test_a_robots_txt_that_would_cost_too_much_closes_its_own_host() -> None:
    groups = "".join(f"User-agent: bot{number}\n" for number in range(5000))
    rules = "".join(f"Disallow: /{number}\n" for number in range(5000))
    refused = refusal(Robots(groups + rules, NOW), PAGE, now=NOW)
    assert refused is not None
    assert "too many rules" in refused.reason


def test_only_the_beginning_of_a_huge_robots_txt_is_read() -> None:
    body = b"User-agent: *\nAllow: /\n" + b"#" * MAX_BYTES + b"\nDisallow: /\n"
    known = learnt(Robots(), status=200, body=body, now=NOW)
    assert len(known.text or "") == MAX_BYTES
    assert refusal(known, PAGE, now=NOW) is None


@given(st.binary(max_size=400), st.text(max_size=60))
def test_no_bytes_and_no_address_make_it_raise(body: bytes, path: str) -> None:
    known = learnt(Robots(), status=200, body=body, now=NOW)
    refusal(known, f"https://news.example/{path}", now=NOW)
    assert 0.0 <= crawl_delay(known) <= LONGEST_DELAY


@given(st.lists(st.sampled_from(["User-agent: *", "User-agent: Sitrep", "Disallow: /", "Allow: /", "Disallow: /*$a*",
                                 "Crawl-delay: 3", "User-agent: x", "Sitemap: /s.xml", "", "#"])))  # fmt: skip
def test_whatever_the_order_of_lines_there_is_an_answer(lines: list[str]) -> None:
    refusal(Robots("\n".join(lines), NOW), PAGE, now=NOW)
