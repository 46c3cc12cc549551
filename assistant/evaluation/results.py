"""What became of each question, and a whole evaluation as JSON and back."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from assistant.evaluation.questions import QuestionType
from assistant.types import Outcome
from index.errors import InvalidOption, PathUnusable

Verdict = Literal["right", "partly", "wrong", "declined", "refused", "invented"]
GOOD: frozenset[Verdict] = frozenset({"right", "refused"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieved:
    """How the search fared for a question that the articles answer.

    `rank` is the place, from 1, of the first passage of the right article among ten that
    `Library.search` finds, None when there is none or the question names no article. The other
    two: whether five passages hold the answer, of that search and of those that were read.
    """

    names_article: bool
    rank: int | None
    in_search: bool
    in_evidence: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Matched:
    """Where an accepted answer stands; for a list, where all of its parts do.

    `parts` is the share of a list's parts that the text holds, for others 1 or 0. `exact` and
    `f1` compare the shortest form of the answer. All are 0 for a declined question.
    """

    in_text: bool
    in_quotes: bool
    in_passage: bool  # of the first citation
    parts: float
    exact: bool
    f1: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Seconds:
    """Seconds that an answer took: in all, to search, and to read or write."""

    total: float
    retrieval: float
    answering: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One question, its answer, and how that compares with what was expected.

    `retrieved` and `matched` are None for a question that the articles do not answer. `verdict`:
    "right" (the text holds an accepted answer, or a list's every part), "partly" (some of a
    list's parts), "wrong" or "declined" where there is an answer to find; where there is none,
    "refused" or "invented".
    """

    id: str
    type: QuestionType
    question: str
    verdict: Verdict
    expected: tuple[str, ...]
    outcome: Outcome
    confidence: float
    text: str  # without markers
    short: str
    quotes: tuple[str, ...]
    titles: tuple[str, ...]  # of the articles cited, one for each quote
    standalone_question: str
    model: str
    fallback_reason: str | None
    words: int  # of the text; 0 when declined
    retrieved: Retrieved | None
    matched: Matched | None
    seconds: Seconds

    @property
    def answerable(self) -> bool:
        """Whether the articles answer the question."""
        return self.type != "unanswerable"

    @property
    def declined(self) -> bool:
        """Whether the assistant said that the articles do not tell."""
        return self.outcome == "not_in_articles"


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """The results of one run, with what they depend on."""

    version: str  # of this package
    model: str
    embedding: str
    library_articles: int
    questions_path: str
    questions_sha256: str
    wanted: int  # questions that were to be asked; more than there are results when interrupted
    results: tuple[Result, ...]

    @property
    def complete(self) -> bool:
        """Whether every question was asked."""
        return len(self.results) == self.wanted

    def to_dict(self) -> dict[str, Any]:
        """The run as JSON-ready values, with its summary before the single results."""
        from assistant.evaluation.summary import confidence_bins, summarise

        fields = asdict(self)
        results = fields.pop("results")
        return {
            **fields,
            "complete": self.complete,
            "summary": {found.name: found.to_dict() for found in summarise(self.results)},
            "reliability": [asdict(bin_) for bin_ in confidence_bins(self.results)],
            "results": results,
        }


def read_evaluation(path: str | Path) -> Evaluation:
    """The evaluation that was written to a file; its summary is computed anew.

    Raises PathUnusable when the file cannot be read, InvalidOption when it is no evaluation.
    """
    from pydantic import TypeAdapter

    names = Evaluation.__dataclass_fields__
    try:
        document = json.loads(Path(path).read_text("utf-8"))
        fields = {name: value for name, value in document.items() if name in names}
        return TypeAdapter(Evaluation).validate_python(fields)
    except OSError as error:
        raise PathUnusable(
            f"{str(path)!r} cannot be read: {error.strerror}.", "Name a file made with --out."
        ) from error
    except (ValueError, AttributeError) as error:
        raise InvalidOption(
            f"{str(path)!r} is not the result of an evaluation.",
            "Make one: assistant eval answers QUESTIONS --out results.json",
        ) from error
