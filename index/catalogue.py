"""The catalogue of a library: its articles as a list to look through, searched, sorted, counted."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Unpack, get_args

from index import rows
from index.copies import copies_of
from index.errors import InvalidOption
from index.files import path_key
from index.filters import FilterOptions, filter_clause, fold, make_filters
from index.places import known_in_file
from index.store import Store
from index.types import Appearance, Article, Filters
from index.versions import story_of

if TYPE_CHECKING:
    from index.library import Library

Order = Literal["newest", "oldest", "title", "outlet", "added"]
NEWEST_FIRST = "ORDER BY published IS NULL, published DESC, number"
_ORDERS: dict[Order, str] = {
    "newest": NEWEST_FIRST,
    "oldest": "ORDER BY published IS NULL, published, number",
    "title": "ORDER BY fold(title), number",
    "outlet": "ORDER BY source IS NULL, fold(source), published IS NULL, published DESC, number",
    "added": "ORDER BY number DESC",
}
_WORD = re.compile(r"\w+")
_MOST_WORDS = 8  # of what is searched for: each is a search of its own


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the catalogue; `places` counts where else the text or a near copy was found."""

    id: str
    title: str
    source: str | None
    published: date | None
    words: int
    places: int
    versions: int  # of its story, itself included


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Some entries of a catalogue, and how many there are in all."""

    entries: tuple[Entry, ...] = ()
    total: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """An outlet and how many articles it has in a library."""

    name: str
    articles: int


def listed(
    library: Library,
    *,
    matching: str = "",
    order: Order = "newest",
    limit: int = 50,
    **only: Unpack[FilterOptions],
) -> Listed:
    """The first `limit` articles in an order; each of the words in `matching` stands in them.

    A word may stand in any place: anywhere within the headline, the outlet or the author, or as
    the beginning of a word of the text. Of the versions of one story only the newest is listed.
    Raises InvalidOption for another order.
    """
    if order not in get_args(Order):
        raise InvalidOption(f"order={order!r} is none.", f"Give one of {', '.join(_ORDERS)}.")
    condition, values = filter_clause(make_filters(**only))
    for word in _WORD.findall(matching)[:_MOST_WORDS]:
        condition += f" AND {_HOLDS}"
        values += [fold(word)] * 3 + [f'"{word}" *']
    with library.store.reading() as db:
        total = db.execute(f"SELECT count(*) FROM articles WHERE {condition}", values).fetchone()[0]
        found = rows.load_articles(
            db, f"WHERE {condition} {_ORDERS[order]} LIMIT ?", [*values, limit]
        )
        entries = tuple(_entry(db, number, article) for number, article in found.items())
        return Listed(entries=entries, total=total)


_HOLDS = (
    "(instr(fold(title), ?) OR instr(fold(source), ?) OR instr(fold(author), ?) OR number IN "
    "(SELECT article FROM passages WHERE number IN "
    "(SELECT rowid FROM passage_index WHERE passage_index MATCH ?)))"
)


def _entry(db: sqlite3.Connection, number: int, article: Article) -> Entry:
    return Entry(
        id=article.id,
        title=article.title,
        source=article.source,
        published=article.published,
        words=len(article.text.split()),
        places=len(_elsewhere(db, article)),
        versions=len(story_of(db, number)) if article.version_of else 1,
    )


def elsewhere(library: Library, article: Article) -> tuple[Appearance, ...]:
    """Where else an article's text, or a near copy of it, was found, each place once."""
    with library.store.reading() as db:
        return _elsewhere(db, article)


def _elsewhere(db: sqlite3.Connection, article: Article) -> tuple[Appearance, ...]:
    others = dict.fromkeys((*article.appearances[1:], *copies_of(db, article)))
    return tuple(others)


def outlets(library: Library, **only: Unpack[FilterOptions]) -> tuple[Outlet, ...]:
    """The outlets of the articles that pass the filters, those with the most articles first.

    An article counts for each outlet in which its text appeared.
    """
    condition, values = filter_clause(make_filters(**only))
    with library.store.reading() as db:
        found = db.execute(
            "SELECT min(name) AS name, count(DISTINCT article) AS articles FROM ("
            f"SELECT number AS article, source AS name FROM articles WHERE {condition} UNION ALL "
            "SELECT articles.number, place.source FROM articles JOIN appearances AS place "
            f"ON place.article = articles.number WHERE {condition}) "
            "WHERE name IS NOT NULL GROUP BY fold(name) ORDER BY articles DESC, name",
            [*values, *values],
        )
        return tuple(Outlet(**dict(row)) for row in found)


def state_of(library: Library) -> str:
    """A mark that changes with every write to a library, by whichever process; cheap to ask for."""
    file = library.store.file
    return " ".join(_stamp(path) for path in (file, Path(f"{file}-wal")))


def _stamp(path: Path) -> str:
    try:
        status = path.stat()
    except OSError:  # nothing was written yet, or the log was folded in
        return "-"
    return f"{status.st_ino}.{status.st_size}.{status.st_mtime_ns}"


def every(store: Store) -> Iterator[Article]:
    """Every article that is there now, newest first, read a hundred at a time."""
    with store.reading() as db:
        found = db.execute(
            f"SELECT number FROM articles WHERE {filter_clause(Filters())[0]} {NEWEST_FIRST}"
        )
        numbers = [row[0] for row in found]
    for start in range(0, len(numbers), 100):
        with store.reading() as db:
            articles = rows.articles_at(db, numbers[start : start + 100])
        yield from articles.values()


def holds_file(library: Library, path: Path) -> bool:
    """Whether an article of the library is from a file, or from within it."""
    with library.store.reading() as db:
        return bool(known_in_file(db, path_key(path)))
