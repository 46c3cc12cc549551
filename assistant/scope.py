"""What a question asks of: which days, which outlets, and whether it asks for the newest.

Only what is said plainly counts. "in 2004", "last year" and "by June" are more often the time of
an event than that of a report, "02/06/2025" may be two days, and a week from now has no reports:
such words are left in the question, where they are searched like others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date

from assistant.calendar import AGO, DAY, SPAN, WEEKDAYS, Days, day_named, span_named, why_unread
from assistant.outlets import Named, may_name_outlet, outlets_named

_BEFORE_EVENT = r"(?<!than )(?<!with )(?<!from )(?<!to )(?<!against )(?<!until )(?<!by )"
_POSSESSIVE = r"(?:['’]s)?"


@dataclass(frozen=True, slots=True)
class _Form:
    """A way to say a range: a pattern with one or two groups, and what their days come to."""

    pattern: re.Pattern[str]
    since: str = ""  # "start" of the days named first, or "after": the day after their end
    until: str = ""  # "end" of the days named last, or "before": the day before their start
    day: bool = False  # whether the groups name days rather than spans


def _form(pattern: str, since: str = "", until: str = "", *, day: bool = False) -> _Form:
    return _Form(re.compile(rf"\b{pattern}(?![\w-])", re.I), since, until, day)


_FORMS = (
    _form(rf"between ({DAY}) and ({DAY})", "start", "end", day=True),
    _form(rf"from ({DAY}) (?:to|until|till|through) ({DAY})", "start", "end", day=True),
    _form(rf"(?:since|from) ({DAY})(?: on(?:wards)?)?", "start", day=True),
    _form(rf"after ({DAY})", "after", day=True),
    _form(rf"(?<!\bday )(?:before|prior to) ({DAY})", "", "before", day=True),
    _form(rf"as (?:of|at) ({DAY})", "", "end", day=True),
    _form(rf"(?<!from )(?:until|till|up to) ({DAY})", "", "end", day=True),
    _form(rf"on ({DAY}){_POSSESSIVE}", "start", "end", day=True),
    _form(rf"since ({SPAN})", "start"),
    _form(rf"after ({SPAN})", "after"),
    _form(rf"before ({SPAN})", "", "before"),
    _form(rf"as (?:of|at) ({SPAN})", "", "end"),
    _form(rf"(?:in|at|during|throughout|over|within) ({SPAN})", "start", "end"),
    _form(
        rf"(?<=\b(?:articles|coverage) )from ({SPAN})|(?<=\b(?:reports|stories) )from ({SPAN})",
        "start",
        "end",
    ),
    _form(
        rf"{_BEFORE_EVENT}((?:last|this|past) (?:week|month|weekend)|"
        rf"(?:the|this past) weekend|{AGO}|last {WEEKDAYS}|"
        rf"(?:the )?day before yesterday|yesterday|this (?:morning|afternoon|evening)|tonight"
        rf"){_POSSESSIVE}",
        "start",
        "end",
    ),
)
_PAST = re.compile(
    r"\b(?:did|was|were|had|said|told|won|lost|met|left|took|made|gave|came|went|fell|rose|hit|"
    r"beat|bought|sold|quit|(?!need|speed|feed|seed)\w{2,}ed)\b",
    re.I,
)
_FUTURE = re.compile(r"\b(?:will|shall|going to|due to|expected to|planned)\b", re.I)
_TODAY = re.compile(r"\btoday(?:['’]s)?\b", re.I)
_NEWEST = re.compile(
    r"\b(?:latest|most recent|newest|current|currently|now|at the moment|at present|so far|"
    r"to date|as things stand|up to now|as of (?:now|today)|these days|nowadays|still|any (?:more|"
    r"longer)|yet)\b",
    re.I,
)
_PRESENT = re.compile(r"\b(?:is|are|has|have|does|do|can|will|was|were|did|had|won|died)\b", re.I)
_STALE = frozenset({"is", "are", "has", "have", "does", "do", "can", "will"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a question asks of; `days` and `outlets` are its words that say so, "" for none."""

    since: date | None = None
    until: date | None = None
    sources: tuple[str, ...] = ()
    unheld: bool = False  # whether those are outlets that the library does not hold
    newest: bool = False  # whether it asks how things are now
    days: str = ""
    outlets: str = ""
    undatable: str = ""  # words for days that mean nothing here, since no article has a date
    misread: str = ""  # words for days that limit nothing, and why: a whole sentence

    @property
    def phrases(self) -> tuple[str, ...]:
        """The words of the question that say what it is asked of."""
        return tuple(filter(None, (self.days, self.outlets)))

    def without_days(self) -> Scope:
        """The same for articles without dates: the words for days are words like others."""
        return replace(self, since=None, until=None, days="", undatable=self.days)

    def rest_of(self, text: str) -> str:
        """A text without the words that say what it is asked of; nothing else may be left."""
        for phrase in self.phrases:
            text = re.sub(rf"\s*,?\s*{re.escape(phrase)}(?!\w)", "", text, flags=re.I)
        return re.sub(r"\s+([?.!,])", r"\1", " ".join(text.split())).strip(" ,")

    def without_phrases(self, text: str) -> str:
        """A text without the words that say what it is asked of; itself if nothing else is left."""
        rest = self.rest_of(text)
        return rest if len(re.findall(r"\w{3,}", rest)) > 1 else text

    def or_else(self, earlier: Scope) -> Scope:
        """The same with the days and the outlets of an earlier question, where it names none.

        How things are now is not asked of days that lie behind.
        """
        merged = self
        if not (self.days or self.newest or self.undatable):
            merged = replace(merged, since=earlier.since, until=earlier.until, days=earlier.days)
        if not self.sources:
            merged = replace(
                merged, sources=earlier.sources, unheld=earlier.unheld, outlets=earlier.outlets
            )
        return merged


def scope_of(question: str, *, today: date, outlets: Callable[[], Sequence[str]]) -> Scope:
    """What a question asks of, resolved against `today` and the names of the library's outlets.

    These are asked for only where the question may name one.
    """
    named = outlets_named(question, outlets()) if may_name_outlet(question) else Named()
    days, phrase, misread = _range(question, today)
    return Scope(
        since=days.since,
        until=days.until,
        sources=named.sources,
        unheld=named.unheld,
        newest=asks_for_now(question),
        days=phrase,
        outlets=named.phrase,
        misread=misread,
    )


def asks_for_now(question: str) -> bool:
    """Whether a question asks how things are, rather than how they were at some time."""
    if _TODAY.search(question) and not _PAST.search(question):
        return True
    return _NEWEST.search(question) is not None


def goes_stale(question: str) -> bool:
    """Whether the answer to a question may be another one tomorrow: it asks of the present."""
    first = _PRESENT.search(question)
    return asks_for_now(question) or (first is not None and first.group().lower() in _STALE)


def _range(question: str, today: date) -> tuple[Days, str, str]:
    """The first range of days that a question names, its words for it, and why others are none.

    None that lies ahead: that is the time of something to come.
    """
    misread: list[tuple[re.Match[str], str]] = []
    for form in _FORMS:
        for match in form.pattern.finditer(question):
            part = any(match.start() < m.end() and m.start() < match.end() for m, _ in misread)
            if part or _lies_ahead(question, match.group()):
                continue
            read = _combined(form, [group for group in match.groups() if group], today)
            if isinstance(read, Days):
                return read, match.group(), ""
            if read:
                misread.append((match, f'"{match.group()}" {read}, so it limits nothing.'))
    if (day := _TODAY.search(question)) and _PAST.search(question):
        return Days(today, today), day.group(), ""
    return Days(None, None), "", misread[0][1] if misread else ""


def _lies_ahead(question: str, phrase: str) -> bool:
    """Whether words for days without a year are those of something to come: "will ... in July"."""
    return _FUTURE.search(question) is not None and not re.search(
        r"\d{4}|last|past|since|as of", phrase, re.I
    )


def _with_year(named: Sequence[str]) -> Sequence[str]:
    year = re.search(r"\b\d{4}\Z", named[-1])
    if len(named) < 2 or year is None or not re.search(r"\d \w|\w \d", named[0]):
        return named
    first, *rest = named
    return [first if re.search(r"\d{4}", first) else f"{first} {year.group()}", *rest]


def _combined(form: _Form, named: Sequence[str], today: date) -> Days | str:
    """The days of a form with the words that fill it, or why they are none: "" if they lie ahead.

    "1 June" before "3 June 2025" is one of that year.
    """
    words = _with_year(named)
    found = [day_named(each, today) if form.day else span_named(each, today) for each in words]
    days = [each for each in found if each is not None]
    if len(days) < len(found):
        return next(
            why_unread(each, today) for each, read in zip(words, found, strict=True) if read is None
        )
    since = {"start": days[0].since, "after": days[0].day_after(), "": None}[form.since]
    until = {"end": days[-1].until, "before": days[-1].day_before(), "": None}[form.until]
    if (since and since > today) or (until and not since and until > today):
        return ""
    if since and until and since > until:
        return "ends before it begins"
    return Days(since, until)
