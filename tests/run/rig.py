"""A supervisor with small programs, for tests: `python -m tests.run.rig NAME=CODE...` (stop order as given).

RIG_GRACE is the seconds that each gets to end.
"""

from __future__ import annotations

import os
import sys

from worker.cli.up.console import Console
from worker.cli.up.supervisor import Program, Supervisor, command


def main(arguments: list[str]) -> int:
    programs = []
    grace = float(os.environ.get("RIG_GRACE", "5"))
    for order, argument in enumerate(arguments):
        name, _, code = argument.partition("=")
        programs.append(Program(name, command([sys.executable, "-u", "-c", code]), stop_order=order, grace=grace))
    return Supervisor(programs, say=Console().say).run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
