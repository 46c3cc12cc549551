"""What a reader is given and gives: the seam between answering and the reader in use."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from assistant.types import Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """Words that answer: `start` and `end` are characters of the evidence's article text."""

    evidence: int  # place in the sequence that was read, from 0
    start: int
    end: int
    score: float  # comparable within one reading


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a reader found: its findings in reading order, and how likely they answer at all."""

    findings: tuple[Finding, ...]
    confidence: float  # probability that the passages answer the question, 0..1
    answered: bool  # whether that probability is beyond the reader's threshold


class Reader(Protocol):
    """Finds the words of passages that answer a question."""

    name: str

    def read(self, question: str, evidence: Sequence[Evidence], *, context: str = "") -> Reading:
        """Read the passages; an empty sequence is never answered.

        `context` is a follow-up together with the earlier questions that it leans on.
        """
