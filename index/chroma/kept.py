"""A Chroma collection that is known to agree with its library, or else is made to."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from index import rows
from index.chroma import mirror
from index.chroma.address import ChromaAddress
from index.chroma.client import ChromaAway, ChromaFailure
from index.chroma.collection import ChromaCollection, Neighbour, Stamp
from index.embedding import Vectors
from index.models import current_model
from index.types import Filters

_QUESTION = 3.0  # seconds that a server may take for all that one question wants of it
_MENDING = 10.0  # and for what brings its collection up to date on the way
_QUICKLY_SENT = 5_000  # passages: 2 seconds to a server nearby
_PAUSE = 0.2  # seconds before a connection that was lost is tried once more
_COUNTED = 50_000  # passages that are counted at each question, in 2 ms
_BATCH = 4096  # vectors read at a time: 6 MB of MiniLM's
_LOST = "it does not hold what was written to it"


class KeptCollection:
    """A library's collection; every method but `close` may raise ChromaFailure.

    `db` is a read transaction, and `expected` what the collection should hold as of that.
    """

    def __init__(self, address: ChromaAddress, folder: Path, name: str) -> None:
        self._address = address
        self._chroma = ChromaCollection(address, folder, name)
        self._agreed: Stamp | None = None  # what it was last found to hold

    def doubt(self) -> None:
        """Let the next call look again at what the collection holds."""
        self._agreed = None

    def close(self) -> None:
        """Let go of Chroma."""
        self._agreed = None
        self._chroma.close()

    def agrees(self, db: sqlite3.Connection, expected: Stamp) -> bool:
        """Whether the collection holds what it should."""
        with self._chroma.within(_QUESTION):
            return self._agrees(db, expected)

    def found(
        self, db: sqlite3.Connection, vector: Vectors, wanted: int, expected: Stamp
    ) -> list[Neighbour] | str:
        """The nearest passages to a vector, or why there is no answer to be trusted.

        A connection that was lost is tried once more.
        """
        with self._chroma.within(_QUESTION):
            try:
                return self._found(db, vector, wanted, expected)
            except ChromaAway as error:
                if not error.again:
                    raise
            self._agreed = None
            time.sleep(_PAUSE)
            return self._found(db, vector, wanted, expected)

    def write(
        self,
        db: sqlite3.Connection,
        before: Stamp,
        after: Stamp,
        *,
        removed: Sequence[int],
        added: Sequence[int],
        vectors: Sequence[Vectors],
    ) -> bool:
        """Bring the collection from the state before a write to that after it.

        False where it did not hold the state before: it is then left as it is.
        """
        with self._chroma.within(_QUESTION):
            # Those to be added are in the store already, and not yet to be found.
            if not self._agrees(db, before, below=min(added, default=None)):
                return False
        self._agreed = None
        self._chroma.begin(after, rows.highest_passage(db))
        self._chroma.delete(removed)
        if added:
            self._chroma.upsert(added, np.concatenate(vectors))
        self._chroma.mark(after)
        self._agreed = after
        return True

    def mend(self, db: sqlite3.Connection, expected: Stamp) -> int | None:
        """Send a server what its collection lacks, and give how many passages that were.

        None where it is more than takes a moment.
        """
        self._agreed = None
        with self._chroma.within(_MENDING):
            self._chroma.open()
            debt = mirror.owed(db, self._chroma, expected, most=_QUICKLY_SENT)
            if debt is None:
                return None
            mirror.settle(db, self._chroma, expected, debt)
            if self._agrees(db, expected):
                return len(debt)
        if expected.passages > _QUICKLY_SENT:
            raise ChromaFailure(_LOST)
        self.rebuild(db, expected)
        return expected.passages

    def rebuild(self, db: sqlite3.Connection, expected: Stamp) -> None:
        """Make the collection anew from the library's vectors."""
        self._agreed = None
        model = current_model(db)
        if model is None:
            return
        self._chroma.rebuild(rows.vector_batches(db, model.number, Filters(), size=_BATCH))
        self._chroma.begin(expected, rows.highest_passage(db))
        self._chroma.mark(expected)
        if not self._agrees(db, expected):
            raise ChromaFailure(_LOST)

    def _found(
        self, db: sqlite3.Connection, vector: Vectors, wanted: int, expected: Stamp
    ) -> list[Neighbour] | str:
        if not self._agrees(db, expected):
            return "it did not match the library"
        found = self._chroma.query(vector, wanted)
        return found if len(found) == wanted else "it had lost vectors"

    def _agrees(self, db: sqlite3.Connection, expected: Stamp, *, below: int | None = None) -> bool:
        """Whether the collection holds what it should; opens it anew before saying no.

        Only passages with numbers under `below` are to be found yet, if that is given.
        """
        if self._chroma.opened and self._agreed == expected:
            # A server's count is one more way there and back, and a large folder's takes 40 ms.
            counted = self._address.local and expected.passages <= _COUNTED
            known = expected if counted else replace(expected, passages=-1)
            if self._chroma.stamp(counted=counted) == known:
                return True
        self._agreed = None
        self._chroma.open()
        if self._chroma.stamp() != expected:
            return False
        if not mirror.finds_itself(db, self._chroma, expected, below):
            return False
        self._agreed = expected
        return True
