"""`python -m demo.newsroom --port N`: the sample newsroom as a process of its own."""

from __future__ import annotations

import argparse
import signal
import sys

from demo.newsroom.archive import DEFAULT_BASE
from demo.newsroom.clock import parse_instant
from demo.newsroom.newsroom import Newsroom


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m demo.newsroom", description=__doc__)
    parser.add_argument("--port", type=int, default=8090, help="on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--base", default=DEFAULT_BASE.isoformat(), help="midnight of day 0, with offset")
    parser.add_argument("--now", help="where the clock starts (default: at the base)")
    parser.add_argument("--speed", type=float, default=0.0, help="seconds that pass a second (default 0)")
    given = parser.parse_args()
    # Blocked before any thread starts, so that every thread leaves them to sigwait below.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    try:
        base = parse_instant(given.base)
        site = Newsroom(base=base, now=parse_instant(given.now or given.base), speed=given.speed, port=given.port)
    except (ValueError, OSError, OverflowError) as error:
        print(f"The newsroom cannot start: {error}", file=sys.stderr)
        return 2
    print(f"newsroom at {site.url}, where it is {site.now.isoformat()} (POST /-/clock moves it)", flush=True)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    site.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
