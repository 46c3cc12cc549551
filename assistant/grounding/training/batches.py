"""Claims as token batches: sorted by length, wrong word pieces marked."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch

from assistant.grounding.training.data import Claim
from assistant.reader.pairs import MAX_TEXT, MAX_TITLE

_PASSAGE = 300  # word pieces of a passage that are read in training


@dataclass(frozen=True, slots=True)
class Batch:
    """Tensors of one step; B claims, T tokens.

    `ids`, `types`, `mask`: B x T. `wrong`: B. `marked`: B x T, 1 on a wrong word piece of a
    sentence, 0 on a right one, -1 where that is not known.
    """

    ids: torch.Tensor
    types: torch.Tensor
    mask: torch.Tensor
    wrong: torch.Tensor
    marked: torch.Tensor

    def to(self, device: str) -> Batch:
        """The same batch on a device."""
        return Batch(*(getattr(self, name).to(device) for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class _Row:
    ids: list[int]
    body: int  # tokens up to and with the first separator
    wrong: float
    marked: list[float]


def batches(claims: Sequence[Claim], tokenizer: Any, *, tokens: int, seed: int) -> list[Batch]:
    """Batches of at most `tokens` tokens, padding included, in an order that `seed` fixes."""
    draw = random.Random(seed)
    rows = [_row(claim, tokenizer, draw) for claim in claims]
    draw.shuffle(rows)
    ordered: list[list[_Row]] = []
    for begin in range(0, len(rows), 2048):
        groups: list[list[_Row]] = [[]]
        for row in sorted(rows[begin : begin + 2048], key=lambda row: len(row.ids)):
            if groups[-1] and (len(groups[-1]) + 1) * len(row.ids) > tokens:
                groups.append([])
            groups[-1].append(row)
        draw.shuffle(groups)
        ordered += groups
    return [_batch(group) for group in ordered]


def _row(claim: Claim, tokenizer: Any, draw: random.Random) -> _Row:
    """A claim as tokens, three in ten without the headline: not every article has one."""
    encoded = tokenizer.encode(claim.sentence, add_special_tokens=False)
    sentence, offsets = encoded.ids[:MAX_TEXT], encoded.offsets[:MAX_TEXT]
    title = _ids(tokenizer, claim.title)[:MAX_TITLE] if draw.random() < 0.7 else []
    separator = tokenizer.token_to_id("[SEP]")
    head = [tokenizer.token_to_id("[CLS]"), *sentence, separator]
    marked = [-1.0] * len(head)
    if claim.marked is not None:
        for place, (start, end) in enumerate(offsets, 1):
            marked[place] = float(any(start < b and end > a for a, b in claim.marked))
    passage = _ids(tokenizer, claim.passage)[:_PASSAGE]
    ids = [*head, *title, *passage, separator]
    return _Row(ids, len(head), float(not claim.supported), marked)


def _ids(tokenizer: Any, text: str) -> list[int]:
    ids: list[int] = tokenizer.encode(text, add_special_tokens=False).ids
    return ids


def _batch(rows: Sequence[_Row]) -> Batch:
    shape = (len(rows), max(len(row.ids) for row in rows))
    ids, types = torch.zeros(shape, dtype=torch.long), torch.zeros(shape, dtype=torch.long)
    mask, marked = torch.zeros(shape, dtype=torch.bool), torch.full(shape, -1.0)
    for place, row in enumerate(rows):
        size = len(row.ids)
        ids[place, :size] = torch.tensor(row.ids)
        types[place, row.body : size] = 1
        mask[place, :size] = True
        marked[place, : len(row.marked)] = torch.tensor(row.marked)
    return Batch(ids, types, mask, torch.tensor([row.wrong for row in rows]), marked)
