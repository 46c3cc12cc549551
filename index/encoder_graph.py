"""Writes minilm.onnx, the encoder's graph without weights: `python -m index.encoder_graph`.

For developers: needs the package `onnx`. The graph is BERT's (Devlin et al., 2019) in the operators
that ONNX Runtime has fused kernels for. Embeddings are looked up outside, so that their 47 MB
stay in the file of the model's package; every weight is handed over when a session is made.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from index.encoder import GRAPH, HEADS, LAYERS, WIDTH, weight_shapes

_FUSED = "com.microsoft"
_EPSILON = 1e-12


class _Graph:
    """Nodes in order, each named after its output."""

    def __init__(self, helper: Any) -> None:
        self.nodes: list[Any] = []
        self._helper = helper

    def add(self, op: str, inputs: list[str], out: str, domain: str = "", **settings: Any) -> str:
        self.nodes.append(self._helper.make_node(op, inputs, [out], domain=domain, **settings))
        return out

    def layer(self, hidden: str, number: int, out: str) -> str:
        """Self-attention and feed-forward, each added to what it was given and normalized."""
        at = f"{number}."
        seen = self.add(
            "Attention",
            [hidden, f"{at}qkv.weight", f"{at}qkv.bias", "mask"],
            f"{at}seen",
            _FUSED,
            num_heads=HEADS,
        )
        mixed = self.add("MatMul", [seen, f"{at}mix.weight"], f"{at}mixed")
        hidden = self._added(mixed, hidden, f"{at}mix", f"{at}attended")
        wide = self.add("MatMul", [hidden, f"{at}up.weight"], f"{at}wide")
        active = self.add("BiasGelu", [wide, f"{at}up.bias"], f"{at}active", _FUSED)
        narrow = self.add("MatMul", [active, f"{at}down.weight"], f"{at}narrow")
        return self._added(narrow, hidden, f"{at}down", out)

    def _added(self, new: str, old: str, name: str, out: str) -> str:
        weights = [f"{name}.norm.weight", f"{name}.norm.bias", f"{name}.bias"]
        return self.add(
            "SkipLayerNormalization", [new, old, *weights], out, _FUSED, epsilon=_EPSILON
        )


def main() -> None:
    """Write the graph beside this module."""
    import onnx
    from onnx import TensorProto, helper

    graph = _Graph(helper)
    hidden = graph.add(
        "LayerNormalization",
        ["embedded", "norm.weight", "norm.bias"],
        "normalized",
        axis=-1,
        epsilon=_EPSILON,
    )
    for number in range(LAYERS):
        hidden = graph.layer(hidden, number, "hidden" if number == LAYERS - 1 else f"{number}.out")
    info = helper.make_tensor_value_info
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "minilm",
            [
                info("embedded", TensorProto.FLOAT, ["texts", "tokens", WIDTH]),
                info("mask", TensorProto.INT32, ["texts", "tokens"]),
            ],
            [info("hidden", TensorProto.FLOAT, ["texts", "tokens", WIDTH])],
            [_placeholder(onnx, name, shape) for name, shape in weight_shapes().items()],
        ),
        opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid(_FUSED, 1)],
        ir_version=9,
    )
    Path(GRAPH).write_bytes(model.SerializeToString())


def _placeholder(onnx: Any, name: str, shape: tuple[int, ...]) -> Any:
    """A tensor that says where its values would be; the session is given them instead."""
    tensor = onnx.TensorProto(name=name, dims=shape, data_type=onnx.TensorProto.FLOAT)
    tensor.data_location = onnx.TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "given-at-run-time"
    return tensor


if __name__ == "__main__":
    main()
