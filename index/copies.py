"""Near copies: articles that are mostly the same words, as a wire story lightly edited is.

MinHash (Broder, 1997; by datasketch) proposes pairs, the Jaccard similarity of their 5-word
shingles decides. A pair at 0.8 shares one of the bands with a probability of 0.99995.
"""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Iterable, Sequence

from index import rows
from index.types import Appearance, Article

WORDS = 5  # in a shingle
# Of the pairs among 2,225 BBC stories, those up to 0.47 are different reports of one event that
# share quotes; the 32 from 0.56 on are one report, updated or filed twice. None is between.
THRESHOLD = 0.5
_BANDS, _ROWS = 25, 5
_MOST = 50  # articles compared with a new one, those with the most bands in common
_WORD = re.compile(r"\w+")


def shingles(text: str) -> frozenset[str]:
    """The runs of five words in a text, in lower case; all of it where it is shorter."""
    words = _WORD.findall(text.lower())
    return frozenset(
        " ".join(words[start : start + WORDS]) for start in range(max(1, len(words) - WORDS + 1))
    )


def similarity(one: frozenset[str], other: frozenset[str]) -> float:
    """The Jaccard similarity of two sets: 1 where they are equal."""
    return len(one & other) / (len(one | other) or 1)


def bands(texts: Iterable[str]) -> list[tuple[int, ...]]:
    """The bands of each text: numbers of which near copies share at least one."""
    from datasketch import MinHash

    first = MinHash(num_perm=_BANDS * _ROWS, seed=1)  # with the permutations that all share
    found: list[tuple[int, ...]] = []
    for text in texts:
        minhash = first.copy()
        minhash.update_batch([shingle.encode("utf-8", "replace") for shingle in shingles(text)])
        values = minhash.hashvalues.reshape(_BANDS, _ROWS).tolist()
        found.append(tuple(_number(place, band) for place, band in enumerate(values)))
    return found


def _number(place: int, band: Sequence[int]) -> int:
    """A band and its place as a signed number of 64 bits, which is what SQLite stores."""
    digest = hashlib.blake2b(repr((place, *band)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def family_of(db: sqlite3.Connection, text: str, marks: Sequence[int]) -> str | None:
    """The family of the article that a text is the nearest copy of, None for an original.

    A family is named by the id of its first article.
    """
    candidates = db.execute(
        "SELECT article, count(*) AS shared FROM bands WHERE hash IN "
        "(SELECT value FROM json_each(?)) GROUP BY article ORDER BY shared DESC, article LIMIT ?",
        (rows.marks(marks), _MOST),
    ).fetchall()
    if not candidates:
        return None
    own = shingles(text)
    best, family = THRESHOLD, None
    for number, _ in candidates:
        row = db.execute(
            "SELECT text, coalesce(family, id) FROM articles WHERE number = ?", (number,)
        ).fetchone()
        alike = similarity(own, shingles(row[0]))
        if alike >= best:
            best, family = alike, str(row[1])
    return family


def remember(db: sqlite3.Connection, article: int, marks: Sequence[int]) -> None:
    """Note the bands of an article, for those that come after it."""
    db.executemany(
        "INSERT OR IGNORE INTO bands (hash, article) VALUES (?, ?)",
        [(mark, article) for mark in marks],
    )


def kin(db: sqlite3.Connection, numbers: Iterable[int]) -> dict[int, tuple[str, str]]:
    """The family of each passage's article and that article's id, by the passages' numbers."""
    found = db.execute(
        "SELECT p.number, coalesce(a.family, a.id), a.id FROM passages AS p "
        "JOIN articles AS a ON a.number = p.article "
        "WHERE p.number IN (SELECT value FROM json_each(?))",
        (rows.marks(numbers),),
    )
    return {row[0]: (str(row[1]), str(row[2])) for row in found}


def copies_of(db: sqlite3.Connection, article: Article) -> tuple[Appearance, ...]:
    """The places of the other articles of an article's family, the earliest added first.

    Its own earlier and later versions, which have its address, are no copies.
    """
    family = article.family or article.id
    found = rows.load_articles(
        db,
        "WHERE (family = ? OR id = ?) AND id <> ? AND superseded IS NULL "
        "AND (address IS NULL OR address IS NOT story_address(?)) ORDER BY number",
        (family, family, article.id, article.url),
    )
    return tuple(place for copy in found.values() for place in copy.appearances)
