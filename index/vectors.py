"""Nearest neighbours of a question: by Chroma while it agrees with the library, else exactly."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Sequence

import numpy as np

from index import rows
from index.chroma import ChromaCollection, ChromaFailure, Neighbour, Stamp
from index.embedding import Vectors
from index.errors import LibraryLocked
from index.locks import exclusive, shared
from index.store import Store
from index.types import Filters

_BATCH = 4096  # vectors read at a time: 6 MB of MiniLM's
_PATIENCE = 0.1  # seconds that a question waits for a write of this process before it goes round it
_PROBES = 3  # passages that must find themselves when a collection is opened


class VectorIndex:
    """Keeps a Chroma collection in step with the store and searches it.

    Chroma can be damaged by a kill, lose vectors without an error, and shows a process nothing of
    what another one wrote. So every write is stamped with the library's generation, each search
    compares stamps, and a collection that disagrees, raises, or does not find its own vectors is
    rebuilt from the store, without embedding anything. While another process writes, or a filter
    is set (Chroma's are slow), the store's vectors are searched exactly.
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

    def search(
        self, db: sqlite3.Connection, vector: Vectors, *, top_k: int, filters: Filters
    ) -> list[Neighbour]:
        """The `top_k` nearest passages to a unit vector, nearest first, as of the transaction `db`."""
        expected = self._expected(db)
        if expected is None:
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
            with self._guard, exclusive(self._turns, wait=60), self._store.reading() as db:
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
        if after is None:
            return
        before_count = after.passages - len(added) + len(removed)
        before = Stamp(after.generation - 1, after.fingerprint, before_count)
        try:
            chroma = self._collection(db)
            if not self._agrees(db, chroma, before):
                reason = "it did not match the library"
                self._rebuild(db, after, None if before_count == 0 else reason)
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

    def rebuild(self) -> None:
        """Make the collection anew from the store's vectors; call it under the write lock."""
        with self._guard, exclusive(self._turns, wait=60), self._store.reading() as db:
            expected = self._expected(db)
            if expected is not None:
                self._rebuild(db, expected, None)

    def problem(self) -> str | None:
        """What is wrong with the collection in one line, None when it agrees with the store."""
        with self._guard, shared(self._turns) as free, self._store.reading() as db:
            expected = self._expected(db)
            if expected is None or not free:
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
            if chroma is not None:
                chroma.close()

    def _ask_chroma(
        self, db: sqlite3.Connection, vector: Vectors, top_k: int, expected: Stamp
    ) -> list[Neighbour] | None:
        """Chroma's answer, None when it cannot be trusted now and the store must be searched."""
        reason: str | None = None
        with shared(self._turns) as free:
            if not free:
                return None
            try:
                chroma = self._collection(db)
                if self._agrees(db, chroma, expected):
                    return chroma.query(vector, min(top_k, expected.passages))
                reason = "it did not match the library"
            except ChromaFailure as error:
                reason = str(error)
        self._repair(reason)
        return None

    def _repair(self, reason: str) -> None:
        """Rebuild the collection, unless a writer is at work: that one will bring it up to date."""
        try:
            with self._store.locked(wait=0), exclusive(self._turns, wait=0):
                with self._store.reading() as db:
                    expected = self._expected(db)
                    # Another process may have mended it, or finished its write, since we looked.
                    if expected is not None and not self._sound(db, expected):
                        self._rebuild(db, expected, reason)
        except LibraryLocked:
            return

    def _sound(self, db: sqlite3.Connection, expected: Stamp) -> bool:
        try:
            return self._agrees(db, self._collection(db), expected)
        except ChromaFailure:
            return False

    def _agrees(self, db: sqlite3.Connection, chroma: ChromaCollection, expected: Stamp) -> bool:
        """Whether the collection holds what it should; opens it anew before saying no."""
        if not chroma.opened or self._agreed != expected:
            self._agreed = None
            chroma.open()
            if chroma.stamp() != expected or not self._finds_itself(db, chroma):
                return False
            self._agreed = expected
            return True
        chroma.refresh()
        if chroma.local:  # its stamp cannot change under an open client, its contents must not
            return True
        return chroma.stamp() == expected

    def _finds_itself(self, db: sqlite3.Connection, chroma: ChromaCollection) -> bool:
        model = rows.current_model(db)
        sample = db.execute(
            "SELECT passage, data FROM vectors WHERE model = ? AND number IN "
            "(SELECT abs(random()) % (SELECT max(number) FROM vectors) + 1 FROM vectors LIMIT ?)",
            (model and model.number, _PROBES),
        ).fetchall()
        for _passage, data in sample:
            nearest = chroma.query(np.frombuffer(data, dtype="<f4").astype(np.float32), 1)
            # Equal texts have equal vectors: that the nearest is as near as itself is enough.
            if not nearest or nearest[0].cosine < 0.999:
                return False
        return True

    def _rebuild(self, db: sqlite3.Connection, expected: Stamp, reason: str | None) -> None:
        chroma = self._collection(db)
        self._agreed = None
        model = rows.current_model(db)
        if model is None:
            return
        try:
            chroma.rebuild(rows.vector_batches(db, model.number, Filters(), size=_BATCH))
            chroma.mark(expected)
        except ChromaFailure as error:
            self._on_notice(
                f"The vector index cannot be written ({error}): passages are "
                "compared one by one until it can."
            )
            return
        self._agreed = expected
        if reason is not None:
            self._on_notice(
                f"The vector index was rebuilt from the library ({expected.passages} passages): "
                f"{reason}."
            )

    def _collection(self, db: sqlite3.Connection) -> ChromaCollection:
        if self._chroma is None:
            name = f"articles-{rows.get_meta(db, 'library')}"
            self._chroma = ChromaCollection(self._address, self._folder, name)
        return self._chroma

    @staticmethod
    def _expected(db: sqlite3.Connection) -> Stamp | None:
        model = rows.current_model(db)
        passages = rows.count(db, "passages")
        if model is None:
            return None
        return Stamp(rows.generation(db), model.fingerprint, passages)


def exact(
    db: sqlite3.Connection, vector: Vectors, *, top_k: int, filters: Filters
) -> list[Neighbour]:
    """The nearest passages by comparing with every vector that passes the filters."""
    model = rows.current_model(db)
    best: list[Neighbour] = []
    if model is None:
        return best
    for numbers, vectors in rows.vector_batches(db, model.number, filters, size=_BATCH):
        cosines = vectors @ vector
        for place in np.argsort(-cosines)[:top_k]:
            best.append(Neighbour(numbers[place], float(cosines[place])))
        best = sorted(best, key=lambda neighbour: -neighbour.cosine)[:top_k]
    return best
