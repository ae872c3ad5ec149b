"""Tables that people read: at 80 columns no column becomes so narrow that it cannot be read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from rich.cells import cell_len

from worker.cli.printing import print_table

TITLE = "Harbour reopens after a long strike of the dockers in the north of the country"
ADDRESS = "https://news.example/wp-json/wp/v2/posts"
WHY = "its articles are whole; after a burst its older pages can be read"
MARKS = ("article", "title", "topic", "label", "says", "subscribers who did not ask for it", "", "at (UTC)")
PLACES = ("", "kind", "articles", "whole", "newest", "address", "what speaks for it")


def printed(capsys: pytest.CaptureFixture[str], *table: Any, title: str | None = None) -> list[str]:
    print_table(*table, title=title)
    return [line.rstrip() for line in capsys.readouterr().out.splitlines()]


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")


@pytest.mark.usefixtures("narrow")
def test_what_has_no_room_in_its_column_goes_below_its_row(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [("* 1", "feed", 10, 9, "2026-03-02 11:00", ADDRESS, WHY), ("  2", "page", 8, 0, None, ADDRESS, None)]
    assert printed(capsys, PLACES, rows) == [
        "     kind  articles  whole  newest",
        "* 1  feed  10        9      2026-03-02 11:00",
        f"    address: {ADDRESS}",
        "    what speaks for it: its articles are whole; after a burst its older pages",
        "    can be read",
        "  2  page  8         0",
        f"    address: {ADDRESS}",
    ]


@pytest.mark.usefixtures("narrow")
def test_marks_fit_80_columns(capsys: pytest.CaptureFixture[str]) -> None:
    row = (7, TITLE, "ports", "about", "olga, anton", "", "others say otherwise", "2026-03-02 11:00")
    lines = printed(capsys, MARKS, [row], title="Marks")
    assert lines[0] == "Marks"
    assert lines[2].split() == ["7", "ports", "about", "olga,", "anton", "others", "say", "otherwise", *row[-1].split()]
    assert " ".join(" ".join(lines[3:]).split()) == f"title: {TITLE}"


@pytest.mark.usefixtures("narrow")
def test_a_table_with_room_stays_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    lines = printed(capsys, ("id", "title"), [(1, TITLE), (2, "Short")])
    assert lines[0].split() == ["id", "title"]
    assert lines[1].startswith("1   Harbour reopens")
    assert lines[-1] == "2   Short"


def test_whoever_reads_a_pipe_gets_one_line_for_each_row(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    row = (7, TITLE, "ports", "about", "olga", "", "", "2026-03-02 11:00")
    assert len(printed(capsys, MARKS, [row, row])) == 3


@pytest.mark.usefixtures("narrow")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(
    some.lists(some.lists(some.text(some.characters(categories=["L", "N", "Zs"]), max_size=90), min_size=6, max_size=6))
)
def test_no_line_is_wider_than_the_terminal_and_nothing_is_lost(
    capsys: pytest.CaptureFixture[str], rows: list[list[str]]
) -> None:
    lines = printed(capsys, tuple("abcdef"), rows)
    assert max((cell_len(line) for line in lines), default=0) <= 80
    text = "\n".join(lines)
    for cell in (cell for row in rows for cell in row):
        for word in cell.split():
            assert cell_len(word) > 24 or word in text, "a short word is whole"
