"""The tables of a library's SQLite file, and how older ones are brought up to date."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from index.errors import LibraryDamaged, LibraryNewer

_VERSION_1 = """
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
INSERT INTO meta VALUES ('generation', '0'), ('library', lower(hex(randomblob(8))));

CREATE TABLE models (
    number      INTEGER PRIMARY KEY,
    fingerprint TEXT NOT NULL UNIQUE,
    name        TEXT NOT NULL,
    dimension   INTEGER NOT NULL
);

CREATE TABLE articles (
    number     INTEGER PRIMARY KEY,
    id         TEXT NOT NULL UNIQUE,
    title      TEXT NOT NULL,
    text       TEXT NOT NULL,
    source     TEXT,
    url        TEXT,
    published  TEXT,              -- ISO date: sorts and compares as text
    author     TEXT,
    section    TEXT,
    language   TEXT,
    version_of TEXT
);
CREATE INDEX articles_by_date ON articles (published);

CREATE TABLE appearances (
    number    INTEGER PRIMARY KEY,
    article   INTEGER NOT NULL REFERENCES articles (number),
    path      TEXT UNIQUE,        -- several NULLs are allowed: articles handed over as objects
    url       TEXT,
    source    TEXT,
    published TEXT,
    digest    TEXT,               -- SHA-256 of the file's bytes
    size      INTEGER,            -- bytes
    modified  INTEGER             -- nanoseconds; 0 where the time cannot be trusted
);
CREATE INDEX appearances_by_article ON appearances (article);

-- Numbers are never used twice: a stale vector can then never name another passage.
CREATE TABLE passages (
    number  INTEGER PRIMARY KEY AUTOINCREMENT,
    article INTEGER NOT NULL REFERENCES articles (number),
    start   INTEGER NOT NULL,     -- characters
    stop    INTEGER NOT NULL
);
CREATE INDEX passages_by_article ON passages (article);

-- With a row id of its own: a vector then fits its page, which a WITHOUT ROWID table's would not.
CREATE TABLE vectors (
    number  INTEGER PRIMARY KEY,
    passage INTEGER NOT NULL REFERENCES passages (number),
    model   INTEGER NOT NULL REFERENCES models (number),
    data    BLOB NOT NULL,        -- float32, little-endian, unit length
    UNIQUE (passage, model)
);

-- The text index reads its text from the articles: nothing is stored twice.
CREATE VIEW passage_texts AS
    SELECT p.number AS number, a.title AS title,
           substr(a.text, p.start + 1, p.stop - p.start) AS body
    FROM passages AS p JOIN articles AS a ON a.number = p.article;
CREATE VIRTUAL TABLE passage_index USING fts5 (
    title, body, content = 'passage_texts', content_rowid = 'number',
    tokenize = 'porter unicode61 remove_diacritics 2'
);
"""

_VERSION_2 = """
-- What was taken of each feed and sitemap, so that only what is new is fetched.
CREATE TABLE feeds (
    number   INTEGER PRIMARY KEY,
    address  TEXT NOT NULL UNIQUE,
    etag     TEXT NOT NULL DEFAULT '',
    modified TEXT NOT NULL DEFAULT ''
);
CREATE TABLE feed_entries (
    feed INTEGER NOT NULL REFERENCES feeds (number),
    key  TEXT NOT NULL,
    PRIMARY KEY (feed, key)
) WITHOUT ROWID;

-- Near copies: the id of the first article that one is mostly the same words as, NULL for none;
-- and what tells, of a later one, which articles to compare it with.
ALTER TABLE articles ADD COLUMN family TEXT;
CREATE INDEX articles_by_family ON articles (family);
CREATE TABLE bands (
    hash    INTEGER NOT NULL,
    article INTEGER NOT NULL REFERENCES articles (number),
    PRIMARY KEY (hash, article)
) WITHOUT ROWID;
CREATE INDEX bands_by_article ON bands (article);
"""

_VERSION_3 = """
-- Versions of one story: where it stands, as its address is compared; and on which day the next
-- version came, '' where that is not known, NULL for the newest.
ALTER TABLE articles ADD COLUMN address TEXT;
ALTER TABLE articles ADD COLUMN superseded TEXT;
UPDATE articles SET address = story_address(url);
CREATE INDEX articles_by_address ON articles (address) WHERE address IS NOT NULL;
CREATE INDEX articles_superseded ON articles (superseded) WHERE superseded IS NOT NULL;

-- What a reader of an article knows better than its file; kept by the article's id, so that it
-- holds when the file is read again.
CREATE TABLE corrections (
    article TEXT NOT NULL,
    field   TEXT NOT NULL,
    value   TEXT,                 -- NULL: not known
    PRIMARY KEY (article, field)
) WITHOUT ROWID;
"""

_VERSION_4 = """
-- Names to filter by; with the dates that are most often asked for along with them.
CREATE INDEX articles_by_source ON articles (source, published);
CREATE INDEX articles_by_author ON articles (author, published);
CREATE INDEX articles_by_section ON articles (section, published);
CREATE INDEX articles_by_language ON articles (language, published);
CREATE INDEX appearances_by_source ON appearances (source, article);
"""

MIGRATIONS = (
    _VERSION_1,
    _VERSION_2,
    _VERSION_3,
    _VERSION_4,
)  # entry n takes a file from version n to n + 1; never edit one
SCHEMA_VERSION = len(MIGRATIONS)


def version_of(connection: sqlite3.Connection) -> int:
    """The schema version of an open file; 0 for a new one."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def require_known(connection: sqlite3.Connection, file: Path) -> int:
    """The schema version of an open library.

    Raises LibraryNewer when a later release made it, LibraryDamaged when it is none.
    """
    version = version_of(connection)
    if version == 0:
        raise damaged(file, "it holds no library")
    if version > SCHEMA_VERSION:
        raise LibraryNewer(
            f"The library {file.parent} has schema version {version}; this release reads up to "
            f"{SCHEMA_VERSION}.",
            "Upgrade with `pip install --upgrade article-assistant`, or choose another library.",
        )
    return version


def migrate(connection: sqlite3.Connection) -> None:
    """Bring an open file to the current schema, each step in a transaction of its own."""
    for version in range(version_of(connection), SCHEMA_VERSION):
        try:
            connection.executescript(
                f"BEGIN IMMEDIATE; {MIGRATIONS[version]} "
                f"PRAGMA user_version = {version + 1}; COMMIT;"
            )
        except sqlite3.OperationalError:
            connection.rollback()
            if version_of(connection) <= version:  # else another process did it meanwhile
                raise


def rename(connection: sqlite3.Connection) -> None:
    """Give a copied library a name of its own."""
    connection.execute("UPDATE meta SET value = lower(hex(randomblob(8))) WHERE key = 'library'")


def damaged(file: Path, reason: str) -> LibraryDamaged:
    """The error that says that a file cannot be read as a library."""
    return LibraryDamaged(
        f"The library file {file} is damaged: {reason}.",
        "Move the folder away; then put a copy made with `assistant backup` in its place, or add "
        "the articles again.",
    )
