"""A supervisor with small programs, for tests: `python -m tests.run.rig NAME=CODE...` (stop order as given)."""

from __future__ import annotations

import sys

from worker.cli.up.console import Console
from worker.cli.up.supervisor import Program, Supervisor, command


def main(arguments: list[str]) -> int:
    programs = []
    for order, argument in enumerate(arguments):
        name, _, code = argument.partition("=")
        programs.append(Program(name, command([sys.executable, "-u", "-c", code]), stop_order=order, grace=2))
    return Supervisor(programs, say=Console().say).run()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
