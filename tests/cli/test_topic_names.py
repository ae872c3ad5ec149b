"""What a topic was called does for every command, and one line says what it is called now."""

from __future__ import annotations

from pathlib import Path

from tests.cli.installation import PORTS, Installation
from worker.schedules.topics import read_topic


def test_a_former_name_does_for_every_command_and_one_line_says_whose_it_is(
    installed: Installation, tmp_path: Path
) -> None:
    installed.json("rename", "ports", "docks", "--by", "olga")
    edited = tmp_path / "edited.toml"
    edited.write_text(PORTS)
    article = tmp_path / "article.txt"
    article.write_text("Harbour reopens\nThe harbour.\n")
    for arguments in (
        ("match", article, "--topic", "ports"),
        ("mark", installed.harbour, "ports", "about", "--by", "olga"),
        ("marks", "ports"),
        ("history", "ports"),
        ("backtest", "ports"),
        ("backtest", "ports", "--file", edited),
        ("suggest", "ports"),
        ("rematch", "ports", "--by", "olga"),
        ("unmark", installed.harbour, "ports", "--by", "olga"),
        ("rename", "ports", "piers", "--by", "olga", "--dry-run"),
        ("merge", "ports", "quays", "--by", "olga", "--dry-run"),
        ("merge", "quays", "ports", "--by", "olga", "--dry-run"),
        ("retire", "ports", "--by", "olga", "--dry-run"),
    ):
        result = installed.run(*arguments)
        assert (result.exit_code, result.stderr) == (0, "ports is a former name: the topic is docks now\n"), arguments
    assert installed.run("rename", "ports", "docks", "--by", "olga").exit_code == 2
    assert installed.json("rename", "ports", "piers", "--by", "olga")["topic"] == "docks"
    assert installed.states() == {"piers": "in force", "quays": "in force"}
    assert read_topic(installed.topics / "piers.toml").formerly == ("ports", "docks")


def test_a_former_name_is_known_also_where_no_file_tells_it(installed: Installation) -> None:
    installed.json("rename", "ports", "docks", "--by", "olga")
    (installed.topics / "docks.toml").write_text(PORTS)
    for name in ("ports", "docks"):
        assert installed.json("backtest", name)["topic"] == "docks"
    elsewhere = installed.run("match", "1", "--topics", installed.topics, "--topic", "ports")
    assert elsewhere.exit_code == 1, "a directory that is named knows what its files say"


def test_a_merged_topic_is_its_heir_but_does_not_end_it(installed: Installation) -> None:
    installed.json("merge", "ports", "quays", "--by", "olga")
    assert installed.json("history", "ports") == installed.json("history", "quays")
    assert installed.json("rename", "ports", "wharves", "--by", "olga", "--dry-run")["topic"] == "quays"
    for arguments in (("retire", "ports"), ("merge", "ports", "quays")):
        refused = installed.run(*arguments, "--by", "olga", "--yes")
        assert refused.exit_code == 2
        assert "ports was merged into quays: name quays where that one is meant" in refused.stderr
    assert installed.states()["quays"] == "in force"


def test_a_former_name_of_a_merged_topic_does_not_end_its_heir(installed: Installation) -> None:
    installed.json("rename", "ports", "docks", "--by", "olga")
    installed.json("merge", "docks", "quays", "--by", "olga")
    for arguments in (("retire", "ports"), ("merge", "ports", "quays")):
        refused = installed.run(*arguments, "--by", "olga", "--yes")
        assert refused.exit_code == 2, refused.output
        assert "ports was merged into quays: name quays where that one is meant" in refused.stderr
    assert installed.states()["quays"] == "in force"


def test_a_retired_topic_is_told_as_that(installed: Installation) -> None:
    installed.json("retire", "ports", "--by", "olga")
    for arguments in (
        ("match", "1", "--topic", "ports"),
        ("backtest", "ports"),
        ("suggest", "ports"),
        ("rematch", "ports", "--by", "olga"),
        ("rename", "ports", "docks", "--by", "olga"),
        ("merge", "ports", "quays", "--by", "olga"),
        ("merge", "quays", "ports", "--by", "olga"),
        ("retire", "ports", "--by", "olga"),
    ):
        refused = installed.run(*arguments)
        assert refused.exit_code == 2, (arguments, refused.output)
        assert refused.stderr.startswith("ports was retired on 2026-"), arguments
        assert "by olga" in refused.stderr
    old = installed.topics / "retired" / "ports.toml"
    assert installed.json("backtest", "ports", "--file", old)["topic"] == "ports", "it may be taken up again"
