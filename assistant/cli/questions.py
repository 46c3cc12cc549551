"""The commands that ask: one question, or a conversation in the terminal."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli.options import (
    ArticlesOption,
    AuthorOption,
    JsonOption,
    LanguageOption,
    LibraryOption,
    LlmOption,
    NowOption,
    SectionOption,
    SinceOption,
    SourceOption,
    StrictOption,
    TopKOption,
    UntilOption,
    filters_of,
    settings_of,
)
from assistant.cli.output import print_json, waiting

if TYPE_CHECKING:
    from assistant.assistant import Assistant

QuestionArgument = Annotated[
    list[str],
    typer.Argument(metavar="QUESTION", help="The question; - reads it from standard input."),
]


def ask(
    question: QuestionArgument,
    *,
    articles: ArticlesOption = None,
    llm: LlmOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    source: SourceOption = None,
    author: AuthorOption = None,
    section: SectionOption = None,
    language: LanguageOption = None,
    now: NowOption = None,
    top_k: TopKOption = None,
    strict: StrictOption = False,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask one question.

    The answer quotes the articles, or says that they do not tell.
    """
    from assistant.cli.answers import print_answer

    words = sys.stdin.read() if question == ["-"] else " ".join(question)
    only = filters_of(since, until, source, author, section, language)
    with waiting("Reading the articles…"), _assistant(articles, library, llm) as assistant:
        answer = assistant.ask(words, top_k=top_k, strict=strict, now=now, **only)
    if as_json:
        print_json(answer.to_dict())
    else:
        print_answer(answer)


def chat(
    *,
    articles: ArticlesOption = None,
    llm: LlmOption = None,
    since: SinceOption = None,
    until: UntilOption = None,
    source: SourceOption = None,
    author: AuthorOption = None,
    section: SectionOption = None,
    language: LanguageOption = None,
    now: NowOption = None,
    top_k: TopKOption = None,
    strict: StrictOption = False,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hold a conversation in the terminal.

    A question may refer to earlier ones. Ctrl-D or `exit` leaves. Where standard input is no
    terminal, each of its lines is a question; with --json, each answer is one line.
    """
    from assistant.cli.conversation import Conversation

    only = filters_of(since, until, source, author, section, language)
    with _assistant(articles, library, llm) as assistant:
        with waiting("Loading the models…"):
            assistant.warm_up()
        options = {**only, "top_k": top_k, "strict": strict, "now": now}
        raise typer.Exit(Conversation(assistant, options, as_json=as_json).run())


def _assistant(articles: Sequence[Path] | None, library: Path | None, llm: str | None) -> Assistant:
    from assistant.assistant import Assistant

    return Assistant(articles=articles or None, library=library, settings=settings_of(library, llm))
