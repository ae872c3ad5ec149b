"""The workbench as operators type it, against an installation on SQLite."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest
from lxml import etree

from tests.cli.installation import PORTS, Installation


@pytest.fixture
def installed(tmp_path: Path, now: datetime) -> Iterator[Installation]:
    made = Installation(tmp_path, now)
    yield made
    made.engine.dispose()


def test_topics_are_listed_with_their_subscribers(installed: Installation) -> None:
    rows = installed.json("list")
    assert [(row["slug"], row["subscribers"], row["about"]) for row in rows] == [("ports", 2, 2), ("quays", 1, 2)]
    assert "in force" in installed.run("list").stdout


def test_marks_are_made_listed_exported_and_evaluated(installed: Installation, tmp_path: Path) -> None:
    assert installed.run("evaluate", "--marks").exit_code == 2
    installed.json("mark", installed.harbour, "ports", "about", "--by", "olga")
    assert installed.run("mark", installed.quay, "ports", "about", "--by", "olga").exit_code == 0
    assert "olga" in installed.run("marks").stdout
    assert "Harbour reopens" in installed.run("marks", "ports").stdout
    printed = installed.run("marks", "--json").stdout
    assert [json.loads(line)["labels"] for line in printed.splitlines()] == [{"ports": "about"}] * 2
    export = tmp_path / "marks.jsonl"
    installed.run("marks", "--export", export)
    assert export.read_text() == printed
    for arguments in (("--marks",), (export,)):
        found = installed.json("evaluate", *arguments)["topics"]["ports"]
        assert (found["tp"], found["fn"]) == (1, 1)
    assert installed.json("unmark", installed.quay, "ports", "--by", "olga")["removed"] is True
    assert len(installed.run("marks", "--json").stdout.splitlines()) == 1


@pytest.mark.parametrize("suffix", [".svg", ".html"])
def test_curves_are_drawn_without_scripts_or_anything_fetched(
    installed: Installation, tmp_path: Path, suffix: str
) -> None:
    installed.run("mark", installed.harbour, "ports", "about", "--by", "olga")
    path = tmp_path / f"curve{suffix}"
    assert installed.run("evaluate", "--marks", "--plot", path, "--curve").exit_code == 0
    text = path.read_text()
    for unwanted in ("<script", "javascript:", "@import", "src=", "href=", " onload", "url("):
        assert unwanted not in text
    svg = etree.fromstring(text[text.index("<svg") : text.index("</svg>") + 6].encode())
    assert svg.get("role") == "img"
    names = {child.get("id"): child.text for child in svg[:2]}
    assert set(svg.get("aria-labelledby").split()) == set(names)
    assert "ports: at the threshold in force precision 1.00" in names["plot-desc"]
    if suffix == ".html":
        assert "<caption>ports</caption>" in text
    assert installed.run("evaluate", "--marks", "--plot", tmp_path / "curve.png").exit_code == 2
    assert installed.run("evaluate", "--marks", "--plot", tmp_path / "no" / "curve.svg").exit_code == 2


def test_a_backtest_holds_an_edited_file_against_what_is_in_force(installed: Installation, tmp_path: Path) -> None:
    edited = tmp_path / "edited.toml"
    edited.write_text(PORTS.replace("harbour", "quay"))
    told = installed.json("backtest", "ports", "--since", "7d", "--file", edited)
    assert (told["sent_now"], told["sent_edited"], told["kept"]) == (2, 2, 1)
    assert [each["title"] for each in told["gained"]] == ["Quay collapses"]
    assert told["subscribers"] == {"instant": 1, "daily": 1, "weekly": 0}
    printed = installed.run("backtest", "ports", "--file", edited).stdout
    for expected in ("1 by both, 1 gained, 1 lost", "mails edited", "the title says 'Quay'"):
        assert expected in printed
    lost = printed[printed.index("1 lost") :]
    assert lost.index("the title says 'Harbour'") < lost.rindex("none of its terms"), "why it went out, and why not now"
    assert installed.json("backtest", "ports")["same_wording"] is True
    (installed.topics / "ports.toml").write_text(PORTS.replace("harbour", "quay"))
    assert installed.json("backtest", "ports")["same_wording"] is False, "the file as it stands, before it is in force"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("ports", "--since", "soon"), "write 30d"),
        (("ports", "--file", "absent.toml"), "absent.toml is not there"),
    ],
)
def test_a_backtest_that_cannot_be_is_one_clear_sentence(
    installed: Installation, arguments: tuple[str, ...], message: str
) -> None:
    result = installed.run("backtest", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_suggestions_come_with_a_snippet_to_paste(installed: Installation, tmp_path: Path) -> None:
    lines = [
        {"id": str(n), "title": f"Pier {n} opens", "body": f"The pier. The pier {n}.", "labels": {"ports": "about"}}
        for n in range(4)
    ]
    lines += [{"id": f"o{n}", "title": "News", "body": "Nothing much.", "labels": {"ports": "none"}} for n in range(4)]
    file = tmp_path / "labelled.jsonl"
    file.write_text("\n".join(map(json.dumps, lines)))
    told = installed.json("suggest", "ports", "--from", file)
    assert told["suggestions"][0] == {
        "kind": "words", "term": "pier", "tp": 4, "fp": 0, "fn": -4, "f1_before": 0.0, "f1_after": 1.0,
    }  # fmt: skip
    assert told["cross_validation"] is None
    assert 'words = ["pier"]' in told["toml"]
    assert 'words = ["pier"]' in installed.run("suggest", "ports", "--from", file).stdout
    assert installed.run("suggest", "ports").exit_code == 2, "nothing is marked"


def test_what_does_not_help_on_other_articles_is_not_proposed_for_the_file(
    installed: Installation, tmp_path: Path
) -> None:
    def line(name: str, title: str, label: str) -> str:
        return json.dumps({"id": name, "title": title, "body": f"{title}. {title}.", "labels": {"ports": label}})

    found = [line(f"a{n}", f"Harbour {n} opens", "about") for n in range(12)]
    missed = [line(f"m{n}", f"Zeppelin {n}", "about") for n in range(3)]
    others = [line(f"o{n}", f"Meeting {n} ends", "none") for n in range(60)]
    file = tmp_path / "labelled.jsonl"
    file.write_text("\n".join([*found, *missed, *others]))
    told = installed.json("suggest", "ports", "--from", file)
    assert (told["suggestions"][0]["term"], told["helps"], told["toml"]) == ("zeppelin", False, "")
    printed = installed.run("suggest", "ports", "--from", file).stdout
    assert "they do not help" in printed
    assert "nothing is proposed for the file" in printed
    assert "# add to" not in printed


def test_a_merge_is_shown_first_and_then_done(installed: Installation) -> None:
    shown = installed.json("merge", "ports", "quays", "--by", "olga", "--dry-run")
    assert (shown["subscribers"], shown["missing_terms"], shown["done"]) == (2, ["harbour"], False)
    assert (installed.topics / "ports.toml").exists()
    result = installed.run("merge", "ports", "quays", "--by", "olga", "--yes")
    assert result.exit_code == 0, result.output
    assert "2 subscribers went over" in result.stdout
    assert "does not look for 1 of its terms: harbour" in result.stdout
    assert installed.states() == {"ports": "merged into quays", "quays": "in force"}
    assert (installed.topics / "retired" / "ports.toml").read_text() == PORTS
    assert {row["slug"]: row["subscribers"] for row in installed.json("list")} == {"quays": 2, "ports": 0}
    assert installed.run("mark", installed.harbour, "ports", "about", "--by", "olga").exit_code == 0
    assert json.loads(installed.run("marks", "--json").stdout)["labels"] == {"quays": "about"}


def test_marks_count_where_they_belong_after_a_merge(installed: Installation) -> None:
    def marks() -> dict[str, int]:
        return {row["slug"]: row["marks"] for row in installed.json("list")}

    installed.json("mark", installed.harbour, "ports", "about", "--by", "olga")
    installed.json("mark", installed.harbour, "ports", "about", "--by", "igor")
    installed.json("mark", installed.quay, "ports", "none", "--by", "olga")
    installed.json("mark", installed.quay, "quays", "about", "--by", "olga")
    assert marks() == {"ports": 3, "quays": 1}
    installed.json("merge", "ports", "quays", "--by", "olga")
    assert marks() == {"ports": 0, "quays": 3}, "what was not about ports may be about quays all the same"


def test_a_topic_is_renamed_and_its_history_goes_along(installed: Installation) -> None:
    assert installed.json("rename", "ports", "docks", "--by", "olga", "--title", "Docks")["subscribers"] == 2
    assert installed.states() == {"docks": "in force", "quays": "in force"}
    steps = installed.json("history", "ports")
    assert [step["version"] for step in steps] == [2, 1]
    assert "title: 'Ports' -> 'Docks'" in steps[0]["changes"]
    assert "first version" in installed.run("history", "docks").stdout


def test_a_topic_is_retired_also_where_its_file_was_moved_already(installed: Installation) -> None:
    assert installed.json("retire", "ports", "--by", "olga", "--reason", "too broad")["done"] is True
    assert installed.states() == {"quays": "in force", "ports": "retired by olga"}
    (installed.topics / "quays.toml").unlink()
    assert installed.run("retire", "quays", "--by", "olga", "--yes").exit_code == 0
    assert installed.states()["quays"] == "retired by olga"
    again = installed.run("retire", "ports", "--by", "igor", "--yes")
    assert again.exit_code == 2
    assert "by olga" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (("merge", "ports", "ports", "--by", "o"), 2, "cannot be merged into itself"),
        (("rename", "ports", "quays", "--by", "o"), 2, "sitrep topics merge ports quays"),
        (("rename", "ports", "ports", "--by", "o"), 2, "is called ports already"),
        (("rematch", "ports"), 2, "--by NAME"),
    ],
)
def test_what_cannot_be_is_one_clear_sentence(
    installed: Installation, arguments: tuple[str, ...], code: int, message: str
) -> None:
    result = installed.run(*arguments)
    assert result.exit_code == code, result.output
    assert message in result.stderr
    assert {path.name for path in installed.topics.iterdir()} == {"ports.toml", "quays.toml"}


def test_a_place_that_cannot_be_written_is_told_with_what_to_do_by_hand(installed: Installation) -> None:
    installed.topics.chmod(0o500)
    try:
        result = installed.run("merge", "ports", "quays", "--by", "olga", "--yes")
    finally:
        installed.topics.chmod(0o700)
    if result.exit_code == 0:
        pytest.skip("whoever runs this may write everywhere")
    assert 'write formerly = ["ports"] into quays.toml' in result.stderr


def test_stored_articles_are_judged_anew_and_the_job_is_told(installed: Installation) -> None:
    assert installed.json("rematch", "--status") == []
    job = installed.json("rematch", "ports", "--by", "olga")
    assert (job["state"], job["judged"], job["total"], job["gained"]) == ("done", 3, 3, 0)
    waiting = installed.json("rematch", "--background", "--send", "--by", "olga")
    assert (waiting["state"], waiting["judged"]) == ("running", 0)
    assert installed.run("rematch", "quays", "--by", "olga").exit_code == 2, "one at a time"
    assert installed.json("rematch", "--resume", waiting["id"])["state"] == "done"
    assert [row["state"] for row in installed.json("rematch", "--status")] == ["done", "done"]
    assert "silent" in installed.run("rematch", "--status").stdout
