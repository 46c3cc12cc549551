"""The measures of a run: what each comes to over its results, with counts and intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from assistant.evaluation.measures import MEASURES, Measure
from assistant.evaluation.results import Result
from assistant.evaluation.statistics import Bin, Flags, Floats, reliability, wilson


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """A measure's value over `of` questions; a share also has its count and 95% interval."""

    measure: Measure
    value: float
    of: int
    hits: int | None = None
    low: float | None = None
    high: float | None = None

    @property
    def name(self) -> str:
        """The measure's name in JSON."""
        return self.measure.name

    def to_dict(self) -> dict[str, Any]:
        """Its values without the measure; only a share has `hits`, `low` and `high`."""
        share = {"hits": self.hits, "low": self.low, "high": self.high}
        return {"value": self.value, "of": self.of, **({} if self.hits is None else share)}


def summarise(results: Sequence[Result]) -> tuple[Measured, ...]:
    """Every measure that the results allow, in the order in which they are shown."""
    answerable = answerable_flags(results)
    found = []
    for measure in MEASURES:
        values = values_of(measure, results)
        about = ~np.isnan(values)
        value = measure.total(values[about], answerable[about])
        if math.isnan(value):
            continue
        of = int(about.sum())
        if measure.unit != "share":
            found.append(Measured(measure=measure, value=value, of=of))
            continue
        hits = int(values[about].sum())
        ends = wilson(hits, of)
        found.append(
            Measured(measure=measure, value=value, of=of, hits=hits, low=ends.low, high=ends.high)
        )
    return tuple(found)


def values_of(measure: Measure, results: Sequence[Result]) -> Floats:
    """The measure's value for each result, NaN where it is not about the question."""
    values = (measure.value(result) for result in results)
    return np.asarray([math.nan if value is None else value for value in values], dtype=float)


def confidence_bins(results: Sequence[Result]) -> tuple[Bin, ...]:
    """Ten bins of confidence against the share of questions that the articles answer."""
    confidences = np.asarray([result.confidence for result in results], dtype=float)
    return reliability(confidences, answerable_flags(results))


def answerable_flags(results: Sequence[Result]) -> Flags:
    """Which of the questions the articles answer."""
    return np.asarray([result.answerable for result in results], dtype=bool)


def as_value(measured: Measured) -> str:
    """Its value for people: `83.3%`, `0.812`, `24`, `0.38 s`."""
    match measured.measure.unit:
        case "share":
            return f"{measured.value:.1%}"
        case "mean":
            return f"{measured.value:.3f}"
        case "words":
            return f"{measured.value:,.0f}"
        case "seconds":
            return f"{measured.value:.2f} s"


def as_interval(measured: Measured) -> str:
    """The interval of a share for people, `75.1-89.2%`; "" of another measure."""
    if measured.low is None or measured.high is None:
        return ""
    return f"{100 * measured.low:.1f}-{measured.high:.1%}"


@dataclass(frozen=True, slots=True)
class Declining:
    """What declining below a confidence of `threshold` costs, and gains, in shares 0..1."""

    threshold: float
    declined: float  # of the questions that the articles answer
    refused: float  # of those that they do not


def declining_curve(results: Sequence[Result]) -> tuple[Declining, ...]:
    """The shares declined and refused at 101 thresholds; empty when either kind is missing."""
    told = np.sort([result.confidence for result in results if result.answerable])
    untold = np.sort([result.confidence for result in results if not result.answerable])
    if not len(told) or not len(untold):
        return ()
    thresholds = np.linspace(0, 1, 101)
    declined = np.searchsorted(told, thresholds) / len(told)
    refused = np.searchsorted(untold, thresholds) / len(untold)
    return tuple(
        Declining(float(at), float(lost), float(won))
        for at, lost, won in zip(thresholds, declined, refused, strict=True)
    )
