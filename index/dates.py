"""The day that a date field of an article names."""

from __future__ import annotations

import re
from datetime import date

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\b\.?"
)
_DAY = r"(?<!\d)(\d{1,2})(?:st|nd|rd|th)?(?!\d)"
_YEAR = r"(\d{4})(?!\d)"
_YEAR_FIRST = re.compile(r"(\d{4})([-/.]?)(\d{2})\2(\d{2})(?!\d)")
_DAY_MONTH = re.compile(rf"{_DAY}[\s-]+(?:of\s+)?{_MONTH},?[\s-]+{_YEAR}", re.IGNORECASE)
_MONTH_DAY = re.compile(rf"\b{_MONTH}\s+{_DAY},?\s+{_YEAR}", re.IGNORECASE)
_NUMBERS = re.compile(r"(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(?!\d)")


def stated_date(value: str) -> date | None:
    """The day that `value` states, or None when it states none or could mean two.

    Reads ISO dates with or without a time ("2025-06-02T10:00Z"), dates in English words
    ("Mon, 2 June 2025", "Jun. 2nd, 2025") and numbers of which only one can be the month
    ("25/12/2025", but not "02/06/2025"). The day is taken as written, in its own time zone.
    """
    value = value.strip()[:100]
    if match := _YEAR_FIRST.match(value):
        return _day(match[1], match[3], match[4])
    if match := _DAY_MONTH.search(value):
        return _day(match[3], match[2], match[1])
    if match := _MONTH_DAY.search(value):
        return _day(match[3], match[1], match[2])
    if match := _NUMBERS.match(value):
        first, second, year = match[1], match[3], match[4]
        readings = {_day(year, second, first), _day(year, first, second)} - {None}
        return readings.pop() if len(readings) == 1 else None
    return None


def month_number(name: str) -> int:
    """The number of a month, 1..12, by three or more letters of its English name."""
    return _MONTHS.index(name[:3].lower()) + 1


def _day(year: str, month: str, day: str) -> date | None:
    number = int(month) if month.isdigit() else month_number(month)
    try:
        return date(int(year), number, int(day))
    except ValueError:  # 30 February
        return None
