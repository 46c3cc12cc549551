"""Filters on articles: from what a caller passed to a condition in SQL, and what passes it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import TypedDict

from index.decoding import clean_line
from index.errors import InvalidOption
from index.types import FilterCount, Filters

# The articles that a newer version of their story has replaced. Named by an index of their own and
# taken away: to look into each row instead is six to eighteen times as slow (20,000 articles).
REPLACED = "SELECT number FROM articles WHERE superseded IS NOT NULL"
_REPLACED_UNTIL = "SELECT number FROM articles WHERE superseded <> '' AND superseded <= ?"


class FilterOptions(TypedDict, total=False):
    """What limits the articles of a call: dates inclusive, or "YYYY-MM-DD"; any of the names."""

    since: date | str | None
    until: date | str | None
    sources: Iterable[str]  # outlets
    authors: Iterable[str]
    sections: Iterable[str]
    languages: Iterable[str]  # ISO 639-1: "en"


def make_filters(
    since: date | str | None = None,
    until: date | str | None = None,
    sources: Iterable[str] = (),
    *,
    authors: Iterable[str] = (),
    sections: Iterable[str] = (),
    languages: Iterable[str] = (),
) -> Filters:
    """Filters from what a caller passed; raises InvalidOption on what is no date or no name."""
    first, last = checked_day("since", since), checked_day("until", until)
    if first and last and first > last:
        raise InvalidOption(
            f"since={first.isoformat()} is after until={last.isoformat()}.", "Swap the two."
        )
    return Filters(
        since=first,
        until=last,
        sources=_names("sources", sources),
        authors=_names("authors", authors),
        sections=_names("sections", sections),
        languages=_names("languages", languages),
    )


def _names(what: str, given: Iterable[str]) -> tuple[str, ...]:
    if isinstance(given, str):
        given = (given,)
    several = tuple(given) if isinstance(given, Iterable) else (given,)
    if not all(isinstance(name, str) for name in several):
        raise InvalidOption(f"{what}={given!r} are no names.", "Give strings.")
    names = tuple(clean_line(name) for name in several)
    if not all(names):
        raise InvalidOption(f"One of {what} is empty.", "Name one, or leave the filter out.")
    return names


def fold(name: str | None) -> str | None:
    """A name as it is compared: without regard to case, also beyond ASCII."""
    return name and name.casefold()


def filter_clause(filters: Filters, *, one_by_one: bool = False) -> tuple[str, list[object]]:
    """A condition on `articles` and its values.

    An undated article never passes a filter on dates. An outlet matches, whatever its case, the
    article's own or that of any place where the same text appeared; an author, part of a by-line.
    Of the versions of one story only the newest passes, up to the last day asked for.
    `one_by_one` puts it so that some given articles are quickly tried, not so that all that pass
    are quickly found.
    """
    replaced = _REPLACED_UNTIL if filters.until else REPLACED
    conditions, values = [f"articles.number NOT IN ({replaced})"], list[object]()
    if filters.until:
        conditions.append("articles.published <= ?")
        values += [filters.until.isoformat()] * 2
    if filters.since:
        conditions.append("articles.published >= ?")
        values.append(filters.since.isoformat())
    if filters.sources:
        outlet = _FROM_EACH if one_by_one else _FROM
        dated = filters.since or filters.until
        conditions.append(
            ("+" if dated and not one_by_one else "")
            + outlet.format(*(_spelled(table, "source", filters.sources, _IS) for table in _PLACES))
        )
        values += [fold(name) for name in filters.sources] * 2
    for column, wanted in (
        ("author", filters.authors),
        ("section", filters.sections),
        ("language", filters.languages),
    ):
        if wanted:
            tests = _HOLDS if column == "author" else _IS
            conditions.append(
                f"articles.{column} IN ({_spelled('articles', column, wanted, tests)})"
            )
            values += [fold(name) for name in wanted]
    return " AND ".join(conditions), values


# The outlet of an article, or of a place of it. The list that this makes leads to the articles; a
# "+" before it has them come by their dates instead, and only looked for in the list.
_FROM = (
    "articles.number IN (SELECT number FROM articles WHERE source IN ({0}) "
    "UNION ALL SELECT article FROM appearances WHERE source IN ({1}))"
)
_FROM_EACH = (
    "(articles.source IN ({0}) OR EXISTS (SELECT 1 FROM appearances AS place "
    "WHERE place.article = articles.number AND +place.source IN ({1})))"
)
_PLACES = ("articles", "appearances")
_IS, _HOLDS = "fold(name) = ?", "instr(fold(name), ?)"


def _spelled(table: str, column: str, wanted: Sequence[str], test: str) -> str:
    """The spellings in an indexed column that pass a test with any of the wanted names.

    It goes from each to the next in the index: there are far fewer names than rows, and `fold`
    is a function of Python's.
    """
    return (
        f"WITH RECURSIVE spelled (name) AS (SELECT min({column}) FROM {table} UNION ALL "
        f"SELECT (SELECT min({column}) FROM {table} WHERE {column} > name) FROM spelled "
        "WHERE name IS NOT NULL) SELECT name FROM spelled "
        f"WHERE {' OR '.join([test] * len(wanted))}"
    )


def share_passing(db: sqlite3.Connection, filters: Filters) -> float:
    """How much of a library passes the filters, roughly: as if none had to do with another."""
    share = 1.0
    if filters.since or filters.until:
        days = (filters.since or date.min).isoformat(), (filters.until or date.max).isoformat()
        share *= _share(db, "articles", "published BETWEEN ? AND ?", days)
    for table, column, wanted, test in (
        ("appearances", "source", filters.sources, _IS),
        ("articles", "author", filters.authors, _HOLDS),
        ("articles", "section", filters.sections, _IS),
        ("articles", "language", filters.languages, _IS),
    ):
        if wanted:
            condition = f"{column} IN ({_spelled(table, column, wanted, test)})"
            share *= _share(db, table, condition, [fold(name) for name in wanted])
    return share


def _share(
    db: sqlite3.Connection, table: str, condition: str, values: Sequence[str | None]
) -> float:
    passed, last = db.execute(
        f"SELECT (SELECT count(*) FROM {table} WHERE {condition}), max(number) FROM {table}", values
    ).fetchone()
    return float(passed / last) if passed else 0.0


def count_filtered(db: sqlite3.Connection, filters: Filters) -> FilterCount:
    """How many articles pass the filters, and how many fail them only for want of a date."""
    condition, values = filter_clause(filters)
    passed = db.execute(f"SELECT count(*) FROM articles WHERE {condition}", values).fetchone()[0]
    undated = 0
    if filters.since or filters.until:
        condition, values = filter_clause(replace(filters, since=None, until=None))
        undated = db.execute(
            f"SELECT count(*) FROM articles WHERE {condition} AND published IS NULL",
            values,
        ).fetchone()[0]
    return FilterCount(articles=passed, undated=undated)


def checked_day(name: str, value: date | str | None) -> date | None:
    """A day from a date, a datetime or "YYYY-MM-DD"; raises InvalidOption for anything else."""
    if value is None:
        return None
    if isinstance(value, date):
        return date(value.year, value.month, value.day)  # a datetime counts as its day
    try:
        return date.fromisoformat(value)
    except (ValueError, TypeError) as error:
        raise InvalidOption(
            f"{name}={value!r} is not a date.", "Write it as YYYY-MM-DD, such as 2025-06-02."
        ) from error
