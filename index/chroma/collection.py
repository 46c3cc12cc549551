"""One Chroma collection: opened, written, stamped and queried, in a folder or on a server."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from index import rows
from index.chroma.address import ChromaAddress
from index.chroma.client import (
    ChromaFailure,
    ChromaMissing,
    FolderDoor,
    ServerDoor,
    door_to,
    failures,
)
from index.embedding import Vectors

if TYPE_CHECKING:
    from chromadb.api.models.Collection import Collection
    from numpy.typing import NDArray

_WRITE = 250  # records a call: within the limits of the folder, the server and the cloud alike
_PAGE = 10_000  # names a call, where the server is not the cloud, which gives as many as it takes


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a collection holds, or should: which state of a library, by which model."""

    generation: int
    state: str  # the library's name for what that generation holds
    fingerprint: str
    passages: int


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A passage near a query, with the cosine of the angle between them."""

    passage: int
    cosine: float


@dataclass(frozen=True, slots=True)
class _File:
    name: str
    inode: int
    size: int  # bytes


@dataclass(frozen=True, slots=True)
class Mark:
    """What a collection says of itself, as far as that can be known without looking at all of it.

    It holds the state that the library had at `generation`; where it is not `whole`, something
    between that state and an earlier one of the same library. `top` is the highest number of its
    passages, 0 where it does not say.
    """

    generation: int
    state: str
    fingerprint: str
    whole: bool
    top: int


def collection_name(db: sqlite3.Connection) -> str:
    """What a library's collection is called: after its own name, for a server may hold several."""
    return f"articles-{rows.get_meta(db, 'library')}"


class ChromaCollection:
    """A library's vectors in Chroma, which holds nothing that the library does not hold too.

    It gets numbers of passages and their vectors, never a word. Every method may raise
    ChromaFailure; ChromaAway says that a server is, or seems, out of reach.
    """

    def __init__(self, address: ChromaAddress, folder: Path, name: str) -> None:
        self.local = address.local
        self._address = address
        self._folder = folder
        self._name = name
        self._door: FolderDoor | ServerDoor | None = None
        self._collection: Collection | None = None
        self._files: frozenset[_File] = frozenset()

    @failures()
    def open(self) -> None:
        """Open the collection as it is now, also when another process has changed it since."""
        if self.local:
            self.close()
            self._folder.mkdir(parents=True, exist_ok=True)
        if self._door is None:  # a server's sees all writes
            self._door = door_to(self._address, self._folder)
        try:
            self._collection = self._collection_now(self._door)
        except ChromaMissing:
            self._collection = self._door.create(self._name)
        self._files = self._files_now()

    @failures()
    def _collection_now(self, door: FolderDoor | ServerDoor) -> Collection:
        return door.collection(self._name)

    @contextmanager
    def within(self, seconds: float) -> Iterator[None]:
        """Let a server take no longer for all that it is asked in here."""
        with failures():
            if self._door is None and not self.local:
                self._door = door_to(self._address, self._folder)
        if isinstance(self._door, ServerDoor):
            with self._door.within(seconds):
                yield
        else:
            yield

    def close(self) -> None:
        """Let go of the connection; the collection stays."""
        door, self._door, self._collection = self._door, None, None
        if door is not None:
            with suppress(ChromaFailure), failures():  # a damaged one may not close: it is let go
                door.close()

    @property
    def opened(self) -> bool:
        """Whether it is open, and nothing has replaced or cut its files since."""
        return self._collection is not None and self._files == self._files_now()

    @failures()
    def stamp(self, *, counted: bool = True) -> Stamp | None:
        """What the collection now says it holds, with the true count; None in mid-write.

        Without `counted`, the count is -1, and a server is asked once instead of twice.
        """
        mark = self.marked()
        if mark is None or not mark.whole:
            return None
        passages = self.count() if counted else -1
        return Stamp(mark.generation, mark.state, mark.fingerprint, passages)

    @failures()
    def marked(self) -> Mark | None:
        """What the collection now says of itself; None where that is nothing."""
        if self._door is not None:
            self._collection = self._collection_now(self._door)
        meta = self._open_collection.metadata or {}
        if not {"generation", "state", "fingerprint"} <= meta.keys():
            return None
        return Mark(
            generation=int(str(meta["generation"])),
            state=str(meta["state"]),
            fingerprint=str(meta["fingerprint"]),
            whole=meta.get("whole") != "no",
            top=int(str(meta.get("top", 0))),
        )

    @failures()
    def begin(self, stamp: Stamp, top: int) -> None:
        """Say that a write towards a state has begun, whose highest passage number is `top`."""
        self._say(stamp, top=top, whole=False)

    @failures()
    def mark(self, stamp: Stamp) -> None:
        """Write the stamp, when all of it is there."""
        meta = self._open_collection.metadata or {}
        begun = meta.get("state") == stamp.state
        self._say(stamp, top=int(str(meta.get("top", 0))) if begun else 0, whole=True)

    def _say(self, stamp: Stamp, *, top: int, whole: bool) -> None:
        self._open_collection.modify(
            metadata={
                "library": self._name,
                "generation": str(stamp.generation),
                "state": stamp.state,
                "fingerprint": stamp.fingerprint,
                "top": str(top),
                "whole": "yes" if whole else "no",
            }
        )
        self._files = self._files_now()

    @failures()
    def count(self) -> int:
        """How many passages it holds."""
        return int(self._open_collection.count())

    @failures()
    def numbers(self) -> NDArray[np.int64]:
        """The numbers of all passages in it, in no order."""
        parts: list[NDArray[np.int64]] = []
        page = _WRITE if self._address.place == "cloud" else _PAGE
        found = 0
        while True:
            ids = self._open_collection.get(limit=page, offset=found, include=[])["ids"]
            if not ids:
                return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)
            parts.append(np.array(ids, dtype=np.int64))
            found += len(ids)

    @failures()
    def upsert(self, numbers: Sequence[int], vectors: Vectors) -> None:
        """Store the vectors of passages."""
        for start in range(0, len(numbers), _WRITE):
            batch = slice(start, start + _WRITE)
            self._open_collection.upsert(
                ids=[str(number) for number in numbers[batch]], embeddings=vectors[batch]
            )

    @failures()
    def delete(self, numbers: Sequence[int]) -> None:
        """Forget the vectors of passages."""
        for start in range(0, len(numbers), _WRITE):
            self._open_collection.delete(ids=[str(n) for n in numbers[start : start + _WRITE]])

    @failures()
    def query(self, vector: Vectors, top_k: int) -> list[Neighbour]:
        """The nearest passages to one vector of shape (dimension,), nearest first."""
        found = self._open_collection.query(
            query_embeddings=vector.reshape(1, -1), n_results=top_k, include=["distances"]
        )
        distances = found["distances"] or [[]]
        return [
            Neighbour(int(number), 1.0 - float(distance))
            for number, distance in zip(found["ids"][0], distances[0], strict=True)
        ]

    @failures()
    def empty(self) -> None:
        """Leave nothing in it."""
        if self.local:
            self.close()
            _empty(self._folder)
        else:
            self.open()
            # A collection that somebody made for us, who may not make any, is left in its place.
            used = self.marked() is not None or self.count() > 0
            if self._door is not None and used:
                self._door.drop(self._name)
        self.open()

    @failures()
    def rebuild(self, batches: Iterable[tuple[Sequence[int], Vectors]]) -> None:
        """Start from nothing and store the given vectors; the caller marks it when all are in."""
        self.empty()
        for numbers, vectors in batches:
            self.upsert(numbers, vectors)

    @failures()
    def server_version(self) -> str:
        """What a server says of its version; empty for a folder."""
        if self._door is None and not self.local:
            self._door = door_to(self._address, self._folder)
        return self._door.version() if isinstance(self._door, ServerDoor) else ""

    @failures()
    def look(self) -> int:
        """How many passages it holds, without making it; raises ChromaMissing."""
        if self._door is None:
            self._door = door_to(self._address, self._folder)
        self._collection = self._collection_now(self._door)
        return self.count()

    @property
    def _open_collection(self) -> Collection:
        if self._collection is None:
            self.open()
        if self._collection is None:
            raise RuntimeError("open() left no collection")
        return self._collection

    def _files_now(self) -> frozenset[_File]:
        """Chroma's files as far as only a write, or damage, changes them.

        Its SQLite file grows under other writers too, and is read anew at each call; the rest is
        read into memory once.
        """
        if not self.local:
            return frozenset()
        return frozenset(_files_below(self._folder))


def _files_below(folder: Path) -> Iterator[_File]:
    for place, _, names in os.walk(folder):
        for name in names:
            if name.startswith("chroma.sqlite3-"):  # its log comes and goes
                continue
            try:
                status = (Path(place) / name).stat()
            except OSError:
                continue
            yield _File(name, status.st_ino, 0 if name == "chroma.sqlite3" else status.st_size)


def _empty(folder: Path) -> None:
    """Leave nothing in a folder; the folder stays, since it may be a link or a disk of its own."""
    if folder.is_file():
        folder.unlink()
    folder.mkdir(parents=True, exist_ok=True)
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        else:
            entry.unlink()
