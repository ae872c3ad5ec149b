"""`sitrep` as an operator types it, against a flow's installation."""

from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import Any

from sqlalchemy import text
from typer.testing import CliRunner

from demo.processes import ROOT
from tests.flow.flow import Flow
from worker.cli import app
from worker.migrations import expected


def environment_of(flow: Flow) -> dict[str, str]:
    """The settings of the flow's installation, whose tables bear the mark that migrating leaves."""
    with flow.services.engine.begin() as connection:
        connection.execute(text("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32) PRIMARY KEY)"))
        connection.execute(text("DELETE FROM alembic_version"))
        connection.execute(text("INSERT INTO alembic_version VALUES (:revision)"), {"revision": expected()})
    settings = flow.services.settings
    return {
        "SITREP_STATE_DIR": str(settings.state_dir),
        "SITREP_DATABASE_URL": str(settings.database_url),
        "SITREP_SECRET": settings.signing_secret,
        "SITREP_SCHEDULES_DIR": str(settings.schedules_dir),
        "SITREP_CLOCK": settings.clock,
        "SITREP_BASE_URL": settings.base_url,
    }


def sitrep(environment: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run it; whatever happens there is no traceback."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SITREP_")}
    done = subprocess.run(
        [sys.executable, "-m", "worker", *arguments],
        cwd=ROOT,
        env={**kept, "COLUMNS": "200", "NO_COLOR": "1", **environment},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert "Traceback" not in done.stderr + done.stdout
    return done


def sitrep_json(environment: Mapping[str, str], *arguments: str) -> Any:
    """What it prints for scripts; in this process, because starting one costs more than the answer."""
    done = CliRunner().invoke(app, [*arguments, "--json"], env=dict(environment))
    gc.collect()  # its engine, while nothing else is looked at
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout)
