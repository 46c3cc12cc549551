"""The bundled encoder on ONNX Runtime: token ids in, hidden states out, without torch."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Array = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int32]

LAYERS, HEADS, WIDTH, INNER = 6, 12, 384, 1536  # of all-MiniLM-L6-v2
_KINDS = ("weight", "bias")
_STORED = {"F32": np.float32, "F16": np.float16}
GRAPH = Path(__file__).with_name("minilm.onnx")
# What the graph calls a layer's weights, and what the published file calls them.
_PARTS = {
    "mix": "attention.output.dense",
    "up": "intermediate.dense",
    "down": "output.dense",
    "mix.norm": "attention.output.LayerNorm",
    "down.norm": "output.LayerNorm",
}


class Encoder:
    """BERT's layers over embedded tokens.

    `tensors` holds the weights under the names of the published file; those of the embeddings
    may be memory-mapped, since only the rows of the tokens at hand are read.
    """

    def __init__(self, tensors: Mapping[str, Array], *, threads: int = 0) -> None:
        import onnxruntime as ort

        self._words = tensors["embeddings.word_embeddings.weight"]
        self._places = np.asarray(tensors["embeddings.position_embeddings.weight"])
        self._types = np.asarray(tensors["embeddings.token_type_embeddings.weight"])
        # The session reads these arrays as long as it lives.
        self._weights = _graph_weights(tensors)
        values = {
            name: ort.OrtValue.ortvalue_from_numpy(array) for name, array in self._weights.items()
        }
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        options.add_external_initializers(list(values), list(values.values()))
        self._session = ort.InferenceSession(
            GRAPH.read_bytes(), options, providers=["CPUExecutionProvider"]
        )

    def __call__(self, ids: Ids, types: Ids, mask: Ids) -> Array:
        """Hidden states, shape (texts, tokens, 384), of ids with segment types and padding mask."""
        embedded = self._words[ids] + self._places[: ids.shape[1]] + self._types[types]
        found = self._session.run(
            ["hidden"],
            {"embedded": embedded.astype(np.float32, copy=False), "mask": mask.astype(np.int32)},
        )
        hidden: Array = found[0]
        return hidden


def load_tokenizer(folder: Path) -> Tokenizer:
    """The tokenizer of a model's folder, for whole texts: it neither pads nor cuts."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def mapped_tensors(file: Path) -> dict[str, Array]:
    """The tensors of a safetensors file in float32; those stored so are mapped, not read.

    The format: 8 bytes of length, a JSON header with each tensor's place, then the values.
    """
    raw = np.memmap(file, dtype=np.uint8, mode="r")
    length = int.from_bytes(raw[:8].tobytes(), "little")
    header = json.loads(raw[8 : 8 + length].tobytes())
    tensors: dict[str, Array] = {}
    for name, entry in header.items():
        if name == "__metadata__" or entry["dtype"] not in _STORED:
            continue
        start, end = entry["data_offsets"]
        values = raw[8 + length + start : 8 + length + end].view(_STORED[entry["dtype"]])
        tensors[name] = values.astype(np.float32, copy=False).reshape(entry["shape"])
    return tensors


def weight_shapes() -> dict[str, tuple[int, ...]]:
    """The names and shapes of the graph's weights."""
    shapes: dict[str, tuple[int, ...]] = {"norm.weight": (WIDTH,), "norm.bias": (WIDTH,)}
    for layer in range(LAYERS):
        shapes |= {
            f"{layer}.qkv.weight": (WIDTH, 3 * WIDTH),
            f"{layer}.qkv.bias": (3 * WIDTH,),
            f"{layer}.mix.weight": (WIDTH, WIDTH),
            f"{layer}.mix.bias": (WIDTH,),
            f"{layer}.up.weight": (WIDTH, INNER),
            f"{layer}.up.bias": (INNER,),
            f"{layer}.down.weight": (INNER, WIDTH),
            f"{layer}.down.bias": (WIDTH,),
        }
        for norm in ("mix.norm", "down.norm"):
            shapes |= {f"{layer}.{norm}.weight": (WIDTH,), f"{layer}.{norm}.bias": (WIDTH,)}
    return shapes


def _graph_weights(tensors: Mapping[str, Array]) -> dict[str, Array]:
    """The graph's weights from the published ones: transposed, queries to values joined."""
    weights = {f"norm.{kind}": tensors[f"embeddings.LayerNorm.{kind}"] for kind in _KINDS}
    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}."
        for kind in _KINDS:
            joined = [tensors[f"{at}attention.self.{n}.{kind}"] for n in ("query", "key", "value")]
            weights[f"{layer}.qkv.{kind}"] = np.concatenate(joined).T
            for ours, theirs in _PARTS.items():
                weights[f"{layer}.{ours}.{kind}"] = tensors[f"{at}{theirs}.{kind}"].T
    return {name: np.ascontiguousarray(array, dtype=np.float32) for name, array in weights.items()}
