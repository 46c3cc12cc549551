"""The arithmetic of the benchmarks: middles, ratios, and whether a ratio is under its floor."""

from __future__ import annotations

import math
import statistics
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

FLOORS = Path(__file__).with_name("floors.toml")


def quantile(values: Sequence[float], share: float) -> float:
    """The value that `share` of the values do not exceed, of nearest rank; NaN without values."""
    if not values:
        return math.nan
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def median_ratio(ours: Sequence[float], theirs: Sequence[float], *, less_is_better: bool) -> float:
    """How many times as good ours are, the median over rounds; above 1 is better.

    Two of one round were measured within the same minutes: what else the machine did in another
    round does not enter.
    """
    ratios = [
        (their / our if less_is_better else our / their)
        for our, their in zip(ours, theirs, strict=True)
        if our > 0 and their > 0
    ]
    return statistics.median(ratios) if ratios else math.nan


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """The least that a ratio may be, and why just that."""

    name: str
    least: float
    why: str


def read_floors(file: Path = FLOORS) -> tuple[Floor, ...]:
    """The pinned floors."""
    told = tomllib.loads(file.read_text("utf-8"))
    return tuple(
        Floor(name=name, least=float(floor["least"]), why=str(floor["why"]))
        for name, floor in told.items()
    )


def under_floor(ratios: Mapping[str, float], floors: Sequence[Floor]) -> tuple[str, ...]:
    """One line for each ratio that is under its floor, or was not measured."""
    lines = []
    for floor in floors:
        found = ratios.get(floor.name, math.nan)
        if not found >= floor.least:  # NaN is under every floor
            lines.append(f"{floor.name} is {found:.2f}, its floor {floor.least:.2f}: {floor.why}")
    return tuple(lines)


def combined(first: Mapping[str, float], again: Mapping[str, float]) -> dict[str, float]:
    """The better of two measurements of each ratio: load only ever takes away."""
    return {
        name: max(first.get(name, math.nan), again.get(name, math.nan), key=_or_nothing)
        for name in {*first, *again}
    }


def _or_nothing(value: float) -> float:
    return -math.inf if math.isnan(value) else value
