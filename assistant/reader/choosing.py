"""Which sentences make the answer: the best one, and those that add to it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.reader.features import Sentence
from assistant.reader.spans import Span
from assistant.reader.terms import Question, stems_of

MAX_WORDS = 80  # in an answer; the passages are there to be opened
_LONG = 50  # words of a sentence beyond which only its clause is quoted
_SECOND = 0.14  # probability from which a second sentence is told when one thing is asked for
_PART = 0.05  # and one more when several are
_MAX_PARTS = 4
_ALSO = re.compile(
    r"(?:additionally|also|in addition|moreover|furthermore|(?:it|he|she|they) also|as well|"
    r"(?:a|the) second)\b",
    re.I,
)
_EDGE = re.compile(r"[,;:]\s+|\s[-–—]+\s|[\"“”]")


def choose(
    asked: Question, sentences: Sequence[Sentence], probabilities: Sequence[float]
) -> list[int]:
    """The places of the sentences that answer, in the order in which they are told.

    One thing asked for: the best sentence first, another behind it where it is nearly as likely.
    Several things: the sentences that hold parts, in reading order.
    """
    order = sorted(range(len(sentences)), key=lambda place: -probabilities[place])
    best = order[0]
    chosen = [best]
    following = best + 1
    if (
        following < len(sentences)
        and sentences[following].hit == sentences[best].hit
        and _ALSO.match(sentences[following].text)
    ):
        chosen.append(following)
    limit, least = (_MAX_PARTS, _PART) if asked.wants_several else (2, _SECOND)
    words = sum(_length(sentences[place]) for place in chosen)
    for place in order[1:]:
        if len(chosen) >= limit or probabilities[place] < least:
            break
        longer = words + _length(sentences[place])
        if place in chosen or longer > MAX_WORDS:
            continue
        if all(not _repeats(sentences[place], sentences[taken]) for taken in chosen):
            chosen.append(place)
            words = longer
    return sorted(chosen) if asked.wants_several else chosen


def clause_around(text: str, sentence: Sentence, span: Span | None) -> tuple[int, int]:
    """Where to quote a sentence: whole, or when it is long the clauses around the answer."""
    start, end = sentence.start, sentence.end
    if span is None or len(sentence.text.split()) <= _LONG:
        return start, end
    edges = [start, *(match.end() for match in _EDGE.finditer(text, start, end)), end]
    left = max(edge for edge in edges if edge <= span.start)
    right = min(edge for edge in edges if edge >= span.end)
    while True:  # grow by clauses, to the right first, as far as the length allows
        later = min((edge for edge in edges if edge > right), default=right)
        earlier = max((edge for edge in edges if edge < left), default=left)
        if later != right and len(text[left:later].split()) <= _LONG:
            right = later
        elif earlier != left and len(text[earlier:right].split()) <= _LONG:
            left = earlier
        else:
            break
    quoted = text[left:right]
    return left + len(quoted) - len(quoted.lstrip()), right - len(quoted) + len(quoted.rstrip())


def _repeats(one: Sentence, other: Sentence) -> bool:
    """Whether most of the words of one sentence stand in the other."""
    ours, theirs = stems_of(one.text), stems_of(other.text)
    smaller = min(len(ours), len(theirs))
    return not smaller or len(ours & theirs) / smaller > 0.7


def _length(sentence: Sentence) -> int:
    return min(_LONG, len(sentence.text.split()))
