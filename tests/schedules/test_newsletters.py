"""Newsletter files: each mistake is named with file, line, key and what is allowed."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, time
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select
from sqlmodel import Session

from worker.compose.newsletters import newsletters_in_force
from worker.database import session_on, table
from worker.models import Frequency, ScheduleFault, Topic
from worker.resources import shipped
from worker.schedules.files import ScheduleError
from worker.schedules.newsletters import load_newsletters, read_newsletter
from worker.services.schedules import put_in_force

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def written(directory: Path, name: str, text: str) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / name
    path.write_text(text, encoding="utf-8")
    return path


def test_the_shipped_newsletters_are_in_order() -> None:
    found, problems = load_newsletters(shipped("schedules") / "newsletters")
    assert problems == []
    assert {definition.frequency for definition in found.values()} == {"instant", "daily", "weekly"}


@pytest.mark.parametrize(
    ("text", "line", "key", "told"),
    [
        ('title = "D"\nfrequency = "daily"\nmax_artikles = 3\n', 3, "max_artikles", "did you mean 'max_articles'"),
        ('title = "D"\nfrequency = "dayly"\n', 2, "frequency", "instant, daily, weekly"),
        ('title = ""\nfrequency = "daily"\n', 1, "title", "is empty"),
        ('frequency = "daily"\n', 1, "title", "is missing"),
        ('title = "D"\nfrequency = "daily"\nmax_articles = 0\n', 3, "max_articles", "from 1 to 100"),
        ('title = "D"\nfrequency = "daily"\nmax_articles = "many"\n', 3, "max_articles", "must be a whole number"),
        ('title = "D"\nfrequency = "instant"\nquiet_hours = "22-7"\n', 3, "quiet_hours", "22:00-07:00"),
        ('title = "D"\nfrequency = "instant"\nquiet_hours = "07:00-07:00"\n', 3, "quiet_hours", "22:00-07:00"),
        ('title = "D"\nfrequency = "daily"\nquiet_hours = "22:00-07:00"\n', 3, "quiet_hours", "only the instant"),
        ('title = "D"\nfrequency = "weekly"\nmax_per_day = 3\n', 3, "max_per_day", "only the instant"),
        ('title = "D"\nfrequency = "daily"\nsender_address = "me"\n', 3, "sender_address", "an e-mail address"),
        ('title = "D\nfrequency = "daily"\n', 1, None, "is not valid TOML"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, text: str, line: int, key: str | None, told: str) -> None:
    path = written(tmp_path, "mine.toml", text)
    with pytest.raises(ScheduleError) as caught:
        read_newsletter(path)
    (problem,) = caught.value.problems
    assert (problem.file, problem.line, problem.key) == (str(path), line, key)
    assert told in str(problem)


def test_a_definition_comes_back_from_its_json() -> None:
    for definition in load_newsletters(shipped("schedules") / "newsletters")[0].values():
        assert type(definition).from_json(definition.to_json()) == definition


def test_quiet_hours_are_read_as_local_times(tmp_path: Path) -> None:
    path = written(tmp_path, "a.toml", 'title = "A"\nfrequency = "instant"\nquiet_hours = "22:30-07:00"\n')
    assert read_newsletter(path).quiet == (time(22, 30), time(7))


class TestInForce:
    @pytest.fixture
    def directory(self, tmp_path: Path) -> Path:
        for name in ("topics", "newsletters"):
            (tmp_path / name).mkdir()
        written(tmp_path, "sources.toml", "")
        written(tmp_path / "newsletters", "daily.toml", 'title = "Daily"\nfrequency = "daily"\n')
        return tmp_path

    def daily(self, session: Session) -> str:
        return newsletters_in_force(session)[Frequency.DAILY].definition.title

    def test_a_second_newsletter_of_a_frequency_does_not_take_over(self, session: Session, directory: Path) -> None:
        put_in_force(session, directory, now=NOW)
        other = written(directory / "newsletters", "briefing.toml", 'title = "Briefing"\nfrequency = "daily"\n')
        found = put_in_force(session, directory, now=NOW)
        assert self.daily(session) == "Daily"
        assert any(problem.file == str(other) for problem in found.problems)
        assert session.get(ScheduleFault, str(other)) is not None

    def test_not_even_while_the_one_in_force_has_a_typo(self, session: Session, directory: Path) -> None:
        put_in_force(session, directory, now=NOW)
        written(directory / "newsletters", "daily.toml", 'title = "Dayly"\nfrequency = "dayly"\n')
        written(directory / "newsletters", "briefing.toml", 'title = "Briefing"\nfrequency = "daily"\n')
        put_in_force(session, directory, now=NOW)
        assert self.daily(session) == "Daily"

    def test_those_who_read_the_files_at_once_put_them_in_force_once(self, engine: Engine, directory: Path) -> None:
        for number in range(12):
            written(directory / "topics", f"topic-{number}.toml", f'title = "Topic {number}"\nwords = ["a{number}"]\n')
        written(directory / "newsletters", "faulty.toml", "title = [\n")
        faults: list[BaseException] = []
        begin = threading.Barrier(4)

        def read() -> None:
            try:
                begin.wait()
                with session_on(engine) as mine:
                    put_in_force(mine, directory, now=NOW)
            except BaseException as fault:  # noqa: BLE001 - carried to the test's thread
                faults.append(fault)

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert faults == []
        with session_on(engine) as session:
            assert session.execute(select(func.count()).select_from(table(Topic))).scalar_one() == 12
            assert session.execute(select(func.count()).select_from(table(ScheduleFault))).scalar_one() == 1

    def test_it_takes_over_when_the_other_is_deleted(self, session: Session, directory: Path) -> None:
        put_in_force(session, directory, now=NOW)
        written(directory / "newsletters", "briefing.toml", 'title = "Briefing"\nfrequency = "daily"\n')
        (directory / "newsletters" / "daily.toml").unlink()
        found = put_in_force(session, directory, now=NOW)
        assert (self.daily(session), found.problems) == ("Briefing", [])

    def test_two_newcomers_of_one_frequency_give_the_first(self, session: Session, directory: Path) -> None:
        written(directory / "newsletters", "zulu.toml", 'title = "Zulu"\nfrequency = "daily"\n')
        put_in_force(session, directory, now=NOW)
        assert self.daily(session) == "Daily"
