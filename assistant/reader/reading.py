"""What a reading of passages gives: the seam between answering and the built-in reader."""

from __future__ import annotations

from dataclasses import dataclass

from assistant.types import Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Words that answer: `start` and `end` are characters of the evidence's article text."""

    evidence: int  # place in the reading's evidence, from 0
    start: int
    end: int
    score: float  # probability that the answer is here, if it is anywhere
    words: str = ""  # those within it that answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What was read and found.

    `evidence` is ranked anew, best first, with the words that bear on the question as quotes.
    `findings` are in the order in which an answer tells them.
    """

    evidence: tuple[Evidence, ...] = ()
    findings: tuple[Finding, ...] = ()
    differing: tuple[Finding, ...] = ()  # what independent sources say, where that differs
    short: str = ""  # the words that answer, within the first finding
    confidence: float = 0.0  # probability that the passages answer the question, 0..1
    answered: bool = False  # whether that probability is beyond the threshold
