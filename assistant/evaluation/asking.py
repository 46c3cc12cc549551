"""Asking an assistant every question of a set, and scoring each answer as it comes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from assistant.assistant import Assistant
from assistant.evaluation.questions import Question, QuestionSet
from assistant.evaluation.results import Evaluation, Result
from assistant.evaluation.scoring import score
from assistant.types import Answer, Answered, Evidence, Searched
from index.errors import InvalidOption

_LOOKED_AT = 10  # passages of a plain search among which the article is looked for


def ask_all(assistant: Assistant, questions: Iterable[Question]) -> Iterator[Result]:
    """The result of each question in turn, asked as a user asks it.

    Beside it, what the library finds for the standalone question is looked at, outside of the
    time measured. Raises what `Assistant.stream` raises.
    """
    for question in questions:
        evidence: tuple[Evidence, ...] = ()
        answer: Answer | None = None
        for event in assistant.stream(question.question, history=question.history):
            if isinstance(event, Searched):
                evidence = event.evidence
            elif isinstance(event, Answered):
                answer = event.answer
        if answer is None:
            raise RuntimeError("a stream ended without an answer")
        hits = assistant.library.search(answer.standalone_question, top_k=_LOOKED_AT)
        yield score(question, answer, evidence, hits)


def evaluation_of(
    assistant: Assistant, asked: QuestionSet, results: Iterable[Result]
) -> Evaluation:
    """The results of a run, with what they depend on."""
    from assistant import __version__

    return Evaluation(
        version=__version__,
        model=assistant.model,
        embedding=assistant.library.embedder.name,
        library_articles=len(assistant.library),
        questions_path=asked.path,
        questions_sha256=asked.sha256,
        wanted=len(asked.questions),
        results=tuple(results),
    )


def refuse_empty(assistant: Assistant) -> None:
    """Refuse a library without articles: every question would be declined, and measure nothing."""
    if not len(assistant.library):
        raise InvalidOption(
            f"The library {assistant.library.path} is empty.",
            "Add articles to it, or name them with --articles.",
        )
