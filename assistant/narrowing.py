"""What a question is asked of: its words, those of the ones before it, and the caller's filters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from assistant.answering import DECLINED
from assistant.question import Standalone, points_back, standalone_question, telling_words
from assistant.rendering import day_line, days_line
from assistant.scope import Scope, scope_of
from assistant.types import AppliedFilters, Turn
from index.library import Library
from index.stats import outlets
from index.types import Filters

_OUTLETS_TOLD = 8


@dataclass(frozen=True, slots=True)
class Understood:
    """A question that can be searched by itself, and what it is asked of."""

    standalone: Standalone
    scope: Scope


def understood(question: str, history: Sequence[Turn], library: Library, today: date) -> Understood:
    """A question of a conversation, made standalone by rule.

    A follow-up that points back is asked of the days and outlets of the question before it, where
    it names none; one of nothing else ("and according to the BBC?") is that question, asked anew.
    """
    scope = asked_scope(question, library, today)
    standalone = standalone_question(question, history)
    if not history:
        return Understood(standalone, scope)
    *earlier, last = history
    if scope.phrases and _says_nothing(scope.rest_of(question)):
        before = understood(last.question, earlier, library, today)
        asked = before.standalone
        if scope.sources:
            scope = replace(scope, outlets=f"according to {' or '.join(scope.sources)}")
        text, own = before.scope.rest_of(asked.text), before.scope.rest_of(asked.own)
        anew = f"{text.rstrip(' ?.')}, {', '.join(scope.phrases)}"
        return Understood(replace(asked, text=anew, own=own), scope.or_else(before.scope))
    if points_back(question):
        scope = scope.or_else(understood(last.question, earlier, library, today).scope)
    return Understood(standalone, scope)


def _says_nothing(rest: str) -> bool:
    """Whether what is left of a question without its days and outlets asks nothing itself."""
    return not telling_words(rest) and rest.strip(" ?.!,").lower() != "what"


def asked_scope(question: str, library: Library, today: date) -> Scope:
    """What a question asks of in a library; in one without any date, days mean nothing.

    Nor does an outlet that it does not hold where its articles speak of it: "the Observer said".
    """
    scope = scope_of(question, today=today, outlets=lambda: outlets(library.store))
    if scope.unheld and any(library.term_counts(scope.sources).counts.values()):
        scope = replace(scope, sources=(), outlets="")
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


def silent_text(library: Library, given: Filters, scope: Scope, applied: AppliedFilters) -> str:
    """What is said instead of an answer: where there was nothing to search, that."""
    if applied.articles:
        return DECLINED
    if not len(library):
        return f"The library {library.path} is empty: add articles to it first."
    if narrowed(given, scope) is None:
        return (
            f'"{scope.days}" is {days_line(scope.since, scope.until)}, and the filter says '
            f"{days_line(given.since, given.until)}: no day is in both."
        )
    stats = library.stats()
    known = {outlet.casefold() for outlet in stats.sources}
    unknown = [name for name in applied.sources if name.casefold() not in known]
    if unknown and len(unknown) == len(applied.sources):
        meant = [name for name in stats.sources if unknown[0].casefold() in name.casefold()]
        hint = f" Is {meant[0]} meant?" if meant else _outlets(stats.sources)
        return f"No article is from {' or '.join(unknown)}.{hint}"
    if not applied.range:
        return "No article passes the filters."
    held = (
        f" Those with a date are of {day_line(stats.oldest)} to {day_line(stats.newest)}."
        if stats.oldest and stats.newest
        else " None has a date."
    )
    named = f" of {', '.join(applied.names)}" if applied.names else ""
    text = f"No articles in that range: {applied.range}{named}.{held}"
    yearless = re.search(r"\d|\b[A-Z]", scope.days, re.I) and not re.search(r"\d{4}", scope.days)
    if yearless and scope.since and stats.newest and scope.since > stats.newest:
        text += " If another year is meant, name it."
    return text


def _outlets(known: Sequence[str]) -> str:
    """Which outlets there are instead."""
    if not known:
        return " The outlet of no article here is known."
    shown = ", ".join(known[:_OUTLETS_TOLD])
    more = len(known) - _OUTLETS_TOLD
    return f" There are articles from {shown}" + (f" and {more:,} more." if more > 0 else ".")


def range_notices(scope: Scope, applied: AppliedFilters) -> list[str]:
    """What the asker should know of the days that were asked for."""
    notices = [scope.misread] if scope.misread else []
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
