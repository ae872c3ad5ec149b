"""Reads `topics/*.toml`. A faulty file is reported with file, line and key, and takes no other file down."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from worker.schedules.files import LineIndex, ScheduleError, ScheduleProblem, read_toml, unknown_keys
from worker.schedules.topic_definition import MAX_TERMS, SLUG, STEMMED, Supporting, TopicDefinition, Weights, WordList

MAX_PROBLEMS = 50
"""The most mistakes of one file that are told."""

_EXPECTED = {
    "string_type": "must be a text in quotes",
    "tuple_type": 'must be a list of texts, such as ["drone", "UAV"]',
    "list_type": "must be a list",
    "dict_type": "must be a table",
    "model_type": "must be a table",
    "model_attributes_type": "must be a table",
    "float_type": "must be a number",
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "int_parsing": "must be a whole number",
    "float_parsing": "must be a number",
    "string_too_short": "must not be empty",
    "missing": "is missing",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
}


def load_topics(directory: Path) -> tuple[dict[str, TopicDefinition], list[ScheduleProblem]]:
    """The good definitions by slug, and what is wrong with the others."""
    if not directory.is_dir():
        return {}, [ScheduleProblem(str(directory), "is no directory: topics are read from files topics/<slug>.toml")]
    topics: dict[str, TopicDefinition] = {}
    problems: list[ScheduleProblem] = []
    for path in sorted(directory.glob("*.toml")):
        try:
            topic = read_topic(path)
        except ScheduleError as error:
            problems.extend(error.problems)
        else:
            topics[topic.slug] = topic
    contested = list(_contested(topics, directory))
    for slug in {Path(problem.file).stem for problem in contested}:
        del topics[slug]
    return topics, [*problems, *contested]


def _contested(topics: dict[str, TopicDefinition], directory: Path) -> Iterator[ScheduleProblem]:
    """Former names that are another file's: whose subscribers they are would be a guess."""
    claimed: dict[str, str] = {}
    for slug, topic in topics.items():
        path = directory / f"{slug}.toml"
        for old in topic.formerly:
            holder = claimed.setdefault(old, slug)
            if old == slug:
                message = f"{old!r} is the topic's own name; list former ones only"
            elif holder != slug:
                message = f"{holder}.toml says that it was {old!r}; keep it in one of them"
            elif (directory / f"{old}.toml").exists():
                message = f"{old}.toml is still there: move it away, for instance into {directory.name}/retired/"
            else:
                continue
            _, lines = read_toml(path)
            yield ScheduleProblem(str(path), message, _line(path, lines, "formerly", old), "formerly")


def read_topic(path: Path) -> TopicDefinition:
    """One definition; its slug is the file's name. Raises ScheduleError with every mistake in the file."""
    content, lines = read_toml(path)
    problems = _unknown(content, path, lines)
    if not SLUG.fullmatch(path.stem):
        message = (
            f"the file's name is the topic's slug: {path.stem!r} must be lowercase letters, digits and single hyphens"
        )
        problems.append(ScheduleProblem(str(path), message))
    known = {key: value for key, value in content.items() if key in TopicDefinition.model_fields and key != "slug"}
    try:
        topic = TopicDefinition.model_validate({**known, "slug": path.stem})
    except ValidationError as error:
        faults = [fault for fault in error.errors() if fault["type"] != "extra_forbidden"]
        problems += [_placed(path, lines, fault) for fault in faults[:MAX_PROBLEMS]]
        raise ScheduleError(_first(problems, len(problems) + len(faults[MAX_PROBLEMS:]), path)) from error
    problems += _contradictions(topic, path, lines)
    if problems:
        raise ScheduleError(_first(problems, len(problems), path))
    return topic


def _first(problems: list[ScheduleProblem], total: int, path: Path) -> list[ScheduleProblem]:
    """As many as anybody reads, and how many there are."""
    kept = problems[:MAX_PROBLEMS]
    if total > len(kept):
        kept.append(ScheduleProblem(str(path), f"has {total - len(kept)} more mistakes"))
    return kept


def _unknown(content: dict[str, Any], path: Path, lines: LineIndex) -> list[ScheduleProblem]:
    few = list(content)[: 2 * MAX_PROBLEMS]  # with more than that some are unknown
    problems = unknown_keys(few, set(TopicDefinition.model_fields) - {"slug"}, file=path, lines=lines)
    tables: list[tuple[str, Any, type[BaseModel]]] = [("weights.", content.get("weights"), Weights)]
    groups = content.get("supporting")
    if isinstance(groups, list):
        tables += [(f"supporting.{number}.", group, Supporting) for number, group in enumerate(groups)]
    languages = content.get("languages")
    if isinstance(languages, dict):
        tables += [(f"languages.{code}.", listed, WordList) for code, listed in languages.items()]
    for prefix, table, model in tables:
        if isinstance(table, dict):
            problems += unknown_keys(table, model.model_fields, file=path, lines=lines, prefix=prefix)
    return problems


def _placed(path: Path, lines: LineIndex, fault: Any) -> ScheduleProblem:
    key = ".".join(str(part) for part in fault["loc"] if part != "[key]")
    kind = fault["type"]
    if kind == "string_pattern_mismatch" and key.startswith("formerly"):
        message = "must be a topic's slug: lowercase letters, digits and single hyphens"
    elif kind == "string_pattern_mismatch" and key.startswith("languages"):
        message = "must be a language code of two letters, such as de"
    elif kind == "value_error":
        message = str(fault["ctx"]["error"])
    elif kind in ("too_long", "string_too_long"):
        unit = "characters" if isinstance(fault.get("input"), str) else "entries"
        message = f"has more than {fault['ctx']['max_length']} {unit}"
    else:
        message = _EXPECTED.get(kind, fault["msg"][:1].lower() + fault["msg"][1:])
    given = fault.get("input")
    if isinstance(given, str) and given and kind not in ("missing", "tuple_type"):
        message = f"{given[:60]!r} {message}"
    return ScheduleProblem(str(path), message, _line(path, lines, key, given), key)


def _line(path: Path, lines: LineIndex, key: str, given: Any) -> int | None:
    """The line of the faulty value itself where a long list holds it, else that of its key."""
    start = lines.line_of(key)
    if start is None or not isinstance(given, str) or not given:
        return start
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines()[start - 1 :], start=start):
        if f'"{given}"' in line or f"'{given}'" in line:
            return number
    return start


def _contradictions(topic: TopicDefinition, path: Path, lines: LineIndex) -> list[ScheduleProblem]:
    own = {term.casefold(): term for term in topic.own_terms()}
    problems = []
    if not own:
        message = "names nothing to look for: give words, phrases or names"
        problems.append(ScheduleProblem(str(path), message, key="words"))
    if topic.count_terms() > MAX_TERMS:
        message = f"has {topic.count_terms()} terms; {MAX_TERMS} are allowed"
        problems.append(ScheduleProblem(str(path), message, lines.line_of("words"), "words"))
    for code, listed in topic.languages.items():
        if listed.stem and code not in STEMMED:
            key = f"languages.{code}.stem"
            message = f"there is no stemmer for {code!r}; give the words with *, such as drone*"
            problems.append(ScheduleProblem(str(path), message, lines.line_of(key), key, tuple(sorted(STEMMED))))
    for term in topic.exclusions():
        if term.casefold() in own:
            message = f"{term!r} is both looked for and excluded; keep one of them"
            problems.append(ScheduleProblem(str(path), message, _line(path, lines, "exclude", term), "exclude"))
    return problems


__all__ = ["TopicDefinition", "load_topics", "read_topic"]
