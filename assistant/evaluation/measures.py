"""The measures: each a value for every question that it is about, and a way to sum those up."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

from assistant.evaluation.results import Result
from assistant.evaluation.statistics import Flags, Floats, auc, calibration_error, quantile

Group = Literal["retrieval", "answers", "declining", "speed"]
Unit = Literal["share", "mean", "words", "seconds"]
Value = Callable[[Result], float | None]  # None: the measure is not about this question
Total = Callable[[Floats, Flags], float]  # of the values, and whether each is answerable


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A measure by its name in JSON and its label for people.

    A "share" is a count over a count; "mean" is a number in 0..1 that is none. `better` says which
    way is better: 1 up, -1 down.
    """

    name: str
    group: Group
    label: str
    unit: Unit
    value: Value
    total: Total
    better: int = 1


# --- the value of one question


def _found_within(depth: int) -> Value:
    def value(result: Result) -> float | None:
        found = result.retrieved
        if found is None or not found.names_article:
            return None
        return float(found.rank is not None and found.rank <= depth)

    return value


def _reciprocal_rank(result: Result) -> float | None:
    found = result.retrieved
    if found is None or not found.names_article:
        return None
    return 1 / found.rank if found.rank else 0.0


def _retrieved(name: str) -> Value:
    return lambda result: float(getattr(result.retrieved, name)) if result.retrieved else None


def _matched(name: str, *types: str, answered: bool = False) -> Value:
    """A field of `Matched`, for questions of some types; `answered` leaves out declined ones."""

    def value(result: Result) -> float | None:
        if result.matched is None or result.type not in types or (answered and result.declined):
            return None
        return float(getattr(result.matched, name))

    return value


def _declined(*types: str) -> Value:
    return lambda result: float(result.declined) if result.type in types else None


def _words(result: Result) -> float | None:
    return None if result.declined else float(result.words)


def _seconds(name: str) -> Value:
    return lambda result: float(getattr(result.seconds, name))


def _confidence(result: Result) -> float | None:
    return result.confidence


# --- their sum


def _mean(values: Floats, _: Flags) -> float:
    return float(values.mean()) if len(values) else math.nan


def _at(share: float, values: Floats, _: Flags) -> float:
    return quantile(values, share) if len(values) else math.nan


_TOLD = ("answerable", "list", "followup")
_share = partial(Measure, unit="share", total=_mean)
_median, _p95, _max = partial(_at, 0.5), partial(_at, 0.95), partial(_at, 1.0)


def _quantiles(
    *, name: str, group: Group, label: str, unit: Unit, value: Value, totals: dict[str, Total]
) -> list[Measure]:
    return [
        Measure(
            name=f"{name}_{ending}",
            group=group,
            label=f"{label}, {ending.replace('p50', 'median')}",
            unit=unit,
            value=value,
            total=total,
            better=-1,
        )
        for ending, total in totals.items()
    ]


MEASURES: tuple[Measure, ...] = (
    *(
        _share(
            name=f"article_hit_{depth}",
            group="retrieval",
            label=f"article among the first {depth}" if depth > 1 else "article first",
            value=_found_within(depth),
        )
        for depth in (1, 5, 10)
    ),
    Measure(
        name="article_mrr",
        group="retrieval",
        label="article, mean reciprocal rank",
        unit="mean",
        value=_reciprocal_rank,
        total=_mean,
    ),
    _share(
        name="answer_in_search",
        group="retrieval",
        label="answer in 5 passages found",
        value=_retrieved("in_search"),
    ),
    _share(
        name="answer_in_evidence",
        group="retrieval",
        label="answer in 5 passages read",
        value=_retrieved("in_evidence"),
    ),
    _share(
        name="answer_in_text",
        group="answers",
        label="answer in the text",
        value=_matched("in_text", "answerable"),
    ),
    _share(
        name="answer_in_quotes",
        group="answers",
        label="answer in a quote",
        value=_matched("in_quotes", "answerable"),
    ),
    _share(
        name="answer_in_passage",
        group="answers",
        label="answer in the passage cited first",
        value=_matched("in_passage", "answerable"),
    ),
    _share(
        name="citation_precision",
        group="answers",
        label="quotes right, where answered",
        value=_matched("in_quotes", "answerable", "followup", answered=True),
    ),
    _share(
        name="exact_match",
        group="answers",
        label="short answer exact (EM)",
        value=_matched("exact", "answerable"),
    ),
    Measure(
        name="f1",
        group="answers",
        label="short answer, token F1",
        unit="mean",
        value=_matched("f1", "answerable"),
        total=_mean,
    ),
    Measure(
        name="list_parts",
        group="answers",
        label="parts of a list in the text",
        unit="mean",
        value=_matched("parts", "list"),
        total=_mean,
    ),
    _share(
        name="followup_in_text",
        group="answers",
        label="follow-up: answer in the text",
        value=_matched("in_text", "followup"),
    ),
    *_quantiles(
        name="words",
        group="answers",
        label="words an answer",
        unit="words",
        value=_words,
        totals={"p50": _median, "p95": _p95, "max": _max},
    ),
    *(
        _share(name=name, group="declining", label=label, value=_declined(*types), better=better)
        for name, label, types, better in (
            ("declined", "declined, of all with an answer", _TOLD, -1),
            ("declined_answerable", "declined, of the answerable", ("answerable",), -1),
            ("declined_list", "declined, of the lists", ("list",), -1),
            ("declined_followup", "declined, of the follow-ups", ("followup",), -1),
            ("refused", "refused, of the unanswerable", ("unanswerable",), 1),
        )
    ),
    Measure(
        name="auc",
        group="declining",
        label="AUC of confidence",
        unit="mean",
        value=_confidence,
        total=auc,
    ),
    Measure(
        name="calibration_error",
        group="declining",
        label="calibration error (ECE)",
        unit="mean",
        value=_confidence,
        total=calibration_error,
        better=-1,
    ),
    *(
        measure
        for stage in ("total", "retrieval", "answering")
        for measure in _quantiles(
            name=f"seconds_{stage}",
            group="speed",
            label=f"seconds, {stage}",
            unit="seconds",
            value=_seconds(stage),
            totals={"p50": _median, "p95": _p95},
        )
    ),
)
