"""The reader as a torch module: the bundled encoder with three small heads."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

from assistant.reader.training.batches import Batch

WIDTH = 384
_INSIDE = 0.5  # weight of the head that marks tokens, against those that mark the ends of a span
_ANSWERED = 1.0  # weight of the head that tells whether the passage answers


@dataclass(frozen=True, slots=True)
class Scores:
    """Logits: `start`, `end`, `inside` B x T, `answered` B."""

    start: torch.Tensor
    end: torch.Tensor
    inside: torch.Tensor
    answered: torch.Tensor


class ReaderModel(nn.Module):
    """all-MiniLM-L6-v2 with frozen embeddings and `frozen` lowest layers, and three heads.

    Dropout is off: on a CPU it costs more time than it is worth in so few passes.
    """

    def __init__(self, folder: Path, *, frozen: int = 0) -> None:
        super().__init__()
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
        from transformers import AutoModel

        self.encoder = AutoModel.from_pretrained(
            folder, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
        )
        self.encoder.pooler = None
        self.encoder.embeddings.requires_grad_(False)
        for layer in self.encoder.encoder.layer[:frozen]:
            layer.requires_grad_(False)
        self.tokens = nn.Linear(WIDTH, 3)
        self.passage = nn.Linear(2 * WIDTH, WIDTH)
        self.answered = nn.Linear(WIDTH, 1)

    def forward(self, ids: torch.Tensor, types: torch.Tensor, mask: torch.Tensor) -> Scores:
        """Logits for B x T token ids with their segment types and attention mask."""
        hidden = self.encoder(
            input_ids=ids, token_type_ids=types, attention_mask=mask
        ).last_hidden_state.float()
        start, end, inside = self.tokens(hidden).unbind(-1)
        passage = (types.bool() & mask).unsqueeze(-1)
        # The first token has read everything; the strongest token tells whether any one answers.
        strongest = hidden.masked_fill(~passage, -1e4).max(1).values
        joint = torch.cat([hidden[:, 0], strongest], -1)
        answered = self.answered(functional.gelu(self.passage(joint))).squeeze(-1)
        return Scores(start, end, inside, answered)


def loss_of(scores: Scores, batch: Batch) -> torch.Tensor:
    """Cross entropy of the span's ends where there is one; of tokens and passage everywhere."""
    outside = ~batch.readable
    has = batch.answered.bool()
    span = scores.start.new_zeros(())
    for logits, target in ((scores.start, batch.start), (scores.end, batch.end)):
        if has.any():
            span = span + 0.5 * functional.cross_entropy(
                logits[has].masked_fill(outside[has], -1e4), target[has], reduction="sum"
            )
    tokens = functional.binary_cross_entropy_with_logits(
        scores.inside, batch.inside, weight=batch.readable.float(), reduction="sum"
    )
    passage = functional.binary_cross_entropy_with_logits(
        scores.answered, batch.answered, reduction="sum"
    )
    return (span + _INSIDE * tokens / 5 + _ANSWERED * passage) / len(batch.answered)
