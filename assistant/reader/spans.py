"""Reads passages for a question: where an answer begins and ends, and whether there is one.

The network is the bundled encoder with the layers and heads trained in `training/`.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from assistant.reader.pairs import Pair, PairEncoder, gelu, linear, read_trained
from index.errors import EmbeddingUnavailable
from index.minilm.encoder import Array, Ids

WEIGHTS = Path(__file__).with_name("reader.safetensors")
_MAX_ANSWER = 40  # tokens; the longest clause that explains something


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Words of a passage that may answer: characters `start` to `end`, and their probability."""

    start: int
    end: int
    probability: float  # given that the passage answers


@dataclass(frozen=True, slots=True, kw_only=True)
class PassageScores:
    """What the network says of one passage; n tokens, in characters of the passage.

    `answered` is the logit that the passage answers. `offsets` n x 2; `start`, `end` (n) are
    probabilities that an answer begins or ends there; `inside` (n) that a token is part of one.
    """

    answered: float
    offsets: Ids
    start: Array
    end: Array
    inside: Array

    def best_spans(self, limit: int) -> list[Span]:
        """The likeliest spans, best first, none within another's words."""
        if not len(self.start):
            return []
        joint = np.outer(self.start, self.end)
        first, last = np.indices(joint.shape)
        joint[(last < first) | (last >= first + _MAX_ANSWER)] = -1  # no spans
        order = np.argsort(-joint, axis=None)[: 40 * limit]
        taken: list[tuple[int, int]] = []
        spans: list[Span] = []
        for place in order:
            begin, end = divmod(int(place), len(self.end))
            overlaps = any(begin <= right and end >= left for left, right in taken)
            if overlaps or joint[begin, end] < 0:
                continue
            taken.append((begin, end))
            spans.append(
                Span(
                    start=int(self.offsets[begin][0]),
                    end=int(self.offsets[end][1]),
                    probability=float(joint[begin, end]),
                )
            )
            if len(spans) == limit:
                break
        return spans

    def mass(self, start: int, end: int) -> float:
        """The probability that the answer lies between two characters, were there one."""
        within = self._within(start, end)
        return float(self.start[within].sum() * self.end[within].sum())

    def strongest(self, start: int, end: int) -> float:
        """The highest probability between two characters that a token is part of an answer."""
        within = self.inside[self._within(start, end)]
        return float(within.max()) if len(within) else 0.0

    def _within(self, start: int, end: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        within: np.ndarray[tuple[int], np.dtype[np.bool_]] = (self.offsets[:, 0] >= start) & (
            self.offsets[:, 1] <= end
        )
        return within


def leaning(question: str, before: str) -> str:
    """A question as the network reads it: behind the earlier ones that it leans on, if any."""
    return f"{before} {question}".strip()


class SpanReader:
    """The network, loaded when it is first used; safe to use from several threads.

    Reading raises EmbeddingUnavailable when its weights, or the encoder's, cannot be read.
    """

    def __init__(self, weights: Path = WEIGHTS) -> None:
        self._file = weights
        self._lock = threading.Lock()
        self._network: _Network | None = None

    def load_ahead(self) -> None:
        """Begin to load in a thread of its own: a first question is searched in the meantime.

        The process waits for it when it ends: ONNX Runtime aborts where it is cut off in loading.
        """
        if self._network is None:
            threading.Thread(target=self._load_quietly, name="reader").start()

    def read(self, question: str, passages: Sequence[tuple[str, str]]) -> list[PassageScores]:
        """The scores of (headline, passage) pairs, in their order."""
        return self._loaded().scores(question, passages)

    def _loaded(self) -> _Network:
        with self._lock:
            if self._network is None:
                self._network = _Network(self._file)
            return self._network

    def _load_quietly(self) -> None:
        with suppress(EmbeddingUnavailable):  # reading will say it
            self._loaded()


@lru_cache(maxsize=1)
def shared_reader() -> SpanReader:
    """The built-in reader's network, one for all assistants of a process: it never changes."""
    return SpanReader()


class _Network:
    """Encoder and heads."""

    def __init__(self, weights: Path) -> None:
        trained = read_trained(weights, "reader")
        self._heads = {name: array for name, array in trained.items() if name.startswith("head.")}
        self._encode = PairEncoder(trained)

    def scores(self, question: str, passages: Sequence[tuple[str, str]]) -> list[PassageScores]:
        """Of each passage; those longer than what is read are cut at the end."""
        return [self._passage(pair) for pair in self._encode(question, passages)]

    def _passage(self, pair: Pair) -> PassageScores:
        """The heads over the hidden states of one passage."""
        hidden = pair.hidden
        joint = np.concatenate([hidden[0], hidden[pair.body :].max(0)])
        middle = gelu(linear(joint, self._heads, "passage"))
        answered = linear(middle, self._heads, "answered")
        words = hidden[pair.first : pair.first + len(pair.offsets)]
        tokens = linear(words, self._heads, "tokens")
        return PassageScores(
            answered=float(answered[0]),
            offsets=pair.offsets,
            start=_softmax(tokens[:, 0]),
            end=_softmax(tokens[:, 1]),
            inside=_sigmoid(tokens[:, 2]),
        )


def _softmax(logits: Array) -> Array:
    if not len(logits):
        return logits
    raised: Array = np.exp(logits - logits.max())
    raised /= raised.sum()
    return raised


def _sigmoid(logits: Array) -> Array:
    return np.asarray(1 / (1 + np.exp(-logits)), dtype=np.float32)
