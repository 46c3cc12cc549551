"""How much of a library passes a filter, and so how its passages are best searched."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from typing import TypeVar

from index import rows
from index.filters import filter_clause, share_passing
from index.types import Filters

_SPARE = 1.5  # times what would do if those that pass were spread evenly over a ranking
_DEARER = 2.0  # to have one more neighbour of Chroma, against comparing one more vector

_Found = TypeVar("_Found")


def far_enough(db: sqlite3.Connection, filters: Filters, depth: int, most: int) -> int | None:
    """How far down a ranking of all passages `depth` of those should be that pass the filters.

    None where it takes less to look only at the passages that pass, or that is further than `most`.
    """
    share = share_passing(db, filters)
    passages = rows.highest_passage(db)
    if not share:
        return None
    far = math.ceil(_SPARE * depth / share)
    return far if far <= most and far * _DEARER < passages * share else None


def first_passing(
    db: sqlite3.Connection,
    filters: Filters,
    ranking: Callable[[int, Filters], Sequence[_Found]],
    number_of: Callable[[_Found], int],
    *,
    depth: int,
    far: int | None,
) -> list[_Found]:
    """The first `depth` of a ranking that pass the filters; without filters, the first `far`.

    `ranking` gives so many of those that pass filters; it is asked without them `far` down, and
    with them where that is None, or too few were there: an outlet may never write of a question.
    """
    if far is None:
        return list(ranking(depth, filters))
    found = ranking(far, Filters())
    if not filters:
        return list(found)
    passed = _passing(db, [number_of(one) for one in found], filters)
    kept = [one for one in found if number_of(one) in passed][:depth]
    if len(kept) == depth or len(found) < far:
        return kept
    return list(ranking(depth, filters))


def _passing(db: sqlite3.Connection, numbers: Iterable[int], filters: Filters) -> set[int]:
    """Those of some passages whose article passes the filters."""
    condition, values = filter_clause(filters, one_by_one=True)
    found = db.execute(
        "SELECT p.number FROM json_each(?) AS wanted CROSS JOIN passages AS p "
        "ON p.number = wanted.value CROSS JOIN articles ON articles.number = p.article "
        f"WHERE {condition}",
        [rows.marks(numbers), *values],
    )
    return {row[0] for row in found}
