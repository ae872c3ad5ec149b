"""What keeps the system honest about itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Text
from sqlmodel import Field, SQLModel

from worker.models.columns import instant, json_column


class Heartbeat(SQLModel, table=True):
    """Written by the tasks themselves: `beat`, `queue.digest`, ... A process can live and not work; a row cannot."""

    name: str = Field(primary_key=True)
    at: datetime = instant()


class ScheduleFault(SQLModel, table=True):
    """A file under schedules/ that cannot be used; its last good version stays in force."""

    __tablename__ = "schedule_fault"

    file: str = Field(primary_key=True, sa_type=Text)
    problems: list[Any] = json_column(list)
    since: datetime = instant()
