"""Nearest neighbours of a question: by Chroma while it agrees with the library, else exactly."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence

import numpy as np

from index import rows
from index.chroma import ChromaCollection, ChromaFailure, Neighbour, Stamp
from index.embedding import Vectors
from index.errors import LibraryError, LibraryLocked
from index.locks import exclusive, shared
from index.models import current_model
from index.store import Store
from index.types import Filters

_MISMATCH = "it did not match the library"
_BATCH = 4096  # vectors read at a time: 6 MB of MiniLM's
_PATIENCE = 0.1  # seconds that a question waits for a write of this process before it goes round it
_TURN = 10.0  # seconds that a write waits for searches to end; they take milliseconds
_PROBES = 5  # passages that must find themselves when a collection is opened
_PROBE_DEPTH = 50  # neighbours that each of them must have
_QUICKLY_REBUILT = 20_000  # passages: 5 seconds on two cores
_REST = 300.0  # seconds for which a collection that could not be mended is left alone


class VectorIndex:
    """Keeps a Chroma collection in step with the store and searches it.

    Chroma can be damaged by a kill, lose vectors without an error, and shows a process little of
    what another one wrote. So every write is stamped with the state that the library is then in,
    each search compares stamps, and a collection that disagrees, raises, or does not find its own
    vectors is rebuilt from the store, without embedding anything. While another process writes,
    or a filter is set (Chroma's are slow), the store's vectors are searched exactly; so they are
    while Chroma cannot be mended, which is said once and tried again after five minutes.
    """

    def __init__(self, store: Store, *, address: str, on_notice: Callable[[str], None]) -> None:
        self._store = store
        self._address = address
        self._on_notice = on_notice
        self._folder = store.folder / "chroma"
        self._turns = store.folder / "chroma.lock"  # readers share it, a writer has it alone
        self._guard = threading.RLock()
        self._chroma: ChromaCollection | None = None
        self._agreed: Stamp | None = None  # what the open collection was last found to hold
        self._resting_until = 0.0  # on the monotonic clock
        self._counted: tuple[str | None, int] = (None, 0)  # a state and how many passages it has

    def search(
        self, db: sqlite3.Connection, vector: Vectors, *, top_k: int, filters: Filters
    ) -> list[Neighbour]:
        """The `top_k` passages nearest to a unit vector, best first, as of the transaction `db`."""
        expected = self._expected(db)
        if expected is None or not expected.passages:
            return []
        if not filters and self._guard.acquire(timeout=_PATIENCE):
            try:
                found = self._ask_chroma(db, vector, top_k, expected)
            finally:
                self._guard.release()
            if found is not None:
                return found
        return exact(db, vector, top_k=top_k, filters=filters)

    def apply(
        self, removed: Sequence[int], added: Sequence[int], vectors: Sequence[Vectors]
    ) -> None:
        """Bring the collection from the generation before a committed write to the one after it.

        `vectors` are arrays of rows which, one below the other, belong to `added`.
        Call it under the library's write lock. Nothing that happens here can undo the write: a
        failure leaves the collection unstamped, and so to be rebuilt.
        """
        try:
            with self._guard, exclusive(self._turns, wait=_TURN), self._store.reading() as db:
                self._apply(db, removed, added, vectors)
        except LibraryLocked:  # a reader that never lets go: the stamps will differ
            self._agreed = None

    def _apply(
        self,
        db: sqlite3.Connection,
        removed: Sequence[int],
        added: Sequence[int],
        vectors: Sequence[Vectors],
    ) -> None:
        after = self._expected(db)
        if after is None or self._resting:
            self._agreed = None
            return
        before = Stamp(
            generation=after.generation - 1,
            state=rows.get_meta(db, "state_before") or "",
            fingerprint=after.fingerprint,
            passages=after.passages - len(added) + len(removed),
        )
        try:
            chroma = self._collection(db)
            # Those to be added are in the store already, and not yet to be found.
            if not self._agrees(db, chroma, before, below=min(added, default=None)):
                self._rebuild(db, after, _MISMATCH if before.passages else None)
                return
            self._agreed = None
            chroma.mark(None)
            chroma.delete(removed)
            if added:
                chroma.upsert(added, np.concatenate(vectors))
            chroma.mark(after)
            self._agreed = after
        except ChromaFailure as error:
            self._rebuild(db, after, str(error))

    def forget(self, removed: Sequence[int]) -> None:
        """Bring the collection to a committed removal; call it under the library's write lock.

        Chroma's files keep the vectors of what was deleted until it happens to compact them. Where
        that takes no more than a few seconds they are made anew, without them.
        """
        with self._store.reading() as db:
            expected = self._expected(db)
        small = expected is not None and expected.passages <= _QUICKLY_REBUILT
        if not small or self._address != "local":
            self.apply(removed, [], [])
            return
        try:
            self.rebuild()
        except LibraryLocked:  # a reader that never lets go: the stamps will differ
            self._agreed = None

    def rebuild(self) -> None:
        """Make the collection anew from the store's vectors; call it under the write lock."""
        with self._guard, exclusive(self._turns, wait=_TURN), self._store.reading() as db:
            expected = self._expected(db)
            if expected is not None:
                self._rebuild(db, expected, None)

    def problem(self) -> str | None:
        """What is wrong with the collection in one line, None when it agrees with the store."""
        if self._address == "local" and not os.path.lexists(self._folder):
            return None  # it was not made yet, as in a fresh backup: the first search makes it
        with self._guard, shared(self._turns) as free, self._store.reading() as db:
            expected = self._expected(db)
            if expected is None or not expected.passages or not free:
                return None
            try:
                if self._agrees(db, self._collection(db), expected):
                    return None
            except ChromaFailure as error:
                return f"The vector index cannot be read: {error}"
            return "The vector index does not match the library."

    def close(self) -> None:
        """Let go of Chroma."""
        with self._guard:
            chroma, self._chroma, self._agreed = self._chroma, None, None
            self._resting_until = 0.0
            if chroma is not None:
                chroma.close()

    def _ask_chroma(
        self, db: sqlite3.Connection, vector: Vectors, top_k: int, expected: Stamp
    ) -> list[Neighbour] | None:
        """Chroma's answer, None when it cannot be trusted now and the store must be searched."""
        if self._resting:
            return None
        with shared(self._turns) as free:
            if not free:
                return None
            try:
                reason = _MISMATCH
                if self._agrees(db, self._collection(db), expected):
                    wanted = min(top_k, expected.passages)
                    found = self._collection(db).query(vector, wanted)
                    if len(found) == wanted:
                        return found
                    reason = "it had lost vectors"
            except ChromaFailure as error:
                reason = str(error)
        self._repair(reason)
        return None

    def _repair(self, reason: str) -> None:
        """Rebuild the collection, unless a writer is at work: that one will bring it up to date."""
        self._agreed = None
        try:
            with (
                self._store.locked(wait=0),
                exclusive(self._turns, wait=0),
                self._store.reading() as db,
            ):
                expected = self._expected(db)
                # Another process may have mended it, or finished its write, since we looked.
                if expected is not None and not self._sound(db, expected):
                    self._rebuild(db, expected, reason)
        except LibraryLocked:
            return
        except LibraryError as error:  # a full disk, say: the question can be answered all the same
            self._rest(error.message.rstrip("."))

    def _sound(self, db: sqlite3.Connection, expected: Stamp) -> bool:
        try:
            return self._agrees(db, self._collection(db), expected)
        except ChromaFailure:
            return False

    def _agrees(
        self,
        db: sqlite3.Connection,
        chroma: ChromaCollection,
        expected: Stamp,
        *,
        below: int | None = None,
    ) -> bool:
        """Whether the collection holds what it should; opens it anew before saying no."""
        if chroma.opened and self._agreed == expected and chroma.stamp() == expected:
            return True
        self._agreed = None
        chroma.open()
        if chroma.stamp() != expected or not self._finds_itself(db, chroma, expected, below):
            return False
        self._agreed = expected
        return True

    def _finds_itself(
        self, db: sqlite3.Connection, chroma: ChromaCollection, expected: Stamp, below: int | None
    ) -> bool:
        """Whether some passages, with numbers under `below` if given, are found as themselves."""
        model = current_model(db)
        depth = min(_PROBE_DEPTH, expected.passages)
        for vector in rows.sample_vectors(db, model.number, _PROBES, below) if model else ():
            nearest = chroma.query(vector, depth)
            # Equal texts have equal vectors: that the nearest is as near as itself is enough.
            if len(nearest) < depth or nearest[0].cosine < 0.999:
                return False
        return True

    def _rebuild(self, db: sqlite3.Connection, expected: Stamp, reason: str | None) -> None:
        """Make the collection anew, and say so where there is a reason to give."""
        self._agreed = None
        model = current_model(db)
        if model is None:
            return
        try:
            chroma = self._collection(db)
            chroma.rebuild(rows.vector_batches(db, model.number, Filters(), size=_BATCH))
            chroma.mark(expected)
            if chroma.stamp() != expected or not self._finds_itself(db, chroma, expected, None):
                raise ChromaFailure("it does not hold what was written to it")
        except ChromaFailure as error:
            self._rest(str(error))
            return
        self._agreed = expected
        self._resting_until = 0.0
        if reason is not None:
            self._on_notice(
                f"The vector index was rebuilt from the library ({expected.passages} passages): "
                f"{reason}."
            )

    def _rest(self, reason: str) -> None:
        self._resting_until = time.monotonic() + _REST
        self._on_notice(
            f"The vector index cannot be used ({reason}): passages are compared one by one until "
            "it can."
        )

    @property
    def _resting(self) -> bool:
        return time.monotonic() < self._resting_until

    def _collection(self, db: sqlite3.Connection) -> ChromaCollection:
        if self._chroma is None:
            name = f"articles-{rows.get_meta(db, 'library')}"
            self._chroma = ChromaCollection(self._address, self._folder, name)
        return self._chroma

    def _expected(self, db: sqlite3.Connection) -> Stamp | None:
        model = current_model(db)
        if model is None:
            return None
        state = rows.get_meta(db, "state") or ""
        counted, passages = self._counted
        if not state or counted != state:  # to count 200,000 rows at each search takes too long
            passages = rows.count(db, "passages")
            self._counted = (state, passages)
        return Stamp(rows.generation(db), state, model.fingerprint, passages)


def exact(
    db: sqlite3.Connection, vector: Vectors, *, top_k: int, filters: Filters
) -> list[Neighbour]:
    """The nearest passages by comparing with every vector that passes the filters."""
    model = current_model(db)
    best: list[Neighbour] = []
    if model is None:
        return best
    for numbers, vectors in rows.vector_batches(db, model.number, filters, size=_BATCH):
        cosines = vectors @ vector
        for place in np.argsort(-cosines)[:top_k]:
            best.append(Neighbour(numbers[place], float(cosines[place])))
        best = sorted(best, key=lambda neighbour: -neighbour.cosine)[:top_k]
    return best
