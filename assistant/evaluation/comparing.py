"""Two runs over the same questions: what changed, and by how much beyond chance."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from assistant.evaluation.measures import MEASURES, Measure
from assistant.evaluation.results import Evaluation, Result, Verdict
from assistant.evaluation.statistics import Flags, Floats, Interval, spread
from assistant.evaluation.summary import answerable_flags, values_of

RESAMPLES = 2_000
_SEED = 0  # the same two files always give the same intervals


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A question whose verdict is another one in the second run."""

    id: str
    question: str
    before: Verdict
    after: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A measure in both runs over their common questions, and the second minus the first.

    `low` and `high` end the 95% interval of the difference; `of` counts the questions that the
    measure is about in either run.
    """

    measure: Measure
    before: float
    after: float
    low: float
    high: float
    of: int

    @property
    def clear(self) -> bool:
        """Whether the interval leaves out 0: the difference is more than chance."""
        return self.low > 0 or self.high < 0

    def to_dict(self) -> dict[str, Any]:
        """Its numbers, without the measure."""
        fields = {name: getattr(self, name) for name in ("before", "after", "low", "high", "of")}
        return {**fields, "difference": self.after - self.before, "clear": self.clear}


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What differs between two runs; a question is the same when its id and its words are."""

    common: int
    only_before: tuple[str, ...]  # ids
    only_after: tuple[str, ...]
    changes: tuple[Change, ...]
    differences: tuple[Difference, ...]

    def to_dict(self) -> dict[str, Any]:
        """The comparison as JSON-ready values."""
        return {
            "common": self.common,
            "only_before": list(self.only_before),
            "only_after": list(self.only_after),
            "changes": [asdict(change) for change in self.changes],
            "metrics": {found.measure.name: found.to_dict() for found in self.differences},
        }


def compare(before: Evaluation, after: Evaluation) -> Comparison:
    """What changed from one run to another, in the order of the first one's questions."""
    first = {(result.id, result.question): result for result in before.results}
    second = {(result.id, result.question): result for result in after.results}
    common = [key for key in first if key in second]
    ours, theirs = [first[key] for key in common], [second[key] for key in common]
    changes = [
        Change(id=a.id, question=a.question, before=a.verdict, after=b.verdict)
        for a, b in zip(ours, theirs, strict=True)
        if a.verdict != b.verdict
    ]
    differences = (_difference(measure, ours, theirs) for measure in MEASURES)
    return Comparison(
        common=len(common),
        only_before=tuple(name for name, words in first if (name, words) not in second),
        only_after=tuple(name for name, words in second if (name, words) not in first),
        changes=tuple(changes),
        differences=tuple(found for found in differences if found is not None),
    )


def _difference(
    measure: Measure, before: Sequence[Result], after: Sequence[Result]
) -> Difference | None:
    """The difference of one measure; None when it has no value in one of the runs."""
    ours, theirs = values_of(measure, before), values_of(measure, after)
    about = ~(np.isnan(ours) & np.isnan(theirs))
    ours, theirs = ours[about], theirs[about]
    answerable = answerable_flags(before)[about]
    old, new = _total(measure, ours, answerable), _total(measure, theirs, answerable)
    if math.isnan(old) or math.isnan(new):
        return None
    interval = _bootstrap(measure, ours, theirs, answerable)
    return Difference(
        measure=measure,
        before=old,
        after=new,
        low=interval.low,
        high=interval.high,
        of=int(about.sum()),
    )


def _bootstrap(measure: Measure, ours: Floats, theirs: Floats, answerable: Flags) -> Interval:
    """The percentile interval of the difference when questions are drawn anew, both runs alike.

    Source: Efron and Tibshirani, An Introduction to the Bootstrap (1993), chapter 13.
    """
    if np.array_equal(ours, theirs, equal_nan=True):
        return Interval(0.0, 0.0)
    random = np.random.default_rng(_SEED)
    drawn = []
    for _ in range(RESAMPLES):
        rows = random.integers(len(ours), size=len(ours))
        old = _total(measure, ours[rows], answerable[rows])
        drawn.append(_total(measure, theirs[rows], answerable[rows]) - old)
    return spread(drawn)


def _total(measure: Measure, values: Floats, answerable: Flags) -> float:
    about = ~np.isnan(values)
    return measure.total(values[about], answerable[about])
