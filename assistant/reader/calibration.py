"""From what was seen to probabilities: which sentence answers, and whether any does."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import astuple
from itertools import pairwise

from assistant.reader.features import DecisionFeatures, SentenceFeatures

# Fitted by `python -m assistant.reader.training.fit` on labelled questions about 2,225 real
# articles, on the held-out ones of training/news and on those of tests/data, each set alike.
SENTENCE = SentenceFeatures(
    answered=0.714,
    mass=0.242,
    inside=0.291,
    cosine=3.785,
    rank=0.276,
    coverage=1.753,
    around=3.808,
    fits=0.814,
    leans=-0.228,
)
DECISION = DecisionFeatures(
    answered=0.387,
    best_answered=0.321,
    mass=0.382,
    inside=0.487,
    span=-0.330,
    cosine=1.802,
    coverage=0.990,
    around=0.0,
    unfit=-0.204,
    certainty=-0.488,
    agreement=0.675,
    unknown=-0.886,
    any_unknown=-0.385,
    size=-0.462,
)
BIAS = -0.683
# The share of answerable questions that may be declined, and the confidence that does it. Taken
# where in cross-validation 0.6 of that were: the promise must hold for questions not yet asked.
THRESHOLDS = (
    (0.0, 0.0),
    (0.01, 0.095),
    (0.02, 0.164),
    (0.05, 0.305),
    (0.1, 0.496),
    (0.2, 0.618),
    (0.3, 0.668),
    (0.5, 0.753),
)


def threshold(decline: float) -> float:
    """The confidence from which a question is answered, so that `decline` (0..0.5) are lost."""
    for (less, low), (more, high) in pairwise(THRESHOLDS):
        if decline <= more:
            return low + (high - low) * (decline - less) / (more - less)
    return THRESHOLDS[-1][1]


def sentence_probabilities(
    features: Sequence[SentenceFeatures], weights: SentenceFeatures = SENTENCE
) -> list[float]:
    """The probability of each sentence to hold the answer, if one does: a conditional logit."""
    scores = [_dot(astuple(weights), astuple(seen)) for seen in features]
    top = max(scores)
    raised = [math.exp(score - top) for score in scores]
    total = sum(raised)
    return [value / total for value in raised]


def decision_probability(features: DecisionFeatures) -> float:
    """The probability (0..1) that the articles answer the question."""
    return 1 / (1 + math.exp(-BIAS - _dot(astuple(DECISION), astuple(features))))


def _dot(weights: Sequence[float], values: Sequence[float]) -> float:
    return sum(weight * value for weight, value in zip(weights, values, strict=True))
