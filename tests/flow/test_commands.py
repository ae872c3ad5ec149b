"""Every command: its help, its JSON, one sentence for bad input, and `sitrep check` for each kind of fault."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError
from typer import Context
from typer.main import get_command
from typer.testing import CliRunner

from demo.newsroom import Newsroom
from tests.flow.commands import environment_of, sitrep, sitrep_json
from tests.flow.flow import Flow, reader
from tests.flow.test_explain import prefer
from tests.flow.test_subscribe_to_mail import BELARUS, only_these, publish
from worker.cli import app
from worker.resources import shipped
from worker.services.check import why_refused

ON_SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
NOT_FOR_SCRIPTS = {"up", "web", "worker", "beat"}
"""These run, and answer nothing."""


def commands() -> Iterator[tuple[str, ...]]:
    """Each command by the words that call it."""
    group = get_command(app)
    context = Context(group)
    for name in group.list_commands(context):  # type: ignore[attr-defined]
        command = group.get_command(context, name)  # type: ignore[attr-defined]
        yield from (
            ((name, inner) for inner in getattr(command, "commands", {}))
            if hasattr(command, "commands")
            else ((name,),)
        )


@pytest.mark.parametrize("words", sorted(commands()), ids=" ".join)
def test_each_command_says_what_it_does_and_can_answer_scripts(words: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, [*words, "--help"], env={"COLUMNS": "200", "NO_COLOR": "1", "TERM": "dumb"})
    assert result.exit_code == 0
    assert "Usage" in result.output
    assert words[0] in NOT_FOR_SCRIPTS or "--json" in result.output


@ON_SQLITE
def test_what_the_lists_say_fits_the_mail_that_went_out(flow: Flow, newsroom: Newsroom) -> None:
    only_these(newsroom, BELARUS)
    flow.subscribe([reader("ann", "belarus", "instant"), reader("ben", "arctic", "daily", zone="Asia/Kathmandu")])
    publish(newsroom, flow, BELARUS)
    environment = environment_of(flow)

    (edition,) = sitrep_json(environment, "editions", "list")
    assert (edition["newsletter"], edition["state"], edition["planned"]) == ("alert", "closed", 1)
    shown = sitrep_json(environment, "editions", "show", str(edition["id"]))
    assert shown["balanced"]
    assert [(each["state"], each["count"]) for each in shown["deliveries"]] == [("delivered", 1)]
    (coming,) = sitrep_json(environment, "editions", "next")
    assert (coming["zone"], coming["due_at"][:16]) == ("Asia/Kathmandu", "2026-03-03T02:15")
    (source,) = sitrep_json(environment, "sources", "list")
    assert source["url"] == f"{newsroom.url}/feed/"
    latest = sitrep_json(environment, "articles", "list")
    assert latest[0]["url"].endswith(f"/{BELARUS}/")
    assert len(sitrep_json(environment, "deliveries", "list")) == 1
    assert sitrep_json(environment, "deliveries", "uncertain") == []
    for words in (("editions", "list"), ("editions", "next"), ("sources", "list"), ("deliveries", "list")):
        done = sitrep(environment, *words)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.strip()


@ON_SQLITE
def test_who_left_a_frequency_is_not_among_those_its_next_digest_is_for(flow: Flow) -> None:
    flow.subscribe([reader("ann", "belarus", "daily"), reader("ben", "belarus", "daily")])
    environment = environment_of(flow)
    assert [row["people"] for row in sitrep_json(environment, "editions", "next")] == [2]
    prefer(flow, "ann", **{"topic.belarus": "instant"})
    assert [row["people"] for row in sitrep_json(environment, "editions", "next")] == [1]
    prefer(flow, "ben", **{"topic.belarus": "off"})
    assert sitrep_json(environment, "editions", "next") == []


@ON_SQLITE
def test_a_pipe_gets_each_row_on_a_line_of_its_own(flow: Flow, newsroom: Newsroom) -> None:
    environment = environment_of(flow) | {"COLUMNS": ""}
    done = sitrep(environment, "articles", "list")
    head, *rows = done.stdout.splitlines()
    assert head.split() == ["id", "published", "(UTC)", "title", "source", "revision", "text", "state"]
    titles = [each.title for each in newsroom.published]
    assert len(rows) == len(titles)
    assert all(any(title in row for row in rows) for title in titles)


@ON_SQLITE
def test_empty_lists_say_why_they_are_empty(flow: Flow) -> None:
    environment = environment_of(flow)
    for words, said in (
        ("deliveries list", "No mail was planned yet"),
        ("deliveries list --doubled", "No delivery fits"),
        ("editions list", "No edition yet"),
    ):
        done = sitrep(environment, *words.split())
        assert (done.returncode, done.stdout.startswith(said)) == (0, True)


@ON_SQLITE
def test_what_works_is_said_and_what_does_not(flow: Flow) -> None:
    environment = environment_of(flow)
    silent = sitrep(environment, "health", "beat")
    assert (silent.returncode, silent.stderr) == (1, "No heartbeat of late: beat\n")
    with flow.session() as session:
        flow.services.beat(session, "beat")
    assert sitrep(environment, "health", "beat").stdout == "Works: beat\n"


@ON_SQLITE
def test_check_lists_every_fault_of_every_kind(flow: Flow, tmp_path: Path) -> None:
    schedules, templates = tmp_path / "faulty", tmp_path / "templates"
    shutil.copytree(shipped("schedules"), schedules)
    shutil.copytree(shipped("templates"), templates)
    (schedules / "topics" / "drones.toml").write_text("title = 3\n")
    (schedules / "newsletters" / "daily.toml").write_text("title = [\n")
    (schedules / "sources.toml").write_text('[[source]]\nurl = "ftp://example.org/feed"\n')
    (templates / "web" / "left.html").write_text(
        "{% extends 'base.html' %}\n{% block content %}{{ nonsense.title }}{% endblock %}\n"
    )
    body = templates / "email" / "digest" / "body.txt"
    body.write_text(body.read_text(encoding="utf-8") + "\n{{ nobody_gives_this }}\n", encoding="utf-8")
    environment = environment_of(flow) | {
        "SITREP_SECRET": "short",
        "SITREP_MAILER": "sendgrid",
        "SITREP_SENDER_ADRESS": "news@example.org",
        "SITREP_NOTHING_LIKE_IT": "1",
        "SITREP_SCHEDULES_DIR": str(schedules),
        "SITREP_TEMPLATES_DIR": str(templates),
        "SITREP_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/nothing",
        "SITREP_REDIS_URL": "redis://127.0.0.1:9/0",
    }
    done = sitrep(environment, "check")
    assert done.returncode == 1
    for words in (
        "settings: SITREP_SECRET is too short",
        "settings: SITREP_SENDER_ADRESS is no setting: did you mean SITREP_SENDER_ADDRESS?",
        "settings: SITREP_NOTHING_LIKE_IT is no setting; docs/settings.md lists them all",
        "settings: SITREP_SENDER_ADDRESS is not set: the From-address would be 'updates@defencespot.com'",
        "settings: SITREP_POSTAL_ADDRESS is not set",
        "settings: SITREP_BASE_URL is http://127.0.0.1",
        f"templates: {templates / 'web' / 'left.html'}:2: 'nonsense' is undefined",
        "mailer: SITREP_MAILER is sendgrid, but SITREP_SENDGRID_API_KEY is not set",
        f"schedules: {schedules / 'topics' / 'drones.toml'}:1: title:",
        f"schedules: {schedules / 'newsletters' / 'daily.toml'}:",
        f"schedules: {schedules / 'sources.toml'}:2: source.0.url:",
        "nobody_gives_this",
        "database: The database does not answer",
        "redis: Redis does not answer",
    ):
        assert words in done.stderr
    listed = json.loads(sitrep(environment, "check", "--json").stdout)
    assert not listed["ok"]
    assert {fault["part"] for fault in listed["faults"]} == {
        "settings",
        "mailer",
        "schedules",
        "templates",
        "database",
        "redis",
    }


def test_with_settings_that_cannot_be_read_check_still_looks_at_everything_else(tmp_path: Path) -> None:
    schedules = tmp_path / "schedules"
    shutil.copytree(shipped("schedules"), schedules)
    (schedules / "topics" / "drones.toml").write_text("title = 3\n")
    environment = {
        "SITREP_STATE_DIR": str(tmp_path),
        "SITREP_SCHEDULES_DIR": str(schedules),
        "SITREP_BATCH_SIZE": "many",
        "SITREP_BASE_URL": "nowhere",
    }
    done = sitrep(environment, "check", "--json")
    assert (done.returncode, done.stderr) == (1, "")
    listed = json.loads(done.stdout)
    told = [f"{fault['part']}: {fault['message']}" for fault in listed["faults"]]
    for words in (
        "settings: SITREP_BATCH_SIZE: ",
        "settings: SITREP_BASE_URL: ",
        "schedules: ",
        "database: ",
        "redis: ",
    ):
        assert [each for each in told if each.startswith(words)], words


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("SITREP_BASE_URL", "https://news.example.org:port", "is no web address"),
        ("SITREP_SITE_URL", "https://news .example.org", "is no web address"),
        ("SITREP_BATCH_SIZE", "many", "SITREP_BATCH_SIZE"),
        ("SITREP_DATABASE_URL", "mysql://localhost/x", "use postgresql or sqlite"),
        ("SITREP_CLOCK", "yesterday", "SITREP_CLOCK"),
        ("SITREP_STATE_DIR", "/proc/nothing", "SITREP_STATE_DIR"),
    ],
)
def test_a_setting_that_cannot_be_used_is_one_sentence(tmp_path: Path, setting: str, value: str, said: str) -> None:
    environment = {"SITREP_STATE_DIR": str(tmp_path), setting: value}
    arguments = ["editions", "list"]
    if setting == "SITREP_CLOCK":
        assert sitrep({"SITREP_STATE_DIR": str(tmp_path)}, "migrate").returncode == 0
        arguments = ["sources", "poll"]
    done = sitrep(environment, *arguments)
    assert done.returncode == 1
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize("words", [("editions", "show", "x"), ("editions", "list", "--limit", "0"), ("nonsense",)])
def test_a_call_that_cannot_be_understood_ends_with_2(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = sitrep({"SITREP_STATE_DIR": str(tmp_path)}, *words)
    assert done.returncode == 2
    assert done.stderr.startswith("Usage")


@pytest.mark.parametrize(
    ("typed", "meant"), [("edtions", "editions"), ("explian", "explain"), ("editions lst", "list"), ("chek", "check")]
)
def test_a_mistyped_command_names_the_one_that_was_meant(typed: str, meant: str) -> None:
    result = CliRunner().invoke(app, typed.split(), env={"COLUMNS": "200"})
    assert result.exit_code == 2
    assert f"Did you mean '{meant}'?" in result.stderr


def test_migrating_tells_scripts_from_where_to_where(tmp_path: Path) -> None:
    environment = {"SITREP_STATE_DIR": str(tmp_path)}
    first, second = (json.loads(sitrep(environment, "migrate", "--json").stdout) for _ in range(2))
    assert (first["before"], second["before"]) == (None, first["revision"])


LOOKING = (
    *("editions list", "editions next", "editions show 1", "deliveries list", "deliveries uncertain", "articles list"),
    *("articles show 1", "sources list", "explain ann@example.org", "health beat", "topics match 1", "check"),
)


@pytest.mark.parametrize("words", LOOKING)
def test_where_nothing_is_a_command_that_looks_says_so_and_makes_nothing(tmp_path: Path, words: str) -> None:
    place = tmp_path / "elsewhere"
    done = sitrep({"SITREP_STATE_DIR": str(place)}, *words.split())
    assert (done.returncode, done.stdout) == (1, "")
    database = place / "sitrep.sqlite"
    assert f"There is no database at {database}: `sitrep up` or `sitrep migrate` makes it" in done.stderr
    assert "SITREP_STATE_DIR" in done.stderr
    assert not place.exists()


def test_without_tables_a_command_says_what_to_run(tmp_path: Path) -> None:
    (tmp_path / "sitrep.sqlite").touch()
    done = sitrep({"SITREP_STATE_DIR": str(tmp_path)}, "editions", "list")
    assert done.returncode == 1
    assert "sitrep migrate" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_what_the_database_refuses_is_told_as_it_is(sqlite_engine: Engine) -> None:
    """Its tables bear no mark of a version; still not every refusal comes from that."""
    for statement, told in (
        ("INSERT INTO newsletter (slug) VALUES ('x')", "The database refused: NOT NULL constraint failed"),
        ("SELECT absent FROM newsletter", "The tables are not those of this version: run `sitrep migrate`"),
        ("SELECT * FROM nowhere", "The tables are not those of this version: run `sitrep migrate`"),
    ):
        with pytest.raises(DBAPIError) as caught, sqlite_engine.begin() as connection:
            connection.execute(text(statement))
        assert why_refused(caught.value, sqlite_engine).startswith(told)
