"""Keeps the children running until somebody asks to stop, then ends them in order."""

from __future__ import annotations

import queue
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

from worker.cli.up.processes import Child, Write, how_it_ended
from worker.cli.up.restarts import Record
from worker.errors import SitrepError

Start = Callable[[Write, Callable[[Child], None]], Child]
Say = Callable[[str, str], None]
"""Says a line for a name."""


@dataclass
class Program:
    """A child to keep running. Those of a lower `stop_order` end before those of a higher one are asked to."""

    name: str
    start: Start
    stop_order: int
    grace: float
    """Seconds to finish what is in hand once asked to stop."""
    child: Child | None = None
    record: Record = field(default_factory=Record)
    has_run: bool = False
    """It could be started once: from then on a start that fails is tried again, not the end of everything."""
    started_at: float = 0.0
    start_again_at: float = 0.0
    """While it has no child."""


def command(arguments: Sequence[str]) -> Start:
    """A start that runs a command."""
    return lambda on_line, on_exit: Child(arguments, on_line=on_line, on_exit=on_exit)


@dataclass(frozen=True)
class _Stop:
    reason: str


@dataclass(frozen=True)
class _Ended:
    program: Program
    child: Child


class Supervisor:
    """Runs programs; call `run` from the main thread."""

    def __init__(self, programs: Sequence[Program], *, say: Say) -> None:
        self._programs = list(programs)
        self._say = say
        self._events: queue.SimpleQueue[_Stop | _Ended] = queue.SimpleQueue()
        self._impatient = False

    def run(self) -> int:
        """Start all in the order given and keep them running until SIGINT, SIGTERM or SIGHUP.

        Returns the exit code: 0 stopped as asked, 1 one had to be killed or cannot run.
        """
        with self._signals():
            try:
                code = self._watch()
            finally:
                killed = self._stop_all()
            return max(code, killed)

    def _watch(self) -> int:
        while True:
            try:
                event = self._events.get(timeout=self._seconds_to_next_start())
            except queue.Empty:
                self._start_those_due()
                continue
            if isinstance(event, _Stop):
                self._say("sitrep", f"{event.reason}: stopping (again: at once)")
                return 0
            program = event.program
            if event.child is program.child:
                program.child = None
                self._plan_next_start(program, how_it_ended(event.child.code))
            if program.record.hopeless:
                return 1

    def _seconds_to_next_start(self) -> float | None:
        due = [program.start_again_at for program in self._programs if program.child is None]
        return max(0.0, min(due) - time.monotonic()) if due else None

    def _start_those_due(self) -> None:
        for program in self._programs:
            if program.child is None and program.start_again_at <= time.monotonic():
                self._start(program)

    def _start(self, program: Program) -> None:
        first = not program.has_run
        program.started_at = time.monotonic()
        try:
            program.child = program.start(
                lambda line: self._say(program.name, line), lambda child: self._events.put(_Ended(program, child))
            )
        except SitrepError as error:
            if first:
                raise
            self._plan_next_start(program, str(error))
            return
        program.has_run = True
        if not first:
            self._say("sitrep", f"{program.name} runs again (process {program.child.pid})")

    def _plan_next_start(self, program: Program, how: str) -> None:
        program.record = program.record.after_running(time.monotonic() - program.started_at)
        if program.record.hopeless:
            self._say(
                "sitrep",
                f"{program.name} ended {program.record.early_ends} times right after its start ({how}): giving up. "
                "What it said stands above; `sitrep check` looks for the cause",
            )
            return
        delay = program.record.delay
        self._say("sitrep", f"{program.name} ended ({how}), starting it again" + (f" in {delay:g} s" if delay else ""))
        program.start_again_at = time.monotonic() + delay

    def _stop_all(self) -> int:
        killed = 0
        for order in sorted({program.stop_order for program in self._programs}):
            for program, child in self._asked_to_end(order):
                killed |= self._ends(program, child)
        if not killed:
            self._say("sitrep", "stopped")
        return killed

    def _asked_to_end(self, order: int) -> list[tuple[Program, Child]]:
        asked = [(each, each.child) for each in self._programs if each.stop_order == order and each.child is not None]
        for _, child in asked:
            child.ask_to_end()
        return asked

    def _ends(self, program: Program, child: Child) -> int:
        """Wait until it has ended; 1 if it had to be killed, by the end of its grace or a second request to stop."""
        deadline = time.monotonic() + program.grace
        in_time = child.ended_within(0)
        while not in_time and not self._impatient and time.monotonic() < deadline:
            in_time = child.ended_within(0.1)
        child.kill()  # with whatever it may have started itself
        if not in_time:
            child.ended_within(5)
            self._say(
                "sitrep", f"{program.name} did not end in time and was killed; what it had in hand is taken up again"
            )
        return 0 if in_time else 1

    @contextmanager
    def _signals(self) -> Iterator[None]:
        asked = 0

        def on_signal(number: int, _: FrameType | None) -> None:
            nonlocal asked
            asked += 1
            self._impatient = asked > 1
            self._events.put(_Stop("Ctrl-C" if number == signal.SIGINT else signal.Signals(number).name))

        numbers = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # else it runs under nohup
            numbers.append(signal.SIGHUP)
        before = {number: signal.signal(number, on_signal) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
