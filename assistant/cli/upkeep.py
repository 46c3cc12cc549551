"""The commands that keep a library well: backup, reindex, move, doctor."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from assistant.cli import failures
from assistant.cli.options import JsonOption, LibraryOption, library_at, settings_of
from assistant.cli.output import counted, one_line, print_json, say, waiting
from assistant.cli.progress import progress_bar


def backup(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="Where the copy goes.")],
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Copy the whole library.

    The copy is a library itself: --library PATH opens it.
    """
    with library_at(library) as opened:
        opened.backup(path)
        number = len(opened)
    if as_json:
        print_json({"path": path.resolve(), "articles": number})
    else:
        say(f"{counted(number, 'article')} backed up in {one_line(str(path))}")


def reindex(
    embedding: Annotated[
        str | None,
        typer.Option(
            "--embedding", metavar="NAME", help="A sentence-transformers name or folder to take."
        ),
    ] = None,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Rebuild the search index, with whatever is missing in it.

    With --embedding, every passage is embedded anew by that model.
    """
    with library_at(library) as opened:
        with progress_bar("Reindexing") as bar:
            opened.reindex(embedding, on_progress=bar.show)
        stats = opened.stats()
    if as_json:
        print_json(
            {
                "embedding": stats.embedding,
                "articles": stats.articles,
                "passages": stats.passages,
            }
        )
    else:
        articles = counted(stats.articles, "article")
        say(f"{counted(stats.passages, 'passage')} of {articles} indexed")


def move(
    to: Annotated[
        str,
        typer.Option(
            "--to",
            metavar="URL",
            help="Address of a Chroma server, or cloud, or local for a folder.",
        ),
    ],
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Copy the library's vectors to a Chroma server, or back.

    Nothing is embedded anew, and no text is sent. When it is interrupted, the same command goes
    on where it stopped. Questions are answered meanwhile as before.
    """
    from index.chroma.address import ChromaAddress, checked_address
    from index.chroma.moving import move_vectors

    address = checked_address(ChromaAddress(to, settings_of(library).chroma_access))
    with library_at(library) as opened:
        with progress_bar("Moving") as bar:
            moved = move_vectors(opened.store, address, on_progress=bar.show)
        if as_json:
            print_json({"to": to, **asdict(moved)})
            return
    say(
        f"{counted(moved.passages, 'passage')} in {address}, {moved.sent:,} sent now in "
        f"{moved.seconds:,.1f} s; it finds {moved.recall:.1%} of the nearest neighbours of "
        "random passages"
    )
    variable = f"ASSISTANT_CHROMA={one_line(to)}"
    say(f"To use it, set {variable}, in a shell: export {variable}")


def doctor(library: LibraryOption = None, as_json: JsonOption = False) -> None:
    """Say what is wrong, and how to mend it.

    Looks at everything that answers depend on; the exit code is 1 if something is broken.
    """
    from assistant.doctor import Finding, examine

    findings: list[Finding] = []
    with waiting("Looking at everything…"):
        findings.extend(examine(settings_of(library)))
    if as_json:
        print_json({"findings": [asdict(finding) for finding in findings]})
    else:
        for finding in findings:
            mark = {"ok": "ok      ", "note": "note    ", "problem": "PROBLEM "}[finding.level]
            say(mark + one_line(finding.what))
            if finding.mend:
                say(" " * len(mark) + one_line(finding.mend))
    if any(finding.level == "problem" for finding in findings):
        raise typer.Exit(failures.ERROR)
