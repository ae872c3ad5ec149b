"""`sitrep up`: Redis, worker, beat and web in one terminal, restarted when they die, ended in order."""

from worker.cli.up.run import run_up

__all__ = ["run_up"]
