"""Adding to sources.toml and taking out of it leaves everything else as it stands."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from worker.errors import InvalidInput, NotFound
from worker.resources import shipped
from worker.schedules.files import ScheduleError
from worker.schedules.source_entries import UnwritableSources, add_entry, entry_of, remove_entry
from worker.schedules.sources import SourceDefinition, read_sources

NEW = SourceDefinition(url="https://new.example/feed/", name='The "New" Néws')
ODD = """# Our sources. Ask Ada before you touch the first.

[[source]]   # the wire
url    =   "https://a.example/feed/"     # aligned by hand
name = 'A'

# B is slow.
[[source]]
name = "B"
every = "2 hours"
url = "https://b.example/feed/"
# b's own comment

# To add a source, write another table.
#
# [[source]]
# url = "https://example.org/"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "sources.toml"


@pytest.mark.parametrize("text", [ODD, ODD.rstrip("\n"), "", "# nothing yet\n", ODD + "\n\n\n"])
def test_an_entry_is_added_below_all_that_is_there(path: Path, text: str) -> None:
    path.write_text(text)
    before = read_sources(path)
    add_entry(path, NEW)
    assert path.read_text().startswith(text)
    assert read_sources(path) == [*before, NEW]
    assert path.read_text().endswith('[[source]]\nurl = "https://new.example/feed/"\nname = "The \\"New\\" Néws"\n')


@pytest.mark.parametrize(
    "text", [ODD, "", 'source = [{url = "https://c.example/", name = "C"}]\n', ODD.replace("\n", "\r\n")]
)
def test_a_byte_order_mark_stays_where_an_editor_put_it_and_does_no_harm(path: Path, text: str) -> None:
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    before = read_sources(path) if text else []
    add_entry(path, NEW)
    assert read_sources(path) == [*before, NEW]
    remove_entry(path, NEW.url)
    assert read_sources(path) == before
    assert path.read_bytes().decode().rstrip() == "\ufeff" + text.rstrip()


def test_the_first_source_below_a_byte_order_mark_is_taken_out(path: Path) -> None:
    path.write_text('\ufeff[[source]]\nurl = "https://a.example/"\n\n[[source]]\nurl = "https://b.example/"\n')
    assert remove_entry(path, "https://a.example/").url == "https://a.example/"
    assert path.read_text() == '\ufeff[[source]]\nurl = "https://b.example/"\n'


def test_a_file_in_another_encoding_is_refused_with_its_name_and_what_to_do(path: Path) -> None:
    path.write_bytes(ODD.encode("utf-16"))
    with pytest.raises(ScheduleError, match=r"sources\.toml: cannot be read: it is not UTF-8 text; save it as UTF-8"):
        read_sources(path)


def test_the_shipped_file_keeps_every_line(path: Path) -> None:
    text = (shipped("schedules") / "sources.toml").read_text()
    path.write_text(text)
    add_entry(path, NEW)
    assert path.read_text().startswith(text)
    remove_entry(path, NEW.url)
    assert path.read_text().rstrip() == text.rstrip()


def test_a_file_that_is_not_there_is_made(path: Path) -> None:
    add_entry(path, NEW)
    assert read_sources(path) == [NEW]


def test_line_ends_of_windows_stay(path: Path) -> None:
    path.write_bytes(b'[[source]]\r\nurl = "https://a.example/"\r\n')
    add_entry(path, NEW)
    assert path.read_bytes().count(b"\n") == path.read_bytes().count(b"\r\n") == 6


def test_sources_in_one_list_get_one_more_in_it(path: Path) -> None:
    path.write_text('# short\nsource = [\n  { url = "https://a.example/" }, # first\n]\n')
    add_entry(path, NEW)
    assert [one.url for one in read_sources(path)] == ["https://a.example/", NEW.url]
    assert "# first" in path.read_text()
    remove_entry(path, "https://a.example/")
    assert [one.url for one in read_sources(path)] == [NEW.url]


def test_what_is_as_usual_is_left_out_and_the_rest_is_written(path: Path) -> None:
    source = SourceDefinition(
        url="https://n.example/",
        name="N",
        kind="page",
        link_pattern=("/news/*", "!/news/old/*"),
        every=timedelta(hours=2),
        allow_private=True,
        language="de",
    )
    assert entry_of(source) == (
        '[[source]]\nurl = "https://n.example/"\nname = "N"\nkind = "page"\n'
        'link_pattern = ["/news/*", "!/news/old/*"]\nevery = "2h"\nlanguage = "de"\nallow_private = true\n'
    )
    add_entry(path, source)
    assert read_sources(path) == [source]


def test_a_link_to_the_file_stays_a_link_and_its_mode_stays(path: Path, tmp_path: Path) -> None:
    real = tmp_path / "elsewhere.toml"
    real.write_text(ODD)
    real.chmod(0o640)
    path.symlink_to(real)
    add_entry(path, NEW)
    assert path.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert len(read_sources(real)) == 3
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".")] == []


@pytest.mark.parametrize(
    ("text", "error"),
    [
        (ODD + "[[source]]\nurl = 3\n", ScheduleError),
        ("[[source]\n", ScheduleError),
        ('[[source]]\nurl = "https://new.example/feed/"\n', InvalidInput),
    ],
)
def test_a_faulty_file_or_one_that_has_it_already_is_left_as_it_is(
    path: Path, text: str, error: type[Exception]
) -> None:
    path.write_text(text)
    with pytest.raises(error):
        add_entry(path, NEW)
    assert path.read_text() == text


def test_an_entry_that_would_be_faulty_is_not_written(path: Path) -> None:
    path.write_text(ODD)
    with pytest.raises(InvalidInput, match="from 1m to 7d"):
        add_entry(path, SourceDefinition(url="https://n.example/", name="N", every=timedelta(days=9)))
    assert path.read_text() == ODD


def test_where_nothing_can_be_written_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnwritableSources, match="cannot be opened: No such file"):
        add_entry(tmp_path / "none" / "sources.toml", NEW)
    binary = tmp_path / "sources.toml"
    binary.write_bytes(b"\xff\xfe")
    with pytest.raises(UnwritableSources, match="not UTF-8"):
        add_entry(binary, NEW)


def test_a_source_is_taken_out_by_name_or_address_and_comments_stay(path: Path) -> None:
    path.write_text(ODD)
    assert remove_entry(path, "A").url == "https://a.example/feed/"
    left = path.read_text()
    assert [one.name for one in read_sources(path)] == ["B"]
    for comment in ("# Our sources.", "# B is slow.", "# b's own comment", "# To add a source"):
        assert comment in left
    remove_entry(path, "https://b.example/feed/")
    assert read_sources(path) == []
    assert "# To add a source" in path.read_text()
    add_entry(path, NEW)
    assert read_sources(path) == [NEW]


def test_taking_out_what_is_not_there_is_refused(path: Path) -> None:
    path.write_text(ODD + '\n[[source]]\nurl = "https://c.example/"\nname = "A"\n')
    with pytest.raises(NotFound, match="no source called 'Z'"):
        remove_entry(path, "Z")
    with pytest.raises(InvalidInput, match="2 sources called 'A'"):
        remove_entry(path, "A")
