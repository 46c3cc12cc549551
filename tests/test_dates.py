"""Which day a date field names."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.dates import stated_date


@pytest.mark.parametrize(
    "value",
    [
        "2025-06-02", "2025-06-02T23:59:59-05:00", "2025-06-02 10:00", "2025/06/02", "20250602",
        "2 June 2025", "June 2, 2025", "Mon, 02 Jun 2025 10:00:00 GMT", "2nd of June 2025",
        "Jun. 2nd, 2025", "Monday 2 June 2025, 14:05 BST", "02-Jun-2025", "  2 JUNE 2025  ",
        "Published: June 2, 2025", "20250602T101500Z",
    ],
)  # fmt: skip
def test_dates_that_are_read(value: str) -> None:
    assert stated_date(value) == date(2025, 6, 2)


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("25/12/2025", date(2025, 12, 25)), ("12/25/2025", date(2025, 12, 25)),
        ("06/06/2025", date(2025, 6, 6)), ("31.5.2025", date(2025, 5, 31)),
        ("02/06/2025", None), ("2.6.2025", None), ("2025-13-01", None), ("2025-02-30", None),
        ("31 June 2025", None), ("June 2025", None), ("2025", None), ("yesterday", None),
        ("", None), ("02/06/25", None), ("99/99/2025", None), ("0000-01-01", None),
        ("1748822400", None), ("May it be", None),
    ],
)  # fmt: skip
def test_dates_that_only_one_reading_fits(value: str, day: date | None) -> None:
    assert stated_date(value) == day


@given(st.dates(), st.sampled_from(["%Y-%m-%d", "%d %B %Y", "%B %d, %Y", "%a, %d %b %Y"]))
def test_every_day_is_read_in_every_form(day: date, form: str) -> None:
    text = day.strftime(form.replace("%Y", f"{day.year:04}"))
    assert stated_date(text) == day
