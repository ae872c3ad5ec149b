"""`sitrep topics merge`, `rename`, `retire`, `history`: files are edited, and take effect for subscribers at once."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from worker.cli.printing import AsJson, counted, print_json, print_table
from worker.cli.reading import usable_services
from worker.cli.topic_names import meant, meant_by_file, meant_to_change
from worker.cli.topic_options import ByWhom, Name, told
from worker.errors import InvalidInput, NotFound, SitrepError
from worker.schedules.files import ScheduleError

if TYPE_CHECKING:
    from sqlmodel import Session

    from worker.models import Topic
    from worker.services import Services

_SHOWN = 12
"""Terms that are listed, of those that a merge gives up."""

DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]


class NotDone(SitrepError):
    """The files were edited, and the change did not come into force."""


def register(app: typer.Typer) -> None:
    app.command("merge")(merge_command)
    app.command("rename")(rename_command)
    app.command("retire")(retire_command)
    app.command("history")(history_command)


def merge_command(
    old: Annotated[str, typer.Argument(help="The topic that ends.", show_default=False)],
    into: Annotated[str, typer.Argument(help="The topic that takes over its subscribers.", show_default=False)],
    by: ByWhom,
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Join a topic into another: its subscribers go over, at the faster frequency of both, and are told once."""
    from worker.schedules.topic_edits import check_editable, merge_files, topic_file

    with told():
        made, directory = _installation()
        old, into = _to_change(made, old, directory, ending=True), meant_by_file(into, None)
        topic_file(directory, old)
        if old == into:
            raise InvalidInput(f"{old} cannot be merged into itself")
        affected = _affected(made, old)
        people = counted(affected, "subscriber")
        missing = _missing_terms(directory, old, into)
        to_do = f'write formerly = ["{old}"] into {into}.toml and move {old}.toml into {directory.name}/retired/'
        if dry_run:
            _tell(as_json, f"{people} of {old} would go over to {into}", topic=old, into=into,
                  subscribers=affected, missing_terms=missing, done=False)  # fmt: skip
            return
        check_editable(directory, to_do)
        _confirm(yes or as_json, f"{people} of {old} would go over to {into}, told by mail. Go on?")
        merge_files(directory, old, into)
        topic = _settle(made, old, by=by)
        if topic.merged_into_id is None:
            raise NotDone(f"The files are edited, but {old} was not merged: `sitrep check` tells what is wrong")
    _tell(as_json, f"{old} is merged into {into}; {people} went over{', told by mail' if affected else ''}",
          topic=old, into=into, subscribers=affected, missing_terms=missing, done=True)  # fmt: skip
    if missing and not as_json:
        more = ", ... (--dry-run --json lists them)" if len(missing) > _SHOWN else ""
        print(f"{into} does not look for {len(missing)} of its terms: {', '.join(missing[:_SHOWN])}{more}")


def rename_command(
    old: Annotated[str, typer.Argument(help="The slug it has.", show_default=False)],
    new: Annotated[str, typer.Argument(help="The slug it gets.", show_default=False)],
    by: ByWhom,
    title: Annotated[str | None, typer.Option("--title", help="A new title too; subscribers are told of it.")] = None,
    dry_run: DryRun = False,
    as_json: AsJson = False,
) -> None:
    """Give a topic another slug; links and forms that say the old one go on working."""
    from worker.schedules.topic_edits import check_editable, rename_file, topic_file

    with told():
        made, directory = _installation()
        old = _to_change(made, old, directory)
        topic_file(directory, old)
        if old == new:
            raise InvalidInput(f"The topic is called {new} already: nothing was changed")
        affected = _affected(made, old)
        people = counted(affected, "subscriber")
        if dry_run:
            _tell(as_json, f"{old} with {people} would be called {new}", topic=old, new=new,
                  subscribers=affected, done=False)  # fmt: skip
            return
        check_editable(directory, f'rename {old}.toml to {new}.toml and write formerly = ["{old}"] into it')
        rename_file(directory, old, new, title=title)
        topic = _settle(made, new, by=by)
        if topic.slug != new:
            raise NotDone(f"The file is renamed, but {old} was not: `sitrep check` tells what is wrong")
    told_too = ", told of its new title by mail" if title and affected else ""
    keep = "keeps" if affected == 1 else "keep"
    _tell(as_json, f"{old} is now called {new}; {people} {keep} it{told_too}", topic=old, new=new,
          subscribers=affected, done=True)  # fmt: skip


def retire_command(
    name: Name,
    by: ByWhom,
    reason: Annotated[str, typer.Option("--reason", help="Why; for other operators.")] = "",
    dry_run: DryRun = False,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """End a topic for good: its file is put away, its subscriptions end, and its subscribers are told once."""
    from worker.schedules.topic_edits import check_editable, put_away

    with told():
        made, directory = _installation()
        name = _to_change(made, name, directory, ending=True)
        affected = _affected(made, name)
        ending = counted(affected, "subscription")
        if dry_run:
            _tell(as_json, f"{ending} of {name} would end", topic=name, subscribers=affected, done=False)
            return
        path = directory / f"{name}.toml"
        if path.is_file():
            check_editable(directory, f"move {name}.toml into {directory.name}/retired/, then run this again")
        _confirm(yes or as_json, f"{ending} of {name} would end, their holders told by mail. Go on?")
        if path.is_file():
            put_away(path)
        _retire(made, name, by=by, reason=reason)
    told_too = ", their holders told by mail" if affected else ""
    _tell(as_json, f"{name} is retired; {ending} ended{told_too}", topic=name, subscribers=affected, done=True)


def history_command(name: Name, as_json: AsJson = False) -> None:
    """The versions of a topic: when each came into force, what it changed, and how many matches it made."""
    from worker.match.history import topic_history

    with told(), usable_services().session(read_only=True) as session:
        steps = topic_history(session, meant(session, name).slug)
    if as_json:
        print_json(steps)
        return
    rows = [(s.version, s.loaded_at, "in force" if s.in_force else "", s.matches, "\n".join(s.changes)) for s in steps]
    print_table(("version", "loaded (UTC)", "", "matches", "what changed"), rows)


def _installation() -> tuple[Services, Path]:
    made = usable_services()
    return made, made.schedules_dir / "topics"


def _topic(session: Session, slug: str) -> Topic:
    from worker.match.marks import find_topic

    found: Topic = find_topic(session, slug)
    return found


def _to_change(made: Services, given: str, directory: Path, *, ending: bool = False) -> str:
    with made.session(read_only=True) as session:
        return meant_to_change(session, given, directory, ending=ending)


def _affected(made: Services, slug: str) -> int:
    from worker.audience.topic_changes import count_holders

    with made.session(read_only=True) as session:
        return sum(count_holders(session, _topic(session, slug).id).values())


def _settle(made: Services, slug: str, *, by: str) -> Topic:
    """Put the edited files in force; the topic as it is then, found by its own slug even where it was merged."""
    from sqlalchemy import select

    from worker.database import table
    from worker.models import Topic

    if not by.strip():
        raise InvalidInput("Say who does it: --by NAME")
    with made.session() as session:
        made.refresh_schedules(session, by=by.strip())
        _move_all(session, made, by=by.strip())
        rows = table(Topic)
        found: Topic | None = session.execute(select(Topic).where(rows.c.slug == slug)).scalar_one_or_none()
    if found is None:
        raise NotFound(f"There is no topic {slug!r} in force: `sitrep check` tells what is wrong with the files")
    return found


def _retire(made: Services, slug: str, *, by: str, reason: str) -> None:
    if not by.strip():
        raise InvalidInput("Say who retires it: --by NAME")
    with made.session() as session:
        made.refresh_schedules(session)
        topic = _topic(session, slug)
        if topic.retired_at is None:
            raise NotDone(f"{slug} is still in force: its file lies under another name, or cannot be moved")
        topic.retired_by, topic.retired_reason = by.strip(), reason or None
        session.commit()
        _move_all(session, made, by=by.strip())


def _move_all(session: Session, made: Services, *, by: str) -> None:
    """Interrupted, the next tick goes on."""
    from worker.audience.topic_changes import settle_topic_changes

    while any(not each.finished for each in settle_topic_changes(session, now=made.now(), by=by)):
        pass


def _missing_terms(directory: Path, old: str, into: str) -> list[str]:
    """What the old topic looks for and the new one does not: its articles would no longer be found."""
    from worker.schedules.topics import read_topic

    try:
        theirs = {term.casefold() for term in read_topic(directory / f"{into}.toml").own_terms()}
        return [term for term in read_topic(directory / f"{old}.toml").own_terms() if term.casefold() not in theirs]
    except ScheduleError as error:
        raise InvalidInput(f"Correct the files first:\n{error}") from error


def _confirm(sure: bool, question: str) -> None:
    if not sure and sys.stdin.isatty():
        typer.confirm(question, abort=True)


def _tell(as_json: bool, sentence: str, **facts: object) -> None:
    if as_json:
        print_json(facts)
    else:
        print(sentence)
