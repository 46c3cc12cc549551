"""Reads a text beside passages with the bundled encoder: one sequence for each pair."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from index.encoder import Array, Encoder, Ids, Tokens, load_tokenizer, mapped_tensors
from index.errors import EmbeddingUnavailable
from index.minilm import bundled_folder

MAX_TEXT, MAX_TITLE, MAX_TOKENS = 64, 24, 384  # word pieces that are read


@dataclass(frozen=True, slots=True)
class Pair:
    """What the encoder makes of a text and a passage; T tokens, n of them the passage's words.

    `hidden` T x 384. The headline begins at token `body`, the passage's words at `first`; their
    `offsets` (n x 2) are characters of the passage.
    """

    hidden: Array
    body: int
    first: int
    offsets: Ids


class PairEncoder:
    """The encoder with `trained` tensors in place of the published ones."""

    def __init__(self, trained: Mapping[str, Array]) -> None:
        folder = bundled_folder()
        self._tokenizer = load_tokenizer(folder)
        self._cls, self._sep = (_mark(self._tokenizer, name) for name in ("[CLS]", "[SEP]"))
        # What was left frozen is not shipped again: it comes from the embedding model's package.
        self._encoder = Encoder(mapped_tensors(folder / "model.safetensors") | dict(trained))

    def __call__(self, text: str, passages: Sequence[tuple[str, str]]) -> list[Pair]:
        """The text beside each (headline, passage); what is longer than is read is cut at the end.

        The pairs are spread over the cores.
        """
        ours = self._tokenizer.encode(text, add_special_tokens=False).ids[:MAX_TEXT]
        head: list[int] = [self._cls, *ours, self._sep]
        return self._encoder.each(lambda passage: self._pair(head, *passage), passages)

    def _pair(self, head: Sequence[int], title: str, passage: str) -> Pair:
        titled = self._tokenizer.encode(title, add_special_tokens=False).ids[:MAX_TITLE]
        encoded = self._tokenizer.encode(passage, add_special_tokens=False)
        room = MAX_TOKENS - len(head) - len(titled) - 1
        tail = [*titled, *encoded.ids[:room], self._sep]
        segments = [0] * len(head) + [1] * len(tail)
        return Pair(
            hidden=self._encoder(Tokens([*head, *tail], segments)),
            body=len(head),
            first=len(head) + len(titled),
            offsets=np.array(encoded.offsets[:room], dtype=np.int32).reshape(-1, 2),
        )


def read_trained(file: Path, name: str) -> dict[str, Array]:
    """The tensors of a file that is part of the package; raises EmbeddingUnavailable."""
    try:
        return mapped_tensors(file)
    except (OSError, ValueError, KeyError) as error:
        raise EmbeddingUnavailable(
            f"The built-in {name}'s weights {file} cannot be read: {error}.",
            "Reinstall article-assistant.",
        ) from error


def linear(values: Array, heads: Mapping[str, Array], name: str) -> Array:
    """A head's linear layer over the last axis."""
    found: Array = values @ heads[f"head.{name}.weight"].T + heads[f"head.{name}.bias"]
    return found


def gelu(values: Array) -> Array:
    """GELU of a vector, by the error function as torch computes it."""
    return np.array([0.5 * v * (1 + math.erf(v / math.sqrt(2))) for v in values], dtype=np.float32)


def _mark(tokenizer: Any, name: str) -> int:
    number: int = tokenizer.token_to_id(name)
    return number
