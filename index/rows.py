"""The SQL of a library: articles, appearances, passages and vectors as rows of one connection."""

from __future__ import annotations

import json
import random
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from datetime import date

import numpy as np

from index.embedding import Vectors
from index.filters import filter_clause
from index.types import Appearance, Article, Filters, Passage

_COLUMNS = "id, title, text, source, url, published, author, section, language, version_of, family"

_STATES = 10_000  # latest states whose names are kept, of some 60 bytes each


# --- the library as a whole


def get_meta(db: sqlite3.Connection, key: str) -> str | None:
    """One of the library's own values, None when it was never set."""
    row = db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
    return None if row is None else str(row[0])


def set_meta(db: sqlite3.Connection, key: str, value: str) -> None:
    """Set one of the library's own values."""
    db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))


def generation(db: sqlite3.Connection) -> int:
    """The number of writes that changed passages or vectors."""
    return int(get_meta(db, "generation") or 0)


def next_generation(db: sqlite3.Connection) -> None:
    """Count one more write, and name the state that it leads to.

    The name is random: a copy that is put back goes on from an earlier number, and would reach
    the numbers that a vector index has seen with other contents.
    """
    number, before = generation(db), get_meta(db, "state") or ""
    set_meta(db, "generation", str(number + 1))
    set_meta(db, "state_before", before)
    set_meta(db, "state", secrets.token_hex(8))
    set_meta(db, f"state {number}", before)  # so that an index left behind can be brought up
    db.execute("DELETE FROM meta WHERE key = ?", (f"state {number - _STATES}",))


def marks(numbers: Iterable[int]) -> str:
    """Row numbers as the one value of `IN (SELECT value FROM json_each(?))`.

    SQLite takes a limited number of values in a statement, a library may name more rows.
    """
    return json.dumps(list(numbers))


def count(db: sqlite3.Connection, table: str) -> int:
    """The number of rows of a table, or of a table with a WHERE clause."""
    return int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


# --- articles


def article_number(db: sqlite3.Connection, article_id: str) -> int | None:
    """The row of an article, None when it is not there."""
    row = db.execute("SELECT number FROM articles WHERE id = ?", (article_id,)).fetchone()
    return None if row is None else int(row[0])


def insert_article(
    db: sqlite3.Connection,
    article: Article,
    passages: Sequence[Passage],
    *,
    row: int | None = None,
) -> tuple[int, list[int]]:
    """Store an article with its passages and their text index; returns its row and theirs.

    `row` is that of the article which it replaces, so that it keeps its place in the order.
    """
    number = db.execute(
        f"INSERT INTO articles (number, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            row,
            article.id,
            article.title,
            article.text,
            article.source,
            article.url,
            iso_day(article.published),
            article.author,
            article.section,
            article.language,
            article.version_of,
            article.family,
        ),
    ).lastrowid
    numbers = [
        int(
            db.execute(
                "INSERT INTO passages (article, start, stop) VALUES (?, ?, ?)",
                (number, passage.start, passage.end),
            ).lastrowid
            or 0
        )
        for passage in passages
    ]
    index_words(db, numbers)
    return int(number or 0), numbers


def delete_article(db: sqlite3.Connection, number: int, *, replaced: bool = False) -> list[int]:
    """Remove an article from every table; returns the numbers of the passages that went with it.

    What a reader corrected of it is forgotten too, unless the same text takes its place.
    """
    if not replaced:
        db.execute(
            "DELETE FROM corrections WHERE article = (SELECT id FROM articles WHERE number = ?)",
            (number,),
        )
    passages = [passage for passage, _, _ in passages_of(db, number)]
    forget_words(db, passages)
    unlink_version(db, number)
    db.executemany("DELETE FROM vectors WHERE passage = ?", [(passage,) for passage in passages])
    for table in ("passages", "appearances", "bands"):
        db.execute(f"DELETE FROM {table} WHERE article = ?", (number,))
    db.execute("DELETE FROM articles WHERE number = ?", (number,))
    return passages


def unlink_version(db: sqlite3.Connection, number: int) -> None:
    """Take an article out of its story: the versions before and after it close up."""
    row = db.execute(
        "SELECT id, version_of, superseded FROM articles WHERE number = ?", (number,)
    ).fetchone()
    if row is None:
        return
    earlier, later = row["version_of"], row["superseded"]
    db.execute("UPDATE articles SET superseded = ? WHERE id = ?", (later, earlier))
    db.execute("UPDATE articles SET version_of = ? WHERE version_of = ?", (earlier, row["id"]))
    db.execute(
        "UPDATE articles SET version_of = NULL, superseded = NULL WHERE number = ?", (number,)
    )


def load_articles(
    db: sqlite3.Connection, where: str = "", values: Sequence[object] = ()
) -> dict[int, Article]:
    """Articles by row number, in the order that the clause `where` gives them."""
    rows = db.execute(f"SELECT number, {_COLUMNS} FROM articles {where}", values).fetchall()
    return {
        row["number"]: Article(
            **{key: row[key] for key in row.keys() if key not in {"number", "published"}},  # noqa: SIM118
            published=_date(row["published"]),
            appearances=_appearances(db, row["number"]),
        )
        for row in rows
    }


def articles_at(db: sqlite3.Connection, numbers: Iterable[int]) -> dict[int, Article]:
    """Articles by row number, in the order given; numbers that are gone are left out."""
    wanted = list(numbers)
    found = load_articles(db, "WHERE number IN (SELECT value FROM json_each(?))", (marks(wanted),))
    return {number: found[number] for number in wanted if number in found}


def _appearances(db: sqlite3.Connection, article: int) -> tuple[Appearance, ...]:
    rows = db.execute(
        "SELECT path, url, source, published FROM appearances WHERE article = ? ORDER BY number",
        (article,),
    )
    return tuple(
        Appearance(
            path=row["path"],
            url=row["url"],
            source=row["source"],
            published=_date(row["published"]),
        )
        for row in rows
    )


# --- passages and vectors


def highest_passage(db: sqlite3.Connection) -> int:
    """The highest number of a passage, 0 without any; about how many there are."""
    return int(db.execute("SELECT max(number) FROM passages").fetchone()[0] or 0)


def passages_of(db: sqlite3.Connection, article: int) -> list[tuple[int, int, int]]:
    """The number, start and end of each passage of an article, in characters."""
    found = db.execute(
        "SELECT number, start, stop FROM passages WHERE article = ? ORDER BY number", (article,)
    )
    return [(row["number"], row["start"], row["stop"]) for row in found]


def index_words(db: sqlite3.Connection, passages: Iterable[int]) -> None:
    """Put passages into the text index, with the headline that their article has now."""
    db.executemany(
        "INSERT INTO passage_index (rowid, title, body) "
        "SELECT number, title, body FROM passage_texts WHERE number = ?",
        [(passage,) for passage in passages],
    )


def forget_words(db: sqlite3.Connection, passages: Iterable[int]) -> None:
    """Take passages out of the text index.

    It keeps no text of its own: it is told what to forget while that is there.
    """
    db.executemany(
        "INSERT INTO passage_index (passage_index, rowid, title, body) "
        "SELECT 'delete', number, title, body FROM passage_texts WHERE number = ?",
        [(passage,) for passage in passages],
    )


def load_passages(
    db: sqlite3.Connection, numbers: Iterable[int]
) -> dict[int, tuple[Passage, Article]]:
    """Passages with their articles, by number; numbers that are gone are left out."""
    rows = db.execute(
        "SELECT number, article, start, stop FROM passages "
        "WHERE number IN (SELECT value FROM json_each(?))",
        (marks(numbers),),
    ).fetchall()
    articles = articles_at(db, {row["article"] for row in rows})
    found: dict[int, tuple[Passage, Article]] = {}
    for row in rows:
        article, start, end = articles[row["article"]], row["start"], row["stop"]
        passage = Passage.of(article, start, end)
        found[row["number"]] = (passage, article)
    return found


def passages_beside(db: sqlite3.Connection, numbers: Sequence[int], *, articles: int) -> list[int]:
    """The other passages of the first so many articles that `numbers` come from, in order."""
    found = db.execute(
        "SELECT number, article FROM passages WHERE number IN (SELECT value FROM json_each(?))",
        (marks(numbers),),
    )
    article_of = {row["number"]: row["article"] for row in found}
    first = list(dict.fromkeys(article_of[n] for n in numbers if n in article_of))[:articles]
    beside = db.execute(
        "SELECT number FROM passages WHERE article IN (SELECT value FROM json_each(?)) "
        "ORDER BY article, number",
        (marks(first),),
    )
    return [row["number"] for row in beside if row["number"] not in article_of]


def insert_vectors(
    db: sqlite3.Connection, model: int, numbers: Sequence[int], vectors: Vectors
) -> None:
    """Store one vector for each passage, replacing an earlier one of the same model."""
    db.executemany(
        "INSERT OR REPLACE INTO vectors (passage, model, data) VALUES (?, ?, ?)",
        [
            (number, model, vector.astype("<f4").tobytes())
            for number, vector in zip(numbers, vectors, strict=True)
        ],
    )


def vector_batches(
    db: sqlite3.Connection, model: int, filters: Filters, *, size: int
) -> Iterator[tuple[list[int], Vectors]]:
    """Every vector of a model whose article passes the filters, `size` passages at a time."""
    if filters:
        condition, values = filter_clause(filters)
        cursor = db.execute(
            "SELECT v.passage, v.data FROM articles CROSS JOIN passages AS p ON p.article = "
            "articles.number CROSS JOIN vectors AS v ON v.passage = p.number AND v.model = ? "
            f"WHERE {condition}",
            [model, *values],
        )
    else:
        cursor = db.execute("SELECT passage, data FROM vectors WHERE model = ?", (model,))
    while rows := cursor.fetchmany(size):
        data = np.frombuffer(b"".join(row[1] for row in rows), dtype="<f4")
        yield [row[0] for row in rows], data.reshape(len(rows), -1).astype(np.float32, copy=False)


def sample_vectors(
    db: sqlite3.Connection, model: int, number: int, below: int | None
) -> Iterator[Vectors]:
    """At most `number` vectors of a model, some random ones of the passages before `below`."""
    end = db.execute("SELECT max(passage) + 1 FROM vectors WHERE model = ?", (model,)).fetchone()[0]
    end = min(end or 0, below or end or 0)
    for _ in range(number):
        row = db.execute(
            "SELECT data FROM vectors WHERE model = ? AND passage < ? AND passage >= ? "
            "ORDER BY passage LIMIT 1",
            (model, end, random.randrange(end) if end else 0),
        ).fetchone()
        vector = np.frombuffer(row[0] if row else b"", dtype="<f4").astype(np.float32)
        if vector.any():  # a vector of nothing but zeros has no direction, and no neighbours
            yield vector


def iso_day(day: date | None) -> str | None:
    """A day as it is stored."""
    return None if day is None else day.isoformat()


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
