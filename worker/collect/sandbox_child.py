"""The program of a Sandbox's child: one document at a time from stdin, one line of JSON to stdout."""

from __future__ import annotations

import json
import signal
import sys
from typing import Any

OUT_OF_MEMORY = 3


def serve(cpu_seconds: float, memory_bytes: int) -> None:
    """Answer until stdin ends."""
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    while line := source.readline():
        header = json.loads(line)
        data = source.read(header["size"])
        work = _prepare(header["kind"])
        _limit(cpu_seconds, memory_bytes)
        try:
            answer = json.dumps(work(data, header["content_type"], header["url"])).encode()
        except MemoryError:
            sys.exit(OUT_OF_MEMORY)
        signal.setitimer(signal.ITIMER_PROF, 0)
        sink.write(answer + b"\n")
        sink.flush()


def _prepare(kind: str) -> Any:
    """The function to call; its program is loaded before the limits are set."""
    if kind == "feed":
        from worker.collect.parse import parse_feed

        return lambda data, content_type, url: parse_feed(data, content_type=content_type, url=url).to_json()
    if kind == "site":
        from worker.collect.site_page import read_site_page

        return lambda data, content_type, url: read_site_page(data, content_type=content_type, url=url).to_json()
    from worker.collect.extract import extract_page

    return lambda data, content_type, url: extract_page(data, content_type=content_type, url=url).to_json()


def _limit(cpu_seconds: float, memory_bytes: int) -> None:
    """From now on: so much CPU time (then the kernel ends the process), so much more memory (then MemoryError)."""
    signal.signal(signal.SIGPROF, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_PROF, cpu_seconds)
    try:
        import resource
        from pathlib import Path

        pages = int(Path("/proc/self/statm").read_text().split()[5])
        limit = pages * resource.getpagesize() + memory_bytes
        resource.setrlimit(resource.RLIMIT_DATA, (limit, resource.getrlimit(resource.RLIMIT_DATA)[1]))
    except (ImportError, OSError, ValueError):
        return  # not Linux: time is bounded, memory by the limits on bytes and elements


if __name__ == "__main__":
    serve(float(sys.argv[1]), int(sys.argv[2]))
