"""Rounds: many jobs at once, one leader, and nothing held up by what hangs."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass, field

from worker.services.rounds import Job, Rounds


@dataclass
class Work:
    """Jobs that are given out as they are asked for; some wait until they are let go."""

    waiting: list[Job]
    hanging: frozenset[int] = frozenset()
    follow: dict[int, Job] = field(default_factory=dict)
    fail: frozenset[int] = frozenset()
    done: list[int] = field(default_factory=list)
    at_once: int = 0
    closed: bool = False
    most_at_once: int = 0
    let_go: threading.Event = field(default_factory=threading.Event)
    begun: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    quick_left: threading.Event = field(default_factory=threading.Event)

    def pull(self, room: int, slow: bool) -> Iterable[Job]:
        return [job for job in self.waiting if job.slow == slow and job.id not in self.done][:room]

    def has_more(self) -> bool:
        return False

    def close(self) -> None:
        self.closed = True

    def work(self, job: Job) -> Iterable[tuple[Job, float]]:
        with self.lock:
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        self.begun.set()
        if job.id in self.hanging:
            assert self.let_go.wait(30)
        with self.lock:
            self.at_once -= 1
            self.done.append(job.id)
            if not any(not each.slow and each.id not in self.done for each in self.waiting):
                self.quick_left.set()
        if job.id in self.fail:
            raise ValueError("a job's own mistake")
        return [(self.follow[job.id], 0.0)] if job.id in self.follow else []


def jobs(count: int, *, slow: bool = False, first: int = 0) -> list[Job]:
    return [Job("poll", number, slow) for number in range(first, first + count)]


def test_every_job_is_done_once_and_several_at_a_time() -> None:
    work = Work(jobs(100))
    assert not Rounds(threads=8, seconds=30).lead(work)
    assert sorted(work.done) == list(range(100))
    assert work.most_at_once <= 8


def test_a_job_may_bring_another() -> None:
    work = Work(jobs(1), follow={0: Job("text", 7), 7: Job("text", 8)})
    Rounds(threads=2, seconds=30).lead(work)
    assert work.done == [0, 7, 8]


def test_a_job_that_fails_does_not_stop_the_others() -> None:
    work = Work(jobs(20), fail=frozenset(range(0, 20, 3)))
    Rounds(threads=4, seconds=30).lead(work)
    assert sorted(work.done) == list(range(20))


def test_what_hangs_leaves_threads_for_the_rest() -> None:
    work = Work([*jobs(20, slow=True), *jobs(60, first=100)], hanging=frozenset(range(20)))
    leader = threading.Thread(target=Rounds(threads=8, seconds=60).lead, args=(work,))
    leader.start()
    assert work.quick_left.wait(30), "all in good order are done while the others hang"
    assert not set(work.done) & set(range(20))
    work.let_go.set()
    leader.join(30)
    assert len(work.done) == 80


def test_only_one_leads_at_a_time() -> None:
    rounds = Rounds(threads=2, seconds=60)
    work = Work(jobs(1), hanging=frozenset({0}))
    leader = threading.Thread(target=rounds.lead, args=(work,))
    leader.start()
    assert work.begun.wait(30)
    other = Work(jobs(5))
    assert not rounds.lead(other)
    assert other.done == []
    work.let_go.set()
    leader.join(30)
    assert work.done == [0]


def test_a_round_ends_in_time_and_says_that_there_is_more() -> None:
    work = Work(jobs(1))
    work.follow = {0: Job("poll", 0)}
    assert Rounds(threads=2, seconds=0.2).lead(work)
    assert work.done


def test_a_process_that_is_to_end_takes_up_nothing_more() -> None:
    rounds = Rounds(threads=2, seconds=60)
    work = Work(jobs(200), hanging=frozenset({0, 1}))
    leader = threading.Thread(target=rounds.lead, args=(work,))
    leader.start()
    assert work.begun.wait(30)
    rounds.stop()
    work.let_go.set()
    leader.join(30)
    assert len(work.done) < 200
    assert work.closed, "others may have what it pulled and did not begin"
    assert not rounds.lead(Work(jobs(1)))


def test_the_next_round_begins_while_jobs_of_the_last_hang() -> None:
    rounds = Rounds(threads=2, seconds=0.2)
    hangs = Work(jobs(2), hanging=frozenset({0}))
    next_one = Work(jobs(3, first=10))
    led: list[bool] = []

    def more() -> None:
        led.append(rounds.lead(next_one))
        hangs.let_go.set()

    assert rounds.lead(hangs, more=more)
    assert led == [False]
    assert sorted(next_one.done) == [10, 11, 12]
    assert not rounds.lead(next_one, more=lambda: led.append(True))
    assert led == [False]
