"""sources.toml: what may stand in it, and what is said about what may not."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from worker.resources import shipped
from worker.schedules.files import ScheduleError
from worker.schedules.sources import SourceDefinition, load_sources, read_sources


def read(tmp_path: Path, text: str) -> list[SourceDefinition]:
    path = tmp_path / "sources.toml"
    path.write_text(text)
    return read_sources(path)


def test_an_address_is_enough(tmp_path: Path) -> None:
    (source,) = read(tmp_path, '[[source]]\nurl = "https://News.Example/feed/"\n')
    assert source == SourceDefinition(url="https://news.example/feed/", name="news.example")
    assert source.every == timedelta(minutes=15)


def test_an_address_is_read_as_people_write_it(tmp_path: Path) -> None:
    (source,) = read(tmp_path, '[[source]]\nurl = " news.example/feed "\n')
    assert source.url == "https://news.example/feed"


def test_everything_can_be_chosen(tmp_path: Path) -> None:
    (source,) = read(
        tmp_path,
        '[[source]]\nurl = "http://intranet:8080/feed"\nname = "Desk"\nkind = "wordpress"\nfull_text = "page"\n'
        'every = "2 hours"\nlanguage = "de-CH"\nallow_private = true\nrelease_baseline = true\n',
    )
    assert (source.name, source.kind, source.full_text, source.every) == (
        "Desk",
        "wordpress",
        "page",
        timedelta(hours=2),
    )
    assert (source.language, source.allow_private, source.release_baseline) == ("de-CH", True, True)
    assert source.columns()["interval_seconds"] == 7200


def test_a_page_names_one_pattern_or_several(tmp_path: Path) -> None:
    (one,) = read(tmp_path, '[[source]]\nurl = "a.example"\nkind = "page"\nlink_pattern = "/news/*"\n')
    assert one.link_pattern == ("/news/*",)
    (two,) = read(
        tmp_path, '[[source]]\nurl = "a.example"\nkind = "page"\nlink_pattern = ["/news/*", "!/news/old/*"]\n'
    )
    assert two.columns()["link_pattern"] == "/news/*\n!/news/old/*"


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ('[[source]]\nname = "x"\n', 1, "is missing"),
        ('[[source]]\nurl = ""\n', 2, "must not be empty"),
        ("[[source]]\nurl = 3\n", 2, "must be a text in quotes"),
        ('[[source]]\nurl = "ftp://x.example/"\n', 2, "is no web address"),
        ('[[source]]\nurl = "two words"\n', 2, "is no web address"),
        ('[[source]]\nurl = "a.example"\nfull_txt = "page"\n', 3, "did you mean 'full_text'"),
        ('[[source]]\nurl = "a.example"\nfull_text = "all"\n', 3, "allowed: auto, feed, page"),
        ('[[source]]\nurl = "a.example"\nkind = "blog"\n', 3, "allowed: feed, wordpress, sitemap, page"),
        ('[[source]]\nurl = "a.example"\nkind = "page"\n', 1, "says which links of the page are articles"),
        ('[[source]]\nurl = "a.example"\nlink_pattern = "/news/*"\n', 3, 'goes with kind = "page" only'),
        ('[[source]]\nurl = "a.example"\nkind = "page"\nlink_pattern = 3\n', 4, "or a list of them"),
        ('[[source]]\nurl = "a.example"\nkind = "page"\nlink_pattern = ["/a b/*"]\n', 4, "is no pattern"),
        ('[[source]]\nurl = "a.example"\nkind = "page"\nlink_pattern = "/"\n', 4, "is no pattern"),
        ('[[source]]\nurl = "a.example"\nkind = "page"\nlink_pattern = "!/x/*"\n', 4, "add a pattern"),
        (
            '[[source]]\nurl = "a.example"\nkind = "page"\nlink_pattern = "/x/*"\nfull_text = "feed"\n',
            5,
            "gives no texts",
        ),
        ('[[source]]\nurl = "a.example"\nevery = "often"\n', 3, "is no interval"),
        ('[[source]]\nurl = "a.example"\nevery = "0m"\n', 3, "from 1m to 7d"),
        ('[[source]]\nurl = "a.example"\nevery = 15\n', 3, "is no interval"),
        ('[[source]]\nurl = "a.example"\nallow_private = "yes"\n', 3, "true or false"),
        ('[[source]]\nurl = "a.example"\nlanguage = "English please"\n', 3, "no language code"),
        ('[[source]]\nurl = "a.example"\n[[source]]\nurl = "https://a.example"\n', 4, "is named twice"),
        ('sources = "a.example"\n', 1, "did you mean 'source'"),
        ('source = "a.example"\n', 1, "begin each source with [[source]]"),
        ('[[source]\nurl = "a.example"\n', 1, "not valid TOML"),
    ],
)
def test_a_mistake_names_file_line_and_what_is_allowed(tmp_path: Path, text: str, line: int, said: str) -> None:
    with pytest.raises(ScheduleError) as raised:
        read(tmp_path, text)
    assert said in str(raised.value)
    assert f"sources.toml:{line}" in str(raised.value)


def test_every_mistake_is_named_at_once(tmp_path: Path) -> None:
    path = tmp_path / "sources.toml"
    path.write_text('[[source]]\nurl = ""\nevery = "x"\n[[source]]\nurl = "a.example"\nkind = "x"\n')
    sources, problems = load_sources(path)
    assert sources == []
    assert [problem.key for problem in problems] == ["source.0.url", "source.0.every", "source.1.kind"]


def test_a_missing_file_is_one_problem(tmp_path: Path) -> None:
    sources, problems = load_sources(tmp_path / "sources.toml")
    assert (sources, len(problems)) == ([], 1)


def test_the_shipped_file_names_the_sites_feed() -> None:
    sources = read_sources(shipped("schedules") / "sources.toml")
    assert [source.url for source in sources] == ["https://defencespot.com/feed/"]


def test_the_example_in_the_shipped_file_can_be_used_as_it_is(tmp_path: Path) -> None:
    text = (shipped("schedules") / "sources.toml").read_text()
    example = text[text.index("# [[source]]") :].replace("\n# ", "\n").removeprefix("# ")
    (source,) = read(tmp_path, example)
    assert source.url == "https://news.example.org/feed/"
