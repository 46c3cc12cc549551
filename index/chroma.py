"""One Chroma collection: opened, written, stamped and queried, in a folder or on a server."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from index.embedding import Vectors
from index.errors import InvalidOption

if TYPE_CHECKING:
    import httpx
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection

_WRITE = 250  # records a call: within the limits of the folder, the server and the cloud alike
_TIMEOUT = 30.0  # seconds that a server may take for one answer


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


class ChromaFailure(Exception):
    """Chroma could not do what it was asked; the collection is of no use until it is rebuilt."""


@contextmanager
def _failures() -> Iterator[None]:
    """Turn whatever comes out of Chroma into a ChromaFailure.

    It documents no errors for damaged files: its Python half raises many kinds, its Rust half
    panics, which derives from BaseException.
    """
    try:
        yield
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != "PanicException":
            raise
        text = str(error).strip() or type(error).__name__
        raise ChromaFailure(text.splitlines()[0].rstrip(".")) from error


class ChromaCollection:
    """A library's vectors in Chroma, which holds nothing that the library does not hold too.

    `address` is "local" (a folder of the library), "http://HOST:PORT" or "cloud" (tenant,
    database and key from Chroma's own variables). Every method may raise ChromaFailure.
    """

    def __init__(self, address: str, folder: Path, name: str) -> None:
        self.local = address == "local"
        self._address = address
        self._folder = folder
        self._name = name
        self._client: Client | None = None
        self._collection: Collection | None = None
        self._files: frozenset[_File] = frozenset()

    @_failures()
    def open(self) -> None:
        """Open the collection as it is now, also when another process has changed it since."""
        if self.local:
            self.close()
            self._folder.mkdir(parents=True, exist_ok=True)
        if self._client is None:  # a server's sees all writes: Chroma never frees one wholly
            self._client = _client(self._address, self._folder)
        self._collection = self._client.get_or_create_collection(
            self._name, embedding_function=None, configuration={"hnsw": {"space": "cosine"}}
        )
        self._files = self._files_now()

    def close(self) -> None:
        """Let go of the client; the collection stays."""
        client, self._client, self._collection = self._client, None, None
        if client is not None:
            sessions = list(_sessions(client))
            with suppress(ChromaFailure), _failures():  # a damaged one may not close: it is let go
                client.close()
            for session in sessions:
                session.close()

    @property
    def opened(self) -> bool:
        """Whether it is open, and nothing has replaced or cut its files since."""
        return self._collection is not None and self._files == self._files_now()

    @_failures()
    def stamp(self) -> Stamp | None:
        """What the collection now says it holds, with the true count; None in mid-write."""
        if self._client is not None:
            self._collection = self._client.get_collection(self._name, embedding_function=None)
        meta = self._open_collection.metadata or {}
        if not {"generation", "state", "fingerprint"} <= meta.keys():
            return None
        return Stamp(
            generation=int(str(meta["generation"])),
            state=str(meta["state"]),
            fingerprint=str(meta["fingerprint"]),
            passages=self._open_collection.count(),
        )

    @_failures()
    def mark(self, stamp: Stamp | None) -> None:
        """Write the stamp, or take it away for the time of a write."""
        values = {"library": self._name}
        if stamp is not None:
            values |= {
                "generation": str(stamp.generation),
                "state": stamp.state,
                "fingerprint": stamp.fingerprint,
            }
        self._open_collection.modify(metadata=values)
        self._files = self._files_now()

    @_failures()
    def upsert(self, numbers: Sequence[int], vectors: Vectors) -> None:
        """Store the vectors of passages."""
        for start in range(0, len(numbers), _WRITE):
            batch = slice(start, start + _WRITE)
            self._open_collection.upsert(
                ids=[str(number) for number in numbers[batch]], embeddings=vectors[batch]
            )

    @_failures()
    def delete(self, numbers: Sequence[int]) -> None:
        """Forget the vectors of passages."""
        for start in range(0, len(numbers), _WRITE):
            self._open_collection.delete(ids=[str(n) for n in numbers[start : start + _WRITE]])

    @_failures()
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

    @_failures()
    def rebuild(self, batches: Iterable[tuple[Sequence[int], Vectors]]) -> None:
        """Start from nothing and store the given vectors; the caller marks it when all are in."""
        if self.local:
            self.close()
            _empty(self._folder)
        else:
            self.open()
            if self._client is not None:
                self._client.delete_collection(self._name)
        self.open()
        for numbers, vectors in batches:
            self.upsert(numbers, vectors)

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


def check_address(address: str) -> None:
    """Raise InvalidOption when `address` is not one that `ChromaCollection` takes."""
    parts = urlsplit(address)
    try:
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if address not in {"local", "cloud"} and not usable:
        raise InvalidOption(
            f"The Chroma address {address!r} is not one.",
            "Use `local`, `http://HOST:PORT`, `https://HOST:PORT` or `cloud`.",
        )


def _client(address: str, folder: Path) -> Client:
    import chromadb
    from chromadb.config import Settings

    settings = Settings(anonymized_telemetry=False)
    if address == "local":
        return chromadb.PersistentClient(  # type: ignore[return-value]
            path=_fresh_spelling(folder), settings=settings
        )
    if address == "cloud":
        return chromadb.CloudClient(settings=settings)  # type: ignore[return-value]
    parts = urlsplit(address)
    secure = parts.scheme == "https"
    client: Client = chromadb.HttpClient(  # type: ignore[assignment]
        host=parts.hostname or "",
        port=parts.port or (443 if secure else 80),
        ssl=secure,
        settings=settings,
    )
    for session in _sessions(client):
        session.timeout = _TIMEOUT  # Chroma would wait for ever
    return client


def _sessions(client: Client) -> Iterator[httpx.Client]:
    """The HTTP connections of a server's client, which its `close` leaves open."""
    for part in (client, getattr(client, "_admin_client", None)):
        session = getattr(getattr(part, "_server", None), "_session", None)
        if session is not None:
            yield session


def _fresh_spelling(folder: Path) -> str:
    """The folder's path, spelled as no client of this process has spelled it.

    chromadb hands the same open database to every client of one path, so a second client would
    keep the first one's stale view of what another process has written.
    """
    bits = secrets.randbits(24)
    return str(folder) + "".join("/." if bits >> place & 1 else "/" for place in range(24))
