"""The commands that measure: ask labelled questions, and compare two such runs."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from assistant.cli import failures
from assistant.cli.options import (
    ArticlesOption,
    JsonOption,
    LibraryOption,
    LlmOption,
    help_without_command,
    settings_of,
)
from assistant.cli.output import note, print_json, waiting
from assistant.cli.progress import progress_bar
from index.errors import AssistantError, PathUnusable

if TYPE_CHECKING:
    from assistant.assistant import Assistant
    from assistant.evaluation.questions import QuestionSet
    from assistant.evaluation.results import Evaluation, Result
    from index.types import Article

_HELP = "Measure answers on questions whose answers you know."


def evaluation_app() -> typer.Typer:
    """`assistant eval` and its commands."""
    app = typer.Typer(
        help=_HELP,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback(invoke_without_command=True)(_before_command)
    app.command("answers")(answers)
    app.command("compare")(compare)
    app.command("time")(time)
    app.command("grounding")(grounding)
    return app


def _before_command(
    ctx: typer.Context, library: LibraryOption = None, as_json: JsonOption = False
) -> None:
    help_without_command(ctx, library, as_json=as_json)


def answers(
    questions: Annotated[
        Path,
        typer.Argument(metavar="QUESTIONS", help="JSONL or SQuAD JSON, also .gz; or a folder."),
    ],
    *,
    articles: ArticlesOption = None,
    llm: LlmOption = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, metavar="N", help="Ask the first N only.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Write the results as JSON.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option("--report", metavar="FILE", help="Write a page of HTML.")
    ] = None,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask every question of a file, and measure.

    A line of QUESTIONS is a JSON object: question, and if you like id, type (answerable, list,
    followup, unanswerable), answers, history, article and evidence. Without --articles and
    --library, questions that bring their articles (SQuAD's paragraphs, or lines with title, text
    and questions) are asked of those, others of the library. Ctrl-C ends early with what there is.
    """
    from assistant.evaluation.questions import load_questions

    for target in (out, report):
        _check_target(target)
    asked = load_questions(questions, limit=limit)
    with _assistant(asked.articles, articles, library, llm) as assistant:
        results, stop = _ask(assistant, asked)
        if stop is not None and not results:
            raise stop
        _finish(assistant, asked, results, stop, out=out, report=report, as_json=as_json)


def compare(
    before: Annotated[Path, typer.Argument(metavar="A.json", help="The first run's --out file.")],
    after: Annotated[Path, typer.Argument(metavar="B.json", help="The second run's --out file.")],
    as_json: JsonOption = False,
) -> None:
    """Say what changed between two runs.

    Which questions fare better or worse, and each measure's difference with its 95% interval.
    """
    from assistant.cli.measured import print_comparison
    from assistant.evaluation.comparing import compare as compared
    from assistant.evaluation.results import read_evaluation

    first, second = read_evaluation(before), read_evaluation(after)
    with waiting("Comparing…"):
        found = compared(first, second)
    if as_json:
        print_json(found.to_dict())
    else:
        print_comparison(found)


def time(
    questions: Annotated[
        Path, typer.Argument(metavar="QUESTIONS", help="JSONL, a question about time a line.")
    ],
    *,
    articles: ArticlesOption = None,
    llm: LlmOption = None,
    library: LibraryOption = None,
    as_json: JsonOption = False,
) -> None:
    """Ask questions about time, and measure.

    Whether the right days and outlets are asked, the newest version answers, and reports that
    differ are told, without false alarms. A line of QUESTIONS is a JSON object: id, kind (filter,
    newest, differ, agree), question, now, and what is right: since, until, sources, answers,
    wrong, or values.
    """
    from assistant.cli.measured import print_time, time_dict
    from assistant.evaluation.chronology import ask_all, load_time_questions

    asked = load_time_questions(questions)
    results = []
    with _assistant((), articles, library, llm) as assistant, progress_bar("Asking") as bar:
        for result in ask_all(assistant, asked):
            results.append(result)
            bar.show(len(results), len(asked))
    if as_json:
        print_json(time_dict(results))
    else:
        print_time(results)


def grounding(
    sentences: Annotated[
        Path,
        typer.Argument(metavar="SENTENCES", help="JSONL, a sentence with its passage a line."),
    ],
    *,
    as_json: JsonOption = False,
) -> None:
    """Judge sentences by their passages, and measure.

    Whether those with a fact changed are caught, and true ones let pass.
    """
    from assistant.cli.measured import grounding_dict, print_grounding
    from assistant.evaluation.groundedness import judge_all, load_triples
    from assistant.grounding.entailment import Entailment
    from assistant.grounding.support import Judge
    from assistant.reader.spans import SpanReader
    from index.embedding import embedder_for

    triples = load_triples(sentences)
    with waiting("Judging…"):
        judge = Judge(SpanReader(), Entailment(), embedder_for(None).embed)
        judged = list(judge_all(judge, triples))
    if as_json:
        print_json(grounding_dict(judged))
    else:
        print_grounding(judged)


@contextmanager
def _assistant(
    own: Sequence[Article], articles: list[Path] | None, library: Path | None, llm: str | None
) -> Iterator[Assistant]:
    """The assistant to ask, its models loaded; never one that answers from the samples.

    `own` are the articles that the questions bring, which an option goes before.
    """
    from assistant.assistant import Assistant
    from assistant.evaluation.asking import refuse_empty

    settings = settings_of(library, llm)
    sources = articles or (own if library is None else ()) or None
    place = settings.library if sources is None else library
    with waiting("Reading the articles…"):
        assistant = Assistant(articles=sources, library=place, settings=settings)
    with assistant:
        refuse_empty(assistant)
        with waiting("Loading the models…"):
            assistant.warm_up()
        yield assistant


def _ask(
    assistant: Assistant, asked: QuestionSet
) -> tuple[list[Result], AssistantError | KeyboardInterrupt | None]:
    """The results, and the failure or Ctrl-C that ended the asking early, if one did."""
    from assistant.evaluation.asking import ask_all

    results: list[Result] = []
    with progress_bar("Asking") as bar:
        bar.show(0, len(asked.questions))
        try:
            for result in ask_all(assistant, asked.questions):
                results.append(result)
                bar.show(len(results), len(asked.questions))
        except (AssistantError, KeyboardInterrupt) as error:
            return results, error
    return results, None


def _finish(
    assistant: Assistant,
    asked: QuestionSet,
    results: list[Result],
    stop: AssistantError | KeyboardInterrupt | None,
    *,
    out: Path | None,
    report: Path | None,
    as_json: bool,
) -> None:
    """Write and print a run, whole or in part; what cut it short becomes the exit code."""
    from assistant.cli.measured import print_evaluation
    from assistant.evaluation.asking import evaluation_of
    from assistant.evaluation.report import html_report

    evaluation = evaluation_of(assistant, asked, results)
    failure = None if stop is None else failures.of_stop(stop)
    if out is not None:
        _write(out, _as_json(evaluation))
    if report is not None:
        _write(report, html_report(evaluation))
    if as_json:
        print_json({**evaluation.to_dict(), **(failure.to_dict() if failure else {})})
    else:
        print_evaluation(evaluation)
        if failure is not None:
            note(f"Ended early: {len(results):,} of {len(asked.questions):,} questions asked.")
            failures.tell(failure, as_json=False)
    if failure is not None:
        raise typer.Exit(failure.exit_code)


def _as_json(evaluation: Evaluation) -> str:
    return json.dumps(evaluation.to_dict(), ensure_ascii=True, indent=1) + "\n"


def _check_target(path: Path | None) -> None:
    """Refuse a file that cannot be written before an hour of asking, not after it."""
    if path is not None and (path.is_dir() or not path.absolute().parent.is_dir()):
        raise PathUnusable(
            f"{str(path)!r} cannot be written.", "Name a file in a folder that is there."
        )


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, "utf-8")
    except OSError as error:
        raise PathUnusable(
            f"{str(path)!r} cannot be written: {error.strerror}.", "Name another file."
        ) from error
