"""Writes the encoder's two graphs, without weights: `python -m index.minilm.graph`.

For developers: needs the package `onnx`. A graph is BERT's (Devlin et al., 2019) in the operators
that ONNX Runtime has fused kernels for; in whole numbers, what goes into a matrix is quantized
where that stands in the graph, by its own range. Embeddings are looked up outside, so that their
47 MB stay in the file of the model's package; every weight is handed over when a session is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from index.minilm.encoder import HEADS, LAYERS, SMOOTHED, WIDTH, Precision, weight_shapes

_FUSED = "com.microsoft"
_EPSILON = 1e-12


class _Graph:
    """Nodes in order, each named after its output."""

    def __init__(self, helper: Any, precision: Precision) -> None:
        self.nodes: list[Any] = []
        self.given: dict[str, str] = {}  # what goes into each matrix
        self._helper = helper
        self._precision = precision

    def add(self, op: str, inputs: list[str], out: str, domain: str = "", **settings: Any) -> str:
        self.split(op, inputs, [out], domain=domain, **settings)
        return out

    def split(
        self, op: str, inputs: list[str], outs: list[str], *, domain: str = "", **settings: Any
    ) -> None:
        self.nodes.append(self._helper.make_node(op, inputs, outs, domain=domain, **settings))

    def product(self, given: str, name: str, out: str) -> str:
        """What is given times the matrix of that name, without its bias."""
        matrix = f"{name}.weight"
        self.given[matrix] = given
        if self._precision is Precision.INT8:
            if name.split(".")[1] in SMOOTHED:
                given = self.add("Mul", [given, f"{matrix}.smooth"], f"{name}.smoothed")
            return self.add(
                "DynamicQuantizeMatMul", [given, matrix, f"{matrix}.scale"], out, _FUSED
            )
        return self.add("MatMul", [given, matrix], out)

    def layer(self, hidden: str, number: int, out: str) -> str:
        """Self-attention and feed-forward, each added to what it was given and normalized."""
        at = f"{number}."
        joined = self.product(hidden, f"{at}qkv", f"{at}joined")
        parts = [f"{at}queries", f"{at}keys", f"{at}values"]
        self.split("Split", [joined], parts, axis=-1, num_outputs=3)
        seen = self.add(
            "MultiHeadAttention",
            [*parts, f"{at}qkv.bias"],
            f"{at}seen",
            _FUSED,
            num_heads=HEADS,
        )
        mixed = self.product(seen, f"{at}mix", f"{at}mixed")
        hidden = self._added(mixed, hidden, f"{at}mix", f"{at}attended")
        wide = self.product(hidden, f"{at}up", f"{at}wide")
        active = self.add("BiasGelu", [wide, f"{at}up.bias"], f"{at}active", _FUSED)
        narrow = self.product(active, f"{at}down", f"{at}narrow")
        return self._added(narrow, hidden, f"{at}down", out)

    def _added(self, new: str, old: str, name: str, out: str) -> str:
        # ONNX Runtime's one operator for all of this takes six times as long, more than attention.
        biased = self.add("Add", [new, f"{name}.bias"], f"{out}.biased")
        summed = self.add("Add", [biased, old], f"{out}.sum")
        return self.normalized(summed, f"{name}.norm", out)

    def normalized(self, given: str, name: str, out: str) -> str:
        weights = [f"{name}.weight", f"{name}.bias"]
        return self.add("LayerNormalization", [given, *weights], out, axis=-1, epsilon=_EPSILON)


def main() -> None:
    """Write the graphs beside this module."""
    for precision in Precision:
        precision.graph.write_bytes(model(precision))


def model(precision: Precision, *, watched: Sequence[str] = ()) -> bytes:
    """A graph; what goes into the `watched` matrices comes out too, as "NAME.given"."""
    import onnx
    from onnx import TensorProto, helper

    graph = _Graph(helper, precision)
    hidden = graph.normalized("embedded", "norm", "normalized")
    for number in range(LAYERS):
        hidden = graph.layer(hidden, number, "hidden" if number == LAYERS - 1 else f"{number}.out")
    for name in watched:
        graph.add("Identity", [graph.given[name]], f"{name}.given")
    info = helper.make_tensor_value_info
    made = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "minilm",
            [info("embedded", TensorProto.FLOAT, ["texts", "tokens", WIDTH])],
            [
                info("hidden", TensorProto.FLOAT, ["texts", "tokens", WIDTH]),
                *(info(f"{name}.given", TensorProto.FLOAT, None) for name in watched),
            ],
            [
                _placeholder(onnx, name, shape, kind)
                for name, (shape, kind) in weight_shapes(precision).items()
            ],
        ),
        opset_imports=[helper.make_opsetid("", 18), helper.make_opsetid(_FUSED, 1)],
        ir_version=9,
    )
    written: bytes = made.SerializeToString()
    return written


def _placeholder(onnx: Any, name: str, shape: tuple[int, ...], kind: str) -> Any:
    """A tensor that says where its values would be; the session is given them instead."""
    numbers = {"float32": onnx.TensorProto.FLOAT, "int8": onnx.TensorProto.INT8}
    tensor = onnx.TensorProto(name=name, dims=shape, data_type=numbers[kind])
    tensor.data_location = onnx.TensorProto.EXTERNAL
    entry = tensor.external_data.add()
    entry.key, entry.value = "location", "given-at-run-time"
    return tensor


if __name__ == "__main__":
    main()
