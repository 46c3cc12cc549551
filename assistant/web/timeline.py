"""The library in time: a plot of how many articles there are of each day, week, month or year."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Literal

from assistant.rendering import day_line, days_line
from assistant.web.filters import Chosen
from assistant.web.markup import count, escape
from index.types import FilterCount

if TYPE_CHECKING:
    from index.library import Library

Span = Literal["day", "week", "month", "quarter", "year", "decade", "century"]
_MOST_BARS = 72  # a bar is then 12 pixels wide at 1440, which a pointer still meets
_LENGTHS: dict[Span, int] = {"day": 1, "week": 7}  # in days
_MONTHS: dict[Span, int] = {"month": 1, "quarter": 3, "year": 12, "decade": 120, "century": 1200}
_HEIGHT = 100  # of the plot's own units; it is stretched to the room that it has


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """One bar: its days, inclusive, and how many articles are of them."""

    since: date
    until: date
    articles: int

    @property
    def label(self) -> str:
        """Its days and number in words: "June 2025: 12 articles"."""
        return f"{named(self.since, self.until)}: {count(self.articles, 'article')}"


def named(since: date, until: date) -> str:
    """A period in words; a whole year is called by its number."""
    if (since.month, since.day, until.month, until.day) == (1, 1, 12, 31):
        return f"{since.year}" if since.year == until.year else f"{since.year} to {until.year}"
    return days_line(since, until)


def periods(library: Library, sources: Sequence[str] = ()) -> tuple[Period, ...]:
    """The bars of a library, without gaps from the first to the last; of some outlets where given.

    How long a period is follows from the span of the whole library, so that it does not change
    with what is chosen.
    """
    whole = library.timeline(by="month")
    months = [date.fromisoformat(f"{bar.period}-01") for bar in whole if bar.period]
    if not months:
        return ()
    span = span_for((months[-1] - months[0]).days + 31)
    by: Literal["day", "month"] = "day" if span in {"day", "week"} else "month"
    bars = library.timeline(by=by) if by == "day" else whole
    ends = [_day(bar.period) for bar in bars if bar.period]
    if by == "day":  # now that the days themselves are known
        span = span_for((ends[-1] - ends[0]).days + 1)
    if sources:
        bars = library.timeline(by=by, sources=sources)
    counts = Counter[date]()
    for bar in bars:
        if bar.period:
            counts[_start(_day(bar.period), span)] += bar.articles
    found, first = list[Period](), _start(ends[0], span)
    while first <= ends[-1]:
        after = _after(first, span)
        until = after - timedelta(1) if after else date.max
        found.append(Period(since=first, until=until, articles=counts[first]))
        if after is None:
            break
        first = after
    return tuple(found)


def span_for(days: int) -> Span:
    """The shortest period of which so many days hold no more than can be told apart."""
    for span, length in _LENGTHS.items():
        if days / length <= _MOST_BARS:
            return span
    return next(
        (s for s, months in _MONTHS.items() if days / months / 30.4 <= _MOST_BARS), "century"
    )


def _day(period: str) -> date:
    return date.fromisoformat(period if len(period) == 10 else f"{period}-01")


def _start(day: date, span: Span) -> date:
    """The first day of the period that a day is in."""
    if span in _LENGTHS:
        back = day.weekday() if span == "week" else 0
        return day - timedelta(min(back, (day - date.min).days))
    months = (day.year * 12 + day.month - 1) // _MONTHS[span] * _MONTHS[span]
    return date(max(1, months // 12), months % 12 + 1, 1)


def _after(first: date, span: Span) -> date | None:
    """The first day of the next period; None where the calendar ends."""
    if span in _LENGTHS:
        left = (date.max - first).days
        return first + timedelta(_LENGTHS[span]) if left >= _LENGTHS[span] else None
    months = _MONTHS[span] + (first.year * 12 + first.month - 1) // _MONTHS[span] * _MONTHS[span]
    return date(months // 12, months % 12 + 1, 1) if months // 12 <= date.max.year else None


def plot(bars: Sequence[Period], chosen: Chosen, articles: FilterCount, undated: int) -> str:
    """The plot as HTML: a button for each bar, the chosen ones lit, the ends named.

    `articles` are those that pass the choice; `undated` is how many of the library have no date.
    """
    if not bars:
        told = f"{count(undated, 'article')} without a date" if undated else ""
        return f'<p class="undated">{told}</p>' if told else ""
    highest = max(bar.articles for bar in bars)
    shapes = "".join(_bar(place, bar, highest, chosen) for place, bar in enumerate(bars))
    range_told = days_line(chosen.since, chosen.until)
    status = f"{range_told}: {count(articles.articles, 'article')}" if range_told else ""
    without_date = f"{undated:,} without a date are not shown" if undated else ""
    return (
        '<div class="plot" role="group" aria-label="Articles in time. The arrow keys go from bar '
        'to bar, Enter chooses one, Shift and Enter a range.">'
        f'<p class="now{"" if status else " hint"}" data-told="{escape(status or _HINT)}" '
        f'aria-hidden="true">{escape(status or _HINT)}</p>'
        f'<svg viewBox="0 0 {len(bars)} {_HEIGHT}" preserveAspectRatio="none" '
        f'focusable="false">{shapes}</svg>'
        f'<p class="ends"><span>{_edge(bars[0], 0)}</span>'
        f'<span class="undated">{without_date}</span>'
        f"<span>{_edge(bars[-1], -1)}</span></p></div>"
    )


_HINT = "Press a bar, or draw across several, to see only their articles"


def _bar(place: int, bar: Period, highest: int, chosen: Chosen) -> str:
    lit = _touches(bar, chosen)
    height = _height(bar.articles, highest)
    return (
        f'<g role="button" tabindex="{-1 if place else 0}" class="bar" '
        f'aria-label="{escape(bar.label)}" aria-pressed="{"true" if lit else "false"}" '
        f'data-since="{bar.since.isoformat()}" data-until="{bar.until.isoformat()}">'
        f'<rect class="field" x="{place}" y="0" width="1" height="{_HEIGHT}"/>'
        f'<rect class="shape" x="{place + 0.1:.1f}" y="{_HEIGHT - height:.1f}" width="0.8" '
        f'height="{height:.1f}"/></g>'
    )


def spark(bars: Sequence[Period], chosen: Chosen) -> str:
    """The same plot in small, to look at: one picture with a summary."""
    if not bars:
        return ""
    highest = max(bar.articles for bar in bars)
    dated = sum(bar.articles for bar in bars)
    summary = f"{count(dated, 'article')} from {_edge(bars[0], 0)} to {_edge(bars[-1], -1)}"
    lit = {bar for bar in bars if _touches(bar, chosen)}
    shapes = "".join(
        f'<rect class="shape{" lit" if bar in lit else ""}" x="{place + 0.1:.1f}" '
        f'y="{_HEIGHT - (height := _height(bar.articles, highest)):.1f}" width="0.8" '
        f'height="{height:.1f}"/>'
        for place, bar in enumerate(bars)
    )
    return (
        f'<svg class="spark{" some" if lit else ""}" role="img" aria-label="{escape(summary)}" '
        f'viewBox="0 0 {len(bars)} {_HEIGHT}" preserveAspectRatio="none">{shapes}</svg>'
        f'<span class="ends" aria-hidden="true"><span>{_edge(bars[0], 0)}</span>'
        f"<span>{_edge(bars[-1], -1)}</span></span>"
    )


def _height(articles: int, highest: int) -> float:
    """In proportion, but what is there is seen."""
    return max(4.0, articles / highest * _HEIGHT) if articles and highest else 0.0


def _touches(bar: Period, chosen: Chosen) -> bool:
    """Whether a bar's days are among the chosen ones; without a choice none are."""
    if chosen.since is None and chosen.until is None:
        return False
    starts = chosen.since is None or chosen.since <= bar.until
    return starts and (chosen.until is None or chosen.until >= bar.since)


def _edge(bar: Period, side: int) -> str:
    """A bar at the edge of the plot in words; of a week, its outer day."""
    if (bar.until - bar.since).days == 6:
        return day_line(bar.until if side else bar.since)
    return named(bar.since, bar.until)


def moments(days: Sequence[date]) -> str:
    """The days of an answer's articles on a line, each a button; "" where they are of one day."""
    counts = Counter(days)
    first, last = min(days, default=date.min), max(days, default=date.min)
    if first == last:
        return ""
    ticks = "".join(
        f'<button type="button" class="moment" data-since="{day}" data-until="{day}" '
        f'style="left:{(day - first).days / (last - first).days:.2%}" '
        f'title="{escape(label)}" aria-label="{escape(label)}"></button>'
        for day, articles in sorted(counts.items())
        for label in [f"Only {day_line(day)}: {count(articles, 'article')} of this answer"]
    )
    return (
        f'<div class="moments" role="group" aria-label="When these were published">{ticks}</div>'
        f'<p class="ends" aria-hidden="true"><span>{day_line(first)}</span>'
        f"<span>{day_line(last)}</span></p>"
    )
