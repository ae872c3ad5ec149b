"""`make demo`, or `python -m demo`: the main job, end to end, on a sample newsroom. Exit code 0: the books balance."""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from demo.accounts import Books, as_json
from demo.readers import make_readers
from demo.run import Demo
from demo.run import Progress as Standing
from worker.errors import SitrepError


def main() -> int:
    """Run it and show the books."""
    asked = _arguments()
    console = Console(stderr=asked.json)
    if asked.directory.exists():
        if not (asked.directory / "clock").exists():
            console.print(f"{asked.directory} exists and is not from an earlier demo: name another directory")
            return 2
        shutil.rmtree(asked.directory)
    asked.directory.mkdir(parents=True)
    started = time.monotonic()
    try:
        books, index = _run(asked, console)
    except (SitrepError, RuntimeError, LookupError) as error:
        console.print(f"The demo stopped: {error}")
        return 1
    except KeyboardInterrupt:
        console.print("Stopped.")
        return 130
    seconds = time.monotonic() - started
    if asked.json:
        print(json.dumps({**as_json(books), "seconds": round(seconds, 1), "mails_at": str(index)}))
    else:
        _show(console, books, index, seconds)
        _say_how_to_go_on(console, asked.directory)
    return 1 if books.faults else 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--directory", type=Path, default=Path("var/demo"), help="where everything is kept [var/demo]")
    parser.add_argument("--readers", type=int, default=48, help="how many subscribers sign up, 6 or more [48]")
    parser.add_argument("--kill-worker", action="store_true", help="kill -9 the worker in the middle of a batch")
    parser.add_argument("--json", action="store_true", help="print the books as JSON")
    asked = parser.parse_args()
    if asked.readers < 6:
        parser.error("--readers: the first six have a part to play; write 6 or more")
    return asked


def _run(asked: argparse.Namespace, console: Console) -> tuple[Books, Path]:
    columns = [
        TextColumn("{task.fields[clock]}"),
        BarColumn(30),
        TextColumn("{task.fields[mails]} mails"),
        TimeElapsedColumn(),
    ]
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("demo", total=1.0, clock="", mails=0)

        def report(standing: Standing) -> None:
            clock = f"{standing.now:%A %H:%M} UTC"
            bar.update(task, completed=standing.share, clock=f"{clock:<20}", mails=standing.mails)
            if standing.said:
                bar.console.print(f"{clock:<20} {standing.said}")

        demo = Demo(asked.directory.resolve(), readers=asked.readers, report=report, kill_worker=asked.kill_worker)
        return demo.run()


def _show(console: Console, books: Books, index: Path, seconds: float) -> None:
    table = Table(box=None, pad_edge=False, show_header=False)
    table.add_column(style="bold")
    table.add_column()
    table.add_row("articles", _listed(books.articles))
    for slug, counts in books.topics.items():
        table.add_row(f"topic {slug}", _listed(counts))
    table.add_row("editions", _listed(books.editions))
    table.add_row("deliveries", f"{_listed(books.deliveries)}  = {sum(books.deliveries.values())} planned")
    table.add_row("batches", _listed(books.batches))
    table.add_row("at the provider", _listed(books.mails))
    table.add_row("events told back", str(books.events))
    table.add_row("readers", f"{books.readers_complete} stayed: each article they asked for, exactly once")
    table.add_row("", f"{books.readers_gone} left, complained or bounced on the way: nothing twice")
    console.print()
    console.print(table)
    console.print()
    for fault in books.faults:
        console.print(f"[bold red]fault[/] {fault}", highlight=False)
    verdict = "The books do not balance." if books.faults else "The sums balance: nothing lost, nothing twice."
    console.print(f"[bold]{verdict}[/] It took {seconds:.0f} seconds.")
    console.print(f"The mails, as files:  {_relative(index)}")


def _say_how_to_go_on(console: Console, directory: Path) -> None:
    ask = f"SITREP_STATE_DIR={directory} .venv/bin/sitrep explain {make_readers(6)[0].address}"
    console.print(f"Ask it why:           {ask}", highlight=False, soft_wrap=True)
    console.print("To go on:             make run   (signup form and outbox on http://127.0.0.1:8000)")


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items()) or "none"


def _relative(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)


if __name__ == "__main__":
    sys.exit(main())
