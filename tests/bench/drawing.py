"""Plots as SVG files that stand alone: bars of ratios, and lines on logarithmic axes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape

_WIDTH, _HEIGHT = 560, 340
_LEFT, _RIGHT, _TOP, _BOTTOM = 70, 420, 34, 290
# One hue a line, told apart also without colour: each line has marks of its own name at its end.
_INKS = ("#8a3b12", "#1f5f7a", "#5c6b1e", "#6b3a78", "#444444")
_STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#333}.title{font-weight:600;font-size:14px}"
    ".grid{stroke:#ddd}.even{stroke:#888;stroke-dasharray:4 3}svg{background:#fff}"
)

Points = Sequence[tuple[float, float]]


def bars(title: str, values: Mapping[str, float]) -> str:
    """One bar for each ratio, from a tenth to a hundred times, with a line where both are equal."""
    low, high = -1.0, max(1.0, math.ceil(max(map(_log, values.values()), default=0)))
    height = (_BOTTOM - _TOP) / max(1, len(values))

    def across(log: float) -> float:
        return 150 + (min(max(log, low), high) - low) / (high - low) * (_WIDTH - 220)

    drawn = []
    for place, (name, value) in enumerate(values.items()):
        y, here, even = _TOP + place * height, across(_log(value)), across(0)
        label = escape(name.replace("_", " "))
        drawn.append(
            f'<text x="142" y="{y + height / 2 + 4:.1f}" text-anchor="end">{label}</text>'
            f'<rect x="{min(here, even):.1f}" y="{y + 4:.1f}" width="{abs(here - even):.1f}" '
            f'height="{height - 8:.1f}" fill="{_INKS[1] if value >= 1 else _INKS[0]}"/>'
            f'<text x="{max(here, even) + 6:.1f}" y="{y + height / 2 + 4:.1f}">{value:.3g}×</text>'
        )
    even = across(0)
    drawn.append(f'<line class="even" x1="{even}" x2="{even}" y1="{_TOP}" y2="{_BOTTOM}"/>')
    drawn.append(f'<text x="{even}" y="{_BOTTOM + 18}" text-anchor="middle">equal</text>')
    return _svg(title, "".join(drawn))


def lines(title: str, across: str, upward: str, series: Mapping[str, Points]) -> str:
    """Lines over logarithmic axes, each with its name at its end; "" without a point."""
    points = [point for several in series.values() for point in several if min(point) > 0]
    if not points:
        return ""
    wide, tall = _decades([x for x, _ in points]), _decades([y for _, y in points])

    def place(x: float, y: float) -> tuple[float, float]:
        right = (_log(x) - wide[0]) / (wide[-1] - wide[0]) * (_RIGHT - _LEFT)
        up = (_log(y) - tall[0]) / (tall[-1] - tall[0]) * (_BOTTOM - _TOP)
        return _LEFT + right, _BOTTOM - up

    drawn = [_grid(wide, tall, place)]
    ends: list[tuple[float, float, str, str]] = []
    for number, (name, several) in enumerate(series.items()):
        placed = [place(x, y) for x, y in several if min(x, y) > 0]
        if not placed:
            continue
        ink, (x, y) = _INKS[number % len(_INKS)], placed[-1]
        ends.append((y, x, name, ink))
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in placed)
        dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{ink}"/>' for x, y in placed)
        drawn.append(
            f'<polyline points="{line}" fill="none" stroke="{ink}" stroke-width="2"/>{dots}'
        )
    drawn.append(_labels(ends))
    middle, height = (_LEFT + _RIGHT) / 2, (_TOP + _BOTTOM) / 2
    drawn.append(
        f'<text x="{middle}" y="{_HEIGHT - 10}" text-anchor="middle">{escape(across)}</text>'
        f'<text x="16" y="{height}" text-anchor="middle" transform="rotate(-90 16 {height})">'
        f"{escape(upward)}</text>"
    )
    return _svg(title, "".join(drawn))


def _grid(wide: Sequence[int], tall: Sequence[int], place) -> str:  # type: ignore[no-untyped-def]
    drawn = []
    for power in tall:
        _, y = place(10.0 ** wide[0], 10.0**power)
        drawn.append(
            f'<line class="grid" x1="{_LEFT}" x2="{_RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{10.0**power:g}</text>'
        )
    for power in wide:
        x, _ = place(10.0**power, 10.0 ** tall[0])
        drawn.append(
            f'<text x="{x:.1f}" y="{_BOTTOM + 18}" text-anchor="middle">{10**power:,}</text>'
        )
    return "".join(drawn)


def _decades(values: Sequence[float]) -> list[int]:
    """The powers of ten from the one under the least to the one above the most."""
    low, high = math.floor(_log(min(values))), math.ceil(_log(max(values)))
    return list(range(low, max(high, low + 1) + 1))


def _labels(ends: Sequence[tuple[float, float, str, str]]) -> str:
    """The names at the lines' ends, in the lines' order and none upon another."""
    drawn, free = [], 0.0
    for y, x, name, ink in sorted(ends):
        free = max(y + 4, free + 14)
        drawn.append(
            f'<text x="{x + 10:.1f}" y="{free:.1f}" style="fill:{ink}">{escape(name)}</text>'
        )
    return "".join(drawn)


def _log(value: float) -> float:
    return math.log10(value) if value > 0 else 0.0


def _svg(title: str, drawing: str) -> str:
    box = f'viewBox="0 0 {_WIDTH} {_HEIGHT}" width="{_WIDTH}" height="{_HEIGHT}"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {box} role="img" aria-label="{escape(title)}">'
        f'<style>{_STYLE}</style><text class="title" x="16" y="20">{escape(title)}</text>'
        f"{drawing}</svg>\n"
    )
