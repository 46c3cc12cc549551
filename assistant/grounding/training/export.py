"""Writes what was taught as the package ships it: `python -m assistant.grounding.training.export`.

Each matrix's difference from the reader's as a product of two narrow ones: a fifth of the size.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.grounding.entailment import LEFT, RIGHT, WEIGHTS
from assistant.reader.spans import WEIGHTS as READER

if TYPE_CHECKING:
    import torch

_HEADS = ("joint", "whole", "token")
RANK = 28


def main(arguments: Sequence[str] | None = None) -> None:
    """Turn a checkpoint or `entailment.pt` into entailment.safetensors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trained", type=Path, help="entailment.pt, or a checkpoint")
    parser.add_argument("--rank", type=int, default=RANK, help="columns of each narrow matrix")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    options = parser.parse_args(arguments)
    export(options.trained, options.out, rank=options.rank)


def export(trained: Path, out: Path, *, rank: int = RANK) -> None:
    """Write the heads, and what differs from the reader: whole, or as the nearest product.

    The nearest of that rank, in half precision, is by the singular value decomposition (Eckart and
    Young, 1936).
    """
    import torch
    from safetensors.torch import load_file, save_file

    loaded = torch.load(trained, map_location="cpu", weights_only=True)
    state: dict[str, torch.Tensor] = loaded.get("model", loaded)
    reader = load_file(READER)
    shipped: dict[str, torch.Tensor] = {}
    for name, tensor in state.items():
        ours = name.removeprefix("encoder.")
        if name.split(".")[0] in _HEADS:
            shipped[f"head.{name}"] = tensor.half().contiguous()
        elif ours not in reader or torch.equal(tensor.half(), reader[ours]):
            continue
        elif tensor.ndim == 1:
            shipped[ours] = tensor.half().contiguous()
        else:
            left, right = _product(tensor - reader[ours].float(), rank)
            shipped[f"{ours}{LEFT}"], shipped[f"{ours}{RIGHT}"] = left, right
    save_file(shipped, out)


def _product(matrix: torch.Tensor, rank: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The two narrow matrices, of like size, that come nearest to one in half precision."""
    import torch

    left, values, right = torch.linalg.svd(matrix, full_matrices=False)
    root = values[:rank].sqrt()
    ours, theirs = left[:, :rank] * root, root[:, None] * right[:rank]
    return ours.half().contiguous(), theirs.half().contiguous()


if __name__ == "__main__":
    main()
