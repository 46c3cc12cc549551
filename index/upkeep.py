"""Removing articles, embedding a library anew, and telling whether it is sound."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from index import places, rows
from index.decoding import clean_line
from index.embedding import Embedder
from index.errors import ArticleNotFound, LibraryDamaged, PathUnusable
from index.files import FoundFiles, file_key, path_key, path_text
from index.models import Model, add_model, current_model, model_of, require_model
from index.passages import embedded_text
from index.store import Store
from index.types import Verdict
from index.vectors import VectorIndex

_BATCH = 256  # passages embedded and stored at a time
_MIN_PREFIX = 4  # characters of an id that are enough when they are unique


def find_article(db: sqlite3.Connection, article_id: str) -> int:
    """The row of an article by its id or a unique beginning of it; raises ArticleNotFound."""
    article_id = clean_line(article_id)
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


# --- removing


def remove_articles(store: Store, vectors: VectorIndex, ids: Sequence[str]) -> list[Verdict]:
    """Remove articles by id with all their appearances; none of them when one is unknown."""
    with store.reading() as db:
        numbers = dict.fromkeys(find_article(db, article_id) for article_id in ids)
        articles = rows.articles_at(db, numbers).values()
    if not articles:
        return []
    with store.locked():
        removed: list[int] = []
        with store.writing() as db:
            for article in articles:
                number = rows.article_number(db, article.id)
                if number is not None:  # another process may have removed it meanwhile
                    removed += rows.delete_article(db, number)
            _count_removal(db, removed)
        vectors.forget(removed)
        store.fold_log()
    return [
        Verdict(path=article.title, status="removed", article_id=article.id, title=article.title)
        for article in articles
    ]


def remove_gone(
    store: Store, vectors: VectorIndex, folder: Path, found: FoundFiles
) -> list[Verdict]:
    """Forget the files that were below a folder and are there no more.

    What lies where nobody could look is not gone.
    """
    root = path_text(Path(os.path.realpath(folder)))
    below = root if root.endswith(os.sep) else root + os.sep
    present = {path_key(path) for path in found.files}
    unseen = tuple(path_key(Path(verdict.path)) for verdict in found.unreadable)
    with store.reading() as db:
        known = [str(row[0]) for row in db.execute("SELECT path FROM appearances WHERE path <> ''")]
    gone = [
        path
        for path in known
        if path.startswith(below)
        and file_key(path) not in present
        and not any(path == place or path.startswith(place + os.sep) for place in unseen)
    ]
    return _remove_places(store, vectors, gone) if gone else []


def _remove_places(store: Store, vectors: VectorIndex, paths: Sequence[str]) -> list[Verdict]:
    """Forget files, and the articles that were found nowhere else."""
    verdicts: list[Verdict] = []
    with store.locked():
        removed: list[int] = []
        with store.writing() as db:
            for path in paths:
                known = places.known_file(db, path)
                if known is None:
                    continue
                article = rows.articles_at(db, (known.article,))[known.article]
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
            _count_removal(db, removed)
        if removed:
            vectors.forget(removed)
        store.fold_log()
    return verdicts


def shed_removed_words(store: Store) -> None:
    """Leave nothing of articles that are gone in the text index and in the write-ahead log."""
    with store.locked():
        with store.writing() as db:
            _merge_text_index(db)
        store.fold_log()


def _count_removal(db: sqlite3.Connection, removed: Sequence[int]) -> None:
    if removed:
        _merge_text_index(db)
        rows.next_generation(db)


def _merge_text_index(db: sqlite3.Connection) -> None:
    """Write the text index anew: until it is merged, it keeps the words of what was deleted."""
    db.execute("INSERT INTO passage_index (passage_index) VALUES ('optimize')")


# --- embedding anew


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
    while not _switch(store, vectors, embedder):
        with store.reading() as db:
            numbers = _lacking(db, model_of(db, embedder), _BATCH)
            found = rows.load_passages(db, numbers)
        if not found:  # removed by another process since
            continue
        numbers = list(found)
        made = embedder.embed(
            [embedded_text(article.title, passage.text) for passage, article in found.values()]
        )
        with store.locked(), store.writing() as db:
            model = add_model(db, embedder, made.shape[1])
            present = rows.load_passages(db, numbers)
            kept = [place for place, number in enumerate(numbers) if number in present]
            rows.insert_vectors(db, model, [numbers[place] for place in kept], made[kept])
            total = rows.count(db, "passages")
            done = total - rows.count(db, f"passages WHERE {_LACKS.format(model=model)}")
        if on_progress is not None:
            on_progress(done, total)


def mend_indexes(
    store: Store,
    vectors: VectorIndex,
    embedder: Embedder,
    on_progress: Callable[[int, int], None] | None,
) -> None:
    """Make the text index and the vector index anew, and the vectors that passages lack.

    `embedder` should be the library's own; raises EmbeddingMismatch when it is needed and is not.
    """
    with store.locked():
        with store.writing() as db:
            db.execute("INSERT INTO passage_index (passage_index) VALUES ('rebuild')")
            whole = not _lacking(db, current_model(db), 1)
        if whole:  # without the embedder, which may be a service that is gone
            vectors.rebuild()
        store.fold_log()
    if not whole:
        with store.reading() as db:
            require_model(db, embedder, store.folder)
        embed_anew(store, vectors, embedder, on_progress)


def _switch(store: Store, vectors: VectorIndex, embedder: Embedder) -> bool:
    """Search by an embedder's vectors from now on, if no passage lacks one any more."""
    with store.locked():
        with store.writing() as db:
            model = model_of(db, embedder)
            if _lacking(db, model, 1):
                return False
            if model is None:  # there are no passages at all
                return True
            rows.set_meta(db, "model", str(model.number))
            db.execute("DELETE FROM vectors WHERE model <> ?", (model.number,))
            rows.next_generation(db)
        vectors.rebuild()
    return True


_LACKS = "number NOT IN (SELECT passage FROM vectors WHERE model = {model})"


def _lacking(db: sqlite3.Connection, model: Model | None, limit: int) -> list[int]:
    clause = _LACKS.format(model=model.number if model else -1)
    found = db.execute(f"SELECT number FROM passages WHERE {clause} LIMIT ?", (limit,))
    return [row["number"] for row in found]


# --- copying and checking


def copy_library(store: Store, target: Path) -> None:
    """Copy a library's truth to a new or empty folder; its vector index is made from that."""
    if not store.exists:
        raise PathUnusable(
            f"There is no library in {store.folder} to copy.", "Check the name of its folder."
        )
    try:
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise PathUnusable(
                f"{path_text(target)!r} exists already.", "Name a new folder, or an empty one."
            )
        target.mkdir(parents=True, exist_ok=True)
        part = target / "library.sqlite.part"
        try:
            store.backup(part)
            part.replace(target / "library.sqlite")
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise PathUnusable(
            f"{path_text(target)!r} cannot be written: {error.strerror or error}.",
            "Choose another place.",
        ) from error


def find_problems(store: Store, vectors: VectorIndex) -> list[str]:
    """What is wrong with a library, one plain line each; empty when it is sound, or not there."""
    if not store.exists:
        return []
    try:
        problems = list(_file_problems(store))
    except LibraryDamaged as error:  # so much that not even the check can read it
        return [error.message]
    try:
        with store.writing() as db:  # SQLite's own check of a text index has the form of a write
            db.execute(
                "INSERT INTO passage_index (passage_index, rank) VALUES ('integrity-check', 1)"
            )
    except LibraryDamaged:
        problems.append("The text index does not match the articles.")
    problem = vectors.problem()
    if problem:
        problems.append(f"{problem} The next question mends it, if it can be reached.")
    return problems


def _file_problems(store: Store) -> Iterator[str]:
    with store.reading() as db:
        for row in db.execute("PRAGMA quick_check(3)").fetchall():
            if row[0] != "ok":
                yield f"The library file is damaged: {row[0]}"
        bare = db.execute(
            "SELECT count(*) FROM passages WHERE number NOT IN (SELECT passage FROM vectors "
            "WHERE model = (SELECT value FROM meta WHERE key = 'model'))"
        ).fetchone()[0]
        if bare:
            lack, them = ("passage has", "it") if bare == 1 else ("passages have", "them")
            yield f"{bare:,} {lack} no vector; `assistant reindex` makes {them}."
