"""`python -m demo.counterpart --port N`: the local SendGrid as a process of its own."""

from __future__ import annotations

import argparse
import signal
import sqlite3
import sys
from pathlib import Path

from demo.counterpart.counterpart import API_KEY, Counterpart
from demo.newsroom.clock import parse_instant


def main() -> int:
    given = _arguments()
    # Blocked before any thread starts, so that every thread leaves them to sigwait below.
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    try:
        counterpart = Counterpart(
            port=given.port,
            ledger=given.ledger,
            api_key=given.api_key,
            webhook_url=given.webhook,
            behaviour={fate: patterns for fate in ("bounce", "complain", "defer") if (patterns := vars(given)[fate])},
            now=parse_instant(given.now) if given.now else None,
            pump_every=given.pump_every or None,
        )
    except (ValueError, OSError, OverflowError, sqlite3.Error) as error:
        print(f"The counterpart cannot start: {error}", file=sys.stderr)
        return 2
    print(f"counterpart at {counterpart.url}, key {given.api_key}", flush=True)
    print(f"public key of its events: {counterpart.public_key}", flush=True)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    counterpart.close()
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m demo.counterpart", description=__doc__)
    parser.add_argument("--port", type=int, default=8091, help="on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--ledger", type=Path, help="the SQLite file that keeps the mails (default: a temporary one)")
    parser.add_argument("--api-key", default=API_KEY)
    parser.add_argument("--webhook", help="where events are posted")
    parser.add_argument("--now", help="let the clock stand here until POST /-/clock (default: the machine's)")
    parser.add_argument("--pump-every", type=float, default=0.5, help="seconds between rounds of events; 0: by POST")
    for fate in ("bounce", "complain", "defer"):
        parser.add_argument(f"--{fate}", action="append", metavar="PATTERN", help=f"addresses that {fate}")
    return parser.parse_args()


if __name__ == "__main__":
    raise SystemExit(main())
