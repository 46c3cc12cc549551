"""What a question is asked of: its own words and the caller's filters brought together."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from assistant.answering import DECLINED
from assistant.rendering import day_line
from assistant.scope import Scope, scope_of
from assistant.types import AppliedFilters
from index.library import Library
from index.types import Filters


def asked_scope(question: str, library: Library, today: date) -> Scope:
    """What a question asks of in a library; in one without any date, days mean nothing."""
    scope = scope_of(question, today=today, outlets=lambda: library.stats().sources)
    if scope.days and not library.count(since=date.min).articles:
        return scope.without_days()
    return scope


def narrowed(given: Filters, scope: Scope) -> Filters | None:
    """The filters of a caller together with those of the question; None where they exclude all.

    Outlets that the caller names go before those of the question.
    """
    since = max(filter(None, (given.since, scope.since)), default=None)
    until = min(filter(None, (given.until, scope.until)), default=None)
    if since and until and since > until:
        return None
    return replace(given, since=since, until=until, sources=given.sources or scope.sources)


def silent_text(library: Library, applied: AppliedFilters) -> str:
    """What is said instead of an answer: where there was nothing to search, that."""
    if applied.articles:
        return DECLINED
    if not len(library):
        return f"The library {library.path} is empty: add articles to it first."
    if not applied.range:
        return "No article passes the filters."
    stats = library.stats()
    held = (
        f" Those with a date are of {day_line(stats.oldest)} to {day_line(stats.newest)}."
        if stats.oldest and stats.newest
        else " None has a date."
    )
    named = f" of {', '.join(applied.names)}" if applied.names else ""
    return f"No articles in that range: {applied.range}{named}.{held}"


def range_notices(scope: Scope, applied: AppliedFilters) -> list[str]:
    """What the asker should know of the days that were asked for."""
    notices = []
    if scope.undatable:
        notices.append(f'No article has a date, so "{scope.undatable}" limits nothing.')
    if applied.undated:
        articles = (
            "1 undated article was"
            if applied.undated == 1
            else f"{applied.undated} undated articles were"
        )
        notices.append(f"{articles} left out by the dates asked for.")
    return notices
