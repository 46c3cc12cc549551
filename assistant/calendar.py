"""Days and spans of days as they are said in English, resolved against a clock."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

from index.dates import month_number, stated_date

_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
WEEKDAYS = rf"(?:{'|'.join(_WEEKDAYS)})"
_ORDINALS = ("first", "second", "third", "fourth")

_MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december|"
    r"jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.?"
)
_DATE = r"\d{1,2}(?:st|nd|rd|th)?(?!\d)"
_WEEKDAY = rf"(?:last )?(?:{'|'.join(_WEEKDAYS)})"
_ITS_WEEKDAY = rf"(?:{'|'.join(_WEEKDAYS)}),? "  # before a date, which tells more
# A day: written out with or without its year, in figures, by its weekday, or against today.
DAY = (
    rf"(?:{_ITS_WEEKDAY})?(?:the )?{_DATE} (?:of )?{_MONTH}(?:,? \d{{4}})?|"
    rf"(?:{_ITS_WEEKDAY})?{_MONTH} {_DATE}(?:,? \d{{4}})?|"
    rf"\d{{4}}-\d\d-\d\d|\d{{1,2}}[/.]\d{{1,2}}[/.]\d{{4}}|{_WEEKDAY}|yesterday|"
    r"(?:the )?day before yesterday|today"
)
# So long before today: a day, a week from Monday to Sunday, or a month.
AGO = rf"(?:an?|\d{{1,2}}|{'|'.join(_NUMBERS)}) (?:days?|weeks?|months?) ago"
# A span: a month, a part of one, a week of a month, or so many days back from today.
SPAN = (
    rf"(?:the )?(?:{'|'.join(_ORDINALS)}|last) week of {_MONTH}(?: \d{{4}})?|"
    rf"(?:early|mid|late)[ -]{_MONTH}(?: \d{{4}})?|"
    rf"the (?:beginning|start|middle|end) of {_MONTH}(?: \d{{4}})?|"
    rf"{_MONTH}(?:,? \d{{4}})?|(?:last|this|the past|the last|past) (?:week|month)|"
    rf"(?:the )?(?:last|past) (?:\d{{1,3}}|{'|'.join(_NUMBERS)}) (?:days|weeks|months)|"
    r"the (?:last|past) (?:24|48) hours"
)
_IN_MONTH = re.compile(rf"({_MONTH})(?:,? (\d{{4}}))?\Z", re.I)
_WEEK_OF = re.compile(rf"(?:the )?(\w+) week of ({_MONTH}(?: \d{{4}})?)\Z", re.I)
_BACK = re.compile(r"(?:the )?(?:last|past) (\w+) (days|weeks|months|hours)\Z", re.I)
_YEARLESS = re.compile(rf"(?:the )?(?:({_DATE}) (?:of )?({_MONTH})|({_MONTH}) ({_DATE}))\Z", re.I)
_PART_OF = re.compile(
    rf"(?:the )?(early|mid|late|beginning|start|middle|end)(?:[ -]| of )({_MONTH}(?: \d{{4}})?)\Z",
    re.I,
)
_AGO = re.compile(r"(\w+) (day|week|month)s? ago\Z", re.I)
_DAYS_IN = {"days": 1, "weeks": 7}
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Days:
    """A range of days, both ends in it; None is open."""

    since: date | None
    until: date | None

    def day_after(self) -> date | None:
        """The day after its end."""
        return self.until and self.until + _ONE_DAY

    def day_before(self) -> date | None:
        """The day before its start."""
        return self.since and self.since - _ONE_DAY


def plain_day(words: str) -> str:
    """Words that match `DAY` in small letters, a date without its weekday."""
    return re.sub(rf"\A{_ITS_WEEKDAY}(?=\S)", "", words.lower())


def day_named(words: str, today: date) -> Days | None:
    """The day that is meant by words that match `DAY`; None where it could be two, or is none.

    One without a year, or a weekday, is the last one before today; today's own weekday may be
    today or a week ago.
    """
    words = plain_day(words)
    if words == "today":
        return _one(today)
    if words in (spoken := _spoken(today)):
        return spoken[words]
    weekday = words.removeprefix("last ")
    if weekday in _WEEKDAYS:
        back = (today.weekday() - _WEEKDAYS.index(weekday)) % 7
        if back == 0 and weekday == words:
            return None
        return _one(today - timedelta(days=back or 7))
    if match := _YEARLESS.match(words):
        day = int(re.sub(r"\D", "", match[1] or match[4]))
        month = month_number(match[2] or match[3])
        return _last_before(month, day, today)
    stated = stated_date(words.removeprefix("the "))
    return _one(stated) if stated else None


def why_unread(words: str, today: date) -> str:
    """Why words that match `DAY` or `SPAN` name no one day, to go on with after them."""
    if words.lower() == f"{today:%A}".lower():
        return "may be today or a week ago"
    if figures := re.fullmatch(r"(\d{1,2})[/.](\d{1,2})[/.]\d{4}", words):
        return "may be two days" if max(map(int, figures.groups())) <= 12 else "is no day"
    return "is no day of the calendar"


def span_named(words: str, today: date) -> Days | None:
    """The days that are meant by words that match `SPAN`; None where they are none.

    Weeks begin on Monday (ISO 8601). A month without a year is the last one that has begun.
    "the last seven days" and "the past week" end today.
    """
    words = " ".join(words.lower().split())
    if words in (spoken := _spoken(today)):
        return spoken[words]
    if found := _AGO.match(words):
        return _ago(found[1], found[2], today)
    if words.removeprefix("last ") in _WEEKDAYS:
        return day_named(words, today)
    if found := _PART_OF.match(words):
        month = span_named(found[2], today)
        return month and _part_of(month, found[1])
    if found := _BACK.match(words):
        return _back(found[1], found[2], today)
    if found := _WEEK_OF.match(words):
        month = span_named(found[2], today)
        return month and _week_of(month, found[1])
    if found := _IN_MONTH.match(words):
        return _in_month(month_number(found[1]), found[2], today)
    return None


def _spoken(today: date) -> dict[str, Days]:
    """The days of the spans that have names of their own."""
    monday = today - timedelta(days=today.weekday())
    first = today.replace(day=1)
    before = first - _ONE_DAY
    saturday = today - timedelta(days=(today.weekday() - 5) % 7 or 7)
    weekend = Days(saturday, saturday + _ONE_DAY)
    two_back = _one(today - 2 * _ONE_DAY)
    named = {
        "yesterday": _one(today - _ONE_DAY),
        "day before yesterday": two_back,
        "the day before yesterday": two_back,
        "this week": Days(monday, today),
        "this month": Days(first, today),
        "last week": Days(monday - timedelta(days=7), monday - _ONE_DAY),
        "the weekend": weekend,
        "this past weekend": weekend,
        "last weekend": weekend,
        "last month": Days(before.replace(day=1), before),
    }
    named |= dict.fromkeys(
        ("this morning", "this afternoon", "this evening", "tonight"), _one(today)
    )
    rolling = {"week": today - timedelta(days=7), "month": _months_back(today, 1)}
    for unit, start in rolling.items():
        for words in (f"past {unit}", f"the past {unit}", f"the last {unit}"):
            named[words] = Days(start, today)
    return named


def _one(day: date) -> Days:
    return Days(day, day)


def _last_before(month: int, day: int, today: date) -> Days | None:
    for year in range(today.year, today.year - 5, -1):
        try:
            found = date(year, month, day)
        except ValueError:  # 29 February of another year
            continue
        if found <= today:
            return _one(found)
    return None


def _in_month(month: int, year: str | None, today: date) -> Days | None:
    number = int(year) if year else today.year - (month > today.month)
    if not 1 <= number <= 9998:
        return None
    return Days(date(number, month, 1), date(number, month, calendar.monthrange(number, month)[1]))


def _week_of(month: Days, which: str) -> Days | None:
    """Seven days of a month: 1-7, 8-14, 15-21, 22-28, or its last seven."""
    if month.since is None or month.until is None:
        return None
    if which == "last":
        return Days(month.until - timedelta(days=6), month.until)
    start = month.since + timedelta(days=7 * _ORDINALS.index(which))
    return Days(start, start + timedelta(days=6))


def _part_of(month: Days, which: str) -> Days | None:
    """A third of a month: to the 10th, to the 20th, or from there to its end."""
    if month.since is None or month.until is None:
        return None
    if which in {"early", "beginning", "start"}:
        return Days(month.since, month.since.replace(day=10))
    if which in {"mid", "middle"}:
        return Days(month.since.replace(day=11), month.since.replace(day=20))
    return Days(month.since.replace(day=21), month.until)


def _ago(number: str, unit: str, today: date) -> Days:
    count = 1 if number in {"a", "an"} else _count(number)
    if unit == "day":
        return _one(today - timedelta(days=count))
    if unit == "week":
        monday = today - timedelta(days=today.weekday() + 7 * count)
        return Days(monday, monday + timedelta(days=6))
    first = _months_back(today.replace(day=1), count)
    return Days(first, first.replace(day=calendar.monthrange(first.year, first.month)[1]))


def _count(number: str) -> int:
    return int(number) if number.isdigit() else _NUMBERS.index(number) + 1


def _back(number: str, unit: str, today: date) -> Days | None:
    count = _count(number)
    if unit == "hours":
        return Days(today - timedelta(days=count // 24), today)
    if unit == "months":
        return Days(_months_back(today, count), today)
    return Days(today - timedelta(days=_DAYS_IN[unit] * count), today)


def _months_back(day: date, count: int) -> date:
    """The same day so many months earlier, or the last of that month where it has no such day."""
    months = day.year * 12 + day.month - 1 - count
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
