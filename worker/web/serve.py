"""The web process: the pages, given the services and a way to send hints."""

from __future__ import annotations

import uvicorn
from kombu.exceptions import OperationalError

from worker.logs import configure_logs, log
from worker.services import make_services
from worker.settings import load_settings
from worker.tasks.broker import connect
from worker.tasks.queues import queue_for
from worker.web.app import make_app

_TASKS = {"notice": "sitrep.audience.send_notice", "events": "sitrep.track.apply", "source": "sitrep.collect.poll"}


def serve() -> None:
    """Listen until told to stop."""
    settings = load_settings()
    configure_logs(level=settings.log_level, json=settings.log_json)
    celery = connect(settings)

    def enqueue(name: str, *ids: object) -> None:
        """A hint that is lost costs a tick; a page must not fail for it, nor wait long for a broker that is away."""
        task = _TASKS[name]
        try:
            celery.send_task(task, args=[str(each) for each in ids], queue=queue_for(task), retry=False)
        except (OperationalError, OSError) as error:
            log().warning("hint_lost", task=task, reason=type(error).__name__)

    services = make_services(settings, enqueue=enqueue)
    uvicorn.run(
        make_app(services),
        host=settings.web_host,
        port=settings.web_port,
        log_level=settings.log_level,
        access_log=False,  # its lines would hold the tokens of links
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=10,
    )
