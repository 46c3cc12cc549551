"""Filters on articles: from what a caller passed to a condition in SQL, and what passes it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import date

from index.decoding import clean_line
from index.errors import InvalidOption
from index.types import FilterCount, Filters


def make_filters(
    since: date | str | None, until: date | str | None, sources: Iterable[str]
) -> Filters:
    """Filters from what a caller passed; raises InvalidOption on a date that is none."""
    first, last = _day("since", since), _day("until", until)
    if first and last and first > last:
        raise InvalidOption(
            f"since={first.isoformat()} is after until={last.isoformat()}.", "Swap the two."
        )
    if isinstance(sources, str):
        sources = (sources,)
    given = tuple(sources) if isinstance(sources, Iterable) else (sources,)
    if not all(isinstance(name, str) for name in given):
        raise InvalidOption(f"sources={sources!r} are no names of outlets.", "Give strings.")
    names = tuple(clean_line(name) for name in given)
    if not all(names):
        raise InvalidOption("An outlet's name is empty.", "Name one, or leave the filter out.")
    return Filters(since=first, until=last, sources=names)


def fold(name: str | None) -> str | None:
    """An outlet's name as it is compared: without regard to case, also beyond ASCII."""
    return name and name.casefold()


def filter_clause(filters: Filters) -> tuple[str, list[object]]:
    """A condition on `articles` and its values; "1" when nothing is filtered.

    An undated article never passes a filter on dates. An outlet matches, whatever its case, the
    article's own or that of any place where the same text appeared.
    """
    conditions, values = ["1"], list[object]()
    if filters.since:
        conditions.append("articles.published >= ?")
        values.append(filters.since.isoformat())
    if filters.until:
        conditions.append("articles.published <= ?")
        values.append(filters.until.isoformat())
    if filters.sources:
        names = ", ".join("?" * len(filters.sources))
        conditions.append(
            f"(fold(articles.source) IN ({names}) OR EXISTS (SELECT 1 FROM appearances AS place "
            f"WHERE place.article = articles.number AND fold(place.source) IN ({names})))"
        )
        values += [fold(name) for name in filters.sources] * 2
    return " AND ".join(conditions), values


def count_filtered(db: sqlite3.Connection, filters: Filters) -> FilterCount:
    """How many articles pass the filters, and how many fail them only for want of a date."""
    condition, values = filter_clause(filters)
    passed = db.execute(f"SELECT count(*) FROM articles WHERE {condition}", values).fetchone()[0]
    undated = 0
    if filters.since or filters.until:
        condition, values = filter_clause(Filters(sources=filters.sources))
        undated = db.execute(
            f"SELECT count(*) FROM articles WHERE {condition} AND published IS NULL",
            values,
        ).fetchone()[0]
    return FilterCount(articles=passed, undated=undated)


def _day(name: str, value: date | str | None) -> date | None:
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
