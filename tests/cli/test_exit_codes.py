"""What does not exist is told alike by every command: exit code 1. What can be nobody's name is a mistake: 2."""

from __future__ import annotations

import pytest

from tests.cli.installation import Installation

BATCH = "00000000-0000-4000-8000-000000000000"
BY = ("--by", "olga")

NOT_THERE: dict[str, tuple[str, ...]] = {
    "explain": ("explain", "nobody@example.org"),
    "explain, the article": ("explain", "bo@example.org", "no such headline"),
    "editions show": ("editions", "show", "77"),
    "deliveries list, the edition": ("deliveries", "list", "--edition", "77"),
    "deliveries list, the address": ("deliveries", "list", "--address", "nobody@example.org"),
    "deliveries settle": ("deliveries", "settle", BATCH, "--sent", *BY),
    "topics match, the topic": ("topics", "match", "1", "--topic", "nothing"),
    "topics match, the article": ("topics", "match", "77"),
    "topics backtest": ("topics", "backtest", "nothing"),
    "topics suggest": ("topics", "suggest", "nothing"),
    "topics mark, the topic": ("topics", "mark", "1", "nothing", "about", *BY),
    "topics mark, the article": ("topics", "mark", "77", "ports", "about", *BY),
    "topics unmark, the topic": ("topics", "unmark", "1", "nothing", *BY),
    "topics unmark, the article": ("topics", "unmark", "77", "ports", *BY),
    "topics marks": ("topics", "marks", "nothing"),
    "topics history": ("topics", "history", "nothing"),
    "topics rename": ("topics", "rename", "nothing", "new", *BY),
    "topics merge": ("topics", "merge", "nothing", "ports", *BY),
    "topics merge, the other": ("topics", "merge", "ports", "nothing", *BY),
    "topics retire": ("topics", "retire", "nothing", *BY),
    "topics rematch": ("topics", "rematch", "nothing", *BY),
    "topics rematch --resume": ("topics", "rematch", "--resume", "77"),
    "topics rematch --cancel": ("topics", "rematch", "--cancel", "77"),
    "sources show": ("sources", "show", "nothing"),
    "sources poll": ("sources", "poll", "nothing"),
    "sources remove": ("sources", "remove", "nothing"),
    "articles list": ("articles", "list", "--source", "nothing"),
    "articles show": ("articles", "show", "77"),
    "articles diff": ("articles", "diff", "77"),
    "articles diff, the revision": ("articles", "diff", "1", "--revision", "9"),
    "articles release": ("articles", "release", "77", *BY),
    "articles update": ("articles", "update", "77", *BY),
    "articles withdraw": ("articles", "withdraw", "77", *BY),
    "searches test": ("searches", "test", "quay", "--article", "77"),
    "searches list": ("searches", "list", "nobody@example.org"),
    "searches add": ("searches", "add", "nobody@example.org", "quay"),
    "searches remove, the person": ("searches", "remove", "nobody@example.org", "1"),
    "searches remove, the search": ("searches", "remove", "bo@example.org", "77"),
}

UNUSABLE: dict[str, tuple[str, ...]] = {
    "no address": ("explain", "nobody"),
    "no number": ("editions", "show", "x"),
    "no batch": ("deliveries", "settle", "x", "--sent", *BY),
    "no state": ("deliveries", "list", "--state", "gone"),
    "no label": ("topics", "mark", "1", "ports", "perhaps", *BY),
    "no slug": ("topics", "rename", "ports", "New Name", *BY),
    "no span": ("topics", "backtest", "ports", "--since", "soon"),
    "no file": ("topics", "match", "absent.html"),
    "no definition": ("topics", "backtest", "ports", "--file", "absent.toml"),
    "no part": ("health", "heart"),
    "no search": ("searches", "test", "AND"),
    "no frequency": ("searches", "add", "bo@example.org", "quay", "--frequency", "hourly"),
    "no command": ("topic",),
    "no option": ("topics", "list", "--none-such"),
}


@pytest.fixture
def one_source(installed: Installation) -> Installation:
    (installed.schedules / "sources.toml").write_text('[[source]]\nurl = "https://a.invalid/"\n')
    return installed


def test_what_is_not_there_is_exit_code_1_everywhere_and_is_named(one_source: Installation) -> None:
    wrong = []
    for what, arguments in NOT_THERE.items():
        code, told = one_source.sitrep(*arguments)
        named = [word for word in arguments if word in told]
        if code != 1 or len(told.strip().splitlines()) != 1 or not (named or what.startswith("searches")):
            wrong.append((what, code, told))
    assert wrong == []


def test_what_cannot_be_used_is_exit_code_2_everywhere(one_source: Installation) -> None:
    codes = {what: one_source.sitrep(*arguments)[0] for what, arguments in UNUSABLE.items()}
    assert codes == dict.fromkeys(UNUSABLE, 2)
