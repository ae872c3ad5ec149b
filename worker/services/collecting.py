"""What a round of collecting does: which jobs there are, and how each is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta

from sqlalchemy.exc import OperationalError

from worker.collect.claims import Claim, claim_sources, release_claims
from worker.collect.full_text import TextOutcome, check_withdrawn, fetch_full_text
from worker.collect.gaps import close_gap, open_gaps
from worker.collect.mishaps import gap_failed, hub_failed, poll_failed, text_failed
from worker.collect.picking import has_more, pick_sources, pick_texts
from worker.collect.poll import PollResult, poll_source
from worker.collect.subscribing import ask_hub, due_pushes, has_more_pushes
from worker.collect.visits import NotYet
from worker.services.made import Services
from worker.services.rounds import Job

POLL, TEXT, WITHDRAWN, GAP, HUB = "poll", "text", "withdrawn", "gap", "hub"
_SOON = timedelta(seconds=5)
"""A host is waited for if it is free again within this; whoever needs longer is found by the next round."""
_COME_BACK = 1.0

Following = Iterator[tuple[Job, float]]


class Collecting:
    """The jobs of the collect stage. `judge` is told the articles that are to be matched."""

    def __init__(self, made: Services, *, judge: Callable[[list[int]], object]) -> None:
        self._made, self._judge = made, judge
        self._claims: dict[int, Claim] = {}
        """Sources that were pulled and are not being polled yet."""

    def pull(self, room: int, slow: bool) -> Iterable[Job]:
        """What is to be done now. Sources are claimed, all in one go: others pull at the same time."""
        now = self._made.now()
        with self._made.session(read_only=True) as session:
            sources = pick_sources(session, now=now, limit=room, slow=slow)
            texts = pick_texts(session, now=now, limit=room, slow=slow)
            gaps = open_gaps(session, now=now, limit=room, slow=slow)
            hubs = due_pushes(session, now=now, limit=room, slow=slow) if self._made.push_root else []
        for kind, ids in ((TEXT, texts), (POLL, self._claim(sources)), (GAP, gaps), (HUB, hubs)):
            yield from (Job(kind, each, slow) for each in ids)

    def _claim(self, sources: list[int]) -> list[int]:
        if not sources:
            return []
        made = self._made
        with made.session() as session:
            claims = claim_sources(session, sources, now=made.now(), lease=made.lease)
        self._claims.update({claim.source_id: claim for claim in claims})
        return [claim.source_id for claim in claims]

    def close(self) -> None:
        """Give back the claims of what was pulled and will not be polled."""
        left = []
        while self._claims:
            left.append(self._claims.popitem()[1])
        if left:
            with self._made.session() as session:
                release_claims(session, left, now=self._made.now())

    def has_more(self) -> bool:
        """Whether something waits for a host that will soon be free."""
        with self._made.session(read_only=True) as session:
            now = self._made.now()
            hubs = self._made.push_root is not None and has_more_pushes(session, now=now, within=_SOON)
            return hubs or has_more(session, now=now, within=_SOON)

    def work(self, job: Job) -> Following:
        """Do a job; what is to follow, and after how many seconds."""
        do = {POLL: self._poll, TEXT: self._text, WITHDRAWN: self._withdrawn, GAP: self._gap, HUB: self._hub}[job.kind]
        try:
            yield from do(job)
        except OperationalError:
            raise  # the database is away or busy, which is no fault of this job
        except Exception as error:  # whatever it is, it would come again and again: the job says so, and waits
            self._put_off(job, error)
            raise

    def _put_off(self, job: Job, error: Exception) -> None:
        note = {POLL: poll_failed, TEXT: text_failed, GAP: gap_failed, HUB: hub_failed}.get(job.kind)
        if note is not None:
            with self._made.session() as session:
                note(session, job.id, error, now=self._made.now())

    def poll(self, source_id: int) -> PollResult:
        """Poll a source that is due; what it brought is judged."""
        made = self._made
        claim = self._claims.pop(source_id, None)
        with made.session() as session:
            result = poll_source(
                session, source_id, fetcher=made.fetcher, now=made.now(), lease=made.lease, claim=claim
            )
        if result.to_match:
            self._judge(result.to_match)
        return result

    def _poll(self, job: Job) -> Following:
        result = self.poll(job.id)
        if result.outcome is None and not job.again:  # its host is busy, or another process has it: not at once again
            yield Job(POLL, job.id, job.slow, again=True), _COME_BACK
        yield from ((Job(WITHDRAWN, article_id), _COME_BACK) for article_id in result.missing)

    def _text(self, job: Job) -> Following:
        made = self._made
        with made.session() as session:
            result = fetch_full_text(session, job.id, fetcher=made.fetcher, now=made.now())
        if result.outcome in (TextOutcome.WHOLE, TextOutcome.MISSING):
            self._judge([job.id])
        if result.host_busy:
            yield job, _COME_BACK

    def _withdrawn(self, job: Job) -> Following:
        """The feed no longer lists it although it should: ask its own address."""
        made = self._made
        try:
            with made.session() as session:
                check_withdrawn(session, job.id, fetcher=made.fetcher, now=made.now())
        except NotYet:
            yield job, _COME_BACK

    def _gap(self, job: Job) -> Following:
        """One older page of a source that published more than its listing holds."""
        made = self._made
        with made.session() as session:
            result = close_gap(session, job.id, fetcher=made.fetcher, now=made.now())
        if result.to_match:
            self._judge(result.to_match)
        yield from ()

    def _hub(self, job: Job) -> Following:
        made = self._made
        if made.push_root is not None:
            with made.session() as session:
                ask_hub(session, job.id, posts=made.fetcher, callback_root=made.push_root, now=made.now())
        yield from ()
