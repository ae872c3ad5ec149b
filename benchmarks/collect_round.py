"""A round over many sources, some of which hang, fail or redirect: the real path from `due` to stored articles.

    python -m benchmarks.collect_round [--sources 2000] [--processes 2] [--threads 32] [--latency 0.05]
                                       [--faulty 0.05] [--database sqlite|postgresql|URL] [--tasks] [--json]
    python -m benchmarks.collect_round --compare

One process serves every source under an address of its own (127.x.y.z), so that what holds for a host holds for each.
The second round must cost nothing but 304s, apart from the sources that are out of order. `--tasks` measures the other
way, a task for each source, as many at once as a worker has threads of its own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import resource
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table as Printed
from sqlalchemy import Engine, func, insert, select
from sqlmodel import Session

from benchmarks.plan import _engine as database
from worker.collect.fetch import Fetcher
from worker.collect.hosts import host_of
from worker.collect.poll import PollResult
from worker.collect.sandbox import SANDBOX
from worker.collect.sources import due_sources
from worker.database import session_on, table
from worker.models import Article, Source
from worker.services.collecting import Collecting
from worker.services.made import Services
from worker.settings import Settings

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ARTICLES = 12
FAULTS = ("hangs", "fails", "redirects")
_PROSE = (
    "The ministry said on Tuesday that crews had practised the crossing twice before dawn and that no unit was late . "
    "Observers from three countries watched the bridge go up while engineers measured the current under the ice . "
)
_WORDS = _PROSE.split()


def main(arguments: Sequence[str] | None = None) -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--sources", type=int, default=2000)
    options.add_argument("--processes", type=int, default=2, help="workers, each with so many threads")
    options.add_argument("--threads", type=int, default=32)
    options.add_argument("--latency", type=float, default=0.05, help="seconds before each answer")
    options.add_argument("--faulty", type=float, default=0.05, help="share of the sources that are out of order")
    options.add_argument("--database", default="sqlite")
    options.add_argument("--tasks", action="store_true", help="a task for each source instead of rounds")
    options.add_argument("--compare", action="store_true", help="only fetch: threads beside asyncio")
    options.add_argument("--json", action="store_true")
    chosen = options.parse_args(arguments)
    if chosen.compare:
        Console().print(compared(chosen))
        return
    rounds, stored = run(chosen)
    if chosen.json:
        print(json.dumps({"sources": chosen.sources, "articles": stored, "rounds": [one.to_json() for one in rounds]}))
        return
    title = f"{chosen.sources} sources on {chosen.database}, {chosen.processes} workers with {chosen.threads} threads"
    Console().print(_printed(rounds, f"{title}, {stored} articles stored"))


def run(chosen: argparse.Namespace) -> tuple[list[Measured], int]:
    """Two rounds, an hour apart; and how many articles are stored after them."""
    faulty = round(chosen.faulty * chosen.sources)
    with newsrooms(chosen.latency, faulty) as port, database(chosen.database) as engine:
        add_sources(engine, chosen.sources, port)
        url = engine.url.render_as_string(hide_password=False)
        rounds = [measure(url, START + timedelta(hours=number), chosen) for number in range(2)]
        with session_on(engine, read_only=True) as session:
            stored = session.execute(select(func.count()).select_from(table(Article))).scalar_one()
    return rounds, stored


@dataclass
class Measured:
    """One round: wall time, CPU time of the workers and their parsing children, and how the polls ended."""

    seconds: float
    cpu_seconds: float = 0.0
    outcomes: Counter[str] = field(default_factory=Counter)
    statuses: Counter[str] = field(default_factory=Counter)
    articles: int = 0
    longest_wait: float = 0.0
    """Until the last source in good order had been polled."""

    def to_json(self) -> dict[str, Any]:
        return {**vars(self), "outcomes": dict(self.outcomes), "statuses": dict(self.statuses)}


@dataclass
class _Poll:
    after: float
    outcome: str
    status: str
    new: int
    good: bool


class _Counting(Collecting):
    """Collects as ever, and notes how each poll ended."""

    def __init__(self, made: Services, started: float, polls: list[_Poll]) -> None:
        super().__init__(made, judge=lambda articles: None)
        self.polls = polls
        self._started = started

    def poll(self, source_id: int) -> PollResult:
        result = super().poll(source_id)
        if result.outcome is not None:
            after = time.time() - self._started
            good = result.error is None
            self.polls.append(_Poll(after, str(result.outcome), str(result.status), len(result.new), good))
        return result


def measure(url: str, now: datetime, chosen: argparse.Namespace) -> Measured:
    """Poll all that is due at `now`, by so many worker processes at once."""
    context = multiprocessing.get_context("spawn")
    with tempfile.TemporaryDirectory() as place:
        clock = Path(place) / "clock"
        clock.write_text(now.isoformat())
        settings = {"database_url": url, "state_dir": place, "clock": f"file:{clock}", "fetch_threads": chosen.threads}
        pipes = []
        for _ in range(chosen.processes):
            ours, theirs = context.Pipe()
            context.Process(target=_work, args=(theirs, settings, chosen.tasks), daemon=True).start()
            pipes.append(ours)
        for pipe in pipes:
            pipe.recv()  # it is up
        started = time.time()
        for pipe in pipes:
            pipe.send(started)
        told = [pipe.recv() for pipe in pipes]
    measured = Measured(time.time() - started)
    for polls, cpu_seconds in told:
        measured.cpu_seconds += cpu_seconds
        for poll in polls:
            measured.outcomes[poll.outcome] += 1
            measured.statuses[poll.status] += 1
            measured.articles += poll.new
            measured.longest_wait = max(measured.longest_wait, poll.after if poll.good else 0.0)
    return measured


def _work(pipe: Connection, given: dict[str, Any], as_tasks: bool) -> None:
    made = Services(Settings(secret="of a benchmark, long enough for the check", **given))
    pipe.send("up")
    started = pipe.recv()
    polls: list[_Poll] = []
    cpu = _cpu_seconds()
    if as_tasks:
        with made.session() as session:
            due = due_sources(session, now=made.now(), limit=100_000)
        with ThreadPoolExecutor(made.settings.worker_threads) as pool:
            list(pool.map(_Counting(made, started, polls).poll, due))
    else:
        _lead(made, started, polls)
    SANDBOX.close()  # an ended child's time is counted
    pipe.send((polls, _cpu_seconds() - cpu))


def _lead(made: Services, started: float, polls: list[_Poll]) -> None:
    """Rounds until nothing is due; as in a worker, the next is led by another thread while the last ends."""
    next_one: list[threading.Thread] = []

    def more() -> None:
        next_one.append(threading.Thread(target=_lead, args=(made, started, polls)))
        next_one[0].start()

    made.rounds.lead(_Counting(made, started, polls), more=more)
    for thread in next_one:
        thread.join()


def _cpu_seconds() -> float:
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def _printed(rounds: list[Measured], title: str) -> Printed:
    shown = Printed(
        "round", "seconds", "polls/s", "CPU s", "last good one after", "statuses", "new articles", title=title
    )
    for number, one in enumerate(rounds, start=1):
        statuses = ", ".join(f"{count} x {status}" for status, count in one.statuses.most_common())
        polls = sum(one.outcomes.values())
        shown.add_row(
            str(number), f"{one.seconds:.1f}", f"{polls / one.seconds:.0f}", f"{one.cpu_seconds:.1f}",
            f"{one.longest_wait:.1f} s", statuses.replace("None", "no answer"), str(one.articles),
        )  # fmt: skip
    return shown


def compared(chosen: argparse.Namespace) -> Printed:
    """The same requests by threads and by an event loop, as many at once; CPU time of this process."""
    shown = Printed("way", "seconds", "CPU ms a request", title=f"{chosen.sources} requests, {chosen.threads} at once")
    with newsrooms(chosen.latency, 0) as port:
        urls = [f"http://{address_of(number)}:{port}/feed" for number in range(chosen.sources)]
        ways = {
            "httpx in threads": _by_threads,
            "httpx on asyncio": lambda urls, threads: asyncio.run(_by_loop(urls, threads)),
            "our fetcher in threads": _by_fetcher,
        }
        for name, way in ways.items():
            way(urls[: chosen.threads], chosen.threads)  # imports, certificates
            started, cpu = time.perf_counter(), time.process_time()
            way(urls, chosen.threads)
            used = (time.process_time() - cpu) / len(urls) * 1000
            shown.add_row(name, f"{time.perf_counter() - started:.1f}", f"{used:.2f}")
    return shown


def _by_threads(urls: list[str], threads: int) -> None:
    limits = httpx.Limits(max_connections=threads, max_keepalive_connections=8)
    with httpx.Client(limits=limits) as client, ThreadPoolExecutor(threads) as pool:
        list(pool.map(client.get, urls))


async def _by_loop(urls: list[str], threads: int) -> None:
    turns = asyncio.Semaphore(threads)
    async with httpx.AsyncClient(limits=httpx.Limits(max_connections=threads, max_keepalive_connections=8)) as client:

        async def one(url: str) -> None:
            async with turns:
                await client.get(url)

        await asyncio.gather(*(one(url) for url in urls))


def _by_fetcher(urls: list[str], threads: int) -> None:
    with Fetcher(contact="c", connections=threads) as fetcher, ThreadPoolExecutor(threads) as pool:
        list(pool.map(lambda url: fetcher.get(url, allow_private=True), urls))


def add_sources(engine: Engine, count: int, port: int) -> None:
    rows = [
        {
            **Source(url=f"http://{address_of(number)}:{port}/feed", name=f"Source {number}").model_dump(
                exclude={"id"}
            ),
            "host": host_of(f"http://{address_of(number)}:{port}/feed"),
            "allow_private": True,
            "next_poll_at": START - timedelta(minutes=1),
        }
        for number in range(count)
    ]
    with Session(engine) as session:
        session.execute(insert(table(Source)), rows)
        session.commit()


def address_of(number: int) -> str:
    """A loopback address of its own for each source."""
    return f"127.{1 + number // 62_500}.{number // 250 % 250}.{1 + number % 250}"


@contextmanager
def newsrooms(latency: float, faulty: int) -> Iterator[int]:
    """All sources, served by one process on every loopback address; the port they listen on."""
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=_serve, args=(theirs, latency, faulty), daemon=True)
    process.start()
    try:
        yield ours.recv()
    finally:
        process.terminate()
        process.join()


def _serve(ready: Connection, latency: float, faulty: int) -> None:
    asyncio.run(_listen(ready, latency, faulty))


async def _listen(ready: Connection, latency: float, faulty: int) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host = writer.get_extra_info("sockname")[0]
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                await asyncio.sleep(latency)
                told = _answer(host, head, faulty)
                if told is None:
                    await asyncio.sleep(3600)
                    return
                writer.write(told)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "0.0.0.0", 0, backlog=1024)
    ready.send(server.sockets[0].getsockname()[1])
    await server.serve_forever()


def _answer(host: str, head: bytes, faulty: int) -> bytes | None:
    """What the source at this address says; None: nothing, ever."""
    _, second, third, fourth = map(int, host.split("."))
    number = (second - 1) * 62_500 + third * 250 + fourth - 1
    path = head.split(b" ", 2)[1]
    # The faulty ones are spread evenly: every k-th source, each fault in turn.
    if faulty and number % 20 == 7 and number // 20 < faulty and path == b"/feed":
        fault = FAULTS[number // 20 % len(FAULTS)]
        if fault == "hangs":
            return None
        if fault == "fails":
            return b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"
        return b"HTTP/1.1 302 Found\r\nLocation: /moved\r\nContent-Length: 0\r\n\r\n"
    etag = f'"{number}-1"'.encode()
    if b"if-none-match: " + etag in head.lower():
        return b"HTTP/1.1 304 Not Modified\r\nETag: " + etag + b"\r\n\r\n"
    body = feed_of(number).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Type: application/rss+xml\r\nETag: %s\r\nContent-Length: %d\r\n\r\n%s" % (
        etag, len(body), body,
    )  # fmt: skip


def feed_of(number: int) -> str:
    """A feed of twelve articles with full texts, about 30 KB."""
    articles = "".join(
        f"<item><title>Source {number} reports on crossing {at}</title><link>https://s{number}.example/{at}</link>"
        f"<guid>https://s{number}.example/?p={at}</guid><pubDate>Mon, 02 Mar 2026 0{at % 9}:15:00 +0000</pubDate>"
        f"<content:encoded><![CDATA[<p>{_text(number, at)}</p>]]></content:encoded></item>"
        for at in range(ARTICLES)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:content='
        '"http://purl.org/rss/1.0/modules/content/"><channel>'
        f"<title>Source {number}</title><link>https://s{number}.example/</link>{articles}</channel></rss>"
    )


def _text(number: int, at: int) -> str:
    """About 2 KB that no other article has."""
    start = (number * 7 + at * 3) % len(_WORDS)
    told = (_WORDS[start:] + _WORDS[:start]) * 10
    return f"Report {number}/{at}. " + " ".join(
        word if place % 17 else f"{word}{number}" for place, word in enumerate(told)
    )


if __name__ == "__main__":
    main()
