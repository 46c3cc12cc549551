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
    answered=0.338,
    mass=0.118,
    inside=0.417,
    cosine=5.695,
    rank=0.189,
    coverage=1.491,
    around=3.304,
    fits=0.563,
    leans=-0.306,
)
DECISION = DecisionFeatures(
    answered=0.307,
    best_answered=0.349,
    mass=-0.350,
    inside=0.242,
    span=-0.167,
    cosine=2.873,
    coverage=0.416,
    around=0.000,
    unfit=-1.131,
    certainty=0.010,
    agreement=0.986,
    unknown=-0.437,
    any_unknown=-0.493,
    size=-0.482,
)
BIAS = 0.030
# The share of answerable questions that may be declined, and the confidence that does it. Taken
# where in cross-validation 0.6 of that were: the promise must hold for questions not yet asked.
THRESHOLDS = (
    (0.0, 0.000),
    (0.01, 0.036),
    (0.02, 0.049),
    (0.05, 0.208),
    (0.1, 0.472),
    (0.2, 0.638),
    (0.3, 0.725),
    (0.5, 0.827),
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
