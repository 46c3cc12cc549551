"""What a question asks of: which days, which outlets, and whether it asks for the newest.

Only what is said plainly counts. "in 2004", "last year" and "by June" are more often the time of
an event than that of a report, "02/06/2025" may be two days, and a week from now has no reports:
such words are left in the question, where they are searched like others.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from assistant.calendar import DAY, SPAN, Days, day_named, span_named

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
    _form(rf"on ({DAY}){_POSSESSIVE}", "start", "end", day=True),
    _form(rf"since ({SPAN})", "start"),
    _form(rf"after ({SPAN})", "after"),
    _form(rf"before ({SPAN})", "", "before"),
    _form(rf"as (?:of|at) ({SPAN})", "", "end"),
    _form(rf"(?:in|during|throughout|over|within) ({SPAN})", "start", "end"),
    _form(
        rf"(?<=\b(?:articles|coverage) )from ({SPAN})|(?<=\b(?:reports|stories) )from ({SPAN})",
        "start",
        "end",
    ),
    _form(
        rf"{_BEFORE_EVENT}((?:last|this|past) (?:week|month)|"
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
    r"to date|as things stand|up to now|as of (?:now|today))\b",
    re.I,
)
_PRESENT = re.compile(r"\b(?:is|are|has|have|does|do|can|will|was|were|did|had|won|died)\b", re.I)
_STALE = frozenset({"is", "are", "has", "have", "does", "do", "can", "will"})
_MAY_NAME = re.compile(r"\b(?:according|report|publish|writ|article|stor(?:y|ies)|coverage)", re.I)
_OUTLET_FORMS = (
    r"(?:according to|as reported (?:by|in)|(?:reported|published|written) (?:by|in)) (?:the )?{0}",
    r"in (?:the )?{0}(?:['’]s? (?:report|article|story|coverage))",
    r"(?<=\bdid )(?:the )?{0}(?= (?:report|write|publish)\b)",
    r"(?<=\bdoes )(?:the )?{0}(?= (?:report|write|publish)\b)",
    r"(?:articles|reports|stories|coverage) (?:by|from|in) (?:the )?{0}",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a question asks of; `days` and `outlets` are its words that say so, "" for none."""

    since: date | None = None
    until: date | None = None
    sources: tuple[str, ...] = ()
    newest: bool = False  # whether it asks how things are now
    days: str = ""
    outlets: str = ""
    undatable: str = ""  # words for days that mean nothing here, since no article has a date

    @property
    def phrases(self) -> tuple[str, ...]:
        """The words of the question that say what it is asked of."""
        return tuple(filter(None, (self.days, self.outlets)))

    def without_days(self) -> Scope:
        """The same for articles without dates: the words for days are words like others."""
        return replace(self, since=None, until=None, days="", undatable=self.days)

    def without_phrases(self, text: str) -> str:
        """A text without the words that say what it is asked of; itself if nothing else is left."""
        rest = text
        for phrase in self.phrases:
            rest = re.sub(rf"\s*,?\s*{re.escape(phrase)}(?!\w)", "", rest, flags=re.I)
        rest = re.sub(r"\s+([?.!,])", r"\1", " ".join(rest.split())).strip(" ,")
        return rest if len(re.findall(r"\w{3,}", rest)) > 1 else text


def scope_of(question: str, *, today: date, outlets: Callable[[], Sequence[str]]) -> Scope:
    """What a question asks of, resolved against `today` and the names of the library's outlets.

    These are asked for only where the question may name one.
    """
    may_name = _MAY_NAME.search(question) is not None
    sources, named = _sources(question, outlets()) if may_name else ((), "")
    days, phrase = next(_ranges(question, today), (Days(None, None), ""))
    return Scope(
        since=days.since,
        until=days.until,
        sources=sources,
        newest=asks_for_now(question),
        days=phrase,
        outlets=named,
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


def _ranges(question: str, today: date) -> Iterator[tuple[Days, str]]:
    """The ranges of days that a question names, with its words for them; none that lie ahead."""
    for form in _FORMS:
        for match in form.pattern.finditer(question):
            named = _with_year([group for group in match.groups() if group])
            read = day_named if form.day else span_named
            found = [days for group in named if (days := read(group, today)) is not None]
            if _lies_ahead(question, match.group()):
                continue
            if len(found) == len(named) and (days := _combined(form, found, today)) is not None:
                yield days, match.group()
    if (day := _TODAY.search(question)) and _PAST.search(question):
        yield Days(today, today), day.group()


def _lies_ahead(question: str, phrase: str) -> bool:
    """Whether words for days without a year are those of something to come: "will ... in July"."""
    return _FUTURE.search(question) is not None and not re.search(
        r"\d{4}|last|past|since|as of", phrase, re.I
    )


def _with_year(named: list[str]) -> list[str]:
    """The words for days; "1 June" before "3 June 2025" is one of that year."""
    year = re.search(r"\b\d{4}\Z", named[-1])
    if len(named) < 2 or year is None or not re.search(r"\d \w|\w \d", named[0]):
        return named
    first, *rest = named
    return [first if re.search(r"\d{4}", first) else f"{first} {year.group()}", *rest]


def _combined(form: _Form, named: Sequence[Days], today: date) -> Days | None:
    first, last = named[0], named[-1]
    since = {"start": first.since, "after": first.day_after(), "": None}[form.since]
    until = {"end": last.until, "before": last.day_before(), "": None}[form.until]
    if (since and since > today) or (since and until and since > until):
        return None
    if until and not since and until > today:
        return None
    return Days(since, until)


def _sources(question: str, outlets: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """The outlets that a question names as such, and its words for them.

    An outlet may be called by the beginning of its name: "the BBC" for "BBC News".
    """
    for called, named in _names(outlets):
        for form in _OUTLET_FORMS:
            match = re.search(rf"\b{form.format(re.escape(called))}(?!\w)", question, re.I)
            if match:
                whole = match.group()
                asked_for_itself = whole.lower().removeprefix("the ").startswith(called)
                return named, "" if asked_for_itself else whole
    return (), ""


def _names(outlets: Sequence[str]) -> list[tuple[str, tuple[str, ...]]]:
    """What outlets may be called, the longest names first, and which ones are meant by each."""
    meant: dict[str, dict[str, None]] = {}
    for outlet in outlets:
        words = outlet.casefold().removeprefix("the ").split()
        for count in range(1, len(words) + 1):
            called = " ".join(words[:count])
            if len(called) > 2 and called not in {"new", "daily", "news"}:
                meant.setdefault(called, {})[outlet] = None
    whole = {outlet.casefold().removeprefix("the "): outlet for outlet in outlets}
    return [
        (called, (whole[called],) if called in whole else tuple(several))
        for called, several in sorted(meant.items(), key=lambda item: -len(item[0]))
    ]
