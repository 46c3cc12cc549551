"""Which embedding models a library's vectors are of, and whether the one at hand fits them."""

from __future__ import annotations

import shlex
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from index.embedding import Embedder
from index.errors import EmbeddingMismatch


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """The embedding model of a library's vectors."""

    number: int
    fingerprint: str
    name: str
    dimension: int


def current_model(db: sqlite3.Connection) -> Model | None:
    """The model whose vectors are searched; None before the first article."""
    return _model(db, "number = (SELECT value FROM meta WHERE key = 'model')")


def model_of(db: sqlite3.Connection, embedder: Embedder) -> Model | None:
    """What the library knows of an embedder; None when it has no vectors of it."""
    return _model(db, "fingerprint = ?", embedder.fingerprint)


def add_model(db: sqlite3.Connection, embedder: Embedder, dimension: int) -> int:
    """The number of an embedder's model, which is entered when it is new.

    Raises EmbeddingMismatch when its vectors have another length than they had before.
    """
    db.execute(
        "INSERT OR IGNORE INTO models (fingerprint, name, dimension) VALUES (?, ?, ?)",
        (embedder.fingerprint, embedder.name, dimension),
    )
    model = model_of(db, embedder)
    if model is None:
        raise ValueError(f"model {embedder.fingerprint} was not entered")
    require_dimension(model, dimension)
    return model.number


def require_model(db: sqlite3.Connection, embedder: Embedder, folder: Path) -> None:
    """Raise EmbeddingMismatch when the library has vectors and they are not the embedder's."""
    model = current_model(db)
    if model is None or model.fingerprint == embedder.fingerprint:
        return
    if not db.execute("SELECT 1 FROM passages").fetchone():
        return
    if model.name == embedder.name:  # a name alone cannot bring back an object that was handed in
        hint = "Hand in the same embedding again, or embed everything anew with "
    else:
        hint = "Leave the model out to use the library's own, or embed everything anew with "
    raise EmbeddingMismatch(
        f"The library {folder} was made with the embedding model {model.name!r} "
        f"({model.fingerprint}), not with {embedder.name!r} ({embedder.fingerprint}).",
        f"{hint}`assistant reindex --library {shlex.quote(str(folder))} "
        f"--embedding {shlex.quote(embedder.name)}`.",
    )


def require_dimension(model: Model, dimension: int) -> None:
    """Raise EmbeddingMismatch unless vectors of a model have the length that they always had."""
    if model.dimension != dimension:
        raise EmbeddingMismatch(
            f"The embedding model {model.name!r} gives vectors of {dimension} numbers; the "
            f"library's have {model.dimension}.",
            "It is another model under the same name: hand in the one that made the library.",
        )


def _model(db: sqlite3.Connection, condition: str, *values: str) -> Model | None:
    row = db.execute(
        f"SELECT number, fingerprint, name, dimension FROM models WHERE {condition}", values
    ).fetchone()
    return None if row is None else Model(**dict(row))
