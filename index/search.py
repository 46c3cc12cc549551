"""Finding passages: dense and lexical rankings, fused by reciprocal rank."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from operator import itemgetter

import numpy as np

from index import rows
from index.chroma.collection import Neighbour
from index.copies import copies_of, kin
from index.embedding import Vectors
from index.filters import REPLACED
from index.lexical import lexical_ranking
from index.reach import far_enough, first_passing
from index.types import Filters, Hit

# Cormack, Clarke & Buettcher, "Reciprocal Rank Fusion", SIGIR 2009. On newspaper questions the
# lexical ranking is right far more often than the dense one, so it counts twice.
RRF_K = 60
LEXICAL_WEIGHT = 2.0
DENSE_WEIGHT = 1.0
DEPTH = 50  # how far down each ranking the fusion looks
_MORE_FOR_VERSIONS = 4  # times that depth, where older versions of stories may crowd a ranking
# Chroma looks further where it is asked for more. Of a million passages, its nearest 50 held half
# of the true ten nearest, the nearest 800 all but one in twenty (4 questions; 1 and 4 ms).
_ONE_IN = 1250  # one in so many passages is asked for at least

Nearest = Callable[[int, Filters], list[Neighbour]]  # so many by meaning, of those that pass
Beside = Callable[[], AbstractContextManager[sqlite3.Connection]]


def find_passages(
    db: sqlite3.Connection,
    query: str,
    filters: Filters,
    *,
    top_k: int,
    whole: int,
    nearest: Nearest,
    cosines: Callable[[Sequence[int]], Mapping[int, float]],
    beside: Beside,
    most: int,
) -> list[Hit]:
    """The passages that fit a query best: a ranking by meaning and one by words, fused.

    `nearest` gives so many passages by meaning, without filters up to `most`; `cosines` the
    cosines of those it did not list.
    The ranking by words is made in a thread of its own, in a second transaction that `beside`
    opens: what came or went between the two is in one ranking, or in neither.
    """
    depth = max(DEPTH, top_k)
    far = _how_far(db, filters, depth, most)
    dense, lexical = _rankings(
        db, query, filters, depth=depth, far=far, nearest=nearest, beside=beside
    )
    return fuse(db, dense, lexical, top_k=top_k, whole=whole, cosines=cosines)


def _rankings(
    db: sqlite3.Connection,
    query: str,
    filters: Filters,
    *,
    depth: int,
    far: int | None,
    nearest: Nearest,
    beside: Beside,
) -> tuple[list[Neighbour], list[tuple[int, float]]]:
    """The first `depth` passages by meaning and by words.

    Filters pass over versions that a newer one replaced; without filters they are dropped here.
    """
    newest = rows.highest_passage(db)

    def by_meaning(far: int, filters: Filters) -> list[Neighbour]:
        least = 0 if filters else newest // _ONE_IN
        return nearest(max(far, least), filters)[:far]

    def by_words() -> list[tuple[int, float]]:
        with beside() as other:
            return first_passing(
                other,
                filters,
                lambda far, only: lexical_ranking(other, query, only, depth=far),
                itemgetter(0),
                depth=depth,
                far=far,
            )

    with ThreadPoolExecutor(1) as second:
        words = second.submit(by_words)
        dense = first_passing(db, filters, by_meaning, _passage, depth=depth, far=far)
        lexical = words.result()
    if filters or far == depth:  # no article has versions
        return dense, lexical
    listed = [found.passage for found in dense] + [number for number, _ in lexical]
    old = {
        row[0]
        for row in db.execute(
            f"SELECT number FROM passages WHERE article IN ({REPLACED}) "
            "AND number IN (SELECT value FROM json_each(?))",
            (rows.marks(listed),),
        )
    }
    return (
        [found for found in dense if found.passage not in old][:depth],
        [entry for entry in lexical if entry[0] not in old][:depth],
    )


def _how_far(db: sqlite3.Connection, filters: Filters, depth: int, most: int) -> int | None:
    """How far down each ranking to look for `depth` passages; None for those alone that pass."""
    if filters:
        return far_enough(db, filters, depth, most)
    return depth * (_MORE_FOR_VERSIONS if _has_versions(db) else 1)


def _passage(found: Neighbour) -> int:
    return found.passage


def _has_versions(db: sqlite3.Connection) -> bool:
    return db.execute(f"{REPLACED} LIMIT 1").fetchone() is not None


def cosines(
    db: sqlite3.Connection, model: int, vector: Vectors, numbers: Sequence[int]
) -> dict[int, float]:
    """The cosine of a unit vector and each passage's vector of a model."""
    found = db.execute(
        "SELECT passage, data FROM vectors WHERE model = ? "
        "AND passage IN (SELECT value FROM json_each(?))",
        (model, rows.marks(numbers)),
    )
    return {row[0]: float(np.frombuffer(row[1], dtype="<f4") @ vector) for row in found}


def fuse(
    db: sqlite3.Connection,
    dense: Sequence[Neighbour],
    lexical: Sequence[tuple[int, float]],
    *,
    top_k: int,
    whole: int,
    cosines: Callable[[Sequence[int]], Mapping[int, float]],
) -> list[Hit]:
    """The best passages of both rankings as hits, best first.

    A passage scores the sum over the rankings of weight / (60 + its rank), ranks from 1. Behind
    them come the other passages of the first `whole` articles. `cosines` gives those of passages
    that the dense ranking did not list.
    """
    dense_rank = {found.passage: rank for rank, found in enumerate(dense, 1)}
    lexical_rank = {number: rank for rank, (number, _) in enumerate(lexical, 1)}
    bm25 = dict(lexical)

    def score(number: int) -> float:
        by_dense = DENSE_WEIGHT / (RRF_K + dense_rank[number]) if number in dense_rank else 0.0
        by_words = (
            LEXICAL_WEIGHT / (RRF_K + lexical_rank[number]) if number in lexical_rank else 0.0
        )
        return by_dense + by_words

    scores = {number: score(number) for number in dense_rank | lexical_rank}
    order = sorted(scores, key=lambda number: (-scores[number], number))
    best = _without_copies(db, order, top_k)
    best += rows.passages_beside(db, best, articles=whole) if whole else []
    cosine = {found.passage: found.cosine for found in dense}
    cosine |= cosines([number for number in best if number not in cosine])
    found = rows.load_passages(db, best)
    articles = {article.id: article for _, article in found.values()}
    copies = {key: copies_of(db, article) for key, article in articles.items()}
    return [
        Hit(
            passage=found[number][0],
            article=found[number][1],
            score=scores.get(number, 0.0),
            dense_rank=dense_rank.get(number),
            dense_score=cosine.get(number),
            lexical_rank=lexical_rank.get(number),
            lexical_score=bm25.get(number),
            copies=copies[found[number][1].id],
        )
        for number in best
        if number in found
    ]


def _without_copies(db: sqlite3.Connection, order: Sequence[int], limit: int) -> list[int]:
    """The first passages of an order, none of an article that is a near copy of an earlier one."""
    known = kin(db, order)
    chosen: dict[str, str] = {}
    kept: list[int] = []
    for number in order:
        if number in known and len(kept) < limit:
            family, article = known[number]
            if chosen.setdefault(family, article) == article:
                kept.append(number)
    return kept
