"""Which embedding model a name stands for, and those that sentence-transformers or others run."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Sequence
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from index.bars import progress_bars
from index.errors import EmbeddingUnavailable, InvalidOption
from index.minilm.encoder import Array as Vectors
from index.minilm.model import BUNDLED, SHA256, Embedder, MiniLM, bundled_folder, file_digest

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding

__all__ = ["BUNDLED", "Embedder", "SentenceTransformerEmbedder", "Vectors", "embedder_for"]

_BATCH = 16  # small batches, sorted by length: on a CPU, large allocations cost more than they save


def embedder_for(model: str | BaseEmbedding | None) -> Embedder:
    """The embedder of a sentence-transformers name or folder, or of a LlamaIndex embedding.

    Nothing is loaded before the first vector is asked for.
    """
    if model is None or model == BUNDLED:
        return _bundled()
    if isinstance(model, str):
        folder = Path(model).expanduser()
        # The library remembers the name, and may be opened from another working folder.
        return SentenceTransformerEmbedder(str(folder.absolute()) if folder.is_dir() else model)
    if not hasattr(model, "get_text_embedding_batch"):
        raise InvalidOption(
            f"embedding={model!r} is neither a model's name nor a LlamaIndex embedding.",
            "Pass a sentence-transformers name or folder, or a BaseEmbedding.",
        )
    return LlamaIndexEmbedder(model)


@lru_cache(maxsize=1)
def _bundled() -> MiniLM:
    """The bundled model, one for all libraries of a process: it never changes."""
    return MiniLM(SentenceTransformerEmbedder(BUNDLED), gpu=gpu_found)


class SentenceTransformerEmbedder:
    """A sentence-transformers model on whatever device torch finds."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._lock = threading.Lock()  # the tokenizer and the model are not safe to share

    @cached_property
    def fingerprint(self) -> str:
        """`<last part of the name>@<start of the weights' SHA-256>`; a remote model's name."""
        if self.name == BUNDLED:
            return f"{BUNDLED}@{SHA256[:16]}"
        weights = _weights_of(Path(self.name))
        if weights is None:
            return self.name
        return f"{Path(self.name).resolve().name}@{file_digest(weights)[:16]}"

    def embed(self, texts: Sequence[str], *, query: bool = False) -> Vectors:
        """Unit vectors of texts; `query` uses the model's own query prompt where it has one."""
        with self._lock:
            model = self._model
            encode = model.encode_query if query else model.encode_document
            if not texts:
                return np.zeros((0, model.get_embedding_dimension()), dtype=np.float32)
            vectors = encode(
                list(texts), batch_size=_BATCH, convert_to_tensor=True, show_progress_bar=False
            )
        return _unit(vectors.float().cpu().numpy(), len(texts), self.name)

    @cached_property
    def _model(self) -> Any:
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
        folder = bundled_folder() if self.name == BUNDLED else Path(self.name)
        local = folder.is_dir()
        try:
            import torch
            from sentence_transformers import SentenceTransformer

            # A local model needs no look-up on the hub: without a network those cost 70 s.
            with progress_bars(shown=not local):
                model = SentenceTransformer(
                    str(folder) if local else self.name, local_files_only=local
                )
        except (ImportError, OSError, ValueError, RuntimeError) as error:
            raise EmbeddingUnavailable(
                f"The embedding model {self.name!r} cannot be loaded: "
                f"{str(error).strip().splitlines()[0]}",
                "Check the name or folder; `assistant doctor` tells what is installed.",
            ) from error
        if _cpu_has_bf16():
            model = model.to(torch.bfloat16)  # 2-3 times as fast, vectors differ by cos 0.9999
        return model


class LlamaIndexEmbedder:
    """Any LlamaIndex embedding, seen as an `Embedder`."""

    def __init__(self, model: BaseEmbedding) -> None:
        self.name = model.model_name
        self._model = model
        self._lock = threading.Lock()

    @cached_property
    def fingerprint(self) -> str:
        """The class and model name of the embedding."""
        return f"{type(self._model).__name__}:{self._model.model_name}"

    def embed(self, texts: Sequence[str], *, query: bool = False) -> Vectors:
        """Unit vectors of texts, by the embedding's query or text method."""
        with self._lock:
            try:
                if query:
                    rows = [self._model.get_query_embedding(text) for text in texts]
                else:
                    rows = self._model.get_text_embedding_batch(list(texts))
            except Exception as error:  # each provider has errors of its own, and no common root
                reason = " ".join(str(error).split()) or type(error).__name__
                raise EmbeddingUnavailable(
                    f"The embedding {self.name!r} failed: {reason}",
                    "Check that its service answers; what was reported before is kept.",
                ) from error
        try:
            vectors = np.asarray(rows, dtype=np.float32).reshape(len(texts), -1 if rows else 0)
        except (TypeError, ValueError):  # None, or rows of different lengths
            vectors = np.zeros((0, 0), dtype=np.float32)
        return _unit(vectors, len(texts), self.name)


def _unit(vectors: Vectors, expected: int, name: str) -> Vectors:
    """The vectors at unit length, in float32 (normalizing in bf16 leaves errors of 0.3%)."""
    if vectors.ndim != 2 or len(vectors) != expected or not np.isfinite(vectors).all():
        raise EmbeddingUnavailable(
            f"The embedding model {name!r} gave unusable vectors (shape {vectors.shape}).",
            "Choose another one with `assistant reindex --embedding NAME`.",
        )
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.ascontiguousarray(vectors / np.where(lengths == 0, 1, lengths), dtype=np.float32)


def _weights_of(folder: Path) -> Path | None:
    for name in ("model.safetensors", "pytorch_model.bin"):
        if (folder / name).is_file():
            return folder / name
    return None


def gpu_found() -> bool:
    """Whether torch can use a GPU; imports torch only where a driver of one is installed."""
    if not (shutil.which("nvidia-smi") or Path("/dev/nvidiactl").exists()):
        return False
    import torch

    return bool(torch.cuda.is_available())


def _cpu_has_bf16() -> bool:
    import torch

    if torch.cuda.is_available():
        return False
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())
