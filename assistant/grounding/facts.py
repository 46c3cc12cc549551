"""The facts of a sentence that can be looked up: its figures, its names, its days."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from assistant.grounding.figures import Figure, figures_of
from assistant.reader.terms import stem
from index.dates import month_number
from index.lexical import STOP_WORDS

Kind = Literal["figure", "name", "day"]

_MONTHS = (
    "January|February|March|April|May|June|July|August|September|October|November|December|"
    "Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec"
)
_WEEKDAYS = "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
_DAY = re.compile(
    rf"\b(?:(?P<day>\d{{1,2}})(?:st|nd|rd|th)?(?: of)? (?P<month>{_MONTHS})\b|"
    rf"(?P<month2>{_MONTHS}) (?P<day2>\d{{1,2}})(?:st|nd|rd|th)?(?!\d)|"
    rf"(?P<weekday>{_WEEKDAYS})\b|(?P<alone>{_MONTHS})\b|(?P<year>(?:1[5-9]|20)\d\d)\b)"
)
_BEFORE_MAY = re.compile(
    r"\b(?:in|of|since|until|by|to|last|early|late|from|and|mid)[ -]\Z", re.I
)  # where "May" is the month and not the verb
_NAME = re.compile(r"\b[A-Z][\w’'&-]*(?: (?:(?:of|de|van|von|al|bin) )?[A-Z][\w’'&-]*)*")
_OPENS = re.compile(r"(?:\A|[.!?:][\"”’']?\s+)[\s\"“‘']*\Z")
_TITLE_WORDS = (
    "mr mrs ms miss dr sir lord lady dame professor prof captain president minister prime chief",
    "justice judge king queen prince princess bishop general sergeant inspector detective rev sgt",
    "cllr mp mps chancellor councillor",
)
_TITLES = frozenset(word for line in _TITLE_WORDS for word in line.split())
# Words that open a sentence with a capital and are no part of the name behind them.
_OPENING_WORDS = (
    "although however nearly almost around since despite unlike like according meanwhile last",
    "another two three four five six seven eight nine ten one former yesterday today next",
    "following without within at besides though unless whether per including",
)
_OPENING = STOP_WORDS | {word for line in _OPENING_WORDS for word in line.split()}
_NEAR = 9  # days around an article's own within which "Tuesday" lies


@dataclass(frozen=True, slots=True)
class Fact:
    """Words of a text that tell a figure, a name or a day: characters `start` to `end`."""

    kind: Kind
    start: int
    end: int
    words: str
    figure: Figure | None = None
    stems: frozenset[str] = frozenset()  # of a name
    days: frozenset[str] = frozenset()  # "6-3", "6-", "Tuesday", "2025"

    @property
    def exact(self) -> bool:
        """Whether it must be told as it is: a share or a span of time may be worked out."""
        return self.figure is None or self.figure.unit not in {"share", "day"}


def facts_of(text: str, *, source: bool = False) -> list[Fact]:
    """Every figure, name and day of a text, in the order of their places.

    The first word of a sentence is a name only in a `source`, where it is to be found again.
    """
    found = _days(text)
    figures = (
        Fact("figure", one.start, one.end, text[one.start : one.end], figure=one)
        for one in figures_of(text)
    )
    found += [fact for fact in figures if _free(fact, found)]
    found += [fact for fact in _names(text, openers=source) if _free(fact, found)]
    return sorted(found, key=lambda fact: fact.start)


def is_told(fact: Fact, told: Sequence[Fact], published: date | None = None) -> bool:
    """Whether one of the facts of a passage is the same; the day of its publication is known."""
    if fact.figure is not None:
        return any(fact.figure.equals(other.figure) for other in told if other.figure is not None)
    if fact.kind == "day":
        known = {day for other in told for day in other.days}
        return bool(fact.days & (known | _around(known, published)))
    return fact.stems <= {stem for other in told for stem in other.stems}


def _free(fact: Fact, taken: Sequence[Fact]) -> bool:
    return all(fact.end <= other.start or fact.start >= other.end for other in taken)


def _days(text: str) -> list[Fact]:
    found = []
    for match in _DAY.finditer(text):
        month, day = match["month"] or match["month2"], match["day"] or match["day2"]
        if match["alone"] == "May" and not _BEFORE_MAY.search(text[: match.start()]):
            continue
        if month:
            known = f"{month_number(month.lower())}-{int(day)}"
        elif match["alone"]:
            known = f"{month_number(match['alone'].lower())}-"
        else:
            known = match["weekday"] or match["year"]
        found.append(
            Fact("day", match.start(), match.end(), match.group(), days=frozenset({known}))
        )
    return found


def _around(known: set[str], published: date | None) -> set[str]:
    """What the days of a passage are called otherwise: by month, and by weekday if near."""
    more = {f"{day.split('-')[0]}-" for day in known if "-" in day}
    if published is None:
        return more
    more |= {str(published.year), f"{published.month}-{published.day}", f"{published.month}-"}
    for back in range(-_NEAR, _NEAR + 1):
        day = published + timedelta(days=back)
        names = {f"{day:%A}", f"{day.month}-{day.day}"}
        if names & known:
            more |= names
    return more


def _names(text: str, *, openers: bool) -> list[Fact]:
    """Runs of capitalized words, without titles."""
    found = []
    for match in _NAME.finditer(text):
        words = re.findall(r"[\w’'&-]+", match.group())
        if (
            not openers
            and _OPENS.search(text[: match.start()])
            and (len(words) == 1 or words[0].lower() in _OPENING)
        ):
            words = words[1:]
        stems = frozenset(
            stem(word)
            for word in words
            if word[0].isupper() and word.lower() not in _TITLES | STOP_WORDS
        )
        if stems:
            start = match.start() + match.group().index(words[0])
            found.append(Fact("name", start, match.end(), text[start : match.end()], stems=stems))
    return found
