"""The built-in reader: scores every sentence of the passages and quotes those that answer."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from assistant.reader.calibration import THRESHOLD, Features, probability
from assistant.reader.reading import Finding, Reading
from assistant.reader.terms import EXACT_KINDS, Question, analyse, stems_of
from assistant.types import Evidence
from index.embedding import Embedder, Vectors
from index.sentences import sentence_spans

MAX_SENTENCES = 3  # an answer is short; the passages are there to be opened
_NEAR = 0.85  # of the best score: good enough for a question that wants several things
_OWN = 0.7  # weight of a follow-up's own words against those of the question before it
_RIVAL = 0.93  # of the best score: too close to choose between
_ALSO = (
    "additionally",
    "also",
    "in addition",
    "moreover",
    "furthermore",
    "it also",
    "he also",
    "she also",
    "they also",
    "as well",
    "a second",
    "the second",
)
_LEANING = ("he ", "she ", "it ", "they ", "this ", "that ", "these ", "those ", "but ", "and ")

Counts = Callable[[Sequence[str]], dict[str, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    """A sentence of the evidence: where it is, and how well it answers."""

    evidence: int
    place: int  # its place in the passage, from 0
    start: int  # characters in the article
    end: int
    text: str
    cosine: float  # with the question
    coverage: float  # of the question's words, by weight, in the sentence
    around: float  # the same in its passage and headline
    rank: float  # its passage's score in retrieval, 1 for the best passage
    fits: bool  # holds something of the kind that is asked for

    @property
    def score(self) -> float:
        """How well it answers, comparable within one question.

        Rounded from a logistic regression on the development questions; what is left out (length,
        place, quotation marks, the passage's own cosine) earned next to nothing there.
        """
        leans = self.text.lower().startswith(_LEANING)  # its subject is in another sentence
        return (
            self.cosine
            + 0.35 * self.fits
            + 0.3 * self.rank
            + 0.2 * self.coverage
            + 0.2 * self.around
            - 0.05 * leans
        )


class ExtractiveReader:
    """Chooses sentences by meaning, by the question's words, and by the kind of answer it wants.

    `term_counts` gives the number of passages of the library that hold each of some words: a rare
    word of the question tells more than a frequent one, and a word that is nowhere tells most.
    """

    name = "built-in reader"

    def __init__(self, embedder: Embedder, term_counts: Counts, passages: int) -> None:
        self._embedder = embedder
        self._term_counts = term_counts
        self._passages = passages

    def read(self, question: str, evidence: Sequence[Evidence], *, context: str = "") -> Reading:
        """Read the passages and quote at most three sentences."""
        asked = analyse(question, context=context)
        candidates = self._candidates(asked, evidence)
        if not candidates:
            return Reading(findings=(), confidence=0.0, answered=False)
        best = max(candidates, key=lambda candidate: candidate.score)
        confidence = probability(self._features(asked, candidates, evidence))
        if asked.kind in EXACT_KINDS and not best.fits:
            confidence /= 2  # "how many" is not answered by a sentence without a number
        findings = [
            Finding(evidence=c.evidence, start=c.start, end=c.end, score=c.score)
            for c in _choose(asked, candidates, best)
        ]
        return Reading(
            findings=tuple(findings), confidence=confidence, answered=confidence >= THRESHOLD
        )

    def features(self, question: str, evidence: Sequence[Evidence]) -> Features:
        """What the decision to answer is made on; needs evidence."""
        asked = analyse(question)
        return self._features(asked, self._candidates(asked, evidence), evidence)

    def _candidates(self, asked: Question, evidence: Sequence[Evidence]) -> list[_Candidate]:
        spans = [
            (number, place, span)
            for number, item in enumerate(evidence)
            for place, span in enumerate(sentence_spans(item.hit.passage.text))
        ]
        if not spans:
            return []
        texts = [evidence[n].hit.passage.text[span.start : span.end] for n, _, span in spans]
        # What a follow-up adds counts for more than what it leans on.
        own, whole = self._embedder.embed([asked.text, asked.context], query=True)
        cosines = self._embedder.embed(texts) @ (_OWN * own + (1 - _OWN) * whole)
        weights = self._weights(asked)
        around = [
            _coverage(asked, weights, f"{item.hit.article.title}\n{item.hit.passage.text}")
            for item in evidence
        ]
        top = max(item.hit.score for item in evidence)
        return [
            _Candidate(
                evidence=number,
                place=place,
                start=evidence[number].hit.passage.start + span.start,
                end=evidence[number].hit.passage.start + span.end,
                text=text,
                cosine=float(cosine),
                coverage=_coverage(asked, weights, text),
                around=around[number],
                rank=evidence[number].hit.score / top,
                fits=asked.kind_fits(text),
            )
            for (number, place, span), text, cosine in zip(spans, texts, cosines, strict=True)
        ]

    def _weights(self, asked: Question) -> Vectors:
        """How telling each word of the question is: its inverse document frequency."""
        counts = self._term_counts(asked.words)
        rarity = [math.log(1 + (self._passages + 1) / (counts[w] + 0.5)) for w in asked.words]
        own = [1.0 if stem in asked.own_stems else 1 - _OWN for stem in asked.stems]
        return np.array(rarity, dtype=np.float32) * np.array(own, dtype=np.float32)

    def _features(
        self, asked: Question, candidates: Sequence[_Candidate], evidence: Sequence[Evidence]
    ) -> Features:
        best = max(candidates, key=lambda candidate: candidate.score)
        counts = self._term_counts(asked.words)
        nearby = stems_of(
            "\n".join(f"{item.hit.article.title}\n{item.hit.passage.text}" for item in evidence)
        )
        unknown = [
            counts[word] == 0 and stem not in nearby
            for word, stem in zip(asked.words, asked.stems, strict=True)
        ]
        return Features(
            cosine=max(candidate.cosine for candidate in candidates),
            passage_cosine=max(item.hit.dense_score or 0.0 for item in evidence),
            coverage=best.coverage,
            around=best.around,
            fits=float(best.fits),
            unknown=sum(unknown) / len(unknown),
            any_unknown=float(any(unknown)),
        )


def _coverage(asked: Question, weights: Vectors, text: str) -> float:
    """The share of the question's words, by weight, that a text holds."""
    held = stems_of(text)
    present = np.array([stem in held for stem in asked.stems], dtype=np.float32)
    total = float(weights.sum())
    return float(present @ weights) / total if total else 0.0


def _choose(
    asked: Question, candidates: Sequence[_Candidate], best: _Candidate
) -> list[_Candidate]:
    """The best sentence with those that add to it, in reading order."""
    chosen = [best]
    places = {(candidate.evidence, candidate.place): candidate for candidate in candidates}
    following = places.get((best.evidence, best.place + 1))
    if following and following.text.lower().startswith(_ALSO):
        chosen.append(following)
    limit, near = (MAX_SENTENCES, _NEAR) if asked.wants_several else (2, _RIVAL)
    for other in sorted(candidates, key=lambda candidate: -candidate.score):
        if len(chosen) >= limit or other.score < near * best.score:
            break
        if all(not _repeats(other, taken) for taken in chosen):
            chosen.append(other)
    return sorted(chosen, key=lambda candidate: (candidate.evidence, candidate.start))


def _repeats(candidate: _Candidate, taken: _Candidate) -> bool:
    """Whether most of the words of one sentence stand in the other."""
    ours, theirs = stems_of(candidate.text), stems_of(taken.text)
    smaller = min(len(ours), len(theirs))
    return not smaller or len(ours & theirs) / smaller > 0.7
