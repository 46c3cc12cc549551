"""Removing articles so that it can be undone: all that a library knew of them is kept meanwhile."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import chain

import numpy as np

from index import places, rows, versions
from index.copies import remember
from index.embedding import Embedder, Vectors
from index.models import add_model, current_model, require_model
from index.passages import embedded_text
from index.store import Store
from index.types import Appearance, Article, Passage, Verdict
from index.upkeep import find_article, remove_articles
from index.vectors import VectorIndex


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenPlace:
    """A place of an article, and what was remembered of the file where it is one."""

    appearance: Appearance
    file: places.KnownFile | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """One fact that a reader corrected, as it is stored."""

    name: str
    value: str | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)  # arrays have no plain equality
class Taken:
    """An article that was removed, with everything that its library knew of it."""

    article: Article
    number: int  # its row, which says when it was added
    passages: tuple[Passage, ...]
    model: str  # the fingerprint of the vectors' model
    vectors: Vectors = field(repr=False)  # a row for each passage
    bands: tuple[int, ...]
    places: tuple[TakenPlace, ...]
    corrections: tuple[Correction, ...]


def take_out(store: Store, vectors: VectorIndex, ids: Sequence[str]) -> tuple[Taken, ...]:
    """Remove articles by id, all or none, and give what `put_back` needs to undo it."""
    with store.reading() as db:
        numbers = dict.fromkeys(find_article(db, article_id) for article_id in ids)
        taken = tuple(_taken(db, number) for number in numbers)
    remove_articles(store, vectors, [one.article.id for one in taken])
    return taken


def _taken(db: sqlite3.Connection, number: int) -> Taken:
    article = rows.articles_at(db, (number,))[number]
    model = current_model(db)
    found = db.execute(
        "SELECT p.start, p.stop, v.data FROM passages AS p LEFT JOIN vectors AS v "
        "ON v.passage = p.number AND v.model = ? WHERE p.article = ? ORDER BY p.number",
        (model.number if model else -1, number),
    ).fetchall()
    whole = model is not None and all(row["data"] is not None for row in found)
    data = b"".join(row["data"] for row in found) if whole else b""
    return Taken(
        article=article,
        number=number,
        passages=tuple(Passage.of(article, row["start"], row["stop"]) for row in found),
        model=model.fingerprint if model and whole else "",
        vectors=np.frombuffer(data, dtype="<f4").reshape(len(found) if whole else 0, -1),
        bands=tuple(
            row["hash"] for row in db.execute("SELECT hash FROM bands WHERE article = ?", (number,))
        ),
        places=tuple(_places(db, number, article.appearances)),
        corrections=tuple(
            Correction(name=row["field"], value=row["value"])
            for row in db.execute(
                "SELECT field, value FROM corrections WHERE article = ?", (article.id,)
            )
        ),
    )


def _places(
    db: sqlite3.Connection, number: int, appearances: Sequence[Appearance]
) -> list[TakenPlace]:
    known = db.execute(
        "SELECT size, modified FROM appearances WHERE article = ? ORDER BY number", (number,)
    ).fetchall()
    return [
        TakenPlace(
            appearance=place,
            file=places.KnownFile(article=number, size=row["size"], modified=row["modified"])
            if place.path
            else None,
        )
        for place, row in zip(appearances, known, strict=True)
    ]


def put_back(
    store: Store, vectors: VectorIndex, embedder: Embedder, taken: Sequence[Taken]
) -> list[Verdict]:
    """Bring removed articles back as they were; one that is there again is left as it is."""
    with store.reading() as db:
        model = current_model(db)
        require_model(db, embedder, store.folder)
    ready = [
        one if model and one.model == model.fingerprint else _embedded(one, embedder)
        for one in sorted(taken, key=lambda one: one.number)
    ]
    verdicts: list[Verdict] = []
    added: dict[str, list[int]] = {}
    with store.locked():
        with store.writing() as db:
            require_model(db, embedder, store.folder)
            for one in ready:
                article = one.article
                here = rows.article_number(db, article.id) is not None
                if not here:
                    added[article.id] = _restore(db, one, embedder)
                verdicts.append(
                    Verdict(
                        path=article.title,
                        status="unchanged" if here else "added",
                        article_id=article.id,
                        title=article.title,
                    )
                )
            if added:
                rows.next_generation(db)
        if added:
            made = [one.vectors for one in ready if one.article.id in added and len(one.vectors)]
            vectors.apply([], list(chain.from_iterable(added.values())), made)
    return verdicts


def _embedded(one: Taken, embedder: Embedder) -> Taken:
    """A removed article with vectors of the model that its library has now."""
    texts = [embedded_text(one.article.title, passage.text) for passage in one.passages]
    made = embedder.embed(texts) if texts else one.vectors
    return replace(one, vectors=made, model=embedder.fingerprint)


def _restore(db: sqlite3.Connection, one: Taken, embedder: Embedder) -> list[int]:
    """Write the rows of an article anew; returns the numbers of its passages."""
    article = one.article
    taken = db.execute("SELECT 1 FROM articles WHERE number = ?", (one.number,)).fetchone()
    number, passages = rows.insert_article(
        db, article, one.passages, row=None if taken else one.number
    )
    remember(db, number, one.bands)
    for place in one.places:
        path = place.appearance.path
        if path and places.known_file(db, path):
            continue  # the file holds another article by now
        file = place.file and replace(place.file, article=number)
        places.put_appearance(db, number, place.appearance, file)
    db.executemany(
        "INSERT OR REPLACE INTO corrections VALUES (?, ?, ?)",
        [(article.id, fact.name, fact.value) for fact in one.corrections],
    )
    if passages:
        model = add_model(db, embedder, one.vectors.shape[1])
        rows.insert_vectors(db, model, passages, one.vectors)
    versions.link(db, number, article)
    return passages
