"""The figures of a sentence: in digits or words, as places in an order, as shares, as spans."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from assistant.reader.values import figures

_SHARES = {"half": 0.5, "third": 1 / 3, "quarter": 0.25, "fifth": 0.2, "tenth": 0.1}
_PARTS = {"two": 2, "three": 3, "four": 4, "five": 5, "ten": 10}
_SHARE = re.compile(
    r"\b(?:(?P<many>two|three|four)[ -]|(?:a|almost|nearly|about|over|under) (?:a )?|one[ -])"
    r"(?P<part>half|third|quarter|fifth|tenth)s?\b(?! (?:time|place|round|day|year|week|month))|"
    r"\b(?P<alone>half) (?:of|the|its|his|her|their|a)\b|"
    r"\bone (?:\w+ )?in (?P<one>two|three|four|five|ten)\b",
    re.I,
)
_ORDINALS = (
    "fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth "
    "fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
)
_PLACES = {word: number for number, word in enumerate(_ORDINALS.split(" "), 4)}
_ORDINAL = re.compile(
    rf"\b(?:(?P<digits>\d+)(?:st|nd|rd|th)|(?P<word>{'|'.join(_PLACES)}))\b", re.I
)
_SMALL = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen"
)
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_WORDS = {word: number for number, word in enumerate(_SMALL.split(" "), 1)}
_WORDS |= {word: 10 * number for number, word in enumerate(_TENS.split(" "), 2)}
_SCALES = {"hundred": 100, "thousand": 1000, "million": 10**6, "billion": 10**9}
_ANY_WORD = "|".join(sorted([*_WORDS, *_SCALES], key=len, reverse=True))
_WORDED = re.compile(
    rf"\b(?:(?:{_ANY_WORD})\b(?:[ -](?:and )?(?=(?:{_ANY_WORD})\b))?)+",
    re.I,
)
_SPANS = {"year": 365.0, "month": 30.4, "week": 7.0, "fortnight": 14.0, "day": 1.0}
_SPANS |= {"hour": 1 / 24, "minute": 1 / 1440}
_LOOSELY = re.compile(
    r"\b(?:about|around|some|nearly|almost|roughly|approximately|over|under|more than|less than|"
    r"fewer than|up to|at least|close to)(?: an?)?\s*\Z",
    re.I,
)
_SPAN = re.compile(rf"\b(?:an?|another|one|further|the next) ({'|'.join(_SPANS)})\b", re.I)
_UNIT = re.compile(rf"[ -](?:({'|'.join(_SPANS)})s?|(pounds|dollars|euros)|(per ?cent))\b", re.I)
_WRITTEN = re.compile(r"[$£€¥]?[\d,.]*\d\w*|\w+(?:-\w+)?")
# By which two figures may differ for rounding, two spans of time, and where one is "about" so much.
_CLOSE, _ROUND, _LOOSE = 1e-9, 0.02, 0.07


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure that characters `start` to `end` of a text tell; a span of time counts in days."""

    start: int
    end: int
    number: float
    unit: str = ""  # "%", "money", "share", "day" or ""
    said: float = 0.0  # the number in the text, before a span of time was counted in days
    loose: bool = False  # whether it is said to be about so much

    def equals(self, other: Figure) -> bool:
        """Whether two figures come to the same, but for rounding; an unknown unit fits any."""
        if {self.unit, other.unit} == {"%", "share"}:
            ours, theirs = (f.number / 100 if f.unit == "%" else f.number for f in (self, other))
            return abs(ours - theirs) < _ROUND
        if self.unit and other.unit and self.unit != other.unit:
            return False
        if self.loose or other.loose:
            part = _LOOSE
        else:
            part = _ROUND if "day" in {self.unit, other.unit} else _CLOSE
        pairs = [(self.number, other.number)]
        if self.unit != other.unit:
            pairs.append((self.said, other.said))
        return any(abs(a - b) <= part * max(abs(a), abs(b)) for a, b in pairs)


def figures_of(text: str) -> list[Figure]:
    """Every figure of a text, each place once: of two ways to read one the fuller counts."""
    found: list[Figure] = []
    for one in (*_shares(text), *_ordinals(text), *_worded(text), *_spans(text), *_plain(text)):
        if all(one.end <= other.start or one.start >= other.end for other in found):
            about = _LOOSELY.search(text[: one.start]) is not None
            found.append(replace(one, loose=about))
    return found


def _shares(text: str) -> Iterator[Figure]:
    for match in _SHARE.finditer(text):
        if match["one"]:
            number = 1 / _PARTS[match["one"].lower()]
        else:
            many = _PARTS[match["many"].lower()] if match["many"] else 1
            number = many * _SHARES[(match["part"] or match["alone"]).lower()]
        yield Figure(match.start(), match.end(), number, "share")


def _ordinals(text: str) -> Iterator[Figure]:
    """Places in an order, those in words from the fourth on: the first ones are seldom figures."""
    for match in _ORDINAL.finditer(text):
        number = match["digits"] or _PLACES[match["word"].lower()]
        yield Figure(match.start(), match.end(), float(number), said=float(number))


def _worded(text: str) -> Iterator[Figure]:
    """Figures in several words: "one hundred and thirty-one", "six hundred"."""
    for match in _WORDED.finditer(text):
        words = re.findall(_ANY_WORD, match.group().lower())
        if len(words) < 2 or words[0] in _SCALES:
            continue
        whole = part = 0
        for word in words:
            if word == "hundred":
                part *= 100
            elif word in _SCALES:
                whole, part = whole + part * _SCALES[word], 0
            else:
                part += _WORDS[word]
        behind = _UNIT.match(text, match.end())
        days = _SPANS[behind[1].lower().removesuffix("s")] if behind and behind[1] else 1.0
        unit = "day" if behind and behind[1] else "money" if behind and behind[2] else ""
        said = float(whole + part)
        yield Figure(match.start(), match.end(), said * days, unit, said)


def _spans(text: str) -> Iterator[Figure]:
    """ "another year" as so many days, which a figure may tell otherwise."""
    for match in _SPAN.finditer(text):
        yield Figure(match.start(), match.end(), _SPANS[match[1].lower()], "day", 1.0)


def _plain(text: str) -> Iterator[Figure]:
    for start, value in figures(text):
        number = value.figure or 0.0
        if number in {0.0, 1.0} and not text[start].isdigit():
            continue  # "one of them"
        written = _WRITTEN.match(text, start)
        unit = value.unit if value.unit in {"%", "money", "day"} else ""
        end = written.end() if written else start + 1
        said = number
        if unit == "day":
            noun = re.search(rf"\b({'|'.join(_SPANS)})s?\b", text[start : end + 12], re.I)
            said = number / _SPANS[noun[1].lower()] if noun else number
        elif not unit and (span := _UNIT.match(text, end)) and span[1]:
            number, unit = number * _SPANS[span[1].lower().removesuffix("s")], "day"
        elif span := re.fullmatch(rf"[a-z]+-({'|'.join(_SPANS)})", text[start:end], re.I):
            number, unit = number * _SPANS[span[1].lower()], "day"
        yield Figure(start, end, number, unit, said)
