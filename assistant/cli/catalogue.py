"""The commands that look into a library and correct what it knows: list, show, edit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.cli.failures import WrongUsage
from assistant.cli.options import (
    AuthorOption,
    JsonOption,
    LanguageOption,
    LibraryOption,
    SectionOption,
    SinceOption,
    SourceOption,
    UntilOption,
    day,
    filters_of,
    library_at,
)
from assistant.cli.output import counted, note, print_json
from assistant.cli.reports import (
    article_dict,
    print_article,
    print_articles,
    print_timeline,
    print_versions,
    versions_dict,
)

if TYPE_CHECKING:
    from index.editing import Facts

IdArgument = Annotated[
    str, typer.Argument(metavar="ID", help="An id, or its first characters (4 or more).")
]
_MANY_DAYS = 62  # beyond which a timeline is told by month


def list_articles(
    *,
    since: SinceOption = None,
    until: UntilOption = None,
    source: SourceOption = None,
    author: AuthorOption = None,
    section: SectionOption = None,
    language: LanguageOption = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, metavar="N", help="At most this many.")
    ] = None,
    timeline: Annotated[
        bool, typer.Option("--timeline", help="Count them by day, or month, and outlet instead.")
    ] = False,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the articles, the newest first.

    Of the versions of one story, the newest is listed. On a terminal a table; elsewhere one line
    each: id, date, outlet and title between tabs.
    """
    only = filters_of(since, until, source, author, section, language)
    if timeline and limit is not None:
        raise WrongUsage("--limit does not go with --timeline.", "Leave one out.")
    with library_at(library) as opened:
        total = len(opened)
        if timeline:
            bars = opened.timeline("day", **only)
            if len({bar.period for bar in bars}) > _MANY_DAYS:
                bars = opened.timeline("month", **only)
            print_timeline(bars, as_json=as_json)
            found = bool(bars)
        else:
            articles = opened.list(limit=limit, **only)
            found = bool(articles)
            if as_json:
                print_json([article_dict(article) for article in articles])
            elif found:
                print_articles(articles)
    if found or as_json:
        return
    if total:
        note(f"No article fits; the library holds {counted(total, 'article')}.")
    else:
        note("The library is empty; `assistant add PATH` fills it.")


def show(
    article_id: IdArgument,
    *,
    versions: Annotated[
        bool,
        typer.Option("--versions", help="Show the versions of its story and what changed."),
    ] = False,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what is known of an article, and its text."""
    with library_at(library) as opened:
        article = opened.get(article_id)
        story = opened.versions(article.id)
    if versions:
        if as_json:
            print_json(versions_dict(story))
        else:
            print_versions(story)
    elif as_json:
        print_json({**article_dict(article), "text": article.text})
    else:
        print_article(article, newest=story[-1])


def edit(
    article_id: IdArgument,
    *,
    title: Annotated[
        str | None, typer.Option("--title", metavar="TEXT", help="The headline.")
    ] = None,
    source: Annotated[
        str | None, typer.Option("--source", metavar="OUTLET", help="The outlet.")
    ] = None,
    published: Annotated[
        date | None,
        typer.Option("--date", parser=day, metavar="DATE", help="The day of publication."),
    ] = None,
    url: Annotated[str | None, typer.Option("--url", metavar="URL", help="Its address.")] = None,
    author: Annotated[
        str | None, typer.Option("--author", metavar="NAME", help="Its by-line.")
    ] = None,
    section: Annotated[
        str | None, typer.Option("--section", metavar="NAME", help="Its section.")
    ] = None,
    language: Annotated[
        str | None, typer.Option("--language", metavar="CODE", help="Its language, such as en.")
    ] = None,
    unknown: Annotated[
        list[str] | None,
        typer.Option("--unknown", metavar="FIELD", help="Not known after all (may be repeated)."),
    ] = None,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Correct what is known of an article.

    The file stays as it is; the correction holds when it is read again.
    """
    given = {
        "title": title,
        "source": source,
        "published": published,
        "url": url,
        "author": author,
        "section": section,
        "language": language,
    }
    facts = _facts({name: value for name, value in given.items() if value is not None}, unknown)
    with library_at(library) as opened:
        article = opened.edit(article_id, **facts)
    if as_json:
        print_json(article_dict(article))
    else:
        print_article(article, with_text=False)


def _facts(given: dict[str, Any], unknown: Sequence[str] | None) -> Facts:
    """The corrections that the options come to."""
    facts: Facts = {**given}  # type: ignore[typeddict-item]
    for name in unknown or ():
        field = "published" if name == "date" else name
        if field in given:
            raise WrongUsage(f"--unknown {name} and a value for it are given.", "Give one.")
        facts[field] = None  # type: ignore[literal-required]
    if not facts:
        raise WrongUsage("Nothing is given to correct.", "Give --date, --source or another fact.")
    return facts
