"""The plots of a report, as SVG that stands in a page and takes its colours from there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

import numpy as np

from assistant.evaluation.results import Result
from assistant.evaluation.statistics import Bin
from assistant.evaluation.summary import Measured, confidence_bins, declining_curve

# A drawing of 320 by 240, with room for the words of the axes at the left and below.
_WIDTH, _HEIGHT = 320, 240
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 302, 12, 196
_QUARTERS = (0.0, 0.25, 0.5, 0.75, 1.0)
_BARS = 24


def reliability_plot(results: Sequence[Result]) -> str:
    """Mean confidence against the share that was answerable; the larger a dot, the more of them.

    "" when there are no results.
    """
    bins = [bin_ for bin_ in confidence_bins(results) if bin_.count]
    if not bins:
        return ""
    dots = "".join(map(_dot, bins, [bin_.count / max(b.count for b in bins) for bin_ in bins]))
    marks = _line([(0, 0), (1, 1)], "even") + dots
    return _figure(
        _percents() + marks + _names("confidence", "in the articles"),
        "Reliability",
        "On the dashed line, confidence is the share of questions that the articles answer.",
    )


def declining_plot(results: Sequence[Result], summary: Sequence[Measured]) -> str:
    """What each threshold would decline of both kinds of question, and where this run stands.

    "" when there are no questions of one kind.
    """
    curve = declining_curve(results)
    shipped = {found.name: found.value for found in summary}
    if not curve:
        return ""
    line = _line([(point.declined, point.refused) for point in curve], "curve")
    x, y = _x(shipped["declined"]), _y(shipped["refused"])
    here = f'<circle class="here" cx="{x:.1f}" cy="{y:.1f}" r="5"/>'
    said = f"This run declines {shipped['declined']:.0%} and refuses {shipped['refused']:.0%}."
    return _figure(
        _percents()
        + _line([(0, 0), (1, 1)], "even")
        + line
        + here
        + _names("declined, with an answer", "refused, without one"),
        "Declining",
        f"Every threshold of confidence; the dot is this run. {said}",
    )


def latency_plot(results: Sequence[Result]) -> str:
    """How many questions took how long, in bars of equal width; "" when there are no results."""
    seconds = np.asarray([result.seconds.total for result in results], dtype=float)
    if not len(seconds):
        return ""
    most = float(seconds.max()) or 1.0
    counts, _ = np.histogram(seconds, bins=_BARS, range=(0.0, most))
    width = (_RIGHT - _LEFT) / _BARS
    bars = "".join(
        f'<rect class="bar" x="{_LEFT + place * width:.1f}" y="{_y(count / counts.max()):.1f}"'
        f' width="{width - 1:.1f}" height="{_BOTTOM - _y(count / counts.max()):.1f}"/>'
        for place, count in enumerate(counts)
        if count
    )
    across = [(share, f"{share * most:.2g}") for share in _QUARTERS]
    middle = float(np.median(seconds))
    return _figure(
        _axes(across, [(0.0, "0"), (1.0, f"{counts.max():,}")])
        + bars
        + _names("seconds", "questions"),
        "Time",
        f"Half of the answers took less than {middle:.2g} s, the slowest {most:.2g} s.",
    )


def _dot(bin_: Bin, share: float) -> str:
    x, y = _x(bin_.confidence), _y(bin_.answerable)
    told = f"{bin_.count:,} questions: confidence {bin_.confidence:.2f}, {bin_.answerable:.0%}"
    radius = 3 + 6 * share**0.5  # the area tells the count
    return (
        f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}">'
        f"<title>{told} in the articles</title></circle>"
    )


def _figure(drawing: str, title: str, caption: str) -> str:
    words = f"<figcaption><b>{escape(title)}.</b> {escape(caption)}</figcaption>"
    box = f'viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{escape(title)}"'
    return f"<figure><svg {box}>{drawing}</svg>{words}</figure>"


def _percents() -> str:
    named = [(share, f"{share:.0%}") for share in _QUARTERS]
    return _axes(named, named)


def _axes(across: Iterable[tuple[float, str]], upward: Iterable[tuple[float, str]]) -> str:
    """Grid lines with what they stand for, at shares of the width and of the height."""
    lines = [
        f'<line class="grid" x1="{_LEFT}" x2="{_RIGHT}" y1="{_y(share):.1f}" y2="{_y(share):.1f}"/>'
        f'<text x="{_LEFT - 6}" y="{_y(share) + 4:.1f}" text-anchor="end">{escape(name)}</text>'
        for share, name in upward
    ]
    lines += [
        f'<text x="{_x(share):.1f}" y="{_BOTTOM + 16}" text-anchor="middle">{escape(name)}</text>'
        for share, name in across
    ]
    return "".join(lines)


def _names(across: str, upward: str) -> str:
    middle, height = (_LEFT + _RIGHT) / 2, (_TOP + _BOTTOM) / 2
    return (
        f'<text x="{middle}" y="{_HEIGHT - 8}" text-anchor="middle">{escape(across)}</text>'
        f'<text x="8" y="{height}" text-anchor="middle" transform="rotate(-90 8 {height})">'
        f"{escape(upward)}</text>"
    )


def _line(points: Iterable[tuple[float, float]], kind: str) -> str:
    placed = " ".join(f"{_x(x):.1f},{_y(y):.1f}" for x, y in points)
    return f'<polyline class="{kind}" points="{placed}"/>'


def _x(share: float) -> float:
    return _LEFT + share * (_RIGHT - _LEFT)


def _y(share: float) -> float:
    return _BOTTOM - share * (_BOTTOM - _TOP)
