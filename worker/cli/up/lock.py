"""One `sitrep up` on a state directory."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from worker.errors import SitrepError


class AlreadyRunning(SitrepError):
    """Another `sitrep up` runs on this state directory."""


@contextmanager
def only_one(state_dir: Path) -> Iterator[None]:
    """Hold the state directory; AlreadyRunning if somebody does. The kernel lets go when we end, however we end."""
    try:
        state_dir.mkdir(parents=True, exist_ok=True)
        handle = os.open(state_dir / "up.lock", os.O_RDWR | os.O_CREAT, 0o644)
    except OSError as error:
        raise SitrepError(
            f"The state directory {state_dir} cannot be used ({error.strerror}): "
            "set SITREP_STATE_DIR to one that you can write to"
        ) from error
    try:
        _take(handle, state_dir)
        os.ftruncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(handle)


def _take(handle: int, state_dir: Path) -> None:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.pread(handle, 20, 0).decode(errors="replace").strip() or "unknown"
        raise AlreadyRunning(
            f"`sitrep up` already runs on {state_dir} (process {holder}): "
            "stop that one, or set SITREP_STATE_DIR to another directory"
        ) from error
