"""Reads a text beside passages with the bundled encoder: one sequence for each pair."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from index.embedding import bundled_folder
from index.encoder import Array, Encoder, Ids, load_tokenizer, mapped_tensors
from index.errors import EmbeddingUnavailable

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
        """One batch of (headline, passage) pairs; what is longer than is read is cut at the end."""
        ours = self._tokenizer.encode(text, add_special_tokens=False).ids[:MAX_TEXT]
        head: list[int] = [self._cls, *ours, self._sep]
        rows: list[tuple[list[int], int, Ids]] = []
        for title, passage in passages:
            titled = self._tokenizer.encode(title, add_special_tokens=False).ids[:MAX_TITLE]
            encoded = self._tokenizer.encode(passage, add_special_tokens=False)
            room = MAX_TOKENS - len(head) - len(titled) - 1
            row = [*head, *titled, *encoded.ids[:room], self._sep]
            offsets = np.array(encoded.offsets[:room], dtype=np.int32).reshape(-1, 2)
            rows.append((row, len(head) + len(titled), offsets))
        longest = max(len(row) for row, _, _ in rows)
        ids = np.zeros((len(rows), longest), dtype=np.int32)
        types, mask = np.zeros_like(ids), np.zeros_like(ids)
        for place, (row, _, _) in enumerate(rows):
            ids[place, : len(row)] = row
            types[place, len(head) : len(row)] = 1
            mask[place, : len(row)] = 1
        hidden = self._encoder(ids, types, mask)
        return [
            Pair(hidden[place, : len(row)], len(head), first, offsets)
            for place, (row, first, offsets) in enumerate(rows)
        ]


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
