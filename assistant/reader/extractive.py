"""The built-in reader: ranks passages, quotes the sentences that answer, tells when none does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from assistant.evidence import distinct, numbered, quote_of
from assistant.reader.calibration import (
    decision_probability,
    sentence_probabilities,
    threshold,
)
from assistant.reader.choosing import choose, clause_around
from assistant.reader.differing import Told, compared_as, counts_others, differing
from assistant.reader.features import (
    DecisionFeatures,
    Sentence,
    decision_features,
    sentences_of,
    stem_weights,
)
from assistant.reader.reading import Finding, Reading
from assistant.reader.recency import newest_first, recency_weights
from assistant.reader.spans import PassageScores, Span, SpanReader, leaning
from assistant.reader.terms import Question, analyse
from assistant.types import Evidence, Quote
from index.types import Hit, TermCounts

DEPTH = 10  # passages that are read at most
_BEST = 4  # passages that are read before what stands beside them
WHOLE = 2  # articles of which every passage may be read
_LEXICAL = 0.5  # weight of BM25, as a share of the highest, against the cosine
STEP = 3  # passages that are read before one looks whether they settle it
_SETTLED = 1.0  # logit of a passage beyond which the ones after it are not read: no answer was lost
_MARKED = 0.1  # probability from which a sentence is marked as bearing on the question

Counts = Callable[[Sequence[str]], TermCounts]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """All that was seen of a question's passages, before anything is decided."""

    asked: Question
    hits: tuple[Hit, ...]
    scores: tuple[PassageScores, ...]  # of the first so many hits
    sentences: tuple[Sentence, ...]
    probabilities: tuple[float, ...]  # of each sentence to hold the answer, if one does
    span: Span | None  # the likeliest words of the best sentence
    features: DecisionFeatures

    @property
    def best(self) -> int:
        """The place of the best sentence."""
        return int(np.argmax(self.probabilities))


class ExtractiveReader:
    """Reads passages by a network trained for it, weighed with what retrieval and words say.

    `term_counts` gives the number of passages of the library that hold each of some words: a rare
    word of the question tells more than a frequent one, and a word that is nowhere tells most.
    """

    name = "built-in reader"

    def __init__(self, network: SpanReader, term_counts: Counts) -> None:
        self._network = network
        self._term_counts = term_counts

    def read(
        self,
        question: str,
        hits: Sequence[Hit],
        *,
        top_k: int,
        decline: float = 0.1,
        before: str = "",
        newest: bool = False,
    ) -> Reading:
        """Read the best hits and give the `top_k` that bear most on the question, ranked anew.

        `decline` is the share of answerable questions that may be declined, 0..0.5: the less
        certain ones, together with most that the articles do not answer. `before` are the earlier
        questions that a follow-up leans on. `newest` prefers newer reports to older ones.
        """
        candidates = reading_order(hits, newest=newest)[: max(DEPTH, top_k)]
        seen = self.see(question, candidates, before=before, newest=newest)
        if seen is None:
            return Reading(evidence=numbered(candidates[:top_k]))
        order = _ranked(seen)[:top_k]
        evidence = tuple(
            Evidence(number=number, hit=seen.hits[place], quotes=_marked(seen, place))
            for number, place in enumerate(order, 1)
        )
        confidence = decision_probability(seen.features)
        findings = tuple(
            _finding(seen, sentence, order)
            for sentence in choose(seen.asked, seen.sentences, seen.probabilities)
            if seen.sentences[sentence].hit in order
        )
        return Reading(
            evidence=evidence,
            findings=findings,
            differing=_differing(seen, order),
            short=_words(seen),
            confidence=confidence,
            answered=confidence >= threshold(decline),
        )

    def see(
        self, question: str, hits: Sequence[Hit], *, before: str = "", newest: bool = False
    ) -> Seen | None:
        """What the decisions are made on; None when there is no sentence to read."""
        asked = analyse(question, before=before)
        terms = self._term_counts(asked.words)
        weights = stem_weights(asked, terms)
        outlets = {hit.article.source for hit in hits[:DEPTH]} - {None}
        settle = not newest and (len(outlets) < 2 or compared_as(asked) is None)
        scores = self._read(leaning(question, before), hits, settle=settle)
        sentences = sentences_of(asked, weights, hits[: len(scores)], scores)
        if not sentences:
            return None
        probabilities = sentence_probabilities([sentence.features for sentence in sentences])
        if newest:
            days = [hits[sentence.hit].article.published for sentence in sentences]
            probabilities = newest_first(probabilities, days)
        best = sentences[int(np.argmax(probabilities))]
        span = best_span(scores[best.hit], best)
        features = decision_features(
            asked,
            terms=terms,
            hits=hits[: len(scores)],
            scores=scores,
            sentences=sentences,
            probabilities=probabilities,
            span=span,
        )
        return Seen(
            asked=asked,
            hits=tuple(hits),
            scores=tuple(scores),
            sentences=tuple(sentences),
            probabilities=tuple(probabilities),
            span=span,
            features=features,
        )

    def _read(self, text: str, hits: Sequence[Hit], *, settle: bool) -> list[PassageScores]:
        """Scores of the first hits; with `settle`, of no more once one settles the question."""
        scores: list[PassageScores] = []
        for begin in range(0, min(DEPTH, len(hits)), STEP):
            part = hits[begin : min(DEPTH, begin + STEP)]
            scores += self._network.read(
                text, [(hit.article.title, hit.passage.text) for hit in part]
            )
            if settle and settles(scores):
                break
        return scores


def settles(scores: Sequence[PassageScores]) -> bool:
    """Whether one of the passages read answers so clearly that no more need be read."""
    return max(read.answered for read in scores) >= _SETTLED


def reading_order(hits: Sequence[Hit], *, newest: bool = False) -> list[Hit]:
    """The order in which passages are read: the best ones, what stands beside them, the rest.

    With `newest`, an old report must fit better than a new one to be read before it.

    Of 75 questions on 2,225 articles, 97% had the answer among the four best passages and the
    others of the two best articles; of the ten best passages alone, 96%.
    """
    known = distinct(hits)
    most = max((hit.lexical_score or 0.0 for hit in known), default=0.0) or 1.0
    least = min((hit.dense_score for hit in known if hit.dense_score is not None), default=0.0)

    recent: dict[str, float] = {}
    if newest:
        recent = dict(zip((hit.passage.id for hit in known), recency_weights(known), strict=True))

    def near(hit: Hit) -> float:
        dense = least if hit.dense_score is None else hit.dense_score
        fit = dense + _LEXICAL * (hit.lexical_score or 0.0) / most
        return fit * (1 + recent.get(hit.passage.id, 0.0))

    known.sort(key=near, reverse=True)
    articles = list(dict.fromkeys(hit.article.id for hit in known))[:WHOLE]
    beside = [hit for hit in known[_BEST:] if hit.article.id in articles]
    rest = [hit for hit in known[_BEST:] if hit.article.id not in articles]
    return [*known[:_BEST], *beside, *rest]


def _ranked(seen: Seen) -> list[int]:
    """The places of the hits, best first: by their best sentence; the unread ones after them."""
    best: dict[int, float] = {}
    for sentence, probability in zip(seen.sentences, seen.probabilities, strict=True):
        best[sentence.hit] = max(best.get(sentence.hit, 0.0), probability)
    return sorted(range(len(seen.hits)), key=lambda place: (-best.get(place, -1.0), place))


def best_span(scores: PassageScores, sentence: Sentence) -> Span | None:
    """The likeliest span that lies within a sentence."""
    for span in scores.best_spans(12):
        if span.start >= sentence.start and span.end <= sentence.end:
            return span
    return None


def _finding(seen: Seen, place: int, order: Sequence[int]) -> Finding:
    sentence = seen.sentences[place]
    passage = seen.hits[sentence.hit].passage
    span = seen.span if place == seen.best else best_span(seen.scores[sentence.hit], sentence)
    start, end = clause_around(passage.text, sentence, span)
    return Finding(
        evidence=order.index(sentence.hit),
        start=passage.start + start,
        end=passage.start + end,
        score=seen.probabilities[place],
    )


def _differing(seen: Seen, order: Sequence[int]) -> tuple[Finding, ...]:
    """What independent sources say, where it differs, each by the sentence that says it."""
    kind = compared_as(seen.asked)
    if kind is None:
        return ()
    likeliest = sorted(range(len(seen.sentences)), key=lambda place: -seen.probabilities[place])
    told = (_told(seen, place) for place in likeliest if seen.sentences[place].hit in order)
    claims = differing(kind, (one for one in told if one is not None))
    return tuple(
        replace(_finding(seen, claim.told.place, order), words=claim.told.words) for claim in claims
    )


def _told(seen: Seen, place: int) -> Told | None:
    sentence = seen.sentences[place]
    span = best_span(seen.scores[sentence.hit], sentence)
    if span is None:
        return None
    text = seen.hits[sentence.hit].passage.text
    return Told(
        place=place,
        probability=seen.probabilities[place],
        answered=sentence.features.answered,
        elsewhere=counts_others(seen.asked.text, sentence.text),
        coverage=sentence.features.coverage,
        words=" ".join(text[span.start : span.end].split()),
        before=text[sentence.start : span.start],
        after=text[span.end : sentence.end],
        article=seen.hits[sentence.hit].article,
    )


def _marked(seen: Seen, place: int) -> tuple[Quote, ...]:
    """The words of a passage that bear on the question: its likeliest spans, in their sentences."""
    hit = seen.hits[place]
    likely = [
        sentence
        for sentence, probability in zip(seen.sentences, seen.probabilities, strict=True)
        if sentence.hit == place and probability >= _MARKED
    ]
    offset = hit.passage.start
    return tuple(
        quote_of(hit.article, offset + sentence.start, offset + sentence.end) for sentence in likely
    )


def _words(seen: Seen) -> str:
    """The short answer: the likeliest words of the best sentence, white space folded."""
    if seen.span is None:
        return ""
    text = seen.hits[seen.sentences[seen.best].hit].passage.text
    return " ".join(text[seen.span.start : seen.span.end].split())
