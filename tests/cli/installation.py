"""An installation on SQLite with two topics, some articles and people, and commands as operators type them."""

from __future__ import annotations

import gc
import json
from datetime import datetime
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from tests.match.stored import Desk
from worker.cli import app as everything
from worker.cli.printing import exit_code_of
from worker.cli.topics import app
from worker.database import make_engine, session_on
from worker.errors import SitrepError
from worker.migrations.steps import migrate
from worker.models import Frequency
from worker.schedules.topics import load_topics

PORTS = '# Ports.\ntitle = "Ports"\nwords = ["harbour"]\n'
QUAYS = 'title = "Quays"\nwords = ["quay"]\n'


class Installation:
    """A state directory with schedules, some articles and people."""

    def __init__(self, directory: Path, now: datetime) -> None:
        self.schedules = directory / "schedules"
        self.topics = self.schedules / "topics"
        self.topics.mkdir(parents=True)
        (self.topics / "ports.toml").write_text(PORTS)
        (self.topics / "quays.toml").write_text(QUAYS)
        state = directory / "state"
        state.mkdir()
        clock = state / "clock"
        clock.write_text(now.isoformat())
        self.environment = {
            "SITREP_STATE_DIR": str(state),
            "SITREP_SCHEDULES_DIR": str(self.schedules),
            "SITREP_CLOCK": f"file:{clock}",
            "COLUMNS": "200",
            "NO_COLOR": "1",
        }
        self.engine = make_engine(f"sqlite:///{state / 'sitrep.sqlite'}")
        migrate(self.engine)
        with session_on(self.engine) as session:
            desk = Desk(session, now, *load_topics(self.topics)[0].values())
            self.harbour = desk.publish("Harbour reopens")
            self.quay = desk.publish("Quay collapses")
            desk.publish("A harbour and its quay", "The harbour. The quay. The harbour. The quay.")
            desk.person({"ports": Frequency.DAILY, "quays": Frequency.WEEKLY})
            desk.person({"ports": Frequency.INSTANT}, "bo@example.org")

    def run(self, *arguments: object) -> Result:
        result = CliRunner().invoke(app, [str(each) for each in arguments], env=self.environment)
        gc.collect()  # its engine, while nothing else is looked at
        assert "Traceback" not in result.output
        return result

    def sitrep(self, *arguments: object) -> tuple[int, str]:
        """The exit code and stderr of any command, as `sitrep` itself gives them."""
        result = CliRunner().invoke(everything, [str(each) for each in arguments], env=self.environment)
        gc.collect()
        if isinstance(result.exception, SitrepError):
            return exit_code_of(result.exception), str(result.exception)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.stderr

    def json(self, *arguments: object) -> Any:
        result = self.run(*arguments, "--json")
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    def states(self) -> dict[str, str]:
        return {row["slug"]: row["state"] for row in self.json("list")}
