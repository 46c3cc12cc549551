"""The SQL of where articles were found: files, articles within files, and objects handed over."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from index.files import PART_MARK
from index.rows import iso_day
from index.types import Appearance


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownFile:
    """What a library remembers of a file, to tell whether it has changed."""

    article: int
    size: int
    modified: int  # nanoseconds; 0 where the time cannot be trusted


def known_file(db: sqlite3.Connection, key: str) -> KnownFile | None:
    """What is remembered of a file, or of one article in it; None for a new one."""
    row = db.execute(
        "SELECT article, size, modified FROM appearances WHERE path = ?", (key,)
    ).fetchone()
    return None if row is None else KnownFile(**dict(row))


# A file and the articles in it, as a condition on `appearances` with the values of `_of_file`.
_OF_FILE = "(path = ? OR path >= ? AND path < ?)"


def known_in_file(db: sqlite3.Connection, key: str) -> dict[str, KnownFile]:
    """What is remembered of a file and of every article in it, by their keys."""
    found = db.execute(
        f"SELECT path, article, size, modified FROM appearances WHERE {_OF_FILE}", _of_file(key)
    )
    return {
        row["path"]: KnownFile(article=row["article"], size=row["size"], modified=row["modified"])
        for row in found
    }


def mark_whole(db: sqlite3.Connection, key: str, *, size: int, modified: int) -> None:
    """Note that every article of a file is stored, as the file is now."""
    db.execute(
        f"UPDATE appearances SET size = ?, modified = ? WHERE {_OF_FILE}",
        (size, modified, *_of_file(key)),
    )


def _of_file(key: str) -> tuple[str, ...]:
    return key, f"{key}{PART_MARK}", f"{key}{PART_MARK[:-1]}{chr(ord(PART_MARK[-1]) + 1)}"


def put_appearance(
    db: sqlite3.Connection, article: int, place: Appearance, file: KnownFile | None
) -> None:
    """Note one place of an article; a path that was one of any article before is moved to it."""
    db.execute(
        "INSERT INTO appearances (article, path, url, source, published, size, modified) "
        "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (path) DO UPDATE SET article = "
        "excluded.article, url = excluded.url, source = excluded.source, published = "
        "excluded.published, size = excluded.size, modified = excluded.modified",
        (
            article,
            place.path,
            place.url,
            place.source,
            iso_day(place.published),
            file and file.size,
            file and file.modified,
        ),
    )
