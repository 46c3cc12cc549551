"""The options that several commands share, and the settings that come of them."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from assistant.cli.failures import WrongUsage
from assistant.cli.output import note
from assistant.config import Settings
from index.errors import InvalidOption

if TYPE_CHECKING:
    from index.filters import FilterOptions
    from index.library import Library


def day(value: str) -> date:
    """A day as it is written after an option."""
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise typer.BadParameter(f"{value!r} is not a date like 2025-06-02.") from None


def _or_before(ctx: typer.Context, param: typer.CallbackParam, value: Any) -> Any:
    """An option that stands before the command counts where it does not stand after it."""
    if value in (None, False) and ctx.parent is not None and param.name is not None:
        return ctx.parent.params[param.name]
    return value


def _folder(ctx: typer.Context, param: typer.CallbackParam, value: str | None) -> Path | None:
    """The library's folder; an empty name, as of an unset variable, would be the current one."""
    if value is None:
        before: Path | None = _or_before(ctx, param, None)
        return before
    if not value.strip():
        raise InvalidOption("--library is empty.", "Name a folder, or leave the option out.")
    if Path(value).is_file():
        raise typer.BadParameter(f"Directory {value!r} is a file.")
    return Path(value)


LibraryOption = Annotated[
    Path | None,
    typer.Option(
        "--library",
        parser=str,  # not a path: an empty one would already read "."
        metavar="DIR",
        callback=_folder,
        help="Folder of the library (default: ASSISTANT_LIBRARY, or the user's data folder).",
    ),
]
JsonOption = Annotated[
    bool, typer.Option("--json", callback=_or_before, help="Print JSON and nothing else.")
]
LlmOption = Annotated[
    str | None,
    typer.Option(
        "--llm",
        metavar="NAME",
        help="Who answers: auto (what runs on this computer), none, openai:MODEL, "
        "anthropic:MODEL, ollama:MODEL, huggingface:MODEL or http://HOST:PORT/v1#MODEL.",
    ),
]
SinceOption = Annotated[
    date | None,
    typer.Option("--since", parser=day, metavar="DATE", help="Only articles of this day or later."),
]
UntilOption = Annotated[
    date | None,
    typer.Option(
        "--until", parser=day, metavar="DATE", help="Only articles of this day or earlier."
    ),
]
NowOption = Annotated[
    date | None,
    typer.Option(
        "--now", parser=day, metavar="DATE", help='The day that "last week" is counted from.'
    ),
]
SourceOption = Annotated[
    list[str] | None,
    typer.Option("--source", metavar="OUTLET", help="Only this outlet (may be repeated)."),
]
AuthorOption = Annotated[
    list[str] | None,
    typer.Option("--author", metavar="NAME", help="Only by this author (may be repeated)."),
]
SectionOption = Annotated[
    list[str] | None,
    typer.Option("--section", metavar="NAME", help="Only this section (may be repeated)."),
]
LanguageOption = Annotated[
    list[str] | None,
    typer.Option(
        "--language", metavar="CODE", help="Only this language, such as en (may be repeated)."
    ),
]
ArticlesOption = Annotated[
    list[Path] | None,
    typer.Option(
        "--articles",
        metavar="PATH",
        help="Ask this file or folder instead of the library (may be repeated).",
    ),
]
TopKOption = Annotated[
    int | None,
    typer.Option("--top-k", min=1, max=50, metavar="N", help="Passages to answer from (1-50)."),
]
StrictOption = Annotated[
    bool, typer.Option("--strict", help="Keep only sentences that an article confirms.")
]


def help_without_command(ctx: typer.Context, library: Path | None, *, as_json: bool) -> None:
    """Where a group was called without a command: its help, or wrong usage if it had options."""
    if ctx.invoked_subcommand is not None:
        return
    if as_json or library is not None:
        ctx.fail("Missing command.")
    print(ctx.get_help())


def filters_of(
    since: date | None,
    until: date | None,
    *named: list[str] | None,
) -> FilterOptions:
    """The filters that options come to; `named` in the order source, author, section, language.

    Raises WrongUsage for a span of days that ends before it begins.
    """
    if since and until and since > until:
        raise WrongUsage(f"--since {since} is later than --until {until}.", "Swap the two.")
    source, author, section, language = (tuple(names or ()) for names in named)
    return {
        "since": since,
        "until": until,
        "sources": source,
        "authors": author,
        "sections": section,
        "languages": language,
    }


def settings_of(library: Path | None, llm: str | None = None) -> Settings:
    """The environment's settings with what was given on the command line."""
    return Settings.from_environment().with_values(library=library, llm=llm)


def library_at(library: Path | None) -> Library:
    """The chosen library, opened as the settings say."""
    from assistant.libraries import open_library

    settings = settings_of(library)
    return open_library(settings.library, settings, None, note)
