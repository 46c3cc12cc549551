"""Examples as token batches: cropped to a window, sorted by length, targets marked."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from assistant.reader.training.data import Example, noised

_QUESTION = 40  # word pieces of a question that are read
_TITLE = 24  # and of a headline


@dataclass(frozen=True, slots=True)
class Batch:
    """Tensors of one step; B examples, T tokens.

    `ids`, `types`, `mask`: B x T. `readable`: B x T, where a span may lie. `start`, `end`: B,
    first and last token of an answer, 0 where there is none. `inside`: B x T, 1 on every token of
    an answer. `answered`: B.
    """

    ids: torch.Tensor
    types: torch.Tensor
    mask: torch.Tensor
    readable: torch.Tensor
    start: torch.Tensor
    end: torch.Tensor
    inside: torch.Tensor
    answered: torch.Tensor

    def to(self, device: str) -> Batch:
        """The same batch on a device."""
        return Batch(*(getattr(self, name).to(device) for name in self.__slots__))


@dataclass(frozen=True, slots=True)
class _Row:
    ids: list[int]
    context: int  # place of the first token of the passage
    spans: list[tuple[int, int]]  # first and last token of each answer
    question: int  # tokens up to and with the first separator
    every: bool


class Encoding:
    """Tokenizes examples; passages are tokenized once, however many questions they have."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        self._cls = tokenizer.token_to_id("[CLS]")
        self._sep = tokenizer.token_to_id("[SEP]")
        self._known: dict[str, tuple[list[int], list[tuple[int, int]]]] = {}

    def row(self, example: Example, window: int, draw: random.Random) -> _Row:
        """An example as tokens, its passage cropped to `window` tokens around an answer."""
        ids, offsets = self._pieces(example.context)
        spans = [s for s in (_tokens(offsets, *span) for span in example.answers) if s]
        first = 0
        if len(ids) > window:
            low, high = 0, len(ids) - window
            if spans:  # anywhere, but with one answer whole
                start, end = draw.choice(spans)
                low, high = max(0, end - window + 1), min(high, start)
            first = draw.randint(min(low, high), max(low, high))
        last = min(len(ids), first + window)
        question = self._pieces(noised(example.question, draw))[0][:_QUESTION]
        title = self._pieces(example.title)[0][:_TITLE] if draw.random() < 0.7 else []
        head = [self._cls, *question, self._sep]
        place = len(head) + len(title)
        inside = [
            (start - first + place, end - first + place)
            for start, end in spans
            if start >= first and end < last
        ]
        return _Row(
            [*head, *title, *ids[first:last], self._sep],
            place,
            inside,
            len(head),
            example.every,
        )

    def _pieces(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        if text not in self._known:
            encoded = self._tokenizer.encode(text, add_special_tokens=False)
            self._known[text] = (encoded.ids, encoded.offsets)
        return self._known[text]


def batches(
    examples: Sequence[Example],
    encoding: Encoding,
    *,
    window: int,
    tokens: int,
    seed: int,
) -> Iterator[Batch]:
    """Batches of at most `tokens` tokens, padding included, in an order that `seed` fixes."""
    draw = random.Random(seed)
    ordered: list[list[_Row]] = []
    for begin in range(0, len(examples), 2048):
        rows = [encoding.row(example, window, draw) for example in examples[begin : begin + 2048]]
        rows.sort(key=lambda row: len(row.ids))
        groups: list[list[_Row]] = [[]]
        for row in rows:
            if groups[-1] and (len(groups[-1]) + 1) * len(row.ids) > tokens:
                groups.append([])
            groups[-1].append(row)
        draw.shuffle(groups)
        ordered += groups
    for group in ordered:
        yield _batch(group, draw)


def _batch(rows: Sequence[_Row], draw: random.Random) -> Batch:
    longest = max(len(row.ids) for row in rows)
    shape = (len(rows), longest)
    ids, types = torch.zeros(shape, dtype=torch.long), torch.zeros(shape, dtype=torch.long)
    mask, readable = torch.zeros(shape, dtype=torch.bool), torch.zeros(shape, dtype=torch.bool)
    inside = torch.zeros(shape)
    start = torch.zeros(len(rows), dtype=torch.long)
    end = torch.zeros(len(rows), dtype=torch.long)
    for place, row in enumerate(rows):
        size = len(row.ids)
        ids[place, :size] = torch.tensor(row.ids)
        types[place, row.question : size] = 1
        mask[place, :size] = True
        readable[place, row.context : size - 1] = True
        if row.spans:
            chosen = draw.choice(row.spans)
            start[place], end[place] = chosen
            for first, last in row.spans if row.every else [chosen]:
                inside[place, first : last + 1] = 1
    return Batch(ids, types, mask, readable, start, end, inside, (start > 0).float())


def _tokens(offsets: Sequence[tuple[int, int]], start: int, end: int) -> tuple[int, int] | None:
    """First and last token that touch the characters from `start` to `end`."""
    touched = [n for n, (first, last) in enumerate(offsets) if first < end and last > start]
    return (touched[0], touched[-1]) if touched else None
