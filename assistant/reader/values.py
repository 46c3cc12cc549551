"""What an answer's words come to, so that two of them can be compared: figures, days, names."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from assistant.calendar import DAY, day_named, plain_day
from assistant.reader.terms import stems_of
from index.dates import month_number
from index.lexical import STOP_WORDS

_BELOW_TWENTY = (
    "zero one two three four five six seven eight nine",
    "ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
)
_UNITS = [word for line in _BELOW_TWENTY for word in line.split()]
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_WORDS = {word: number for number, word in enumerate(_UNITS)}
_WORDS |= {word: 10 * number for number, word in enumerate(_TENS, 2)}
_WORDS |= {"half a dozen": 6, "dozen": 12, "once": 1, "twice": 2, "single": 1}
_WORDED = "|".join(sorted(_WORDS, key=len, reverse=True))
_SCALES = {
    "hundred": 1e2,
    "thousand": 1e3,
    "k": 1e3,
    "million": 1e6,
    "m": 1e6,
    "mn": 1e6,
    "billion": 1e9,
    "bn": 1e9,
    "trillion": 1e12,
}
_SCALE = "|".join(_SCALES)
_FIGURE = re.compile(
    rf"(?P<sign>[$£€¥])?(?P<figure>\d+(?:,\d{{3}})*(?:\.\d+)?)\s?(?P<scale>(?:{_SCALE})\b)?"
    rf"(?P<percent>\s?(?:%|per ?cent|percentage points?))?|"
    rf"\b(?P<words>(?:{_WORDED})(?:[ -](?:{'|'.join(_UNITS[1:10])}))?)\b"
    rf"(?: (?P<times>{_SCALE})\b)?(?P<share>\s?(?:%|per ?cent))?",
    re.I,
)
_MONEY = re.compile(r"\b(dollars?|pounds?|euros?|yen|francs?|crowns?)\b", re.I)
_NOUN = re.compile(r"[\s-]*(?:more |new |other )?([a-z]+)", re.I)
_LEAST = re.compile(r"\b(?:at least|more than|over|above|no fewer than|no less than)\W*\Z", re.I)
_MOST = re.compile(r"\b(?:at most|up to|fewer than|less than|under|below|no more than)\W*\Z", re.I)
_ABOUT = re.compile(
    r"\b(?:about|around|some|nearly|almost|roughly|approximately|an estimated)\W*\Z", re.I
)
_NAME = re.compile(r"\b[A-Z][\w’'-]+(?: (?:(?:of|de|van|von|al|bin|the) )?[A-Z][\w’'-]+)*")
_NO_NAMES = (
    "mr mrs ms miss dr sir lord lady captain president minister prime chief justice judge the",
    "monday tuesday wednesday thursday friday saturday sunday",
)
_IN_MONTH = re.compile(
    r"\b(?:January|February|March|April|May|June|July|August|September|October|November|December)\b"
)
_YEAR = re.compile(r"\b(?:1[5-9]|20)\d\d\b")
_TITLES = frozenset(word for line in _NO_NAMES for word in line.split())
_PLURALS = {"people": "person", "men": "man", "women": "woman", "children": "child"}
_DOZEN = re.compile(r"\s+dozen\b", re.I)
_HOUR = re.compile(r"\b(?P<hour>\d{1,2})(?:[.:](?P<minute>[0-5]\d))? ?(?P<half>[ap])\.?m\b", re.I)
_IN_DAYS = {"minute": 1 / 1440, "hour": 1 / 24, "day": 1, "week": 7, "month": 30.4, "year": 365}
_LOOSE = 0.1  # by which two figures may differ where one is said to be about so much
_NEAR = 10  # days around an article's own within which "Tuesday" lies


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """What some words come to: a figure with unit and bounds, a time, or the words of a name."""

    figure: float | None = None
    unit: str = ""  # "%", "money", or the noun that was counted, in the singular
    low: float = 0.0  # the figure may be anything from here ...
    high: float = 0.0  # ... to here
    when: tuple[int | None, int | None, int | None] = (None, None, None)  # year, month, day
    names: frozenset[str] = frozenset()


def value_of(
    kind: str, words: str, before: str, after: str, published: date | None
) -> Value | None:
    """What the words of an answer come to; None where they hold nothing that can be compared.

    `kind` is that of the question; `before` and `after` are the rest of the sentence, `published`
    the day from which "Tuesday" is counted.
    """
    if kind in {"number", "money", "duration"}:
        return _figure(words, before, after)
    if kind == "time":
        return _time(words, published)
    if kind == "cause":
        stems = stems_of(words) - STOP_WORDS
        return Value(names=stems) if stems else None
    if kind in {"person", "place", "name"}:
        names = frozenset(
            part.casefold().removesuffix("'s").removesuffix("’s")
            for name in _NAME.findall(words)
            for part in name.split()
        )
        names = frozenset(name for name in names - _TITLES if len(name) > 1)
        return Value(names=names) if names else None
    return None


def differ(one: Value, other: Value) -> bool:
    """Whether two values cannot both be right."""
    return _compared(one, other) is False


def agree(one: Value, other: Value) -> bool:
    """Whether two values say the same thing, as far as they say it."""
    return _compared(one, other) is True


def _compared(one: Value, other: Value) -> bool | None:
    """Whether two values agree; None where they are of different things."""
    if one.figure is not None and other.figure is not None:
        if one.unit != other.unit and "" not in {one.unit, other.unit}:
            return None
        return one.low <= other.high and other.low <= one.high
    if any(one.when) and any(other.when):
        pairs = [(a, b) for a, b in zip(one.when, other.when, strict=True) if a and b]
        return all(a == b for a, b in pairs) if pairs else None
    if one.names and other.names:
        return bool(one.names & other.names)
    return None


def figures(text: str) -> list[tuple[int, Value]]:
    """Every figure of a text with the place at which it begins, in order."""
    return [(match.start(), _valued(text, match)) for match in _FIGURE.finditer(text)]


def _figure(words: str, before: str, after: str) -> Value | None:
    """The first figure of some words; what stands around them tells its unit and its bounds."""
    text = before + words + after
    match = _FIGURE.search(text, len(before), len(before) + len(words))
    return None if match is None else _valued(text, match)


def _valued(text: str, match: re.Match[str]) -> Value:
    if match["figure"]:
        number = float(match["figure"].replace(",", ""))
        scale, percent = match["scale"], match["percent"]
    else:
        said = match["words"].lower()
        parts = [said] if said in _WORDS else re.split(r"[ -]", said)
        number = float(sum(_WORDS[part] for part in parts))
        scale, percent = match["times"], match["share"]
    number *= _SCALES[scale.lower()] if scale else 1
    rest = text[match.end() :]
    if dozens := _DOZEN.match(rest):
        number *= _WORDS["dozen"]
        rest = rest[dozens.end() :]
    unit = "%" if percent else "money" if match["sign"] or _MONEY.match(rest.strip()) else ""
    if not unit and (noun := _NOUN.match(rest)):
        unit = _counted(noun[1].lower())
    led = text[: match.start()]
    low = high = number
    if _LEAST.search(led):
        high = float("inf")
    elif _MOST.search(led):
        low = 0.0
    elif _ABOUT.search(led):
        low, high = number * (1 - _LOOSE), number * (1 + _LOOSE)
    if unit in _IN_DAYS:
        number, low, high = (each * _IN_DAYS[unit] for each in (number, low, high))
        unit = "day"
    return Value(figure=number, unit=unit, low=low, high=high)


def _counted(word: str) -> str:
    """The singular of a noun that was counted; "" for a word that is none ("12 were hurt")."""
    if word in _PLURALS:
        return _PLURALS[word]
    return word[:-1] if word.endswith("s") and word not in STOP_WORDS else ""


def _time(words: str, published: date | None) -> Value | None:
    """The time of day that is meant, the day, else the month, the year, or both."""
    if hour := _HOUR.search(words):
        return Value(figure=_minutes(hour), unit="o'clock", low=_minutes(hour), high=_minutes(hour))
    day = _day(words, published)
    if day is not None:
        return Value(when=(day.year, day.month, day.day))
    month, year = _IN_MONTH.search(words), _YEAR.search(words)
    if month is None and year is None:
        return None
    number = month_number(month.group()) if month else None
    return Value(when=(int(year.group()) if year else None, number, None))


def _minutes(hour: re.Match[str]) -> float:
    """A time of day in minutes since midnight."""
    late = (hour["half"] or "").lower().startswith("p")
    return float(60 * (int(hour["hour"]) % 12 + 12 * late) + int(hour["minute"] or 0))


def _day(words: str, published: date | None) -> date | None:
    """The day that is meant; a weekday is the one nearest to the article's own day."""
    match = re.search(rf"\b(?:{DAY})", words, re.I)
    if match is None or published is None:
        return None
    named = plain_day(match.group()).removeprefix("last ")
    for back in sorted(range(-_NEAR, _NEAR + 1), key=abs):
        day = published + timedelta(days=back)
        if named in {f"{day:%A}".lower(), *_spelled(day)}:
            return day
    days = day_named(match.group(), published)
    return days.since if days else None


def _spelled(day: date) -> tuple[str, ...]:
    """A day as news writes it without its year."""
    month = f"{day:%B}".lower()
    return (f"{day.day} {month}", f"{month} {day.day}", f"the {day.day} of {month}")
