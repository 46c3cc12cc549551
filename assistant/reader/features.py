"""What is seen of each sentence of the passages, and of the best one: numbers to decide on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from assistant.reader.spans import PassageScores, Span
from assistant.reader.terms import EXACT_KINDS, Question, stems_of
from index.sentences import sentence_spans
from index.types import Hit, TermCounts

_LEAST = -8.0  # floor of logarithms: below it nothing is told apart
_LEANING = ("he ", "she ", "it ", "they ", "this ", "that ", "these ", "those ", "but ", "and ")
_OWN = 0.7  # weight of a follow-up's own words against those of the question before it


@dataclass(frozen=True, slots=True, kw_only=True)
class SentenceFeatures:
    """How a sentence looks as an answer. Logits are clipped to -8..8, shares lie in 0..1."""

    answered: float  # logit of the network that its passage answers
    mass: float  # logarithm of the probability that the span lies in it, given that one does
    inside: float  # strongest logit of its tokens to be part of an answer
    cosine: float  # of question and passage
    rank: float  # its passage's score in retrieval, 1 for the best passage
    coverage: float  # of the question's words by the sentence, by weight
    around: float  # the same by its passage and headline
    fits: float  # 1 when it holds something of the kind asked for
    leans: float  # 1 when its subject is in another sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """A sentence of a passage: where it is, and what is seen of it."""

    hit: int  # place of its passage in what was read, from 0
    start: int  # characters in the passage
    end: int
    text: str
    features: SentenceFeatures


def sentences_of(
    asked: Question,
    weights: Mapping[str, float],
    hits: Sequence[Hit],
    scores: Sequence[PassageScores],
) -> list[Sentence]:
    """Every sentence of the passages that were read; `weights` tells how telling a stem is."""
    if not hits:
        return []
    known = [hit.dense_score for hit in hits if hit.dense_score is not None]
    lowest = min(known, default=0.0)  # a passage that the dense ranking did not list is below all
    top = max(hit.score for hit in hits)
    found: list[Sentence] = []
    for number, (hit, read) in enumerate(zip(hits, scores, strict=True)):
        text = hit.passage.text
        around = coverage(weights, f"{hit.article.title}\n{text}")
        for span in sentence_spans(text):
            words = text[span.start : span.end]
            found.append(
                Sentence(
                    hit=number,
                    start=span.start,
                    end=span.end,
                    text=words,
                    features=SentenceFeatures(
                        answered=_clipped(read.answered),
                        mass=_logarithm(read.mass(span.start, span.end)),
                        inside=_logit(read.strongest(span.start, span.end)),
                        cosine=hit.dense_score if hit.dense_score is not None else lowest,
                        rank=hit.score / top if top else 0.0,
                        coverage=coverage(weights, words),
                        around=around,
                        fits=float(asked.kind_fits(words)),
                        leans=float(words.lower().startswith(_LEANING)),
                    ),
                )
            )
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionFeatures:
    """What the decision to answer is made on."""

    answered: float  # highest logit of a passage
    best_answered: float  # that of the passage of the best sentence
    mass: float  # of the best sentence
    inside: float
    span: float  # logarithm of the probability of the best span in it
    cosine: float
    coverage: float
    around: float
    unfit: float  # 1 when a figure or date is asked for and the best sentence holds none
    certainty: float  # logarithm of the probability that the best sentence is the best
    agreement: float  # 1 when the best sentence of another passage holds the same words
    unknown: float  # share of the question's words that no article holds
    any_unknown: float  # 1 when there is such a word
    size: float  # log10 of the library's passages: the best of many is alike by chance


def decision_features(
    asked: Question,
    *,
    terms: TermCounts,
    hits: Sequence[Hit],
    scores: Sequence[PassageScores],
    sentences: Sequence[Sentence],
    probabilities: Sequence[float],
    span: Span | None,
) -> DecisionFeatures:
    """The features of a reading; `span` is the likeliest one of the best sentence."""
    order = sorted(range(len(sentences)), key=lambda place: -probabilities[place])
    best = sentences[order[0]]
    others = [place for place in order if sentences[place].hit != best.hit]
    rival = probabilities[others[0]] if others else 0.0
    nearby = stems_of("\n".join(f"{hit.article.title}\n{hit.passage.text}" for hit in hits))
    unknown = [
        terms.counts[word] == 0 and stem not in nearby
        for word, stem in zip(asked.words, asked.stems, strict=True)
    ]
    told = best.text[span.start - best.start : span.end - best.start] if span else ""
    seen = best.features
    return DecisionFeatures(
        answered=max(_clipped(read.answered) for read in scores),
        best_answered=seen.answered,
        mass=seen.mass,
        inside=seen.inside,
        span=_logarithm(span.probability) if span else _LEAST,
        cosine=seen.cosine,
        coverage=seen.coverage,
        around=seen.around,
        unfit=float(asked.kind in EXACT_KINDS and not seen.fits),
        certainty=_logarithm(probabilities[order[0]]),
        agreement=float(
            rival > 0 and bool(told) and told.lower() in sentences[others[0]].text.lower()
        ),
        unknown=sum(unknown) / len(unknown),
        any_unknown=float(any(unknown)),
        size=math.log10(1 + terms.passages),
    )


def coverage(weights: Mapping[str, float], text: str) -> float:
    """The share of the question's words, by weight, that a text holds."""
    total = sum(weights.values())
    if not total:
        return 0.0
    held = stems_of(text)
    return sum(weight for stem, weight in weights.items() if stem in held) / total


def stem_weights(asked: Question, terms: TermCounts) -> dict[str, float]:
    """How telling each word of a question is: its inverse document frequency, by stem."""
    weights: dict[str, float] = {}
    for word, stem in zip(asked.words, asked.stems, strict=True):
        own = 1.0 if stem in asked.own_stems else 1 - _OWN
        weights[stem] = own * math.log(1 + (terms.passages + 1) / (terms.counts[word] + 0.5))
    return weights


def _clipped(logit: float) -> float:
    return max(_LEAST, min(-_LEAST, logit))


def _logarithm(probability: float) -> float:
    return max(_LEAST, math.log(probability)) if probability > 0 else _LEAST


def _logit(probability: float) -> float:
    probability = min(1 - 1e-6, max(1e-6, probability))
    return _clipped(math.log(probability / (1 - probability)))
