"""Corrections: what a reader knows better of an article than its file or page."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import TypedDict

from index import rows, versions
from index.decoding import clean_line
from index.embedding import Embedder
from index.errors import ArticleNotFound, InvalidOption
from index.filters import checked_day
from index.models import add_model, require_model
from index.passages import embedded_text
from index.store import Store
from index.types import Appearance, Article
from index.upkeep import find_article
from index.vectors import VectorIndex


class Facts(TypedDict, total=False):
    """What can be corrected of an article; None is "not known"."""

    title: str
    source: str | None
    url: str | None
    published: date | str | None
    author: str | None
    section: str | None
    language: str | None


_NAMES = tuple(Facts.__annotations__)
_PLACED = {"source", "url", "published"}  # which a place of the article tells as well


def checked_facts(given: Facts) -> dict[str, str | None]:
    """Facts as they are stored; raises InvalidOption for what cannot be one."""
    unknown = set(given) - set(_NAMES)
    if unknown or not given:
        named = f"{sorted(unknown)[0]!r} cannot be corrected." if unknown else "Nothing is given."
        raise InvalidOption(named, f"Give one of {', '.join(_NAMES)}.")
    return {name: _checked(name, value) for name, value in given.items()}


def _checked(name: str, value: object) -> str | None:
    if value is None and name != "title":
        return None
    if name == "published" and isinstance(value, date):
        return rows.iso_day(checked_day(name, value))
    if not isinstance(value, str) or not (text := clean_line(value)):
        raise InvalidOption(f"{name}={value!r} is no text.", "Give some, or None for not known.")
    if name == "published":
        return rows.iso_day(checked_day(name, text))
    if name == "url":
        from index.net.guard import checked_address  # which brings an HTTP client

        return checked_address(text)
    return text.lower() if name == "language" else text


def corrected(
    db: sqlite3.Connection, article: Article, place: Appearance
) -> tuple[Article, Appearance]:
    """An article and its place with what was corrected of the same text before."""
    facts = dict(
        db.execute(
            "SELECT field, value FROM corrections WHERE article = ?", (article.id,)
        ).fetchall()
    )
    if not facts:
        return article, place
    if facts.get("published"):
        facts["published"] = date.fromisoformat(facts["published"])
    same = {
        name: facts[name]
        for name in _PLACED & set(facts)
        if getattr(place, name) == getattr(article, name)
    }
    return replace(article, **facts), replace(place, **same)


def correct_article(
    store: Store,
    vectors: VectorIndex,
    embedder: Embedder,
    article_id: str,
    facts: Mapping[str, str | None],
) -> None:
    """Note corrections and apply them; passages are embedded anew where the headline changes.

    Raises ArticleNotFound.
    """
    with store.reading() as db:
        number = find_article(db, article_id)
        known = rows.articles_at(db, (number,))[number]
        passages = rows.passages_of(db, number)
    title = facts.get("title") or known.title
    texts = [embedded_text(title, known.text[start:end]) for _, start, end in passages]
    made = embedder.embed(texts) if title != known.title and texts else None
    numbers = [passage for passage, _, _ in passages]
    with store.locked():
        with store.writing() as db:
            if rows.article_number(db, known.id) != number:
                raise ArticleNotFound(
                    f"The article {known.id} was removed or replaced meanwhile.", "Look again."
                )
            db.executemany(
                "INSERT OR REPLACE INTO corrections VALUES (?, ?, ?)",
                [(known.id, name, value) for name, value in facts.items()],
            )
            if made is not None:
                rows.forget_words(db, numbers)
            _apply(db, number, known, facts)
            if made is not None:
                rows.index_words(db, numbers)
                require_model(db, embedder, store.folder)
                rows.insert_vectors(db, add_model(db, embedder, made.shape[1]), numbers, made)
                rows.next_generation(db)
        if made is not None:
            vectors.apply(numbers, numbers, [made])


def _apply(
    db: sqlite3.Connection, number: int, known: Article, facts: Mapping[str, str | None]
) -> None:
    """Set facts in the rows of an article and of its places, and find its story anew."""
    for name, value in facts.items():
        db.execute(f"UPDATE articles SET {name} = ? WHERE number = ?", (value, number))
    for name in _PLACED & set(facts):  # a copy that says something else is left as it is
        old = getattr(known, name)
        db.execute(
            f"UPDATE appearances SET {name} = ? WHERE article = ? AND {name} IS ?",
            (facts[name], number, rows.iso_day(old) if name == "published" else old),
        )
    rows.unlink_version(db, number)
    versions.link(db, number, rows.articles_at(db, (number,))[number])
