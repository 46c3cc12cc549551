"""Filters on articles: from what a caller passed to a condition in SQL, and what passes it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
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


def filter_clause(filters: Filters) -> tuple[str, list[object]]:
    """A condition on `articles` and its values.

    An undated article never passes a filter on dates. An outlet matches, whatever its case, the
    article's own or that of any place where the same text appeared; an author, part of a by-line.
    Of the versions of one story only the newest passes, up to the last day asked for.
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
        names = ", ".join("?" * len(filters.sources))
        conditions.append(
            f"(fold(articles.source) IN ({names}) OR EXISTS (SELECT 1 FROM appearances AS place "
            f"WHERE place.article = articles.number AND fold(place.source) IN ({names})))"
        )
        values += [fold(name) for name in filters.sources] * 2
    if filters.authors:
        holds = " OR ".join(["instr(fold(articles.author), ?)"] * len(filters.authors))
        conditions.append(f"({holds})")
        values += [fold(name) for name in filters.authors]
    for column, wanted in (("section", filters.sections), ("language", filters.languages)):
        if wanted:
            names = ", ".join("?" * len(wanted))
            conditions.append(f"fold(articles.{column}) IN ({names})")
            values += [fold(name) for name in wanted]
    return " AND ".join(conditions), values


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
