"""Bringing a Chroma collection to what its library holds, by as little sending as that takes."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from index import rows
from index.chroma.collection import ChromaCollection, Mark, Stamp
from index.embedding import Vectors
from index.models import current_model

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]

_BATCH = 1000  # vectors read at a time
# Passages of which most must find themselves when a collection is opened. Chroma's graph is not
# exact: of a million sound vectors one in thirty is not among the 50 nearest to itself.
_PROBES = 9
_PROBE_DEPTH = 50  # neighbours that each of them must have


@dataclass(frozen=True, slots=True, eq=False)  # arrays have no plain equality
class Debt:
    """What a collection lacks of a library's passages, and holds too much.

    `anew` says that nothing it holds can be trusted: it is to be emptied first.
    """

    anew: bool
    gone: Numbers  # held there, and here no more
    missing: Numbers  # not held there, or perhaps with an earlier vector
    held: Numbers  # right as they are

    def __len__(self) -> int:
        return len(self.gone) + len(self.missing)


def owed(
    db: sqlite3.Connection, chroma: ChromaCollection, expected: Stamp, *, most: int | None = None
) -> Debt | None:
    """What separates an open collection from the library; None where that is more than `most`.

    Passage numbers are never used twice, so numbers tell what is missing and what is too much, if
    the collection holds what this library held once. That its stamp tells: each state has a name.
    One vector alone changes under its number, that of an article whose headline was corrected;
    those are few, and sent again.
    """
    here = _numbers(db)
    mark = chroma.marked()
    known = (
        mark is not None
        and mark.fingerprint == expected.fingerprint
        and mark.state in {expected.state, rows.get_meta(db, f"state {mark.generation}")}
    )
    if mark is None or not known:
        nothing = here[:0]
        return None if _over(len(here), most) else Debt(True, nothing, here, nothing)
    there = _named_by_its_mark(here, mark, chroma)
    if there is None:
        if _over(expected.passages, most):  # to name them all would take too long
            return None
        there = chroma.numbers()
    debt = compared(here, there, _retitled(db))
    return None if _over(len(debt), most) else debt


def compared(here: Numbers, there: Numbers, doubtful: Numbers) -> Debt:
    """What separates the numbers there from those here; the doubtful ones are sent again."""
    held = np.setdiff1d(np.intersect1d(here, there), doubtful)
    return Debt(False, np.setdiff1d(there, here), np.setdiff1d(here, held), held)


def remaining(db: sqlite3.Connection, there: Numbers) -> Debt:
    """What a collection lacks that is known to hold the passages `there`."""
    return compared(_numbers(db), there, _retitled(db))


def settle(
    db: sqlite3.Connection,
    chroma: ChromaCollection,
    expected: Stamp,
    debt: Debt,
    on_sent: Callable[[int], None] = lambda _: None,
) -> None:
    """Pay a debt, and stamp the collection as the state `expected` that `db` is in.

    A kill in between leaves what was sent, under a stamp that says so. `on_sent` is told how many
    vectors were sent with each step.
    """
    if debt.anew:
        chroma.empty()
    chroma.begin(expected, rows.highest_passage(db))
    chroma.delete(debt.gone.tolist())
    for numbers, vectors in vectors_at(db, debt.missing):
        chroma.upsert(numbers, vectors)
        on_sent(len(numbers))
    chroma.mark(expected)


def vectors_at(db: sqlite3.Connection, wanted: Numbers) -> Iterator[tuple[Sequence[int], Vectors]]:
    """The vectors of passages, a batch at a time; those that are gone are left out."""
    model = current_model(db)
    for start in range(0, len(wanted) if model else 0, _BATCH):
        some = rows.marks(wanted[start : start + _BATCH].tolist())
        found = db.execute(
            "SELECT passage, data FROM vectors WHERE model = ? "
            "AND passage IN (SELECT value FROM json_each(?)) ORDER BY passage",
            (model.number if model else 0, some),
        ).fetchall()
        if found:
            data = np.frombuffer(b"".join(row[1] for row in found), dtype="<f4")
            yield [row[0] for row in found], data.reshape(len(found), -1).astype(np.float32)


def finds_itself(
    db: sqlite3.Connection, chroma: ChromaCollection, expected: Stamp, below: int | None
) -> bool:
    """Whether most of some passages, with numbers under `below` if given, are found as themselves.

    A damaged collection finds few or none; that single ones are lost its count tells.
    """
    model = current_model(db)
    depth = min(_PROBE_DEPTH, expected.passages)
    found: list[bool] = []
    for vector in rows.sample_vectors(db, model.number, _PROBES, below) if model else ():
        nearest = chroma.query(vector, depth)
        if len(nearest) < depth:
            return False
        # Equal texts have equal vectors: that the nearest is as near as itself is enough.
        found.append(nearest[0].cosine >= 0.999)
    return 2 * sum(found) >= len(found)


def _named_by_its_mark(here: Numbers, mark: Mark, chroma: ChromaCollection) -> Numbers | None:
    """The numbers that a collection holds, where its mark and its count tell that by themselves.

    What was here up to its highest number, and is no more, can only have become less: where the
    count is still the same, so are the numbers.
    """
    if not mark.whole or not mark.top:
        return None
    known = here[here <= mark.top]
    return known if chroma.count() == len(known) else None


def _numbers(db: sqlite3.Connection) -> Numbers:
    """The numbers of all passages that have a vector of the library's model, in order."""
    model = current_model(db)
    found = db.execute(
        "SELECT passage FROM vectors WHERE model = ? ORDER BY passage",
        (model.number if model else 0,),
    )
    return np.fromiter((row[0] for row in found), dtype=np.int64)


def _retitled(db: sqlite3.Connection) -> Numbers:
    """The passages of articles whose headline a reader has corrected."""
    found = db.execute(
        "SELECT p.number FROM corrections AS c JOIN articles AS a ON a.id = c.article "
        "JOIN passages AS p ON p.article = a.number WHERE c.field = 'title'"
    )
    return np.fromiter((row[0] for row in found), dtype=np.int64)


def _over(number: int, most: int | None) -> bool:
    return most is not None and number > most
