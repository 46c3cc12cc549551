"""Measuring time: whether the days asked for are understood, the newest answers, reports differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from assistant.evaluation.matching import holds_any
from assistant.evaluation.questions import read_objects
from assistant.evaluation.statistics import Share

if TYPE_CHECKING:
    from assistant.assistant import Assistant
    from assistant.types import Answer

Kind = Literal["filter", "newest", "differ", "agree"]
LABELS: dict[Kind, str] = {
    "filter": "days and outlets understood",
    "newest": "newest version answers",
    "differ": "disagreement found",
    "agree": "false alarm of disagreement",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeQuestion:
    """A question asked on the day `now`, with what is right for its kind.

    "filter": exactly the articles of `since` to `until` and of `sources` are asked. "newest": the
    answer's first sentence holds one of `answers` and none of `wrong`. "differ": a conflict holds
    a form of each of `values`. "agree": no conflict is told.
    """

    id: str
    kind: Kind
    question: str
    now: date
    since: date | None = None
    until: date | None = None
    sources: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()
    wrong: tuple[str, ...] = ()
    values: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeResult:
    """What became of a question; of an "agree" one, `right` is that nothing was told to differ."""

    question: TimeQuestion
    right: bool
    got: str


def load_time_questions(path: str | Path) -> tuple[TimeQuestion, ...]:
    """The questions of a JSONL file; raises PathUnusable, or InvalidOption that names the line."""
    return read_objects(path, TimeQuestion, "question about time")


def ask_all(assistant: Assistant, questions: Iterable[TimeQuestion]) -> Iterator[TimeResult]:
    """Ask each question on its day, and judge the answer."""
    for question in questions:
        answer = assistant.ask(question.question, now=question.now)
        right, got = _judged(question, answer)
        yield TimeResult(question=question, right=right, got=got)


def measures(results: Sequence[TimeResult]) -> list[Share]:
    """The share of each kind; of "agree", the share where a conflict was told all the same."""
    found = []
    for kind, label in LABELS.items():
        right = [result.right for result in results if result.question.kind == kind]
        if right:
            hits = len(right) - sum(right) if kind == "agree" else sum(right)
            found.append(Share(name=kind, label=label, hits=hits, of=len(right)))
    return found


def _judged(question: TimeQuestion, answer: Answer) -> tuple[bool, str]:
    applied = answer.filters
    claims = [claim for conflict in answer.conflicts for claim in conflict.claims]
    told = " / ".join(f"{claim.value} ({claim.citation.source})" for claim in claims)
    match question.kind:
        case "filter":
            wanted = (question.since, question.until, set(question.sources))
            got = f"{applied.since} to {applied.until}, {', '.join(applied.sources) or 'any'}"
            return (applied.since, applied.until, set(applied.sources)) == wanted, got
        case "newest":
            first = answer.sentences[0].text if answer.sentences else answer.text
            right = holds_any([first], question.answers) and not holds_any([first], question.wrong)
            return right, first
        case "differ":
            quotes = [claim.citation.quote for claim in claims]
            return all(holds_any(quotes, forms) for forms in question.values), told or answer.text
        case "agree":
            return not claims, told or answer.text
