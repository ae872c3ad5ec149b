"""Operators edit files under schedules/ while everything runs: what is right takes effect, what is wrong is named."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
import structlog
from sqlalchemy import select

from demo.newsroom import Newsroom
from tests.flow.flow import Flow, reader
from tests.flow.test_subscribe_to_mail import BELARUS, DRONES, only_these, publish, slugs_of
from worker.database import table
from worker.models import ScheduleFault, Source, Topic

pytestmark = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)


def edit(flow: Flow, name: str, old: str, new: str) -> Path:
    """Replace a piece of a schedule file; the file."""
    path = flow.services.schedules_dir / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


def line_of(path: Path, words: str) -> int:
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, start=1) if words in line)


MISTAKES = [
    ("topics/belarus.toml", 'title = "Belarus"', 'titel = "Belarus"', "titel", "did you mean 'title'?"),
    ("newsletters/daily.toml", 'frequency = "daily"', 'frequency = "hourly"', "frequency", "instant, daily, weekly"),
    ("newsletters/alert.toml", "max_per_day = 12", "max_per_day = 0", "max_per_day", "from 1 to 1000"),
    ("sources.toml", "allow_private = true", 'every_day = "yes"', "every_day", "allow_private"),
]


@pytest.mark.parametrize(("name", "old", "new", "key", "allowed"), MISTAKES)
def test_a_mistake_is_named_and_the_last_good_version_stays_in_force(
    flow: Flow, newsroom: Newsroom, name: str, old: str, new: str, key: str, allowed: str
) -> None:
    only_these(newsroom, BELARUS, DRONES)
    flow.subscribe([reader("ann", "belarus", "instant"), reader("ben", "drones", "daily")])
    path = edit(flow, name, old, new)

    problems = flow.upkeep()
    told = next(problem for problem in problems if key in problem)
    assert told.startswith(f"{path}:{line_of(path, new)}:")
    assert allowed in told
    publish(newsroom, flow, BELARUS)
    assert slugs_of(newsroom, flow, "ann") == {BELARUS: 1}
    with flow.session() as session:
        (noted,) = session.execute(select(ScheduleFault)).scalars()
        assert noted.file == str(path)

    edit(flow, name, new, old)
    assert flow.upkeep() == []
    with flow.session() as session:
        assert session.execute(select(ScheduleFault)).first() is None


def test_a_mistake_is_logged_when_it_is_new_or_another_and_when_it_is_mended(flow: Flow) -> None:
    name, first, second = "topics/belarus.toml", 'titel = "Belarus"', 'titlle = "Belarus"'
    path = edit(flow, name, 'title = "Belarus"', first)
    with structlog.testing.capture_logs() as logs:
        assert flow.upkeep() == flow.upkeep() != []
        edit(flow, name, first, second)
        flow.upkeep()
        told = httpx.get(f"{flow.services.settings.base_url}/readyz").json()["schedules"]
        edit(flow, name, second, 'title = "Belarus"')
        assert flow.upkeep() == flow.upkeep() == []
    found = [(each["event"], each["log_level"], each["file"]) for each in logs if each["event"].startswith("schedule")]
    assert found == [*[("schedule_fault", "warning", str(path))] * 2, ("schedule_mended", "info", str(path))]
    assert told[0].startswith(f"{name}:")
    assert "titlle" in " ".join(told)
    assert httpx.get(f"{flow.services.settings.base_url}/readyz").json()["schedules"] == []


def test_a_corrected_topic_takes_effect_at_the_next_upkeep_tick(flow: Flow, newsroom: Newsroom) -> None:
    only_these(newsroom, BELARUS, DRONES)
    flow.subscribe([reader("ann", "belarus", "instant")])
    path = flow.services.schedules_dir / "topics" / "belarus.toml"
    path.write_text('title = "Belarus"\nwords = "loitering"\n')
    assert flow.upkeep() != []
    path.write_text('title = "Belarus"\nwords = ["loitering", "munition"]\n')
    publish(newsroom, flow, BELARUS)
    assert slugs_of(newsroom, flow, "ann") == {BELARUS: 1}, "what was in force before still is"
    assert flow.upkeep() == []
    publish(newsroom, flow, DRONES)
    assert slugs_of(newsroom, flow, "ann") == {BELARUS: 1, DRONES: 1}


def test_a_topic_whose_file_is_deleted_retires_and_its_return_restores_it(flow: Flow, newsroom: Newsroom) -> None:
    only_these(newsroom, BELARUS, DRONES)
    flow.subscribe([reader("ann", ["belarus", "drones"], "instant")])
    path = flow.services.schedules_dir / "topics" / "belarus.toml"
    kept = path.read_bytes()
    path.unlink()
    assert flow.upkeep() == []
    publish(newsroom, flow, BELARUS)
    assert slugs_of(newsroom, flow, "ann") == {}

    path.write_bytes(kept)
    assert flow.upkeep() == []
    second = "belarus-releases-prisoners"
    newsroom.archive.publish(second, newsroom.now)
    publish(newsroom, flow, second)
    assert slugs_of(newsroom, flow, "ann") == {second: 1}
    with flow.session() as session:
        slugs = list(session.execute(select(table(Topic).c.slug).order_by(table(Topic).c.slug)).scalars())
    assert slugs == ["arctic", "belarus", "drones"], "the same topic, not another of its name"


def test_a_missing_directory_changes_nothing(flow: Flow, newsroom: Newsroom) -> None:
    only_these(newsroom, BELARUS)
    flow.subscribe([reader("ann", "belarus", "instant")])
    directory = flow.services.schedules_dir
    for name in ("topics", "newsletters", "sources.toml"):
        (directory / name).rename(directory / f"{name}.away")
    problems = flow.upkeep()
    assert {name for name in ("topics", "newsletters", "sources.toml") if any(name in each for each in problems)} == {
        "topics",
        "newsletters",
        "sources.toml",
    }
    publish(newsroom, flow, BELARUS)
    assert slugs_of(newsroom, flow, "ann") == {BELARUS: 1}


def test_a_source_that_is_no_longer_named_is_polled_no_more(flow: Flow, newsroom: Newsroom) -> None:
    only_these(newsroom, BELARUS)
    path = flow.services.schedules_dir / "sources.toml"
    path.write_text('[[source]]\nurl = "https://example.invalid/feed/"\nname = "Elsewhere"\nevery = "7d"\n')
    assert flow.upkeep() == []
    with flow.session() as session:
        active = dict(session.execute(select(table(Source).c.name, table(Source).c.active)).all())
    assert active == {"Sample newsroom": False, "Elsewhere": True}
    newsroom.seen.clear()
    flow.upkeep()
    assert newsroom.seen == []
