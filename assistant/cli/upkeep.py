"""The commands that keep a library well: backup, reindex, doctor."""

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
