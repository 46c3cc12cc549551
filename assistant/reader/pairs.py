"""Reads a text beside passages with the bundled encoder: one sequence for each pair."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from index.errors import EmbeddingUnavailable
from index.minilm.encoder import (
    Array,
    Encoder,
    Ids,
    Tokens,
    load_tokenizer,
    mapped_tensors,
    quicker,
)
from index.minilm.model import bundled_folder

_SAMPLE = (  # to see which precision is quicker here, and comes out right
    "When will the harbour open again? Harbour shut for a third day. The storm that closed the "
    "port of Velden on Monday has passed, but 40 boats will stay where they are until the channel "
    "has been sounded, the harbour master, Ines Dahl, said on Wednesday."
)
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
    """The encoder with `trained` tensors in place of the published ones.

    Unless it must be `exact`, it reads in whole numbers where that is quicker: answers are as good
    so (XQuAD: F1 0.745, exactly 0.742; EM 0.607 and 0.603), and take 55% of the time.
    """

    def __init__(self, trained: Mapping[str, Array], *, exact: bool = False) -> None:
        folder = bundled_folder()
        self._tokenizer = load_tokenizer(folder)
        self._cls, self._sep = (_mark(self._tokenizer, name) for name in ("[CLS]", "[SEP]"))
        # What was left frozen is not shipped again: it comes from the embedding model's package.
        tensors = mapped_tensors(folder / "model.safetensors") | dict(trained)
        self._encoder = Encoder(tensors)
        if not exact:
            sample = Tokens(self._tokenizer.encode(_SAMPLE).ids)
            self._encoder = quicker(self._encoder, tensors, [sample])

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
