"""Nearest neighbours of a question: by Chroma while it agrees with the library, else exactly."""

from __future__ import annotations

import os
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Sequence

import numpy as np

from index import rows
from index.chroma.address import ChromaAddress
from index.chroma.client import ChromaAway, ChromaFailure
from index.chroma.collection import Neighbour, Stamp, collection_name
from index.chroma.kept import KeptCollection
from index.embedding import Vectors
from index.errors import LibraryError, LibraryLocked
from index.locks import exclusive, shared
from index.models import current_model
from index.store import Store
from index.types import Filters

VECTORS = "The vector index"  # how a problem with it begins
_MISMATCH = "it did not match the library"
_BATCH = 4096  # vectors read at a time: 6 MB of MiniLM's
_PATIENCE = 0.1  # seconds that a question waits for a write of this process before it goes round it
_TURN = 10.0  # seconds that a write waits for searches to end; they take milliseconds
_QUICKLY_REBUILT = 20_000  # passages: 5 seconds on two cores
_REST = 300.0  # seconds for which a collection that could not be mended is left alone
_BUSY = "it is in use"
_MOST_OF_THE_CLOUD = 300  # neighbours that Chroma Cloud gives at most for one query
_AWAY = 60.0  # the same of a server that cannot be reached
_EXACTLY = 50_000  # passages compared one by one where a server is away: 0.4 s on busy cores


class VectorIndex:
    """Keeps a Chroma collection in step with the store and searches it.

    Chroma can be damaged by a kill, lose vectors without an error, and shows a process little of
    what another one wrote. So every write is stamped with the state that the library is then in,
    each search compares stamps, and a collection that disagrees, raises, or does not find its own
    vectors is rebuilt from the store, without embedding anything; on a server, it is sent what it
    lacks. While another process writes, or a filter is set (Chroma's are slow), the store's
    vectors are searched exactly; so they are while Chroma cannot be mended, which is said once and
    tried again later. A library that is too large for that is then searched by words alone.
    """

    def __init__(
        self, store: Store, *, address: ChromaAddress, on_notice: Callable[[str], None]
    ) -> None:
        self._store = store
        self._address = address
        self._on_notice = on_notice
        self._folder = store.folder / "chroma"
        self._turns = store.folder / "chroma.lock"  # readers share it, a writer has it alone
        self._guard = threading.RLock()
        self._chroma: KeptCollection | None = None
        self._resting_until = 0.0  # on the monotonic clock
        self._trouble = _BUSY  # why it was left alone last
        self._counted: tuple[str | None, int] = (None, 0)  # a state and how many passages it has

    @property
    def most(self) -> int:
        """The greatest number of neighbours without filters that one search gives."""
        return _MOST_OF_THE_CLOUD if self._address.place == "cloud" else sys.maxsize

    def search(
        self, db: sqlite3.Connection, vector: Vectors, *, top_k: int, filters: Filters
    ) -> list[Neighbour]:
        """The `top_k` passages nearest to a unit vector, best first, as of the transaction `db`."""
        expected = self._expected(db)
        if expected is None or not expected.passages:
            return []
        if filters:
            return exact(db, vector, top_k=top_k, filters=filters)
        trouble = _BUSY  # a write of this process, or a question that waits for a server
        if self._guard.acquire(timeout=_PATIENCE):
            try:
                found = self._ask_chroma(db, vector, min(top_k, self.most), expected)
                trouble = self._trouble if self._resting else _BUSY
            finally:
                self._guard.release()
            if found is not None:
                return found
        if not self._address.local and expected.passages > _EXACTLY:
            self._on_notice(
                f"The vector index cannot be used ({trouble}): passages were found by their words "
                "alone, not by their meaning."
            )
            return []
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
            return

    def _apply(
        self,
        db: sqlite3.Connection,
        removed: Sequence[int],
        added: Sequence[int],
        vectors: Sequence[Vectors],
    ) -> None:
        after = self._expected(db)
        if after is None or self._resting:
            return
        before = Stamp(
            generation=after.generation - 1,
            state=rows.get_meta(db, "state_before") or "",
            fingerprint=after.fingerprint,
            passages=after.passages - len(added) + len(removed),
        )
        try:
            done = self._collection(db).write(
                db, before, after, removed=removed, added=added, vectors=vectors
            )
        except ChromaAway as error:  # the library has what was written; the server gets it later
            self._rest(str(error), _AWAY)
        except ChromaFailure as error:
            self._mend(db, after, str(error))
        else:
            if not done:
                self._mend(db, after, _MISMATCH if before.passages else None)

    def forget(self, removed: Sequence[int]) -> None:
        """Bring the collection to a committed removal; call it under the library's write lock.

        Chroma's files keep the vectors of what was deleted until it happens to compact them. Where
        that takes no more than a few seconds they are made anew, without them.
        """
        with self._store.reading() as db:
            expected = self._expected(db)
        small = expected is not None and expected.passages <= _QUICKLY_REBUILT
        if not small or not self._address.local:
            self.apply(removed, [], [])
            return
        try:
            self.rebuild()
        except LibraryLocked:  # a reader that never lets go: the stamps will differ
            return

    def rebuild(self) -> None:
        """Make the collection anew from the store's vectors; call it under the write lock."""
        with self._guard, exclusive(self._turns, wait=_TURN), self._store.reading() as db:
            expected = self._expected(db)
            if expected is not None:
                self._rebuild(db, expected, None)

    def problem(self) -> str | None:
        """What is wrong with the collection in one line, None when it agrees with the store."""
        if self._address.local and not os.path.lexists(self._folder):
            return None  # it was not made yet, as in a fresh backup: the first search makes it
        with self._guard, shared(self._turns) as free, self._store.reading() as db:
            expected = self._expected(db)
            if expected is None or not expected.passages or not free:
                return None
            try:
                if self._collection(db).agrees(db, expected):
                    return None
            except ChromaFailure as error:
                return f"{VECTORS} cannot be read: {error}."
            return f"{VECTORS} does not match the library."

    def close(self) -> None:
        """Let go of Chroma."""
        with self._guard:
            chroma, self._chroma = self._chroma, None
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
                wanted = min(top_k, expected.passages)
                found = self._collection(db).found(db, vector, wanted, expected)
            except ChromaAway as error:
                self._rest(str(error), _AWAY)
                return None
            except ChromaFailure as error:
                found = str(error)
        if not isinstance(found, str):
            return found
        self._repair(found)
        return None

    def _repair(self, reason: str) -> None:
        """Mend the collection, unless a writer is at work: that one will bring it up to date."""
        if self._chroma is not None:
            self._chroma.doubt()
        try:
            with (
                self._store.locked(wait=0),
                exclusive(self._turns, wait=0),
                self._store.reading() as db,
            ):
                expected = self._expected(db)
                # Another process may have mended it, or finished its write, since we looked.
                if expected is not None and not self._sound(db, expected):
                    self._mend(db, expected, reason)
        except LibraryLocked:
            return
        except LibraryError as error:  # a full disk, say: the question can be answered all the same
            self._rest(error.message.rstrip("."))

    def _sound(self, db: sqlite3.Connection, expected: Stamp) -> bool:
        try:
            return self._collection(db).agrees(db, expected)
        except ChromaFailure:
            return False

    def _mend(self, db: sqlite3.Connection, expected: Stamp, reason: str | None) -> None:
        """Bring the collection to the library: a folder's is made anew, a server's is sent less."""
        if self._address.local:
            self._rebuild(db, expected, reason)
            return
        try:
            sent = self._collection(db).mend(db, expected)
        except ChromaFailure as error:
            self._rest(str(error), _AWAY)
            return
        if sent is None:
            place = self._address.place
            self._rest(f"it lacks many passages, which `assistant move --to {place}` sends")
            return
        self._resting_until = 0.0
        if reason is not None:
            self._on_notice(
                "The vector index was brought up to date from the library (passages sent or "
                f"deleted: {sent:,}): {reason}."
            )

    def _rebuild(self, db: sqlite3.Connection, expected: Stamp, reason: str | None) -> None:
        """Make the collection anew, and say so where there is a reason to give."""
        try:
            self._collection(db).rebuild(db, expected)
        except ChromaFailure as error:
            self._rest(str(error))
            return
        self._resting_until = 0.0
        if reason is not None:
            self._on_notice(
                f"The vector index was rebuilt from the library ({expected.passages:,} passages): "
                f"{reason}."
            )

    def _rest(self, reason: str, seconds: float = _REST) -> None:
        self._trouble = reason
        self._resting_until = time.monotonic() + seconds
        if self._chroma is not None:
            self._chroma.doubt()
        if self._address.local or self._counted[1] <= _EXACTLY:  # else each search says it
            self._on_notice(
                f"The vector index cannot be used ({reason}): passages are compared one by one "
                "until it can."
            )

    @property
    def _resting(self) -> bool:
        return time.monotonic() < self._resting_until

    def _collection(self, db: sqlite3.Connection) -> KeptCollection:
        if self._chroma is None:
            self._chroma = KeptCollection(self._address, self._folder, collection_name(db))
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
