"""Shells of the collect stage."""

from __future__ import annotations

from worker.collect.health import settle_alarms
from worker.collect.poll import poll_source
from worker.collect.subscribing import end_retired
from worker.services.collecting import Collecting
from worker.services.rounds import Rounds
