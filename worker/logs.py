"""Structured logs: events with ids, never addresses or tokens."""

from __future__ import annotations

import logging
import sys
from typing import TextIO

import structlog


class _Stderr(logging.StreamHandler[TextIO]):
    """Writes to what is stderr at that moment: whoever replaces it for a while may close theirs."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


def configure_logs(*, level: str = "info", json: bool = False) -> None:
    """Set up structlog and the standard library's logging alike; called once by each entry point."""
    logging.basicConfig(level=level.upper(), handlers=[_Stderr()], format="%(message)s")
    # The sendgrid package's HTTP client logs keys and payloads at DEBUG; httpx logs full URLs (with tokens) at INFO.
    # Alembic tells at INFO which of its own plugins it has loaded.
    for name in ("python_http_client", "httpx", "httpcore", "urllib3", "alembic"):
        logging.getLogger(name).setLevel(logging.WARNING)
    renderer: structlog.typing.Processor = (
        structlog.processors.JSONRenderer() if json else structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=lambda *_: structlog.PrintLogger(sys.stderr),
    )


def log() -> structlog.typing.FilteringBoundLogger:
    """The logger: `log().info("batch_accepted", batch=str(id), size=1000)`."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    return logger
