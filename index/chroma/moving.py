"""Moving a library's vectors to another Chroma: resumed where it stopped, verified at the end."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from index import rows
from index.chroma import mirror
from index.chroma.address import ChromaAddress
from index.chroma.client import ChromaAway, ChromaFailure
from index.chroma.collection import ChromaCollection, Stamp, collection_name
from index.embedding import Vectors
from index.errors import LibraryError, PathUnusable
from index.locks import exclusive
from index.models import current_model
from index.store import Store
from index.types import Filters

_BATCH = 1000  # vectors read and sent at a time
_PAUSES = (1.0, 2.0, 4.0, 8.0, 15.0)  # seconds before a server that went away is tried again
_SAMPLES = 20  # passages whose neighbours are compared with the true ones
_NEAREST = 10  # of each
_TURN = 10.0  # seconds until searches have let go of a folder
_ENOUGH = 0.9  # of the true neighbours; Chroma's are approximate, and commonly give 0.98

T = TypeVar("T")
OnProgress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """A collection that now holds a library's vectors.

    `recall` is the share of the true nearest neighbours of random passages that it finds.
    """

    passages: int
    sent: int  # now; the others were there already
    recall: float
    seconds: float


def move_vectors(
    store: Store, address: ChromaAddress, *, on_progress: OnProgress | None = None
) -> Moved:
    """Make a Chroma hold a library's vectors, without embedding anything; the library stays.

    On a server, what an earlier run has sent is not sent again, others read and write meanwhile,
    and what they wrote is sent last, while writes wait. A folder is made from nothing, and writes
    wait. `on_progress` is told how many of how many passages are there. Raises LibraryLocked,
    PathUnusable for a library without passages, and LibraryError when Chroma does not do it.
    """
    begun = time.monotonic()
    with store.reading() as db:
        if not store.exists or not _expected(db).passages:
            raise PathUnusable(
                f"There are no articles in {store.folder} to move.", "Check the name of its folder."
            )
        name = collection_name(db)
    chroma = ChromaCollection(address, store.folder / "chroma", name)
    mover = _Mover(store, chroma, on_progress or (lambda *_: None))
    try:
        with exclusive(store.folder / "move.lock", wait=0):
            (mover.make_folder if address.local else mover.fill_server)()
            with store.reading() as db:
                passages = chroma.count()
                recall = _recall(db, chroma)
    except ChromaFailure as error:
        raise LibraryError(
            f"The vectors could not be moved to {address}: {error}.",
            "What was sent is kept there: the same command goes on from it."
            if mover.sent
            else "Check the address and what lets one in, and that the server runs.",
        ) from error
    finally:
        chroma.close()
    if recall < _ENOUGH:
        raise LibraryError(
            f"{address} holds the vectors, but finds only {recall:.0%} of the true neighbours.",
            "Run the same command again; if that does not help, remove its collection "
            f"{name!r} first.",
        )
    return Moved(
        passages=passages, sent=mover.sent, recall=recall, seconds=time.monotonic() - begun
    )


class _Mover:
    """One move, and how far it has come."""

    def __init__(self, store: Store, chroma: ChromaCollection, on_progress: OnProgress) -> None:
        self._store = store
        self._chroma = chroma
        self._on_progress = on_progress
        self._total = 0
        self._done = 0
        self.sent = 0

    def make_folder(self) -> None:
        """Make the folder's index anew; it is of no use before it is whole."""
        turns = self._store.folder / "chroma.lock"
        with (
            self._store.locked(),
            exclusive(turns, wait=_TURN),
            self._store.reading() as db,
        ):
            expected, model = _expected(db), current_model(db)
            if model is None:
                return
            self._total = expected.passages
            batches = rows.vector_batches(db, model.number, Filters(), size=_BATCH)
            self._chroma.rebuild(self._watched(batches))
            self._chroma.begin(expected, rows.highest_passage(db))
            self._chroma.mark(expected)

    def fill_server(self) -> None:
        """Send a server what it lacks, first beside the writers, then the rest before them."""
        sent_of, there = self._kept_trying(self._send_most)
        with self._store.locked(), self._store.reading() as db:
            expected = _expected(db)
            if expected.fingerprint != sent_of:
                raise ChromaFailure("the library took another embedding model meanwhile")
            self._total = expected.passages
            rest = mirror.remaining(db, there)
            self._kept_trying(lambda: mirror.settle(db, self._chroma, expected, rest, self._count))
            if self._chroma.stamp() != expected:
                raise ChromaFailure(
                    f"it holds {self._chroma.count()} passages instead of {expected.passages}"
                )

    def _send_most(self) -> tuple[str, mirror.Numbers]:
        """Send what the library holds at the start; gives the numbers that are there at the end.

        Before them comes the fingerprint of the model whose vectors were sent.

        Each batch is read by itself: a transaction as long as the move would keep the library's
        log from being folded into it.
        """
        with self._store.reading() as db:
            expected = _expected(db)
            self._chroma.open()
            debt = mirror.owed(db, self._chroma, expected)
            if debt is None:  # it has no limit here
                raise RuntimeError("a debt without a limit was too large")
            if debt.anew:
                self._chroma.empty()
            if len(debt):
                self._chroma.begin(expected, rows.highest_passage(db))
        self._total, self._done = expected.passages, len(debt.held)
        self._on_progress(self._done, self._total)
        for start in range(0, len(debt.missing), _BATCH):
            with self._store.reading() as db:
                batch = list(mirror.vectors_at(db, debt.missing[start : start + _BATCH]))
            for numbers, vectors in batch:
                self._chroma.upsert(numbers, vectors)
                self._count(len(numbers))
        there = np.union1d(np.union1d(debt.held, debt.missing), debt.gone)
        return expected.fingerprint, there

    def _kept_trying(self, step: Callable[[], T]) -> T:
        """What a step gives, which is begun again a few times where the server goes away."""
        for pause in _PAUSES:
            before = self.sent
            try:
                return step()
            except ChromaAway as error:
                if not error.again and self.sent == before:
                    raise
            time.sleep(pause)
        return step()

    def _count(self, number: int) -> None:
        self.sent += number
        self._done = min(self._done + number, self._total)
        self._on_progress(self._done, self._total)

    def _watched(
        self, batches: Iterator[tuple[list[int], Vectors]]
    ) -> Iterator[tuple[Sequence[int], Vectors]]:
        for numbers, vectors in batches:
            yield numbers, vectors
            self._count(len(numbers))


def _expected(db: sqlite3.Connection) -> Stamp:
    """What a collection should hold, as of the transaction `db`."""
    model = current_model(db)
    return Stamp(
        rows.generation(db),
        rows.get_meta(db, "state") or "",
        model.fingerprint if model else "",
        rows.count(db, "passages") if model else 0,
    )


def _recall(db: sqlite3.Connection, chroma: ChromaCollection) -> float:
    """The share of the nearest neighbours of random passages that Chroma finds.

    A neighbour that is as near as the last of the true ones counts: equal texts stand everywhere.
    """
    model = current_model(db)
    samples = list(rows.sample_vectors(db, model.number, _SAMPLES, None)) if model else []
    if model is None or not samples:
        return 1.0
    queries = np.stack(samples)
    best = np.full((len(samples), 0), -1.0, dtype=np.float32)
    for _, vectors in rows.vector_batches(db, model.number, Filters(), size=4096):
        best = np.sort(np.hstack([best, queries @ vectors.T]), axis=1)[:, -_NEAREST:]
    found = 0
    for query, cosines in zip(queries, best, strict=True):
        near = chroma.query(query, best.shape[1])
        found += sum(neighbour.cosine >= cosines[0] - 1e-4 for neighbour in near)
    return found / best.size
