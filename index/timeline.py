"""How the articles of a library lie in time: what a timeline draws."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Literal

from index.errors import InvalidOption
from index.filters import filter_clause
from index.types import Filters

Unit = Literal["day", "month"]
_LETTERS = {"day": 10, "month": 7}  # of an ISO date


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """The number of articles of one outlet in one day or month."""

    period: str | None  # "2025-06-02" or "2025-06"; None for undated articles
    source: str | None
    articles: int


def timeline(db: sqlite3.Connection, by: Unit, filters: Filters) -> tuple[Bar, ...]:
    """The articles that pass the filters by period and outlet, the oldest first, undated last.

    Raises InvalidOption for another unit of time.
    """
    if by not in _LETTERS:
        raise InvalidOption(f"by={by!r} is no unit of a timeline.", "Give 'day' or 'month'.")
    condition, values = filter_clause(filters)
    found = db.execute(
        "SELECT substr(published, 1, ?) AS period, source, count(*) AS articles FROM articles "
        f"WHERE {condition} GROUP BY period, source ORDER BY period IS NULL, period, source",
        [_LETTERS[by], *values],
    )
    return tuple(Bar(**dict(row)) for row in found)
