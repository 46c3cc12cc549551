"""The commands that change what a library holds: add, sync, remove."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli import failures
from assistant.cli.failures import WrongUsage
from assistant.cli.options import (
    JsonOption,
    LibraryOption,
    library_at,
)
from assistant.cli.output import note, one_line
from assistant.cli.progress import progress_bar
from assistant.cli.reports import tell_report
from index.errors import AddressUnusable, AssistantError
from index.types import Progress, Report, Verdict

if TYPE_CHECKING:
    from index.library import Library

OnProgress = Callable[[Progress], None]

IdsArgument = Annotated[
    list[str], typer.Argument(metavar="ID", help="Ids, or their first characters (4 or more).")
]


FieldOption = Annotated[
    list[str] | None,
    typer.Option(
        "--field",
        metavar="FIELD=NAME",
        help="The name that a field has in your exports: text=Artikel. May be repeated.",
    ),
]


AllowPrivateOption = Annotated[
    bool, typer.Option("--allow-private", help="Also fetch from your own network.")
]


def add(
    paths: Annotated[
        list[str] | None,
        typer.Argument(metavar="PATH|URL", help="Files, folders of them, or pages on the web."),
    ] = None,
    *,
    feed: Annotated[
        list[str] | None,
        typer.Option("--feed", metavar="URL", help="An RSS or Atom feed: what is new in it."),
    ] = None,
    sitemap: Annotated[
        list[str] | None,
        typer.Option("--sitemap", metavar="URL", help="A sitemap: its new and changed pages."),
    ] = None,
    allow_private: AllowPrivateOption = False,
    field: FieldOption = None,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add files, folders, web pages or feeds to the library.

    Text, Markdown, web pages, PDF, Word, mail, EPUB, JSON, CSV, agency formats, and archives of
    these. A file that has not changed since is not read again; of a feed only what is new.
    """
    from index.net.guard import is_address
    from index.net.online import add_feed, add_pages, add_sitemap

    given = paths or []
    pages = [path for path in given if is_address(path) or "://" in path]
    files = [Path(path) for path in given if path not in pages]
    if not (given or feed or sitemap):
        raise WrongUsage("Nothing is named to add.", "Name files, folders, pages, or a --feed.")
    fields = _fields(field)
    with library_at(library) as opened:
        jobs: list[Callable[[OnProgress], Report]] = []
        if files:
            jobs.append(lambda step: opened.add(files, fields=fields, on_progress=step))
        if pages:
            jobs.append(partial(_online, add_pages, opened, pages, allow_private))
        jobs += [partial(_online, add_feed, opened, url, allow_private) for url in feed or ()]
        jobs += [partial(_online, add_sitemap, opened, url, allow_private) for url in sitemap or ()]
        _write(jobs, doing="Adding", as_json=as_json)


def _online(
    add_online: Callable[..., Report],
    opened: Library,
    what: str | list[str],
    allow_private: bool,
    step: OnProgress,
) -> Report:
    return add_online(opened, what, allow_private=allow_private, on_progress=step)


def sync(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder to mirror.")],
    *,
    watch: Annotated[
        bool, typer.Option("--watch", help="Go on watching the folder until Ctrl-C.")
    ] = False,
    feed: Annotated[
        list[str] | None,
        typer.Option("--feed", metavar="URL", help="With --watch: a feed to read as well."),
    ] = None,
    every: Annotated[
        float,
        typer.Option("--every", min=1, metavar="MINUTES", help="How often the feeds are read."),
    ] = 15,
    allow_private: AllowPrivateOption = False,
    field: FieldOption = None,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make the library mirror a folder.

    New files are added, changed ones updated, and articles whose file is gone are removed.
    """
    fields = _fields(field)
    if watch and (as_json or fields):
        raise WrongUsage("--watch goes with neither --json nor --field.", "Leave them out.")
    if feed and not watch:
        raise WrongUsage("--feed needs --watch here.", "`assistant add --feed` reads it once.")
    with library_at(library) as opened:
        if watch:
            from assistant.cli.watching import watch_folder
            from index.watching import Watched

            watch_folder(
                opened,
                Watched(
                    folder=folder,
                    feeds=tuple(feed or ()),
                    every=60 * every,
                    allow_private=allow_private,
                ),
            )
            return
        _write(
            [lambda step: opened.sync(folder, fields=fields, on_progress=step)],
            doing="Syncing",
            as_json=as_json,
        )


def _fields(given: list[str] | None) -> dict[str, str]:
    """`--field text=Artikel` as what `Library.add` takes."""
    pairs = [pair.partition("=") for pair in given or ()]
    for name, sign, own in pairs:
        if not (name and sign and own):
            raise WrongUsage(
                f"--field {name + sign + own!r} is not FIELD=NAME.", "Write it like text=Artikel."
            )
    return {name: own for name, _, own in pairs}


def _write(jobs: Sequence[Callable[[OnProgress], Report]], *, doing: str, as_json: bool) -> None:
    """Run writes under a progress bar and tell what became of each file.

    What was reported before a failure or Ctrl-C is kept by the library, so it is told as well.
    """
    reported: list[Verdict] = []
    with progress_bar(doing) as bar:

        def step(progress: Progress) -> None:
            reported.append(progress.verdict)
            bar.show(progress.done, progress.total)

        stop: AssistantError | KeyboardInterrupt | None = None
        verdicts: list[Verdict] = []
        for job in jobs:
            before = len(reported)
            try:
                verdicts += job(step).verdicts
                continue
            except AddressUnusable as error:  # a feed that is none says nothing of the next
                stop = stop or error
            except (AssistantError, KeyboardInterrupt) as error:
                stop = error
            verdicts += reported[before:]
            if not isinstance(stop, AddressUnusable):
                break
    report = Report(tuple(verdicts))
    if stop is not None and not report.verdicts:
        raise stop
    failure = None if stop is None else failures.of_stop(stop)
    tell_report(report, failure=failure, as_json=as_json)
    if failure is not None:
        raise typer.Exit(failure.exit_code)
    if report.skipped:
        raise typer.Exit(failures.SOME_SKIPPED)


def remove(
    ids: IdsArgument,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask first.")] = False,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove articles; their files stay."""
    with library_at(library) as opened:
        titles = {found.id: found.title for found in map(opened.get, ids)}
        if not yes and not _agreed(titles, as_json=as_json):
            note("Nothing was removed.")
            return
        tell_report(opened.remove(list(titles)), as_json=as_json)


def _agreed(titles: dict[str, str], *, as_json: bool) -> bool:
    """Whether a person at the terminal agrees to the removal."""
    if as_json or not sys.stdin.isatty():
        raise WrongUsage("Nobody can be asked here.", "Pass --yes to remove without asking.")
    for article_id, title in titles.items():
        note(f"{article_id}  {one_line(title)}")
    articles = "this article" if len(titles) == 1 else f"these {len(titles)} articles"
    return typer.confirm(f"Remove {articles}?", err=True)
