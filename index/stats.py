"""A library in figures."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from index import rows
from index.models import current_model
from index.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryStats:
    """A library in figures; `bytes` is what its folder takes on the disk."""

    articles: int
    passages: int
    undated: int
    sources: tuple[str, ...]  # outlets of the articles and of every place they appeared in
    oldest: date | None
    newest: date | None
    embedding: str | None  # None before the first article
    generation: int
    bytes: int


def outlets(store: Store) -> tuple[str, ...]:
    """The outlets of the articles and of every place they appeared in, in order."""
    with store.reading() as db:
        return _outlets(db)


def library_stats(store: Store) -> LibraryStats:
    """The figures of one moment; of an empty library where there is none."""
    with store.reading() as db:
        model = current_model(db)
        oldest, newest = db.execute(
            "SELECT min(published), max(published) FROM articles"
        ).fetchone()
        return LibraryStats(
            articles=rows.count(db, "articles"),
            passages=rows.count(db, "passages"),
            undated=rows.count(db, "articles WHERE published IS NULL"),
            sources=_outlets(db),
            oldest=date.fromisoformat(oldest) if oldest else None,
            newest=date.fromisoformat(newest) if newest else None,
            embedding=model.name if model else None,
            generation=rows.generation(db),
            bytes=_bytes_below(store.folder),
        )


def _outlets(db: sqlite3.Connection) -> tuple[str, ...]:
    found = db.execute(
        "SELECT source FROM articles WHERE source IS NOT NULL UNION "
        "SELECT source FROM appearances WHERE source IS NOT NULL ORDER BY source"
    )
    return tuple(row["source"] for row in found)


def _bytes_below(folder: Path) -> int:
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                total += (Path(place) / name).stat().st_size
            except OSError:  # gone since it was listed: another process is at work
                continue
    return total
