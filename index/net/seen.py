"""What a library remembers of feeds and sitemaps: their state when last read, their entries."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FeedState:
    """How a feed's server called its last state (ETag, Last-Modified); "" where it did not."""

    etag: str = ""
    modified: str = ""


def feed_state(db: sqlite3.Connection, address: str) -> FeedState:
    """The state in which a feed was read to its end; empty when it never was."""
    row = db.execute("SELECT etag, modified FROM feeds WHERE address = ?", (address,)).fetchone()
    return FeedState(*row) if row else FeedState()


def seen_keys(db: sqlite3.Connection, address: str) -> frozenset[str]:
    """The entries of a feed that were added, or were there already."""
    found = db.execute(
        "SELECT key FROM feed_entries JOIN feeds ON feeds.number = feed WHERE address = ?",
        (address,),
    )
    return frozenset(row[0] for row in found)


def mark_seen(db: sqlite3.Connection, address: str, keys: Iterable[str]) -> None:
    """Note entries of a feed as added."""
    db.execute("INSERT OR IGNORE INTO feeds (address) VALUES (?)", (address,))
    db.executemany(
        "INSERT OR IGNORE INTO feed_entries (feed, key) "
        "SELECT number, ? FROM feeds WHERE address = ?",
        [(key, address) for key in keys],
    )


def mark_read(db: sqlite3.Connection, address: str, state: FeedState) -> None:
    """Note that every entry of a feed in this state was taken."""
    db.execute("INSERT OR IGNORE INTO feeds (address) VALUES (?)", (address,))
    db.execute(
        "UPDATE feeds SET etag = ?, modified = ? WHERE address = ?",
        (state.etag, state.modified, address),
    )
