"""`sitrep topics rematch`: stored articles judged anew by the definitions in force, silently unless --send."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from worker.cli.printing import AsJson, numbered, print_json, print_table
from worker.cli.reading import usable_services
from worker.cli.topic_names import tell_former
from worker.cli.topic_options import parse_since, told
from worker.cli.topic_trials import progress_bar
from worker.models import RematchState

if TYPE_CHECKING:
    from worker.match.rematch import RematchProgress
    from worker.services import Services


def register(app: typer.Typer) -> None:
    app.command("rematch")(rematch_command)


def rematch_command(
    name: Annotated[
        str | None, typer.Argument(help="Only this topic, by its slug or a former one; else all of them.")
    ] = None,
    since: Annotated[
        str, typer.Option("--since", help="30d, 12h, 4w, or a date: articles first seen from then on.")
    ] = "30d",
    send: Annotated[
        bool, typer.Option("--send", help="Send what is newly about a topic to those who subscribe to it now.")
    ] = False,
    by: Annotated[str, typer.Option("--by", help="Your name; it is recorded.")] = "",
    background: Annotated[
        bool, typer.Option("--background", help="Leave the work to the workers, and do not wait.")
    ] = False,
    status: Annotated[bool, typer.Option("--status", help="Only list the latest jobs.")] = False,
    resume: Annotated[
        int | None, typer.Option("--resume", help="Work on at this job, here.", callback=numbered)
    ] = None,
    cancel: Annotated[
        int | None, typer.Option("--cancel", help="Stop this job; what it has judged stays.", callback=numbered)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Judge stored articles anew: matches are replaced as evidence; nobody is sent anything unless --send.

    An interrupted job goes on where it was, with the workers' next tick or by --resume.
    """
    from worker.match.rematch import cancel_rematch, rematch_progress, rematches, start_rematch

    with told():
        made = usable_services()
        with made.session(read_only=True) as session:
            jobs = rematches(session)
        if not status:
            with made.session() as session:
                if cancel is not None:
                    job = cancel_rematch(session, cancel, now=made.now())
                elif resume is not None:
                    job = rematch_progress(session, resume)
                else:
                    start = parse_since(since, made.now())
                    job = start_rematch(session, name, since=start, send=send, by=by, now=made.now())
                    tell_former(name or "", job.topic or "")
            jobs = [job if background else _work_off(made, job)]
    if as_json:
        print_json(jobs if status else jobs[0])
        return
    _print(jobs)


def _work_off(made: Services, job: RematchProgress) -> RematchProgress:
    """All portions, one transaction each; a worker that takes one in between does no harm."""
    from worker.compose.release import release_to_topics
    from worker.match.rematch import rematch_portion, rematch_progress

    with progress_bar("Judging", job.total) as advance, made.session() as session:
        while job.state == RematchState.RUNNING:
            after = rematch_portion(
                session, job.id, matcher=made.matcher(), now=made.now(), release_to=release_to_topics
            )
            job = after or rematch_progress(session, job.id)
            session.rollback()  # a look takes SQLite's write lock too
            advance(job.judged)
    return job


def _print(jobs: list[RematchProgress]) -> None:
    columns = (
        "job",
        "state",
        "topic",
        "judged",
        "newly about",
        "no longer",
        "released",
        "by",
        "made (UTC)",
    )
    rows = [
        (job.id, job.state, job.topic or "all", f"{job.judged} of {job.total}", job.gained, job.lost,
         job.released if job.send else "silent", job.by, job.created_at)
        for job in jobs
    ]  # fmt: skip
    print_table(columns, rows)
    if not jobs:
        print("Nothing was judged anew yet: `sitrep topics rematch NAME --since 30d --by NAME`")
