"""Removing articles, embedding a library anew, and telling whether it is sound."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence

from index import rows
from index.embedding import Embedder
from index.errors import ArticleNotFound
from index.passages import embedded_text
from index.store import Store
from index.types import Verdict
from index.vectors import VectorIndex

_BATCH = 256  # passages embedded and stored at a time
_MIN_PREFIX = 4  # characters of an id that are enough when they are unique


def find_article(db: sqlite3.Connection, article_id: str) -> int:
    """The row of an article by its id or a unique beginning of it; raises ArticleNotFound."""
    number = rows.article_number(db, article_id)
    if number is not None:
        return number
    found: list[sqlite3.Row] = []
    if len(article_id) >= _MIN_PREFIX and article_id.isalnum():
        found = db.execute(
            "SELECT number, id FROM articles WHERE id GLOB ? LIMIT 2", (f"{article_id}*",)
        ).fetchall()
    if len(found) == 1:
        return int(found[0]["number"])
    problem = "More than one article's id begins with" if found else "No article has the id"
    raise ArticleNotFound(
        f"{problem} {article_id[:64]!r}.", "`assistant list` shows the articles and their ids."
    )


def remove_articles(store: Store, vectors: VectorIndex, ids: Sequence[str]) -> list[Verdict]:
    """Remove articles by id with all their appearances; all of them, or none when one is unknown."""
    with store.reading() as db:
        numbers = list(dict.fromkeys(find_article(db, article_id) for article_id in ids))
        articles = list(
            rows.load_articles(db, f"WHERE number IN ({_marks(numbers)})", numbers).values()
        )
    with store.locked():
        removed: list[int] = []
        with store.writing() as db:
            for article in articles:
                number = rows.article_number(db, article.id)
                if number is not None:  # another process may have removed it meanwhile
                    removed += rows.delete_article(db, number)
            _forget(db, removed)
        vectors.apply(removed, [], [])
        store.shed_removed_text()
    return [
        Verdict(path=article.title, status="removed", article_id=article.id, title=article.title)
        for article in articles
    ]


def remove_places(store: Store, vectors: VectorIndex, paths: Sequence[str]) -> list[Verdict]:
    """Forget files that are gone, and the articles that were found nowhere else."""
    verdicts: list[Verdict] = []
    with store.locked():
        removed: list[int] = []
        with store.writing() as db:
            for path in paths:
                known = rows.known_file(db, path)
                if known is None:
                    continue
                (article,) = rows.load_articles(db, "WHERE number = ?", (known.article,)).values()
                db.execute("DELETE FROM appearances WHERE path = ?", (path,))
                elsewhere = len(article.appearances) > 1
                if not elsewhere:
                    removed += rows.delete_article(db, known.article)
                verdicts.append(
                    Verdict(
                        path=path,
                        status="removed",
                        reason="the same text is still elsewhere" if elsewhere else "",
                        article_id=article.id,
                        title=article.title,
                    )
                )
            _forget(db, removed)
        if removed:
            vectors.apply(removed, [], [])
        store.shed_removed_text()
    return verdicts


def embed_anew(
    store: Store,
    vectors: VectorIndex,
    embedder: Embedder,
    on_progress: Callable[[int, int], None] | None,
) -> None:
    """Give every passage a vector of `embedder`, then search by those; an interrupted run goes on.

    The old vectors answer until the last new one is stored. `on_progress` is told how many of how
    many passages are done.
    """
    while True:
        with store.locked(), store.writing() as db:
            model = _model_number(db, embedder)
            if model is not None and not _lacking(db, model, 1):
                rows.set_meta(db, "model", str(model))
                db.execute("DELETE FROM vectors WHERE model <> ?", (model,))
                rows.next_generation(db)
                break
            if model is None and not rows.count(db, "passages"):
                return
        with store.reading() as db:
            numbers = _lacking(db, model, _BATCH)
            found = rows.load_passages(db, numbers)
        numbers = [number for number in numbers if number in found]
        made = embedder.embed([embedded_text(found[n][1].title, found[n][0].text) for n in numbers])
        with store.locked(), store.writing() as db:
            model = rows.add_model(db, embedder.fingerprint, embedder.name, made.shape[1])
            present = rows.load_passages(db, numbers)
            kept = [place for place, number in enumerate(numbers) if number in present]
            rows.insert_vectors(db, model, [numbers[place] for place in kept], made[kept])
            total = rows.count(db, "passages")
            done = total - rows.count(db, f"passages WHERE {_LACKS.format(model=int(model))}")
        if on_progress is not None:
            on_progress(done, total)
    with store.locked():
        vectors.rebuild()


_LACKS = "number NOT IN (SELECT passage FROM vectors WHERE model = {model})"


def _lacking(db: sqlite3.Connection, model: int | None, limit: int) -> list[int]:
    clause = _LACKS.format(model=-1 if model is None else int(model))
    found = db.execute(f"SELECT number FROM passages WHERE {clause} LIMIT ?", (limit,))
    return [row["number"] for row in found]


def _model_number(db: sqlite3.Connection, embedder: Embedder) -> int | None:
    row = db.execute(
        "SELECT number FROM models WHERE fingerprint = ?", (embedder.fingerprint,)
    ).fetchone()
    return None if row is None else int(row["number"])


def find_problems(store: Store, vectors: VectorIndex) -> list[str]:
    """What is wrong with a library, one plain line each; empty when it is sound."""
    problems: list[str] = []
    with store.reading() as db:
        problems += [
            f"The library file is damaged: {row[0]}"
            for row in db.execute("PRAGMA quick_check(3)")
            if row[0] != "ok"
        ]
        bare = db.execute(
            "SELECT count(*) FROM passages WHERE number NOT IN (SELECT passage FROM vectors "
            "WHERE model = (SELECT value FROM meta WHERE key = 'model'))"
        ).fetchone()[0]
        if bare:
            problems.append(f"{bare} passages have no vector; `assistant reindex` makes them.")
        try:
            db.execute(
                "INSERT INTO passage_index (passage_index, rank) VALUES ('integrity-check', 1)"
            )
        except sqlite3.DatabaseError as error:
            problems.append(f"The text index does not match the articles: {error}.")
    problem = vectors.problem()
    if problem:
        problems.append(f"{problem} The next question rebuilds it.")
    return problems


def _forget(db: sqlite3.Connection, removed: Sequence[int]) -> None:
    """After a removal: leave no word of it in the text index, and count the write."""
    if removed:
        db.execute("INSERT INTO passage_index (passage_index) VALUES ('optimize')")
        rows.next_generation(db)


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))
