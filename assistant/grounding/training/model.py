"""The check of sentences as a torch module: the reader's encoder with three heads."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import nn
from torch.nn import functional

from assistant.grounding.training.batches import Batch
from assistant.reader.spans import WEIGHTS as READER
from assistant.reader.training.model import WIDTH, ReaderModel

_MARKED = 3.0  # weight of a wrong word piece against one that is not: there are fewer


class EntailmentModel(nn.Module):
    """The shipped reader's encoder, its embeddings and lowest layer frozen."""

    def __init__(self, folder: Path, *, frozen: int = 1) -> None:
        super().__init__()
        from safetensors.torch import load_file

        encoder = ReaderModel(folder, frozen=frozen).encoder
        trained = {
            name: tensor.float()
            for name, tensor in load_file(READER).items()
            if not name.startswith("head.")
        }
        encoder.load_state_dict(trained, strict=False)
        self.encoder = encoder
        self.joint = nn.Linear(3 * WIDTH, WIDTH)
        self.whole = nn.Linear(WIDTH, 1)
        self.token = nn.Linear(WIDTH, 1)
        nn.init.constant_(self.token.bias, -3.0)  # most word pieces are right

    def forward(
        self, ids: torch.Tensor, types: torch.Tensor, mask: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Logits of B x T token ids: B that a sentence as a whole is wrong, B x T that a token is.

        Outside of the sentence those of tokens are far below 0.
        """
        hidden = self.encoder(
            input_ids=ids, token_type_ids=types, attention_mask=mask
        ).last_hidden_state.float()
        ours = ~types.bool() & mask
        ours[:, 0] = False
        theirs = types.bool() & mask
        strongest = [
            hidden.masked_fill(~side.unsqueeze(-1), -1e4).max(1).values for side in (ours, theirs)
        ]
        joint = self.joint(torch.cat([hidden[:, 0], *strongest], -1))
        whole = self.whole(functional.gelu(joint)).squeeze(-1)
        return whole, self.token(hidden).squeeze(-1).masked_fill(~ours, -1e4)


def loss_of(said: tuple[torch.Tensor, torch.Tensor], batch: Batch) -> torch.Tensor:
    """Cross entropy of each of the two verdicts, of their sum, and of marked word pieces."""
    whole, tokens = (logits.float() for logits in said)
    worst = tokens.max(1).values
    entropy = functional.binary_cross_entropy_with_logits
    loss = (
        0.5 * entropy(whole, batch.wrong)
        + 0.5 * entropy(worst, batch.wrong)
        + entropy(whole + worst, batch.wrong)
    )
    known = batch.marked >= 0
    if known.any():
        weight = torch.tensor(_MARKED, device=tokens.device)
        loss = loss + 0.5 * entropy(tokens[known], batch.marked[known], pos_weight=weight)
    return loss
