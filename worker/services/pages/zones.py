"""The time zones as a person finds theirs: by region and city, with the offset in force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, lru_cache
from importlib.resources import files
from zoneinfo import ZoneInfo

from worker.schedules.hours import known_zones


@dataclass(frozen=True)
class ZoneChoice:
    """One option: `Europe/Berlin`, shown as `Berlin (UTC+1)`."""

    name: str
    label: str


@dataclass(frozen=True)
class ZoneRegion:
    """The zones of a continent or ocean, by city."""

    name: str
    zones: tuple[ZoneChoice, ...]


def zone_regions(now: datetime) -> tuple[ZoneRegion, ...]:
    """Every zone once (aliases left out), with offsets as they are in that hour."""
    return _regions(now.replace(minute=0, second=0, microsecond=0))


def zone_label(name: str) -> str:
    """`America/Argentina/Buenos_Aires` as `Buenos Aires, Argentina`; `UTC` as itself."""
    _, *places = name.split("/")
    return ", ".join(reversed(places)).replace("_", " ") or name


def zone_name(name: str) -> str:
    """The zone of a time in a sentence: `Berlin time`, `UTC`."""
    return name if name == "UTC" else f"{zone_label(name)} time"


@lru_cache(maxsize=2)
def _regions(hour: datetime) -> tuple[ZoneRegion, ...]:
    by_region: dict[str, list[ZoneChoice]] = {}
    for name in _names():
        label = f"{zone_label(name)} ({_offset(name, hour)})"
        by_region.setdefault(name.split("/")[0], []).append(ZoneChoice(name, label))
    regions = [
        ZoneRegion(region, tuple(sorted(zones, key=lambda zone: zone.label)))
        for region, zones in sorted(by_region.items())
    ]
    return (*regions, ZoneRegion("Universal time", (ZoneChoice("UTC", "UTC"),)))


@cache
def _names() -> tuple[str, ...]:
    """The names that the time zone database gives to places; where its list is missing, all that look like one."""
    listed = files("tzdata") / "zoneinfo" / "zone.tab"
    lines = listed.read_text(encoding="utf-8").splitlines() if listed.is_file() else []
    names = {line.split("\t")[2] for line in lines if line and not line.startswith("#")}
    return tuple(sorted(names & known_zones() or {name for name in known_zones() if "/" in name}))


def _offset(name: str, at: datetime) -> str:
    offset = at.astimezone(ZoneInfo(name)).utcoffset() or timedelta(0)
    minutes = int(offset.total_seconds()) // 60
    if not minutes:
        return "UTC"
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours}" + (f":{rest:02}" if rest else "")
