"""Asks the reader for each fact of a sentence, taken out, to see if the passage gives it back.

A sentence that tells a figure of one thing as that of another holds nothing that the passage lacks;
the reader, asked for what was taken out, points elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from assistant.grounding.facts import Fact, facts_of, is_told
from assistant.reader.spans import PassageScores, SpanReader
from assistant.types import Evidence

_MOST = 4  # facts that are asked for, the first ones


class Cloze:
    """Facts asked for by the reader's network."""

    def __init__(self, network: SpanReader) -> None:
        self._network = network

    def ask(
        self, sentence: str, facts: Sequence[Fact], items: Sequence[Evidence]
    ) -> tuple[float, float]:
        """The least probability of a fact to be found again, and the logit that anything is.

        Without facts, 1 and the logit of the sentence as it stands.
        """
        passages = [(item.hit.article.title, item.hit.passage.text) for item in items]
        if not facts:
            scores = self._network.read(sentence, passages)
            return 1.0, max(one.answered for one in scores)
        told = [facts_of(text, source=True) for _, text in passages]
        found, answered = [], []
        for fact in facts[:_MOST]:
            scores = self._network.read(_question(sentence, fact), passages)
            weights = np.array([one.answered for one in scores])
            share = np.exp(weights - weights.max())
            again = [_found(one, fact, known) for one, known in zip(scores, told, strict=True)]
            found.append(float(share @ np.array(again) / share.sum()))
            answered.append(float(weights.max()))
        return min(found), min(answered)


def _question(sentence: str, fact: Fact) -> str:
    """The sentence with a question word where the fact was."""
    before, after = sentence[: fact.start].strip(), sentence[fact.end :].strip(" .")
    if fact.kind == "figure":
        money = fact.figure is not None and fact.figure.unit == "money"
        asked = "how much" if money else "how many"
        after = re.sub(
            r"^(?:million|billion|thousand|per cent|%|pounds|euros|dollars)\b", "", after
        )
    elif fact.kind == "day":
        asked = "when"
        before = re.sub(r"\b(?:on|in|since|by|until|from)$", "", before).strip()
    else:
        asked = "who"
    return " ".join(filter(None, (before, asked, after))) + "?"


def _found(scores: PassageScores, fact: Fact, told: Sequence[Fact]) -> float:
    """The probability that the reader's words overlap a place where the passage tells the fact."""
    places = [other for other in told if is_told(fact, [other])]
    joint = np.triu(np.outer(scores.start, scores.end))
    whole = float(joint.sum())
    if not whole:
        return 0.0
    most = 0.0
    for place in places:
        first = int(np.searchsorted(scores.offsets[:, 1], place.start, side="right"))
        last = int(np.searchsorted(scores.offsets[:, 0], place.end, side="left"))
        most = max(most, float(joint[:last, first:].sum()) / whole)
    return most
