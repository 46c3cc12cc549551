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
    answered=0.393,
    mass=0.125,
    inside=0.405,
    cosine=4.977,
    rank=1.018,
    coverage=1.525,
    around=2.283,
    fits=0.507,
    leans=-0.402,
)
DECISION = DecisionFeatures(
    answered=0.404,
    best_answered=0.349,
    mass=-0.212,
    inside=0.197,
    span=-0.143,
    cosine=2.729,
    coverage=0.674,
    around=0.000,
    unfit=-0.738,
    certainty=-0.433,
    agreement=1.169,
    unknown=-0.901,
    any_unknown=-0.115,
    size=-0.428,
)
BIAS = -0.399
# The share of answerable questions that may be declined, and the confidence that does it. Taken
# where in cross-validation 0.6 of that were: the promise must hold for questions not yet asked.
THRESHOLDS = (
    (0.0, 0.000),
    (0.01, 0.075),
    (0.02, 0.102),
    (0.05, 0.148),
    (0.1, 0.468),
    (0.2, 0.583),
    (0.3, 0.678),
    (0.5, 0.820),
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
