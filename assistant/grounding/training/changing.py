"""Changing one thing in a true sentence by rule, and making sentences of questions and answers."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.grounding.facts import Fact, facts_of
from index.sentences import sentence_spans

_ASKS = re.compile(
    r"\b(?:what|which|who|whom|whose|when|where|why|how)\b"
    r"(?:\s+(?:many|much|long|old|far|often|big|high|tall|large))?",
    re.I,
)
_DENIED = (
    (re.compile(r" (is|was|were|are|will|has|have|had|would|could|should) (?!not )"), r" \1 not "),
    (re.compile(" can "), " cannot "),
    (re.compile(" (?:not|never|n't) "), " "),
)
_BOTH_WAYS = (
    ("agreed to", "refused to"), ("accepted", "rejected"), ("won", "lost"), ("rose", "fell"),
    ("opened", "closed"), ("welcomed", "criticised"), ("before", "after"),
    ("supported", "opposed"), ("all", "some"), ("most", "few"), ("increase", "decrease"),
    ("higher", "lower"), ("bought", "sold"), ("joined", "left"), ("without", "with"),
)  # fmt: skip
_ONE_WAY = (
    ("said", "denied"), ("confirmed", "denied"), ("approved", "blocked"), ("denied", "admitted"),
    ("ruled out", "promised"), ("declined to", "agreed to"), ("more than", "fewer than"),
    ("at least", "at most"), ("up to", "at least"), ("could", "will"), ("may", "will"),
    ("might", "will"), ("plans to", "has decided against plans to"), ("cut", "increase"),
    ("first", "last"), ("began", "ended"), ("alive", "dead"), ("failed to", "managed to"),
    ("never", "often"), ("alleged", "proved"), ("accused of", "convicted of"),
    ("charged with", "convicted of"),
)  # fmt: skip
_OTHERS = (*_ONE_WAY, *_BOTH_WAYS, *((other, one) for one, other in _BOTH_WAYS))
_TURNED = tuple((re.compile(rf"\b{one}\b"), other) for one, other in _OTHERS)


@dataclass(frozen=True, slots=True)
class Changed:
    """A sentence with one thing changed, and the characters of it that are not what they were."""

    sentence: str
    span: tuple[int, int]


def exchanged(
    sentence: str, pool: Sequence[Fact], passage: str, draw: random.Random
) -> Changed | None:
    """The sentence with another fact of its kind in the place of one; None where there is none.

    About a third of the time one that the passage does not hold, where the pool has any.
    """
    facts = list(facts_of(sentence))
    draw.shuffle(facts)
    for fact in facts:
        if fact.kind == "figure" and draw.random() < 0.5:
            figure = _other_figure(fact.words, passage, draw)
            if figure:
                return _with(sentence, fact.start, fact.end, figure)
        others = [
            other
            for other in pool
            if other.kind == fact.kind
            and other.words.lower() not in sentence.lower()
            and fact.words.lower() not in other.words.lower()
        ]
        absent = [other for other in others if other.words.lower() not in passage.lower()]
        chosen = absent if absent and draw.random() < 0.35 else others
        if chosen:
            return _with(sentence, fact.start, fact.end, draw.choice(chosen).words)
    return None


def turned(sentence: str, draw: random.Random) -> Changed | None:
    """The sentence told the other way: denied or not, risen or fallen, possible or certain."""
    ways = [
        (match.start(), match.end(), match.expand(words))
        for patterns, weight in ((_DENIED, 1), (_TURNED, 2))
        for pattern, words in patterns
        for match in pattern.finditer(sentence)
        for _ in range(weight)
    ]
    return _with(sentence, *draw.choice(ways)) if ways else None


def statement(question: str, answer: str) -> Changed:
    """A question as a sentence with an answer in it, and where the answer stands."""
    asked = question.strip().rstrip("?").strip()
    found = _ASKS.search(asked)
    if found is None:
        return _with(f"{asked} ", len(asked) + 1, len(asked) + 1, answer)
    return _with(asked, found.start(), found.end(), answer)


def shortened(sentence: str, draw: random.Random) -> str:
    """A sentence as often retold: without an aside, a bracket or the one who said it."""
    ways = (
        (0.25, r", (?:who|which|where)[^,]{3,60},", ""),
        (0.15, r" \([^)]*\)", ""),
        (0.10, r"^(?:But|And|However|Meanwhile),? ", ""),
        (0.10, r", (?:he|she|they|it|[A-Z]\w+ [A-Z]\w+) (?:said|told [^.]*|added)\.$", "."),
    )
    drawn = draw.random()
    for share, pattern, words in ways:
        if drawn < share:
            sentence = re.sub(pattern, words, sentence, count=1)
            break
        drawn -= share
    return sentence[:1].upper() + sentence[1:]


def around(text: str, start: int, end: int, draw: random.Random) -> str:
    """25 to 130 words of whole sentences that hold the characters from `start` to `end`."""
    spans = sentence_spans(text)
    touched = [n for n, span in enumerate(spans) if span.end > start and span.start < end] or [0]
    first, last, wanted = touched[0], touched[-1], draw.randint(25, 130)
    while len(text[spans[first].start : spans[last].end].split()) < wanted:
        grown = [(first - 1, last)] * (first > 0) + [(first, last + 1)] * (last + 1 < len(spans))
        if not grown:
            break
        first, last = draw.choice(grown)
    return text[spans[first].start : spans[last].end]


def _other_figure(words: str, passage: str, draw: random.Random) -> str | None:
    """A figure's words with its first number changed, to one that the passage does not hold."""
    found = re.search(r"\d+", words)
    if found is None:
        return None
    n = int(found[0])
    other = draw.choice((n + 1, n + 2, max(0, n - 1), n * 10, n * 2, n + 10, n + 5, n // 2 or 1))
    if other == n or str(other) in passage:
        return None
    return f"{words[: found.start()]}{other}{words[found.end() :]}"


def _with(sentence: str, start: int, end: int, words: str) -> Changed:
    return Changed(f"{sentence[:start]}{words}{sentence[end:]}", (start, start + len(words)))
