from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.run.terminal import terminal
from worker.cli.up.lock import AlreadyRunning, only_one
from worker.errors import SitrepError

HOLD = """
import signal, sys
from pathlib import Path
from worker.cli.up.lock import only_one
with only_one(Path(sys.argv[1])):
    print("held", flush=True)
    signal.pause()
"""


def test_a_second_one_is_refused_with_the_process_that_holds_it(tmp_path: Path) -> None:
    with terminal(["-c", HOLD, str(tmp_path)]) as first:
        first.says("held")
        with pytest.raises(AlreadyRunning, match=f"process {first.process.pid}"), only_one(tmp_path):
            pass


def test_one_that_was_killed_holds_nothing(tmp_path: Path) -> None:
    with terminal(["-c", HOLD, str(tmp_path)]) as first:
        first.says("held")
        first.send(signal.SIGKILL)
        first.code()
        with only_one(tmp_path):
            pass


def test_it_can_be_taken_again_once_let_go(tmp_path: Path) -> None:
    for _ in range(2):
        with only_one(tmp_path / "var"):
            pass


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SitrepError, match="SITREP_STATE_DIR"), only_one(tmp_path / "file" / "var"):
        pass
