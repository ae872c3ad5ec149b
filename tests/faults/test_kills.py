"""kill -9 of what runs, at the worst moments: no mail is lost, none is sent twice, every sum balances."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from tests.faults.plant import Plant
from worker.collect.poll import poll_source
from worker.collect.sources import due_sources
from worker.compose.newsletters import newsletters_in_force
from worker.compose.plan_alerts import plan_alerts
from worker.compose.release import release_ready
from worker.database import session_on, table
from worker.deliver.batches import form_batches
from worker.deliver.claim import claim_batch
from worker.match.judging import match_article
from worker.match.rematch import RematchProgress, rematch_progress, start_rematch
from worker.models import Article, BatchState, Delivery, Frequency, Match, Release, Source, Topic
from worker.services import make_services

LEASE = timedelta(seconds=120)


def until(reached: Callable[[], bool], *, seconds: float = 30) -> None:
    """Look often; the thing waited for happens in another process."""
    pause = threading.Event()
    for _ in range(int(seconds / 0.01)):
        if reached():
            return
        pause.wait(0.01)
    raise AssertionError("it did not come to that")


def kill_in_the_request(plant: Plant) -> None:
    """The request is at the provider, `submitting` is committed, and the worker dies before it has an answer."""
    plant.processes.send_ticks("collect")
    until(lambda: not plant.counterpart.faults.as_json())
    plant.processes.kill_worker()
    assert plant.batches(BatchState.SUBMITTING)


@pytest.mark.parametrize("claimed", [False, True], ids=["formed", "claimed"])
def test_a_worker_that_dies_before_it_asks_the_provider(plant: Plant, claimed: bool) -> None:
    plant.processes.kill_worker()
    plant.publish()
    leave_a_batch(plant, claimed=claimed)
    assert plant.batches(BatchState.CLAIMED if claimed else BatchState.READY)
    plant.later(LEASE * 2)
    plant.tick("deliver")
    plant.tick("deliver")
    assert plant.batches(BatchState.READY, BatchState.CLAIMED) == []


def leave_a_batch(plant: Plant, *, claimed: bool) -> None:
    """All that a worker does up to its last commit: a batch that is formed, or claimed."""
    made = make_services(plant.processes.settings)
    now = made.now()
    with made.session() as session:
        for source in due_sources(session, now=now):
            for article in poll_source(session, source, fetcher=made.fetcher, now=now).to_match:
                match_article(session, article, matcher=made.matcher(), now=now)
        release_ready(session, now=now, text_wait=made.text_wait)
        alert = newsletters_in_force(session)[Frequency.INSTANT]
        plan_alerts(session, alert.definition, version=alert.version, now=now)
        (batch,) = form_batches(session, mailer=made.mailer, batch_size=1000, now=now)
        if claimed:
            assert claim_batch(session, batch, now=now, lease=LEASE)
            session.commit()
    made.mailer.close()
    made.fetcher.close()
    made.engine.dispose()


def test_a_worker_killed_after_the_provider_accepted(plant: Plant) -> None:
    plant.publish()
    plant.counterpart.faults.hang(60, min_mails=2)
    kill_in_the_request(plant)
    plant.later(LEASE * 2)
    plant.tick("deliver")
    assert plant.batches(BatchState.UNCERTAIN), "doubt is a state: it is not resent"
    plant.hear()
    plant.tick("deliver")
    assert plant.batches(BatchState.UNCERTAIN) == []


def test_a_worker_killed_before_the_provider_accepted(plant: Plant) -> None:
    plant.publish()
    plant.counterpart.faults.hang(60, accepting=False, min_mails=2)
    kill_in_the_request(plant)
    plant.later(LEASE * 2)
    plant.tick("deliver")
    assert plant.batches(BatchState.UNCERTAIN)
    plant.publish()
    plant.tick()
    plant.hear()


def test_a_connection_cut_after_acceptance_is_settled_by_its_events(plant: Plant) -> None:
    plant.publish()
    plant.counterpart.faults.accept_then_cut(min_mails=2)
    plant.tick()
    assert plant.batches(BatchState.UNCERTAIN)
    plant.hear()
    plant.tick("deliver")
    assert plant.batches(BatchState.UNCERTAIN) == []


ARCHIVED = 1_600


def leave_an_archive(plant: Plant) -> None:
    """Articles of yesterday that were about nothing, and are about the Arctic by a word that its topic has now."""
    now = plant.clock.now()
    with session_on(plant.engine) as session:
        source_id = session.execute(select(func.min(table(Source).c.id))).scalar_one()
        rows = [
            {
                "source_id": source_id, "external_id": f"old-{number}", "url": "", "content_hash": f"old-{number}",
                "title": f"Zanzibar reopens gate {number}", "text": "The committee went to Zanzibar again. " * 150,
                "first_seen_at": now, "updated_at": now, "matched_at": now, "withheld_reason": "no_topic",
            }
            for number in range(ARCHIVED)
        ]  # fmt: skip
        session.add_all(Article(**row) for row in rows)
        session.commit()
    file = plant.directory / "schedules" / "topics" / "arctic.toml"
    file.write_text(file.read_text().replace("\nwords = [", '\nwords = ["Zanzibar", ', 1))
    plant.tick("upkeep")


def test_a_worker_killed_in_the_middle_of_a_rematch_leaves_the_rest_to_the_next(plant: Plant) -> None:
    leave_an_archive(plant)
    with session_on(plant.engine) as session:
        version = session.execute(select(Topic).where(table(Topic).c.slug == "arctic")).scalar_one().version
        now = plant.clock.now()
        job = start_rematch(session, "arctic", since=now - timedelta(days=1), send=False, by="olga", now=now)
        sent = [
            session.execute(select(func.count()).select_from(table(each))).scalar_one() for each in (Release, Delivery)
        ]

    def progress() -> RematchProgress:
        with session_on(plant.engine, read_only=True) as session:
            return rematch_progress(session, job.id)

    plant.processes.send_ticks("match")
    until(lambda: progress().judged > 0)
    plant.processes.kill_worker()
    halfway = progress()
    assert halfway.state == "running"
    assert 0 < halfway.judged < halfway.total
    plant.tick("match")
    done = progress()
    assert (done.state, done.judged, done.released) == ("done", done.total, 0)
    assert done.total >= ARCHIVED
    with session_on(plant.engine, read_only=True) as session:
        rows = session.execute(
            select(Match)
            .join(Topic, table(Topic).c.id == table(Match).c.topic_id)
            .join(Article, table(Article).c.id == table(Match).c.article_id)
            .where(table(Article).c.external_id.like("old-%"), table(Topic).c.slug == "arctic")
        ).scalars()
        assert Counter((row.verdict, row.topic_version) for row in rows) == {("about", version): ARCHIVED}
        assert sent == [
            session.execute(select(func.count()).select_from(table(each))).scalar_one() for each in (Release, Delivery)
        ]


def test_redis_loses_everything_in_mid_request(plant: Plant) -> None:
    plant.publish()
    plant.counterpart.faults.hang(1, min_mails=2)
    plant.processes.send_ticks("collect", "deliver")
    until(lambda: not plant.counterpart.faults.as_json())
    plant.processes.lose_redis()
    until(lambda: plant.batches(BatchState.SUBMITTING) == [])
    plant.tick()


def test_redis_loses_the_messages_that_nobody_has_read(plant: Plant) -> None:
    plant.publish()
    plant.processes.kill_worker()
    plant.processes.send_ticks("collect", "match", "compose", "deliver")
    plant.processes.lose_redis()
    plant.tick()
    plant.tick()
