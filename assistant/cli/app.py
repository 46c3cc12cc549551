"""The commands under their names, and what stands before a command."""

from __future__ import annotations

from typing import Annotated

import typer

from assistant.cli import articles, catalogue, questions, serving, upkeep
from assistant.cli.evaluation import evaluation_app
from assistant.cli.options import JsonOption, LibraryOption, help_without_command

_HELP = """Ask questions of your news articles; every sentence of an answer is tied to the exact
words of an article."""

_EPILOG = """\b
Exit codes:
  0    done, also when the articles do not tell
  1    an error
  2    wrong usage
  3    done, but some files were skipped
  4    the library is locked by another process: try again
  130  interrupted

--library and --json may stand before or after the command; after wins."""


def build_app() -> typer.Typer:
    """The command line: its commands in the order in which a new user meets them."""
    app = typer.Typer(
        help=_HELP,
        epilog=_EPILOG,
        add_completion=False,
        rich_markup_mode=None,  # plain help: fast, and readable on any terminal
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(invoke_without_command=True)(_before_command)
    app.command("ask")(questions.ask)
    app.command("chat")(questions.chat)
    app.command("add")(articles.add)
    app.command("sync")(articles.sync)
    app.command("list")(catalogue.list_articles)
    app.command("show")(catalogue.show)
    app.command("edit")(catalogue.edit)
    app.command("remove")(articles.remove)
    app.command("backup")(upkeep.backup)
    app.command("reindex")(upkeep.reindex)
    app.command("move")(upkeep.move)
    app.command("serve")(serving.serve)
    app.command("doctor")(upkeep.doctor)
    app.add_typer(evaluation_app(), name="eval")
    return app


def _print_version(wanted: bool) -> None:
    if wanted:
        from assistant import __version__

        print(f"assistant {__version__}")
        raise typer.Exit


def _before_command(
    ctx: typer.Context,
    version: Annotated[  # noqa: ARG001 - its callback has acted
        bool,
        typer.Option(
            "--version", is_eager=True, callback=_print_version, help="Print the version and exit."
        ),
    ] = False,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    help_without_command(ctx, library, as_json=as_json)
