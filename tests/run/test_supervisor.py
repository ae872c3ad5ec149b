from __future__ import annotations

import os
import signal

import psutil
import pytest

from tests.run.terminal import Terminal, eventually, terminal

OBEDIENT = (
    "import signal, sys, os, threading\n"
    "def stop(*_):\n"
    "    print('stopping softly'); sys.exit(0)\n"
    "signal.signal(signal.SIGTERM, stop)\n"
    "print('process', os.getpid())\n"
    "signal.pause()"
)
STUBBORN = (
    "import signal, os\n"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "print('process', os.getpid())\n"
    "while True: signal.pause()"
)
BROKEN = "import sys; sys.exit('no such setting')"


def process_of(terminal: Terminal, name: str, *, times: int = 1) -> psutil.Process:
    eventually(lambda: len(said(terminal, name)) >= times, f"{name} started {times} times in:\n{terminal.text}")
    return psutil.Process(int(said(terminal, name)[times - 1].rsplit(maxsplit=1)[-1]))


def said(terminal: Terminal, name: str) -> list[str]:
    return [line for line in list(terminal.lines) if line.startswith(f"{name:>6} |") and "process" in line]


def test_lines_stand_under_the_name_of_who_said_them() -> None:
    with terminal(["-m", "tests.run.rig", f"worker={OBEDIENT}", f"web={OBEDIENT}"]) as up:
        assert process_of(up, "worker").pid != process_of(up, "web").pid
        assert up.says("worker | process").startswith("worker | process ")
        assert up.says("web | process").startswith("   web | process ")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_each_way_of_asking_ends_all_children_softly_in_order(number: signal.Signals) -> None:
    with terminal(["-m", "tests.run.rig", f"web={OBEDIENT}", f"worker={OBEDIENT}"]) as up:
        processes = [process_of(up, "web"), process_of(up, "worker")]
        up.send(number)
        assert up.code() == 0
        softly = [line for line in up.lines if "stopping softly" in line]
        assert [line.split()[0] for line in softly] == ["web", "worker"]
        assert not any(process.is_running() for process in processes)
        assert up.lines[-1] == "sitrep | stopped"


def test_ctrl_c_in_the_terminal_reaches_only_the_supervisor() -> None:
    with terminal(["-m", "tests.run.rig", f"web={OBEDIENT}"]) as up:
        child = process_of(up, "web")
        assert os.getpgid(child.pid) != os.getpgid(up.process.pid)


def test_a_killed_child_runs_again_and_the_others_stay() -> None:
    with terminal(["-m", "tests.run.rig", f"web={OBEDIENT}", f"worker={OBEDIENT}"]) as up:
        web, worker = process_of(up, "web"), process_of(up, "worker")
        worker.kill()
        up.says("worker ended (killed by SIGKILL), starting it again in 0.5 s")
        assert process_of(up, "worker", times=2).pid != worker.pid
        up.says("worker runs again")
        assert web.is_running()


def test_a_child_that_never_works_is_given_up_with_a_word_about_the_cause() -> None:
    with terminal(["-m", "tests.run.rig", f"web={OBEDIENT}", f"worker={BROKEN}"]) as up:
        web = process_of(up, "web")
        assert up.code(seconds=60) == 1
        assert sum("worker | no such setting" in line for line in up.lines) == 5
        assert "worker ended 5 times right after its start (exit code 1): giving up" in up.text
        assert not web.is_running()


def test_a_child_that_does_not_end_is_killed_after_its_grace() -> None:
    with terminal(["-m", "tests.run.rig", f"web={STUBBORN}", f"worker={OBEDIENT}"]) as up:
        web, worker = process_of(up, "web"), process_of(up, "worker")
        up.send(signal.SIGTERM)
        assert up.code() == 1
        assert "web did not end in time and was killed" in up.text
        assert "worker | stopping softly" in up.text
        assert not web.is_running()
        assert not worker.is_running()


def test_asking_twice_does_not_wait_for_the_grace() -> None:
    with terminal(["-m", "tests.run.rig", f"web={STUBBORN}"], environment={"RIG_GRACE": "3600"}) as up:
        process_of(up, "web")
        up.send(signal.SIGINT)
        up.says("Ctrl-C: stopping")
        up.send(signal.SIGINT)
        assert up.code() == 1


@pytest.mark.parametrize("way", ["by the kernel", "by watching"])
def test_no_child_outlives_a_supervisor_that_was_killed(way: str) -> None:
    environment = {"SITREP_LEASH_WATCHES": "1"} if way == "by watching" else {}
    with terminal(["-m", "tests.run.rig", f"web={OBEDIENT}", f"worker={STUBBORN}"], environment=environment) as up:
        processes = [process_of(up, "web"), process_of(up, "worker"), *up.children()]
        up.send(signal.SIGKILL)
        eventually(lambda: not any(alive(process) for process in processes), "the children end")


def alive(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
