"""From what was seen of the best sentence to the probability that the articles answer."""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Features:
    """What the decision to answer is made on; all between 0 and 1, but for cosines (-1..1)."""

    cosine: float  # of question and nearest sentence
    passage_cosine: float  # of question and nearest passage
    coverage: float  # of the question's words by the best sentence, by weight
    around: float  # the same by its passage and headline
    fits: float  # 1 when the sentence holds something of the kind asked for
    unknown: float  # share of the question's words that no article holds
    any_unknown: float  # 1 when there is such a word


# Logistic regression, fitted by `python -m assistant.reader.fit` on the development questions.
WEIGHTS = Features(
    cosine=3.9,
    passage_cosine=1.94,
    coverage=2.0,
    around=0.4,
    fits=0.88,
    unknown=-1.42,
    any_unknown=-0.34,
)
BIAS = -4.2
THRESHOLD = 0.5


def probability(features: Features) -> tuple[float, bool]:
    """The probability (0..1) that the articles answer the question, and whether to answer."""
    total = BIAS + sum(
        weight * value for weight, value in zip(astuple(WEIGHTS), astuple(features), strict=True)
    )
    confidence = 1 / (1 + math.exp(-total))
    return confidence, confidence >= THRESHOLD
