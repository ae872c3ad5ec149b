"""Which queue a task travels in, and what beat ticks."""

from __future__ import annotations

from dataclasses import dataclass, field

from worker.errors import SitrepError

QUEUES = ("confirmation", "alert", "digest", "collect", "upkeep")
"""By urgency: a worker takes from the first one that holds something."""

STAGE_QUEUES = {
    "collect": "collect",
    "match": "collect",
    "compose": "digest",
    "deliver": "digest",
    "track": "upkeep",
    "audience": "confirmation",
    "upkeep": "upkeep",
}
"""Where a stage's tasks travel unless the sender names a queue, as the batches of an alert do."""

TASK_QUEUES = {"sitrep.compose.release": "alert"}
"""Tasks more urgent than their stage. A `queue=` on the task itself would not do: Celery ignores it."""


class UnroutedTask(SitrepError):
    """A task whose name gives it no queue."""


def queue_for(name: str) -> str:
    """The queue of a task named `sitrep.<stage>.<verb>`."""
    parts = name.split(".")
    if len(parts) != 3 or parts[0] != "sitrep" or parts[1] not in STAGE_QUEUES:
        raise UnroutedTask(
            f"Task {name!r} has no queue: name it sitrep.<stage>.<verb>, stage one of {', '.join(STAGE_QUEUES)}"
        )
    return TASK_QUEUES.get(name, STAGE_QUEUES[parts[1]])


@dataclass(frozen=True)
class Tick:
    """A task that beat sends every SITREP_TICK_SECONDS. It asks the database what is due; beat knows nothing."""

    task: str
    queue: str | None = None
    """Unset: the stage's queue."""
    kwargs: dict[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return f"{self.task}:{self.queue}" if self.queue else self.task


TICKS = (
    *(Tick(f"sitrep.{stage}.tick") for stage in STAGE_QUEUES),
    *(Tick("sitrep.upkeep.heartbeat", queue, {"queue": queue}) for queue in QUEUES),
)
"""One tick per stage, which also finds what a lost message left behind, and one heartbeat through every queue."""
