"""A worker process for the tests: submits one batch through SendGrid, and may be killed while it does.

python -m tests.deliver.sender DATABASE_URL PROVIDER_URL BATCH_ID INSTANT
"""

from __future__ import annotations

import sys
import uuid
from datetime import datetime

from demo.counterpart.counterpart import API_KEY
from tests.deliver.scene import LEASE, Scene
from worker.database import make_engine, session_on
from worker.deliver.mailers.sendgrid import SendGridMailer
from worker.deliver.submit import submit_batch


def main(database: str, provider: str, batch_id: str, instant: str) -> None:
    mailer = SendGridMailer(API_KEY, url=provider)
    with session_on(make_engine(database)) as session:
        scene = Scene.__new__(Scene)
        scene.gone, scene.composed = {}, []
        submit_batch(
            session,
            uuid.UUID(batch_id),
            mailer=mailer,
            compose=scene.compose,
            now=datetime.fromisoformat(instant),
            lease=LEASE,
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
