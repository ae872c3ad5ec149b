"""`sitrep sources add` and `remove`: look at what a site offers, and write the choice into sources.toml."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any
from urllib.parse import urlsplit

import typer

from worker.cli.printing import AsJson, fail, print_json, print_table
from worker.errors import InvalidInput

if TYPE_CHECKING:
    from worker.collect.discover import Candidate, Discovery
    from worker.schedules.sources import SourceDefinition
    from worker.services import Services

_SHOWN = 5

Address = Annotated[
    str, typer.Argument(help="Any address of the site: its front page, a feed, a sitemap, its REST API.")
]


def register(app: typer.Typer) -> None:
    """Add the commands to `sitrep sources`."""
    app.command("add")(add_command)
    app.command("remove")(remove_command)


def add_command(
    url: Address,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Write the proposal without asking.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only look; write nothing.")] = False,
    take: Annotated[int, typer.Option("--take", min=1, help="Not the best: the one with this number in the list.")] = 1,
    name: Annotated[
        str | None, typer.Option("--name", help="As readers see it; else what the source calls itself.")
    ] = None,
    every: Annotated[str | None, typer.Option("--every", help="How often to poll it, such as 30m; else 15m.")] = None,
    pattern: Annotated[
        str | None,
        typer.Option("--link-pattern", help="Collect from the page itself: its links that fit, such as /news/*."),
    ] = None,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="It may live on a private, loopback or link-local address.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Find what a site offers, propose the best of it, and write that into schedules/sources.toml.

    Its feeds, the WordPress REST API, sitemaps, and the page itself are looked at, in some fifteen requests at most.
    The first poll of a new source is a baseline: what it finds is remembered, and sent to nobody.
    """
    from worker.schedules.source_entries import entry_of

    made = _services()
    _interval(every)
    found = _discovered(made, url, pattern=pattern, allow_private=allow_private, quiet=as_json)
    chosen = _chosen(found, take)
    source = _definition(chosen, found, name=name, every=every, allow_private=allow_private)
    path = made.schedules_dir / "sources.toml"
    warnings, standing = _warnings(made, path, chosen, source)
    told: dict[str, Any] = {
        "url": found.url,
        "proposal": {**chosen.to_json(), "first": [_article_json(one) for one in chosen.articles[:_SHOWN]]},
        "others": [one.to_json() for one in found.candidates if one is not chosen],
        "entry": entry_of(source),
        "warnings": warnings,
        "notes": list(found.notes),
        "written": None,
    }
    if not as_json:
        _print(found, chosen, told)
    if standing:
        raise InvalidInput(f"{source.url} is named in {path} already; nothing was written")
    if not dry_run and (yes or (not as_json and _agreed(path))):
        _write(path, source, told["entry"])
        told["written"] = str(path)
    if as_json:
        print_json(told)
    elif told["written"]:
        print(
            f"Written to {path}. A running `sitrep up` takes it at its next tick; `sitrep sources poll` polls it now."
        )
    else:
        print("Nothing was written." if dry_run else "Nothing was written; --yes writes without asking.")


def remove_command(
    which: Annotated[str, typer.Argument(help="The source's address or name, as sources.toml has it.")],
    as_json: AsJson = False,
) -> None:
    """Take a source out of schedules/sources.toml: it is polled no more, its articles stay."""
    from worker.schedules.source_entries import remove_entry

    path = _services().schedules_dir / "sources.toml"
    _refuse_the_package(path)
    removed = remove_entry(path, which)
    if as_json:
        print_json({"removed": removed.url, "name": removed.name, "written": str(path)})
    else:
        print(
            f"{removed.name} ({removed.url}) is taken out of {path}; its articles stay. A running `sitrep up` takes it "
            "at its next tick."
        )


def _services() -> Services:
    """An installation need not be there yet: naming its sources may come first."""
    from worker.logs import configure_logs
    from worker.services import make_services

    made = make_services()
    configure_logs(level=made.settings.log_level, json=made.settings.log_json)
    return made


def _discovered(made: Services, url: str, *, pattern: str | None, allow_private: bool, quiet: bool) -> Discovery:
    from worker.collect.discover import as_page, discover
    from worker.collect.sandbox import SANDBOX

    scheme, named, _ = url.partition("://")
    if not url or any(letter.isspace() for letter in url) or (named and scheme.lower() not in ("http", "https")):
        raise InvalidInput(f"{url!r} is no address of a site: write it as https://example.org/")

    def tell(address: str) -> None:
        if not quiet:
            fail(f"looking at {address}")

    with made.fetcher as fetcher, closing(SANDBOX):
        look = as_page(pattern) if pattern else discover
        return look(url, fetcher=fetcher, reader=SANDBOX, now=made.now(), allow_private=allow_private, tell=tell)


def _chosen(found: Discovery, take: int) -> Candidate:
    from worker.collect.discover import NothingFound

    if not found.usable:
        said = "; ".join(f"{one.url}: {one.reason}" for one in found.candidates[:3])
        raise NothingFound(
            f"Nothing to collect from was found at {found.url}{f' ({said})' if said else ''}: give the address of a "
            "feed, or of a page that lists articles with --link-pattern"
        )
    if take > len(found.usable):
        raise InvalidInput(f"--take {take}: the list ends at {len(found.usable)}")
    return found.usable[take - 1]


def _interval(every: str | None) -> timedelta:
    from worker.schedules.sources import interval

    asked = interval(every or "15m")
    if asked is None:
        raise InvalidInput(f"--every {every}: write an interval such as 15m, 2h or 1d, from 1m to 7d")
    return asked


def _site_name(chosen: Candidate, found: Discovery) -> str:
    """What the source calls itself; one that says nothing is called as the site's other listings are, else its host."""
    from worker.collect.discover.naming import good_name

    of_site = [one for one in found.usable if one.scope == chosen.scope == "site"]
    names = (good_name(one.title) for one in (chosen, *of_site))
    return next(filter(None, names), urlsplit(chosen.url).hostname or chosen.url)


def _definition(
    chosen: Candidate, found: Discovery, *, name: str | None, every: str | None, allow_private: bool
) -> SourceDefinition:
    from worker.schedules.sources import SourceDefinition

    return SourceDefinition(
        url=chosen.url,
        name=(name or "").strip() or _site_name(chosen, found),
        kind=chosen.kind,
        link_pattern=(chosen.link_pattern,) if chosen.link_pattern else (),
        every=_interval(every),
        allow_private=allow_private,
    )


def _warnings(made: Services, path: Path, chosen: Candidate, source: SourceDefinition) -> tuple[list[str], bool]:
    """What speaks against adding it, and whether it is there already. A faulty file raises ScheduleError."""
    from worker.collect.identity import url_key
    from worker.schedules.sources import read_sources

    known = read_sources(path) if path.exists() and path.read_text(encoding="utf-8", errors="replace").strip() else []
    same = [one for one in known if url_key(one.url) == url_key(source.url)]
    warnings = [f"{one.name} ({one.url}) is the same address" for one in same if one.url != source.url]
    site = _site(source.url)
    warnings += [
        f"{one.name} ({one.url}) is of the same site: an article that both list is stored for each, and sent once"
        for one in known
        if _site(one.url) == site and one not in same
    ]
    if any(one.name == source.name for one in known if one not in same):
        warnings.append(f"another source is called {source.name!r} too; --name gives it one of its own")
    holders = _holders(made, [article.url for article in chosen.articles if article.url])
    warnings += [
        f"{count} of its {len(chosen.articles)} articles are known from {holder}" for holder, count in holders.items()
    ]
    return warnings, any(one.url == source.url for one in same)


def _holders(made: Services, urls: list[str]) -> dict[str, int]:
    """The names of the sources that brought these articles, and how many; empty where there is no database yet."""
    from worker.collect.discover.naming import sources_of
    from worker.services.check import database_faults, missing_database

    if missing_database(made.settings) or database_faults(made.engine):
        return {}
    with made.session(read_only=True) as session:
        return sources_of(session, urls)


def _site(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")


def _agreed(path: Path) -> bool:
    try:
        return typer.confirm(f"Write it to {path}?")
    except typer.Abort:  # nobody there to ask
        print()
        return False


def _write(path: Path, source: SourceDefinition, entry: str) -> None:
    from worker.schedules.source_entries import UnwritableSources, add_entry

    try:
        _refuse_the_package(path)
        add_entry(path, source)
    except UnwritableSources as error:
        raise UnwritableSources(f"{error}. Paste this into your sources.toml:\n\n{entry}") from error


def _refuse_the_package(path: Path) -> None:
    """What is installed is replaced by the next version: an entry in there would be lost."""
    import worker
    from worker.schedules.source_entries import UnwritableSources

    if path.resolve().is_relative_to(Path(worker.__file__).resolve().parent):
        raise UnwritableSources(
            f"{path} is part of the program; copy its directory to a place of yours, and name that by "
            "SITREP_SCHEDULES_DIR"
        )


def _print(found: Discovery, chosen: Candidate, told: dict[str, Any]) -> None:
    numbers = {id(one): number for number, one in enumerate(found.usable, start=1)}
    columns = ("", "kind", "articles", "whole", "newest (UTC)", "address", "what speaks for it")
    rows = [
        (
            ("* " if one is chosen else "  ") + str(numbers.get(id(one), "-")),
            one.kind,
            len(one.articles),
            one.whole,
            one.newest,
            one.url,
            one.reason,
        )
        for one in found.candidates
    ]
    print_table(columns, rows)
    print(f"\nProposed: {chosen.url}\n  because {chosen.reason}; {chosen.origin}\n")
    first = [_article_json(one) for one in chosen.articles[:_SHOWN]]
    print_table(
        ("published (UTC)", "words", "text", "title"),
        [
            (one["published_at"], one["words"], "whole" if one["whole"] else "excerpt", one["title"] or one["url"])
            for one in first
        ],
    )
    for line in (*told["notes"], *(f"Warning: {warning}" for warning in told["warnings"])):
        fail(line)
    print(f"\n{told['entry']}")


def _article_json(article: Any) -> dict[str, Any]:
    from worker.collect.excerpt import is_excerpt

    return {
        "title": article.title,
        "url": article.url,
        "published_at": article.published_at or article.updated_at,
        "words": len(article.text.split()),
        "whole": not is_excerpt(article.text),
    }
