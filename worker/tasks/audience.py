"""Shells around single mails: confirmations, links to the preferences, welcomes."""

from __future__ import annotations

import uuid

from celery import shared_task

from worker.audience.searches import end_forsaken_searches
from worker.deliver.notices import due_notices, recover_notices, submit_notice
from worker.tasks.dispatch import hint_each, services


@shared_task(name="sitrep.audience.tick")
def tick() -> None:
    made = services()
    with made.session() as session:
        recover_notices(session, now=made.now())
        end_forsaken_searches(session, now=made.now())
        waiting = due_notices(session, now=made.now())
    hint_each("sitrep.audience.send_notice", waiting)


@shared_task(name="sitrep.audience.send_notice")
def send_notice(notice_id: str) -> None:
    made = services()
    with made.session() as session:
        submit_notice(
            session,
            uuid.UUID(notice_id),
            mailer=made.single_mailer,
            compose_notice=made.compose_notice,
            now=made.now(),
            lease=made.lease,
            reopen=made.reopen,
        )
