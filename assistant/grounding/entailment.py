"""Reads a sentence beside a passage: how far the passage is from bearing it out.

The network is the built-in reader's encoder, moved by what `training/` taught it, with three heads.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from assistant.reader.pairs import Pair, PairEncoder, gelu, linear, read_trained
from assistant.reader.spans import WEIGHTS as READER
from index.errors import EmbeddingUnavailable
from index.minilm.encoder import Array

WEIGHTS = Path(__file__).with_name("entailment.safetensors")
LEFT, RIGHT = ".left", ".right"  # a matrix's change is left @ right, as in LoRA (Hu et al., 2021)
_HEADS = {"head.joint.weight", "head.whole.weight", "head.token.weight"}


class Entailment:
    """The network, loaded when it is first used; safe to use from several threads.

    Reading raises EmbeddingUnavailable when its weights, or the reader's, cannot be read.
    """

    def __init__(self, weights: Path = WEIGHTS, reader: Path = READER) -> None:
        self._files = weights, reader
        self._lock = threading.Lock()
        self._network: _Network | None = None

    def read(self, sentence: str, passages: Sequence[tuple[str, str]]) -> list[float]:
        """The logit that each (headline, passage) pair bears the sentence out, in their order."""
        with self._lock:
            if self._network is None:
                self._network = _Network(*self._files)
        return self._network.logits(sentence, passages)


@lru_cache(maxsize=1)
def shared_entailment() -> Entailment:
    """The check of sentences, one for all assistants of a process: it never changes."""
    return Entailment()


class _Network:
    """Encoder and heads."""

    def __init__(self, weights: Path, reader: Path) -> None:
        taught = read_trained(weights, "check of sentences")
        try:
            # Exactly: in whole numbers one changed sentence in a hundred more passed unseen.
            merged = moved(read_trained(reader, "reader"), taught)
            self._encode = PairEncoder(merged, exact=True)
        except (KeyError, ValueError) as error:
            raise _unfit(weights, error) from error
        self._heads = {name: array for name, array in taught.items() if name.startswith("head.")}
        if not self._heads.keys() >= _HEADS:
            raise _unfit(weights, "its heads are missing")

    def logits(self, sentence: str, passages: Sequence[tuple[str, str]]) -> list[float]:
        """Of each passage; those longer than what is read are cut at the end."""
        return [self._logit(pair) for pair in self._encode(sentence, passages)]

    def _logit(self, pair: Pair) -> float:
        """What the pair as a whole says, and what the least fitting word piece of the sentence."""
        hidden = pair.hidden
        ours, theirs = hidden[1 : pair.body], hidden[pair.body :]
        joint = np.concatenate([hidden[0], ours.max(0), theirs.max(0)])
        whole = linear(gelu(linear(joint, self._heads, "joint")), self._heads, "whole")
        worst = linear(ours, self._heads, "token").max()
        return -float(whole[0] + worst)


def moved(base: dict[str, Array], taught: dict[str, Array]) -> dict[str, Array]:
    """The base's tensors with those that were taught: whole ones, or a product to be added.

    Raises KeyError or ValueError where the two do not fit together.
    """
    merged = dict(base)
    for name, array in taught.items():
        if name.endswith(LEFT):
            matrix = name.removesuffix(LEFT)
            merged[matrix] = base[matrix] + array @ taught[f"{matrix}{RIGHT}"]
        elif not name.endswith(RIGHT):
            merged[name] = array
    return merged


def _unfit(weights: Path, why: object) -> EmbeddingUnavailable:
    return EmbeddingUnavailable(
        f"The built-in check of sentences' weights {weights} do not fit: {why}.",
        "Reinstall article-assistant.",
    )
