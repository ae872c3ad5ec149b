"""Topic files are edited with their remarks kept, and former names that are somebody else's are refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from worker.errors import InvalidInput, NotFound
from worker.schedules.files import ScheduleError
from worker.schedules.topic_edits import merge_files, put_away, rename_file, topic_file
from worker.schedules.topics import load_topics, read_topic

PORTS = '# The ports.\ntitle = "Ports"  # short\nwords = ["port"]\n\n[names]\n"Port of X" = ["X docks"]\n'
QUAYS = 'title = "Quays"\nwords = ["quay"]\nformerly = ["moles"]\n\n[[supporting]]\nwords = ["crane"]\n'


@pytest.fixture
def topics(tmp_path: Path) -> Path:
    directory = tmp_path / "topics"
    directory.mkdir()
    (directory / "ports.toml").write_text(PORTS)
    (directory / "quays.toml").write_text(QUAYS)
    return directory


def test_merging_names_the_former_topics_and_puts_the_old_file_away(topics: Path) -> None:
    target, attic = merge_files(topics, "quays", "ports")
    assert read_topic(target).formerly == ("moles", "quays")
    assert target.read_text().startswith('# The ports.\ntitle = "Ports"  # short\n')
    assert attic == topics / "retired" / "quays.toml"
    found, problems = load_topics(topics)
    assert (list(found), problems) == (["ports"], [])


def test_renaming_keeps_the_remarks_and_remembers_the_name(topics: Path) -> None:
    target = rename_file(topics, "ports", "harbours", title="Harbours")
    assert (target.name, (topics / "ports.toml").exists()) == ("harbours.toml", False)
    assert "# The ports." in target.read_text()
    topic = read_topic(target)
    assert (topic.slug, topic.title, topic.formerly) == ("harbours", "Harbours", ("ports",))
    assert topic.names == {"Port of X": ("X docks",)}
    assert list(topics.glob("*.new")) == []


def test_files_with_a_byte_order_mark_and_other_line_ends_are_renamed_and_merged_as_they_are(topics: Path) -> None:
    ports = topics / "ports.toml"
    ports.write_bytes(("\ufeff" + PORTS.replace("\n", "\r\n")).encode())
    harbours = rename_file(topics, "ports", "harbours")
    assert read_topic(harbours).formerly == ("ports",)
    merge_files(topics, "quays", "harbours")
    assert read_topic(harbours).formerly == ("ports", "moles", "quays")
    assert harbours.read_bytes().startswith(("\ufeff# The ports.\r\n").encode())


def test_what_is_put_away_overwrites_nothing(topics: Path) -> None:
    put_away(topics / "ports.toml")
    (topics / "ports.toml").write_text(PORTS)
    assert put_away(topics / "ports.toml").name == "ports-2.toml"


@pytest.mark.parametrize(
    ("old", "new", "refusal", "message"),
    [
        ("none", "x", NotFound, "topics in .*: ports, quays"),
        ("ports", "quays", InvalidInput, "sitrep topics merge ports quays"),
        ("ports", "Bad Name", InvalidInput, "can be no topic's slug"),
        ("../ports", "x", InvalidInput, "can be no topic's slug"),
    ],
)
def test_a_rename_that_cannot_be_is_refused(
    topics: Path, old: str, new: str, refusal: type[Exception], message: str
) -> None:
    with pytest.raises(refusal, match=message):
        rename_file(topics, old, new)
    assert (topics / "ports.toml").read_text() == PORTS


def test_a_faulty_heir_is_refused_before_anything_moves(topics: Path) -> None:
    (topics / "quays.toml").write_text('title = "Quays"\n')
    with pytest.raises(ScheduleError):
        merge_files(topics, "ports", "quays")
    assert topic_file(topics, "ports").read_text() == PORTS


@pytest.mark.parametrize(
    ("ports", "message"),
    [
        ('formerly = ["quays"]', "quays.toml is still there: move it away"),
        ('formerly = ["ports"]', "is the topic's own name"),
        ('formerly = ["moles"]', "ports.toml says that it was 'moles'"),
        ('formerly = ["Not A Slug"]', "must be a topic's slug"),
        ('formerly = "quays"', "must be a list of texts"),
    ],
)
def test_a_former_name_that_is_somebody_elses_is_placed(topics: Path, ports: str, message: str) -> None:
    (topics / "ports.toml").write_text(f'title = "Ports"\nwords = ["port"]\n{ports}\n')
    _, (problem,) = load_topics(topics)
    assert message in problem.message
    assert problem.line == 3


def test_a_former_name_is_no_other_wording(topics: Path) -> None:
    before = read_topic(topics / "ports.toml")
    (topics / "ports.toml").write_text(PORTS.replace("\n\n[names]", '\nformerly = ["docks"]\n\n[names]'))
    after = read_topic(topics / "ports.toml")
    assert (after.formerly, after.hash) == (("docks",), before.hash)
