"""Topic files: what they say, and how each mistake in them is placed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from worker.resources import shipped
from worker.schedules.files import ScheduleError, ScheduleProblem
from worker.schedules.topic_definition import MAX_TERMS, Supporting, TopicDefinition, WordList
from worker.schedules.topics import load_topics, read_topic

GOOD = """
title = "Harbours"
words = ["harbour", "port"]
phrases = ["dry dock"]
exclude = ["port wine"]

[names]
"Sam Pilot" = ["S. Pilot", "Pilot Sam"]

[[supporting]]
words = ["crane*"]
weight = 0.5
needs = ["ship"]

[languages.de]
words = ["Hafen"]

[weights]
title = 1.5
"""


def write(directory: Path, text: str, name: str = "harbours.toml") -> Path:
    path = directory / name
    path.write_text(text, encoding="utf-8")
    return path


def problems_of(directory: Path, text: str, name: str = "harbours.toml") -> tuple[ScheduleProblem, ...]:
    with pytest.raises(ScheduleError) as raised:
        read_topic(write(directory, text, name))
    return raised.value.problems


def test_a_file_becomes_a_definition_named_after_it(tmp_path: Path) -> None:
    topic = read_topic(write(tmp_path, GOOD))
    assert (topic.slug, topic.title) == ("harbours", "Harbours")
    assert topic.names == {"Sam Pilot": ("S. Pilot", "Pilot Sam")}
    assert topic.supporting[0].needs == ("ship",)
    assert topic.weights.title == 1.5
    assert set(topic.own_terms()) == {"harbour", "port", "dry dock", "Sam Pilot", "S. Pilot", "Pilot Sam", "Hafen"}


def test_the_shipped_topics_are_faultless() -> None:
    topics, problems = load_topics(shipped("schedules") / "topics")
    assert problems == []
    assert {"drones", "belarus", "arctic"} <= set(topics)
    assert all(topic.description for topic in topics.values())


@pytest.mark.parametrize(
    ("line", "number", "key", "message"),
    [
        ('wrods = ["x"]', 4, "wrods", "did you mean 'words'"),
        ('slug = "ports"', 4, "slug", "unknown key"),
        ('exclude = "port wine"', 4, "exclude", "must be a list of texts"),
        ('exclude = ["fine", 3]', 4, "exclude.1", "must be a text in quotes"),
        ('exclude = ["fine", "..."]', 4, "exclude.1", "has no letter or digit"),
        ('exclude = ["*wine"]', 4, "exclude.0", "only at the end of a word"),
        ('exclude = ["po*"]', 4, "exclude.0", "3 letters or more"),
        ('exclude = ["a b c d e f g h i"]', 4, "exclude.0", "more than 8 words"),
        ('exclude = ["Port"]', 4, "exclude", "both looked for and excluded"),
        ("threshold = 0", 4, "threshold", "greater than 0"),
        ('position = "first"', 4, "position", "whole number"),
        ("[weights]\nbody = -1", 5, "weights.body", "greater than or equal to 0"),
        ("[weights]\nfoot = 1", 5, "weights.foot", "unknown key"),
        ("[[supporting]]\nwieght = 1", 5, "supporting.0.wieght", "did you mean 'weight'"),
        ("[[supporting]]\nweight = 2", 5, "supporting.0.weight", "less than or equal to 1"),
        ("[languages.german]\nwords = []", 4, "languages.german", "two letters"),
        ('[languages.de]\nword = ["Hafen"]', 5, "languages.de.word", "did you mean 'words'"),
        ("[languages.uk]\nstem = true", 5, "languages.uk.stem", "no stemmer for 'uk'"),
        ("[languages.de]\nstem = 3", 5, "languages.de.stem", "true or false"),
        ('sources = ["https://ports.example/feed"]', 4, "sources.0", "must be a host"),
        ('against = ["a*"]', 4, "against.0", "3 letters or more"),
        ("[[supporting]]\nmentions = 3", 5, "supporting.0.mentions", "true or false"),
        ("[weights]\nsource = 9", 5, "weights.source", "less than or equal to 5"),
    ],
)
def test_a_mistake_is_placed(tmp_path: Path, line: str, number: int, key: str, message: str) -> None:
    (problem,) = problems_of(tmp_path, f'\ntitle = "Ports"\nwords = ["port"]\n{line}\n')
    assert (problem.line, problem.key) == (number, key)
    assert message in problem.message
    assert "harbours.toml" in problem.file


def test_an_unknown_key_is_told_what_is_allowed(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path, 'title = "Ports"\nwords = ["port"]\n[languages.de]\nfrases = []\n')
    assert set(problem.allowed) == {"words", "phrases", "exclude", "stem"}


def test_every_mistake_is_reported_at_once(tmp_path: Path) -> None:
    found = problems_of(tmp_path, 'wrods = ["x"]\nthreshold = -2\n', "Bad Name.toml")
    assert {problem.key for problem in found} == {"wrods", "threshold", "title", None}


def test_a_faulty_word_in_a_long_list_is_placed_on_its_own_line(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path, 'title = "Ports"\nwords = [\n  "port",\n  "a*",\n]\n')
    assert (problem.line, problem.key) == (4, "words.1")


def test_a_topic_without_terms_is_refused(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path, 'title = "Ports"\n')
    assert "nothing to look for" in problem.message


def test_a_list_gone_wrong_is_refused(tmp_path: Path) -> None:
    words = ", ".join(f'"word{number}"' for number in range(MAX_TERMS + 1))
    (problem,) = problems_of(tmp_path, f'title = "Ports"\nwords = [{words}]\n')
    assert f"{MAX_TERMS} are allowed" in problem.message


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('title = "Ports"\nwords = [' + '"port", ' * 200_000 + "]", "1,000,000 are allowed"),
        ('title = "Ports"\nwords = ' + "[" * 50_000 + "]" * 50_000, "deeper"),
        ('title = "Ports"\na' + ".a" * 200_000 + " = 1", "more than ten parts"),
        ('title = "Ports"\n[a' + ".a" * 200_000 + "]", "more than ten parts"),
        ('title = "Ports"\nx = {a' + ".a" * 200_000 + " = 1}", "more than ten parts"),
        ('title = "Ports"\n"a"' + ' . "a"' * 100_000 + " = 1", "more than ten parts"),
        ('title = "Ports"\nposition = ' + "9" * 5000, "thousands of digits"),
        ('title = "Ports"\ndescription = """\n[' + " " * 900_000 + 'x"""', "more than 500 characters"),
        ('title = "Ports"\nphrases = ["unm* aer* vehi*"]', "more than 2 words with *"),
        ('title = "Ports"\n' + "[[supporting]]\n" * 60_000, "more than 50 entries"),
        ('title = "Ports"\nwords = [' + '"a*b",\n' * 60_000 + "]", "59950 more mistakes"),
        ('title = "Ports"\n' + "".join(f"key{number} = 1\n" for number in range(40_000)), "more mistakes"),
        ('title = "Ports"\nwords = ["' + "a" * 900_000 + '"]', "characters"),
        ('title = "Ports"\nwords = ["' + "a " * 49 + '"]', "more than 8 words"),
        ('title = "Ports"\nwords = ["port\\u0000"]', "unprintable character U+0000"),
        ('title = "Ports"\nwords = ["\\u202Etrop"]', "unprintable character U+202E"),
        ('title = "Po\\u0007rts"\nwords = ["port"]', "unprintable character U+0007"),
        ('title = "Ports"\nwords = ["dr\\u043ene"]', "mixes Cyrillic (\u043e) and Latin (d)"),
        ('title = "Ports"\nwords = ["p*", "po*"]', "3 letters or more"),
        ('title = "Ports"\nwords = ["*", "**", "a*b*"]', "*"),
    ],
)
def test_a_hostile_file_is_refused_with_a_clear_error(tmp_path: Path, content: str, message: str) -> None:
    found = problems_of(tmp_path, content)
    assert any(message in str(problem) for problem in found)
    assert all("Traceback" not in str(problem) and len(str(problem)) < 1000 for problem in found)


def test_what_pasted_text_brings_along_unseen_is_dropped(tmp_path: Path) -> None:
    topic = read_topic(write(tmp_path, 'title = "Por\u00adts\u200b"\nwords = ["por\u00adt", "A\u030alesund"]\n'))
    assert (topic.title, topic.words) == ("Ports", ("port", "\u00c5lesund"))


def test_the_invisible_mark_some_editors_begin_a_file_with_is_no_mistake(tmp_path: Path) -> None:
    assert read_topic(write(tmp_path, '\ufefftitle = "Ports"\nwords = ["port"]\n')).words == ("port",)


def test_a_word_may_mix_letters_and_digits_or_alphabets_that_do_not_look_alike(tmp_path: Path) -> None:
    assert read_topic(write(tmp_path, 'title = "T"\nwords = ["F-35", "T-90М", "ЗРК С-400", "東京タワー"]\n')).words


def test_what_is_no_toml_is_placed(tmp_path: Path) -> None:
    (problem,) = problems_of(tmp_path, 'title = "Ports"\nwords = [\n')
    assert problem.line is not None


def test_a_faulty_file_takes_no_other_down(tmp_path: Path) -> None:
    write(tmp_path, GOOD)
    write(tmp_path, "title =", "broken.toml")
    topics, problems = load_topics(tmp_path)
    assert list(topics) == ["harbours"]
    assert [Path(problem.file).name for problem in problems] == ["broken.toml"]


def test_a_missing_directory_is_a_problem_not_a_crash(tmp_path: Path) -> None:
    topics, problems = load_topics(tmp_path / "absent")
    assert topics == {}
    assert "no directory" in problems[0].message


def test_the_hash_changes_with_the_wording_only(tmp_path: Path) -> None:
    first = read_topic(write(tmp_path, GOOD))
    same = read_topic(
        write(
            tmp_path,
            "# a remark\n" + GOOD.replace('words = ["crane*"]\nweight = 0.5', 'weight = 0.5\nwords = ["crane*"]'),
        )
    )
    other = read_topic(write(tmp_path, GOOD.replace('"port"', '"ports"')))
    assert first.hash == same.hash != other.hash


terms = st.from_regex(r"([a-zA-Zæøß0-9]{3,12}|[а-я0-9]{3,12})( [a-z]{1,8}){0,3}", fullmatch=True)
lists = st.lists(terms, max_size=4).map(tuple)


@given(
    words=lists,
    names=st.dictionaries(terms, lists, max_size=2),
    groups=st.lists(st.builds(Supporting, words=lists, weight=st.floats(0.1, 1)), max_size=2).map(tuple),
    languages=st.dictionaries(st.sampled_from(["de", "ru"]), st.builds(WordList, words=lists), max_size=2),
    threshold=st.floats(0.5, 50),
)
def test_a_definition_comes_back_from_json_unchanged(
    words: tuple[str, ...],
    names: dict[str, tuple[str, ...]],
    groups: tuple[Supporting, ...],
    languages: dict[str, WordList],
    threshold: float,
) -> None:
    topic = TopicDefinition(
        slug="x", title="X", words=words, names=names, supporting=groups, languages=languages, threshold=threshold
    )
    back = TopicDefinition.from_json(json.loads(json.dumps(topic.to_json())))
    assert back == topic
    assert back.hash == topic.hash
