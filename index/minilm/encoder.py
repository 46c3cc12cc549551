"""The bundled encoder on ONNX Runtime: token ids in, hidden states out, without torch."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt

from index.errors import EmbeddingUnavailable

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Array = npt.NDArray[np.float32]
Ids = npt.NDArray[np.int32]
Weights = npt.NDArray[np.float32] | npt.NDArray[np.int8]
Given = TypeVar("Given")
Made = TypeVar("Made")

LAYERS, HEADS, WIDTH, INNER = 6, 12, 384, 1536  # of all-MiniLM-L6-v2
_NEAR = 0.98  # the least mean cosine of texts' states in whole numbers to the exact ones
RANGES = Path(__file__).with_name("minilm_ranges.safetensors")
SMOOTHED = ("qkv", "up", "down")  # matrices whose input has such channels
_SMOOTHING = 0.75  # how much of a channel's size goes over into its weights; 0.5 and 1 were worse
_KINDS = ("weight", "bias")
_STORED = {"F32": np.float32, "F16": np.float16}
# What the graphs call a layer's weights, and what the published file calls them.
_PARTS = {
    "mix": "attention.output.dense",
    "up": "intermediate.dense",
    "down": "output.dense",
    "mix.norm": "attention.output.LayerNorm",
    "down.norm": "output.LayerNorm",
}


class Precision(Enum):
    """How the encoder multiplies: in float32, or four times as fast in whole numbers.

    Whole numbers are int8 for weights, with a scale for each output, and uint8 for what goes in,
    with a scale for each text. A few channels are up to fifteen times as large as the others and
    would leave those no steps: they are made smaller, and their weights larger (SmoothQuant, Xiao
    et al., 2023), by how large each was found to get. Passages of news then have a cosine of 0.998
    to the exact vectors (0.994 without).
    """

    FULL = "minilm.onnx"
    INT8 = "minilm_int8.onnx"

    @property
    def graph(self) -> Path:
        """The file with the graph, which holds no weights."""
        return Path(__file__).with_name(self.value)


@dataclass(frozen=True, slots=True)
class Tokens:
    """One text for the encoder: the ids of its word pieces, and the segment that each is in."""

    ids: Sequence[int]
    segments: Sequence[int] = ()  # none: all in the first


class EncoderUnavailable(EmbeddingUnavailable):
    """ONNX Runtime does not work on this machine."""


class Encoder:
    """BERT's layers over embedded tokens, one text at a time, each on one core.

    That is the quickest way through many texts (a sixth faster than batches of 8 on the cores
    together): nothing is padded, what a layer makes stays in the core's cache, cores do not wait
    for each other, and many callers take turns by the text. A text's states do not depend on what
    is read beside it. `tensors` holds the weights under the names of the published file; those of
    the embeddings may be memory-mapped, since only the rows of the tokens at hand are read.
    """

    def __init__(
        self, tensors: Mapping[str, Array], *, precision: Precision = Precision.FULL
    ) -> None:
        self._words = tensors["embeddings.word_embeddings.weight"]
        self._places = np.asarray(tensors["embeddings.position_embeddings.weight"])
        self._segments = np.asarray(tensors["embeddings.token_type_embeddings.weight"])
        # The session reads these arrays as long as it lives.
        self._weights = graph_weights(tensors, precision)
        self._session = session_of(precision.graph.read_bytes(), self._weights)
        self._cores = ThreadPoolExecutor(cores(), thread_name_prefix="encoder")

    def __call__(self, text: Tokens) -> Array:
        """The hidden states of one text, shape (tokens, 384)."""
        found = self._session.run(["hidden"], {"embedded": self.embedded(text)[None]})
        hidden: Array = found[0][0]
        return hidden

    def embedded(self, text: Tokens) -> Array:
        """What goes into the first layer, shape (tokens, 384)."""
        embedded = self._words[list(text.ids)] + self._places[: len(text.ids)]
        embedded += self._segments[list(text.segments) or 0]
        return embedded.astype(np.float32, copy=False)

    def each(self, work: Callable[[Given], Made], several: Sequence[Given]) -> list[Made]:
        """What `work`, which calls this encoder, makes of several things, spread over the cores."""
        if len(several) == 1:
            return [work(several[0])]
        return list(self._cores.map(work, several))


def quicker(full: Encoder, tensors: Mapping[str, Array], sample: Sequence[Tokens]) -> Encoder:
    """The encoder in whole numbers if on this CPU it is quicker than `full` and comes out right.

    Both read the sample, some texts of the kind that is to be read. Older CPUs have no instruction
    for sums of such products, and clip them.
    """
    whole = Encoder(tensors, precision=Precision.INT8)
    exact, exactly = _timed(full, sample)
    near, nearly = _timed(whole, sample)
    cosines = (exact * near).sum(1)
    return whole if nearly < exactly and float(cosines.mean()) >= _NEAR else full


def _timed(encoder: Encoder, sample: Sequence[Tokens]) -> tuple[Array, float]:
    """The direction of each text's mean state, and the CPU seconds that the quickest run took."""
    rounds: list[float] = []
    for _ in range(2):  # the first one allocates
        began = time.thread_time()
        means = np.stack([encoder(text).mean(0) for text in sample])
        rounds.append(time.thread_time() - began)
    directions: Array = means / np.linalg.norm(means, axis=1, keepdims=True)
    return directions, min(rounds)


def session_of(graph: bytes, weights: Mapping[str, Weights]) -> Any:
    """A session that runs a graph on one core; it reads the weights as long as it lives."""
    ort = _runtime()
    values = {name: ort.OrtValue.ortvalue_from_numpy(array) for name, array in weights.items()}
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    # More would fuse sums with normalizations, into an operator six times as slow as the two.
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_BASIC
    options.add_external_initializers(list(values), list(values.values()))
    return ort.InferenceSession(graph, options, providers=["CPUExecutionProvider"])


def _runtime() -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise EncoderUnavailable(
            f"ONNX Runtime cannot be loaded: {error}.",
            "Reinstall it: `pip install --force-reinstall --no-deps onnxruntime`.",
        ) from error
    return onnxruntime


def cores() -> int:
    """The number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


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


def weight_shapes(precision: Precision) -> dict[str, tuple[tuple[int, ...], str]]:
    """The names of a graph's weights, each with its shape and its numpy type."""
    shapes: dict[str, tuple[int, ...]] = {"norm.weight": (WIDTH,), "norm.bias": (WIDTH,)}
    matrices: dict[str, tuple[int, int]] = {}
    for layer in range(LAYERS):
        matrices |= {
            f"{layer}.qkv.weight": (WIDTH, 3 * WIDTH),
            f"{layer}.mix.weight": (WIDTH, WIDTH),
            f"{layer}.up.weight": (WIDTH, INNER),
            f"{layer}.down.weight": (INNER, WIDTH),
        }
        for norm in ("mix.norm", "down.norm"):
            shapes |= {f"{layer}.{norm}.weight": (WIDTH,), f"{layer}.{norm}.bias": (WIDTH,)}
    for name, (inputs, outputs) in matrices.items():
        shapes[name.replace(".weight", ".bias")] = (outputs,)
        if precision is Precision.INT8:
            shapes[f"{name}.scale"] = (outputs,)
            if name.split(".")[1] in SMOOTHED:
                shapes[f"{name}.smooth"] = (inputs,)
    of_matrices = "int8" if precision is Precision.INT8 else "float32"
    return {name: (shape, "float32") for name, shape in shapes.items()} | {
        name: (shape, of_matrices) for name, shape in matrices.items()
    }


def graph_weights(tensors: Mapping[str, Array], precision: Precision) -> dict[str, Weights]:
    """The graph's weights from the published ones: transposed, queries to values joined."""
    weights = {f"norm.{kind}": tensors[f"embeddings.LayerNorm.{kind}"] for kind in _KINDS}
    for layer in range(LAYERS):
        at = f"encoder.layer.{layer}."
        for kind in _KINDS:
            joined = [tensors[f"{at}attention.self.{n}.{kind}"] for n in ("query", "key", "value")]
            weights[f"{layer}.qkv.{kind}"] = np.concatenate(joined).T
            for ours, theirs in _PARTS.items():
                weights[f"{layer}.{ours}.{kind}"] = tensors[f"{at}{theirs}.{kind}"].T
    ranges = mapped_tensors(RANGES) if precision is Precision.INT8 else {}
    ready: dict[str, Weights] = {}
    for name, array in weights.items():
        if array.ndim == 2 and precision is Precision.INT8:
            ready |= _in_whole_numbers(name, array, ranges.get(name))
        else:
            ready[name] = np.ascontiguousarray(array, dtype=np.float32)
    return ready


def _in_whole_numbers(name: str, matrix: Array, size: Array | None) -> dict[str, Weights]:
    """A matrix (inputs x outputs) as int8, the scale of each output, and what evens out the inputs.

    `size` is how large each input gets, None where they are even enough.
    """
    ready: dict[str, Weights] = {}
    if size is not None:
        least = np.float32(1e-6)
        factor = np.maximum(size, least) ** _SMOOTHING
        factor /= np.maximum(np.abs(matrix).max(1), least) ** (1 - _SMOOTHING)
        factor /= np.exp(np.log(factor).mean())
        matrix = np.asarray(matrix * factor[:, None], dtype=np.float32)
        ready[f"{name}.smooth"] = (1 / factor).astype(np.float32)
    scale = np.maximum(np.abs(matrix).max(0) / 127, np.finfo(np.float32).tiny)
    ready[name] = np.ascontiguousarray(np.rint(matrix / scale), dtype=np.int8)
    ready[f"{name}.scale"] = scale.astype(np.float32)
    return ready
